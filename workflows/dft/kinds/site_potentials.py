"""Potentials at the atoms of a supercell, and its levels."""

from __future__ import annotations

from typing import Any

import numpy as np
from gpaw.new.ase_interface import ASECalculator
from numpy.typing import NDArray

from analysis.dos.band_edges import band_edges
from analysis.result_values import SitePotentialsValues
from analysis.results import RESULT_FILE, atoms_to_dict
from workflows.dft.bands import BandsSpec, converged_bands, frontier_levels_eV
from workflows.dft.calculator import GPW_FILE, stored_density
from workflows.dft.errors import PhysicsError
from workflows.dft.job import Job, Values

Floats = NDArray[np.float64]


def run(job: Job[BandsSpec]) -> Values:
    """Electrostatic potentials at the nuclei, and levels at the density of the parent.

    GPAW gives the potential energy of an electron, averaged with the compensation charge of each
    atom; the potential is minus that. In a cell of any charge the mean of the pseudo-potential
    over the cell is zero, and levels count from the same zero. Empty levels are converged at the
    density that is kept.

    Returns
    -------
    SitePotentialsValues
        ``site_potentials_V``: for a positive charge, higher where it is repelled; levels in eV for
        an electron; ``vbm_eV`` and ``cbm_eV`` if there is a gap.
    """
    parent = job.origin
    ground = stored_density(parent.folder)
    if ground is None:
        raise PhysicsError(
            f"{parent.folder / GPW_FILE} cannot be read; remove {RESULT_FILE} there and run again"
        )
    electrons = float(ground.get_number_of_electrons())
    potentials = -np.asarray(ground.get_atomic_electrostatic_potentials())
    grid = [int(n) for n in ground.dft.density.nt_sR.desc.size_c]
    calc = converged_bands(job, ground)
    levels = _levels(calc)
    filled_eV, empty_eV = frontier_levels_eV(calc)
    values: dict[str, Any] = {}
    edges = band_edges(levels, electrons, 2.0 / len(levels))
    if edges is not None:
        values = {"vbm_eV": edges.vbm_eV, "cbm_eV": edges.cbm_eV}
    return SitePotentialsValues(
        **job.about,
        structure=atoms_to_dict(parent.atoms),
        grid=grid,
        valence_electrons=electrons,
        site_potentials_V=[round(float(v), 6) for v in potentials],
        highest_filled_eV=filled_eV,
        lowest_empty_eV=empty_eV,
        **values,
    )


def _levels(calc: ASECalculator) -> Floats:
    """Eigenvalues in eV, shape=(spins, kpoints, bands)."""
    kpoints = range(len(calc.get_ibz_k_points()))
    return np.array(
        [
            [calc.get_eigenvalues(kpt=kpoint, spin=spin) for kpoint in kpoints]
            for spin in range(calc.get_number_of_spins())
        ]
    )
