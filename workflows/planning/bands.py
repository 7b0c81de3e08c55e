"""What a task that calculates bands is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from slabs.composition import site_of
from slabs.elements import MOLECULAR_ELEMENTS
from workflows.species.species import Species
from workflows.study.electronic_tables import DosEntry, GapEntry
from workflows.study.level import kpoints

if TYPE_CHECKING:
    from workflows.dft.bands import BandsSpec
    from workflows.planning.relaxations import SpeciesPlanner


def bands_spec(planner: SpeciesPlanner, entry: DosEntry | GapEntry, species: Species) -> BandsSpec:
    """Bands at the relaxed structure of a species; its k-points are those of the level."""
    crystal = planner.study.crystals.get(species.name)
    length = crystal.kpoint_length_A if crystal else None
    electrons = planner.specs.electrons(species, relaxing=False, kpoint_length_A=length)
    spec = {
        **electrons,
        "spin_orbit": entry.spin_orbit,
        "empty_bands": entry.empty_bands or _empty_bands(species),
    }
    if entry.spin_orbit:
        spec["coupled_bands"] = "complete"
    return cast("BandsSpec", spec)


def band_kpoints(entry: DosEntry | GapEntry, species: Species, density: Sequence[int]) -> list[int]:
    """Grid of the bands: as dense as asked for, or that of the density, with no odd number above 1.

    Even grids hold the corners of the zone, where perovskites have their edges.
    """
    grid = density
    if entry.kpoint_length_A is not None and species.kind != "molecule":
        grid = kpoints(species.structure.atoms, entry.kpoint_length_A)
    return [n + n % 2 if n > 1 else n for n in grid]


def _empty_bands(species: Species) -> int:
    """Enough for the conduction bands, with the empty s and p levels of each metal."""
    symbols = species.structure.atoms.get_chemical_symbols()
    metals = [s for s in symbols if site_of(s) != "X" and s not in MOLECULAR_ELEMENTS]
    return 20 + 4 * len(metals)
