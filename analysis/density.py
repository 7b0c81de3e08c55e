"""Charge-density differences: integrals and the average over planes of the surface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

DENSITY_FILE = "density-difference.npz"
CUBE_FILE = "density-difference.cube"


@dataclass(frozen=True, eq=False)
class DensityDifference:
    """Density of a whole minus the densities of its fragments.

    Parameters
    ----------
    difference_e_per_A3
        Electrons per cubic angstrom, shape=(n1, n2, n3); positive where the bond gathers
        electrons.
    cell_A
        Cell vectors as rows, shape=(3, 3), in angstrom.
    """

    difference_e_per_A3: NDArray[np.float64]
    cell_A: NDArray[np.float64]

    def planar_average(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Heights in angstrom and electrons per angstrom at each, both of shape (n3,).

        The second array is the difference summed over the plane; its integral over the
        height is the integral of the difference.
        """
        z, _ = grid_heights_A(self.difference_e_per_A3.shape[2], self.cell_A)
        area = float(np.linalg.norm(np.cross(self.cell_A[0], self.cell_A[1])))
        return z, self.difference_e_per_A3.mean(axis=(0, 1)) * area

    def transferred_e(self, height_A: float) -> float:
        """Electrons gained above a height (negative: lost), in units of e."""
        z, profile = self.planar_average()
        return float(profile[z > height_A].sum() * (z[1] - z[0]))


def grid_heights_A(points: int, cell_A: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Heights of the grid planes and their distance in angstrom.

    An even number of points is a periodic axis, which starts at zero. An odd number is an
    axis without periodicity: the plane at zero, where the density vanishes, is left out.
    """
    height = float(cell_A[2, 2])
    if points % 2:
        step = height / (points + 1)
        return np.arange(1.0, points + 1) * step, step
    step = height / points
    return np.arange(0.0, points) * step, step


def density_report(
    difference: NDArray[np.float64], densities: Mapping[str, NDArray[np.float64]], atoms: Atoms
) -> dict[str, Any]:
    """Integrals of the whole, of each fragment and of the difference, in electrons."""
    points = difference.shape
    _, step = grid_heights_A(points[2], atoms.cell.array)
    area = float(np.linalg.norm(np.cross(*atoms.cell.array[:2])))
    volume = area / (points[0] * points[1]) * step
    return {
        "electrons": {name: float(n.sum() * volume) for name, n in densities.items()},
        "integral_e": float(difference.sum() * volume),
        "moved_e": float(np.abs(difference).sum() * volume / 2),
    }


def load_density_difference(folder: Path) -> DensityDifference:
    """Read the density difference from the folder of a finished task."""
    with np.load(folder / DENSITY_FILE, allow_pickle=False) as data:
        return DensityDifference(data["difference_e_per_A3"], data["cell_A"])
