"""A path of images between two minima: its barriers, what is wrong with it, and rates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from ase.units import kB
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicHermiteSpline

from analysis.result_values import BarrierValues
from analysis.results import atoms_from_dict

#: Energies of images that differ by less are equal.
NOISE_EV = 0.005
#: Magnetic moments that differ by less are those of the same state; smearing makes them fractions.
SAME_MOMENT_MUB = 0.3


@dataclass(frozen=True, eq=False)
class HopPath:
    """Energies along a path.

    Parameters
    ----------
    distances_A
        Length of the path from its first end to each image, over all atoms, shape=(images,).
    energies_eV
        Of each image above the first end, shape=(images,).
    slopes_eV_per_A
        Derivatives of the energies along the path, 0 at the ends, shape=(images,).
    moments_muB
        Magnetic moments, shape=(images,).
    highest
        Number of the climbing image.
    saddle_fmax_eV_per_A, fmax_eV_per_A
        Largest force on the climbing image, and where it should be below.
    """

    distances_A: NDArray[np.float64]
    energies_eV: NDArray[np.float64]
    slopes_eV_per_A: NDArray[np.float64]
    moments_muB: NDArray[np.float64]
    highest: int
    saddle_fmax_eV_per_A: float
    fmax_eV_per_A: float

    @classmethod
    def of(cls, values: BarrierValues) -> HopPath:
        """The path that a task has found."""
        energies = np.array(values.energies_eV)
        return cls(
            path_lengths_A([atoms_from_dict(image).positions for image in values.path]),
            energies - energies[0],
            np.array(values.slopes_eV_per_A),
            np.array(values.moments_muB),
            values.highest,
            values.saddle_fmax_eV_per_A,
            values.fmax_eV_per_A,
        )

    @property
    def barrier_eV(self) -> float:
        """Energy of the saddle above the first end."""
        return float(self.energies_eV[self.highest])

    @property
    def reverse_barrier_eV(self) -> float:
        """Energy of the saddle above the last end."""
        return float(self.energies_eV[self.highest] - self.energies_eV[-1])

    @property
    def reaction_energy_eV(self) -> float:
        """Energy of the last end above the first."""
        return float(self.energies_eV[-1])

    def curve(self, points: int = 201) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Distances and energies of the cubic curve with the energies and slopes of the images."""
        curve = CubicHermiteSpline(self.distances_A, self.energies_eV, self.slopes_eV_per_A)
        dense = np.linspace(0.0, self.distances_A[-1], points)
        return dense, np.asarray(curve(dense))

    def doubts(self) -> Iterator[str]:
        """Why the highest image is no saddle between both ends, if it is none."""
        energies, top = self.energies_eV, self.highest
        if self.saddle_fmax_eV_per_A > self.fmax_eV_per_A:
            yield (
                f"the largest force on the highest image is {self.saddle_fmax_eV_per_A:.3f} eV/A,"
                f" above {self.fmax_eV_per_A:g} eV/A"
            )
        if max(energies[0], energies[-1]) > energies[top] - NOISE_EV:
            yield "no image is higher than both ends: this hop has no barrier of its own"
            return
        uphill = np.diff(energies) * np.where(np.arange(len(energies) - 1) < top, 1, -1)
        if uphill.min() < -NOISE_EV:
            dips = sorted({n for n in range(1, len(energies) - 1) if _is_dip(energies, n)})
            where = ", ".join(map(str, dips))
            yield (
                f"the energy has more than one maximum, with a minimum near image {where}: the hop"
                " has several steps"
            )
        over = float(self.curve()[1].max()) - energies[top]
        if over > NOISE_EV:
            yield (
                f"between the images the path rises {over:.3f} eV above the highest one; give more"
                " images"
            )
        spread = float(np.ptp(self.moments_muB))
        if spread > SAME_MOMENT_MUB:
            yield (
                f"the magnetic moment changes by {spread:.2f} mu_B along the path: it crosses"
                " between spin states"
            )


def _is_dip(energies: NDArray[np.float64], n: int) -> bool:
    return bool(energies[n] <= energies[n - 1] and energies[n] <= energies[n + 1])


def path_lengths_A(positions_A: Sequence[ArrayLike]) -> NDArray[np.float64]:
    """Length of a path up to each of its images in angstrom, from 0."""
    steps = np.diff(np.array(positions_A), axis=0)
    return np.concatenate([[0.0], np.cumsum(np.sqrt(np.square(steps).sum(axis=(1, 2))))])


def tangential_slopes(positions_A: Sequence[ArrayLike], forces: Sequence[ArrayLike]) -> list[float]:
    """Derivative of the energy along a path at each image in eV per angstrom, 0 at both ends.

    Parameters
    ----------
    positions_A
        Of the ends and the images between them, shape=(n, 3) each.
    forces
        On the images between the ends in eV/A, shape=(n, 3) each.
    """
    steps = np.diff(np.array(positions_A), axis=0)
    units = steps / np.sqrt(np.square(steps).sum(axis=(1, 2)))[:, None, None]
    slopes = []
    for before, after, force in zip(units[:-1], units[1:], forces, strict=True):
        tangent = before + after
        slopes.append(float(-(np.asarray(force) * tangent).sum() / np.linalg.norm(tangent)))
    return [0.0, *slopes, 0.0]


def rate_per_s(barrier_eV: float, temperature_K: float, prefactor_per_s: float) -> float:
    """Rate of a hop in harmonic transition-state theory.

    Vineyard, J. Phys. Chem. Solids 3, 121 (1957): the prefactor times exp(-E / kT).

    Examples
    --------
    >>> f"{rate_per_s(0.3, 300.0, 1e13):.2e}"
    '9.13e+07'
    """
    return float(prefactor_per_s * np.exp(-barrier_eV / (kB * temperature_K)))
