"""The network of metals B and halides X in a structure: who is bonded to whom."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from ase import Atoms
from ase.neighborlist import natural_cutoffs, neighbor_list
from numpy.typing import NDArray

from slabs.elements import HALIDE_RADII_A, METAL_RADII_A

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

#: B and X are bonded within this share of the sum of their ionic radii.
BOND_RATIO = 1.3
#: A halide this close to a non-metal, relative to covalent radii, belongs to a molecule.
COVALENT_RATIO = 1.1


@dataclass(frozen=True, eq=False)
class Bonds:
    """Bonds between metals B and halides X, sorted by the metal.

    Parameters
    ----------
    metal
        Index of B, shape=(n,).
    halide
        Index of X, shape=(n,).
    vector_A
        From B to the bonded image of X in angstrom, shape=(n, 3).
    """

    metal: Indices
    halide: Indices
    vector_A: Floats

    @property
    def length_A(self) -> Floats:
        """Bond lengths in angstrom, shape=(n,)."""
        return np.asarray(np.linalg.norm(self.vector_A, axis=1))

    @property
    def direction(self) -> Floats:
        """Unit vectors from B to X, shape=(n, 3)."""
        return np.asarray(self.vector_A / self.length_A[:, None])


def framework(atoms: Atoms) -> NDArray[np.bool_]:
    """Which atoms are B metals or halide ions, not halogens of a molecule, shape=(n,)."""
    symbols = np.array(atoms.get_chemical_symbols())
    metal = np.isin(symbols, list(METAL_RADII_A))
    halide = np.isin(symbols, list(HALIDE_RADII_A))
    near = np.flatnonzero(halide | np.isin(symbols, ["H", "B", "C", "N", "O", "Si", "P", "S"]))
    if not 0 < halide.sum() < len(near):
        return np.asarray(metal | halide)
    part = atoms[near]
    i, j = neighbor_list("ij", part, natural_cutoffs(part, mult=COVALENT_RATIO))
    halide[near[i[~halide[near[j]]]]] = False
    return np.asarray(metal | halide)


def network_bonds(atoms: Atoms) -> Bonds:
    """Bonds of each B metal (of `METAL_RADII_A`) to its halides, images included.

    Bonded are the six nearest halides within `BOND_RATIO` times the sum of the ionic
    radii. Halogens of molecules (C-F, H-I) are left out.
    """
    kept = np.flatnonzero(framework(atoms))
    if not kept.size:
        return Bonds(kept, kept, np.empty((0, 3)))
    cutoffs_A = {
        (b, x): BOND_RATIO * (METAL_RADII_A[b] + HALIDE_RADII_A[x])
        for b, x in product(METAL_RADII_A, HALIDE_RADII_A)
    }
    i, j, d, vectors = neighbor_list("ijdD", atoms[kept], cutoffs_A)
    is_metal = np.isin(atoms.symbols[kept[i]], list(METAL_RADII_A))
    order = np.lexsort((d, i))
    order = order[is_metal[order]]
    rank = np.arange(len(order)) - np.searchsorted(i[order], i[order])
    order = order[rank < 6]
    return Bonds(kept[i[order]], kept[j[order]], vectors[order])


def bridges(bonds: Bonds) -> tuple[Indices, Floats]:
    """Pairs of bonds of the same halide, shape=(m, 2), and their B-X-B angles in degrees."""
    by_halide: defaultdict[int, list[int]] = defaultdict(list)
    for n, halide in enumerate(bonds.halide.tolist()):
        by_halide[halide].append(n)
    found = [pair for group in by_halide.values() for pair in combinations(group, 2)]
    pairs = np.array(found, dtype=np.intp).reshape(-1, 2)
    first, second = bonds.direction[pairs].swapaxes(0, 1)
    return pairs, angles_between_deg((first * second).sum(axis=1))


def angles_between_deg(cosines: Floats) -> Floats:
    """Angles in degrees from their cosines, which rounding may carry beyond one."""
    return np.asarray(np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0))))
