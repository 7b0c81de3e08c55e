"""Shortest distances between parts of a structure, periodic images included."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import vdw_radii
from ase.neighborlist import neighbor_list

from slabs.structure import Structure

#: Two parts clash when atoms come closer than this share of their van der Waals radii.
CLASH_RATIO = 0.65
#: Used for elements without a tabulated van der Waals radius.
DEFAULT_VDW_RADIUS_A = 2.0


@dataclass(frozen=True)
class Contact:
    """The closest approach of two atoms of different parts, or of a part and its image.

    Parameters
    ----------
    first, second
        Indices of the two atoms.
    distance_A
        Their distance in angstrom.
    ratio
        The distance over the sum of the van der Waals radii.
    """

    first: int
    second: int
    distance_A: float
    ratio: float


def _radii(atoms: Atoms) -> np.ndarray:
    radii = vdw_radii[atoms.numbers]
    return np.where(np.isnan(radii), DEFAULT_VDW_RADIUS_A, radii)


def closest_contact(
    atoms: Atoms, parts: Iterable[int], ignore: Iterable[tuple[int, int]] = ()
) -> Contact | None:
    """Closest contact between different parts of a structure, relative to the radii.

    Parameters
    ----------
    atoms
        Structure; its periodicity is respected, also between a part and its own image.
    parts
        One number per atom; 0 is the surface, whose contacts with itself are not looked
        at, each other number is one molecule.
    ignore
        Pairs of atoms that are meant to be close, such as an anchor and its site.

    Returns
    -------
    Contact or None
        None if nothing is closer than the sum of the van der Waals radii.
    """
    part = np.asarray(list(parts))
    radii = _radii(atoms)
    reach = 2 * float(radii[part > 0].max()) if (part > 0).any() else 0.0
    if reach == 0.0:
        return None
    cutoff = float(radii.max()) + reach / 2
    i, j, d, shift = neighbor_list("ijdS", atoms, cutoff)
    between = (part[i] != part[j]) | ((part[i] > 0) & shift.any(axis=1))
    for a, b in ignore:
        between &= ~(((i == a) & (j == b)) | ((i == b) & (j == a)))
    ratio = d / (radii[i] + radii[j])
    ratio[~between] = np.inf
    if not len(ratio) or ratio.min() >= 1.0:
        return None
    n = int(ratio.argmin())
    return Contact(int(i[n]), int(j[n]), float(d[n]), float(ratio[n]))


def describe_contact(structure: Structure, contact: Contact) -> str:
    """A contact in words, for example ``H12 (OAm) ... I4 (surface) 1.92 A``."""
    names = [
        f"{structure.atoms[k].symbol}{k} ({structure.groups[k]})"
        for k in (contact.first, contact.second)
    ]
    return f"{names[0]} ... {names[1]} {contact.distance_A:.2f} A"
