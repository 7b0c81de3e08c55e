"""The head group of a molecule that nobody has named the anchor of."""

import pytest

from slabs.errors import InputError
from slabs.ligands.head_groups import AUTO, find_head_group
from slabs.ligands.ligand import make_ligand
from slabs.ligands.molecules import parse_smiles


@pytest.mark.parametrize(
    ("smiles", "name"),
    [
        ("N", "amine"),
        ("CN(C)C", "amine"),
        ("NN", "amine"),
        ("NCCS", "amine"),  # not its thiol
        ("NCC(=O)O", "amine"),
        ("Nc1ccccc1", "aromatic amine"),
        ("CNC(C)=O", "amide or urea"),  # its nitrogen has no free lone pair
        ("NC(N)=N", "imine"),
        ("c1ccncc1", "aromatic nitrogen"),
        ("c1c[nH]cn1", "aromatic nitrogen"),
        ("CP(C)C", "phosphine"),
        ("CP(C)(C)=O", "phosphine oxide or phosphate"),
        ("CC(=O)O", "carboxylic acid"),
        ("CC(C)=O", "carbonyl"),
        ("CS(C)=O", "sulfoxide"),
        ("NC(N)=S", "thione"),
        ("S", "thiol"),
        ("CC#N", "nitrile"),
        ("O", "alcohol or water"),
        ("COC", "ether"),
        ("CC(=O)[O-]", "carboxylate"),
        ("C[N+](C)(C)CC(=O)[O-]", "carboxylate"),  # a zwitterion binds through its anion
        ("NC(N)=[NH2+]", "guanidinium"),
        ("NC=[NH2+]", "amidinium"),
        ("C[NH3+]", "ammonium"),
        ("c1cc[nH+]cc1", "aromatic N-H cation"),
    ],
)
def test_head_groups_are_those_of_chemistry(smiles, name):
    assert find_head_group(parse_smiles(smiles)).name == name


def test_a_molecule_without_a_donor_is_refused_by_its_anchor():
    with pytest.raises(InputError, match=r"'CC' has none of the .* give anchor_smarts") as caught:
        make_ligand(smiles="CC", anchor_smarts=AUTO)
    assert caught.value.key == "anchor_smarts"


def test_a_found_anchor_is_the_same_as_a_given_one_but_for_its_note():
    found = make_ligand(smiles="CCN", anchor_smarts=AUTO)
    given = make_ligand(smiles="CCN", anchor_smarts="[NX3;H2]")
    assert found.anchors == given.anchors
    assert (found.atoms.positions == given.atoms.positions).all()
    assert "binds through its amine" in found.note
    assert given.note == ""
    flat = make_ligand(smiles="NC(N)=[NH2+]", anchor_smarts=AUTO)
    assert (flat.orientation, flat.binding, flat.atoms.symbols[flat.anchors[0]]) == (
        "flat",
        "A",
        "C",
    )
    upright = make_ligand(smiles="NC(N)=[NH2+]", anchor_smarts=AUTO, orientation="upright")
    assert upright.orientation == "upright"


def test_an_anchor_is_found_before_the_chain_is_cut():
    short = make_ligand(smiles="CCCCCCN", anchor_smarts=AUTO, truncate_to_carbons=1)
    assert sorted(short.atoms.get_chemical_symbols()) == sorted("CNHHHHH")
