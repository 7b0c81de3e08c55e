"""Density of states at a relaxed structure."""

from __future__ import annotations

from typing import Any

import numpy as np
from gpaw.dos import IBZWaveFunctions
from gpaw.mpi import world
from gpaw.new.ase_interface import ASECalculator
from numpy.typing import NDArray

from analysis.density.difference import grid_heights_A
from analysis.dos.band_edges import band_edges
from analysis.dos.density_of_states import COUPLED, DOS_FILE
from analysis.electrostatics.potential import vacuum_levels
from analysis.result_values import DosValues
from workflows.dft.bands import BandsSpec, converged_bands, converged_count
from workflows.dft.calculator import gpaw_calculator, stored_density
from workflows.dft.job import Job, Values
from workflows.dft.parents import place_of
from workflows.dft.projections import spectrum_arrays
from workflows.dft.spin_orbit_states import CompleteStates

Floats = NDArray[np.float64]

#: Energy points per broadening width.
POINTS_PER_WIDTH = 8


class DosSpec(BandsSpec):
    """A density of states at the structure of the parent."""

    #: Kind of species: ``"slab"``, ``"molecule"`` or ``"crystal"``.
    of: str
    #: The structure of each candidate, as planned; it names groups of atoms.
    planned: list[dict[str, Any]]
    #: k-points of the density; ``kpoints`` are those of the bands.
    scf_kpoints: list[int]
    width_eV: float
    window_eV: list[float]


def run(job: Job[DosSpec]) -> Values:
    """Total and projected densities of states at the relaxed geometry.

    The self-consistent density is kept fixed; bands are calculated for the requested
    k-points and number of empty bands. Spin-orbit coupling is set up in these bands and the
    linear response of all others; its gap is found with half of the empty bands too, the
    rest of them left to the response.
    Written to `DOS_FILE`, see `analysis.dos.spectrum.Spectrum`: ``energies_eV`` on the scale of
    the calculation, ``potentials_eV`` at the atoms, the arrays without the coupling, and
    those with it after the prefix `COUPLED`.

    Returns
    -------
    dict
        For each spectrum its Fermi level, the energy up to which all bands are there, and, if
        there is a gap, its edges, in eV;
        ``soc_half_bands_gap_eV``: gap with the coupling and half of the empty bands, 0 without;
        ``vacuum_eV``: vacuum levels, of a slab with dipole layer above and below, of a
        molecule on the faces of its box; ``planned``: the structure that names groups of
        atoms, that of the candidate behind the density of states.
    """
    folder, spec = job.folder, job.spec
    ground = _ground_state(job)
    electrons = float(ground.get_number_of_electrons())
    calc = converged_bands(job, ground)
    fermi_eV = float(calc.get_fermi_level())
    low, high = (fermi_eV + edge for edge in spec["window_eV"])
    points = int((high - low) / spec["width_eV"] * POINTS_PER_WIDTH) + 1
    energies = np.linspace(low, high, points)
    values, arrays = _spectra(calc, spec, electrons, energies)
    arrays["energies_eV"] = energies
    arrays["potentials_eV"] = np.asarray(ground.get_atomic_electrostatic_potentials())
    if world.rank == 0:
        temporary = folder / f"new-{DOS_FILE}"
        with temporary.open("wb") as file:
            np.savez_compressed(file, **arrays)
        temporary.replace(folder / DOS_FILE)
    world.barrier()
    return DosValues(
        **job.about,
        file=DOS_FILE,
        planned=spec["planned"][place_of(spec, job.origin)],
        spins=len(arrays["total_per_eV"]),
        spin_orbit=spec["spin_orbit"],
        width_eV=spec["width_eV"],
        kpoints=spec["kpoints"],
        valence_electrons=electrons,
        vacuum_eV=_vacuum_eV(ground, spec),
        **values,
    )


def _spectra(
    calc: ASECalculator, spec: DosSpec, electrons: float, energies: Floats
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Values and arrays without the coupling, and with it after the prefix `COUPLED`."""
    values: dict[str, Any] = {}
    arrays: dict[str, Any] = {}
    bands = calc.get_number_of_bands()
    spectra: dict[str, tuple[Any, int]] = {"": (IBZWaveFunctions(calc), bands)}
    if spec["spin_orbit"]:
        coupled = CompleteStates(calc)
        spectra[COUPLED] = coupled.states(bands), 2 * bands
        levels = coupled.states(converged_count(spec, electrons)).eigenvalues()
        fewer = band_edges(levels[np.newaxis], electrons, 1.0)
        values["soc_half_bands_gap_eV"] = fewer.gap_eV if fewer else 0.0
    for prefix, (states, kept) in spectra.items():
        fermi_eV, made = spectrum_arrays(calc, states, kept, energies, spec["width_eV"])
        arrays |= {prefix + name: array for name, array in made.items()}
        per_state = 1.0 if prefix else 2.0 / len(made["total_per_eV"])
        edges = band_edges(made["eigenvalues_eV"], electrons, per_state)
        values |= {
            f"{prefix}fermi_level_eV": fermi_eV,
            f"{prefix}vbm_eV": edges and edges.vbm_eV,
            f"{prefix}cbm_eV": edges and edges.cbm_eV,
            f"{prefix}direct_gap_eV": edges and edges.direct_gap_eV,
            f"{prefix}complete_to_eV": _complete_to_eV(made["eigenvalues_eV"], spec, electrons),
        }
    return values, arrays


def _ground_state(job: Job[DosSpec]) -> ASECalculator:
    """Self-consistent density of the parent; an equation of state has left none."""
    stored = stored_density(job.origin.folder)
    if stored is not None:
        return stored
    atoms = job.relaxed
    own: DosSpec = {**job.spec, "kpoints": job.spec["scf_kpoints"]}
    crystal = job.spec["of"] == "crystal"
    calc = gpaw_calculator(own, job.limits, job.log, point_group=crystal)
    atoms.calc = calc
    atoms.get_potential_energy()
    return calc


def _complete_to_eV(levels: Floats, spec: DosSpec, electrons: float) -> float:
    """Energy up to which every level is there and converged."""
    bands = levels.shape[2] // (int(np.ceil(electrons / 2)) + int(spec["empty_bands"]))
    return float(levels[:, :, bands * converged_count(spec, electrons) - 1].min())


def _vacuum_eV(ground: ASECalculator, spec: DosSpec) -> dict[str, float]:
    """Potential of an electron far from the atoms, by where that is."""
    if spec["of"] == "crystal" or (spec["of"] == "slab" and not spec["dipole_layer"]):
        return {}
    potential = np.asarray(ground.get_electrostatic_potential())
    if spec["of"] == "molecule":
        faces = [potential[0].ravel(), potential[:, 0].ravel(), potential[:, :, 0].ravel()]
        return {"around": float(np.concatenate(faces).mean())}
    cell = ground.atoms.cell.array
    planar = potential.mean(axis=(0, 1))
    below, above = vacuum_levels(grid_heights_A(len(planar), cell), planar, float(cell[2, 2]))
    return {"above": above.level_eV, "below": below.level_eV}
