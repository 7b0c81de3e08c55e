"""Which species are relaxed once more from the tilt basin of another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.species_name import head_of
from workflows.planning.plan import chosen_later
from workflows.species.species import Species
from workflows.species.stripped import stripped

if TYPE_CHECKING:
    from workflows.planning.relaxations import SpeciesPlanner

#: How species are described that are relaxed from a lower basin of what they were made from.
FROM_BETTER_BASIN = "from the better basin"


class Basins:
    """Adds candidates from better tilt basins to the species of a planner.

    A basin check relaxes the bare slab from where the ligands and defects of another species
    left it. If that slab is lower than the slab from its own start, all that was made from the
    slab is in the wrong basin too. So each of these species is relaxed once more, with the atoms
    of the slab where the better slab has them; where there is no better one, that task takes the
    result that is there.

    Parameters
    ----------
    planner
        What the tasks are added to.
    """

    def __init__(self, planner: SpeciesPlanner) -> None:
        self.planner = planner
        self._checked: set[str] = set()
        self._added: set[str] = set()

    def add(self, name: str, asked_by: str) -> None:
        """Add the candidates of a species whose own starts are planned."""
        planner, surface = self.planner, head_of(name)
        if surface not in planner.study.surfaces or name in self._added:
            return
        checks = [
            (each.species, f"basin_checks.{number}.species")
            for number, each in enumerate(planner.study.basin_checks)
            if head_of(each.species) == surface
        ]
        if not checks:
            return
        self._added.add(name)
        if surface not in self._checked:
            self._checked.add(surface)
            for source, place in checks:
                self._strip(source, place)
        if name != surface:
            self._from_better_basin(name, asked_by)

    def _strip(self, source: str, place: str) -> None:
        """Plan the bare slab from where the parts of a species left it."""
        planner = self.planner
        starts = stripped(planner.builder, source, place)
        surface = starts[0].name
        planner.first(surface, place)
        parents = planner.first(source, place)
        candidate = len(planner.species[surface])
        starts = tuple(replace(each, candidate=candidate) for each in starts)
        label = f"{surface} from {source}"
        if all(_same_start(each, starts[0]) for each in starts):
            planner.candidate(starts[0], parents, label, place)
            return
        spec = planner.specs.relax_from_one_of(starts, place)
        key = planner.add_relaxation(f"relax {label}", starts[0], spec, parents)
        planner.relaxed(starts[0], key, label)

    def _from_better_basin(self, name: str, asked_by: str) -> None:
        """Plan a species from the better basins of what it was made from."""
        planner = self.planner
        made = planner.builder.build(name)[0].parent
        assert made is not None
        parent = made[0]
        planner.relax(parent, asked_by)
        old = planner.first_keys[parent]
        new = tuple(
            key
            for key, each in zip(
                planner.relax_keys[parent][len(old) :], planner.species[parent][len(old) :],
                strict=True,
            )
            if not _comes_from(each, name)
        )  # fmt: skip
        if not new:
            return
        own = planner.first_keys[name]
        starts = planner.possible(name)
        is_open = chosen_later(planner.tasks[old[0]])
        species = replace(
            starts[0],
            candidate=len(planner.species[name]),
            structure=replace(starts[0].structure, placement=FROM_BETTER_BASIN, score_eV=None),
        )
        follows = parent != head_of(name) and (is_open or len(old) > 1)
        spec = planner.specs.relax_from_better_basin(
            starts, asked_by, own=own, old=old, new=new, follows=follows
        )
        label = f"{name} {FROM_BETTER_BASIN}"
        key = planner.add_relaxation(f"relax {label}", species, spec, (*own, *old, *new))
        planner.relaxed(species, key, label)


def _comes_from(stripped: Species, name: str) -> bool:
    """Whether a slab comes from the species itself, whose own basin it is."""
    return stripped.parent is not None and stripped.parent[0] == name


def _same_start(one: Species, other: Species) -> bool:
    return np.array_equal(one.parent_atoms, other.parent_atoms) and np.array_equal(
        one.offsets_A, other.offsets_A
    )


def better_basin_places(species: Sequence[Species]) -> list[int]:
    """Places of the candidates of a species that start from a better basin."""
    return [n for n, each in enumerate(species) if each.structure.placement == FROM_BETTER_BASIN]
