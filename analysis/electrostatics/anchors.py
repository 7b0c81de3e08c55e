"""Electrostatic potential of a molecule where its anchors meet a surface."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ase import Atoms
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from slabs.elements import vdw_radii_A

#: Points on the sphere around an anchor.
SPHERE_POINTS = 1000


def potential_around_V(
    potential_eV: NDArray[np.float64], vacuum_eV: float, atoms: Atoms, anchors: Sequence[int]
) -> tuple[float, float]:
    """Lowest and highest electrostatic potential on the van der Waals spheres of anchors.

    Only the parts of the spheres count that lie outside the van der Waals spheres of all
    other atoms. The potential is that of a positive unit charge in V: negative at a lone
    pair, positive at the hydrogen atoms of a cation.

    Parameters
    ----------
    potential_eV
        Energy of an electron on the grid of the periodic cell, shape=(n, m, l), in eV.
    vacuum_eV
        The same far from the molecule.
    atoms
        The molecule in its box.
    anchors
        Indices of the atoms whose spheres are looked at.

    Raises
    ------
    ValueError
        If no point of these spheres is free.
    """
    radii_A = vdw_radii_A(atoms.numbers)
    free = []
    for anchor in anchors:
        points = atoms.positions[anchor] + radii_A[anchor] * _sphere()
        distances_A = np.linalg.norm(points[:, None] - atoms.positions[None], axis=2)
        outside = distances_A >= radii_A - 1e-9
        outside[:, anchor] = True
        free.append(points[outside.all(axis=1)])
    places = np.concatenate(free)
    if not len(places):
        raise ValueError("no point of the van der Waals spheres of the anchors is free")
    scaled = atoms.cell.scaled_positions(places) % 1.0
    indices = (scaled * potential_eV.shape).T
    values_V = vacuum_eV - map_coordinates(potential_eV, indices, order=3, mode="grid-wrap")
    return float(values_V.min()), float(values_V.max())


def _sphere() -> NDArray[np.float64]:
    """Evenly spread unit vectors (a Fibonacci lattice), shape=(`SPHERE_POINTS`, 3)."""
    numbers = np.arange(SPHERE_POINTS)
    heights = 1.0 - (2 * numbers + 1) / SPHERE_POINTS
    angles = numbers * np.pi * (3.0 - np.sqrt(5.0))
    widths = np.sqrt(1.0 - heights**2)
    return np.stack([widths * np.cos(angles), widths * np.sin(angles), heights], axis=1)
