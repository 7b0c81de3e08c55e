"""Distances around atoms with five or six neighbours, which distance geometry needs to be told."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

from slabs.ligands.toolkit import Chem, DistanceGeometry, rdDistGeom

#: Distances may differ from the ideal ones by this share.
TOLERANCE = 0.02
#: Atoms in a common ring up to this size stay next to each other.
LARGEST_CHELATE = 8
#: Angles in degrees between the places of an octahedron and of a trigonal bipyramid. The
#: last place of an octahedron is left to a lone pair where there are five neighbours.
_OCTAHEDRON = {(0, 1): 180.0, (2, 3): 180.0, (4, 5): 180.0}
_BIPYRAMID = {(0, 1): 180.0, (2, 3): 120.0, (2, 4): 120.0, (3, 4): 120.0}


def hypervalent_bounds(mol: Chem.Mol) -> NDArray[np.float64] | None:
    """Bounds of all distances with regular polyhedra around atoms of five or six neighbours.

    Six neighbours form an octahedron, five with a lone pair (as in IF5) a square pyramid,
    five without one (as in PF5) a trigonal bipyramid with the most electronegative
    neighbours on its axis: Gillespie, Chem. Soc. Rev. 21, 59 (1992).

    Parameters
    ----------
    mol
        Molecule with explicit hydrogen.

    Returns
    -------
    array, shape=(atoms, atoms)
        Upper bounds above, lower bounds below the diagonal, in angstrom, as RDKit wants
        them; None if there is no such atom.
    """
    centres = [atom for atom in mol.GetAtoms() if atom.GetDegree() in (5, 6)]
    if not centres:
        return None
    bounds = np.array(rdDistGeom.GetMoleculeBoundsMatrix(mol))
    for centre in centres:
        near = _placed(mol, centre)
        angles = _BIPYRAMID if len(near) == 5 and not _lone_pairs(centre) else _OCTAHEDRON
        middle = centre.GetIdx()
        length = [bounds[min(n, middle), max(n, middle)] for n in near]
        for i, j in combinations(range(len(near)), 2):
            cosine = np.cos(np.radians(angles.get((i, j), 90.0)))
            ideal = np.sqrt(length[i] ** 2 + length[j] ** 2 - 2 * length[i] * length[j] * cosine)
            low, high = sorted((near[i], near[j]))
            bounds[low, high] = ideal * (1.0 + TOLERANCE)
            bounds[high, low] = ideal * (1.0 - TOLERANCE)
    DistanceGeometry.DoTriangleSmoothing(bounds)
    return bounds


def _lone_pairs(atom: Chem.Atom) -> int:
    outer = Chem.GetPeriodicTable().GetNOuterElecs(atom.GetAtomicNum())
    return max(0, int(outer - atom.GetFormalCharge() - atom.GetTotalValence()) // 2)


def _placed(mol: Chem.Mol, centre: Chem.Atom) -> list[int]:
    """Neighbours in the order of the places of the polyhedron, none trans in a small ring."""
    weight = _ELECTRONEGATIVITY
    near = sorted(
        (n.GetIdx() for n in centre.GetNeighbors()),
        key=lambda n: (-weight.get(mol.GetAtomWithIdx(n).GetSymbol(), 2.0), n),
    )
    rings = [set(r) for r in mol.GetRingInfo().AtomRings() if len(r) <= LARGEST_CHELATE]
    rings = [ring for ring in rings if centre.GetIdx() in ring]
    trans = [(0, 1), (2, 3), (4, 5)] if len(near) == 6 or _lone_pairs(centre) else [(0, 1)]
    for order in permutations(near):
        pairs = [{order[i], order[j]} for i, j in trans if j < len(order)]
        if not any(pair <= ring for pair in pairs for ring in rings):
            return list(order)
    return near


#: Pauling's values; other elements count as 2.
_ELECTRONEGATIVITY = {"F": 3.98, "O": 3.44, "Cl": 3.16, "N": 3.04, "Br": 2.96, "I": 2.66, "C": 2.55}
