"""What the result of a task must hold before it is believed, by the kind of the task.

A result may have been written by an older version of this package, which did not know a key,
or by a newer one, whose other keys are kept. One that lacks what is needed here is set aside
and calculated again.
"""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator


class ResultValues(BaseModel):
    """Of any task; more keys are kept as they are."""

    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False)

    level: dict[str, Any] = {}
    ranks: int | None = None
    candidate: int | None = Field(None, ge=1)
    #: Key of the result that was taken as this one, since the calculation would be the same.
    same_as: str | None = None
    last_attempt_s: float | None = None
    last_attempt_core_s: float = Field(0.0, ge=0.0)
    #: ``"plain"``: GPAW as it comes; ``"accelerated"``: with our replaced parts;
    #: ``"plain, on a GPU"``.
    gpaw: str | None = None
    scf_remedies: list[str] = []
    #: File with arrays that belongs to the result.
    file: str | None = None


class EnergyValues(ResultValues):
    """A total energy with its structure."""

    energy_eV: float
    charge: int
    fingerprint: str
    structure: dict[str, Any]
    free_energy_eV: float | None = None
    dispersion_energy_eV: float | None = None
    dispersion_sensitivity_eV: dict[str, float] | None = None
    ensemble_eV: list[float] = []
    magnetic_moment_muB: float | None = None
    absolute_moment_muB: float | None = None
    #: None along periodic directions; earlier versions stored a meaningless number there.
    dipole_moment_eA: list[float | None] | None = None
    fmax_eV_per_A: float | None = None
    #: Of a single point, dispersion and those on fixed atoms included, shape=(n, 3).
    forces_eV_per_A: list[list[float]] | None = None
    steps: int | None = None
    #: Of a start that another calculator relaxed first; of one of several screened candidates.
    pre_relaxation: Any = None
    screening: dict[str, Any] | None = None
    #: Of crystals.
    lattice_constant_A: float | None = None
    bulk_modulus_GPa: float | None = None
    volumes_A3: list[float] | None = None
    energies_eV: list[float] | None = None
    cell_lengths_A: list[float] = Field(default=[0.0] * 3, min_length=3, max_length=3)
    pulay_pressure_GPa: float | None = None
    largest_stress_GPa: float | None = None


class PotentialValues(EnergyValues):
    """What a machine-learned potential made of a candidate; its energy only ranks."""

    #: Why the structure is the one that was placed; empty if it is the relaxed one.
    unrelaxed_because: str = ""


class SpinOrbitValues(ResultValues):
    """A change of a total energy by spin-orbit coupling."""

    spin_orbit_eV: float
    bands: int | None = None


class SplitValues(ResultValues):
    """Energies of the parts of a covered slab."""

    fragment_energies_eV: dict[str, float]


class DosValues(ResultValues):
    """Levels behind a density of states, in eV."""

    planned: dict[str, Any]
    spin_orbit: bool
    width_eV: float
    valence_electrons: float
    vacuum_eV: dict[str, float]
    spins: int | None = None
    kpoints: list[int] | None = None
    fermi_level_eV: float
    complete_to_eV: float
    vbm_eV: float | None = None
    cbm_eV: float | None = None
    direct_gap_eV: float | None = None
    soc_fermi_level_eV: float | None = None
    soc_complete_to_eV: float | None = None
    soc_vbm_eV: float | None = None
    soc_cbm_eV: float | None = None
    soc_direct_gap_eV: float | None = None
    #: Gap with the coupling and half of the empty bands, 0 without a gap; not of earlier versions.
    soc_half_bands_gap_eV: float | None = None

    @model_validator(mode="after")
    def _coupled(self) -> Self:
        if self.spin_orbit and None in (self.soc_fermi_level_eV, self.soc_complete_to_eV):
            raise ValueError("levels with spin-orbit coupling are missing")
        return self


class EdgesValues(BaseModel):
    """Band edges at the k-points of a grid, see `analysis.dos.band_edges.BandEdges`."""

    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False)

    vbm_eV: float
    cbm_eV: float
    direct_gap_eV: float


class GapValues(ResultValues):
    """Band edges of a hybrid functional, and of the density behind it; None without a gap."""

    functional: str
    density_functional: str
    kpoints: list[int]
    valence_electrons: float
    spin_orbit: bool
    density_edges: EdgesValues | None
    edges: EdgesValues | None
    #: With spin-orbit coupling; the gap with half of the empty bands, 0 without one.
    soc_edges: EdgesValues | None = None
    soc_half_bands_gap_eV: float | None = None

    @model_validator(mode="after")
    def _coupled(self) -> Self:
        if self.spin_orbit and self.soc_half_bands_gap_eV is None:
            raise ValueError("levels with spin-orbit coupling are missing")
        return self


class PartValues(BaseModel):
    """The whole of a density difference, or a fragment."""

    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False)

    formula: str | None = None
    charge: int | None = None
    electrons: int
    electrons_on_grid: float
    spin_polarised: bool | None = None
    magnetic_moment_muB: float | None = None


class DensityDifferenceValues(ResultValues):
    """Integrals of a density difference, in e."""

    cube: str | None = None
    difference: str
    parts: dict[str, PartValues]
    electrons: dict[str, float]
    electrons_tolerance_e: float | None = None
    integral_e: float
    integral_tolerance_e: float | None = None
    moved_e: float
    hirshfeld_charges_e: list[float] | None = None
    gained_by_atom_e: list[float] | None = None
    groups: dict[str, list[int]] | None = None
    gained_e: dict[str, float]


class ElectrostaticsValues(ResultValues):
    """Potential of a slab: energies of an electron in eV, see `analysis.electrostatics`."""

    structure: dict[str, Any]
    fermi_level_eV: float
    highest_filled_eV: float | None = None
    layer_period_A: float | None = None
    vacuum_bottom_eV: float
    vacuum_top_eV: float
    slope_bottom_eV_per_A: float
    slope_top_eV_per_A: float
    work_function_bottom_eV: float
    work_function_top_eV: float
    ionisation_energy_bottom_eV: float
    ionisation_energy_top_eV: float
    area_A2: float = Field(gt=0)
    dipole_eA: float
    step_eV: float
    helmholtz_step_eV: float


class SitePotentialsValues(ResultValues):
    """Potentials at the atoms of a supercell and its levels, on one scale."""

    structure: dict[str, Any]
    #: Points of the grid of the density.
    grid: list[int]
    valence_electrons: float
    #: For a positive charge; the mean of the pseudo-potential over the cell is zero.
    site_potentials_V: list[float]
    highest_filled_eV: float
    lowest_empty_eV: float
    #: None without a gap.
    vbm_eV: float | None = None
    cbm_eV: float | None = None

    @model_validator(mode="after")
    def _one_per_atom(self) -> Self:
        if len(self.site_potentials_V) != len(self.structure["numbers"]):
            raise ValueError("numbers of atoms and potentials differ")
        return self


class VibrationsValues(ResultValues):
    """A structure with force constants, which are in its file."""

    structure: dict[str, Any]
    fmax_eV_per_A: float
    displacement_A: float = Field(gt=0)
    magnetic_moment_muB: float
    #: At rest.
    energy_eV: float
    #: Displacements along the first imaginary mode; empty without one.
    imaginary_mode_A: list[list[float]] = []


class DescriptorValues(ResultValues):
    """Frontier levels of a molecule in eV from the vacuum, None without a gap; potentials in V."""

    homo_eV: float | None
    lumo_eV: float | None
    lowest_potential_V: float
    highest_potential_V: float


class BarrierValues(ResultValues):
    """A path between two ends; see `analysis.barriers.path`."""

    charge: int
    fingerprint: str
    #: The saddle.
    structure: dict[str, Any]
    #: Ends and images.
    path: list[dict[str, Any]] = Field(min_length=5)
    #: Number of the climbing image.
    highest: int = Field(ge=1)
    energies_eV: list[float]
    slopes_eV_per_A: list[float]
    moments_muB: list[float]
    saddle_fmax_eV_per_A: float
    band_fmax_eV_per_A: float
    #: Limit of the relaxations.
    fmax_eV_per_A: float
    #: Root mean square over so many ions far from the hop.
    far_displacement_A: float
    far_atoms: int
    #: Displacement of the ion that hops.
    hop_A: float
    #: Key of the relaxation of the first end.
    first: str
    steps: int
    force_calls: int

    @model_validator(mode="after")
    def _alike(self) -> Self:
        lengths = {len(self.path)} | {
            len(each) for each in (self.energies_eV, self.slopes_eV_per_A, self.moments_muB)
        }
        if len(lengths) != 1 or self.highest > len(self.path) - 2:
            raise ValueError("numbers of images differ")
        return self


_KINDS: dict[str, type[ResultValues]] = {
    "relax": EnergyValues,
    "potential": PotentialValues,
    "crystal": EnergyValues,
    "single-point": EnergyValues,
    "abinit": EnergyValues,
    "cp2k": EnergyValues,
    "spin-orbit": SpinOrbitValues,
    "split": SplitValues,
    "dos": DosValues,
    "gap": GapValues,
    "density-difference": DensityDifferenceValues,
    "electrostatics": ElectrostaticsValues,
    "site-potentials": SitePotentialsValues,
    "vibrations": VibrationsValues,
    "descriptors": DescriptorValues,
    "barrier": BarrierValues,
}


def check_values(kind: str, values: Any) -> None:
    """Refuse the values of a result if one is missing or of another type.

    Of a kind that has no model here, only what all results share is checked.

    Raises
    ------
    ValueError
        One sentence that names the key.
    """
    try:
        _KINDS.get(kind, ResultValues).model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        words = "is missing" if first["type"] == "missing" else f"is wrong ({first['msg']})"
        raise ValueError(f"{key or 'values'} {words}") from error
