"""Commands that calculate and show results: run, submit, status, table, trace, export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analysis.tables import FORMATS, render
from analysis.text_tables import TextTable
from workflows.cli.common import (
    CoresOption,
    NoTitleOption,
    PlainOption,
    ProfileOption,
    ReactionOption,
    ResultsOption,
    RetryOption,
    StudyArgument,
    calculate,
    check_asked,
    check_reaction,
    check_recipe,
    completed,
    load_plan,
    needed_by_reactions,
    out,
    print_json,
    report_unfinished,
    results_folder,
)
from workflows.cli.left import command_line, next_steps
from workflows.cli.write_report import report_after_run
from workflows.recipes.registry import NAMES
from workflows.study.errors import StudyError

if TYPE_CHECKING:
    from workflows.findings.findings import Findings

FormatOption = Annotated[
    str,
    typer.Option(
        "--format", help=f"One of {', '.join(FORMATS)}.", autocompletion=completed(FORMATS)
    ),
]


def run(
    study: StudyArgument,
    *,
    results: ResultsOption = None,
    cores: CoresOption = None,
    profile: ProfileOption = None,
    reaction: ReactionOption = None,
    retry_failed: RetryOption = False,
    plain_gpaw: PlainOption = False,
) -> None:
    """Calculate everything that is not done yet, print the tables and write the report.

    Ctrl-C stops cleanly; a second run goes on where the first one stopped. A task that
    could not run or crashed is tried again; one whose calculation failed only with
    --retry-failed, or when max_steps was raised.
    """
    from workflows.findings.findings import Findings

    made = load_plan(study, results)
    if plain_gpaw:
        made = made.with_plain_gpaw()
    folder = results_folder(study, results)
    only = needed_by_reactions(made, reaction) if reaction else None
    states = calculate(
        made, folder, cores=cores, profile=profile, retry_failed=retry_failed, only=only
    )
    found = Findings(made, folder, states)
    _print_brief(found, study, results)
    report_after_run(found)
    wanted = states if only is None else {key: states[key] for key in states if key in only}
    report_unfinished(made, folder, wanted)
    if any(state.state != "done" for state in states.values()):
        next_steps(study, results, "run")
    next_steps(study, results, "table", "trace", "plot")


def table(
    study: StudyArgument,
    *,
    results: ResultsOption = None,
    format_: FormatOption = "text",
    part: Annotated[
        str | None,
        typer.Option(
            "--part",
            help=f"Only this part: {', '.join(NAMES)}.",
            autocompletion=completed(NAMES),
        ),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="All tables with equations, placements and notes.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Print the tables of a study: energies, densities of states and all else that is finished.

    As text it is an overview of all parts; --full adds what it leaves out, and --part prints
    one of them. CSV holds the energies, or what --part names; several tables are separated by
    an empty line. The exit status is 1 while an energy is missing.
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
    if part is not None:
        check_asked("--part", part, study, found)
    if style == "json":
        print_json(document_of(found))
    elif style == "text" and part is None and not full:
        _print_brief(found, study, results)
        next_steps(study, results, "trace", "report")
    elif style == "text":
        for each in tables_of(found, part):
            out.print(TextTable(each))
        next_steps(study, results, "trace", "report")
    else:
        chosen = part or ("reactions" if style == "csv" else None)
        typer.echo(render(tables_of(found, chosen), style), nl=False)
    if any(row.status != "done" for row in REACTIONS.rows(found)):
        raise typer.Exit(1)


def _print_brief(found: Findings, study: Path, results: Path | None) -> None:
    """The overview, and where the rest is."""
    from workflows.summary import brief_tables, left_out

    for each in brief_tables(found):
        out.print(TextTable(each, brief=True))
    command = command_line("table", study, results)
    out.print(f"equations, placements, notes: {command} --full", highlight=False)
    for name in left_out(found):
        out.print(f"{name}: {command} --part {name}", highlight=False)


def trace(
    study: StudyArgument,
    reaction: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Name of one reaction. Default: all.")
    ] = None,
    results: ResultsOption = None,
    format_: FormatOption = "text",
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
    if reaction is not None:
        check_reaction(found.plan.file, reaction, names)
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
    next_steps(study, results, "report")


def export(
    study: StudyArgument,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New folder for the files.")],
    *,
    results: ResultsOption = None,
    no_title: NoTitleOption = False,
    archive: Annotated[
        bool,
        typer.Option(
            "--archive",
            help="Also write DIR.zip for a repository of data: the files, the study, and results"
            " and logs of all tasks.",
        ),
    ] = False,
    densities: Annotated[
        bool,
        typer.Option("--densities", help="With --archive: densities on grids, which are large."),
    ] = False,
) -> None:
    """Write everything for a report into DIR: structures, tables, figures, databases, data.

    README.md in DIR says what each file is and how to load it.
    """
    from workflows.export import export_study
    from workflows.findings.findings import Findings

    if densities and not archive:
        raise StudyError("--densities goes with --archive; the folder holds cube files without it")
    found = Findings(load_plan(study, results), results_folder(study, results))
    if folder.exists() and any(folder.iterdir() if folder.is_dir() else [folder]):
        raise StudyError(f"{folder}: is not empty; give a new folder")
    zipped = folder.resolve().with_name(f"{folder.resolve().name}.zip") if archive else None
    if zipped is not None and zipped.exists():
        raise StudyError(f"{zipped}: is there already; give a new folder")
    files = export_study(found, folder, titles=not no_title, archive=zipped, densities=densities)
    count = len(files) - (zipped is not None)
    out.print(f"{count} files in {folder}", highlight=False)
    if zipped is not None:
        size_MB = zipped.stat().st_size / 1e6
        out.print(f"{zipped}: {size_MB:.1f} MB", highlight=False, soft_wrap=True)
