"""Which total energies the rows of phase diagrams of surfaces are made of."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.species_name import head_of
from workflows.recipes.base import RowEnergy
from workflows.recipes.chemical_potentials.thermodynamics import Thermodynamics
from workflows.recipes.chemical_potentials.tilts import tilt_words
from workflows.recipes.surface_phases.evaluation import Diagram
from workflows.recipes.surface_phases.planning import PlannedDiagram
from workflows.recipes.surface_phases.tables import (
    below_zero,
    energies_title,
    surfaces_title,
    undecided,
)


def row_energies(
    found: Thermodynamics, planned: PlannedDiagram, made: Diagram
) -> Iterator[RowEnergy]:
    """The rows of both tables of a diagram, in their order.

    The range in which a slab is stable also depends on those that are the lowest at the corners.
    Without a diagram a row depends on its own energy alone.
    """
    row = made.row
    missing = "" if row.status == "done" else f"{row.name}: {row.status}"
    doubtful = below_zero(row) | undecided(row)

    def remarks(species: str) -> tuple[str, ...]:
        words = tilt_words(found, head_of(species))
        return (words,) if words in row.remarks else ()

    for place, each in enumerate(row.surfaces):
        name = each.species
        bare = head_of(name) if planned.against is None else planned.against
        molecules = [n for n, count in planned.taken[name].items() if count]
        used = dict.fromkeys([name, bare, *molecules])
        for point, behind in zip(row.points, made.behind, strict=True):
            if point.species == name:
                used |= dict.fromkeys(behind)
        doubts = (w for w, points in doubtful.items() if name in [p.species for p in points])
        words = f"{row.name}: {name}"
        species, about = tuple(used), (*remarks(name), *doubts)
        yield RowEnergy(words, species, missing, surfaces_title(row), place, about)
    for place, (point, behind) in enumerate(zip(row.points, made.behind, strict=True)):
        own = (w for w, points in doubtful.items() if any(p is point for p in points))
        words = f"{row.name}, with {', '.join(point.phases)}: {point.species}"
        about = (*remarks(point.species), *own)
        yield RowEnergy(words, behind, missing, energies_title(row), place, about)
