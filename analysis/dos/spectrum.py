"""Levels and densities of states of one calculation: sums, band edges, counted electrons."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.dos.band_edges import BandEdges, band_edges
from analysis.groups import Indices

Floats = NDArray[np.float64]

ORBITALS = "spdf"
#: Change of a gap with the number of bands that counts as converged, in eV.
GAP_TOLERANCE_EV = 0.02
#: Arrays of a spectrum that are stored.
SPECTRUM_ARRAYS = (
    "total_per_eV",
    "projections_per_eV",
    "eigenvalues_eV",
    "occupations",
    "kpoint_weights",
    "shares",
)


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Levels and densities of states, without spin-orbit coupling or with it.

    Energies are those of the calculation; with the coupling there is one spin channel, of
    states that hold one electron each.

    Parameters
    ----------
    energies_eV
        Abscissa of the densities, shape=(n,).
    total_per_eV
        States per eV and cell, shape=(spins, n).
    projections_per_eV
        Squared overlaps with the PAW projectors of bound states, in states per eV,
        shape=(atoms, l, spins, n). Their sum is not the total.
    eigenvalues_eV, occupations
        Levels, and their occupations from 0 to 1, shape=(spins, kpoints, bands).
    kpoint_weights
        Shares of the k-points, which sum to one, shape=(kpoints,).
    shares
        Projections of each band, averaged over the k-points,
        shape=(atoms, l, spins, bands).
    fermi_level_eV
        Fermi level.
    electrons
        Valence electrons per cell.
    complete_to_eV
        Energy above which bands are missing or not converged.
    coupled
        Whether spin-orbit coupling is in.
    half_bands_gap_eV
        Gap with spin-orbit coupling set up in half of the empty bands, 0 without a gap; None
        where that was not calculated.
    """

    energies_eV: Floats
    total_per_eV: Floats
    projections_per_eV: NDArray[np.float32]
    eigenvalues_eV: Floats
    occupations: Floats
    kpoint_weights: Floats
    shares: NDArray[np.float32]
    fermi_level_eV: float
    electrons: float
    complete_to_eV: float
    coupled: bool
    half_bands_gap_eV: float | None = None

    @property
    def gap_change_eV(self) -> float | None:
        """Its own gap minus that with the coupling in half of the empty bands, if known.

        No gap counts as 0; it is None where there is none with either number of bands.
        """
        gap_eV = self.edges.gap_eV if self.edges else 0.0
        if self.half_bands_gap_eV is None or not (gap_eV or self.half_bands_gap_eV):
            return None
        return gap_eV - self.half_bands_gap_eV

    @property
    def electrons_per_state(self) -> float:
        """2 without spin polarisation, otherwise 1."""
        return 1.0 if self.coupled else 2.0 / len(self.total_per_eV)

    @cached_property
    def edges(self) -> BandEdges | None:
        """Highest occupied and lowest empty level; None without a gap."""
        return band_edges(self.eigenvalues_eV, self.electrons, self.electrons_per_state)

    def select(self, atoms: Indices | None = None, orbital: str | None = None) -> Floats:
        """Sum of the projections on some atoms and one orbital, shape=(spins, n).

        Parameters
        ----------
        atoms
            Indices; None: all.
        orbital
            Of `ORBITALS`; None: all.
        """
        part = self.projections_per_eV if atoms is None else self.projections_per_eV[atoms]
        if orbital is not None:
            ell = ORBITALS.index(orbital)
            part = part[:, ell : ell + 1]
        return np.asarray(part.sum(axis=(0, 1), dtype=float))

    def filled(self, values_per_eV: Floats) -> float:
        """Integral of a density of states up to the Fermi level, all spins together."""
        below = self.energies_eV <= self.fermi_level_eV
        values = np.atleast_2d(values_per_eV).sum(axis=0)
        return float(np.trapezoid(values[below], self.energies_eV[below]))


@dataclass(frozen=True)
class SumRule:
    """How many of the electrons in the window the densities of states account for.

    Parameters
    ----------
    electrons
        Electrons on levels inside of the window.
    total
        Integral of the total up to the Fermi level.
    projected
        The same of all projections. The projectors end at the PAW spheres, and overlap
        where atoms do: neither must this be `total`, nor need it be less.
    """

    electrons: float
    total: float
    projected: float

    @property
    def fraction(self) -> float:
        """Projections over electrons."""
        return self.projected / self.electrons


def sum_rule(spectrum: Spectrum) -> SumRule | None:
    """Electrons in the window against the integrals; None without electrons in it."""
    low, high = spectrum.energies_eV[[0, -1]]
    inside = (spectrum.eigenvalues_eV >= low) & (spectrum.eigenvalues_eV <= high)
    per_kpoint = (spectrum.occupations * inside).sum(axis=(0, 2))
    electrons = float(per_kpoint @ spectrum.kpoint_weights) * spectrum.electrons_per_state
    if electrons < 0.5:
        return None
    total, projected = spectrum.total_per_eV, spectrum.select()
    return SumRule(electrons, spectrum.filled(total), spectrum.filled(projected))


def broadened(energies_eV: Floats, levels_eV: Floats, weights: Floats, width_eV: float) -> Floats:
    """Sum of normalised Gaussians exp(-(E/width)^2) on levels, in states per eV.

    Parameters
    ----------
    energies_eV
        Abscissa, shape=(n,).
    levels_eV
        Levels, shape=(bands,).
    weights
        States of each level, shape=(..., bands).
    width_eV
        Width of a Gaussian.

    Returns
    -------
    array, shape=(..., n)
    """
    gaussians = np.exp(-np.square((energies_eV - levels_eV[:, None]) / width_eV))
    sums: Floats = weights @ gaussians
    return np.asarray(sums / (np.sqrt(np.pi) * width_eV))
