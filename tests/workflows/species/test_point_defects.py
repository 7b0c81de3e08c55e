"""Point defects as a study asks for them: every kind, notes, balance, and what is refused."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from analysis.energies.reactions import parse_reaction, question
from analysis.geometry.vacancy_relaxation import vacancy_relaxation
from analysis.groups import atom_groups
from slabs.write import write_picture
from workflows.planner import make_plan, plan_study
from workflows.recipes.defect_counts import defect_count
from workflows.species.builder import SpeciesBuilder
from workflows.species.store import Stored, load_species, save_species
from workflows.study.errors import StudyError
from workflows.study.file import load_study

PASSIVANT = str(Path(sys.executable).parent / "passivant")

SLABS = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [2, 2]
layers = 3
vacuum_A = 8.0

[surfaces.organic]
material = "MAPbI3"
termination = "PbI2"
size = [2, 2]
layers = 3
vacuum_A = 8.0

[surfaces.double]
material = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 5
sides = "two"
vacuum_A = 8.0

[ligands.OA]
molecule = "AcOH"

[vacancies.V_I]
element = "I"

[vacancies.V_Pb]
element = "Pb"

[vacancies.V_MA]
element = "MA"

[molecules.I2]
smiles = "II"

[molecules.Br2]
smiles = "BrBr"

[crystals.PbI2]
material = "PbI2"
prototype = "CdI2"
relax = "cell"
"""

DEFECTS = """
[defects.V_Cs]
kind = "vacancy"
element = "Cs"

[defects.I_i]
kind = "interstitial"
element = "I"

[defects.Pb_int]
kind = "interstitial"
element = "Pb"

[defects.I_ad]
kind = "adatom"
element = "I"

[defects.Pb_I]
kind = "antisite"
element = "Pb"
on = "I"

[defects.Br_I]
kind = "substitution"
element = "Br"
on = "I"

[defects.Mn_Pb]
kind = "substitution"
element = "Mn"
on = "Pb"
moment = 5.0

[defects.Fe_Pb]
kind = "substitution"
element = "Fe"
on = "Pb"
moment = 4.0

[defects.Cs_MA]
kind = "substitution"
element = "Cs"
on = "MA"

[defects.S_CsI]
kind = "pair"
parts = ["V_Cs", "V_I"]

[defects.S_PbI2]
kind = "pair"
parts = ["V_Pb", "V_I", "V_I"]

[defects.Frenkel]
kind = "pair"
parts = ["V_I", "I_i"]
"""

# What each does to Cs4 Pb8 I20 or MA4 Pb8 I20, the unpaired electrons that it leaves and the atoms
# that have no counterpart in the slab without it, by hand.
WHOLE = {
    "slab": {"Cs": 4, "Pb": 8, "I": 20},
    "organic": {"C": 4, "N": 4, "H": 24, "Pb": 8, "I": 20},
}
CHANGES = {
    "slab.V_I": ({"I": -1}, 1, 0),
    "slab.V_Cs": ({"Cs": -1}, 1, 0),
    "slab.I_i": ({"I": 1}, 1, 1),
    "slab.Pb_int": ({"Pb": 1}, 0, 1),
    "slab.I_ad": ({"I": 1}, 1, 1),
    "slab.Pb_I": ({"I": -1, "Pb": 1}, 1, 0),
    "slab.Br_I": ({"I": -1, "Br": 1}, 0, 0),
    "slab.Mn_Pb": ({"Pb": -1, "Mn": 1}, 5, 0),
    "slab.Fe_Pb": ({"Pb": -1, "Fe": 1}, 4, 0),
    "slab.Mn_Pb.V_I": ({"Pb": -1, "Mn": 1, "I": -1}, 6, 0),
    "slab.S_CsI": ({"Cs": -1, "I": -1}, 0, 0),
    "slab.S_PbI2": ({"Pb": -1, "I": -2}, 0, 0),
    "slab.Frenkel": ({}, 0, 1),
    "organic.V_MA": ({"C": -1, "N": -1, "H": -6}, 1, 0),
    "organic.Cs_MA": ({"C": -1, "N": -1, "H": -6, "Cs": 1}, 0, 1),
    "organic.I_i": ({"I": 1}, 1, 1),
    "organic.Pb_int": ({"Pb": 1}, 0, 1),
    "organic.I_ad": ({"I": 1}, 1, 1),
    "organic.Pb_I": ({"I": -1, "Pb": 1}, 1, 0),
    "organic.Br_I": ({"I": -1, "Br": 1}, 0, 0),
    "organic.S_PbI2": ({"Pb": -1, "I": -2}, 0, 0),
    "organic.Frenkel": ({}, 0, 1),
}


@pytest.fixture
def builder(write_study):
    file = write_study(SLABS, DEFECTS)
    return SpeciesBuilder(load_study(file)[0], file)


@pytest.mark.parametrize("name", CHANGES)
def test_atoms_electrons_and_parents_of_every_kind(builder, name):
    change, unpaired, new = CHANGES[name]
    (found,) = builder.build(name)
    before = WHOLE[name.split(".", maxsplit=1)[0]]
    after = {k: before.get(k, 0) + change.get(k, 0) for k in before | change}
    assert dict(found.structure.atoms.symbols.formula.count()) == {
        k: n for k, n in after.items() if n
    }
    atoms = found.structure.atoms
    assert atoms.get_initial_magnetic_moments().sum() == pytest.approx(unpaired)
    assert found.structure.electrons % 2 == unpaired % 2
    assert (found.parent_atoms < 0).sum() == new
    # Everything that is not new starts where the parent leaves it.
    parent = builder.build(found.parent[0])[0].structure.atoms
    old = found.parent_atoms >= 0
    shift = atoms.positions[old] - parent.positions[found.parent_atoms[old]]
    assert shift == pytest.approx(found.offsets_A[old], abs=2e-6)
    assert np.abs(shift).max() < 0.6
    assert found.structure.defective
    assert atoms.cell.array[2, 2] - np.ptp(atoms.positions[:, 2]) >= 8.0


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("slab.V_I", "V_I: neutral I vacancy, surface layer, 0.0 A deep"),
        ("slab.V_Cs", "V_Cs: neutral Cs vacancy, surface layer, 3.1 A deep"),
        ("slab.I_i", "I_i: neutral I interstitial, surface layer, 0.0 A deep"),
        ("slab.I_ad", "I_ad: neutral I adatom, metal-top, 3.4 A above the highest atom"),
        ("slab.Pb_I", "Pb_I: neutral Pb on I antisite, surface layer, 0.0 A deep"),
        ("slab.Br_I", "Br_I: neutral Br in place of I, surface layer, 0.0 A deep"),
        (
            "slab.Mn_Pb",
            "Mn_Pb: neutral Mn in place of Pb, surface layer, 0.0 A deep, started with 5 mu_B",
        ),
        ("organic.V_MA", "V_MA: neutral MA vacancy, surface layer, 3.2 A deep"),
        (
            "slab.OA.V_Pb",
            "V_Pb: the Pb that leaves is bound by OA (O at 2.4 A), which loses its binding partner",
        ),
        ("slab.Frenkel", "I_i: only 3.1 A from a vacancy of I, which it may fill"),
    ],
)
def test_notes_say_what_a_reader_must_know(builder, name, note):
    assert note in builder.build(name)[0].structure.notes


def test_names_of_the_same_atoms_are_said_and_calculated_once(write_study):
    extra = '[vacancies.V_far]\nelement = "I"\nnear = "farthest"\n'
    extra += '[[dos]]\nspecies = "slab.V_I"\n[[dos]]\nspecies = "slab.V_far"\n'
    extra += '[[dos]]\nspecies = "slab.OA.V_I"\n[[dos]]\nspecies = "slab.OA.V_far"\n'
    plan = make_plan(write_study(SLABS, extra))
    same = "slab.V_far: the same atoms as slab.V_I"
    assert same in plan.species["slab.V_far"][0].structure.notes
    assert plan.relax_keys["slab.V_far"] == plan.relax_keys["slab.V_I"]
    # Beside a ligand the nearest iodide is another one than the farthest.
    notes = plan.species["slab.OA.V_far"][0].structure.notes
    assert not [note for note in notes if "the same atoms" in note]
    assert plan.relax_keys["slab.OA.V_far"] != plan.relax_keys["slab.OA.V_I"]


def test_surroundings_that_are_kept_fixed_are_said(write_study):
    text = SLABS.replace("layers = 3", "layers = 3\nfrozen_layers = 2", 1)
    extra = '[vacancies.V_low]\nelement = "I"\ndepth = "subsurface"\n'
    file = write_study(text, extra)
    builder = SpeciesBuilder(load_study(file)[0], file)
    note = "V_low: its surroundings are kept fixed and cannot relax"
    assert note in builder.build("slab.V_low")[0].structure.notes
    assert not [n for n in builder.build("slab.V_I")[0].structure.notes if "fixed" in n]


REACTIONS = {
    "slab + 1/2 I2 -> slab.I_i": "Defect formation",
    "slab + 1/2 Br2 -> slab.Br_I + 1/2 I2": "Defect formation",
    "slab + PbI2 -> slab.Pb_I + 3/2 I2": "Defect formation",
    "slab -> slab.S_PbI2 + PbI2": "Defect formation",
    "slab -> slab.Frenkel": "Defect formation",
    "slab.I_i + slab.OA -> slab + slab.OA.I_i": "Defect transfer",
}


def test_reactions_balance_with_what_was_added(write_study):
    text = "".join(
        f'[[reactions]]\nname = "{n}"\nequation = "{each}"\n' for n, each in enumerate(REACTIONS)
    )
    plan = make_plan(write_study(SLABS, DEFECTS, text))
    assert len(plan.study.reactions) == len(REACTIONS)
    assert plan.tasks[plan.relax_keys["slab.I_i"][0]].parents == plan.relax_keys["slab"]
    wrong = '[[reactions]]\nname = "x"\nequation = "slab + I2 -> slab.I_i"\n'
    with pytest.raises(StudyError, match="not balanced: products minus reactants leave I -1"):
        make_plan(write_study(SLABS, DEFECTS, wrong))


def test_magnetic_ions_are_calculated_with_spin(write_study):
    text = '[[dos]]\nspecies = "slab.Fe_Pb"\n[[dos]]\nspecies = "slab.Br_I"\n'
    plan = make_plan(write_study(SLABS, DEFECTS, text))
    spins = [plan.tasks[plan.relax_keys[f"slab.{n}"][0]].spec["spin_polarised"]
             for n in ("Fe_Pb", "Br_I")]  # fmt: skip
    assert spins == [True, False]


def test_defects_on_both_faces_count_twice(builder):
    (found,) = builder.build("double.I_i")
    assert dict(found.structure.atoms.symbols.formula.count()) == {"Cs": 2, "Pb": 3, "I": 10}
    assert found.structure.atoms.get_initial_magnetic_moments().sum() == pytest.approx(2.0)
    (found,) = builder.build("double.Mn_Pb")
    assert dict(found.structure.atoms.symbols.formula.count()) == {
        "Cs": 2, "Pb": 1, "Mn": 2, "I": 8,
    }  # fmt: skip
    assert found.structure.atoms.get_initial_magnetic_moments().sum() == pytest.approx(10.0)


@pytest.mark.parametrize(("element", "unpaired"), [("Pb", 0.0), ("I", 2.0)])
def test_vacancy_in_the_middle_of_two_faces_is_closed_shell(write_study, element, unpaired):
    text = f"""
[surfaces.slab]
material = "CsPbI3"
termination = "CsI"
size = [2, 2]
layers = 3
sides = "two"
vacuum_A = 6.0

[vacancies.V]
element = "{element}"

[[dos]]
species = "slab.V"
"""
    (found,) = make_plan(write_study(text)).species["slab.V"]
    assert len(found.structure.vacancies) == (2 if unpaired else 1)
    assert found.structure.atoms.get_initial_magnetic_moments().sum() == pytest.approx(unpaired)


def test_defects_are_stored_and_drawn(write_study, tmp_path):
    names = [name for name in CHANGES if "." in name]
    text = "".join(f'[[dos]]\nspecies = "{name}"\n' for name in names)
    file = write_study(SLABS, DEFECTS, text)
    study, source = load_study(file)
    plan = plan_study(study, source, file)
    made = Stored(plan.built, plan.refused)
    save_species(tmp_path / "built.npz", study, source, file.parent, made)
    loaded = load_species(tmp_path / "built.npz", study, source, file.parent).built
    for name in names:
        first, second = plan.built[name][0].structure, loaded[name][0].structure
        assert (first.added, first.vacancies) == (second.added, second.vacancies)
        assert (first.atoms.numbers == second.atoms.numbers).all()
    picture = write_picture(plan.built["slab.Frenkel"][0].structure, tmp_path / "frenkel.png")
    assert picture.stat().st_size > 10_000
    pixels = int.from_bytes(picture.read_bytes()[16:20], "big")  # width in the header of a PNG
    assert pixels == pytest.approx(17.8 / 2.54 * 300, abs=1)


def test_command_line_builds_and_checks_them(write_study, tmp_path):
    file = write_study(SLABS, DEFECTS, '[[dos]]\nspecies = "slab.I_i"\n')

    def passivant(*arguments):
        done = subprocess.run(
            [PASSIVANT, *map(str, arguments)],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    (row,) = passivant("build", file, "slab.Pb_I", "-o", "out", "--json")
    assert row["formula"] == "Cs4Pb9I19"
    checked = passivant("check", file, "--json")
    assert {each["species"] for each in checked["species"]} >= {"slab", "slab.I_i"}
    assert set(passivant("schema")["$defs"]["Defect"]["properties"]) >= {"kind", "on", "moment"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('kind = "interstitial"', 'kind = "hole"', "defects.I_i.kind = 'hole'"),
        (
            'element = "I"\n\n[defects.Pb_int',
            'on = "I"\n\n[defects.Pb_int',
            "on does not go with kind",
        ),
        ('on = "I"\n\n[defects.Br_I', "\n[defects.Br_I", "kind = 'antisite' needs on"),
        ("moment = 5.0\n", "", "defects.Mn_Pb.moment: .* for high-spin Mn2\\+ moment = 5.0"),
        ('element = "Br"', 'element = "Pb"', "defects.Br_I.kind: Pb is an ion of this slab"),
        ('element = "Br"', 'element = "I"', "I in place of I changes nothing"),
        ('element = "Br"', 'element = "N"\nmoment = 1.0', "moment goes with Ti, V"),
        ('"Pb"\non = "I"', '"Sn"\non = "I"', "defects.Pb_I.kind: Sn is no ion of this slab"),
        ('parts = ["V_Cs", "V_I"]', 'parts = ["V_Cs"]', "a pair needs at least two parts"),
        ('parts = ["V_Cs", "V_I"]', 'parts = ["V_Cs", "X"]', "S_CsI.parts: 'X' is no vacancy"),
        ('parts = ["V_Cs", "V_I"]', 'parts = ["V_Cs", "Frenkel"]', "'Frenkel' is no vacancy"),
        ('kind = "adatom"', 'kind = "adatom"\nsite = "X-site"', "defects.I_ad.site = 'X-site'"),
        ('kind = "adatom"', 'kind = "adatom"\nsite = "A-top"', "I_ad.site: this face, .* has no"),
        ('kind = "adatom"', 'kind = "adatom"\nstarts = ["dimer"]', "'dimer' goes with kind = 'vac"),
        ("[defects.V_Cs]", "[defects.V_I]", "'V_I' is used in .vacancies. and in .defects."),
        ('element = "Cs"\n', 'element = "N"\n', "V_Cs.element: the slab has no N; its ions: Cs"),
    ],
)
def test_what_cannot_be_right_is_refused_in_one_sentence(write_study, old, new, words):
    assert old in DEFECTS
    names = ("V_Cs", "I_i", "I_ad", "Pb_I", "Br_I", "Mn_Pb", "S_CsI")
    text = "".join(f'[[dos]]\nspecies = "slab.{name}"\n' for name in names)
    with pytest.raises(StudyError, match=words) as caught:
        make_plan(write_study(SLABS, DEFECTS.replace(old, new, 1), text))
    assert "\n" not in str(caught.value)


def test_atoms_of_molecular_ions_are_not_removed(write_study):
    text = SLABS.replace('element = "MA"', 'element = "N"')
    file = write_study(text)
    builder = SpeciesBuilder(load_study(file)[0], file)
    words = "vacancies.V_MA.element: N is part of MA, which leaves as a whole: give 'MA'"
    with pytest.raises(StudyError, match=words):
        builder.build("organic.V_MA")


@pytest.mark.parametrize("equation", REACTIONS)
def test_reactions_of_defects_stand_below_their_question(equation):
    reaction = parse_reaction(equation)
    others = ["I_i", "Pb_I", "Br_I", "S_CsI", "S_PbI2", "Frenkel"]
    assert question(reaction, ["V_I", "V_Cs"], others) == REACTIONS[equation]


def test_groups_around_defects_have_names(builder):
    groups = atom_groups(builder.build("organic.V_MA")[0].structure)
    # Twelve iodides around the cation, of which the slab of one cation layer has all.
    assert len(groups["beside V_MA"]) == 12
    # The layer is named as if the ion were there: C N H6 and I.
    assert "layer 2 from below, CH6IN" in groups
    structure = builder.build("slab.I_i")[0].structure
    groups = atom_groups(structure)
    # The new iodide, four iodides around it and the Cs below.
    assert len(structure.atoms) - 1 in groups["beside added I"]
    around = structure.atoms[groups["beside added I"]].symbols.formula.count()
    assert around == {"I": 5, "Cs": 1}


def test_whole_ions_are_one_vacancy_in_the_geometry(builder):
    (found,) = builder.build("organic.V_MA")
    whole = builder.build("organic")[0].structure
    removed = np.setdiff1d(np.arange(len(whole.atoms)), found.parent_atoms)
    vacant = found.structure.atoms.copy()
    relaxation = vacancy_relaxation(whole, whole.atoms, vacant, found.parent_atoms, removed)
    assert relaxation.element == "MA"
    assert len([each for each in relaxation.neighbours if each.bonded]) == 12
    assert {each.moved_A for each in relaxation.neighbours} == {0.0}


THERMODYNAMICS = """
[chemical_potentials]
host = "bulk"
phases = ["PbI2", "CsI", "I2", "Cs", "Pb"]
formation = ["{0}"]

[crystals.bulk]
material = "CsPbI3"

[crystals.CsI]
material = "CsI"
prototype = "cesiumchloride"

[crystals.Cs]
material = "Cs"
prototype = "bcc"

[crystals.Pb]
material = "Pb"
prototype = "fcc"
"""


@pytest.mark.parametrize("name", ["slab.I_i", "slab.Pb_I", "slab.Frenkel", "slab.OA.S_CsI"])
def test_formation_of_defects_over_chemical_potentials(write_study, name):
    plan = make_plan(write_study(SLABS, DEFECTS, THERMODYNAMICS.format(name)))
    assert name in plan.species


def test_formation_needs_chemical_potentials_of_all_elements(write_study):
    words = "formation: 'slab.Br_I' changes the number of Br atoms, which have no chemical"
    with pytest.raises(StudyError, match=words):
        make_plan(write_study(SLABS, DEFECTS, THERMODYNAMICS.format("slab.Br_I")))


@pytest.mark.parametrize(
    ("name", "count"),
    [("slab.V_I", 1), ("slab.V_I.V_I", 2), ("slab.I_i", 1), ("slab.Frenkel", 1), ("slab.S_PbI2", 1),
     ("slab.S_CsI.I_i", 2), ("double.I_i", 2), ("double.Mn_Pb", 2)],
)  # fmt: skip
def test_number_of_defects_in_a_cell(builder, name, count):
    made, whole = (builder.build(each)[0].structure for each in (name, name.split(".")[0]))
    assert defect_count(builder.study, name, made, whole) == count
