"""Energies of point defects over the size of the supercell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: A line through fewer points says nothing about its own error.
FEWEST_POINTS = 3


@dataclass(frozen=True)
class Trend:
    """A straight line through energies over the inverse volume.

    Parameters
    ----------
    limit_eV
        Its value for an infinite supercell.
    slope_eV_A3
        Its slope: the energy of a supercell of volume V lies above the limit by slope / V.
    deviation_eV
        Root mean square of what the points are off the line, with two parameters taken off
        their number.
    """

    limit_eV: float
    slope_eV_A3: float
    deviation_eV: float


def trend(volumes_A3: Sequence[float], energies_eV: Sequence[float]) -> Trend | None:
    """The line for neutral defects, whose elastic interaction falls with the inverse volume.

    Freysoldt et al., Rev. Mod. Phys. 86, 253 (2014). Overlap of wave functions in small
    supercells falls faster, so that these lie off the line.

    Parameters
    ----------
    volumes_A3
        Volumes of the supercells, all different.
    energies_eV
        Energies of the defect in them, from any common zero.

    Returns
    -------
    Trend or None
        None for fewer than `FEWEST_POINTS` supercells.

    Examples
    --------
    >>> found = trend([100.0, 200.0, 400.0], [1.1, 1.05, 1.025])
    >>> round(found.limit_eV, 6), round(found.slope_eV_A3, 6), round(found.deviation_eV, 6)
    (1.0, 10.0, 0.0)
    """
    if len(volumes_A3) < FEWEST_POINTS:
        return None
    inverse, energies = 1.0 / np.array(volumes_A3), np.array(energies_eV)
    slope, limit = np.polyfit(inverse, energies, 1)
    off = energies - (limit + slope * inverse)
    deviation = np.sqrt(np.square(off).sum() / (len(energies) - 2))
    return Trend(float(limit), float(slope), float(deviation))
