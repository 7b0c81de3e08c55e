"""Ligands in three dimensions: charge state, anchors, conformers, acids and ion pairs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from slabs.elements import ALKALI_RADII_A, HALIDE_RADII_A, vdw_radii_A
from slabs.errors import InputError
from slabs.ligands.catalogue import BINDINGS, ORIENTATIONS, look_up
from slabs.ligands.conformers import (
    EMBEDDING_SEED,
    Shapes,
    conformers_of,
    covalent_bonds,
    embed,
    in_box,
)
from slabs.ligands.counter_ions import place_ion
from slabs.ligands.head_groups import head_of_molecule
from slabs.ligands.molecule_files import read_molecule
from slabs.ligands.molecules import (
    HEAD_BONDS,
    distinct_heads,
    match_head,
    of_one_head,
    parse_smiles,
    partial_charges_e,
    protonated,
    split_salt,
    truncate,
    with_atom,
)
from slabs.ligands.shapes import unspecified_stereo
from slabs.ligands.toolkit import Chem, rdMolDescriptors

__all__ = ["Ligand", "conjugate_acid", "covalent_bonds", "in_box", "ion_pair", "make_ligand"]

#: Charged groups that a counter-ion touches, the first that is there.
CHARGED_HEADS = ("[OX1:1]=[#6,#15,#16]-[O-:2]", "[CX3](N)(N)=[N+]", "[+]", "[-]")
#: Ions of a higher charge have no counter-ions here.
MOST_COUNTER_IONS = 2
#: Radius of the head of a cation towards a halide, to which its N-H bonds point: 3.5
#: angstrom from the anchor to iodide.
CATION_RADIUS_A = 1.3


@dataclass(frozen=True, eq=False)
class Ligand:
    """A molecule in three dimensions with the atoms that touch the surface.

    Parameters
    ----------
    atoms
        Isolated molecule as conformer 0, positions in angstrom, no cell.
    anchors
        Indices of the atoms that touch the surface.
    charge
        Charge of the molecule in units of e.
    binding
        ``"L"``, ``"X"`` or ``"A"``, see `slabs.ligands.catalogue.BINDINGS`.
    orientation
        ``"upright"``, ``"flat"`` or ``"any"``.
    smiles
        SMILES after truncation.
    note
        What was cut or changed, or an empty string.
    conformers
        Positions in angstrom, shape=(n, atoms, 3), conformer 0 first.
    conformer_energies_eV
        Force-field energies relative to the lowest conformer, shape=(n,).
    partial_charges_e
        Gasteiger charges that sum to `charge`, shape=(atoms,).
    graph
        Bonds and formal charges in the order of `atoms`.
    """

    atoms: Atoms
    anchors: tuple[int, ...]
    charge: int
    binding: str
    orientation: str
    smiles: str
    note: str
    conformers: NDArray[np.float64]
    conformer_energies_eV: NDArray[np.float64]
    partial_charges_e: NDArray[np.float64]
    graph: Chem.Mol = field(repr=False)


def make_ligand(
    molecule: str | None = None,
    *,
    smiles: str | None = None,
    file: Path | None = None,
    state: str | None = None,
    charge: int | None = None,
    anchor_smarts: str | None = None,
    binding: str | None = None,
    orientation: str | None = None,
    truncate_to_carbons: int | None = None,
    conformers: int = 1,
    seed: int = EMBEDDING_SEED,
) -> Ligand:
    """Build a ligand from the catalogue, from a SMILES or from a structure file.

    Conformer 0 is fully stretched (all single bonds anti, double bonds as written) and
    relaxed with MMFF94, or with UFF where MMFF94 has no parameters, see
    `slabs.ligands.conformers.embed`. That of a file is the geometry of the file. How a
    SMILES is spelled makes no difference.

    Parameters
    ----------
    molecule
        Name in `CATALOGUE`.
    smiles
        Any molecule instead of a catalogue name; needs `anchor_smarts`.
    file
        Structure file with one molecule instead of both; needs `anchor_smarts`.
    state
        Charge state of the catalogue molecule; default: its first one.
    charge
        Total charge of the molecule of a file in e, by default 0 or what a ``.mol`` or
        ``.sdf`` file says. For anything else it must be the charge that the SMILES has.
    anchor_smarts
        SMARTS of the head group; its atoms with map numbers, else its first atom, touch
        the surface. ``"auto"``: see `slabs.ligands.head_groups.find_head_group`.
    binding
        ``"L"``, ``"X"`` or ``"A"``; default from the catalogue, else from the charge:
        neutral L, anion X, cation A.
    orientation
        ``"upright"`` or ``"flat"``; default from the catalogue, else ``"upright"``, or
        ``"any"`` for a ligand with several head groups among its anchors.
    truncate_to_carbons
        Keep only this many carbon atoms, those nearest to the head group. A molecule of a
        file then gets a new geometry.
    conformers
        Largest number of conformers; fewer are returned if fewer differ. Rotamers of the
        head group come on top.
    seed
        Seed of the embedding.

    Raises
    ------
    InputError
        If the ligand does not exist or cannot be built.
    """
    if sum(source is not None for source in (molecule, smiles, file)) != 1:
        raise InputError("give exactly one of molecule, smiles and file", "molecule")
    title = str(smiles)
    if molecule is not None:
        title, known = look_up(molecule, state)
        smiles, anchor_smarts = known.smiles, anchor_smarts or known.anchor_smarts
        binding, orientation = binding or known.binding, orientation or known.orientation
    elif state is not None:
        raise InputError(f"state = {state!r} needs a molecule of the catalogue", "state")
    if anchor_smarts is None:
        raise InputError(f"{smiles or str(file)!r} needs anchor_smarts", "anchor_smarts")
    if file is not None:
        title, mol = file.name, read_molecule(file, charge)
        smiles = Chem.MolToSmiles(Chem.RemoveHs(mol))
    else:
        mol = parse_smiles(str(smiles))
        smiles = Chem.MolToSmiles(mol)
    found = Chem.GetFormalCharge(mol)
    if charge is not None and charge != found:
        raise InputError(f"charge = {charge}, but {title!r} has the charge {found}", "charge")
    anchor_smarts, orientation, notes = head_of_molecule(mol, anchor_smarts, orientation)
    if truncate_to_carbons is not None:
        whole = f"{title} ({rdMolDescriptors.CalcMolFormula(mol)})"
        smiles = truncate(str(smiles), anchor_smarts, truncate_to_carbons)
        mol = parse_smiles(smiles)
        new = ", with a new geometry" if file is not None else ""
        notes.append(f"{whole} truncated to {rdMolDescriptors.CalcMolFormula(mol)}{new}")
    if not mol.GetNumConformers():
        # From its canonical SMILES: the shape must not depend on how it was written.
        mol = parse_smiles(str(smiles))
        if number := unspecified_stereo(mol):
            many = "stereocentres are" if number > 1 else "stereocentre is"
            notes.append(f"{number} {many} not specified in the SMILES, one form was built")
        mol, about = embed(mol, seed)
        notes.append(about)
    _, matched = match_head(mol, anchor_smarts)
    anchors = of_one_head(mol, matched)
    usual = "upright"
    if len(anchors) < len(matched):
        usual = "any"
        notes.append("its first head group is placed, the other where the orientation brings it")
    elif (heads := distinct_heads(mol, anchor_smarts)) > 1:
        notes.append(f"anchor_smarts fits {heads} places, the first of the canonical SMILES counts")
    binding = binding or {-1: "X", 0: "L", 1: "A"}[int(np.sign(found))]
    words = (
        _allowed("binding", binding, BINDINGS),
        _allowed("orientation", orientation, ORIENTATIONS) if orientation else usual,
        str(smiles),
        ", ".join(filter(None, notes)),
    )
    return _ligand(mol, anchors, words, conformers_of(mol, conformers, seed, anchors))


def _allowed(key: str, value: str, allowed: Iterable[str]) -> str:
    if value not in allowed:
        raise InputError(f"{value!r} is not allowed as {key}; allowed: {', '.join(allowed)}", key)
    return value


def _ligand(
    mol: Chem.Mol, anchors: tuple[int, ...], words: tuple[str, str, str, str], shapes: Shapes
) -> Ligand:
    """Put together what is known; `words` are binding, orientation, SMILES and note."""
    positions_A, energies_eV = shapes
    atoms = Atoms([atom.GetSymbol() for atom in mol.GetAtoms()], positions=positions_A[0])
    charge = Chem.GetFormalCharge(mol)
    return Ligand(
        atoms, anchors, charge, *words, positions_A, energies_eV, partial_charges_e(mol), mol
    )


def conjugate_acid(ligand: Ligand) -> Ligand:
    """Neutral acid of an anion of charge -1 or -2, with a shape of its own.

    The protons go to the atoms that carry the negative charge; the other anchors, if there
    are any, are those of the acid.

    Raises
    ------
    InputError
        If the charge is another one or not on an anchor.
    """
    return _acid(ligand)[0]


def _acid(ligand: Ligand) -> tuple[Ligand, list[int]]:
    """The neutral acid and the indices of its new protons."""
    bases = [atom.GetIdx() for atom in ligand.graph.GetAtoms() if atom.GetFormalCharge() == -1]
    on_anchor = any(n in ligand.anchors for n in bases)
    if ligand.charge not in (-1, -2) or len(bases) != -ligand.charge or not on_anchor:
        raise InputError(
            f"{ligand.smiles!r} has the charge {ligand.charge:+d}; only an anion of charge -1 or"
            " -2, with a charge on an anchor, has a neutral acid",
            "charge",
        )
    follow = (*ligand.anchors, *bases)
    heavy, kept = protonated(ligand.graph, tuple(bases), follow)
    mol, about = embed(heavy)
    others = [kept[n] for n in ligand.anchors if n not in bases]
    note = ", ".join(filter(None, [ligand.note, f"neutral acid of {ligand.smiles}", about]))
    words = ("L", ligand.orientation, Chem.MolToSmiles(heavy), note)
    anchors = tuple(others) or tuple(kept[n] for n in ligand.anchors[:1])
    acid = _ligand(mol, anchors, words, conformers_of(mol, 1))
    protons = [
        max(atom.GetIdx() for atom in mol.GetAtomWithIdx(kept[n]).GetNeighbors()) for n in bases
    ]
    return acid, protons


def ion_pair(ion: Ligand, counter_ion: str) -> Atoms:
    """Isolated neutral pair of an ion and a monatomic counter-ion, or two of charge +-2.

    A halide sits where the N-H bonds of a cation point to, or else beside its head on the
    side away from the chains; for guanidinium it is in the plane and touches two N-H
    bonds. An alkali metal ion sits beyond the anchors of an anion at the same distance
    from each. A proton makes the conjugate acid.

    Parameters
    ----------
    ion
        The charged ligand.
    counter_ion
        Element symbol: F, Cl, Br or I for a cation; H, Li, Na, K, Rb or Cs for an anion.
        It becomes the last atom, or the last two.

    Raises
    ------
    InputError
        If the counter-ion does not neutralise the ion.
    """
    sign = int(np.sign(ion.charge)) if abs(ion.charge) <= MOST_COUNTER_IONS else 0
    allowed = {1: tuple(HALIDE_RADII_A), -1: ("H", *ALKALI_RADII_A)}.get(sign, ())
    if counter_ion not in allowed:
        raise InputError(
            f"{counter_ion!r} does not neutralise {ion.smiles!r} of charge {ion.charge:+d};"
            f" allowed: {', '.join(allowed) or 'only ligands of charge +1, +2, -1 or -2'}",
            "counter_ion",
        )
    if counter_ion == "H":
        acid, protons = _acid(ion)
        order = [n for n in range(len(acid.atoms)) if n not in protons]
        return acid.atoms[[*order, *protons]]
    pair: Atoms = ion.atoms.copy()
    graph = ion.graph
    for anchors in _charged_heads(ion):
        if ion.charge > 0:
            contact_A = HALIDE_RADII_A[counter_ion] + CATION_RADIUS_A
        else:
            anchor_A = float(vdw_radii_A(ion.atoms.numbers)[anchors[0]])
            contact_A = ALKALI_RADII_A[counter_ion] + anchor_A
        place_A = place_ion(graph, pair.positions, anchors, counter_ion, contact_A)
        pair += Atoms(counter_ion, positions=[place_A])
        graph = with_atom(graph, counter_ion)
    return pair


def _charged_heads(ion: Ligand) -> list[tuple[int, ...]]:
    """For each counter-ion the atoms that it touches: the anchors, then other charged heads."""
    heads = [ion.anchors]
    sign = int(np.sign(ion.charge))
    bonds = Chem.GetDistanceMatrix(ion.graph)
    for atom in ion.graph.GetAtoms():
        here = atom.GetIdx()
        apart = all(bonds[here, n] > HEAD_BONDS for head in heads for n in head)
        if np.sign(atom.GetFormalCharge()) == sign and apart and len(heads) < abs(ion.charge):
            like = [
                n
                for n in range(ion.graph.GetNumAtoms())
                if sign < 0
                and bonds[here, n] == HEAD_BONDS
                and ion.atoms.numbers[n] == ion.atoms.numbers[here]
                and ion.graph.GetAtomWithIdx(n).GetDegree() == 1
            ]
            heads.append((here, *like[:1]))
    if len(heads) < abs(ion.charge):
        raise InputError(
            f"{ion.smiles!r} of charge {ion.charge:+d} has {len(heads)} charged group(s) more than"
            f" {HEAD_BONDS} bonds apart; {abs(ion.charge)} counter-ions need as many",
            "counter_ion",
        )
    return heads


def make_molecule(smiles: str) -> Atoms:
    """Neutral molecule, or the ion pair of a salt such as ``CCCC[NH3+].[I-]``.

    Parameters
    ----------
    smiles
        SMILES.

    Raises
    ------
    InputError
        If it cannot be built or is not neutral.
    """
    whole, counter_ion = split_salt(smiles)
    if counter_ion is None:
        molecule = make_ligand(smiles=whole, anchor_smarts="[*]")
        if molecule.charge != 0:
            raise InputError(f"{whole!r} has a charge; give a molecule", "smiles")
        return molecule.atoms
    mol = parse_smiles(whole)
    pattern = next((p for p in CHARGED_HEADS if mol.HasSubstructMatch(Chem.MolFromSmarts(p))), "*")
    return ion_pair(make_ligand(smiles=whole, anchor_smarts=pattern), counter_ion)
