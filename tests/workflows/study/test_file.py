"""The study file: what is accepted, and the sentence for what is not."""

import json

import pytest

from slabs.errors import InputError
from tests.conftest import AMMONIA_ON_PBI2, HCL, METHYLAMINE, smoke_text
from workflows.planner import make_plan
from workflows.study.errors import StudyError
from workflows.study.file import Study, load_study, parse_study
from workflows.study.shipped import SHIPPED, shipped_text


def test_all_keys_of_a_table_that_are_wrong_are_named_at_once():
    text = SMOKE.replace("\nvacuum_A = 6.0", "\nvacum_A = 6.0\nside = 'up'", 1)
    text = text.replace("\nlayers = 3", "\nlayers = 0", 1)
    text = text.replace('functional = "PBE"', 'functional = "B3LYP"')
    with pytest.raises(StudyError) as caught:
        parse_study(text, "s.toml")
    message = str(caught.value)
    assert message.count("s.toml: ") == 1
    for words in (
        "surfaces.slab.vacum_A is not a key; did you mean 'vacuum_A'?; ",
        "surfaces.slab.side is not a key; did you mean 'sides'?; ",
        "surfaces.slab.layers = 0 is not allowed: ",
    ):
        assert message.count(words) == 1, words
    assert "; allowed: material, " in message
    assert "vacuum_A is missing" not in message  # that is the unknown key
    assert "B3LYP" not in message  # of another table
    with pytest.raises(
        StudyError, match=r"reactions\.\d+\.name is missing; .*equation is missing$"
    ):
        parse_study(SMOKE + "\n[[reactions]]\n")


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_studies_are_valid(name):
    assert parse_study(shipped_text(name)).reactions


def test_schema_is_json_and_names_units():
    text = json.dumps(Study.model_json_schema())
    assert "vacuum_A" in text
    assert "ecut_eV" in text


SMOKE = smoke_text()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "\nvacuum_A = 6.0",
            "\nvacum_A = 6.0",
            "surfaces.slab.vacum_A is not a key; did you mean 'vac",
        ),
        ("\nvacuum_A = 6.0", "\nvacuum_nm = 0.6", "surfaces.slab.vacuum_nm is not a key"),
        (
            "ecut_eV = 220.0",
            "ecut_eV = 16.2",
            "level.ecut_eV = 16.2 .* greater than or equal to 150",
        ),
        ("ecut_eV = 220.0", 'ecut_eV = "220"', "level.ecut_eV = '220' .* number"),
        ("ecut_eV = 220.0", "ecut_eV = nan", "level.ecut_eV = nan"),
        ("ecut_eV = 220.0", "ecut_eV = inf", "level.ecut_eV = inf"),
        ('functional = "PBE"', 'functional = "B3LYP"', "level.functional = 'B3LYP' .*'PBE'"),
        ("size = [1, 1]", "size = [1, 0]", r"surfaces.slab.size.1 = 0"),
        ("size = [1, 1]", "size = [1]", r"surfaces.slab.size"),
        ('"PBE"', '"BEEF-vdW"', r"level: BEEF-vdW contains dispersion; .* 'none', not 'D3"),
        ('balance = "electron"', 'balance = "charged"', "ligands.GA.balance = 'charged'"),
        ('counter_ion = "I"', "", "counter_ion goes with balance = 'counter-ion'"),
        (
            "[ligands.OAm]",
            '[ligands."../OAm"]',
            "ligands: '../OAm' is not a name; allowed: a letter",
        ),
        ("[level]", "[level", "not a TOML document"),
        ("slab + OAm -> slab.OAm", "slab + OAm slab.OAm", "needs exactly one '->'"),
        ('title = "Smoke', 'colour = "red"\ntitle = "Smoke', "colour is not a key"),
    ],
)
def test_bad_values_name_the_key_the_value_and_what_is_allowed(old, new, words):
    assert old in SMOKE
    with pytest.raises(StudyError, match=words) as caught:
        parse_study(SMOKE.replace(old, new, 1), "study.toml")
    assert str(caught.value).startswith("study.toml: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("layers = 3", "layers = 4", "surfaces.slab.layers: .* layers may be 1, 3, 5"),
        ('"PbI2"', '"PbO"', "surfaces.slab.termination"),
        (
            "slab + OAm -> slab.OAm",
            "slab + OAm -> slab.OA",
            r"is not balanced: .* leave H -3, N -1, O \+2",
        ),
        (
            "slab + OAm -> slab.OAm",
            "slab + X -> slab.X",
            "'X' starts with 'X', which is not defined",
        ),
        ("slab + OAm -> slab.OAm", "slab -> slab.V_I.OAm", "ligands first and its vacancies last"),
        ("1/2 I2", "I2", r"not balanced: .* I \+1"),
        (
            "truncate_to_carbons = 1 ",
            "truncate_to_carbons = 18 ",
            "ligands.OAm.truncate_to_carbons",
        ),
        (
            'balance = "electron"',
            "",
            r"ligands.GA.balance: .* has the charge \+1",
        ),
        ('element = "I"', 'element = "Br"', "vacancies.V_I.element: the slab has no Br"),
        (
            'material = "CsPbI3"',
            'material = "CsPbX3"',
            "surfaces.slab.material: 'CsPbX3' contains 'X'",
        ),
        (
            '[[dos]]\nspecies = "slab"',
            '[[dos]]\nspecies = "CsPbI3"\nalign = "vacuum"',
            "dos.0.align: 'CsPbI3' has no vacuum level",
        ),
        (
            '[[density_differences]]\nspecies = "slab.OAm"',
            '[[density_differences]]\nspecies = "slab"',
            "density_differences.0.species: .* at least one ligand",
        ),
    ],
)
def test_impossible_combinations_are_found_before_anything_runs(tmp_path, old, new, words):
    assert old in SMOKE
    file = tmp_path / "study.toml"
    file.write_text(SMOKE.replace(old, new, 1))
    with pytest.raises(InputError, match=words) as caught:
        make_plan(file)
    assert str(caught.value).startswith(str(file))
    assert list(tmp_path.iterdir()) == [file]


def test_missing_and_unreadable_files(tmp_path):
    with pytest.raises(StudyError, match="cannot be read"):
        load_study(tmp_path / "nothing.toml")
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StudyError, match="cannot be read"):
        load_study(binary)


def test_names_must_differ_between_tables(write_study):
    with pytest.raises(StudyError, match=r"used in \[ligands\] and in \[molecules\]"):
        load_study(write_study(METHYLAMINE, '[molecules.OAm]\nsmiles = "CN"\n'))


def test_names_that_mean_something_else_are_refused(write_study):
    for name in ("surface", "whole"):
        with pytest.raises(StudyError, match="has a meaning of its own"):
            load_study(write_study(METHYLAMINE.replace("OAm]", f"{name}]")))


def test_crystal_with_its_own_k_points_cannot_react(write_study):
    crystal = """
[crystals.CsI]
material = "CsI"
prototype = "cesiumchloride"
lattice_constants_A = [4.6]
kpoint_length_A = 20.0
[[reactions]]
name = "x"
equation = "CsI -> CsI2"
[molecules.CsI2]
smiles = "[Cs]I"
"""
    with pytest.raises(StudyError, match="kpoint_length_A of its own"):
        make_plan(write_study(crystal))


def test_study_that_asks_for_nothing(write_study):
    with pytest.raises(StudyError, match="asks for no calculation"):
        make_plan(write_study())


def test_parts_of_the_test_studies_fit_together(write_study):
    assert len(make_plan(write_study(HCL, METHYLAMINE, AMMONIA_ON_PBI2)).tasks) == 3 + 2 + 4
