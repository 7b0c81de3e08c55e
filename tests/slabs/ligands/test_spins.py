"""Multiplicities of isolated molecules: radicals, triplets, magnetic ions."""

import pytest
from ase import Atoms
from ase.build import molecule

from slabs.errors import InputError
from slabs.ligands.ligand import make_ligand
from slabs.ligands.spins import multiplicity_of


@pytest.mark.parametrize(
    ("atoms", "multiplicity"),
    [
        (molecule("O2"), 3),
        (molecule("N2"), 1),
        (molecule("H2O"), 1),
        (molecule("NO"), 2),
        (molecule("CH3"), 2),
        (molecule("SO"), 3),
        (Atoms("O"), 3),
        (Atoms("N"), 4),
        (Atoms("I"), 2),
        (Atoms("Pb"), 3),
        (Atoms("Bi"), 4),  # 6p3
        (Atoms("Sb"), 4),
        (Atoms("Te"), 3),
        (Atoms("Mo"), 7),  # 4d5 5s1
        (Atoms("Pt"), 3),  # 5d9 6s1
        (Atoms("Cs"), 2),
        (Atoms("Ag"), 2),
        (Atoms("Hg"), 1),
        (Atoms("Te2"), 3),
        (Atoms("ClN"), 3),
        (Atoms("Bi2"), 1),
        (Atoms("ClI"), 1),
    ],
)
def test_ground_states(atoms, multiplicity):
    assert multiplicity_of(atoms, None, "X")[0] == multiplicity


def test_radicals_are_said():
    radical = make_ligand(smiles="CC[CH]N", anchor_smarts="[NX3]").atoms
    assert multiplicity_of(radical, None, "L") == (2, "L: a radical, with one unpaired electron")
    assert multiplicity_of(molecule("H2O"), None, "W") == (1, "")


def test_given_multiplicity_must_fit_the_electrons():
    assert multiplicity_of(molecule("O2"), 1, "O2") == (1, "")
    with pytest.raises(InputError, match="allowed: 1, 3, 5") as caught:
        multiplicity_of(molecule("O2"), 2, "O2")
    assert caught.value.key == "multiplicity"


def test_magnetic_ions_ask_for_it():
    acetate = make_ligand(smiles="CC(=O)O[Mn]OC(C)=O", anchor_smarts="[OX1]").atoms
    with pytest.raises(InputError, match=r"contains Mn, .* for example 6 for 5 unpaired"):
        multiplicity_of(acetate, None, "L")
    assert multiplicity_of(acetate, 6, "L")[0] == 6
