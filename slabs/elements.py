"""Van der Waals radii of all elements, and lengths of dative bonds."""

from __future__ import annotations

import numpy as np
from ase.data import covalent_radii, vdw_radii
from numpy.typing import NDArray

#: Used for elements without a tabulated van der Waals radius.
DEFAULT_VDW_RADIUS_A = 2.0
#: Atoms of molecules are bonded up to this factor times the sum of their covalent radii.
BOND_FACTOR = 1.25
#: Dative bonds are longer than the sum of covalent radii by about this factor
#: (Pb-N about 2.5 angstrom, Pb-O about 2.5 angstrom).
DATIVE_FACTOR = 1.15


def vdw_radii_A(numbers: NDArray[np.int_]) -> NDArray[np.float64]:
    """Van der Waals radii by atomic number in angstrom, shape=(n,)."""
    radii = np.asarray(vdw_radii[numbers], dtype=float)
    return np.asarray(np.where(np.isnan(radii), DEFAULT_VDW_RADIUS_A, radii))


def dative_length_A(first: int, second: int) -> float:
    """Length of a dative bond between two atoms, given by atomic number, in angstrom."""
    return DATIVE_FACTOR * float(covalent_radii[first] + covalent_radii[second])
