"""The plan: what is in a key, what is shared, and what starts from what."""

import numpy as np
import pytest

from tests.conftest import AMMONIA_ON_PBI2, HCL, METHYLAMINE, smoke_text
from workflows.execution.engine import prepare
from workflows.findings.states import task_folder, task_states
from workflows.planner import make_plan
from workflows.study.level import kpoints
from workflows.study.shipped import shipped_text


def keys(plan):
    return {task.label: key for key, task in plan.tasks.items()}


def smoke(tmp_path, old="", new="", name="study.toml"):
    file = tmp_path / name
    file.write_text(smoke_text().replace(old, new) if old else smoke_text())
    return make_plan(file)


def test_same_study_same_keys(tmp_path):
    assert keys(smoke(tmp_path)) == keys(smoke(tmp_path, name="elsewhere.toml"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ecut_eV = 220.0", "ecut_eV = 230.0"),
        ("fmax_eV_per_A = 0.9", "fmax_eV_per_A = 0.4"),
        ('"D3(BJ)"', '"none"'),
        ("smearing_eV = 0.1", "smearing_eV = 0.2"),
    ],
)
def test_physics_changes_every_key(tmp_path, old, new):
    assert old in smoke_text()
    first, second = keys(smoke(tmp_path)), keys(smoke(tmp_path, old, new))
    assert first.keys() == second.keys()
    relaxed = [label for label in first if label.startswith("relax")]
    assert all(first[label] != second[label] for label in relaxed)


def test_labels_and_limits_change_no_key(tmp_path):
    first = keys(smoke(tmp_path))
    text = smoke_text()
    for old, new in [
        ("max_steps = 60", "max_steps = 600"),
        ("not converged, not for publication", "something else"),
        ('title = "Smoke', 'title = "Other'),
    ]:
        assert old in text
        assert keys(smoke(tmp_path, old, new)) == first


def test_studies_share_what_is_equal(tmp_path, write_study):
    one = make_plan(write_study(METHYLAMINE, name="one"))
    two = make_plan(write_study(METHYLAMINE, HCL, name="two"))
    assert set(one.tasks) < set(two.tasks)


def test_vacancy_starts_from_the_covered_slab_and_that_from_the_bare_one(tmp_path):
    plan = smoke(tmp_path)
    label = {key: task.label for key, task in plan.tasks.items()}

    def parents(name):
        return [label[key] for key in plan.tasks[plan.species_keys[name][0]].parents]

    assert parents("wide.OAm.OA.V_I") == ["relax wide.OAm.OA"]
    assert parents("wide.OAm.OA") == ["relax wide"]
    assert parents("wide") == parents("OAm") == []
    (species,) = plan.species["wide.OAm.OA.V_I"]
    parent = plan.species["wide.OAm.OA"][0].structure.atoms
    mapped = species.structure.atoms.numbers == parent.numbers[species.parent_atoms]
    assert mapped.all()
    assert len(set(species.parent_atoms)) == len(parent) - 1


def test_odd_electrons_are_spin_polarised_and_seeded(tmp_path):
    plan = smoke(tmp_path)
    odd = {n: plan.tasks[plan.species_keys[n][0]].spec["spin_polarised"] for n in plan.species}
    assert odd["wide.V_I"]
    assert odd["slab.GA"]
    assert odd["wide.OAm.OA.V_I"]
    assert not odd["wide.GA.OA.V_I"]
    assert not odd["slab.GAI"]
    for name, polarised in odd.items():
        moments = plan.species[name][0].structure.atoms.get_initial_magnetic_moments()
        assert np.isclose(moments.sum(), 1.0 if polarised else 0.0), name


def test_paper_study_plans_all_of_the_published_system(tmp_path):
    file = tmp_path / "paper.toml"
    file.write_text(shipped_text("paper"))
    plan = make_plan(file)
    assert len(plan.species["slab.OAm.OA.V_I"][0].structure.atoms) == 52 + 56 + 54 - 1
    assert plan.species["slab.GAx"][0].structure.electrons % 2 == 0
    assert [r.name for r in plan.study.reactions if r.published_source] != []


def test_k_points_scale_with_the_cell(tmp_path):
    atoms = smoke(tmp_path).species["wide"][0].structure.atoms
    assert kpoints(atoms, 6.0) == [1, 1, 1]
    assert kpoints(atoms, 12.58) == [1, 2, 1]
    assert kpoints(atoms, 25.2) == [3, 5, 1]


def test_prepare_writes_folders_once_and_sets_damaged_results_aside(write_study, tmp_path):
    plan = make_plan(write_study(AMMONIA_ON_PBI2))
    results = tmp_path / "results"
    todo = prepare(plan, results)
    assert {t.key for t in todo} == set(plan.tasks)
    first = next(iter(plan.tasks.values()))
    folder = task_folder(first, results)
    (folder / "result.json").write_text('{"schema": 1, "kind": "rel')
    state = task_states(plan, results)[first.key]
    assert state.state == "waiting"
    assert "result.json" in state.why
    prepare(plan, results)
    assert not (folder / "result.json").exists()
    assert len(list(folder.glob("result.json.*.damaged"))) == 1
