"""`passivant run --reaction NAME`: what one reaction needs is calculated, and nothing else."""

import io
import json

import pytest
from rich.console import Console

from tests.conftest import HCL
from tests.pretended import pretend_results
from tests.workflows.cli.test_main import passivant
from workflows.execution.engine import prepare
from workflows.execution.progress import Watcher
from workflows.findings.states import task_folder, task_states
from workflows.planner import make_plan
from workflows.store import write_failure

#: Of another reaction, which shares H2 with that of HCl.
WATER = """
[molecules.O2]
smiles = "O=O"
multiplicity = 3

[molecules.H2O]
smiles = "O"

[[reactions]]
name = "formation of water"
equation = "H2 + 1/2 O2 -> H2O"
"""


@pytest.fixture
def study(write_study):
    return write_study(HCL, WATER, ecut=200.0, fmax=0.9)


def states(study):
    answer = passivant("status", study, "--json", cwd=study.parent)
    return {row["task"]: row["state"] for row in json.loads(answer.stdout)}


def test_only_its_tasks_run_and_the_rest_is_named_as_next(study):
    answer = passivant("run", study, "--reaction", "formation of HCl", cwd=study.parent)
    assert answer.returncode == 0, answer.stderr
    assert "3 of 3 done" in answer.stderr
    assert f"next: passivant run {study}" in answer.stderr
    done = {"relax H2", "relax Cl2", "relax HCl"}
    assert {task for task, state in states(study).items() if state == "done"} == done
    assert set(states(study).values()) == {"done", "waiting"}
    table = passivant("table", study, "--json", cwd=study.parent).stdout
    energies = {row["name"]: row["reaction_energy_eV"] for row in json.loads(table)["reactions"]}
    assert -1.3 < energies["formation of HCl"] < -0.6
    assert energies["formation of water"] is None


def test_a_name_that_no_reaction_has_is_refused_before_anything_is_written(study):
    before = sorted(study.parent.rglob("*"))
    names = ("--reaction", "formation of HCl", "--reaction", "formation of")
    answer = passivant("run", study, *names, cwd=study.parent)
    assert answer.returncode == 2
    assert "there is no reaction 'formation of'; names: 'formation of HCl', 'for" in answer.stderr
    assert sorted(study.parent.rglob("*")) == before


def test_failures_of_other_tasks_stay_as_they_are(study, tmp_path):
    plan = make_plan(study)
    results = tmp_path / "results"
    prepare(plan, results)
    for task in plan.tasks.values():
        write_failure(task_folder(task, results), "killed", False, 40, may_pass=True)
    wanted = plan.needed_by(("H2", "Cl2", "HCl"))
    todo = prepare(plan, results, retry_failed=True, only=wanted)
    assert [task.label for task in todo] == ["relax H2", "relax Cl2", "relax HCl"]
    failed = {s.task.label for s in task_states(plan, results).values() if s.state == "failed"}
    assert failed == {"relax O2", "relax H2O"}


def test_time_left_is_not_guessed_for_a_cluster(study, tmp_path):
    plan = make_plan(study)
    prepare(plan, tmp_path)
    only = plan.needed_by(("H2", "Cl2"))
    for cores, words in ((None, "(1 of 2 done after 0 min)"), (1, "(1 of 2 done after 0 min, ")):
        console = Console(file=io.StringIO(), width=200)
        with Watcher(plan, tmp_path / str(cores), cores, console, only):
            pretend_results(plan, tmp_path / str(cores), {"H2": -1.0})
        assert words in console.file.getvalue()
