"""Convex polygons that straight lines cut, such as regions in a phase diagram."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Polygon = NDArray[np.float64]
#: A half-plane a + b x + c y <= 0 as (a, b, c).
HalfPlane = tuple[float, float, float]
#: Polygons of a smaller area, in the square of the unit of their corners, are empty.
SMALLEST_AREA = 1e-9
#: Lines closer than this pass through a corner.
TOLERANCE = 1e-9


def rectangle(x: Sequence[float], y: Sequence[float]) -> Polygon:
    """The rectangle between two values of x and two of y, counter-clockwise, shape=(4, 2)."""
    (x0, x1), (y0, y1) = x, y
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], dtype=float)


def area(polygon: Polygon) -> float:
    """Area of a polygon; zero for less than three corners.

    Examples
    --------
    >>> area(rectangle((0, 2), (0, 3)))
    6.0
    """
    x, y = polygon.T
    return 0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))


def clipped(polygon: Polygon, half_planes: Iterable[HalfPlane]) -> Polygon:
    """The part of a convex polygon that lies in all half-planes, shape=(corners, 2).

    Each line cuts it once (Sutherland and Hodgman, Commun. ACM 17, 32 (1974)).

    Parameters
    ----------
    polygon
        Its corners in order, shape=(corners, 2).
    half_planes
        Each (a, b, c) keeps the points with a + b x + c y <= 0.

    Returns
    -------
    ndarray
        No corner if nothing of an area is left.

    Examples
    --------
    >>> clipped(rectangle((0, 2), (0, 1)), [(-1.0, 1.0, 0.0)]).tolist()
    [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
    """
    for a, *slope in half_planes:
        values = a + polygon @ np.array(slope)
        corners: list[Polygon] = []
        for n in range(len(polygon)):
            here, next_ = values[n], values[(n + 1) % len(polygon)]
            if here <= TOLERANCE:
                corners.append(polygon[n])
            if (here < -TOLERANCE and next_ > TOLERANCE) or (
                here > TOLERANCE and next_ < -TOLERANCE
            ):
                step = polygon[(n + 1) % len(polygon)] - polygon[n]
                corners.append(polygon[n] + here / (here - next_) * step)
        polygon = np.array(corners).reshape(-1, 2)
    return polygon if area(polygon) > SMALLEST_AREA else np.zeros((0, 2))


def lowest_cells(energies: Sequence[HalfPlane], polygon: Polygon) -> list[Polygon]:
    """For each of several linear functions the part of a polygon where it is the lowest.

    Parameters
    ----------
    energies
        Each is a + b x + c y as (a, b, c).
    polygon
        Convex, its corners in order, shape=(corners, 2).

    Returns
    -------
    list of ndarray
        One convex polygon per function, without corners where another one is always lower.
        Equal functions share their part.
    """
    cells = []
    for one in energies:
        below = [
            (one[0] - other[0], one[1] - other[1], one[2] - other[2])
            for other in energies
            if other is not one
        ]
        cells.append(clipped(polygon, below))
    return cells
