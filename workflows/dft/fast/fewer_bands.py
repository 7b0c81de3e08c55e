"""Fewer empty bands, where they stay empty."""

from __future__ import annotations

from math import ceil

from ase import Atoms
from gpaw.new.calculation import DFT

from slabs.elements import valence_electrons

#: Empty bands: so many,
#: and this share of the occupied ones; GPAW takes 4 and a share of 0.2.
#: With 144 occupied bands 153 instead of 177.
LEAST, SHARE = 4, 0.03
#: With fewer occupied bands there is little to save.
FEWEST_OCCUPIED = 30
#: Occupation of the highest band from which on there are too few: what it leaves out is of the
#: order of the smearing times this.
LARGEST_OCCUPATION = 1e-5


def empty_bands(atoms: Atoms) -> int | None:
    """Number of empty bands of a cell with smearing, or None to leave it to GPAW.

    Whether they are enough is known only after an SCF cycle, see `too_few`.

    Parameters
    ----------
    atoms
        The structure with its starting moments.

    Examples
    --------
    >>> empty_bands(Atoms("Pb4I10")), empty_bands(Atoms("CH4"))
    (6, None)
    """
    electrons = sum(valence_electrons(symbol) for symbol in atoms.symbols)
    occupied = (electrons + abs(atoms.get_initial_magnetic_moments().sum())) / 2
    return None if occupied < FEWEST_OCCUPIED else LEAST + ceil(SHARE * occupied)


def too_few(dft: DFT) -> bool:
    """Whether the highest band of any k-point and spin is not empty after an SCF cycle."""
    _, occupations = dft.ibzwfs.get_all_eigs_and_occs(broadcast=True)
    return bool(occupations[..., -1].max() > LARGEST_OCCUPATION)
