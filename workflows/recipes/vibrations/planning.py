"""Tasks of vibrations: which atoms move, and the relaxation before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from ase.geometry import get_distances
from numpy.typing import NDArray

from analysis.species_name import SpeciesName, head_of
from slabs.structure import SURFACE_GROUP, Structure
from workflows.planning import cost
from workflows.planning.relaxations import SpeciesPlanner
from workflows.planning.specs import Specs
from workflows.species.species import Species
from workflows.study.level import Level
from workflows.study.model import Study
from workflows.study.vibration_tables import FiniteDifferences, VibrationsEntry

if TYPE_CHECKING:
    from workflows.dft.kinds.vibrations import VibrationsSpec


@dataclass(frozen=True)
class VibrationKeys:
    """Tasks of the vibrations of one species.

    Parameters
    ----------
    further
        Key of the relaxation to small forces.
    modes
        Key of the finite differences.
    followed
        The same from the first imaginary mode of these, if it is to be followed.
    """

    further: str
    modes: str
    followed: VibrationKeys | None = None

    @property
    def last(self) -> VibrationKeys:
        """Those after following an imaginary mode, if it is to be followed."""
        return self.followed or self


@dataclass(frozen=True)
class PlannedVibrations:
    """Tasks of one entry.

    Parameters
    ----------
    own
        Those of its species; None if no atom of it vibrates.
    free
        Those of the free ligands of a slab by their names.
    """

    own: VibrationKeys | None
    free: Mapping[str, VibrationKeys]


def plan_with_free_ligands(
    planner: SpeciesPlanner, name: str, place: str, settings: FiniteDifferences
) -> PlannedVibrations:
    """Plan the vibrations of a species, and those of the ligands on it, each alone.

    A ligand that replaces an ion has no neutral molecule, and is left out.
    """
    own, free = plan_vibrations(planner, name, place, settings), {}
    ligands = planner.study.ligands
    for each in SpeciesName.parse(name).only(ligands):
        if ligands[each].balance != "substitution":
            keys = plan_vibrations(planner, each, place, settings)
            if keys is not None:
                free[each] = keys
    return PlannedVibrations(own, free)


def plan_vibrations(
    planner: SpeciesPlanner,
    name: str,
    place: str,
    settings: FiniteDifferences,
    near: Collection[int] | None = None,
) -> VibrationKeys | None:
    """Plan the vibrations of a species; None if no atom vibrates.

    Parameters
    ----------
    planner
        What the tasks are added to.
    name, place
        The species, and the key of the study file that asks for it.
    settings
        How they are calculated.
    near
        Indices, in the bare slab, of the atoms of the slab that vibrate; None for those near
        to its ligands and defects, see `near_atoms`, or all free atoms of a bare slab.

    Raises
    ------
    StudyError
        For a crystal.
    """
    parents = planner.calculated(name, place)
    species = planner.species[name][0]
    moved = moved_atoms(planner, name, settings.near_A, near)
    if not moved[0]:
        return None
    level = level_of(planner.study, settings)
    study = planner.study.model_copy(update={"level": level, "single_point": None})
    relaxed = Specs(study, planner.file).relax_further(species, settings.fmax_eV_per_A)
    told = {key: value for key, value in relaxed.items() if key != "further"}
    more = {"moved": moved, "displacement_A": settings.displacement_A}
    spec = cast("VibrationsSpec", {**told, **more})
    iterations = cost.ONE_CYCLE + 6 * len(moved[0]) * cost.DISPLACED_CYCLE

    def add(words: str, starts: tuple[str, ...]) -> tuple[str, str]:
        label = f"{name}{words}"
        first = planner.add_relaxation(f"relax {label} further", species, relaxed, starts, level)
        modes = planner.add(
            f"vibrations {label}", "vibrations", species, spec, (first,),
            level=level, iterations=iterations,
        )  # fmt: skip
        return first, modes

    further, modes = add("", parents)
    if not (isinstance(settings, VibrationsEntry) and settings.follow_imaginary):
        return VibrationKeys(further, modes)
    followed = VibrationKeys(*add(" along its imaginary mode", (modes,)))
    return VibrationKeys(further, modes, followed)


def level_of(study: Study, settings: FiniteDifferences) -> Level:
    """The level at which vibrations are calculated."""
    return study.energy_level if settings.level == "single_point" else study.level


def vibration_level_words(study: Study, entries: Iterable[FiniteDifferences]) -> str:
    """Names and caveats of the levels of some vibrations, printed with every number."""
    levels = {level.name: level for level in (level_of(study, each) for each in entries)}
    words = (
        f"{name}: {'; '.join(level.caveats)}" if level.caveats else name
        for name, level in sorted(levels.items())
    )
    return ", ".join(words)


def moved_atoms(
    planner: SpeciesPlanner, name: str, near_A: float, near: Collection[int] | None = None
) -> list[list[int]]:
    """Indices of the atoms of a planned species that vibrate; see `plan_vibrations`.

    One list for each of its candidates, which may lack different atoms; or only one for all.
    """
    made = planner.possible(name)
    if near is None and name != head_of(name):
        near = near_atoms(planner, name, near_A)
    lists = [_moved(planner, each, near) for each in made]
    return lists[:1] if all(each == lists[0] for each in lists) else lists


def _moved(planner: SpeciesPlanner, species: Species, near: Collection[int] | None) -> list[int]:
    structure = species.structure
    if species.kind == "molecule":
        return list(range(len(structure.atoms)))
    if near is None:
        return list(free_atoms(structure))
    origin = bare_indices(planner, species)
    own = np.array(structure.groups) != SURFACE_GROUP
    chosen = np.flatnonzero(own | (origin < 0) | np.isin(origin, list(near)))
    return sorted(set(chosen.tolist()) & set(free_atoms(structure)))


def near_atoms(planner: SpeciesPlanner, name: str, near_A: float) -> set[int]:
    """Indices, in the bare slab, of its free atoms near to the ligands and defects of a slab.

    Those that a defect has removed are among them. Taken from the planned structures of all
    candidates.
    """
    found: set[int] = set()
    bare = planner.builder.build(head_of(name))[0].structure
    for species in planner.possible(name):
        structure, atoms = species.structure, species.structure.atoms
        origin = bare_indices(planner, species)
        found |= set(free_atoms(bare)) - set(origin.tolist())
        own = np.array(structure.groups) != SURFACE_GROUP
        places = (atoms.positions[own], structure.vacancies_A, structure.added_A)
        centres = np.concatenate(places)
        slab = np.array(sorted(set(free_atoms(structure)) & set(np.flatnonzero(~own).tolist())))
        if not len(centres) or not len(slab):
            continue
        _, gaps_A = get_distances(atoms.positions[slab], centres, cell=atoms.cell, pbc=atoms.pbc)
        close = slab[gaps_A.min(axis=1) <= near_A]
        found |= {int(n) for n in origin[close] if n >= 0}
    return found


def free_atoms(structure: Structure) -> list[int]:
    """Indices of the atoms that are not fixed."""
    fixed = {int(n) for c in structure.atoms.constraints for n in c.get_indices()}
    return [n for n in range(len(structure.atoms)) if n not in fixed]


def bare_indices(planner: SpeciesPlanner, species: Species) -> NDArray[np.intp]:
    """For each atom of a slab its index in the bare slab; -1 for ligands and added atoms."""
    if species.name == head_of(species.name):
        return np.arange(len(species.structure.atoms))
    assert species.parent is not None
    name, number = species.parent
    above = bare_indices(planner, planner.builder.build(name)[number])
    origin = species.parent_atoms
    return np.where(origin >= 0, above[origin], -1)
