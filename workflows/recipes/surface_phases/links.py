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
    found: Thermodynamics, diagram: Diagram, planned: PlannedDiagram
) -> Iterator[RowEnergy]:
    """The rows of both tables of a diagram.

    Where a slab is stable depends on its energies at the corners. While the diagram has none,
    the row depends on the slab, on the bare slab behind it and on its reservoirs.
    """
    row = diagram.row
    missing = "" if row.status == "done" else f"{row.name}: {row.status}"
    negative, open_ = below_zero(row), undecided(row)
    points = list(zip(row.points, diagram.made_of, strict=True))
    for place, slab in enumerate(row.surfaces):
        own = [species for point, species in points if point.species == slab.species]
        bare = planned.against or head_of(slab.species)
        taken = [name for name, count in slab.taken.items() if count]
        used = [name for species in own for name in species] or [slab.species, bare, *taken]
        tilts = tilt_words(found, head_of(slab.species))
        doubts = [
            *([tilts] if tilts in row.remarks else []),
            *([negative[slab.species]] if slab.species in negative else []),
            *(words for (_, *pair), words in open_.items() if slab.species in pair),
        ]
        yield RowEnergy(
            f"{row.name}: {slab.species}",
            tuple(dict.fromkeys(used)),
            missing,
            surfaces_title(row),
            place,
            tuple(doubts),
        )
    for place, (point, species) in enumerate(points):
        doubts = [
            words
            for (phases, *pair), words in open_.items()
            if phases == point.phases and point.species in pair
        ]
        if point.gamma_J_per_m2 < 0 and point.species in negative:
            doubts.append(negative[point.species])
        name = f"{row.name}: {point.species} with {', '.join(point.phases)}"
        yield RowEnergy(name, species, "", energies_title(row), place, tuple(doubts))
