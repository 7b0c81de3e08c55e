"""Symmetry of a structure as it is: tilted, with ligands, with a vacancy."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms
from ase.geometry import find_mic
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from slabs.errors import InputError
from slabs.molecular_units import molecular_units

#: Atoms closer than this after an operation are the same atom.
SYMMETRY_TOLERANCE_A = 0.02
FIRST_CUBIC_SPACE_GROUP = 195


@dataclass(frozen=True, eq=False)
class Operation:
    """A symmetry operation x -> rotation @ x + translation.

    Parameters
    ----------
    rotation
        Cartesian rotation matrix, shape=(3, 3).
    translation_A
        Cartesian translation in angstrom, shape=(3,).
    permutation
        Atom n is moved onto atom permutation[n], shape=(atoms,).
    """

    rotation: NDArray[np.float64]
    translation_A: NDArray[np.float64]
    permutation: NDArray[np.intp]

    @property
    def keeps_normal(self) -> bool:
        """True if z stays z."""
        return bool(self.rotation[2, 2] > 1 - 1e-6)

    @property
    def swaps_faces(self) -> bool:
        """True if z becomes -z."""
        return bool(self.rotation[2, 2] < -1 + 1e-6)

    @property
    def is_inversion(self) -> bool:
        """True for the inversion through a point."""
        return bool(np.allclose(self.rotation, -np.eye(3), atol=1e-6))

    def apply(self, positions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Images of positions in angstrom, shape=(n, 3)."""
        return np.asarray(positions @ self.rotation.T + self.translation_A)


def operations(atoms: Atoms, tolerance_A: float = SYMMETRY_TOLERANCE_A) -> list[Operation]:
    """All symmetry operations of a periodic structure, translations of the cell left out."""
    import spglib

    cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = spglib.get_symmetry(cell, symprec=tolerance_A)
    if found is None:
        return [Operation(np.eye(3), np.zeros(3), np.arange(len(atoms)))]
    lattice = atoms.cell.array.T
    inverse = np.linalg.inv(lattice)
    made = []
    for rotation, translation in zip(found["rotations"], found["translations"], strict=True):
        cartesian = lattice @ rotation @ inverse
        shift = lattice @ translation
        target = _match(atoms, atoms.positions @ cartesian.T + shift, tolerance_A)
        if target is not None:
            made.append(Operation(cartesian, shift, target))
    return made


def _match(
    atoms: Atoms, images: NDArray[np.float64], tolerance_A: float
) -> NDArray[np.intp] | None:
    """Index of the atom at each image, or None if one is missing."""
    inverse = np.linalg.inv(atoms.cell.array)
    inside = 0.01  # keeps atoms off the boundary, where rounding would move them across
    tree = cKDTree((atoms.get_scaled_positions() + inside) % 1.0, boxsize=1.0)
    _, index = tree.query((images @ inverse + inside) % 1.0)
    if len(np.unique(index)) != len(atoms):
        return None
    _, gaps = find_mic(images - atoms.positions[index], atoms.cell, True)
    wrong = (gaps > 4 * tolerance_A) | (atoms.numbers[index] != atoms.numbers)
    return None if wrong.any() else np.asarray(index)


def exchange_of_faces(symmetry: Sequence[Operation]) -> Operation:
    """The operation that carries one face of a slab to the other, best the inversion.

    Raises
    ------
    InputError
        If the slab has none.
    """
    swapping = [op for op in symmetry if op.swaps_faces]
    if not swapping:
        raise InputError(
            "no symmetry of this slab exchanges its faces, so that nothing can be placed on both"
            " in the same way; use sides = 'one'",
            "sides",
        )
    # The inversion also cancels the dipole along the surface.
    return min(swapping, key=lambda op: (not op.is_inversion, np.abs(op.translation_A[:2]).sum()))


def on_other_face(added: Atoms, bare: Atoms, exchange: Operation) -> Atoms:
    """Image of what was placed on one face of a slab, each molecule moved into the cell."""
    lower: Atoms = added.copy()
    partner = bare.positions[exchange.permutation[0]]
    lift = float((partner - exchange.apply(bare.positions[:1])[0])[2])
    lower.positions = exchange.apply(added.positions) + np.array([0.0, 0.0, lift])
    labels = molecular_units(lower)
    for label in np.unique(labels):
        middle = lower.positions[labels == label].mean(axis=0)
        cells = np.floor(np.linalg.solve(bare.cell.array[:2, :2].T, middle[:2]))
        lower.positions[labels == label, :2] -= cells @ bare.cell.array[:2, :2]
    return lower


def fixed_by_symmetry(atoms: Atoms) -> bool:
    """True for a cubic crystal in which symmetry leaves no atom free to move."""
    symmetry = operations(atoms)
    free = any(
        np.abs(sum(op.rotation for op in symmetry if op.permutation[n] == n)).max() > 1e-6
        for n in range(len(atoms))
    )
    dataset = _dataset(atoms)
    return not free and dataset is not None and int(dataset.number) >= FIRST_CUBIC_SPACE_GROUP


def cells_per_cube(atoms: Atoms) -> float | None:
    """Number of these cells in the conventional cube of a cubic crystal; None for others."""
    dataset = _dataset(atoms)
    if dataset is None or dataset.number < FIRST_CUBIC_SPACE_GROUP:
        return None
    return round(float(abs(np.linalg.det(dataset.std_lattice))) / float(atoms.get_volume()), 6)


def _dataset(atoms: Atoms) -> Any:
    import spglib

    cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return spglib.get_symmetry_dataset(cell, symprec=SYMMETRY_TOLERANCE_A)
