"""Tasks of the densities of states of a study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from analysis.dos.density_of_states import structure_to_dict
from slabs.composition import site_of
from slabs.elements import MOLECULAR_ELEMENTS
from workflows.planning.relaxations import SpeciesPlanner
from workflows.species.species import Species
from workflows.study.errors import StudyError
from workflows.study.level import kpoints
from workflows.study.model import DosEntry

if TYPE_CHECKING:
    from workflows.dft.kinds.dos import DosSpec


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
    crystal = planner.study.crystals.get(species.name)
    length = crystal.kpoint_length_A if crystal else None
    electrons = planner.specs.electrons(species, relaxing=False, kpoint_length_A=length)
    layer = electrons["dipole_layer"]
    if entry.align == "vacuum" and not (layer or species.kind == "molecule"):
        raise StudyError(
            f"{planner.file}: {place}.align: {species.name!r} has no vacuum level; slabs with"
            " dipole_correction and molecules have one; allowed here: 'fermi', 'vbm'"
        )
    grid = electrons["kpoints"]
    if entry.kpoint_length_A is not None and species.kind != "molecule":
        grid = kpoints(species.structure.atoms, entry.kpoint_length_A)
    spec = {
        **electrons,
        "of": species.kind,
        "planned": [structure_to_dict(each.structure) for each in made],
        "scf_kpoints": electrons["kpoints"],
        "kpoints": [n + n % 2 if n > 1 else n for n in grid],
        "spin_orbit": entry.spin_orbit,
        "width_eV": entry.width_eV,
        "window_eV": [entry.from_eV, entry.to_eV],
        "empty_bands": entry.empty_bands or _empty_bands(species),
    }
    if entry.spin_orbit:
        spec["coupled_bands"] = "complete"
    return cast("DosSpec", spec)


def _empty_bands(species: Species) -> int:
    """Enough for the conduction bands, with the empty s and p levels of each metal."""
    symbols = species.structure.atoms.get_chemical_symbols()
    metals = [s for s in symbols if site_of(s) != "X" and s not in MOLECULAR_ELEMENTS]
    return 20 + 4 * len(metals)
