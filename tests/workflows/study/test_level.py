"""Named levels, single points at structures of another level, and their names."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from ase import Atoms
from pydantic import ValidationError

from tests.conftest import HCL, METHYLAMINE
from tests.findings import rows_of
from workflows.execution.engine import run_plan
from workflows.findings.words import level_sentences, level_words
from workflows.planner import make_plan
from workflows.study.errors import StudyError
from workflows.study.level import NAMED_LEVELS, PATH_SETTINGS, Level, kpoints, named_levels
from workflows.study.model import Study
from workflows.summary import document, tables

PASSIVANT = str(Path(sys.executable).parent / "passivant")

SINGLE_POINT = """
[single_point]
base = "draft"
name = "better"
caveat = ""
ecut_eV = 420.0
dispersion = "{dispersion}"
"""


def level(**changes):
    return Level.model_validate(changes)


@pytest.mark.parametrize("name", NAMED_LEVELS)
def test_named_level_is_its_base(name):
    made = level(base=name)
    assert made.name == name
    assert {k: getattr(made, k) for k in named_levels()[name]} == named_levels()[name]


def test_levels_become_stricter():
    smoke, draft, production = (level(base=name) for name in NAMED_LEVELS)
    assert smoke.ecut_eV < draft.ecut_eV < production.ecut_eV
    assert smoke.fmax_eV_per_A > draft.fmax_eV_per_A > production.fmax_eV_per_A
    assert smoke.caveat
    assert draft.caveat
    assert not production.caveat


def test_changed_level_needs_a_name_of_its_own():
    with pytest.raises(ValidationError, match=r"ecut_eV = 300.0 differs from the named level 'dra"):
        level(base="draft", ecut_eV=300.0)
    with pytest.raises(ValidationError, match="differs from the named level 'production'"):
        level(**{**named_levels()["draft"], "name": "production"})
    own = level(base="draft", name="mine", ecut_eV=300.0)
    assert own.kpoint_length_A == level(base="draft").kpoint_length_A
    # How a minimum is reached is no part of what the level is.
    assert set(PATH_SETTINGS) >= {"max_steps", "optimizer"}
    assert level(base="draft", max_steps=7).physics() == level(base="draft").physics()


def test_name_of_a_level_is_said_once_with_its_caveat():
    for name in named_levels():
        assert not level(base=name).caveat.startswith(name)
    study = Study.model_validate({"title": "x", "level": {"base": "draft"}, "molecule_vacuum_A": 4})
    words = "draft: cutoff and k-points are not converged"
    assert level_words(study) == words
    assert level_sentences(study)[-1] == "Cutoff and k-points are not converged."
    own = level(base="draft", name="coarse", caveat="coarse: a trial")
    assert own.caveats == ["a trial"]
    better = study.model_copy(update={"single_point": level(base="production")})
    words = "production//draft: structures: cutoff and k-points are not converged"
    assert level_words(better) == words


def test_base_and_name_are_no_part_of_the_physics():
    own = level(**named_levels()["draft"], name="written out")
    assert own.physics() == level(base="draft").physics()
    assert own.physics() != level(base="draft", name="x", smearing_eV=0.1).physics()


def test_single_points_follow_the_relaxations(write_study):
    plain = make_plan(write_study(METHYLAMINE, HCL))
    plan = make_plan(write_study(METHYLAMINE, HCL, SINGLE_POINT.format(dispersion="none")))
    relaxations = {k for k, t in plain.tasks.items() if t.kind == "relax"}
    assert relaxations == {k for k, t in plan.tasks.items() if t.kind == "relax"}
    for name, (key,) in plan.species_keys.items():
        task = plan.tasks[key]
        assert task.kind == "single-point"
        assert task.parents == plan.relax_keys[name]
        assert task.spec["level"]["ecut_eV"] == 420.0
        assert task.spec["level"]["geometry"]["ecut_eV"] == 300.0
        assert "fmax_eV_per_A" not in task.spec["level"]
    (dos,) = (t for t in plan.tasks.values() if t.kind == "dos")
    assert dos.parents == plan.species_keys["OAm"]
    assert plan.study.level_name == "better//test"
    assert plan.study.caveat == "structures: only for tests"


def test_another_relaxation_level_is_another_level(write_study):
    single = SINGLE_POINT.format(dispersion="none")
    one = make_plan(write_study(HCL, single, name="one"))
    two = make_plan(write_study(HCL, single, name="two", fmax=0.2))
    prints = [
        {p.tasks[k].spec["fingerprint"] for (k,) in p.species_keys.values()} for p in (one, two)
    ]
    assert len(prints[0]) == len(prints[1]) == 1
    assert prints[0] != prints[1]


def test_energies_of_single_points_with_gpaw(write_study, tmp_path):
    results = tmp_path / "results"
    staged = make_plan(
        write_study(HCL, SINGLE_POINT.format(dispersion="D3(BJ)"), ecut=340.0, vacuum=4.0)
    )
    states = run_plan(staged, results, cores=2)
    assert {s.state for s in states.values()} == {"done"}
    (row,) = rows_of("reactions", staged, states)
    # As for the relaxed molecules at this cutoff: PBE atomisation energies give -0.91 eV.
    assert row.reaction_energy_eV == pytest.approx(-0.91, abs=0.04)
    assert all("/single-point-" in term.folder for term in row.terms)
    for name, (key,) in staged.species_keys.items():
        values = states[key].result.values
        relaxed = states[staged.relax_keys[name][0]].result
        assert values["structure"] == relaxed.values["structure"]
        assert values["level"]["dispersion"] == "D3(BJ)"
        assert values["energy_eV"] != relaxed.values["energy_eV"]
        assert relaxed.values["dispersion_energy_eV"] == 0.0
    data = document(staged, results)
    assert data["level"]["name"] == data["reactions"][0]["level"] == "better//test"
    assert data["level"]["energy"]["ecut_eV"] == 420.0
    assert data["level"]["relaxation"]["ecut_eV"] == 340.0
    (table,) = tables(staged, results, "reactions")
    assert table.rows[0][table.columns.index("Level")] == "better//test: structures: only for tests"
    assert any("Structures relaxed at 'test'" in note for note in table.footnotes)


def test_bad_levels_are_refused_in_one_sentence(write_study):
    file = write_study(HCL, SINGLE_POINT.format(dispersion="none").replace("draft", "drift"))
    with pytest.raises(StudyError, match=r"single_point\.base = 'drift' is not allowed"):
        make_plan(file)


def test_levels_command_prints_every_setting():
    done = subprocess.run(
        [PASSIVANT, "levels", "--json"], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["production"]["ecut_eV"] == 600.0
    text = subprocess.run([PASSIVANT, "levels"], capture_output=True, text=True, check=True).stdout
    assert all(key in text for key in named_levels()["smoke"])


@pytest.mark.parametrize(
    ("cell", "length_A", "grid"),
    [
        # Distances of the planes of a hexagonal cell of 4.558 A: 3.947 A.
        ([4.558, 4.558, 6.986, 90, 90, 120], 12.0, [4, 4, 2]),
        ([4.558, 4.558, 6.986, 90, 90, 90], 12.0, [3, 3, 2]),
        # The primitive cell of a face-centred cube of 7 A: planes (111), 4.04 A apart.
        ([4.9497, 4.9497, 4.9497, 60, 60, 60], 12.0, [3, 3, 3]),
        ([4.9497, 4.9497, 4.9497, 60, 60, 60], 12.2, [4, 4, 4]),
        # A surface cell that is skewed by one vector: 6.29 and 6.29 / sqrt(2) A.
        ([6.29, 8.8954, 20.0, 90, 90, 45], 13.0, [3, 3, 1]),
    ],
)
def test_k_points_follow_the_distances_of_lattice_planes(cell, length_A, grid):
    atoms = Atoms("H", cell=cell, pbc=True)
    assert kpoints(atoms, length_A) == grid


def test_k_points_do_not_depend_on_the_choice_of_orthogonal_cells():
    slab = Atoms("H", cell=[6.29, 12.58, 30.0], pbc=[True, True, False])
    assert kpoints(slab, 12.58) == [2, 1, 1]
