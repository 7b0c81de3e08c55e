"""Commands that calculate and show results: run, submit, status, table, trace, export."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table as RichTable

from analysis.tables import FORMATS, as_text, render
from workflows.cli_common import (
    CoresOption,
    JsonOption,
    ProfileOption,
    ResultsOption,
    RetryOption,
    StudyArgument,
    calculate,
    check_profile,
    load_plan,
    out,
    print_json,
    report_unfinished,
    results_folder,
    study_file,
)
from workflows.study import StudyError


def run(
    study: StudyArgument,
    results: ResultsOption = None,
    cores: CoresOption = None,
    profile: ProfileOption = None,
    retry_failed: RetryOption = False,
) -> None:
    """Calculate everything that is not done yet, then print the tables.

    Ctrl-C stops cleanly; a second run goes on where the first one stopped. A task that
    failed is tried again with --retry-failed, or when max_steps was raised.
    """
    from workflows.summary import tables

    made = load_plan(study)
    folder = results_folder(study, results)
    states = calculate(made, folder, cores=cores, profile=profile, retry_failed=retry_failed)
    for table in tables(made, folder):
        out.print(as_text(table))
    report_unfinished(made, folder, states)


def submit(
    study: StudyArgument,
    profile: Annotated[Path, typer.Option("--profile", help="Folder of a cluster profile.")],
    results: ResultsOption = None,
) -> None:
    """Submit a job to SLURM that drives the study; its tasks are jobs of their own."""
    from workflows.engine import job_prefix

    check_profile(profile)
    made = load_plan(study)
    folder = results_folder(study, results)
    driver = (profile / "driver.sh").resolve()
    if not driver.is_file():
        raise StudyError(f"--profile {profile}: has no driver.sh; see cluster_scripts/slurm")
    folder.mkdir(parents=True, exist_ok=True)
    command = ["sbatch", "--parsable", f"--job-name={job_prefix(made)}-driver"]
    command += [f"--output={folder}/driver-%j.log", str(driver)]
    command += [sys.executable, str(study_file(study).resolve()), str(folder)]
    command += [str(profile.resolve())]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise StudyError("sbatch: not found; submit works on a machine with SLURM") from None
    if answer.returncode != 0:
        raise StudyError(f"sbatch: {answer.stderr.strip() or 'failed without a message'}")
    out.print(f"job {answer.stdout.strip()}; follow it with: passivant status", highlight=False)


def status(study: StudyArgument, results: ResultsOption = None, json_: JsonOption = False) -> None:
    """Show where every task stands, and why it failed if it did."""
    from workflows.engine import task_states
    from workflows.progress import running_words

    made = load_plan(study)
    folder = results_folder(study, results)
    states = task_states(made, folder)
    if json_:
        print_json(
            [
                {
                    "task": s.task.label,
                    "state": s.state,
                    "why": s.why,
                    "folder": str(s.folder),
                    "key": s.task.key,
                }
                for s in states.values()
            ]
        )
    else:
        table = RichTable("Task", "State", "Detail", "Folder", title=f"{made.study.title}")
        colours = {"done": "green", "running": "cyan", "failed": "red", "unconverged": "red"}
        for s in states.values():
            detail = running_words(s) if s.state == "running" else s.why
            style = colours.get(s.state, "")
            shown = f"[{style}]{s.state}[/]" if style else s.state
            table.add_row(s.task.label, shown, escape(detail), f"tasks/{s.task.folder}")
        out.print(table)
        done = sum(s.state == "done" for s in states.values())
        out.print(f"{done} of {len(states)} tasks done in {folder}", highlight=False)
    if any(s.state in ("failed", "unconverged") for s in states.values()):
        raise typer.Exit(1)


def table(
    study: StudyArgument,
    results: ResultsOption = None,
    format_: Annotated[
        str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")
    ] = "text",
    part: Annotated[
        str | None,
        typer.Option(
            "--part", help="Only one table: energies, passivation, candidates, basins, ..."
        ),
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Print adsorption and formation energies beside the published values.

    CSV holds one table: the energies, or the one that --part names. The exit status is 1
    while an energy is missing.
    """
    from workflows.summary import PARTS, document, tables

    style = "json" if json_ else format_
    if style not in FORMATS:
        raise StudyError(f"--format {style!r} is not allowed; allowed: {', '.join(FORMATS)}")
    if part is not None and part not in PARTS:
        raise StudyError(f"--part {part!r} is not allowed; allowed: {', '.join(PARTS)}")
    made = load_plan(study)
    folder = results_folder(study, results)
    data = document(made, folder)
    if style == "json":
        print_json(data)
    elif style == "text":
        for each in tables(made, folder, part):
            out.print(as_text(each))
    else:
        chosen = part or ("energies" if style == "csv" else None)
        typer.echo(render(tables(made, folder, chosen), style), nl=False)
    if any(row["status"] != "done" for row in data["reactions"]):
        raise typer.Exit(1)


def trace(
    study: StudyArgument,
    reaction: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Name of one reaction. Default: all.")
    ] = None,
    results: ResultsOption = None,
) -> None:
    """Show behind each energy its reaction, species, energies and folders with the log."""
    from workflows.engine import task_states
    from workflows.store import LOG_FILE
    from workflows.summary import energy_rows

    made = load_plan(study)
    rows = energy_rows(made, task_states(made, results_folder(study, results)))
    names = [row.name for row in rows]
    if reaction is not None and reaction not in names:
        raise StudyError(f"{study}: there is no reaction {reaction!r}; names: {', '.join(names)}")
    for row in rows:
        if reaction not in (None, row.name):
            continue
        value = row.reaction_energy_eV
        shown = row.status if value is None else f"dE = {value:+.6f} eV"
        out.print(f"{row.name}: {row.reaction.equation}: {shown}", highlight=False)
        for term in row.terms:
            energy = term["energy_eV"]
            text = term["state"] if energy is None else f"{energy:.6f} eV"
            line = f"  {term['coefficient']:>5} x {term['species']:20} {text:>18}"
            out.print(f"{line}  {term['folder']}/{LOG_FILE}", highlight=False, soft_wrap=True)


def export(
    study: StudyArgument,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New folder for the files.")],
    results: ResultsOption = None,
) -> None:
    """Write everything for a report into DIR: tables, figures, DOS and density data."""
    from workflows.export import export_study

    made = load_plan(study)
    if folder.exists() and any(folder.iterdir() if folder.is_dir() else [folder]):
        raise StudyError(f"{folder}: is not empty; give a new folder")
    files = export_study(made, results_folder(study, results), folder)
    out.print(f"{len(files)} files in {folder}", highlight=False)
