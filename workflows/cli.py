"""The command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from analysis.tables import FORMATS, TEXT_WIDTH, as_text, render
from slabs.errors import InputError
from workflows.study import SHIPPED, Study, StudyError, shipped_text

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="DFT workflows for ligand passivation and iodine vacancies on halide perovskite surfaces.",
)
out = Console(width=None if sys.stdout.isatty() else TEXT_WIDTH)
err = Console(stderr=True, soft_wrap=True)

StudyArgument = Annotated[
    Path,
    typer.Argument(
        metavar="STUDY", help="A study file (TOML), or the name of a shipped study: smoke, paper."
    ),
]
ResultsOption = Annotated[
    Path | None,
    typer.Option(
        "--results",
        help="Folder of the results. Default: 'results' beside the study file (for a shipped"
        " study: in the current folder).",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
CoresOption = Annotated[
    int | None,
    typer.Option(
        "--cores", min=1, help="Cores to use; on a cluster the largest number of ranks per task."
    ),
]
ProfileOption = Annotated[
    Path | None,
    typer.Option(
        "--profile", help="Folder of a Snakemake profile, for example cluster_scripts/slurm."
    ),
]


def _plan(study: Path) -> Any:
    from workflows.plan import make_plan

    return make_plan(_study_file(study))


def _study_file(study: Path) -> Path:
    if study.exists():
        return study
    if str(study) in SHIPPED:
        from importlib import resources

        return Path(str(resources.files("workflows") / "studies" / f"{study}.toml"))
    raise StudyError(
        f"{study}: there is no such file, and no shipped study of that name"
        f" (shipped: {', '.join(SHIPPED)})"
    )


def _results(study: Path, results: Path | None) -> Path:
    if results is None:
        results = study.parent / "results" if study.exists() else Path("results")
    if results.exists() and not results.is_dir():
        raise StudyError(f"--results {results}: is a file; give a folder")
    return results.resolve()


def _print_json(data: Any) -> None:
    typer.echo(json.dumps(data, indent=1, allow_nan=False))


@app.command()
def doctor(json_: JsonOption = False) -> None:
    """Show what this machine has, what is missing, and the command that mends it."""
    from workflows.doctor import as_json, examine

    checks = examine()
    if json_:
        _print_json(as_json(checks))
    else:
        table = RichTable("", "Found", "To mend", title="passivant doctor", title_justify="left")
        for check in checks:
            style = "" if check.ok else "bold red"
            mend = "" if check.ok else check.mend
            table.add_row(check.name, escape(check.found), mend, style=style)
        out.print(table)
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


@app.command()
def init(
    name: Annotated[str, typer.Argument(help=f"Shipped study: {', '.join(SHIPPED)}.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the copy.")],
) -> None:
    """Copy a shipped study, with its comments, into DIR to edit it there."""
    from workflows.store import write_atomic

    if name not in SHIPPED:
        raise StudyError(f"{name!r} is not a shipped study; allowed: {', '.join(SHIPPED)}")
    file = folder / f"{name}.toml"
    if file.exists():
        raise StudyError(f"{file}: is there already; it is left as it is")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomic(file, shipped_text(name))
    except OSError as error:
        raise StudyError(f"{file}: cannot be written: {error.strerror}") from error
    out.print(f"{file}", highlight=False)


@app.command()
def schema() -> None:
    """Print the JSON schema of study files: every key, its unit and what is allowed."""
    _print_json(Study.model_json_schema())


@app.command()
def check(study: StudyArgument, json_: JsonOption = False) -> None:
    """Validate a study and show what it would calculate and what that costs, roughly."""
    from workflows.summary import level_sentence

    plan = _plan(study)
    level = plan.study.level
    species = [
        {
            "species": name,
            "kind": each.kind,
            "atoms": len(each.structure.atoms),
            "electrons": each.structure.electrons,
            "cell_A": [round(float(x), 3) for x in each.structure.atoms.cell.lengths()],
            "notes": list(each.structure.notes),
        }
        for name, each in plan.species.items()
    ]
    hours = sum(t.estimate.core_seconds for t in plan.tasks.values()) / 3600
    if json_:
        tasks = len(plan.tasks)
        _print_json({"species": species, "tasks": tasks, "core_hours": round(hours, 2)})
        return
    table = RichTable("Species", "Kind", "Atoms", "Electrons", "Cell / A", title=plan.study.title)
    for row in species:
        cell = " x ".join(f"{x:.1f}" for x in row["cell_A"])
        table.add_row(row["species"], row["kind"], str(row["atoms"]), str(row["electrons"]), cell)
    out.print(table)
    for note in dict.fromkeys(n for row in species for n in row["notes"]):
        out.print(f"  {escape(note)}", highlight=False)
    out.print(level_sentence(level), highlight=False)
    out.print(
        f"{len(plan.reactions)} reactions, {len(plan.tasks)} tasks, roughly {hours:.1f}"
        " core-hours (a first guess)",
        highlight=False,
    )


@app.command()
def build(
    study: StudyArgument,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder. Default: 'structures' in the results."),
    ] = None,
    results: ResultsOption = None,
) -> None:
    """Write all structures as CIF, POSCAR and extended XYZ with a picture each; no DFT."""
    from slabs.files import write_picture, write_structure

    plan = _plan(study)
    folder = output or _results(study, results) / "structures"
    folder.mkdir(parents=True, exist_ok=True)
    for name, species in plan.species.items():
        write_structure(species.structure, folder / name)
        write_picture(species.structure.atoms, folder / f"{name}.png", name)
    out.print(f"{len(plan.species)} structures in {folder}", highlight=False)


@app.command()
def plan(study: StudyArgument, results: ResultsOption = None, json_: JsonOption = False) -> None:
    """Show every task with its folder, what it needs and its rough cost; nothing is written."""
    from workflows.engine import plan_document

    made = _plan(study)
    data = plan_document(made)
    if json_:
        _print_json(data)
        return
    folder = _results(study, results)
    table = RichTable("Task", "Folder", "Ranks", "Core-s", title=f"Tasks in {folder}")
    for task in data["tasks"]:
        table.add_row(task["label"], task["folder"], str(task["ranks"]), str(task["core_seconds"]))
    out.print(table)


@app.command()
def run(
    study: StudyArgument,
    results: ResultsOption = None,
    cores: CoresOption = None,
    profile: ProfileOption = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try failed tasks again.")
    ] = False,
) -> None:
    """Calculate everything that is not done yet, then print the tables.

    Ctrl-C stops cleanly; a second run goes on where the first one stopped. A task that
    failed is tried again with --retry-failed, or when max_steps was raised.
    """
    from workflows.engine import run_plan
    from workflows.progress import Watcher
    from workflows.store import BusyError
    from workflows.summary import tables

    made = _plan(study)
    folder = _results(study, results)
    _check_profile(profile)
    used = cores or len(os.sched_getaffinity(0))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with Watcher(made, folder, used, err) as watcher:
            states = run_plan(
                made,
                folder,
                cores=used,
                profile=profile,
                retry_failed=retry_failed,
                watch=watcher.update,
            )
    except BusyError as error:
        raise StudyError(f"{study}: this study is being run already: {error}") from error
    except OSError as error:
        raise StudyError(f"--results {folder}: {error.strerror or error}") from error
    except KeyboardInterrupt:
        err.print("stopped; the same command goes on from here")
        raise typer.Exit(130) from None
    for table in tables(made, folder):
        out.print(as_text(table))
    left = [s for s in states.values() if s.state != "done"]
    for state in left:
        why = f": {state.why}" if state.why else ""
        err.print(f"{state.state}: {state.task.label}{why} ({state.folder})", highlight=False)
    if left:
        raise typer.Exit(1)


def _check_profile(profile: Path | None) -> None:
    if profile is not None and not (profile / "config.yaml").is_file():
        raise StudyError(f"--profile {profile}: has no config.yaml; see cluster_scripts/slurm")


@app.command()
def submit(
    study: StudyArgument,
    profile: Annotated[Path, typer.Option("--profile", help="Folder of a cluster profile.")],
    results: ResultsOption = None,
) -> None:
    """Submit a job to SLURM that drives the study; its tasks are jobs of their own."""
    from workflows.engine import job_prefix

    _check_profile(profile)
    made = _plan(study)
    folder = _results(study, results)
    driver = (profile / "driver.sh").resolve()
    if not driver.is_file():
        raise StudyError(f"--profile {profile}: has no driver.sh; see cluster_scripts/slurm")
    folder.mkdir(parents=True, exist_ok=True)
    command = ["sbatch", "--parsable", f"--job-name={job_prefix(made)}-driver"]
    command += [f"--output={folder}/driver-%j.log", str(driver)]
    command += [sys.executable, str(_study_file(study).resolve()), str(folder)]
    command += [str(profile.resolve())]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise StudyError("sbatch: not found; submit works on a machine with SLURM") from None
    if answer.returncode != 0:
        raise StudyError(f"sbatch: {answer.stderr.strip() or 'failed without a message'}")
    out.print(f"job {answer.stdout.strip()}; follow it with: passivant status", highlight=False)


@app.command()
def status(study: StudyArgument, results: ResultsOption = None, json_: JsonOption = False) -> None:
    """Show where every task stands, and why it failed if it did."""
    from workflows.engine import task_states
    from workflows.progress import running_words

    made = _plan(study)
    folder = _results(study, results)
    states = task_states(made, folder)
    if json_:
        _print_json(
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


@app.command()
def table(
    study: StudyArgument,
    results: ResultsOption = None,
    format_: Annotated[
        str, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")
    ] = "text",
    part: Annotated[
        str | None,
        typer.Option("--part", help="Only one table: energies, crystals or electronic."),
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
    made = _plan(study)
    folder = _results(study, results)
    data = document(made, folder)
    if style == "json":
        _print_json(data)
    elif style == "text":
        for each in tables(made, folder, part):
            out.print(as_text(each))
    else:
        chosen = part or ("energies" if style == "csv" else None)
        typer.echo(render(tables(made, folder, chosen), style), nl=False)
    if any(row["status"] != "done" for row in data["reactions"]):
        raise typer.Exit(1)


@app.command()
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

    made = _plan(study)
    rows = energy_rows(made, task_states(made, _results(study, results)))
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


@app.command()
def export(
    study: StudyArgument,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New folder for the files.")],
    results: ResultsOption = None,
) -> None:
    """Write everything for a report into DIR: tables, figures, DOS and density data."""
    from workflows.export import export_study

    made = _plan(study)
    if folder.exists() and any(folder.iterdir() if folder.is_dir() else [folder]):
        raise StudyError(f"{folder}: is not empty; give a new folder")
    files = export_study(made, _results(study, results), folder)
    out.print(f"{len(files)} files in {folder}", highlight=False)


def main() -> None:
    """Run the command line; bad input ends with one sentence and exit status 2."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends like Ctrl-C
    try:
        sys.exit(app(standalone_mode=False))
    except (InputError, typer.TyperException) as error:
        message = error.format_message() if isinstance(error, typer.TyperException) else str(error)
        if message:  # without a command the help has been printed already
            err.print(f"passivant: {escape(message)}", highlight=False, style="red")
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)


if __name__ == "__main__":
    main()
