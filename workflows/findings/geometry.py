"""Relaxed species of a plan: which atoms are ligands, what they were cut from, what moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from analysis.geometry.flags import Flag
from analysis.geometry.ligands import LigandAtoms
from analysis.geometry.vacancy_relaxation import VacancyRelaxation, vacancy_relaxation
from analysis.results import Result
from analysis.species_name import SpeciesName, head_of
from slabs.molecular_units import molecular_units
from slabs.structure import SURFACE_GROUP, Structure
from slabs.surfaces.slab import build_slab, in_order_of
from workflows.species.parts import build_bulk, build_ligand, cut_arguments

if TYPE_CHECKING:
    from workflows.findings.flag_store import FlagStore
    from workflows.findings.states import TaskState
    from workflows.planning.plan import Plan
    from workflows.species.species import Species


def ligands_of(plan: Plan, structure: Structure) -> tuple[LigandAtoms, ...]:
    """The ligands of a slab, in the order of its atoms, the upper face before the lower."""
    middle_A = structure.atoms.positions[structure.indices(SURFACE_GROUP), 2].mean()
    found = []
    for name in dict.fromkeys(structure.groups):
        if name == SURFACE_GROUP:
            continue
        entry = plan.study.ligands[name]
        ligand = build_ligand(entry, plan.file.parent)
        ions = 0 if entry.counter_ion is None else 1  # it comes before the molecule
        each = structure.indices(name).reshape(-1, ions + len(ligand.atoms))[:, ions:]
        for atoms in each:
            anchors = atoms[list(ligand.anchors)]
            found.append(
                LigandAtoms(
                    name,
                    tuple(atoms.tolist()),
                    tuple(anchors.tolist()),
                    dative=ligand.binding != "A",
                    upper=bool(structure.atoms.positions[anchors, 2].mean() > middle_A),
                )
            )
    return tuple(found)


def flags_of(
    plan: Plan, species: Species, result: Result | None, flags: FlagStore
) -> tuple[Flag, ...]:
    """What became of the ligands of a slab or molecule; none while it is not relaxed."""
    if result is None or species.kind in ("crystal", "supercell"):
        return ()
    slab = species.kind == "slab"
    ligands = ligands_of(plan, species.structure) if slab else ()
    sides = plan.study.surfaces[head_of(species.name)].sides if slab else "one"
    return flags.of(species.structure, result.atoms, ligands, sides == "two")


def cut_slab(plan: Plan, states: Mapping[str, TaskState], surface: str) -> Atoms | None:
    """A bare slab as it is cut from the crystal; None while the crystal is not relaxed."""
    entry = plan.study.surfaces[surface]
    if entry.crystal is None:
        return build_slab(build_bulk(entry, plan.file.parent), **cut_arguments(plan.study, entry))
    result = states[plan.relax_keys[entry.crystal][0]].result
    if result is None:
        return None
    slab = build_slab(result.atoms, **cut_arguments(plan.study, entry))
    return in_order_of(plan.species[surface][0].structure.atoms, slab)


def ancestor(plan: Plan, species: Species, name: str) -> tuple[Species, NDArray[np.intp]]:
    """The species of another name that a slab was made from, and each atom's index in it.

    The index is -1 for atoms that were added since, shape=(n,).
    """
    origin = np.arange(len(species.structure.atoms))
    while species.name != name:
        assert species.parent is not None
        origin = np.where(origin >= 0, species.parent_atoms[origin], -1)
        parent, number = species.parent
        species = plan.possible(parent)[number]
    return species, origin


def _relaxed(plan: Plan, states: Mapping[str, TaskState], species: Species) -> Result | None:
    """The relaxed candidate that vacancies were made in."""
    keys = plan.relax_keys[species.name]
    if species in plan.species[species.name]:
        return states[keys[species.candidate]].result
    number = species.candidate + 1
    results = [result for key in keys if (result := states[key].result) is not None]
    return next((each for each in results if each.values.get("candidate") == number), None)


def vacancies_of(
    plan: Plan, states: Mapping[str, TaskState], species: Species, relaxed: Atoms
) -> list[VacancyRelaxation]:
    """What moved around the vacancies of the upper face, against the slab they were made in."""
    name = SpeciesName.parse(species.name).without(plan.study.point_defects)
    whole, origin = ancestor(plan, species, str(name))
    result = _relaxed(plan, states, whole)
    removed = np.setdiff1d(np.arange(len(whole.structure.atoms)), origin)
    if result is None:
        return []
    labels = molecular_units(whole.structure.atoms)[removed]
    ions = [removed[labels == label] for label in dict.fromkeys(labels.tolist())]
    found = [
        vacancy_relaxation(whole.structure, result.atoms, relaxed, origin, ion) for ion in ions
    ]
    surface = plan.study.surfaces[head_of(species.name)]
    return [each for each in found if each.upper or surface.sides == "one"]
