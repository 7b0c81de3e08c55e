"""Shortest distances between a molecule and everything around it, images included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import vdw_radii
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from slabs.structure import Structure

#: Two parts clash when atoms come closer than this share of their van der Waals radii.
CLASH_RATIO = 0.65
#: Used for elements without a tabulated van der Waals radius.
DEFAULT_VDW_RADIUS_A = 2.0


@dataclass(frozen=True)
class Contact:
    """The closest approach of two atoms, relative to their size.

    Parameters
    ----------
    first
        Index of the atom of the molecule.
    second
        Index of the other atom: of the surroundings, or of the molecule's own image,
        counted behind the surroundings.
    distance_A
        Their distance in angstrom.
    ratio
        The distance over the sum of the van der Waals radii.
    """

    first: int
    second: int
    distance_A: float
    ratio: float


def vdw_radii_A(numbers: NDArray[np.int_]) -> NDArray[np.float64]:
    """Van der Waals radii in angstrom, shape=(n,)."""
    radii = vdw_radii[numbers]
    return np.where(np.isnan(radii), DEFAULT_VDW_RADIUS_A, radii)


class Surroundings:
    """What a molecule on a surface may collide with: everything else and all images.

    Parameters
    ----------
    atoms
        The other atoms in their cell, which is periodic along its first two vectors.
    ignore
        Indices of surrounding atoms the anchor is meant to touch.
    """

    def __init__(self, atoms: Atoms, ignore: tuple[int, ...] = ()) -> None:
        self.atoms = atoms
        self.ignore = ignore
        self.radii = vdw_radii_A(atoms.numbers)

    def _shifts(self, reach_A: float) -> NDArray[np.float64]:
        """In-plane lattice vectors within reach, the zero vector first, shape=(n, 3)."""
        cell = self.atoms.cell.array
        heights = np.linalg.norm(np.cross(cell[0], cell[1])) / np.linalg.norm(cell[:2], axis=1)
        n1, n2 = (int(np.ceil(reach_A / h)) + 1 for h in heights[::-1])
        grid = [(i, j) for i in range(-n1, n1 + 1) for j in range(-n2, n2 + 1)]
        grid.sort(key=lambda ij: ij != (0, 0))
        return np.array([i * cell[0] + j * cell[1] for i, j in grid])

    def closest(self, molecule: Atoms, anchor: int) -> Contact | None:
        """Closest contact of a molecule, or None if nothing touches.

        Parameters
        ----------
        molecule
            The molecule where it is to be placed.
        anchor
            Index of its atom that may be close to the ignored atoms.
        """
        own = vdw_radii_A(molecule.numbers)
        positions = molecule.positions
        reach = float(own.max() + max(self.radii.max(), own.max()))
        middle = positions.mean(axis=0)
        size = float(np.linalg.norm((positions - middle)[:, :2], axis=1).max())
        cell = self.atoms.cell.array
        spread = float(np.linalg.norm(cell[0, :2]) + np.linalg.norm(cell[1, :2]))
        low, high = positions[:, 2].min() - reach, positions[:, 2].max() + reach
        near = np.flatnonzero(
            (self.atoms.positions[:, 2] > low) & (self.atoms.positions[:, 2] < high)
        )
        shifts = self._shifts(size + reach + spread)
        others = [self.atoms.positions[near] + s for s in shifts]
        index = np.tile(near, len(shifts))
        places = np.concatenate(others) if len(near) else np.empty((0, 3))
        images = self._shifts(2 * size + reach)[1:]
        places = np.concatenate([places, *(positions + s for s in images)])
        count = len(self.atoms)
        index = np.concatenate([index, np.tile(np.arange(len(own)) + count, len(images))])
        flat = np.linalg.norm((places - middle)[:, :2], axis=1) < size + reach
        places, index = places[flat], index[flat]
        radii = np.concatenate([self.radii, own])[index]
        distance = cdist(positions, places)
        ratio = distance / (own[:, None] + radii)
        for atom in self.ignore:
            ratio[anchor, index == atom] = np.inf
        if not ratio.size or ratio.min() >= 1.0:
            return None
        i, j = np.unravel_index(int(ratio.argmin()), ratio.shape)
        return Contact(int(i), int(index[j]), float(distance[i, j]), float(ratio[i, j]))


def describe_contact(surroundings: Structure, molecule: Atoms, name: str, contact: Contact) -> str:
    """A contact in words, for example ``H of OAm ... I of surface 1.92 A``."""
    count = len(surroundings.atoms)
    first = f"{molecule.symbols[contact.first]} of {name}"
    if contact.second >= count:
        other = f"{molecule.symbols[contact.second - count]} of its periodic image"
    else:
        symbol = surroundings.atoms.symbols[contact.second]
        other = f"{symbol} of {surroundings.groups[contact.second]}"
    return f"{first} ... {other} {contact.distance_A:.2f} A"
