"""Finished density differences and potentials of a study, as far as their files can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from analysis.density.difference import DENSITY_FILE, load_density_difference
from analysis.electrostatics.potential import POTENTIAL_FILE, load_electrostatics
from analysis.results import DamagedResultError
from workflows.figures import outputs
from workflows.findings.states import TaskState
from workflows.planning.plan import Plan
from workflows.recipes.electrostatics.page import potential_figure
from workflows.recipes.page import PageDensity, PageFigure
from workflows.report.densities import page_density, profile_figure
from workflows.report.warnings import Notice

Loaded = TypeVar("Loaded")


def page_densities(
    plan: Plan, states: Mapping[str, TaskState]
) -> tuple[list[PageDensity], list[PageFigure], list[Notice]]:
    """Density differences in space and along the normal, and what is amiss."""
    notices: list[Notice] = []
    kind, load = "density-difference", load_density_difference
    made = list(_loaded(plan, states, kind, DENSITY_FILE, load=load, notices=notices))
    figures = [profile_figure(density, title) for density, title in made]
    return [page_density(density, title) for density, title in made], figures, notices


def page_potentials(
    plan: Plan, states: Mapping[str, TaskState]
) -> tuple[list[PageFigure], list[Notice]]:
    """Electrostatic potentials, and what is amiss."""
    notices: list[Notice] = []
    kind, load = "electrostatics", load_electrostatics
    made = _loaded(plan, states, kind, POTENTIAL_FILE, load=load, notices=notices)
    return [potential_figure(potential, title) for potential, title in made], notices


def _loaded(
    plan: Plan,
    states: Mapping[str, TaskState],
    kind: str,
    file: str,
    *,
    load: Callable[[Path], Loaded],
    notices: list[Notice],
) -> Iterator[tuple[Loaded, str]]:
    """What can be read, with its title; adds a notice for everything else."""
    for _, folder, title in outputs(plan, states, kind):
        try:
            yield load(folder), title
        except (OSError, DamagedResultError) as error:
            line = f"{type(error).__name__}: {error}"
            notices.append(Notice("error", f"tasks/{folder.name}/{file} cannot be read", (line,)))
