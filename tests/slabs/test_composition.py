"""Ions, molecules and formulas against charges and counts that are known."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule

from slabs.composition import charge_e, fits, formula_words, parse_formula, site_of
from slabs.crystals.mixing import Mixing
from slabs.crystals.perovskite import perovskite
from slabs.crystals.prototypes import prototype_crystal
from slabs.elements import MOLECULAR_ANIONS
from slabs.errors import InputError
from slabs.molecular_units import ion_sites, molecular_units, unit_charges_e, unit_names
from slabs.stoichiometry import stoichiometry_words

# Formula sum and charge of ions and molecules that occur in crystals.
CHARGES = {
    "Cs": 1, "Ag": 1, "Pb": 2, "Zn": 2, "Bi": 3, "In": 3, "I": -1, "O": -2, "S": -2,
    "MA": 1, "FA": 1, "GA": 1,
    "SCN": -1, "OCN": -1, "N3": -1, "HCOO": -1, "CH3COO": -1, "BF4": -1, "PF6": -1, "NO3": -1,
    "SO4": -2,
    "C2H8N": 1,  # dimethylammonium
    "H4N": 1,  # ammonium
    "C8H12N": 1,  # phenethylammonium
    "C3H5N2": 1,  # imidazolium
    "C5H6N": 1,  # pyridinium
    "C2H10N2": 2,  # ethylenediammonium
    "C3H9S": 1,  # trimethylsulfonium
    "C7H5O2": -1,  # benzoate
    "C24H20B": -1,  # tetraphenylborate
    "H2O": 0, "C2H6OS": 0, "C3H7NO": 0,  # water, dimethyl sulfoxide, dimethylformamide
}  # fmt: skip


@pytest.mark.parametrize(("name", "charge"), CHARGES.items())
def test_charges_of_ions(name, charge):
    assert charge_e(name) == charge
    metal = name in ("Ag", "Pb", "Zn", "Bi", "In")
    assert site_of(name) == ("B" if metal else "A" if charge > 0 else "X" if charge < 0 else "M")


def test_unknown_charge_is_not_guessed():
    with pytest.raises(InputError, match="charge of the molecule C2H4NO2 in the crystal is not"):
        charge_e("C2H4NO2")  # the anion of glycine
    assert site_of("C2H4NO2") == "M"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Pb(SCN)2", [("Pb", 1), ("SCN", 2)]),
        ("Cs2Pb(NCS)2I2", [("Cs", 2), ("Pb", 1), ("SCN", 2), ("I", 2)]),
        ("FA(HCOO)", [("FA", 1), ("HCOO", 1)]),
        ("(CH3NH3)PbI3", [("MA", 1), ("Pb", 1), ("I", 3)]),
        ("(C2H8N)0.5I", [("C2H8N", 0.5), ("I", 1)]),
        ("Cs(CH3COO)", [("Cs", 1), ("CH3COO", 1)]),
    ],
)
def test_formulas_with_molecules(text, parts):
    assert parse_formula(text) == parts


def test_every_anion_can_be_typed_as_it_is_written():
    for name, anion in MOLECULAR_ANIONS.items():
        assert parse_formula(formula_words({"Pb": 1, name: 2})) == [("Pb", 1), (name, 2)]
        assert parse_formula(f"Pb({anion.hill})2") == [("Pb", 1), (name, 2)]


@pytest.mark.parametrize("text", ["Pb(SCN", "Pb(PbI)2", "Pb()2", "Pb(Qq)2", "Pb((SCN))2"])
def test_bad_parentheses(text):
    with pytest.raises(InputError, match=r"formula|parentheses") as caught:
        parse_formula(text)
    assert "\n" not in caught.value.message


def test_tetrahedral_anions_are_whole():
    # B-F 1.40 A and P-F 1.60 A.
    directions = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3)
    borate = Atoms("BF4", positions=[[0, 0, 0], *(1.40 * directions)])
    phosphate = Atoms("PF6", positions=[[0, 0, 0], *(1.60 * np.vstack([np.eye(3), -np.eye(3)]))])
    for anion, name in ((borate, "BF4"), (phosphate, "PF6")):
        crystal = anion + Atoms("Cs", positions=[[4, 4, 4]])
        crystal.set_cell([8, 8, 8])
        crystal.pbc = True
        names = unit_names(crystal, molecular_units(crystal))
        assert sorted(names.values()) == sorted(["Cs", name])
        assert set(ion_sites(crystal)[:-1]) == {"X"}
        assert unit_charges_e(crystal) == {name: -1, "Cs": 1}


def test_halide_beside_hydrogen_or_sulfur_stays_an_ion():
    sulfide = molecule("SH2") + Atoms("I", positions=[[0, 0, 2.5]])
    assert sorted(set(unit_names(sulfide, molecular_units(sulfide)).values())) == ["H2S", "I"]


def test_charges_of_a_crystal_add_up_to_zero():
    assert unit_charges_e(perovskite("MAPbI3")) == {"MA": 1, "Pb": 2, "I": -1}
    double = prototype_crystal("Cs2AgBiBr6", "elpasolite")
    assert unit_charges_e(double) == {"Cs": 1, "Ag": 1, "Bi": 3, "Br": -1}
    # Cs2SnI6 has tin(IV): half of the tin is missing from CsSnI3.
    vacant = perovskite("CsSnI3").repeat((2, 1, 1))
    del vacant[np.flatnonzero(vacant.symbols == "Sn")[0]]
    assert unit_charges_e(vacant) == {"Cs": 1, "Sn": 4, "I": -1}
    assert unit_charges_e(prototype_crystal("Pb", "fcc")) == {"Pb": 0}
    with pytest.raises(InputError, match=r"not add up to zero: 1 Cs of \+1, 2 I of -1"):
        unit_charges_e(Atoms("CsI2", positions=np.eye(3) * 4, cell=[9, 9, 9], pbc=True))


@pytest.mark.parametrize(
    ("layer", "fitting", "other"),
    [
        ({"Pb": 1, "I": 2}, ["PbI2", "Pb2I4", "BX2", "PbX2", "BI2", "Pb0.5I"], ["PbI", "AX", "X"]),
        ({"Pb": 2, "Br": 1, "I": 3}, ["PbX2", "Pb2BrI3", "BX2", "Pb2BrX3"], ["PbI2", "PbBrI"]),
        ({"Cs": 1, "MA": 1, "I": 2}, ["AX", "AI", "CsMAI2", "CsAX2"], ["CsI", "CsX"]),
        ({"Cs": 1, "SCN": 1}, ["Cs(SCN)", "CsX", "AX", "Cs(NCS)"], ["CsSCN", "CsI"]),
        ({"Pb": 1, "H2O": 1, "I": 2}, ["PbI2(H2O)"], ["PbI2", "BX2"]),
    ],
)
def test_what_a_formula_names(layer, fitting, other):
    assert [text for text in fitting if not fits(layer, text)] == []
    assert [text for text in other if fits(layer, text)] == []


def test_mixed_ions_are_named():
    mixed = perovskite("CsPb0.75Sn0.25Br3", [5.87], mixing=Mixing((2, 2, 1)))
    assert stoichiometry_words(mixed) == "4 CsPb0.75Sn0.25Br3"
    assert stoichiometry_words(mixed, mixed) == "1 Cs4Pb3SnBr12"
    more = mixed + Atoms("CsBr", positions=[[1, 1, 1], [2, 2, 2]])
    assert stoichiometry_words(more) == "4 CsPb0.75Sn0.25Br3 + 1 CsBr"
    unclear = perovskite("CsPbI2Br", [6.1]) + Atoms("PbBrI", positions=np.eye(3) + 1.0)
    assert stoichiometry_words(unclear) == "1 CsPb(Br,I)3 + 1 Pb(Br,I)2: CsPb2Br2I3"
    assert stoichiometry_words(unclear, perovskite("CsPbI2Br", [6.1])) == "1 CsPbBrI2 + 1 PbBrI"


def test_neutral_molecules_are_named():
    wet = perovskite("CsPbI3").repeat((2, 2, 2))
    water = molecule("H2O")
    water.positions += 3.0
    assert stoichiometry_words(wet + water) == "8 CsPbI3 + 1 (H2O)"
    assert set(ion_sites(wet + water)[-3:]) == {"M"}
