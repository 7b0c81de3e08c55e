"""Structures as a user asks for them: the study file, the command line, bad input."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from ase.build import molecule
from ase.io import read, write

from slabs.crystals.perovskite import perovskite
from workflows.planner import make_plan
from workflows.study.errors import StudyError

PASSIVANT = str(Path(sys.executable).parent / "passivant")

STUDY = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [2, 2]
layers = 3
vacuum_A = 8.0

[ligands.L]
molecule = "BA"

[vacancies.V]
element = "I"

[[dos]]
species = "slab.L.V"
"""


def passivant(*arguments, cwd):
    return subprocess.run(
        [PASSIVANT, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("CsPbI3", "CsXqI3", "surfaces.slab.material: 'CsXqI3' contains 'Xq', which is not a chem"),
        ("CsPbI3", "CsTiI3", "surfaces.slab.material: 'CsTiI3': Ti is no ion of .* B: Pb, Sn, Ge"),
        ("CsPbI3", "CsPbI2", "is not a perovskite ABX3 .* 1 A, 1 B and 2 X"),
        ("CsPbI3", "GAGeCl3", "no lattice constants are tabulated for 'GAGeCl3' .* give lattice"),
        ("CsPbI3", "CsPb0.5Ge0.5I3", "Vegard's rule needs those of its end member CsGeI3"),
        ("CsPbI3", "Cs2AgBiBr6", "is one of .crystals. with prototype = 'elpasolite'"),
        ("layers = 3", "layers = 0", "surfaces.slab.layers = 0 .* greater than or equal to 1"),
        ("layers = 3", "layers = 4", "layers may be 1, 3, 5.*"),
        ("layers = 3", "layers = 3\nmiller = [0, 0, 0]", "surfaces.slab.miller: .* not Miller ind"),
        ("layers = 3", "layers = 3\nmiller = [1, 1, 0]", "no layer 'PbI2' .* allowed: CsPbI, I"),
        ("[2, 2]", '"sqrt3xsqrt3"', "surfaces.slab.size: 'sqrt3xsqrt3' is not a surface cell; all"),
        ("[2, 2]", "[2, 2]\nphase = 'delta'", "surfaces.slab.phase = 'delta'"),
        (
            "[2, 2]",
            "[2, 2]\nlattice_constants_A = [6.3, 6.3]",
            "has 1 lattice constants .a., not 2",
        ),
        ("[2, 2]", "[2, 2]\nmixing = {seed = 1}", "surfaces.slab.mixing: .* leave mixing away"),
        ("[2, 2]", "[2, 2]\ntilts_deg = [0.0, 5.0]", "the alpha phase has no such tilts"),
        (
            "[2, 2]",
            "[2, 2]\ncrystal = 'x'",
            "give exactly one of material, file, crystal and slab_file",
        ),
        ('material = "CsPbI3"', "crystal = 'x'", "surfaces.slab.crystal: 'x' is no crystal"),
        (
            'material = "CsPbI3"',
            "file = 'none.cif'",
            "surfaces.slab.file: .*none.cif' is not a file",
        ),
        (
            'material = "CsPbI3"',
            "file = 'study.toml'",
            "surfaces.slab.file: .* is not the name of a structure file; allowed endings: .cif",
        ),
        ('material = "CsPbI3"', "file = 'water.xyz'", "surfaces.slab.file: .* is not a crystal"),
        (
            '"BA"',
            '"BA"\ncharge = 1',
            "ligands.L.charge: charge = 1, but .butylamine. has the charge 0",
        ),
        ('"BA"', '"BA"\nstate = "anion"', "ligands.L.state: BA has no state 'anion'; allowed: neu"),
        (
            '"BA"',
            '"BA"\nstate = "cation"',
            r"ligands.L.balance: .* has the charge \+1; balance may",
        ),
        ('"BA"', '"BA"\nbalance = "electron"', "ligands.L.balance: 'CCCCN' is neutral; leave bal"),
        ('"BA"', '"BA"\ncounter_ion = "I"', "counter_ion goes with balance = 'counter-ion'"),
        (
            '"BA"',
            '"BA"\nstate = "cation"\nbalance = "counter-ion"\ncounter_ion = "Pb"',
            "ligands.L.counter_ion: 'Pb'",
        ),
        (
            '"BA"',
            '"BA"\nstate = "cation"\nbalance = "substitution"\nsite = "X-site"',
            r"ligands.L.site: .* site must be 'A-site', not 'X-site'",
        ),
        ('"BA"', '"BB"', "ligands.L.molecule: 'BB' is not in the catalogue; allowed: OAm, OA, GA"),
        ('"BA"', '"BA"\nanchor_smarts = "[P]"', "ligands.L.anchor_smarts: no atom of 'CCCCN' matc"),
        ('"BA"', '"BA"\nanchor_smarts = "[["', "ligands.L.anchor_smarts: .* is not a SMARTS"),
        ('"BA"', '"BA"\nsite = "moon"', "ligands.L.site = 'moon'"),
        ('"BA"', '"BA"\nsite = "A-top"', r"slab.L.site: this face.* has no site 'A-top'; it has: "),
        (
            'molecule = "BA"',
            'smiles = "C(("\nanchor_smarts = "C"',
            "ligands.L.smiles: 'C..' is not",
        ),
        ('molecule = "BA"', 'smiles = "CN"', "smiles and file need anchor_smarts"),
        (
            'molecule = "BA"',
            'file = "study.toml"\nanchor_smarts = "N"',
            "ligands.L.file: .*study.toml",
        ),
        ('molecule = "BA"', 'file = "gone.xyz"\nanchor_smarts = "N"', "ligands.L.file: .*gone.xyz"),
        ('element = "I"', 'element = "Zz"', "vacancies.V.element: 'Zz' is not a chemical element"),
        ('element = "I"', 'element = "Br"', "vacancies.V.element: the slab has no Br"),
        ('element = "I"', 'element = "I"\ndepth = "deep"', "vacancies.V.depth = 'deep'"),
        ('element = "I"', 'element = "I"\nstarts = []', "vacancies.V.starts = .. is not allowed"),
        (
            'element = "I"',
            'element = "I"\ncharge = 1',
            r"has the charge \+1; the energy of a charged",
        ),
        ('element = "I"', 'element = "Cs"\nstarts = ["dimer"]', "a dimer needs two"),
    ],
)
def test_bad_structures_are_refused_in_one_sentence(write_study, tmp_path, old, new, words):
    assert old in STUDY
    write(tmp_path / "water.xyz", molecule("H2O"))
    file = write_study(STUDY.replace(old, new, 1))
    with pytest.raises(StudyError, match=words) as caught:
        make_plan(file)
    assert str(caught.value).startswith(str(file))
    assert "\n" not in str(caught.value)


def test_ligand_that_is_too_long_gets_told_what_would_fit(write_study):
    text = STUDY.replace("[2, 2]", "[1, 1]").replace('"BA"', '"OAm"\norientation = "flat"')
    with pytest.raises(
        StudyError, match=r"what would fit: size = \[\d, \d\] or ligands\.L\.truncate_to_c"
    ) as e:
        make_plan(write_study(text))
    assert "of its periodic image" in str(e.value)
    size = str(e.value).split("size = ")[1].split("]")[0] + "]"
    plan = make_plan(write_study(text.replace("[1, 1]", size), name="larger"))
    assert plan.species["slab.L"][0].structure.ligands == 1


def test_files_stand_for_crystals_and_ligands(write_study, tmp_path):
    write(tmp_path / "bulk.cif", perovskite("CsSnI3"))
    write(tmp_path / "amine.xyz", molecule("NH3"))
    text = STUDY.replace('material = "CsPbI3"', 'file = "bulk.cif"').replace("PbI2", "SnI2")
    text = text.replace('molecule = "BA"', 'file = "amine.xyz"\nanchor_smarts = "[NX3]"')
    plan = make_plan(write_study(text))
    assert plan.species["slab"][0].structure.atoms.get_chemical_formula() == "Cs4I20Sn8"
    covered = plan.species["slab.L"][0].structure.atoms
    n, sn = covered.symbols.indices()["N"][0], covered.symbols.indices()["Sn"]
    assert covered.get_distances(n, sn, mic=True).min() == pytest.approx(1.15 * (0.71 + 1.39))


def test_build_makes_any_species_and_writes_its_numbers(write_study, tmp_path):
    text = STUDY.replace('element = "I"', 'element = "I"\ncharge = 1').split("[[dos]]")[0]
    file = write_study(text)
    answer = passivant("build", file, "slab.L.L", "slab.V", "-o", "out", "--json", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    rows = json.loads(answer.stdout)
    assert [r["structure"] for r in rows] == ["slab.L.L", "slab.V"]
    assert [r["formula"] for r in rows] == ["Cs4Pb8C8H22I20N2", "Cs4Pb8I19"]
    assert [r["charge"] for r in rows] == [0, 1]
    assert rows[0]["highest_layer"] == rows[0]["lowest_layer"] == "PbI2"
    assert rows[0]["coverage_per_nm2"] == pytest.approx(2 / 1.258**2, abs=1e-3)
    assert rows[0]["closest_contact"]["share_of_vdw"] > 0.65
    assert rows[0]["metrics"]["angle_mean_deg"] == pytest.approx(180.0)
    assert "slab: 4 CsPbI3 + 4 PbI2" in rows[0]["notes"]
    assert len(read(tmp_path / "out" / "slab.L.L.cif")) == 32 + 2 * 16
    data = json.loads((tmp_path / "out" / "structures.json").read_text())
    assert data["structures"] == rows
    factors = {row["radii"]: row["tolerance_factor"] for row in data["tolerance_factors"]}
    assert factors["Shannon"] == pytest.approx((1.88 + 2.20) / (2**0.5 * (1.19 + 2.20)), abs=1e-4)
    lines = (tmp_path / "out" / "structures.csv").read_text().splitlines()
    assert len(lines) == 3


def test_build_without_names_makes_what_the_study_needs(write_study, tmp_path):
    answer = passivant("build", write_study(STUDY), "-o", "out", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert {p.stem for p in (tmp_path / "out").glob("*.png")} == {"slab", "slab.L", "slab.L.V"}


def test_tolerance_shows_radii_and_what_a_claim_would_need(tmp_path):
    answer = passivant("tolerance", "GAPbI3", "--claimed", "1.5", "--json", cwd=tmp_path)
    shannon = next(r for r in json.loads(answer.stdout) if r["radii"] == "Shannon")
    assert shannon["tolerance_factor"] == pytest.approx(4.98 / (2**0.5 * 3.39), abs=1e-4)
    assert shannon["claimed_needs_r_A_A"] == pytest.approx(1.5 * 2**0.5 * 3.39 - 2.20, abs=1e-4)
    bad = passivant("tolerance", "NaCl", cwd=tmp_path)
    assert (bad.returncode, "Traceback" in bad.stderr) == (2, False)
    assert "Na is no ion" in bad.stderr


@pytest.mark.parametrize("ion", ["H", "Cs"])
def test_anion_with_a_counter_ion_is_neutral_and_balanced(write_study, ion):
    extra = f'state = "anion"\nbalance = "counter-ion"\ncounter_ion = "{ion}"'
    text = STUDY.replace('molecule = "BA"', f'molecule = "AcOH"\n{extra}').split("[vacancies")[0]
    reaction = '\n[[reactions]]\nname = "x"\nequation = "slab + L -> slab.L"\n'
    plan = make_plan(write_study(text, reaction))
    assert plan.species["slab.L"][0].structure.electrons % 2 == 0


def test_vacancies_stay_in_their_layer(write_study):
    text = STUDY.replace("[2, 2]", "[1, 1]").replace("slab.L.V", "slab.V.V.V")
    with pytest.raises(StudyError, match=r"vacancies.V.depth: the surface layer has no I left"):
        make_plan(write_study(text))


def test_charge_is_per_removed_atom(write_study, tmp_path):
    text = STUDY.replace("layers = 3", 'layers = 3\nsides = "two"').split("[[dos]]")[0]
    file = write_study(text.replace('element = "I"', 'element = "I"\ncharge = 1'))
    answer = passivant("build", file, "slab.V", "-o", "out", "--json", cwd=tmp_path)
    (row,) = json.loads(answer.stdout)
    assert (row["formula"], row["charge"]) == ("Cs4Pb8I18", 2)


def test_polar_cut_is_said(write_study):
    text = (
        STUDY.split("[ligands", maxsplit=1)[0]
        .replace("PbI2", "Pb")
        .replace("layers = 3", "layers = 3\nmiller = [1, 1, 1]")
    )
    plan = make_plan(write_study(text, '[[dos]]\nspecies = "slab"\n'))
    notes = plan.species["slab"][0].structure.notes
    assert "slab: polar cut, outermost layer of +8 e per surface cell" in notes


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ('prototype = "rocksalt"\nphase = "gamma"', "phase goes with prototype = 'perovskite'"),
        ('relax = "cell"\nstrains = [0.0, 0.1, 0.2, -0.1, -0.2]', "strains go with relax = 'vol"),
        ('phase = "gamma"', "crystals.c.relax: 'volume' needs a cubic crystal"),
    ],
)
def test_keys_that_would_be_ignored_are_refused(write_study, keys, words):
    with pytest.raises(StudyError, match=words):
        make_plan(write_study(f'[crystals.c]\nmaterial = "CsPbI3"\n{keys}\n'))


@pytest.mark.parametrize("table", ["splits", "density_differences"])
def test_parts_of_radicals_on_both_faces_are_refused(write_study, table):
    text = STUDY.replace("layers = 3", 'layers = 3\nsides = "two"').split("[vacancies")[0]
    text = text.replace('"BA"', '"GA"\nbalance = "electron"')
    with pytest.raises(StudyError, match=f"{table}.0.species: .* unpaired electron on each face"):
        make_plan(write_study(text, f'[[{table}]]\nspecies = "slab.L"\n'))
