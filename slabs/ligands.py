"""Ligands: catalogue, charge states, truncation to a shorter chain, and 3D shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from numpy.typing import NDArray
from rdkit import Chem, RDLogger
from rdkit.Chem import (
    rdDistGeom,
    rdForceFieldHelpers,
    rdMolDescriptors,
    rdMolTransforms,
)

from slabs.errors import InputError

RDLogger.DisableLog("rdApp.*")  # type: ignore[attr-defined]

#: Seed of the distance-geometry embedding: the same ligand always has the same shape.
EMBEDDING_SEED = 20250821


@dataclass(frozen=True)
class CatalogueEntry:
    """A ligand as the field knows it.

    Parameters
    ----------
    title
        Usual name.
    smiles
        SMILES of the neutral molecule, or of the ion for a cation or an anion.
    anchor_smarts
        SMARTS whose first atom is the one that touches the surface.
    orientation
        ``"upright"``: the chain points away from the surface; ``"flat"``: the plane of
        the ligand is parallel to it.
    """

    title: str
    smiles: str
    anchor_smarts: str
    orientation: str


CATALOGUE = {
    "OAm": CatalogueEntry(
        "oleylamine", r"CCCCCCCC/C=C\CCCCCCCCN", "[NX3;H2,H1,H0;!$(N-C=O)]", "upright"
    ),
    "OA": CatalogueEntry(
        "oleic acid", r"CCCCCCCC/C=C\CCCCCCCC(=O)O", "[OX1]=[CX3]-[OX2H1]", "upright"
    ),
    "GA": CatalogueEntry("guanidinium", "NC(N)=[NH2+]", "[CX3](N)(N)=[N+]", "flat"),
}


@dataclass(frozen=True, eq=False)
class Ligand:
    """A molecule in three dimensions with the atom that touches the surface.

    Parameters
    ----------
    atoms
        Isolated molecule, positions in angstrom, no cell.
    anchor
        Index of the atom that touches the surface.
    charge
        Charge of the molecule in units of e, as in its SMILES.
    orientation
        ``"upright"`` or ``"flat"``.
    smiles
        SMILES after truncation.
    note
        What was cut, or an empty string.
    """

    atoms: Atoms
    anchor: int
    charge: int
    orientation: str
    smiles: str
    note: str = ""


def _parse(smiles: str) -> Chem.Mol:
    mol = Chem.MolFromSmiles(smiles)
    if mol is None or mol.GetNumAtoms() == 0:
        raise InputError(f"{smiles!r} is not a SMILES that can be read", "smiles")
    if len(Chem.GetMolFrags(mol)) > 1:
        raise InputError(f"{smiles!r} is more than one molecule; give one", "smiles")
    return mol


def _match_anchor(mol: Chem.Mol, smarts: str) -> tuple[int, ...]:
    pattern = Chem.MolFromSmarts(smarts)
    if pattern is None:
        raise InputError(f"{smarts!r} is not a SMARTS pattern that can be read", "anchor_smarts")
    matches = mol.GetSubstructMatches(pattern)
    if not matches:
        raise InputError(
            f"no atom of {Chem.MolToSmiles(mol)!r} matches the anchor {smarts!r}",
            "anchor_smarts",
        )
    return tuple(matches[0])


def truncate(smiles: str, anchor_smarts: str, carbons: int) -> str:
    """Cut a chain to the `carbons` carbon atoms nearest to its head group.

    Atoms are kept in the order of their bond distance from the anchor; every cut bond
    ends in hydrogen. The head group is never cut.

    Returns
    -------
    str
        SMILES of the shorter molecule.

    Raises
    ------
    InputError
        If the molecule has fewer carbon atoms, or the cut would go through a ring or
        through the head group.
    """
    mol = _parse(smiles)
    head = _match_anchor(mol, anchor_smarts)
    found = sum(a.GetSymbol() == "C" for a in mol.GetAtoms())
    if carbons >= found:
        raise InputError(
            f"truncate_to_carbons = {carbons} does not shorten {smiles!r}, which has {found}"
            " carbon atoms",
            "truncate_to_carbons",
        )
    distance = Chem.GetDistanceMatrix(mol)[head[0]]
    order = sorted((distance[a.GetIdx()], a.GetIdx()) for a in mol.GetAtoms())
    chain = [n for _, n in order if mol.GetAtomWithIdx(n).GetSymbol() == "C"]
    limit = distance[chain[carbons - 1]]
    keep = {n for d, n in order if d <= limit} | set(head)
    edited = Chem.RWMol(mol)
    for atom in sorted((a.GetIdx() for a in mol.GetAtoms()), reverse=True):
        if atom not in keep:
            edited.RemoveAtom(atom)
    try:
        Chem.SanitizeMol(edited)
    except Exception as error:
        raise InputError(
            f"cutting {smiles!r} to {carbons} carbon atoms breaks it: {error}",
            "truncate_to_carbons",
        ) from error
    for atom in edited.GetAtoms():
        atom.SetNoImplicit(False)
    short = Chem.MolToSmiles(Chem.RemoveHs(edited.GetMol()))
    left = sum(a.GetSymbol() == "C" for a in _parse(short).GetAtoms())
    if left != carbons:
        raise InputError(
            f"{smiles!r} cannot be cut to {carbons} carbon atoms at its head group;"
            f" the nearest cut leaves {left}",
            "truncate_to_carbons",
        )
    return short


def _embed(mol: Chem.Mol) -> Chem.Mol:
    """Add hydrogen and coordinates; stretch every single bond of the chain to anti."""
    mol = Chem.AddHs(mol)
    if rdDistGeom.EmbedMolecule(mol, randomSeed=EMBEDDING_SEED) != 0:
        raise InputError(
            f"no three-dimensional shape was found for {Chem.MolToSmiles(mol)!r}", "smiles"
        )
    conformer = mol.GetConformer()
    chain = Chem.MolFromSmarts("[!#1]~[!#1;!$(*#*)]-;!@[!#1;!$(*#*)]~[!#1]")
    done: set[tuple[int, int]] = set()
    for i, j, k, m in mol.GetSubstructMatches(chain):
        bond = (min(j, k), max(j, k))
        if bond not in done:
            done.add(bond)
            rdMolTransforms.SetDihedralDeg(conformer, i, j, k, m, 180.0)
    if rdForceFieldHelpers.MMFFHasAllMoleculeParams(mol):
        rdForceFieldHelpers.MMFFOptimizeMolecule(mol, maxIters=5000)
    else:
        rdForceFieldHelpers.UFFOptimizeMolecule(mol, maxIters=5000)
    return mol


def make_ligand(
    molecule: str | None = None,
    *,
    smiles: str | None = None,
    anchor_smarts: str | None = None,
    orientation: str | None = None,
    truncate_to_carbons: int | None = None,
) -> Ligand:
    """Build a ligand from the catalogue or from a SMILES.

    The chain is fully stretched (all single bonds anti, double bonds as written) and
    relaxed with MMFF94, or with UFF where MMFF94 has no parameters.

    Parameters
    ----------
    molecule
        Name in `CATALOGUE`.
    smiles
        Any molecule instead of a catalogue name; needs `anchor_smarts`.
    anchor_smarts
        SMARTS whose first atom touches the surface.
    orientation
        ``"upright"`` or ``"flat"``; default from the catalogue, else ``"upright"``.
    truncate_to_carbons
        Keep only this many carbon atoms, those nearest to the head group.

    Raises
    ------
    InputError
        If the ligand does not exist or cannot be built.
    """
    if (molecule is None) == (smiles is None):
        raise InputError("give exactly one of molecule and smiles", "molecule")
    if molecule is not None:
        if molecule not in CATALOGUE:
            raise InputError(
                f"{molecule!r} is not in the catalogue; allowed: {', '.join(CATALOGUE)},"
                " or give smiles and anchor_smarts",
                "molecule",
            )
        entry = CATALOGUE[molecule]
        smiles, title = entry.smiles, entry.title
        anchor_smarts = anchor_smarts or entry.anchor_smarts
        orientation = orientation or entry.orientation
    else:
        assert smiles is not None
        title = smiles
        if anchor_smarts is None:
            raise InputError(f"{smiles!r} needs anchor_smarts", "anchor_smarts")
    note = ""
    if truncate_to_carbons is not None:
        whole = rdMolDescriptors.CalcMolFormula(_parse(smiles))
        smiles = truncate(smiles, anchor_smarts, truncate_to_carbons)
        short = rdMolDescriptors.CalcMolFormula(_parse(smiles))
        note = f"{title} ({whole}) truncated to {short}"
    mol = _embed(_parse(smiles))
    anchor = _match_anchor(mol, anchor_smarts)[0]
    atoms = Atoms(
        [a.GetSymbol() for a in mol.GetAtoms()], positions=mol.GetConformer().GetPositions()
    )
    charge = Chem.GetFormalCharge(mol)
    return Ligand(atoms, anchor, charge, orientation or "upright", smiles, note)


def covalent_bonds(atoms: Atoms) -> NDArray[np.intp]:
    """Pairs of atoms closer than 1.25 times their covalent radii, shape=(n, 2)."""
    d = atoms.get_all_distances()
    r = covalent_radii[atoms.numbers]
    return np.argwhere(np.triu(d < 1.25 * (r[:, None] + r), k=1))


def ion_pair(cation: Ligand, counter_ion: str, distance_A: float = 3.5) -> Atoms:
    """Isolated ion pair: the counter-ion in the plane of the head group, beside the anchor.

    The ion sits opposite to the bisector of two neighbours of the anchor, so that for
    guanidinium it touches two N-H bonds.

    Parameters
    ----------
    cation
        The charged ligand.
    counter_ion
        Element symbol of the monatomic counter-ion; it becomes the last atom.
    distance_A
        Distance between anchor and counter-ion in angstrom.
    """
    atoms: Atoms = cation.atoms.copy()
    bonds = covalent_bonds(atoms)
    near = [int(b if a == cation.anchor else a) for a, b in bonds if cation.anchor in (a, b)]
    origin = atoms.positions[cation.anchor]
    arms = atoms.positions[near] - origin
    if len(near) == 4:  # sp3 head: sit on the side away from the chain
        arms = np.array([a for a, n in zip(arms, near, strict=True) if atoms.numbers[n] == 1])
    direction = arms[:2].sum(axis=0) if len(arms) < 3 or len(near) == 3 else arms.sum(axis=0)
    direction = direction / np.linalg.norm(direction)
    atoms += Atoms(counter_ion, positions=[origin + distance_A * direction])
    return atoms


def in_box(atoms: Atoms, vacuum_A: float) -> Atoms:
    """A copy of a molecule in a periodic box with `vacuum_A` between its images.

    The molecule is turned so that its longest extension lies along z. The box is
    orthorhombic; its edges are multiples of 0.5 angstrom.
    """
    boxed: Atoms = atoms.copy()
    boxed.positions -= boxed.positions.mean(axis=0)
    axes = np.linalg.svd(boxed.positions, full_matrices=True)[2][::-1]
    axes[0] *= np.linalg.det(axes)  # a rotation, never a mirror image
    boxed.positions = boxed.positions @ axes.T
    edges = np.ceil((np.ptp(boxed.positions, axis=0) + vacuum_A) * 2) / 2
    boxed.set_cell(edges)
    boxed.center()
    boxed.pbc = True
    return boxed
