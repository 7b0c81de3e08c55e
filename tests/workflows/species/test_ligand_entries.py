"""Ligands and molecules of a study: salts, double charges, spin, names, advice."""

import re

import pytest
from ase.io import write

from slabs.ligands.ligand import make_ligand
from workflows.planner import make_plan
from workflows.study.errors import StudyError
from workflows.study.file import parse_study

BASE = """
title = "Ligands"
molecule_vacuum_A = 6.0

[level]
base = "draft"

[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [2, 2]
layers = 3
vacuum_A = 8.0
"""


def plan_of(folder, text, base=BASE):
    file = folder / "study.toml"
    file.write_text(base + text)
    return make_plan(file)


def structure(plan, name):
    return plan.species[name][0].structure


def counts(plan, name):
    return dict(structure(plan, name).atoms.symbols.formula.count())


def test_order_of_ligands_makes_no_other_species(tmp_path):
    plan = plan_of(
        tmp_path,
        """
[ligands.MA]
molecule = "MA"
state = "neutral"
[ligands.FAc]
molecule = "AcOH"

[[reactions]]
name = "one"
equation = "slab + MA + FAc -> slab.FAc.MA"
[[reactions]]
name = "other"
equation = "slab + FAc + MA -> slab.MA.FAc"
[[splits]]
species = "slab.FAc.MA"
""",
    )
    assert [name for name in plan.species if name.count(".") == 2] == ["slab.FAc.MA"]
    assert plan.study.splits[0].species == "slab.FAc.MA"
    assert "slab.FAc.MA" in plan.study.reactions[1].equation
    assert [r.name for r in plan.study.reactions] == ["one", "other"]


@pytest.mark.parametrize("table", ["molecules", "ligands"])
def test_names_must_differ_by_more_than_case(table):
    text = BASE + f"""
[ligands.OAm]
molecule = "OAm"
[{table}.oam]
smiles = "CN"
{'anchor_smarts = "[NX3]"' if table == "ligands" else ""}
"""  # fmt: skip
    with pytest.raises(StudyError, match=r"'OAm' .* 'oam' .* upper and lower case only"):
        parse_study(text)


def test_salt_is_an_ion_with_its_counter_ion(tmp_path):
    plan = plan_of(
        tmp_path,
        """
[ligands.BAI]
smiles = "CCCC[NH3+].[I-]"
anchor_smarts = "[NX4]"
[molecules.Salt]
smiles = "[I-].CCCC[NH3+]"

[[reactions]]
name = "ion pair"
equation = "slab + BAI -> slab.BAI"
[[reactions]]
name = "the same from the reservoir"
equation = "slab + Salt -> slab.BAI"
""",
    )
    assert counts(plan, "BAI") == counts(plan, "Salt") == {"C": 4, "N": 1, "H": 12, "I": 1}
    assert counts(plan, "slab.BAI")["I"] == 21
    assert "BAI: together with I-, neutral by construction" in structure(plan, "slab.BAI").notes


def test_salt_that_contradicts_its_keys_is_refused():
    text = (
        BASE
        + """
[ligands.BAI]
smiles = "CCCC[NH3+].[I-]"
anchor_smarts = "[NX4]"
balance = "electron"
"""
    )
    with pytest.raises(StudyError, match=r"ligands.BAI.*says balance = 'counter-ion', not"):
        parse_study(text)


DIAMMONIUM = """
[ligands.EDA]
smiles = "[NH3+]CC[NH3+]"
anchor_smarts = "[NX4+:1]CC[NX4+:2]"
"""


@pytest.mark.parametrize(
    ("balance", "note", "ions"),
    [
        ('balance = "electron"', "with the balancing two electrons in a neutral cell", (4, 20)),
        ('balance = "substitution"', "replaces two ions (A-site), neutral", (2, 20)),
        ('balance = "counter-ion"\ncounter_ion = "I"', "together with two I-, neutral", (4, 22)),
    ],
)
def test_dications_are_balanced_twice(tmp_path, balance, note, ions):
    ending = '\n[[dos]]\nspecies = "slab.EDA"\n'
    plan = plan_of(tmp_path, DIAMMONIUM + balance + ending)
    found = structure(plan, "slab.EDA")
    assert any(note in each for each in found.notes)
    whole = counts(plan, "slab.EDA")
    assert (whole["Cs"], whole["I"]) == ions
    assert found.electrons % 2 == 0


def test_triplet_oxygen_and_radicals_start_with_their_spin(tmp_path):
    plan = plan_of(
        tmp_path,
        """
[molecules.O2]
smiles = "O=O"
[molecules.H2O]
smiles = "O"
[molecules.H2O2]
smiles = "OO"
[molecules.singlet]
smiles = "O=O"
multiplicity = 1
[ligands.slip]
smiles = "CC[CH]N"
anchor_smarts = "[NX3]"

[[reactions]]
name = "decomposition"
equation = "H2O2 -> H2O + 1/2 O2"
[[reactions]]
name = "excitation"
equation = "O2 -> singlet"
[[reactions]]
name = "adsorption"
equation = "slab + slip -> slab.slip"
""",
    )
    moments = {
        name: structure(plan, name).atoms.get_initial_magnetic_moments().sum()
        for name in ("O2", "H2O", "singlet", "slip")
    }
    assert moments == pytest.approx({"O2": 2.0, "H2O": 0.0, "singlet": 0.0, "slip": 1.0})
    assert structure(plan, "O2").notes == ("O2: multiplicity 3, the ground state of O2",)
    assert structure(plan, "slip").notes == ("slip: a radical, with one unpaired electron",)
    assert structure(plan, "H2O").notes == ()


def test_magnetic_ion_asks_for_its_multiplicity(tmp_path):
    text = """
[molecules.MnI2]
smiles = "I[Mn]I"
[[dos]]
species = "MnI2"
"""
    with pytest.raises(StudyError, match=r"molecules.MnI2.multiplicity: .* example 6 for 5 unpai"):
        plan_of(tmp_path, text)
    text = """
[ligands.Mn]
smiles = "I[Mn]I"
anchor_smarts = "[I]"
[[dos]]
species = "slab.Mn"
"""
    with pytest.raises(StudyError, match=r"ligands.Mn.multiplicity: .* example 6 for 5 unpaired"):
        plan_of(tmp_path, text)


def refusal(folder, text):
    with pytest.raises(StudyError) as caught:
        plan_of(folder, text)
    return str(caught.value)


def test_advice_never_cuts_a_head_group_or_a_ring(tmp_path):
    for smiles in ("C(C)(C)(C)[NH3+]", "C1CC[NH2+]CC1", "c1ccccc1C[NH3+]"):
        message = refusal(
            tmp_path,
            f"""
[ligands.L]
smiles = "{smiles}"
anchor_smarts = "[NX4]"
balance = "electron"
site = "metal-top"
[placement]
clash_ratio = 1.0
[[dos]]
species = "slab.L"
""",
        )
        assert "L does not fit" in message
        assert "truncate" not in message


def test_long_chain_is_advised_to_be_shorter_or_on_a_larger_cell(tmp_path):
    text = """
[ligands.OAm]
molecule = "OAm"
orientation = "flat"
[[dos]]
species = "slab.OAm"
"""
    message = refusal(tmp_path, text)
    carbons = re.search(r"ligands\.OAm\.truncate_to_carbons = (\d+)", message)
    assert carbons is not None
    again = text.replace(
        'orientation = "flat"', f'orientation = "flat"\ntruncate_to_carbons = {carbons[1]}'
    )
    assert counts(plan_of(tmp_path, again), "slab.OAm")["C"] == int(carbons[1])


def test_conformers_are_advised_where_only_they_help(tmp_path):
    folded = make_ligand("TOA")
    write(tmp_path / "toa.xyz", folded.atoms)
    text = """
[ligands.TOA]
file = "toa.xyz"
charge = 1
anchor_smarts = "[NX4]"
balance = "electron"
[[dos]]
species = "slab.TOA"
"""
    message = refusal(tmp_path, text)
    assert "ligands.TOA.conformers = 10" in message or "size = " in message


def test_triplet_ligand_starts_with_its_spin_on_the_slab(tmp_path):
    plan = plan_of(
        tmp_path,
        """
[ligands.O2]
smiles = "O=O"
anchor_smarts = "[OX1]"
[ligands.Mn]
smiles = "CC(=O)O[Mn]OC(C)=O"
anchor_smarts = "[OX1]"
multiplicity = 6
[[dos]]
species = "slab.O2"
[[dos]]
species = "slab.Mn"
""",
    )
    for name, element, moment in (("O2", "O", 2.0), ("Mn", "Mn", 5.0)):
        atoms = structure(plan, f"slab.{name}").atoms
        moments = atoms.get_initial_magnetic_moments()
        assert moments[atoms.symbols == element].sum() == pytest.approx(moment)
        assert moments.sum() == pytest.approx(moment)


@pytest.mark.parametrize(("sides", "faces"), [("one", 1), ("two", 2)])
def test_every_magnetic_ligand_starts_with_its_own_spin(tmp_path, sides, faces):
    base = BASE.replace("layers = 3", f'layers = 3\nsides = "{sides}"')
    plan = plan_of(
        tmp_path,
        """
[ligands.O2]
smiles = "O=O"
anchor_smarts = "[OX1]"
[ligands.Cu]
smiles = "Cl[Cu]Cl"
anchor_smarts = "[Cl]"
multiplicity = 2
[[dos]]
species = "slab.O2.O2"
[[dos]]
species = "slab.Cu.Cu"
""",
        base,
    )
    for name, element, moment in (("slab.O2.O2", "O", 1.0), ("slab.Cu.Cu", "Cu", 1.0)):
        atoms = structure(plan, name).atoms
        moments = atoms.get_initial_magnetic_moments()
        assert moments[atoms.symbols == element] == pytest.approx(moment)
        number = 2 * faces * (2 if element == "O" else 1)
        assert moments.sum() == pytest.approx(number * moment)


def test_unpaired_electrons_of_a_smiles_that_pair_are_said(tmp_path):
    plan = plan_of(
        tmp_path,
        """
[molecules.pair]
smiles = "[CH2]CC[CH2]"
[molecules.triplet]
smiles = "[CH2]CC[CH2]"
multiplicity = 3
[molecules.O2]
smiles = "[O][O]"
[ligands.L]
smiles = "[CH2]CC([CH2])N"
anchor_smarts = "[NX3]"
[[reactions]]
name = "spin"
equation = "triplet -> pair"
[[reactions]]
name = "adsorption"
equation = "slab + L -> slab.L"
[[dos]]
species = "O2"
""",
    )
    words = "its SMILES has 2 unpaired electrons, of which all but 0 pair; multiplicity = 3 leaves"
    said = {n for n in plan.species for note in structure(plan, n).notes if words in note}
    assert said == {"pair", "L", "slab.L"}
