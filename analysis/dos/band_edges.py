"""Band edges from levels, and the zero of energy that a figure or table is given in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from slabs.errors import InputError

#: What energies may be counted from.
ALIGNMENTS = ("fermi", "vbm", "vacuum")
#: Levels closer than this share their electrons at any usual smearing: there is no gap.
SMALLEST_GAP_EV = 0.01


class AlignmentError(InputError):
    """Energies cannot be counted from what was asked for; the message says why."""


@dataclass(frozen=True)
class BandEdges:
    """Highest occupied and lowest empty level, on the scale of the calculation.

    Parameters
    ----------
    vbm_eV
        Valence-band maximum, or the highest occupied level of a molecule.
    cbm_eV
        Conduction-band minimum, or the lowest empty level.
    direct_gap_eV
        Smallest distance of an occupied and an empty level at one k-point.
    """

    vbm_eV: float
    cbm_eV: float
    direct_gap_eV: float

    @property
    def gap_eV(self) -> float:
        """Fundamental gap of the Kohn-Sham levels."""
        return self.cbm_eV - self.vbm_eV

    def shifted(self, by_eV: float) -> BandEdges:
        """The same edges on a scale whose zero lies lower by `by_eV`."""
        return BandEdges(self.vbm_eV + by_eV, self.cbm_eV + by_eV, self.direct_gap_eV)


def band_edges(
    eigenvalues_eV: NDArray[np.float64], electrons: float, electrons_per_state: float
) -> BandEdges | None:
    """Edges of the gap by counting electrons, whatever the smearing has made of occupations.

    With a gap, a whole number of bands lies below it at every k-point and in both spins
    together, and these bands hold all electrons.

    Parameters
    ----------
    eigenvalues_eV
        Levels, shape=(spins, kpoints, bands).
    electrons
        Number of electrons per cell.
    electrons_per_state
        2 without spin polarisation, otherwise 1.

    Returns
    -------
    BandEdges or None
        None for a metal, and for odd electrons in bands that hold two.
    """
    filled = round(electrons / electrons_per_state)
    bands = eigenvalues_eV.transpose(0, 2, 1).reshape(-1, eigenvalues_eV.shape[1])
    if abs(filled * electrons_per_state - electrons) > 1e-3 or not 0 < filled < len(bands):
        return None
    order = np.argsort(bands.max(axis=1), kind="stable")
    below, above = bands[order[:filled]], bands[order[filled:]]
    vbm_eV, cbm_eV = float(below.max()), float(above.min())
    if cbm_eV - vbm_eV < SMALLEST_GAP_EV:
        return None
    return BandEdges(vbm_eV, cbm_eV, float((above.min(axis=0) - below.max(axis=0)).min()))


def zero_eV(
    align: str, fermi_level_eV: float, edges: BandEdges | None, vacuum_eV: float | None
) -> float:
    """Energy on the scale of the calculation that becomes the zero.

    Parameters
    ----------
    align
        One of `ALIGNMENTS`.
    fermi_level_eV, edges, vacuum_eV
        What is known; None if there is none.

    Raises
    ------
    AlignmentError
        If what was asked for does not exist.
    """
    if align == "fermi":
        return fermi_level_eV
    if align == "vbm":
        if edges is None:
            raise AlignmentError("there is no gap, and so no valence-band maximum to align to")
        return edges.vbm_eV
    if align == "vacuum":
        if vacuum_eV is None:
            raise AlignmentError(
                "there is no vacuum level to align to; slabs with dipole_correction and molecules"
                " have one"
            )
        return vacuum_eV
    raise AlignmentError(f"{align!r} is not allowed; allowed: {', '.join(ALIGNMENTS)}")
