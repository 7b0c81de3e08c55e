"""How fast this machine is: finished calculations against what was expected of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from analysis.errors import DamagedResultError
from analysis.results import load_result
from workflows.planning.cost import ONE_CYCLE, estimate, relaxation_iterations, wall_seconds
from workflows.planning.plan import Task
from workflows.store import TASK_FILE
from workflows.study.level import digest

#: Calculations that are expected to be shorter say more about starting than about the machine.
SHORTEST_MEASURED_S = 10.0
MEASURED_KINDS = ("relax", "single-point")


@dataclass(frozen=True)
class Pace:
    """How long calculations take here.

    Parameters
    ----------
    ratio
        Core-seconds over the expected ones, median; 1 if nothing was measured.
    calculations
        Number of finished calculations behind it.
    """

    ratio: float
    calculations: int


def measured_pace(results: Path) -> Pace:
    """The pace of the finished relaxations and single points of a results folder."""
    ratios = [ratio for folder in sorted(results.glob("tasks/*")) for ratio in _ratios(folder)]
    return Pace(median(ratios) if ratios else 1.0, len(ratios))


def wall_seconds_left(left: Mapping[str, Task], pace: Pace, cores: int) -> float:
    """Wall time of the tasks that are left.

    Parameters
    ----------
    left
        By key, parents first.
    pace
        How long calculations take here.
    cores
        Cores that are free for them.
    """
    estimates = {key: task.estimate.scaled(pace.ratio) for key, task in left.items()}
    parents = {key: [p for p in task.parents if p in left] for key, task in left.items()}
    return wall_seconds(estimates, parents, cores)


def _ratios(folder: Path) -> list[float]:
    """Measured over expected core-seconds of a task's folder; empty without either."""
    try:
        result = load_result(folder)
        spec = json.loads((folder / TASK_FILE).read_text(encoding="utf-8"))["spec"]
        if result is None or result.kind not in MEASURED_KINDS or digest(spec) != result.key:
            return []
    except (DamagedResultError, OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
    relaxed = result.kind == "relax"
    iterations = relaxation_iterations(result.atoms, spec) if relaxed else ONE_CYCLE
    expected_s = estimate(result.atoms, spec, iterations).core_seconds
    taken_s = result.values.get("last_attempt_core_s", 0.0)
    return [taken_s / expected_s] if taken_s and expected_s > SHORTEST_MEASURED_S else []
