"""Tables of electronic structure: densities of states, gaps, densities, potentials."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from workflows.study.energy_tables import SpeciesEntry
from workflows.study.structure_tables import Part

Length = Annotated[float, Field(gt=0, le=200)]


class DosEntry(Part):
    """Density of states of one species at its relaxed geometry."""

    species: str = Field(description="a slab, a molecule or a crystal")
    spin_orbit: bool = Field(False, description="with spin-orbit coupling too, beside without")
    align: Literal["fermi", "vbm", "vacuum"] | None = Field(
        None,
        description="zero of energy in figures: the Fermi level, the valence-band maximum, or the"
        " vacuum above the slab; default: the valence-band maximum, without a gap the Fermi level",
    )
    width_eV: float = Field(0.1, description="width of the Gaussian broadening", gt=0, le=1)
    from_eV: float = Field(-15.0, description="start of the window, from the Fermi level", ge=-100)
    to_eV: float = Field(6.0, description="end of the window, from the Fermi level", le=30)
    empty_bands: int | None = Field(
        None,
        description="bands above the occupied ones, half of which are converged; default: 20, and"
        " 4 for each metal atom, for its empty s and p levels. Spin-orbit coupling acts in these"
        " bands and in all higher ones, through their linear response",
        ge=4,
        le=2000,
    )
    kpoint_length_A: float | None = Field(
        None,
        description="k-point density of the DOS; without it the level's. Odd grids above 1 are"
        " made even, to hold the corners of the zone with the edges of a perovskite",
        ge=1,
        le=200,
    )

    @model_validator(mode="after")
    def _window(self) -> DosEntry:
        if self.from_eV >= self.to_eV:
            raise ValueError("from_eV must be below to_eV")
        return self


class GapEntry(SpeciesEntry):
    """Gap of a hybrid functional at the relaxed geometry."""

    species: str = Field(description="a slab, a molecule or a crystal")
    spin_orbit: bool = Field(False, description="with spin-orbit coupling too, beside without")
    empty_bands: int | None = Field(
        None,
        description="bands above the occupied ones, half of which are converged and have levels of"
        " the hybrid; default: as in [[dos]]",
        ge=4,
        le=2000,
    )
    kpoint_length_A: float | None = Field(
        None,
        description="k-point density of levels and exchange; without it the level's. Odd grids"
        " above 1 are made even, as in [[dos]]",
        ge=1,
        le=200,
    )


class DensityDifferenceEntry(Part):
    """Density of a slab minus the densities of its parts, at fixed positions."""

    species: str = Field(description="a slab with at least one ligand; with vacancy any slab")
    vacancy: str | None = Field(
        None,
        description="one of [vacancies], empty before and filled after: the parts are the slab"
        " without the atom that it removes, and that atom; default: the slab and its ligands",
    )
    grid_refinement: Literal[1, 2, 4] = Field(2, description="finer grid than the density's own")


class ElectrostaticsEntry(SpeciesEntry):
    """Electrostatic potential, work functions and dipole moment of a slab."""

    species: str = Field(description="a slab; a covered one is compared with the bare one")
