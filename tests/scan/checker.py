"""An independent checker of structures: none of its radii, bonds or images come from `slabs`."""

from __future__ import annotations

import numpy as np
from ase.data import chemical_symbols
from rdkit import Chem
from scipy.spatial.distance import cdist

#: Covalent radii in angstrom as RDKit has them (Cordero et al.), van der Waals radii of Alvarez,
#: Dalton Trans. 42, 8617 (2013), rounded, of those elements that the scan meets.
VDW_A = {
    "H": 1.20, "B": 1.91, "C": 1.77, "N": 1.66, "O": 1.50, "F": 1.46, "Si": 2.19, "P": 1.90,
    "S": 1.89, "Cl": 1.82, "Br": 1.86, "I": 2.04, "Na": 2.50, "K": 2.73, "Rb": 3.21, "Cs": 3.48,
    "Ge": 2.29, "Sn": 2.42, "Pb": 2.60, "Zn": 2.39, "Cd": 2.49, "Ag": 2.53, "Bi": 2.54, "Se": 1.82,
}  # fmt: skip
#: Shannon radii (six-fold) in angstrom of the ions, for distances of opposite charges.
IONIC_A = {
    "Na": 1.02, "K": 1.38, "Rb": 1.52, "Cs": 1.67, "Ge": 0.73, "Sn": 1.10, "Pb": 1.19, "F": 1.33,
    "Cl": 1.81, "Br": 1.96, "I": 2.20, "Ag": 1.15, "Bi": 1.03, "Mn": 0.83, "Zn": 0.74, "Cd": 0.95,
}  # fmt: skip
CATIONS = {e for e in IONIC_A if e not in ("F", "Cl", "Br", "I")}
HALIDES = {"F", "Cl", "Br", "I"}
#: Atoms that are not bonded stay farther apart than this share of their van der Waals radii.
CLOSEST_SHARE = 0.55
#: Ions of opposite charge stay farther apart than this share of their radii.
CLOSEST_IONS = 0.78
#: The same for two cations, which repel each other.
CLOSEST_CATIONS = 1.05
#: Bond lengths over the sum of covalent radii.
SHORTEST_BOND, LONGEST_BOND = 0.70, 1.32
_TABLE = Chem.GetPeriodicTable()


def covalent_A(symbol):
    """Covalent radius of RDKit, that of fluorine after Pyykko and Atsumi."""
    return 0.64 if symbol == "F" else _TABLE.GetRcovalent(symbol)


def images(atoms, reach_A):
    """Shifts to all cells within reach along periodic directions."""
    cell, pbc = atoms.cell.array, atoms.pbc
    spread = np.ptp(atoms.positions, axis=0).max() + reach_A
    counts = []
    for n in range(3):
        if not pbc[n]:
            counts.append(range(1))
            continue
        others = np.cross(cell[(n + 1) % 3], cell[(n + 2) % 3])
        height = abs(cell[n] @ others) / np.linalg.norm(others)
        most = int(np.ceil(spread / height))
        counts.append(range(-most, most + 1))
    return [
        i * cell[0] + j * cell[1] + k * cell[2]
        for i in counts[0]
        for j in counts[1]
        for k in counts[2]
    ]


def close_pairs(atoms, reach_A=4.2):
    """Pairs (i, j, distance, in the same cell) closer than `reach_A`, each once."""
    found = []
    for shift in images(atoms, reach_A):
        d = cdist(atoms.positions, atoms.positions + shift)
        here = not np.abs(shift).max() > 1e-9
        for i, j in np.argwhere(d < reach_A):
            if here and i >= j:
                continue
            found.append((int(i), int(j), float(d[i, j]), here))
    return found


def bonds_of(mol, offset=0):
    """Bonded pairs of a molecular graph."""
    return {
        tuple(sorted((b.GetBeginAtomIdx() + offset, b.GetEndAtomIdx() + offset)))
        for b in mol.GetBonds()
    }


def faults(atoms, graphs=(), dative=(), known=frozenset(), slack=1.0):
    """What is chemically impossible in a structure, in words; empty if nothing is.

    Parameters
    ----------
    atoms
        The structure.
    graphs
        Pairs of the index of the first atom of a molecule and its graph.
    dative
        Elements of anchors that may bind a metal.
    known
        Further pairs that are bonded, of molecules of the crystal.
    slack
        Share of the limits between ions that interstitials, which push their neighbours away
        only when they relax, may come down to.
    """
    bonded = set()
    member = np.full(len(atoms), -1)
    for number, (first, mol) in enumerate(graphs):
        bonded |= bonds_of(mol, first)
        member[first : first + mol.GetNumAtoms()] = number
    symbols = [chemical_symbols[n] for n in atoms.numbers]
    words = []
    seen = set()
    for i, j, d, here in close_pairs(atoms):
        one, other = symbols[i], symbols[j]
        pair = tuple(sorted((i, j)))
        if pair in known:
            continue
        radii = covalent_A(one) + covalent_A(other)
        if here and pair in bonded:
            seen.add(pair)
            if not SHORTEST_BOND < d / radii < LONGEST_BOND:
                words.append(f"bond {one}-{other} of {d:.2f} A")
            continue
        if here and member[i] >= 0 and member[i] == member[j]:
            if d < 1.12 * radii:
                words.append(f"{one} and {other} of one molecule at {d:.2f} A")
            continue
        ionic = member[i] < 0 and member[j] < 0
        if d < (slack if ionic else 1.0) * _limit_A(one, other, ionic, dative):
            words.append(f"{one} and {other} at {d:.2f} A")
    missing = bonded - seen
    if missing:
        i, j = sorted(missing)[0]
        words.append(f"no bond between {symbols[i]} {i} and {symbols[j]} {j}")
    return sorted(set(words))


def _limit_A(one, other, ionic, dative):
    """Shortest possible distance of two elements that are not bonded."""
    pair = {one, other}
    if ionic and pair & CATIONS and pair & HALIDES:
        return CLOSEST_IONS * (IONIC_A[one] + IONIC_A[other])
    if ionic and pair <= CATIONS:
        return CLOSEST_CATIONS * (IONIC_A[one] + IONIC_A[other])
    if pair & set(dative) and pair & CATIONS:
        return 0.95 * (covalent_A(one) + covalent_A(other))
    if "H" in pair and pair <= {"H", "O", "N", "F"} and pair != {"H"}:
        return 1.45  # a strong hydrogen bond
    return CLOSEST_SHARE * (VDW_A[one] + VDW_A[other])
