"""The figures of a study, by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from analysis.density.difference import load_density_difference
from analysis.density.figures import plot_bond_slice, plot_planar_average
from analysis.density.isosurface_figures import plot_isosurfaces
from analysis.dos.figures import plot_dos, split_curve
from analysis.electrostatics.figures import plot_potential
from analysis.electrostatics.potential import load_electrostatics
from analysis.energies.figures import plot_over_chemical_potential
from analysis.thermodynamics.linear_energies import EV_PER_A2_IN_J_PER_M2
from slabs.errors import InputError
from workflows.findings.states import TaskState
from workflows.findings.words import level_words
from workflows.planning.plan import Plan
from workflows.recipes.chemical_potentials.thermodynamics import thermodynamics
from workflows.recipes.dos.outputs import available_zeros, dos_outputs


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
    plan: Plan,
    states: Mapping[str, TaskState],
    columns: str,
    *,
    align: str | None = None,
    curves: Sequence[str] = (),
    shown_eV: tuple[float, float] | None = None,
) -> dict[str, Figure]:
    """Densities of states; see `analysis.dos.figures.plot_dos`.

    Parameters
    ----------
    plan, states, columns
        As for the others.
    align
        Zero of energy of all. Default: what the study says for each, or the Fermi level
        where that does not exist.
    curves
        What is drawn, as far as a species has it.
    shown_eV
        Range of energies.

    Raises
    ------
    analysis.dos.band_edges.AlignmentError
        If a species does not have the zero that was asked for.
    InputError
        If no species has a curve.
    """
    made = [output for output in dos_outputs(plan, states) if output.dos is not None]
    groups = dict.fromkeys(name for o in made if o.dos is not None for name in o.dos.groups)
    for curve in curves:
        if made and split_curve(curve)[0] not in groups:
            raise InputError(f"{curve!r} is no group of atoms; groups: {'; '.join(groups)}")
    figures = {}
    for output in made:
        assert output.dos is not None
        if align is not None:
            output.zeros_eV(align)
        figures[output.stem] = plot_dos(
            output.dos,
            output.title,
            columns,
            align=align or available_zeros(output)[0],
            curves=[c for c in curves if split_curve(c)[0] in output.dos.groups] or None,
            shown_eV=shown_eV,
            gaps_found=output.gaps,
        )
    return figures


def density_differences(
    plan: Plan, states: Mapping[str, TaskState], columns: str
) -> dict[str, Figure]:
    """Density differences along the normal, through each contact, and in space."""
    drawn = {}
    for stem, folder, title in outputs(plan, states, "density-difference"):
        density = load_density_difference(folder)
        drawn[stem] = plot_planar_average(density, title, columns)
        # These are as high as wide: one column is enough.
        for name in density.names[1:]:
            drawn[f"{stem}-slice-{name.replace(' ', '-')}"] = plot_bond_slice(density, name, title)
        drawn[f"{stem}-isosurface"] = plot_isosurfaces(density, title)
    return drawn


def potentials(plan: Plan, states: Mapping[str, TaskState], columns: str) -> dict[str, Figure]:
    """Electrostatic potentials of slabs."""
    return {
        stem: plot_potential(load_electrostatics(folder), title, columns)
        for stem, folder, title in outputs(plan, states, "electrostatics")
    }


#: What can be drawn, by the name of the kind.
KINDS: Mapping[str, Callable[[Plan, Mapping[str, TaskState], str], dict[str, Figure]]] = {
    "chemical-potentials": chemical_potentials,
    "dos": densities_of_states,
    "density-differences": density_differences,
    "electrostatics": potentials,
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
