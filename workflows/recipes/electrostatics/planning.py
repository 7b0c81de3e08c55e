"""Tasks of the electrostatic potentials of a study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.species_name import head_of
from slabs.structure import SURFACE_GROUP
from slabs.surfaces.slab import layer_numbers
from workflows.species.species import Species
from workflows.study.errors import StudyError

if TYPE_CHECKING:
    from workflows.dft.kinds.electrostatics import ElectrostaticsSpec
    from workflows.planning.relaxations import SpeciesPlanner


@dataclass(frozen=True)
class Keys:
    """Keys of the tasks of one entry: of its slab, and of the bare slab of its surface."""

    own: str
    bare: str


def plan_potential(planner: SpeciesPlanner, name: str, place: str) -> Keys:
    """Plan the potential of a slab and of its bare slab.

    Raises
    ------
    StudyError
        For anything but a slab, and without the dipole layer.
    """
    keys = []
    for each in (name, head_of(name)):
        planner.relax(each, place)
        species = planner.species[each][0]
        spec = _spec(planner, species, place)
        parents = planner.calculated(each, place)
        label = f"electrostatics {each}"
        keys.append(planner.add(label, "electrostatics", species, spec, parents, iterations=0))
    return Keys(*keys)


def _spec(planner: SpeciesPlanner, species: Species, place: str) -> ElectrostaticsSpec:
    if species.kind != "slab":
        raise StudyError(
            f"{planner.file}: {place}: {species.name!r} is a {species.kind}; work functions are"
            " those of slabs"
        )
    if not planner.study.energy_level.dipole_correction:
        raise StudyError(
            f"{planner.file}: {place}: without dipole_correction the two faces of"
            f" {species.name!r} have no vacuum levels of their own"
        )
    grid = planner.specs.electrons(species, relaxing=False)["kpoints"]
    return {"layers": _layers(species), "kpoints": grid}


def _layers(species: Species) -> list[int]:
    """For each atom the number of its layer, from 0, or -1 outside of the slab."""
    surface = species.structure.indices(SURFACE_GROUP)
    layers = np.full(len(species.structure.atoms), -1)
    layers[surface] = layer_numbers(species.structure.atoms[surface])
    return [int(n) for n in layers]
