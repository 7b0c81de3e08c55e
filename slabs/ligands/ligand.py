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
from slabs.ligands.molecule_files import read_molecule
from slabs.ligands.molecules import (
    match_head,
    parse_smiles,
    partial_charges_e,
    protonated,
    truncate,
)
from slabs.ligands.toolkit import Chem, rdMolDescriptors

__all__ = ["Ligand", "conjugate_acid", "covalent_bonds", "in_box", "ion_pair", "make_ligand"]

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
        ``"upright"`` or ``"flat"``.
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
    relaxed with MMFF94, or with UFF where MMFF94 has no parameters. That of a file is the
    geometry of the file.

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
        the surface.
    binding
        ``"L"``, ``"X"`` or ``"A"``; default from the catalogue, else from the charge:
        neutral L, anion X, cation A.
    orientation
        ``"upright"`` or ``"flat"``; default from the catalogue, else ``"upright"``.
    truncate_to_carbons
        Keep only this many carbon atoms, those nearest to the head group. A molecule of a
        file then gets a new geometry.
    conformers
        Largest number of conformers; fewer are returned if fewer differ.
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
    found = Chem.GetFormalCharge(mol)
    if charge is not None and charge != found:
        raise InputError(f"charge = {charge}, but {title!r} has the charge {found}", "charge")
    note = ""
    if truncate_to_carbons is not None:
        note = f"{title} ({rdMolDescriptors.CalcMolFormula(mol)}) truncated to "
        smiles = truncate(str(smiles), anchor_smarts, truncate_to_carbons)
        mol = parse_smiles(smiles)
        note += rdMolDescriptors.CalcMolFormula(mol) + (
            ", with a new geometry" if file is not None else ""
        )
    if not mol.GetNumConformers():
        mol = embed(mol, seed)
    _, anchors = match_head(mol, anchor_smarts)
    binding = binding or {-1: "X", 0: "L", 1: "A"}[int(np.sign(found))]
    words = (
        _allowed("binding", binding, BINDINGS),
        _allowed("orientation", orientation or "upright", ORIENTATIONS),
        str(smiles),
        note,
    )
    return _ligand(mol, anchors, words, conformers_of(mol, conformers, seed))


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
    """Neutral acid of an anion of charge -1, with a shape of its own.

    The proton goes to the first anchor that carries the negative charge; the other
    anchors, if there are any, are those of the acid.

    Raises
    ------
    InputError
        If the charge is not -1 or not on an anchor.
    """
    return _acid(ligand)[0]


def _acid(ligand: Ligand) -> tuple[Ligand, int]:
    """The neutral acid and the index of its new proton."""
    charged = [n for n in ligand.anchors if ligand.graph.GetAtomWithIdx(n).GetFormalCharge() == -1]
    if ligand.charge != -1 or not charged:
        raise InputError(
            f"{ligand.smiles!r} has the charge {ligand.charge:+d}; only an anion of charge -1"
            " that sits on an anchor has a neutral acid",
            "charge",
        )
    heavy, kept = protonated(ligand.graph, charged[0], ligand.anchors)
    mol = embed(heavy)
    others = [new for old, new in kept.items() if old != charged[0]]
    base = kept[charged[0]]
    note = ", ".join(filter(None, [ligand.note, f"neutral acid of {ligand.smiles}"]))
    words = ("L", ligand.orientation, Chem.MolToSmiles(heavy), note)
    acid = _ligand(mol, tuple(others) or (base,), words, conformers_of(mol, 1))
    return acid, max(atom.GetIdx() for atom in mol.GetAtomWithIdx(base).GetNeighbors())


def ion_pair(ion: Ligand, counter_ion: str) -> Atoms:
    """Isolated neutral pair of a ligand of charge +1 or -1 and a monatomic counter-ion.

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
        It becomes the last atom.

    Raises
    ------
    InputError
        If the counter-ion does not neutralise the ion.
    """
    allowed = {1: tuple(HALIDE_RADII_A), -1: ("H", *ALKALI_RADII_A)}.get(ion.charge, ())
    if counter_ion not in allowed:
        raise InputError(
            f"{counter_ion!r} does not neutralise {ion.smiles!r} of charge {ion.charge:+d};"
            f" allowed: {', '.join(allowed) or 'only ligands of charge +1 or -1'}",
            "counter_ion",
        )
    if counter_ion == "H":
        acid, proton = _acid(ion)
        order = [n for n in range(len(acid.atoms)) if n != proton]
        return acid.atoms[[*order, proton]]
    if ion.charge > 0:
        contact_A = HALIDE_RADII_A[counter_ion] + CATION_RADIUS_A
    else:
        anchor_A = float(vdw_radii_A(ion.atoms.numbers)[ion.anchors[0]])
        contact_A = ALKALI_RADII_A[counter_ion] + anchor_A
    place_A = place_ion(ion.graph, ion.atoms.positions, ion.anchors, counter_ion, contact_A)
    pair: Atoms = ion.atoms + Atoms(counter_ion, positions=[place_A])
    return pair
