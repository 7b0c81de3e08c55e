"""Ligands: composition, anchors, truncation, double bonds, charge."""

import numpy as np
import pytest

from slabs.errors import InputError
from slabs.ligands import covalent_bonds, in_box, ion_pair, make_ligand
from slabs.structure import electron_parity


@pytest.mark.parametrize(
    ("name", "hill", "charge", "anchor"),
    [("OAm", "C18H37N", 0, "N"), ("OA", "C18H34O2", 0, "O"), ("GA", "CH6N3", 1, "C")],
)
def test_catalogue(name, hill, charge, anchor):
    ligand = make_ligand(name)
    assert ligand.atoms.get_chemical_formula() == hill
    assert ligand.charge == charge
    assert ligand.atoms.symbols[ligand.anchor] == anchor


def test_oleic_acid_binds_through_the_carbonyl_oxygen():
    ligand = make_ligand("OA")
    bonds = covalent_bonds(ligand.atoms)
    neighbours = [b if a == ligand.anchor else a for a, b in bonds if ligand.anchor in (a, b)]
    assert [ligand.atoms.symbols[n] for n in neighbours] == ["C"]


def test_double_bond_of_oleylamine_stays_cis():
    atoms = make_ligand("OAm").atoms
    carbons = [n for n in range(len(atoms)) if atoms.symbols[n] == "C"]
    bonds = [tuple(b) for b in covalent_bonds(atoms)]
    short = [b for b in bonds if set(b) <= set(carbons) and atoms.get_distance(*b) < 1.40]
    assert len(short) == 1
    i, j = short[0]

    def other(a, b):
        return next(
            n for bond in bonds if a in bond for n in bond if n in carbons and n not in (a, b)
        )

    dihedral = atoms.get_dihedral(other(i, j), i, j, other(j, i))
    assert min(dihedral, 360 - dihedral) < 15.0


def test_guanidinium_is_planar():
    positions = make_ligand("GA").atoms.positions
    assert np.linalg.svd(positions - positions.mean(axis=0))[1][2] < 0.5


@pytest.mark.parametrize(
    ("name", "carbons", "smiles"),
    [
        ("OAm", 1, "CN"),
        ("OAm", 4, "CCCCN"),
        ("OAm", 9, "CCCCCCCCCN"),
        ("OA", 1, "O=CO"),
        ("OA", 4, "CCCC(=O)O"),
    ],
)
def test_truncation_keeps_the_head_group(name, carbons, smiles):
    ligand = make_ligand(name, truncate_to_carbons=carbons)
    assert ligand.smiles == smiles
    assert "truncated to" in ligand.note


def test_same_seed_same_shape():
    assert make_ligand("OAm").atoms == make_ligand("OAm").atoms


def test_ion_pair_puts_iodide_beside_two_amino_groups():
    atoms = ion_pair(make_ligand("GA"), "I")
    assert atoms.get_chemical_formula() == "CH6IN3"
    assert electron_parity(atoms, 0) == 0
    to_hydrogen = sorted(atoms.get_distances(len(atoms) - 1, np.flatnonzero(atoms.numbers == 1)))
    assert to_hydrogen[1] < 2.9 < to_hydrogen[2]


def test_box_keeps_the_shape_and_the_vacuum():
    atoms = make_ligand("OA").atoms
    boxed = in_box(atoms, 7.0)
    assert boxed.get_all_distances() == pytest.approx(atoms.get_all_distances())
    assert (boxed.cell.lengths() - np.ptp(boxed.positions, axis=0) >= 7.0 - 1e-9).all()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"molecule": "XYZ"}, "allowed: OAm, OA, GA"),
        ({"smiles": "C1CC", "anchor_smarts": "[C]"}, "is not a SMILES"),
        ({"smiles": "CN"}, "needs anchor_smarts"),
        ({"smiles": "CN", "anchor_smarts": "[O]"}, "matches the anchor"),
        ({"smiles": "CN", "anchor_smarts": "[["}, "is not a SMARTS"),
        ({"smiles": "C.N", "anchor_smarts": "[C]"}, "more than one molecule"),
        ({"molecule": "OAm", "truncate_to_carbons": 18}, "does not shorten"),
        ({}, "exactly one"),
    ],
)
def test_bad_ligands(arguments, words):
    with pytest.raises(InputError, match=words):
        make_ligand(**arguments)
