"""How close the parts of a structure come to each other, all periodic images included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.neighborlist import neighbor_list

from slabs.elements import vdw_radii_A
from slabs.molecular_units import molecular_units
from slabs.structure import SURFACE_GROUP, Structure

#: Two parts clash when atoms come closer than this share of their van der Waals radii.
CLASH_RATIO = 0.65


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
        The distance over the sum of the van der Waals radii (for a dative bond: scaled so
        that it clashes at the same ratio).
    """

    first: int
    second: int
    distance_A: float
    ratio: float


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


def closest_contact(structure: Structure) -> Contact | None:
    """Closest approach of a ligand to anything that it is not bonded to, all images included.

    Periodic along z as well, so that the next slab through the vacuum counts. None if
    nothing is closer than the van der Waals radii.
    """
    ligand = np.array(structure.groups) != SURFACE_GROUP
    if not ligand.any():
        return None
    atoms: Atoms = structure.atoms.copy()
    atoms.pbc = True
    radii = vdw_radii_A(atoms.numbers)
    i, j, distance, cell = neighbor_list("ijdS", atoms, radii)
    labels = molecular_units(structure.atoms)
    groups = np.unique(structure.groups, return_inverse=True)[1]
    same = (labels[i] == labels[j]) & (groups[i] == groups[j]) & ~cell.any(axis=1)
    keep = ligand[i] & ~same
    if not keep.any():
        return None
    ratio = distance[keep] / (radii[i] + radii[j])[keep]
    best = int(ratio.argmin())
    first, second = int(i[keep][best]), int(j[keep][best])
    return Contact(first, second, float(distance[keep][best]), float(ratio[best]))
