"""Whether the positions of a molecule fit its bonds: lengths, angles, distances, handedness."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from slabs.elements import BOND_FACTOR, bond_radii_A
from slabs.ligands.toolkit import Chem

Floats = NDArray[np.float64]

#: Bonds are longer than this share of the sum of the covalent radii; triple bonds have 0.79.
SHORTEST_BOND = 0.72
#: Atoms that are not bonded to each other stay farther apart than this share: 1.23 in
#: bicyclo[1.1.1]pentane, 1.4 and more in other molecules.
CLOSEST_PAIR = 1.15
#: Smallest angle between two bonds of an atom, that in a ring of three atoms apart.
SMALLEST_ANGLE_DEG = 55.0
#: Angles at carbon, nitrogen and oxygen outside of rings; 150 degrees and more at sp carbon.
ANGLES_DEG = (88.0, 155.0)
LINEAR_DEG = 145.0
_FIRST_ROW = (6, 7, 8)


def shape_fault(mol: Chem.Mol, positions_A: Floats) -> str:
    """The first way in which positions contradict the bonds of a molecule.

    Parameters
    ----------
    mol
        Molecule with explicit hydrogen.
    positions_A
        Positions in angstrom, shape=(atoms, 3).

    Returns
    -------
    str
        For example ``"F and F, which are not bonded, are 0.83 A apart"``; empty if bond
        lengths, distances between other atoms, angles and stereochemistry are right.
    """
    if not np.isfinite(positions_A).all():
        return "some positions are not numbers"
    return (
        _distance_fault(mol, positions_A)
        or _angle_fault(mol, positions_A)
        or _stereo_fault(mol, positions_A)
    )


def _distance_fault(mol: Chem.Mol, positions_A: Floats) -> str:
    symbols = [atom.GetSymbol() for atom in mol.GetAtoms()]
    radii = bond_radii_A(np.array([atom.GetAtomicNum() for atom in mol.GetAtoms()]))
    distance = np.linalg.norm(positions_A[:, None] - positions_A, axis=2)
    share = distance / (radii[:, None] + radii)
    bonded = np.asarray(Chem.GetAdjacencyMatrix(mol), dtype=bool)
    wrong = bonded & ((share < SHORTEST_BOND) | (share > BOND_FACTOR))
    for i, j in np.argwhere(np.triu(wrong, k=1)):
        return f"the {symbols[i]}-{symbols[j]} bond is {distance[i, j]:.2f} A long"
    for i, j in np.argwhere(np.triu(~bonded & (share < CLOSEST_PAIR), k=1)):
        return (
            f"{symbols[i]} and {symbols[j]}, which are not bonded, are {distance[i, j]:.2f} A apart"
        )
    return ""


def _angle_fault(mol: Chem.Mol, positions_A: Floats) -> str:
    for atom in mol.GetAtoms():
        near = [each.GetIdx() for each in atom.GetNeighbors()]
        if len(near) < 2:
            continue
        arms = positions_A[near] - positions_A[atom.GetIdx()]
        arms /= np.linalg.norm(arms, axis=1)[:, None]
        cosines = (arms @ arms.T)[np.triu_indices(len(near), k=1)]
        angles = np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0)))
        low, high = SMALLEST_ANGLE_DEG, 180.0
        if atom.GetAtomicNum() in _FIRST_ROW and not atom.IsInRing():
            metals = any(each.GetAtomicNum() > 20 for each in atom.GetNeighbors())
            kind = atom.GetHybridization()
            if kind == Chem.HybridizationType.SP and len(near) == 2:
                low = LINEAR_DEG
            elif kind in (Chem.HybridizationType.SP2, Chem.HybridizationType.SP3) and not metals:
                low, high = ANGLES_DEG
        if angles.min() < low or angles.max() > high:
            wrong = angles.min() if angles.min() < low else angles.max()
            return f"an angle at {atom.GetSymbol()} is {wrong:.0f} degrees"
    return ""


def _stereo_fault(mol: Chem.Mol, positions_A: Floats) -> str:
    wanted = _stereo(mol)
    if not wanted:
        return ""
    seen = Chem.Mol(mol)
    seen.RemoveAllConformers()
    conformer = Chem.Conformer(len(positions_A))
    conformer.SetPositions(np.ascontiguousarray(positions_A))
    seen.AddConformer(conformer)
    Chem.AssignStereochemistryFrom3D(seen)
    found = _stereo(seen)
    if any(found.get(place) != form for place, form in wanted.items()):
        return "its stereochemistry is another one"
    return ""


def _stereo(mol: Chem.Mol) -> dict[tuple[str, int], str]:
    """Form of every stereocentre and double bond that is specified."""
    return {
        (str(each.type), each.centeredOn): str(each.descriptor)
        for each in Chem.FindPotentialStereo(Chem.Mol(mol))
        if each.specified == Chem.StereoSpecified.Specified
    }


def unspecified_stereo(mol: Chem.Mol) -> int:
    """Number of carbon stereocentres and C=C bonds whose form is left open."""
    found = 0
    for each in Chem.FindPotentialStereo(Chem.Mol(mol)):
        if each.specified != Chem.StereoSpecified.Specified:
            centre = each.centeredOn
            atoms = [mol.GetAtomWithIdx(centre)]
            if each.type != Chem.StereoType.Atom_Tetrahedral:
                bond = mol.GetBondWithIdx(centre)
                atoms = [bond.GetBeginAtom(), bond.GetEndAtom()]
            found += all(atom.GetAtomicNum() == 6 for atom in atoms)
    return found
