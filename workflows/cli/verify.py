"""The command that compares a reaction with another program."""

from __future__ import annotations

from typing import Annotated

import typer

from analysis.tables import FORMATS, as_text, render
from workflows.cli.common import (
    CoresOption,
    ProfileOption,
    ResultsOption,
    RetryOption,
    StudyArgument,
    calculate,
    err,
    load_plan,
    out,
    print_json,
    report_unfinished,
    results_folder,
)
from workflows.study.errors import StudyError


def verify(
    study: StudyArgument,
    reaction: Annotated[str, typer.Argument(help="Name of a reaction of the study.")],
    *,
    code: Annotated[str, typer.Option("--code", help="The other program: abinit or cp2k.")],
    results: ResultsOption = None,
    cores: CoresOption = None,
    profile: ProfileOption = None,
    retry_failed: RetryOption = False,
    ecut: Annotated[
        float | None,
        typer.Option(
            "--ecut",
            help="Plane-wave cutoff of GPAW and ABINIT in eV. Default: that of the study, at least"
            " 500 eV, since forces on N, O and H are not converged below.",
        ),
    ] = None,
    fine_ecut: Annotated[
        float | None,
        typer.Option(
            "--fine-ecut",
            help="Cutoff of ABINIT's double grid in eV. Default: 2.2 times the other one, about"
            " that of GPAW's density.",
        ),
    ] = None,
    cutoff: Annotated[
        float | None,
        typer.Option("--cutoff", help="Cutoff of the density in CP2K in Ry. Default: 400."),
    ] = None,
    relative_cutoff: Annotated[
        float | None,
        typer.Option(
            "--relative-cutoff",
            help="Cutoff of a Gaussian on its grid in CP2K in Ry. Default: 60.",
        ),
    ] = None,
    basis: Annotated[
        str | None,
        typer.Option(
            "--basis",
            help="Size of the MOLOPT basis sets in CP2K: TZV2P, TZVP or DZVP, the short-range ones"
            " of elements that have no others. Default: TZV2P.",
        ),
    ] = None,
    counterpoise: Annotated[
        bool | None,
        typer.Option(
            "--counterpoise/--no-counterpoise",
            help="Correct adsorption energies of CP2K for the superposition of basis sets.",
            show_default="on",
        ),
    ] = None,
    show: Annotated[
        bool, typer.Option("--show", help="Run and write nothing; print what there is.")
    ] = False,
    format_: Annotated[
        str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")
    ] = "text",
    json_: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Compare a reaction of a finished study with ABINIT or CP2K.

    Single points of both programs at the relaxed structures, in one convention: periodic cells,
    no dispersion, no dipole layer. Runs, stops and goes on as `run` does. Inputs, tables and data
    are in results/verify. The exit status is 1 while an energy is missing.
    """
    from workflows.findings.findings import Findings
    from workflows.findings.states import task_states
    from workflows.verify.files import default_folder, document, write_files, write_inputs
    from workflows.verify.planning import plan_verification
    from workflows.verify.rows import verification_row
    from workflows.verify.settings import Settings
    from workflows.verify.tables import tables

    style = "json" if json_ else format_
    if style not in FORMATS:
        raise StudyError(f"--format {style!r} is not allowed; allowed: {', '.join(FORMATS)}")
    settings = Settings(code, ecut, fine_ecut, cutoff, relative_cutoff, basis, counterpoise)
    folder = results_folder(study, results)
    found = Findings(load_plan(study, results), folder)
    installed = settings.program.command() is not None
    version = settings.program.version() if installed else "not installed"
    made = plan_verification(found, reaction, settings, version)
    target = default_folder(folder, reaction, code)
    if not show:
        write_inputs(made, folder, target)
    if not installed:
        if not show:
            err.print(f"inputs: {target / 'inputs'}", highlight=False)
        settings.program.required()
    if not show:
        calculate(made.plan, folder, cores=cores, profile=profile, retry_failed=retry_failed)
    states = task_states(made.plan, folder)
    row = verification_row(made, states)
    if not show:
        write_files(made, row, target)
    if style == "json":
        print_json(document(made, row))
    elif style == "text":
        for table in tables(made, row):
            out.print(as_text(table))
        if not show:
            out.print(f"inputs, tables and data: {target}", highlight=False)
    else:
        shown = tables(made, row)
        typer.echo(render(shown[:1] if style == "csv" else shown, style), nl=False)
    if show and row.status != "done":
        raise typer.Exit(1)
    report_unfinished(made.plan, folder, states)
