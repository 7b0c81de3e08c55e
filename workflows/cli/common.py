"""What the commands share: options, consoles, and finding the study and its results."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Column

from analysis.tables import TEXT_WIDTH
from slabs.text import hidden_character, one_line
from workflows.study.errors import StudyError
from workflows.study.shipped import SHIPPED

if TYPE_CHECKING:
    from workflows.findings.findings import Findings
    from workflows.findings.states import TaskState
    from workflows.planning.plan import Plan

# Titles and names come from study files: no markup, no :emoji:.
out = Console(width=None if sys.stdout.isatty() else TEXT_WIDTH, markup=False, emoji=False)
err = Console(stderr=True, soft_wrap=True, markup=False, emoji=False)

#: Names up to this many characters stay in one line of a table.
LONGEST_NAME = 56

StudyArgument = Annotated[
    Path,
    typer.Argument(
        metavar="STUDY",
        help="A study file (TOML), its folder, or the name of a shipped study: smoke, tour,"
        " campaign, paper.",
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
NoTitleOption = Annotated[
    bool, typer.Option("--no-title", help="Figures without titles, for papers with captions.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
CoresOption = Annotated[
    int | None,
    typer.Option(
        "--cores",
        min=1,
        help="Cores to use. Default: all of this machine. On a cluster the largest number of ranks"
        " per task.",
    ),
]
ProfileOption = Annotated[
    Path | None,
    typer.Option(
        "--profile", help="Folder of a Snakemake profile, for example cluster_scripts/slurm."
    ),
]

PlainOption = Annotated[
    bool,
    typer.Option(
        "--plain-gpaw",
        help="Calculate what is not done yet with GPAW as it comes, for comparison; the same as"
        " plain_gpaw = true in \\[level].",
    ),
]
ReactionOption = Annotated[
    list[str] | None,
    typer.Option(
        "--reaction",
        metavar="NAME",
        help="Only what this reaction of the study needs; may be given several times.",
    ),
]
RetryOption = Annotated[bool, typer.Option("--retry-failed", help="Try failed tasks again.")]


def completed(names: Sequence[str]) -> Callable[[str], list[str]]:
    """What a shell offers for the beginning of a name."""

    def offered(incomplete: str) -> list[str]:
        return [name for name in names if name.startswith(incomplete)]

    return offered


def name_column(header: str, names: Sequence[str]) -> Column:
    """A column of names that are not broken, as other columns give way; very long ones are."""
    longest = max(map(len, names), default=0)
    return Column(header, overflow="fold", no_wrap=longest <= LONGEST_NAME)


def check_shown(text: str | Path) -> None:
    """Refuse an argument or a path with characters that are not to be shown."""
    hidden = hidden_character(str(text))
    if hidden:
        raise StudyError(
            f"'{one_line(str(text), 200)}' contains the character {hidden}; give a name that can be"
            " printed in one line"
        )


def study_file(study: Path) -> Path:
    """The file of a study: given by path, by the folder that holds it alone, or by name."""
    file = _study_file(study)
    check_shown(file)
    return file


def _study_file(study: Path) -> Path:
    files = sorted(study.glob("*.toml")) if study.is_dir() else []
    if study.is_dir() and (files or str(study) not in SHIPPED):
        if len(files) == 1:
            return files[0]
        raise StudyError(f"{study}: holds {len(files)} TOML files; name the study file itself")
    if study.is_file():
        return study
    if study.exists():
        raise StudyError(f"{study}: is not a file")
    if str(study) in SHIPPED:
        from importlib import resources

        return Path(str(resources.files("workflows.study.shipped") / f"{study}.toml"))
    raise StudyError(
        f"{study}: there is no such file, and no shipped study of that name"
        f" (shipped: {', '.join(SHIPPED)})"
    )


def load_plan(study: Path, results: Path | None = None) -> Plan:
    """The plan of a study; see `study_file`, `results_folder` and `make_plan`."""
    from workflows.planner import make_plan

    file, folder = study_file(study), results_folder(study, results)
    with err.status("reading the study") as shown:  # on a terminal only
        return make_plan(file, folder, lambda name: shown.update(f"building {name}"))


def results_folder(study: Path, results: Path | None) -> Path:
    """Where the results of a study are: as given, or beside its file."""
    if results is None:
        results = (
            study_file(study).parent / "results"
            if study_file(study).parent in (study, study.parent)
            else Path("results")
        )
    if results.exists() and not results.is_dir():
        raise StudyError(f"--results {results}: is a file; give a folder")
    try:
        folder = results.resolve()
    except (OSError, RuntimeError) as error:
        raise StudyError(f"--results {results}: is a loop of links") from error
    check_shown(folder)
    return folder


def check_recipe(option: str, name: str, allowed: Sequence[str]) -> None:
    """Refuse a name that is none of the allowed recipes, former names with the present one."""
    from workflows.recipes.registry import FORMER_NAMES

    if name in allowed:
        return
    if name in FORMER_NAMES:
        raise StudyError(f"{option} {name!r} is now called {FORMER_NAMES[name]!r}")
    raise StudyError(f"{option} {name!r} is not allowed; allowed: {', '.join(allowed)}")


def check_asked(option: str, name: str, study: Path, found: Findings) -> None:
    """Refuse a recipe that the study does not ask for."""
    from workflows.recipes.registry import recipe, recipes

    if recipe(name).asked(found):
        return
    drawing = option == "KIND"
    asked = [e.name for e in recipes() if e.asked(found) and (e.draws or not drawing)]
    parts = ", ".join(asked) or "none with figures"
    raise StudyError(
        f"{study}: {option} {name!r}: the study asks for nothing of that kind; it has: {parts}"
    )


def print_json(data: Any) -> None:
    """Print a JSON document for other programs."""
    typer.echo(json.dumps(data, indent=1, allow_nan=False))


def check_profile(profile: Path, results: Path) -> None:
    """Refuse what is no cluster profile, and folders whose names would not survive a job script.

    Executors of Snakemake put the names of folders into commands for a shell, where these
    characters have a meaning, and SLURM replaces ``%`` in the names of logs.
    """
    from workflows.execution.resources import fixed_resources

    if not (profile / "config.yaml").is_file():
        raise StudyError(f"--profile {profile}: has no config.yaml; see cluster_scripts/slurm")
    fixed_resources(profile)
    for option, folder in (("--profile", profile.resolve()), ("--results", results)):
        special = [character for character in '$`"\\%' if character in str(folder)]
        if special:
            raise StudyError(
                f"{option} {folder}: {special[0]!r} in the name of a folder does not go with jobs"
                " on a cluster; rename it"
            )


def check_reaction(study: Path, name: str, known: Collection[str]) -> None:
    """Refuse the name of a reaction that a study does not have."""
    if name not in known:
        names = ", ".join(map(repr, known)) or "none"
        raise StudyError(f"{study}: there is no reaction {name!r}; names: {names}")


def needed_by_reactions(made: Plan, names: Sequence[str]) -> set[str]:
    """Keys of the tasks that the energies of reactions need."""
    from analysis.energies.reactions import parse_reaction

    equations = {entry.name: entry.equation for entry in made.study.reactions}
    for name in names:
        check_reaction(made.file, name, equations)
    reactions = [parse_reaction(equations[name]) for name in names]
    return made.needed_by({name for each in reactions for name in each.species})


def calculate(
    made: Plan,
    results: Path,
    *,
    cores: int | None,
    profile: Path | None,
    retry_failed: bool,
    only: Collection[str] | None = None,
) -> dict[str, TaskState]:
    """Run a plan, or the tasks with the keys `only`; returns the state of every one of its tasks.

    It shows the progress.

    Ctrl-C ends the program with exit status 130 after all tasks have been stopped.
    """
    from workflows.execution.engine import run_plan
    from workflows.execution.progress import Watcher
    from workflows.execution.slurm import ClusterError
    from workflows.store import BusyError

    if profile is not None:
        check_profile(profile, results)
    used = cores or len(os.sched_getaffinity(0))
    try:
        results.mkdir(parents=True, exist_ok=True)
        with Watcher(made, results, None if profile else used, err, only) as watcher:
            return run_plan(
                made,
                results,
                cores=used,
                profile=profile,
                retry_failed=retry_failed,
                only=only,
                watch=watcher.update,
                tell=err.print,
            )
    except BusyError as error:
        raise StudyError(f"{made.file}: this study is being run already: {error}") from error
    except ClusterError as error:
        raise StudyError(str(error)) from error
    except OSError as error:
        raise StudyError(f"--results {results}: {error.strerror or error}") from error
    except KeyboardInterrupt:
        err.print("stopped; the same command goes on from here")
        raise typer.Exit(130) from None


def report_unfinished(made: Plan, results: Path, states: Mapping[str, TaskState]) -> None:
    """Print the tasks that are not done; ends with exit status 1 if there are any."""
    from workflows.execution.engine import RUN_LOG_FILE
    from workflows.findings.states import study_folder

    left = [state for state in states.values() if state.state != "done"]
    for state in left:
        why = f": {state.why}" if state.why else ""
        where = state.log if state.state == "failed" else state.folder
        err.print(f"{state.state}: {state.task.label}{why} ({where})", highlight=False)
    if left:
        err.print(f"details: {study_folder(made, results) / RUN_LOG_FILE}", highlight=False)
        raise typer.Exit(1)
