"""Interaction of the dipole of an isolated molecule with its periodic images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from ase.units import Bohr, Hartree
from numpy.typing import ArrayLike

from analysis.results import Result

#: Width of the Gaussian charges that stand for the dipoles, as a share of the shortest distance of
#: lattice planes: so narrow that those of two images do not overlap.
WIDTH = 0.2
#: Larger exponents of the Gaussian are left out of the sum.
LARGEST_EXPONENT = 40.0


def dipole_image_energy_eV(dipole_eA: Sequence[float], cell_A: ArrayLike) -> float:
    """Energy of a dipole in the field of its periodic images, per cell, in eV.

    Plane-wave calculations without a boundary contain it (conducting surroundings, no field
    across the cell), so it is to be subtracted. Images side by side repel each other, images in
    line attract: in a cube the sum is -2 pi p^2 / (3 V), from G. Makov and M. C. Payne,
    Phys. Rev. B 51, 4014 (1995), and in other boxes that of an Ewald summation, from S. W. de
    Leeuw, J. W. Perram and E. R. Smith, Proc. R. Soc. A 373, 27 (1980).

    Parameters
    ----------
    dipole_eA
        Dipole moment in e angstrom, shape=(3,).
    cell_A
        Cell vectors as rows in angstrom, shape=(3, 3).

    Returns
    -------
    float
        Negative in a cube.

    Examples
    --------
    >>> import numpy as np
    >>> round(dipole_image_energy_eV([0.0, 0.0, 2.0], 10.0 * np.eye(3)), 3)
    -0.121
    """
    cell = np.asarray(cell_A, dtype=float)
    dipole = np.asarray(dipole_eA, dtype=float)
    reciprocal = 2 * np.pi * np.linalg.inv(cell).T
    distances = 2 * np.pi / np.linalg.norm(reciprocal, axis=1)
    alpha = 1.0 / (WIDTH * distances.min())
    reach = 2 * alpha * np.sqrt(LARGEST_EXPONENT)
    # The component of n along cell vector k is a_k.G / 2 pi.
    most = np.floor(reach * np.linalg.norm(cell, axis=1) / (2 * np.pi)).astype(int)
    steps = np.meshgrid(*(np.arange(-n, n + 1) for n in most), indexing="ij")
    waves = np.stack([each.ravel() for each in steps], axis=1) @ reciprocal
    squared = (waves**2).sum(axis=1)
    waves, squared = waves[squared > 0], squared[squared > 0]
    along = (waves @ dipole) ** 2
    sums = (np.exp(-squared / (4 * alpha**2)) * along / squared).sum()
    own = 2 * alpha**3 / (3 * np.sqrt(np.pi)) * (dipole @ dipole)
    volume = abs(np.linalg.det(cell))
    return float(2 * np.pi / volume * sums - own) * Hartree * Bohr


def without_images(result: Result) -> Result:
    """A molecule without the interaction of its dipole with that of its periodic images.

    What was subtracted is ``dipole_image_energy_eV`` of its values. Results without a dipole
    moment, those of slabs, and those that have been through this stay as they are.
    """
    dipole = result.values.get("dipole_moment_eA")
    if "dipole_image_energy_eV" in result.values or dipole is None:
        return result
    if None in dipole or not result.atoms.pbc.all():
        return result
    images_eV = dipole_image_energy_eV(dipole, result.atoms.cell.array)
    energies = {
        key: result.values[key] - images_eV
        for key in ("energy_eV", "free_energy_eV")
        if key in result.values
    }
    values = {**result.values, **energies, "dipole_image_energy_eV": images_eV}
    return replace(result, values=values)
