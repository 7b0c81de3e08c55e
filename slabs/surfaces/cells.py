"""Cells of slabs: their orientation, and whether two have the same lattice along the surface."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

#: Lattices are the same if lengths and cosines agree within this.
SAME_LATTICE = 0.002
#: Largest number of cells in a common supercell, unless one cell is a supercell of the other.
MOST_CELLS = 24


def turn_to_axes(atoms: Atoms) -> None:
    """Turn the first vector of a cell along x and the second into the xy plane, in place.

    In a left-handed cell the second vector is reversed; a right-handed cell of the same lengths and
    angles would hold the mirror image.
    """
    if atoms.cell.handedness < 0:
        atoms.cell[1] *= -1.0
    atoms.set_cell(atoms.cell.cellpar(), scale_atoms=True)


def same_surface_lattice(first: Atoms, second: Atoms) -> bool:
    """Whether two slabs have supercells with the same two vectors, rotated or not.

    Parameters
    ----------
    first, second
        Slabs, periodic along their first two cell vectors.
    """
    one, other = (_metric(atoms.cell.array[:2]) for atoms in (first, second))
    if np.linalg.det(one) < np.linalg.det(other):
        one, other = other, one
    ratio = float(np.sqrt(np.linalg.det(other) / np.linalg.det(one)))
    for count in range(1, MOST_CELLS + 1):
        number = count / ratio
        cells = round(number)
        small = 1 <= cells <= MOST_CELLS or (count == 1 and cells >= 1)
        if not small or abs(number / cells - 1.0) > 2 * SAME_LATTICE:
            continue
        mine = [_reduced(m @ one @ m.T) for m in _supercells(count)]
        theirs = [_reduced(m @ other @ m.T) for m in _supercells(cells)]
        if any(_agree(a, b) for a in mine for b in theirs):
            return True
    return False


def _metric(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(vectors @ vectors.T)


def _supercells(count: int) -> Iterator[NDArray[np.int_]]:
    """All distinct lattices of `count` cells, as Hermite normal forms."""
    for a in range(1, count + 1):
        if count % a == 0:
            for b in range(count // a):
                yield np.array([[a, b], [0, count // a]])


def _reduced(metric: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lengths of the two shortest vectors and the absolute cosine between them, shape=(3,)."""
    g = metric.copy()
    while True:
        if g[0, 0] > g[1, 1]:
            g = g[::-1, ::-1]
        step = round(float(g[0, 1] / g[0, 0]))
        if step == 0:
            lengths = np.sqrt(np.diag(g))
            return np.array([*lengths, abs(g[0, 1]) / (lengths[0] * lengths[1])])
        turn = np.array([[1, 0], [-step, 1]])
        g = turn @ g @ turn.T


def _agree(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    lengths = np.abs(one[:2] / other[:2] - 1.0).max() < SAME_LATTICE
    return bool(lengths and abs(one[2] - other[2]) < 5 * SAME_LATTICE)
