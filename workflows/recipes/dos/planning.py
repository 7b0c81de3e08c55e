"""Tasks of the densities of states of a study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.dos.density_of_states import structure_to_dict
from workflows.planning.bands import band_kpoints, bands_spec
from workflows.species.species import Species
from workflows.study.electronic_tables import DosEntry
from workflows.study.errors import StudyError

if TYPE_CHECKING:
    from workflows.dft.kinds.dos import DosSpec
    from workflows.planning.relaxations import SpeciesPlanner


def plan_dos(planner: SpeciesPlanner, entry: DosEntry, place: str) -> str:
    """Plan a density of states; returns the key of its task.

    Raises
    ------
    StudyError
        If energies cannot be counted from what the study says.
    """
    parents = planner.calculated(entry.species, f"{place}.species", crystals=True)
    made = planner.possible(entry.species)
    spec = _spec(planner, entry, made, place)
    return planner.add(f"DOS {entry.species}", "dos", made[0], spec, parents)


def _spec(planner: SpeciesPlanner, entry: DosEntry, made: Sequence[Species], place: str) -> DosSpec:
    """Density of states at the relaxed structure of one of several candidates."""
    species = made[0]
    bands = bands_spec(planner, entry, species)
    if entry.align == "vacuum" and not (bands["dipole_layer"] or species.kind == "molecule"):
        raise StudyError(
            f"{planner.file}: {place}.align: {species.name!r} has no vacuum level; slabs with"
            " dipole_correction and molecules have one; allowed here: 'fermi', 'vbm'"
        )
    return {
        **bands,
        "of": species.kind,
        "planned": [structure_to_dict(each.structure) for each in made],
        "scf_kpoints": bands["kpoints"],
        "kpoints": band_kpoints(entry, species, bands["kpoints"]),
        "width_eV": entry.width_eV,
        "window_eV": [entry.from_eV, entry.to_eV],
    }
