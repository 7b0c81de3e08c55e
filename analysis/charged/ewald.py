"""Electrostatics of a point charge in a periodic cell with an anisotropic dielectric."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ase import units
from numpy.typing import NDArray
from scipy.special import erfc

Floats = NDArray[np.float64]

#: e^2 / (4 pi epsilon_0) in eV angstrom.
COULOMB_EV_A: float = units.Hartree * units.Bohr
#: Terms of both sums below exp(-CUTOFF^2) of the largest one are left out.
CUTOFF = 6.0


class PointCharge:
    """A unit charge, its periodic images and a uniform background in a dielectric.

    Ewald summation of Rurali and Cartoixa, Nano Lett. 9, 975 (2009), as in Kumagai and Oba, Phys.
    Rev. B 89, 195205 (2014), Eq. 8: in coordinates that the inverse root of the dielectric tensor
    scales, the dielectric is vacuum. The mean of the potential over the cell is zero.

    Parameters
    ----------
    cell_A
        Cell vectors in rows, shape=(3, 3).
    dielectric
        Relative permittivity: the diagonal of the tensor along x, y and z, shape=(3,).

    Raises
    ------
    ValueError
        If a permittivity is not positive.
    """

    def __init__(self, cell_A: Floats, dielectric: Sequence[float]) -> None:
        diagonal = np.asarray(dielectric, dtype=float)
        if diagonal.shape != (3,) or not (diagonal > 0).all():
            raise ValueError(f"the permittivity is {dielectric}; it must be three positive numbers")
        self._scale = 1.0 / np.sqrt(diagonal)
        self._root = float(np.sqrt(diagonal.prod()))
        cell = np.asarray(cell_A, dtype=float) * self._scale
        self._volume = float(abs(np.linalg.det(cell)))
        self._splitting = float(np.sqrt(np.pi) / self._volume ** (1 / 3))
        reciprocal = 2 * np.pi * np.linalg.inv(cell).T
        self._translations = _lattice(cell, CUTOFF / self._splitting, whole=True)
        waves = _lattice(reciprocal, 2 * CUTOFF * self._splitting, whole=False)
        square = (waves**2).sum(axis=1)
        self._waves = waves[square > 1e-12]
        square = square[square > 1e-12]
        strength = np.exp(-square / (4 * self._splitting**2)) / square
        self._strengths = 4 * np.pi / self._volume * strength
        self._cell = cell

    def potential_V(self, displacements_A: Floats) -> Floats:
        """Potential of the charge +e, its images and the background.

        Parameters
        ----------
        displacements_A
            Where, from the charge, shape=(n, 3); not at the charge itself.

        Returns
        -------
        ndarray, shape=(n,)
            In volt; positive near the positive charge, its mean over the cell is zero.
        """
        points = np.asarray(displacements_A, dtype=float) * self._scale
        points = points - np.round(points @ np.linalg.inv(self._cell)) @ self._cell
        distances = np.linalg.norm(points[:, None] - self._translations[None], axis=2)
        near = (erfc(self._splitting * distances) / distances).sum(axis=1)
        return np.asarray(COULOMB_EV_A / self._root * (near + self._smooth(points)))

    def energy_eV(self) -> float:
        """Energy per cell of the charges +e in each other's potential and the background.

        Half of the potential of all images at the charge, in eV; negative: -2.8373 e^2 / (2 eps L)
        in a cube of length L (Leslie and Gillan, J. Phys. C 18, 973 (1985)). That of a charge q is
        q^2 times as large.
        """
        others = np.linalg.norm(self._translations, axis=1)
        others = others[others > 1e-9]
        near = float((erfc(self._splitting * others) / others).sum())
        own = 2 * self._splitting / np.sqrt(np.pi)
        smooth = float(self._smooth(np.zeros((1, 3)))[0])
        return float(0.5 * COULOMB_EV_A / self._root * (near + smooth - own))

    def _smooth(self, points: Floats) -> Floats:
        """Sum over plane waves, and what makes the mean of the whole potential zero."""
        waves = np.cos(points @ self._waves.T) @ self._strengths
        return np.asarray(waves - np.pi / (self._splitting**2 * self._volume))


def _lattice(cell: Floats, cutoff: float, *, whole: bool) -> Floats:
    """Lattice vectors within a distance; with `whole` around any point of the home cell."""
    reach = cutoff + (np.linalg.norm(cell, axis=1).sum() / 2 if whole else 0.0)
    most = np.ceil(reach * np.linalg.norm(np.linalg.inv(cell), axis=0)).astype(int)
    numbers = np.stack(
        np.meshgrid(*(np.arange(-n, n + 1) for n in most), indexing="ij"), axis=-1
    ).reshape(-1, 3)
    vectors = np.asarray(numbers @ cell)
    return np.asarray(vectors[np.linalg.norm(vectors, axis=1) <= reach])
