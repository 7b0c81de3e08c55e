"""Results of an earlier version are taken as done and give the same numbers."""

import json
import shutil
from pathlib import Path

import pytest

from docs.tools.kept_results import KEPT
from tests.workflows.cli.test_main import passivant
from workflows.execution.engine import run_plan
from workflows.findings.findings import Findings
from workflows.findings.states import task_states
from workflows.planner import make_plan
from workflows.study import level
from workflows.study.shipped import shipped_text
from workflows.summary import document_of

#: Made with version 0.1.0 before there were recipes; without logs, densities and trajectories.
STORED = Path(__file__).parent / "data" / "earlier_results"
#: As that version printed them.
ENERGIES_EV = {"adsorption": -1.1613279738821944, "vacancy": 3.8048332984222486}
#: The interaction of the molecule's dipole with its images is now subtracted.
IMAGES_EV = -0.004103682094172001
SPIN_ORBIT_EV, BASIN_EV, INTERACTION_EV = 0.08554216510641766, 0.012833411886072454, -0.6836708536
WORK_FUNCTION_EV, LATTICE_CONSTANT_A = 4.351008887264065, 4.668569344818685


def codes():
    """Versions that the results were made with."""
    result = next(iter(STORED.glob("results/tasks/relax-*/result.json")))
    return json.loads(result.read_text(encoding="utf-8"))["values"]["level"]["codes"]


def same_versions():
    return all(level.installed_version(name) == version for name, version in codes().items())


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy to work in; levels name the versions that the results were made with."""
    shutil.copytree(STORED, tmp_path / "study")
    old, installed = codes(), level.installed_version
    if not same_versions():
        monkeypatch.setattr(level, "installed_version", lambda n: old.get(n) or installed(n))
    return tmp_path / "study"


def test_all_tasks_are_done_and_numbers_are_the_same(copy):
    plan, results = make_plan(copy / "study.toml"), copy / "results"
    # That version did not try the vacancy in the basin of the covered slab, which is not lower.
    (new,) = [s.task for s in task_states(plan, results).values() if s.state != "done"]
    assert new.label == "relax slab.V from the better basin"
    run_plan(plan, results, cores=1)
    found = Findings(plan, results)
    assert {state.state for state in found.states.values()} == {"done"}
    assert not list(copy.glob("results/tasks/*/gpaw.txt"))
    kinds = {state.task.kind for state in found.states.values()}
    assert kinds == {"relax", "crystal", "dos", "electrostatics", "split", "spin-orbit"}
    data = document_of(found)
    energies = {row["name"]: row["reaction_energy_eV"] for row in data["reactions"]}
    adsorption_eV = ENERGIES_EV["adsorption"] + IMAGES_EV
    assert energies == pytest.approx({**ENERGIES_EV, "adsorption": adsorption_eV})
    assert data["spin_orbit_checks"][0]["change_eV"] == pytest.approx(SPIN_ORBIT_EV)
    assert data["basin_checks"][0]["change_eV"] == pytest.approx(BASIN_EV)
    assert data["splits"][0]["interaction_eV"] == pytest.approx(INTERACTION_EV)
    assert data["electrostatics"][0]["work_function_top_eV"] == pytest.approx(WORK_FUNCTION_EV)
    assert data["crystals"]["CsI"]["lattice_constant_A"] == pytest.approx(LATTICE_CONSTANT_A)


@pytest.mark.skipif(not same_versions(), reason="GPAW or its datasets have another version")
def test_run_recomputes_nothing(copy):
    stored = {file: file.read_bytes() for file in copy.glob("results/tasks/*/result.json")}
    answer = passivant("run", copy / "study.toml", cwd=copy)
    assert answer.returncode == 0, answer.stderr
    assert {file: file.read_bytes() for file in stored} == stored
    assert not list(copy.glob("results/tasks/*/gpaw.txt"))


@pytest.mark.long
def test_kept_results_of_the_published_study_are_those_of_the_shipped_study(tmp_path):
    study = tmp_path / "campaign.toml"
    study.write_text(shipped_text("campaign"), encoding="utf-8")
    states = task_states(make_plan(study), KEPT)
    folders = {file.parent.name for file in KEPT.glob("tasks/*/result.json")}
    assert folders == {s.task.folder for s in states.values() if s.state == "done"}
