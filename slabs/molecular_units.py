"""Molecules and molecular ions among the atoms of a structure, and their charges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import product

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from slabs.composition import charge_e, molecule_name, site_of
from slabs.elements import (
    BOND_FACTOR,
    HALOGENS,
    MOLECULAR_ELEMENTS,
)
from slabs.errors import InputError

#: Carbon and a halogen are bonded below this factor times their covalent radii, which is
#: closer than two parts that do not clash.
CARBON_HALOGEN_FACTOR = 1.1
#: So are fluorine and chlorine and these, as in BF4-, PF6- and ClO4-.
_BEARS_HALOGEN = ("C", "B", "O", "Si", "P", "S")
_SMALL_HALOGENS = ("F", "Cl")


def molecular_units(atoms: Atoms) -> NDArray[np.intp]:
    """Label of the molecule or ion each atom belongs to, shape=(n,).

    Bonded atoms, through the cell boundary or not, share a label; every other atom has its
    own. See `molecular_bonds`.
    """
    i, j, _ = molecular_bonds(atoms)
    if not len(i):
        return np.arange(len(atoms))
    pairs = coo_array((np.ones(len(i)), (i, j)), shape=(len(atoms), len(atoms)))
    return np.asarray(connected_components(pairs, directed=False)[1])


def molecular_bonds(
    atoms: Atoms,
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Bonds within molecules, both ways: the two atoms and the vector between them.

    Elements of `MOLECULAR_ELEMENTS` bond to each other, halogens to carbon, and fluorine and
    chlorine to boron, oxygen, silicon, phosphorus and sulfur: a halide that touches hydrogen
    or nitrogen stays an ion.
    """
    numbers = atoms.numbers
    molecular = _among(numbers, MOLECULAR_ELEMENTS)
    if not molecular.any():
        return np.zeros(0, dtype=int), np.zeros(0, dtype=int), np.zeros((0, 3))
    bearer, small = _among(numbers, _BEARS_HALOGEN), _among(numbers, _SMALL_HALOGENS)
    halogen = _among(numbers, HALOGENS) & bearer.any()
    i, j, vectors = _close_pairs(atoms, np.flatnonzero(molecular | halogen), molecular | bearer)
    d = np.linalg.norm(vectors, axis=1)
    with_halogen = np.zeros(len(i), dtype=bool)
    for one, other in ((i, j), (j, i)):
        with_halogen |= halogen[one] & bearer[other] & (small[one] | (numbers[other] == 6))
    short = d < CARBON_HALOGEN_FACTOR * (covalent_radii[numbers[i]] + covalent_radii[numbers[j]])
    bonded = (molecular[i] & molecular[j]) | (with_halogen & short)
    return i[bonded], j[bonded], vectors[bonded]


def _close_pairs(
    atoms: Atoms, among: NDArray[np.intp], wanted: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Pairs of some atoms within `BOND_FACTOR` times the sum of their radii, one of them wanted.

    Returns
    -------
    tuple
        The two atoms of each pair, both ways and in order, and the vectors between them.
    """
    cell, periodic = atoms.cell.array, atoms.pbc
    places = (
        atoms.get_positions(wrap=True, eps=0.0)[among]
        if periodic.any()
        else (atoms.positions[among])
    )
    radii = BOND_FACTOR * covalent_radii[atoms.numbers[among]]
    counts = np.zeros(3, dtype=int)
    if periodic.any():
        heights = 1.0 / np.linalg.norm(atoms.cell.reciprocal().array[periodic], axis=1)
        counts[periodic] = np.ceil(2 * radii.max() / heights)
    first = np.flatnonzero(wanted[among])
    found = []
    for shift in product(*(range(-n, n + 1) for n in counts)):
        vectors = places + np.array(shift) @ cell - places[first, None]
        near = (vectors**2).sum(axis=2) < (radii[first, None] + radii) ** 2
        if not any(shift):
            near[np.arange(len(first)), first] = False
        one, other = np.nonzero(near)
        found.append((first[one], other, vectors[one, other]))
    i, j, vectors = (np.concatenate(each) for each in zip(*found, strict=True))
    back = ~wanted[among[j]]  # those between two wanted atoms are there both ways
    i, j = np.concatenate([i, j[back]]), np.concatenate([j, i[back]])
    vectors = np.concatenate([vectors, -vectors[back]])
    order = np.lexsort((j, i))
    return among[i[order]], among[j[order]], vectors[order]


def _among(numbers: NDArray[np.int_], symbols: Iterable[str]) -> NDArray[np.bool_]:
    return np.isin(numbers, [atomic_numbers[symbol] for symbol in symbols])


def whole_molecules(atoms: Atoms) -> Atoms:
    """A copy in which no molecule is cut by the cell boundary."""
    copy: Atoms = atoms.copy()
    i, j, vectors = molecular_bonds(copy)
    placed: set[int] = set()
    for start in np.unique(i).tolist():
        waiting = [] if start in placed else [start]
        placed.update(waiting)
        while waiting:
            here = waiting.pop()
            for n in np.flatnonzero(i == here):
                other = int(j[n])
                if other not in placed:
                    copy.positions[other] = copy.positions[here] + vectors[n]
                    placed.add(other)
                    waiting.append(other)
    return copy


def unit_names(atoms: Atoms, labels: NDArray[np.intp]) -> dict[int, str]:
    """Name of every unit by its label: an element, an ion such as MA or SCN, or a Hill formula."""
    names = {}
    symbols = np.array(atoms.get_chemical_symbols())
    order = np.argsort(labels, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1):
        if len(members) == 1:
            names[int(labels[members[0]])] = str(symbols[members[0]])
        else:
            names[int(labels[members[0]])] = molecule_name(atoms[members].symbols.formula)
    return names


def unit_charges_e(atoms: Atoms) -> dict[str, int]:
    """Formal charge of every kind of ion of a crystal, by name.

    The ions of `charge_e`. If these leave a crystal with one kind of metal charged, as in
    Cs2SnI6 or Cs3Bi2I9, the metal takes the charge that makes it neutral. In an element they
    are zero.

    Raises
    ------
    InputError
        If they do not add up to zero, or the charge of a molecule is not known.
    """
    counts = Counter(unit_names(atoms, molecular_units(atoms)).values())
    if len(counts) == 1 and next(iter(counts)) in atomic_numbers:
        return dict.fromkeys(counts, 0)
    charges = {name: charge_e(name) for name in counts}
    total = sum(charges[name] * n for name, n in counts.items())
    metals = [name for name in counts if site_of(name) == "B"]
    if total and len(metals) == 1 and total % counts[metals[0]] == 0:
        charges[metals[0]] -= total // counts[metals[0]]
        total = 0
    if total or any(charges[metal] <= 0 for metal in metals):
        words = ", ".join(f"{n} {name} of {charge_e(name):+d}" for name, n in counts.items())
        raise InputError(f"the charges of the ions do not add up to zero: {words}")
    return charges


def ion_sites(atoms: Atoms) -> NDArray[np.str_]:
    """Site of each atom, see `site_of`; that of its ion for an atom of a molecule, shape=(n,)."""
    labels = molecular_units(atoms)
    names = unit_names(atoms, labels)
    return np.array([site_of(names[int(n)]) for n in labels], dtype="<U1")
