"""Bonds between atoms as they are drawn."""

from __future__ import annotations

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.neighborlist import neighbor_list

from slabs.elements import ALKALI_METALS, BOND_FACTOR, HALOGENS, MOLECULAR_ELEMENTS

NON_METALS = (*MOLECULAR_ELEMENTS, *HALOGENS, "Se")


def bond_ends(atoms: Atoms) -> list[list[float]]:
    """Both ends of every bond: index of the atom there and the vector to the other end.

    Bonded are atoms closer than `BOND_FACTOR` times the sum of their covalent radii, in
    periodic images too, unless both are metals or one is an alkali metal. Hydrogen is
    bonded to its nearest neighbour only.
    """
    symbols = np.array(atoms.get_chemical_symbols())
    cutoffs_A = BOND_FACTOR * covalent_radii[atoms.numbers]
    i, j, lengths, vectors = neighbor_list("ijdD", atoms, cutoffs_A)
    covalent = np.isin(symbols, NON_METALS)
    ionic = np.isin(symbols, ALKALI_METALS)
    bonded = (covalent[i] | covalent[j]) & ~ionic[i] & ~ionic[j]
    nearest = np.full(len(atoms), np.inf)
    np.minimum.at(nearest, i, lengths)
    longest = np.where(symbols == "H", nearest + 1e-6, np.inf)
    bonded &= (lengths <= longest[i]) & (lengths <= longest[j])
    ends = zip(i[bonded].tolist(), (np.round(vectors[bonded], 3) + 0.0).tolist(), strict=True)
    return [[n, *vector] for n, vector in ends]
