"""What is left of a study: cost, time, and the command that comes next."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflows.cli.common import err

if TYPE_CHECKING:
    from workflows.findings.states import TaskState
    from workflows.planning.plan import Plan


def expected(
    plan: Plan, results: Path, cores: int, states: Mapping[str, TaskState]
) -> dict[str, Any]:
    """What is left of the cost of a plan, at the pace of finished calculations.

    Parameters
    ----------
    plan, results
        The plan and its results folder.
    cores
        Cores for the wall time.
    states
        State of every task.
    """
    from workflows.planning.pace import measured_pace, wall_seconds_left

    pace = measured_pace(results)
    left = {key: task for key, task in plan.tasks.items() if states[key].state != "done"}
    estimates = {key: task.estimate.scaled(pace.ratio) for key, task in left.items()}
    largest = max(left.values(), key=lambda task: task.estimate.memory_MB, default=None)
    screened = {key for keys in plan.screen_keys.values() for key in keys}
    hours = {key: each.core_seconds / 3600 for key, each in estimates.items()}
    return {
        "finished": len(plan.tasks) - len(left),
        "core_hours": round(sum(hours.values()), 3),
        "screening_core_hours": round(sum(hours[key] for key in screened & set(hours)), 3),
        "cores": cores,
        "wall_hours": round(wall_seconds_left(left, pace, cores) / 3600, 3),
        "memory_MB": largest.estimate.memory_MB if largest else 0,
        "largest": largest.label if largest else None,
        "pace": round(pace.ratio, 3),
        "pace_calculations": pace.calculations,
    }


def core_words(cores: int) -> str:
    """A number of cores.

    Examples
    --------
    >>> core_words(1), core_words(2)
    ('1 core', '2 cores')
    """
    return f"{cores} core{'s' if cores != 1 else ''}"


def command_line(command: str, study: Path, results: Path | None, *options: str) -> str:
    """A command with a study, its own arguments and a results folder, as a shell takes it."""
    place = ["--results", str(results)] if results is not None else []
    return shlex.join(["passivant", command, str(study), *options, *place])


def next_steps(study: Path, results: Path | None, *commands: str) -> None:
    """Print on the error stream which commands may come next.

    Parameters
    ----------
    study, results
        As they were given to this command.
    commands
        Name of each, with its own arguments behind it if it needs any.
    """
    for command in commands:
        name, *options = command.split()
        err.print(f"next: {command_line(name, study, results, *options)}", highlight=False)
