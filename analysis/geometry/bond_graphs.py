"""Who is covalently bonded to whom in a structure, and molecules put together."""

from __future__ import annotations

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from ase.geometry import find_mic
from ase.neighborlist import neighbor_list
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order

from slabs.elements import (
    BOND_FACTOR,
    HALIDE_RADII_A,
    METAL_RADII_A,
    MOLECULAR_ELEMENTS,
    bond_radii_A,
)
from slabs.molecular_units import CARBON_HALOGEN_FACTOR

#: Hydrogen farther than this factor times the covalent radii from everything is bound to
#: nothing. Between two atoms it belongs to the one that is nearer in units of these radii,
#: so that a proton on its way is never counted as lost.
FREE_FACTOR = 1.5
_HALOGENS = tuple(atomic_numbers[e] for e in HALIDE_RADII_A)
#: Halogens whose bonds may be as long as the shortest contacts in a plan; those of fluorine
#: are shorter.
_HEAVY_HALOGENS = tuple(n for n in _HALOGENS if n != atomic_numbers["F"])
_HEAVY = tuple(atomic_numbers[e] for e in MOLECULAR_ELEMENTS if e != "H") + _HALOGENS
#: What can carry hydrogen: alkali metals are left out, whose large radii reach everywhere.
_CARRIERS = tuple(dict.fromkeys((*MOLECULAR_ELEMENTS, *HALIDE_RADII_A, *METAL_RADII_A)))


def heavy_bonds(atoms: Atoms, halogen_factor: float = CARBON_HALOGEN_FACTOR) -> NDArray[np.intp]:
    """Pairs of atoms of molecules that are bonded, hydrogen left out, shape=(n, 2).

    Bonded are atoms closer than `slabs.elements.BOND_FACTOR` times their covalent radii, and
    pairs with Cl, Br or I closer than `halogen_factor` times them. The first index is the
    smaller one; a pair that is bonded through several images is listed once.
    """
    kept = np.flatnonzero(np.isin(atoms.numbers, _HEAVY))
    if not kept.size:
        return np.empty((0, 2), dtype=np.intp)
    part = atoms[kept]
    radii = bond_radii_A(part.numbers)
    halogen = np.isin(part.numbers, _HEAVY_HALOGENS)
    i, j, d = neighbor_list("ijd", part, max(BOND_FACTOR, halogen_factor) * radii)
    factor = np.where(halogen[i] | halogen[j], halogen_factor, BOND_FACTOR)
    bonded = (d < factor * (radii[i] + radii[j])) & (i <= j)
    return np.unique(np.stack([kept[i[bonded]], kept[j[bonded]]], axis=1), axis=0)


def bond_matrix(bonds: NDArray[np.intp], size: int) -> csr_array:
    """The bonds among `size` atoms as a sparse matrix of ones, for `scipy.sparse.csgraph`."""
    return csr_array(coo_array((np.ones(len(bonds)), bonds.T), shape=(size, size)))


def proton_carriers(atoms: Atoms) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The atom that each hydrogen is bound to, and the vector to it.

    Returns
    -------
    array, shape=(n,)
        Index for every atom; -1 for hydrogen bound to nothing, and for all else.
    array, shape=(n, 3)
        From hydrogen to this atom in angstrom; zero where there is none.
    """
    carrier, vector_A = np.full(len(atoms), -1), np.zeros((len(atoms), 3))
    kept = np.flatnonzero(np.isin(atoms.symbols, _CARRIERS))
    part = atoms[kept]
    if not (part.numbers == 1).any():
        return carrier, vector_A
    reach = {
        ("H", e): FREE_FACTOR * float(covalent_radii[1] + covalent_radii[atomic_numbers[e]])
        for e in _CARRIERS
    }
    i, j, d, vectors = neighbor_list("ijdD", part, reach)
    ratio = d / (covalent_radii[1] + covalent_radii[part.numbers[j]])
    order = np.argsort(-ratio, kind="stable")
    order = order[part.numbers[i[order]] == 1]
    # From the farthest to the nearest: the last one that is written stays.
    carrier[kept[i[order]]] = kept[j[order]]
    vector_A[kept[i[order]]] = vectors[order]
    return carrier, vector_A


def unwrapped_A(atoms: Atoms, bonds: NDArray[np.intp]) -> NDArray[np.float64]:
    """Positions with bonded atoms beside each other, not across the boundary, shape=(n, 3).

    Parameters
    ----------
    atoms
        Structure in which the cell boundary may cut molecules.
    bonds
        Pairs of atoms, shape=(m, 2). They need not be bonded in `atoms`: each comes as
        close to the other as an image of it does.
    """
    places: NDArray[np.float64] = atoms.positions.copy()
    if not len(bonds):
        return places
    gaps = atoms.positions[bonds[:, 1]] - atoms.positions[bonds[:, 0]]
    steps, _ = find_mic(gaps, atoms.cell, atoms.pbc)
    step = {(int(i), int(j)): d for (i, j), d in zip(bonds, steps, strict=True)}
    step |= {(j, i): -d for (i, j), d in step.items()}
    graph = bond_matrix(bonds, len(atoms))
    done: set[int] = set()
    for start in np.unique(bonds).tolist():
        if start in done:
            continue
        order, before = breadth_first_order(graph, start, directed=False)
        done.update(order.tolist())
        for here in order[1:].tolist():
            there = int(before[here])
            places[here] = places[there] + step[there, here]
    return places
