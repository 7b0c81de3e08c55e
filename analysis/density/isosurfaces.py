"""Isosurfaces of density differences as triangles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve1d, map_coordinates
from skimage.measure import marching_cubes

from analysis.density.difference import DensityDifference

#: Default isovalue in electrons per cubic angstrom (0.0015 e/bohr^3).
ISOVALUE_E_PER_A3 = 0.01
#: Grids finer than this are smoothed and thinned out by two; the picture stays the same.
FINE_GRID_A = 0.12

#: Refinement of coarse grids along each axis stops here.
MOST_REFINED = 3


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
    normals
        Unit vectors normal to the surface at its corners, shape=(n, 3).
    """

    value_e_per_A3: float
    vertices_A: NDArray[np.float64]
    faces: NDArray[np.intp]
    normals: NDArray[np.float64]


def isosurfaces(
    density: DensityDifference,
    isovalue_e_per_A3: float = ISOVALUE_E_PER_A3,
    centre: tuple[float, float] = (0.5, 0.5),
    *,
    smooth_A: float | None = None,
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
    smooth_A
        Coarser grids than this are refined by cubic splines before; None: as they are. Nothing
        is refined further than `MOST_REFINED` times.
    """
    field = _thinned(density)
    if smooth_A is not None:
        field = _refined(field, np.linalg.norm(density.cell_A, axis=1), smooth_A)
    values, origin = _shifted(field, centre)
    # The first planes once more at the end, so that surfaces reach the far boundary.
    closed = np.pad(values, ((0, 1), (0, 1), (0, 0)), mode="wrap")
    found = []
    for value in (isovalue_e_per_A3, -isovalue_e_per_A3):
        if not closed.min() < value < closed.max():
            found.append(
                Isosurface(value, np.zeros((0, 3)), np.zeros((0, 3), dtype=int), np.zeros((0, 3)))
            )
            continue
        vertices, faces, slopes, _ = marching_cubes(closed, value)
        fractions = vertices / values.shape + origin
        # Gradients by index become gradients in space by the inverse of the cell.
        normals = (slopes * values.shape) @ np.linalg.inv(density.cell_A).T
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
        found.append(Isosurface(value, fractions @ density.cell_A, faces.astype(int), normals))
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


def _refined(
    values: NDArray[np.float64], lengths_A: NDArray[np.float64], step_A: float
) -> NDArray[np.float64]:
    """The same periodic field on a finer grid whose first point is the same, by cubic splines.

    The field is smoothed first, as splines overshoot beside the spikes at nuclei.
    """
    factors = np.clip(np.ceil(lengths_A / values.shape / step_A), 1, MOST_REFINED).astype(int)
    for axis, factor in enumerate(factors):
        if factor > 1:
            values = convolve1d(values, [0.25, 0.5, 0.25], axis=axis, mode="wrap")
    axes = [np.arange(n * f) / f for n, f in zip(values.shape, factors, strict=True)]
    places = np.meshgrid(*axes, indexing="ij")
    return np.asarray(map_coordinates(values, places, order=3, mode="grid-wrap"))


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
