"""Interaction of the dipole of an isolated molecule with its periodic images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ase.units import Bohr, Hartree


def dipole_image_energy_eV(dipole_eA: Sequence[float], volume_A3: float) -> float:
    """How much too low the energy of a dipole in a periodic box is, in eV.

    The images attract it by 2 pi p^2 / (3 V) in a cubic box: G. Makov and M. C. Payne, Phys.
    Rev. B 51, 4014 (1995). To be added to the energy; an estimate for other boxes.

    Parameters
    ----------
    dipole_eA
        Dipole moment in e angstrom, shape=(3,).
    volume_A3
        Volume of the box in cubic angstrom.

    Examples
    --------
    >>> round(dipole_image_energy_eV([0.0, 0.0, 2.0], 1000.0), 3)
    0.121
    """
    squared = float(np.square(np.asarray(dipole_eA)).sum())
    return 2.0 * np.pi * squared / (3.0 * volume_A3) * Hartree * Bohr
