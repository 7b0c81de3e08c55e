"""Molecules as graphs: SMILES, head groups, truncation, partial charges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from slabs.errors import InputError
from slabs.ligands.toolkit import Chem, rdPartialCharges
from slabs.read import LARGEST_NUMBER

#: The anchors of a carboxylate are so many bonds apart.
HEAD_BONDS = 2
#: Larger molecules are refused: shapes and bonds would take minutes to find.
MAX_ATOMS = 500


def checked_size(mol: Chem.Mol, name: str, key: str) -> Chem.Mol:
    """The molecule itself, if it is one of real elements, no isotopes, and not too large."""
    if len(Chem.GetMolFrags(mol)) > 1:
        raise InputError(f"{name} is more than one molecule; give one", key)
    if any(atom.GetAtomicNum() == 0 for atom in mol.GetAtoms()):
        raise InputError(f"{name} has an atom without an element", key)
    if any(atom.GetAtomicNum() > LARGEST_NUMBER for atom in mol.GetAtoms()):
        raise InputError(f"{name} has an atom beyond Lr, whose radius nobody knows", key)
    if any(atom.GetIsotope() for atom in mol.GetAtoms()):
        raise InputError(
            f"{name} names an isotope; atoms have the mass of their element, so write it without",
            key,
        )
    count = mol.GetNumAtoms() + sum(atom.GetTotalNumHs() for atom in mol.GetAtoms())
    if count > MAX_ATOMS:
        raise InputError(f"{name} has {count} atoms; at most {MAX_ATOMS} are allowed", key)
    return mol


def split_salt(smiles: str) -> tuple[str, str | None]:
    """The molecule and the monatomic counter-ion of a salt such as ``CCCC[NH3+].[I-]``.

    Returns
    -------
    str
        SMILES of the only part with several atoms, or `smiles` itself.
    str or None
        Element of the counter-ions, or None if `smiles` is not such a salt.

    Raises
    ------
    InputError
        If the parts do not make a neutral pair of one molecule and equal counter-ions.
    """
    mol = Chem.MolFromSmiles(smiles)
    if mol is None or len(Chem.GetMolFrags(mol)) < 2:
        return smiles, None
    parts = Chem.GetMolFrags(mol, asMols=True)
    ions = [part for part in parts if _is_monatomic_ion(part)]
    rest = [part for part in parts if not any(part is ion for ion in ions)]
    elements = {ion.GetAtomWithIdx(0).GetSymbol() for ion in ions}
    if len(rest) != 1 or len(elements) != 1 or Chem.GetFormalCharge(mol):
        raise InputError(
            f"{smiles!r} is more than one molecule; allowed: one molecule, or a neutral salt of one"
            " ion and monatomic counter-ions of one element, such as 'CCCC[NH3+].[I-]'",
            "smiles",
        )
    return str(Chem.MolToSmiles(rest[0])), elements.pop()


def _is_monatomic_ion(mol: Chem.Mol) -> bool:
    """Whether the molecule is one charged atom, without implicit hydrogen as in ``[NH4+]``."""
    atom = mol.GetAtomWithIdx(0)
    return bool(mol.GetNumAtoms() == 1 and atom.GetFormalCharge() and not atom.GetTotalNumHs())


def parse_smiles(smiles: str) -> Chem.Mol:
    """Molecule of a SMILES, hydrogen implicit; refused if it is not one or too large."""
    mol = Chem.MolFromSmiles(smiles)
    shown = repr(smiles if len(smiles) <= 80 else f"{smiles[:77]}...")
    if mol is None or mol.GetNumAtoms() == 0 or len(smiles.split()) != 1:
        raise InputError(f"{shown} is not a SMILES that can be read", "smiles")
    if any(bond.HasQuery() for bond in mol.GetBonds()):
        raise InputError(f"{shown} leaves the order of a bond open", "smiles")
    return checked_size(mol, shown, "smiles")


def match_head(mol: Chem.Mol, smarts: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Atoms of the first match of the head group, and which of them are the anchors.

    The anchors are the atoms of the pattern with a map number, in the order of their
    numbers; without any, the first atom of the pattern.
    """
    pattern = Chem.MolFromSmarts(smarts)
    if pattern is None or pattern.GetNumAtoms() == 0:
        raise InputError(f"{smarts!r} is not a SMARTS pattern that can be read", "anchor_smarts")
    matches = mol.GetSubstructMatches(pattern)
    if not matches:
        raise InputError(
            f"no atom of {Chem.MolToSmiles(Chem.RemoveHs(mol))!r} matches the anchor"
            f" {smarts!r}{_aromatic_hint(mol, smarts)}",
            "anchor_smarts",
        )
    head = tuple(matches[0])
    numbered = [(a.GetAtomMapNum(), a.GetIdx()) for a in pattern.GetAtoms() if a.GetAtomMapNum()]
    return head, tuple(head[n] for _, n in sorted(numbered) or [(0, 0)])


def _aromatic_hint(mol: Chem.Mol, smarts: str) -> str:
    """What to write if one letter stands for an aromatic atom, or for one that is not."""
    other = smarts.swapcase()
    if smarts not in tuple("CNOSPcnosp") or not mol.HasSubstructMatch(Chem.MolFromSmarts(other)):
        return ""
    return f"; {other!r} does (small letters are atoms of aromatic rings, capitals all others)"


def distinct_heads(mol: Chem.Mol, smarts: str) -> int:
    """Number of places, not equivalent by symmetry, at which the head group occurs."""
    pattern = Chem.MolFromSmarts(smarts)
    ranks = list(Chem.CanonicalRankAtoms(Chem.RemoveHs(mol), breakTies=False))
    matches = Chem.RemoveHs(mol).GetSubstructMatches(pattern)
    return len({ranks[match[0]] for match in matches})


def of_one_head(mol: Chem.Mol, anchors: tuple[int, ...]) -> tuple[int, ...]:
    """The anchors that belong to the head group of the first: within two bonds of it."""
    distance = Chem.GetDistanceMatrix(mol)[anchors[0]]
    return tuple(n for n in anchors if distance[n] <= HEAD_BONDS)


def partial_charges_e(mol: Chem.Mol) -> NDArray[np.float64]:
    """Gasteiger charges that sum to the charge of the molecule, shape=(atoms,).

    Where an element has no Gasteiger parameters, the formal charges of all atoms are
    given instead.
    """
    rdPartialCharges.ComputeGasteigerCharges(mol)
    charges = np.array([atom.GetDoubleProp("_GasteigerCharge") for atom in mol.GetAtoms()])
    if not np.isfinite(charges).all():
        return np.array([float(atom.GetFormalCharge()) for atom in mol.GetAtoms()])
    return np.asarray(charges + (Chem.GetFormalCharge(mol) - charges.sum()) / len(charges))


def truncate(smiles: str, anchor_smarts: str, carbons: int) -> str:
    """Cut a chain to the `carbons` carbon atoms nearest to its head group.

    Atoms are kept in the order of their bond distance from the nearest anchor; every cut
    bond ends in hydrogen. The head group is never cut.

    Returns
    -------
    str
        SMILES of the shorter molecule, of the same charge.

    Raises
    ------
    InputError
        If the molecule has fewer carbon atoms, several carbon atoms are equally far from
        the head group, or the cut would go through a ring, take away a charge or leave
        a radical.
    """
    mol = parse_smiles(smiles)
    head, anchors = match_head(mol, anchor_smarts)
    is_carbon = np.array([atom.GetSymbol() == "C" for atom in mol.GetAtoms()])
    if not 1 <= carbons < is_carbon.sum():
        raise InputError(
            f"truncate_to_carbons = {carbons} does not shorten {smiles!r}, which has"
            f" {is_carbon.sum()} carbon atoms",
            "truncate_to_carbons",
        )
    distance = Chem.GetDistanceMatrix(mol)[list(anchors)].min(axis=0)
    keep = distance <= np.sort(distance[is_carbon])[carbons - 1]
    keep[list(head)] = True
    left = int((keep & is_carbon).sum())
    if left != carbons:
        raise InputError(
            f"{smiles!r} cannot be cut to {carbons} carbon atoms at its head group;"
            f" the nearest cut leaves {left}",
            "truncate_to_carbons",
        )
    return _cut(mol, keep, f"cutting {smiles!r} to {carbons} carbon atoms")


def fewest_carbons(mol: Chem.Mol, anchors: tuple[int, ...]) -> int:
    """Number of carbon atoms that a molecule needs to stay the same kind of ligand.

    These are the atoms next to the head group with all that is bonded to them, rings,
    branches and whatever lies between them and the head group. Only the plain ends of
    chains are left out.

    Parameters
    ----------
    mol
        The ligand.
    anchors
        Its anchors.
    """
    distance = Chem.GetDistanceMatrix(mol)[list(anchors)].min(axis=0)
    heavy = [atom for atom in mol.GetAtoms() if atom.GetAtomicNum() > 1]
    needed = [0.0]
    for atom in heavy:
        near = [n for n in atom.GetNeighbors() if n.GetAtomicNum() > 1]
        plain = atom.GetAtomicNum() == 6 and not atom.IsInRing() and len(near) < 3
        if distance[atom.GetIdx()] <= 1 or not plain:
            reach = 1 if distance[atom.GetIdx()] <= 1 or len(near) > 2 else 0
            needed.append(distance[atom.GetIdx()] + reach)
    return sum(
        atom.GetAtomicNum() == 6 and distance[atom.GetIdx()] <= max(needed) for atom in heavy
    )


def _cut(mol: Chem.Mol, keep: NDArray[np.bool_], what: str) -> str:
    """SMILES of the kept atoms, hydrogen in place of the others."""
    for bond in mol.GetBonds():
        if bond.IsInRing() and keep[bond.GetBeginAtomIdx()] != keep[bond.GetEndAtomIdx()]:
            raise InputError(f"{what} goes through a ring", "truncate_to_carbons")
    edited = Chem.RWMol(mol)
    for atom in np.flatnonzero(~keep)[::-1]:
        edited.RemoveAtom(int(atom))
    try:
        Chem.SanitizeMol(edited)
        for atom in edited.GetAtoms():
            atom.SetNoImplicit(False)
        short = Chem.MolToSmiles(Chem.RemoveHs(edited.GetMol()))
    except Exception as error:
        raise InputError(f"{what} breaks it: {error}", "truncate_to_carbons") from error
    cut = parse_smiles(short)
    radicals = [sum(a.GetNumRadicalElectrons() for a in each.GetAtoms()) for each in (mol, cut)]
    if radicals[1] > radicals[0] or Chem.GetFormalCharge(cut) != Chem.GetFormalCharge(mol):
        raise InputError(
            f"{what} gives {short!r}, which is a radical or has another charge",
            "truncate_to_carbons",
        )
    return short


def protonated(
    mol: Chem.Mol, bases: tuple[int, ...], follow: tuple[int, ...]
) -> tuple[Chem.Mol, dict[int, int]]:
    """Neutral molecule after one proton more on each base, without hydrogen or a shape.

    Also returns the new index of each heavy atom in `follow`, which holds the bases.
    """
    edited = Chem.RWMol(mol)
    for index in follow:
        edited.GetAtomWithIdx(index).SetIntProp("old", index)
    for base in bases:
        atom = edited.GetAtomWithIdx(base)
        atom.SetFormalCharge(0)
        atom.SetNoImplicit(False)
    Chem.SanitizeMol(edited)
    heavy = Chem.RemoveHs(edited.GetMol())
    heavy.RemoveAllConformers()
    new = {a.GetIntProp("old"): a.GetIdx() for a in heavy.GetAtoms() if a.HasProp("old")}
    return heavy, {index: new[index] for index in follow}


def with_atom(mol: Chem.Mol, element: str) -> Chem.Mol:
    """The molecule and one more atom that is bonded to nothing."""
    edited = Chem.RWMol(mol)
    edited.AddAtom(Chem.Atom(element))
    return edited.GetMol()
