"""Where a counter-ion sits beside the head group of a ligand."""

from __future__ import annotations

import numpy as np
from ase.data import atomic_numbers
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from slabs.elements import HYDROGEN_BOND_RATIO, HYDROGEN_BONDED, vdw_radii_A
from slabs.ligands.toolkit import Chem

#: Share of the van der Waals distance that a counter-ion keeps from all but the anchors
#: and the hydrogen bonds, and share it keeps where no bond shows where it belongs.
CLEARANCE, LOOSE_CLEARANCE = 0.75, 0.9
#: Directions that are tried in that case.
SPHERE_POINTS = 200


def place_ion(
    mol: Chem.Mol,
    positions: NDArray[np.float64],
    anchors: tuple[int, ...],
    element: str,
    contact_A: float,
) -> NDArray[np.float64]:
    """Place for a counter-ion beside the head group, shape=(3,), in angstrom.

    Parameters
    ----------
    mol
        Bonds of the ion, hydrogen explicit. A cation is met at its first anchor, an anion
        at all anchors, two of them at the same distance.
    positions
        Positions in angstrom, shape=(atoms, 3).
    anchors
        Indices of the anchors.
    element
        Symbol of the counter-ion.
    contact_A
        Wanted distance from the anchors in angstrom; it is larger if the counter-ion
        would otherwise clash with the rest of the molecule.
    """
    numbers = np.array([atom.GetAtomicNum() for atom in mol.GetAtoms()])
    if Chem.GetFormalCharge(mol) > 0:
        touched = [anchors[0], *(n for n in range(len(numbers)) if _is_donated(mol, n))]
        origin, start_A = positions[anchors[0]], contact_A
        directions = _beside(mol, anchors[0], positions)
    else:
        touched = list(anchors)
        origin = positions[touched].mean(axis=0)
        spread_A2 = np.square(positions[touched] - origin).sum(axis=1).mean()
        start_A = np.sqrt(max(0.0, contact_A**2 - spread_A2))
        directions = _beyond(mol, anchors, positions)
    share = CLEARANCE if len(directions) == 1 else LOOSE_CLEARANCE
    limit_A = share * (vdw_radii_A(numbers) + vdw_radii_A(np.array([atomic_numbers[element]])))
    limit_A[touched] = 0.0
    if element in HYDROGEN_BONDED:
        donated = [n for n in touched if numbers[n] == 1]
        limit_A[donated] = HYDROGEN_BOND_RATIO * (
            vdw_radii_A(numbers[donated]) + vdw_radii_A(np.array([atomic_numbers[element]]))
        )
    size_A = np.linalg.norm(positions - origin, axis=1).max()
    distances_A = start_A + np.arange(0.0, size_A + 10.0, 0.02)  # nothing clashes at the end
    nearest = []
    for direction in directions:
        places = origin + distances_A[:, None] * direction
        nearest.append(int((cdist(places, positions) > limit_A).all(axis=1).argmax()))
    best = int(np.argmin(nearest))
    return np.asarray(origin + distances_A[nearest[best]] * directions[best])


def _near(mol: Chem.Mol, atom: int) -> list[int]:
    return sorted(each.GetIdx() for each in mol.GetAtomWithIdx(atom).GetNeighbors())


def _is_donated(mol: Chem.Mol, atom: int) -> bool:
    """Whether an atom is hydrogen that can form a hydrogen bond."""
    is_hydrogen = mol.GetAtomWithIdx(atom).GetAtomicNum() == 1
    return is_hydrogen and all(mol.GetAtomWithIdx(n).GetAtomicNum() != 6 for n in _near(mol, atom))


def _beside(mol: Chem.Mol, anchor: int, positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Directions from the anchor of a cation in which a counter-ion may sit, shape=(n, 3)."""
    near = _near(mol, anchor)
    arms = positions[near] - positions[anchor]
    toward = arms[[_is_donated(mol, n) for n in near]]
    if not len(toward):  # guanidinium: between two of its amino groups
        toward = arms[[any(_is_donated(mol, m) for m in _near(mol, n)) for n in near]][:2]
    direction = toward.sum(axis=0)
    length = np.linalg.norm(direction)
    if length > 0.3:
        return np.array([direction / length])
    # Without such a bond: any direction that does not lead to where most of the ion is.
    turn = np.arange(SPHERE_POINTS) * np.pi * (3.0 - np.sqrt(5.0))
    z = 1.0 - (2.0 * np.arange(SPHERE_POINTS) + 1.0) / SPHERE_POINTS
    flat = np.sqrt(1.0 - z**2)
    sphere = np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1)
    away = sphere @ (positions[anchor] - positions.mean(axis=0)) > -1e-6
    return np.asarray(sphere[away])


def _beyond(
    mol: Chem.Mol, anchors: tuple[int, ...], positions: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Direction from the middle of the anchors of an anion away from the rest, shape=(1, 3)."""
    inner = [n for anchor in anchors for n in _near(mol, anchor) if n not in anchors]
    own = positions[list(anchors)]
    direction = own.mean(axis=0) - positions[inner or list(anchors)].mean(axis=0)
    if len(anchors) == 2:  # at right angles to their line: the same distance from both
        line = (own[1] - own[0]) / np.linalg.norm(own[1] - own[0])
        direction = direction - (direction @ line) * line
    length = np.linalg.norm(direction)
    return np.array([direction / length if length > 0.1 else [0.0, 0.0, 1.0]])
