"""Levels, and their projections on atoms and orbitals, from converged bands."""

from __future__ import annotations

from typing import Any

import numpy as np
from gpaw.dos import DOSCalculator, get_projector_numbers
from gpaw.new.ase_interface import ASECalculator
from numpy.typing import NDArray

from analysis.dos.spectrum import broadened

Floats = NDArray[np.float64]


def spectrum_arrays(
    calc: ASECalculator, states: Any, kept: int, energies: Floats, width: float
) -> tuple[float, dict[str, Any]]:
    """Fermi level, and arrays of an `analysis.dos.spectrum.Spectrum`, as they were calculated.

    Parameters
    ----------
    calc
        Converged bands.
    states
        Levels and projections: ``IBZWaveFunctions`` of GPAW, or with spin-orbit coupling
        its ``BZWaveFunctions``.
    kept
        How many of the levels of a k-point and spin are used, the lowest ones.
    energies, width
        Abscissa of the densities and width of the broadening in eV.
    """
    dos = DOSCalculator(states, calc.setups, calc.atoms.cell, shift_fermi_level=False)
    levels = dos.eig_skn[:, :, :kept]
    if dos.collinear:
        weights = dos.weight_k
        occupations = np.array(
            [
                [calc.get_occupation_numbers(kpt=k, spin=s, raw=True) for k in range(len(weights))]
                for s in range(len(levels))
            ]
        )
    else:
        # Those of GPAW are of the k-points of this rank.
        weights = np.full(levels.shape[1], 1 / levels.shape[1])
        occupations = dos.wfs.occupation_numbers()[np.newaxis, :, :kept]
    overlaps = _overlaps(calc, dos)[..., :kept]
    total = np.zeros((len(levels), len(energies)))
    projections = np.zeros((*overlaps.shape[:3], len(energies)))
    for spin, bands in enumerate(levels):
        for k, weight in enumerate(weights * dos.degeneracy):
            # The total is one more row, which holds each state once.
            rows = overlaps[:, :, spin, k].reshape(-1, levels.shape[2])
            rows = np.vstack([rows, np.ones(levels.shape[2])])
            found = weight * broadened(energies, bands[k], rows, width)
            total[spin] += found[-1]
            projections[:, :, spin] += found[:-1].reshape(projections[:, :, spin].shape)
    return float(dos.fermi_level), {
        "total_per_eV": total,
        "projections_per_eV": projections.astype(np.float32),
        "eigenvalues_eV": levels,
        "occupations": occupations,
        "kpoint_weights": weights,
        "shares": np.einsum("alskn,k->alsn", overlaps, weights).astype(np.float32),
    }


def _overlaps(calc: ASECalculator, dos: Any) -> Floats:
    """Squared overlaps with the projectors of bound states, shape=(atoms, l, spins, k, bands)."""
    setups = dos.setups
    highest = max(ell for s in setups for n, ell in zip(s.n_j, s.l_j, strict=True) if n > 0)
    found = np.zeros((len(setups), highest + 1, *dos.eig_skn.shape))
    for atom, setup in enumerate(setups):
        for ell in range(highest + 1):
            parts = dos.wfs.pdos_weights(atom, get_projector_numbers(setup, ell))
            if not dos.collinear:  # both components of a spinor
                parts = parts.sum(axis=2, keepdims=True)
            found[atom, ell] = parts.transpose(2, 0, 1)
    if dos.collinear:
        # Only k-points of the irreducible zone are there; the others hold the same with
        # equivalent atoms exchanged.
        images = calc.dft.ibzwfs.ibz.symmetries.atommap_sa
        found = np.add.reduce([found[image] for image in images]) / len(images)
    return found
