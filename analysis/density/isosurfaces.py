"""Isosurfaces of density differences as triangles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve1d
from skimage.measure import marching_cubes

from analysis.density.difference import DensityDifference

#: Default isovalue in electrons per cubic angstrom (0.0015 e/bohr^3).
ISOVALUE_E_PER_A3 = 0.01
#: Grids finer than this are smoothed and thinned out by two; the picture stays the same.
FINE_GRID_A = 0.12


@dataclass(frozen=True, eq=False)
class Isosurface:
    """Where a density difference has one value.

    Parameters
    ----------
    value_e_per_A3
        The value; positive surfaces enclose gained electrons, negative ones lost ones.
    vertices_A
        Corners of the triangles, shape=(n, 3), in angstrom.
    faces
        Indices of the three corners of each triangle, shape=(m, 3).
    """

    value_e_per_A3: float
    vertices_A: NDArray[np.float64]
    faces: NDArray[np.intp]


def isosurfaces(
    density: DensityDifference,
    isovalue_e_per_A3: float = ISOVALUE_E_PER_A3,
    centre: tuple[float, float] = (0.5, 0.5),
) -> tuple[Isosurface, Isosurface]:
    """Surfaces of gained and of lost electrons; empty where the value is not reached.

    Marching cubes of scikit-image: Lewiner et al., J. Graphics Tools 8, 1 (2003).

    Parameters
    ----------
    density
        The density difference.
    isovalue_e_per_A3
        Positive value in electrons per cubic angstrom; the second surface has its negative.
    centre
        Fractional coordinates, along the first two cell vectors, of the middle of the cell
        that is shown.
    """
    values, origin = _shifted(_thinned(density), centre)
    # The first planes once more at the end, so that surfaces reach the far boundary.
    closed = np.pad(values, ((0, 1), (0, 1), (0, 0)), mode="wrap")
    found = []
    for value in (isovalue_e_per_A3, -isovalue_e_per_A3):
        if not closed.min() < value < closed.max():
            found.append(Isosurface(value, np.zeros((0, 3)), np.zeros((0, 3), dtype=int)))
            continue
        vertices, faces, _, _ = marching_cubes(closed, value)
        fractions = vertices / values.shape + origin
        found.append(Isosurface(value, fractions @ density.cell_A, faces.astype(int)))
    return found[0], found[1]


def _thinned(density: DensityDifference) -> NDArray[np.float64]:
    """The density difference on a grid that is as coarse as a picture allows."""
    values = density.difference_e_per_A3
    for axis, length in enumerate(np.linalg.norm(density.cell_A, axis=1)):
        points = values.shape[axis]
        if length / points < FINE_GRID_A and points % 2 == 0:
            smooth = convolve1d(values, [0.25, 0.5, 0.25], axis=axis, mode="wrap")
            values = np.take(smooth, range(0, points, 2), axis=axis)
    return values


def _shifted(
    values: NDArray[np.float64], centre: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The grid with another first plane along x and y, and where that lies, as fractions."""
    origin = np.zeros(3)
    for axis, fraction in enumerate(centre):
        points = values.shape[axis]
        first = round((fraction - 0.5) * points)
        values = np.roll(values, -first, axis=axis)
        origin[axis] = first / points
    return values, origin
