"""The command that compares a reaction with another program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from analysis.tables import FORMATS, render
from analysis.text_tables import TextTable
from workflows.cli.common import (
    CoresOption,
    ProfileOption,
    ResultsOption,
    RetryOption,
    StudyArgument,
    calculate,
    load_plan,
    out,
    print_json,
    report_unfinished,
    results_folder,
)
from workflows.study.errors import StudyError

if TYPE_CHECKING:
    from workflows.verify.settings import Settings
    from workflows.verify.verification import Verification

NOT_INSTALLED = "not installed"


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
    outputs: Annotated[
        Path | None,
        typer.Option(
            "--outputs",
            help="Folder with outputs of the other program that were calculated elsewhere, one"
            " folder for each input that this command has written.",
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
    from workflows.verify.files import (
        default_folder,
        document,
        take_outputs,
        write_files,
        write_inputs,
    )
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
    version = _version(settings, outputs)
    made = plan_verification(found, reaction, settings, version)
    target = default_folder(folder, reaction, code)
    if version == NOT_INSTALLED:
        _refuse(made, None if show else write_inputs(made, folder, target))
    if not show:
        if outputs is None:
            write_inputs(made, folder, target)
        else:
            take_outputs(made, folder, outputs)
        calculate(made.plan, folder, cores=cores, profile=profile, retry_failed=retry_failed)
    states = task_states(made.plan, folder)
    row = verification_row(made, states)
    if not show:
        write_files(made, row, target)
    if style == "json":
        print_json(document(made, row))
    elif style == "text":
        for table in tables(made, row):
            out.print(TextTable(table))
        if not show:
            out.print(f"inputs, tables and data: {target}", highlight=False)
    else:
        shown = tables(made, row)
        typer.echo(render(shown[:1] if style == "csv" else shown, style), nl=False)
    if show and row.status != "done":
        raise typer.Exit(1)
    report_unfinished(made.plan, folder, states)


def _version(settings: Settings, outputs: Path | None) -> str:
    """Version of the other program: of what has written the outputs, or of what is installed."""
    from workflows.verify.files import found_version

    if outputs is not None:
        return found_version(settings.code, outputs)
    installed = settings.program.command() is not None
    return settings.program.version() if installed else NOT_INSTALLED


def _refuse(made: Verification, inputs: Path | None) -> NoReturn:
    """Say that the other program is not installed, and how to go on with its inputs."""
    from workflows.codes.registry import CODES

    words = made.settings.program.missing
    if inputs is not None:
        words += (
            f"; the inputs are in {inputs}: run '{CODES[made.settings.code].run_line}' in each"
            " folder there on another machine, and give --outputs the folder that holds them"
        )
    raise StudyError(words)
