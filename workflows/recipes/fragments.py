"""The parts of a covered slab, for what is calculated from each of them alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.species_name import head_of
from slabs.structure import SURFACE_GROUP
from workflows.planning.relaxations import SpeciesPlanner
from workflows.species.species import Species
from workflows.study.errors import StudyError

if TYPE_CHECKING:
    from workflows.dft.fragments import FragmentsSpec


def fragments_spec(planner: SpeciesPlanner, species: Species, place: str) -> FragmentsSpec:
    """Calculations on the surface and on each kind of ligand of a covered slab.

    Raises
    ------
    StudyError
        If it has no ligands, or if the spin of its parts is not defined.
    """
    groups = species.structure.groups
    if species.kind != "slab" or set(groups) == {SURFACE_GROUP}:
        raise StudyError(
            f"{planner.file}: {place}: {species.name!r} must be a slab with at least one ligand"
        )
    unpaired = species.structure.atoms.get_initial_magnetic_moments().sum()
    if unpaired > 1.5:
        two = planner.study.surfaces[head_of(species.name)].sides == "two"
        where = "an unpaired electron on each face" if two else "several unpaired electrons"
        what = "; use a surface with sides = 'one'" if two else ""
        raise StudyError(
            f"{planner.file}: {place}: {species.name!r} has {where}, and the spin of its parts is"
            f" not defined{what}"
        )
    return {
        "fragments": {
            group: np.flatnonzero([g == group for g in groups]).tolist()
            for group in dict.fromkeys(groups)
        },
        **planner.specs.electrons(species, relaxing=False),
        "spin_all": planner.study.energy_level.spin == "all",
    }
