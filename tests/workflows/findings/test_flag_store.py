"""What became of relaxed structures is found once, and again after every change."""

import json

import numpy as np
import pytest

import workflows.findings.flag_store
from analysis.results import atoms_to_dict
from tests.conftest import AMMONIA_ON_PBI2
from workflows.execution.engine import prepare
from workflows.findings.findings import Findings
from workflows.findings.flag_store import FLAGS_FILE
from workflows.findings.states import study_folder, task_folder
from workflows.planner import make_plan
from workflows.store import write_result


@pytest.fixture
def looked_at(monkeypatch):
    """Formulas of the structures that are looked at while the test runs."""
    names = []
    find = workflows.findings.flag_store.geometry_flags

    def noted(planned, *arguments, **options):
        names.append(str(planned.atoms.symbols))
        return find(planned, *arguments, **options)

    monkeypatch.setattr(workflows.findings.flag_store, "geometry_flags", noted)
    return names


@pytest.fixture
def finished(tmp_path, write_study):
    """A study whose results are its plans, but for a proton that left its nitrogen."""
    file, results = write_study(AMMONIA_ON_PBI2), tmp_path / "results"
    plan = make_plan(file, results)
    prepare(plan, results)
    for name in plan.species:
        store(plan, results, name, 1.5 if name == "slab.NH3" else 0.0)
    return file, results


def store(plan, results, name, stretch_A):
    task = plan.tasks[plan.relax_keys[name][0]]
    atoms = plan.species[name][0].structure.atoms.copy()
    hydrogen = np.flatnonzero(atoms.symbols == "H")
    if stretch_A:
        atoms.positions[hydrogen[0]] += stretch_A * (
            atoms.positions[hydrogen[0]] - atoms.positions[hydrogen].mean(axis=0)
        )
    given = {k: task.spec[k] for k in ("level", "fingerprint", "charge")}
    values = {"energy_eV": -1.0, **given, "structure": atoms_to_dict(atoms)}
    write_result(task_folder(task, results), task.kind, task.key, values)


def flags(file, results):
    plan = make_plan(file, results)
    every = Findings(plan, results).species.values()
    return [flag for species in every for flag in species.flags]


def test_flags_are_found_once(finished, looked_at):
    first = flags(*finished)
    assert first == ["slab.NH3: a proton moved from N of NH3 to nothing"]
    assert len(looked_at) == 2
    looked_at.clear()
    assert flags(*finished) == first
    assert looked_at == []


def test_another_result_is_looked_at(finished, looked_at):
    file, results = finished
    flags(file, results)
    looked_at.clear()
    store(make_plan(file, results), results, "slab.NH3", 0.0)
    assert flags(file, results) == []
    assert looked_at == ["PbI2NH3"]


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", "[" * 100_000, '{"origin": 1}', "cut", "other code"]
)
def test_a_damaged_file_is_replaced(finished, looked_at, damage):
    file, results = finished
    first = flags(file, results)
    stored = study_folder(make_plan(file), results) / FLAGS_FILE
    whole = stored.read_text()
    if damage == "other code":
        damage = json.dumps({**json.loads(whole), "origin": "other"})
    stored.write_text(whole[: len(whole) // 2] if damage == "cut" else damage)
    looked_at.clear()
    assert flags(file, results) == first
    assert len(looked_at) == 2
    assert stored.read_text() == whole


def test_nothing_is_written_for_a_study_that_never_ran(finished, tmp_path):
    file, _ = finished
    nowhere = tmp_path / "nowhere"
    flags(file, nowhere)
    assert not nowhere.exists()
