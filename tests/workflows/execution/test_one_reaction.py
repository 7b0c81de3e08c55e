"""`passivant run --reaction NAME`: what one reaction needs is calculated, and nothing else."""

import json

import pytest

from tests.conftest import HCL
from tests.workflows.cli.test_main import passivant

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
