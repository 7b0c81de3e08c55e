"""The figures of a study, by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from matplotlib.figure import Figure

from analysis.density import load_density_difference
from analysis.density_figures import plot_planar_average
from analysis.dos import load_dos
from analysis.dos_figures import plot_dos
from analysis.energy_figures import plot_over_chemical_potential
from analysis.linear_energies import EV_PER_A2_IN_J_PER_M2
from workflows.calculated import level_words
from workflows.engine import TaskState
from workflows.plan import Plan
from workflows.thermodynamics import thermodynamics


def chemical_potentials(
    plan: Plan, states: Mapping[str, TaskState], columns: str
) -> dict[str, Figure]:
    """Formation and surface energies over the chemical potential."""
    found = thermodynamics(plan, states)
    if found is None or found.stability is None or not found.stable:
        return {}
    wanted = (
        ("vacancies-over-mu", found.formation, "formation energy per vacancy / eV", 1.0),
        ("surfaces-over-mu", found.surfaces, r"surface energy / J m$^{-2}$", EV_PER_A2_IN_J_PER_M2),
    )
    return {
        stem: plot_over_chemical_potential(
            energies,
            found.stability,
            found.spec.element,
            f"{plan.study.title} ({level_words(plan.study)})",
            columns,
            quantity=quantity,
            factor=factor,
        )
        for stem, energies, quantity, factor in wanted
        if energies
    }


def densities_of_states(
    plan: Plan, states: Mapping[str, TaskState], columns: str
) -> dict[str, Figure]:
    """Densities of states."""
    return {
        stem: plot_dos(load_dos(folder), title, columns)
        for stem, folder, title in outputs(plan, states, "dos")
    }


def density_differences(
    plan: Plan, states: Mapping[str, TaskState], columns: str
) -> dict[str, Figure]:
    """Planar averages of density differences."""
    return {
        stem: plot_planar_average(load_density_difference(folder), title, columns)
        for stem, folder, title in outputs(plan, states, "density-difference")
    }


#: What can be drawn, by the name of the kind.
KINDS: Mapping[str, Callable[[Plan, Mapping[str, TaskState], str], dict[str, Figure]]] = {
    "chemical-potentials": chemical_potentials,
    "dos": densities_of_states,
    "density-differences": density_differences,
}


def outputs(plan: Plan, states: Mapping[str, TaskState], kind: str) -> list[tuple[str, Path, str]]:
    """Finished outputs of one kind: name for files, task folder, title."""
    found: dict[str, tuple[str, Path, str]] = {}
    for key in plan.output_keys[kind]:
        state = states[key]
        if state.result is not None:
            stem = state.task.label.replace(" ", "-")
            if stem in found:  # the same with other settings
                stem = f"{stem}-{key[:6]}"
            title = f"{state.task.label} ({level_words(plan.study)})"
            found[stem] = (stem, state.folder, title)
    return list(found.values())
