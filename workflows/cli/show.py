"""Commands that calculate and show results: run, submit, status, table, trace, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.tables import FORMATS, as_text, render
from workflows.cli.common import (
    CoresOption,
    NoTitleOption,
    PlainOption,
    ProfileOption,
    ResultsOption,
    RetryOption,
    StudyArgument,
    calculate,
    check_recipe,
    load_plan,
    out,
    print_json,
    report_unfinished,
    results_folder,
)
from workflows.cli.write_report import report_after_run
from workflows.recipes.registry import NAMES
from workflows.study.errors import StudyError


def run(
    study: StudyArgument,
    *,
    results: ResultsOption = None,
    cores: CoresOption = None,
    profile: ProfileOption = None,
    retry_failed: RetryOption = False,
    plain_gpaw: PlainOption = False,
) -> None:
    """Calculate everything that is not done yet, print the tables and write the report.

    Ctrl-C stops cleanly; a second run goes on where the first one stopped. A task that
    could not run or crashed is tried again; one whose calculation failed only with
    --retry-failed, or when max_steps was raised.
    """
    from workflows.findings.findings import Findings
    from workflows.summary import tables_of

    made = load_plan(study, results)
    if plain_gpaw:
        made = made.with_plain_gpaw()
    folder = results_folder(study, results)
    states = calculate(made, folder, cores=cores, profile=profile, retry_failed=retry_failed)
    found = Findings(made, folder, states)
    for table in tables_of(found):
        out.print(as_text(table))
    report_after_run(found)
    report_unfinished(made, folder, states)


def table(
    study: StudyArgument,
    results: ResultsOption = None,
    format_: Annotated[
        str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")
    ] = "text",
    part: Annotated[
        str | None,
        typer.Option("--part", help=f"Only this part: {', '.join(NAMES)}."),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Print adsorption and formation energies beside the published values.

    CSV holds the energies, or what --part names; several tables are separated by an empty
    line. The exit status is 1 while an energy is missing.
    """
    from workflows.findings.findings import Findings
    from workflows.recipes.reactions import RECIPE as REACTIONS
    from workflows.summary import document_of, tables_of

    style = "json" if json_ else format_
    if style not in FORMATS:
        raise StudyError(f"--format {style!r} is not allowed; allowed: {', '.join(FORMATS)}")
    if part is not None:
        check_recipe("--part", part, NAMES)
    found = Findings(load_plan(study, results), results_folder(study, results))
    if style == "json":
        print_json(document_of(found))
    elif style == "text":
        for each in tables_of(found, part):
            out.print(as_text(each))
    else:
        chosen = part or ("reactions" if style == "csv" else None)
        typer.echo(render(tables_of(found, chosen), style), nl=False)
    if any(row.status != "done" for row in REACTIONS.rows(found)):
        raise typer.Exit(1)


def trace(
    study: StudyArgument,
    reaction: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Name of one reaction. Default: all.")
    ] = None,
    results: ResultsOption = None,
    format_: Annotated[
        str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")
    ] = "text",
    json_: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Show behind each energy its reaction, species, energies as in their logs, and folders."""
    from dataclasses import asdict

    from workflows.findings.findings import Findings
    from workflows.recipes.reactions import RECIPE as REACTIONS
    from workflows.trace import trace_lines, trace_rows, trace_table

    style = "json" if json_ else format_
    if style not in FORMATS:
        raise StudyError(f"--format {style!r} is not allowed; allowed: {', '.join(FORMATS)}")
    found = Findings(load_plan(study, results), results_folder(study, results))
    rows = REACTIONS.rows(found)
    names = [row.name for row in rows]
    if reaction is not None and reaction not in names:
        raise StudyError(f"{study}: there is no reaction {reaction!r}; names: {', '.join(names)}")
    chosen = [row for row in rows if reaction in (None, row.name)]
    traced = trace_rows(found, chosen)
    if style == "json":
        print_json([asdict(row) for row in traced])
        return
    if style != "text":
        typer.echo(render([trace_table(traced)], style), nl=False)
        return
    for row in chosen:
        value = row.reaction_energy_eV
        shown = row.status if value is None else f"dE = {value:+.6f} eV"
        out.print(f"{row.name}: {row.reaction.equation}: {shown}", highlight=False)
        for term in traced:
            if term.reaction == row.name:
                for line in trace_lines(term):
                    out.print(line, highlight=False, soft_wrap=True)


def export(
    study: StudyArgument,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New folder for the files.")],
    results: ResultsOption = None,
    no_title: NoTitleOption = False,
) -> None:
    """Write everything for a report into DIR: tables, figures, DOS and density data."""
    from workflows.export import export_study
    from workflows.findings.findings import Findings

    found = Findings(load_plan(study, results), results_folder(study, results))
    if folder.exists() and any(folder.iterdir() if folder.is_dir() else [folder]):
        raise StudyError(f"{folder}: is not empty; give a new folder")
    files = export_study(found, folder, titles=not no_title)
    out.print(f"{len(files)} files in {folder}", highlight=False)
