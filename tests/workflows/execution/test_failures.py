"""Tasks that cannot run: they end as failed with the reason, and the next run tries them again."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from analysis.results import load_failure
from workflows.execution.engine import environment, run_plan
from workflows.execution.job_log import last_error
from workflows.findings.states import task_states
from workflows.planner import make_plan

PASSIVANT = str(Path(sys.executable).parent / "passivant")
BOND = """
[molecules.H2]
smiles = "[H][H]"

[molecules.H]
smiles = "[H]"

[[reactions]]
name = "bond"
equation = "H2 -> 2 H"
"""


@pytest.fixture
def plan(write_study):
    return make_plan(write_study(BOND, ecut=200.0, vacuum=3.0))


def profile(folder, environment_sh, **settings):
    """A site whose jobs run on this machine, after its own script."""
    folder.mkdir()
    (folder / "config.yaml").write_text(yaml.safe_dump({"cores": 2, **settings}))
    (folder / "environment.sh").write_text(environment_sh)
    return folder


def program(folder, name, text):
    """A program that stands before all others of its name; returns the line for the shell."""
    folder.mkdir()
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)
    return f"export PATH={folder}:$PATH"


def no_datasets(folder):
    (folder / "home" / ".gpaw").mkdir(parents=True)
    (folder / "home" / ".gpaw" / "rc.py").write_text("setup_paths.clear()")
    (folder / "empty").mkdir()
    return f"export HOME={folder}/home GPAW_SETUP_PATH={folder}/empty"


def no_module(folder):
    (folder / "dftd4").mkdir()
    (folder / "dftd4" / "__init__.py").write_text("import module_that_is_missing")
    return f"export PYTHONPATH={folder}:$PYTHONPATH"


def no_gpaw(folder):
    (folder / "gpaw").mkdir()
    (folder / "gpaw" / "__init__.py").write_text("")
    return f"export PYTHONPATH={folder}:$PYTHONPATH"


SITES = {
    "no dataset": (
        no_datasets,
        'FileNotFoundError: Could not find required PAW dataset file "H.PB',
    ),
    "no module": (no_module, "ModuleNotFoundError: No module named 'module_that_is_missing'"),
    "broken GPAW": (no_gpaw, "No module named 'gpaw.__main__'"),
    "no program": (lambda folder: "export PATH=/usr/bin:/bin", "gpaw: command not found"),
    "script ends": (lambda folder: "echo 'no license' >&2; exit 3", "no license"),
    "ends at once": (
        lambda folder: program(folder / "bin", "gpaw", "#!/bin/sh\nexit 0\n"),
        "its program ended without a result and without a message",
    ),
    "killed": (lambda folder: program(folder / "bin", "gpaw", "#!/bin/sh\nkill -9 $$\n"), "Killed"),
}


@pytest.mark.parametrize("site", SITES)
def test_task_that_cannot_run_has_failed_and_says_why(plan, tmp_path, site):
    prepare_site, words = SITES[site]
    results = tmp_path / "results"
    folder = profile(tmp_path / "profile", prepare_site(tmp_path))
    states = run_plan(plan, results, cores=2, profile=folder)
    assert [state.state for state in states.values()] == ["failed", "failed"]
    for state in states.values():
        assert words in state.why
        assert "\n" not in state.why
        assert state.log == state.folder / "job.log"
        assert load_failure(state.folder).may_pass


def test_failed_task_is_shown_and_the_next_run_tries_it_again(plan, tmp_path):
    results = tmp_path / "results"
    folder = profile(tmp_path / "profile", "echo 'no license' >&2; exit 3")

    def passivant(*arguments):
        command = [PASSIVANT, *map(str, arguments), "--results", str(results)]
        return subprocess.run(
            command, env=environment(), capture_output=True, text=True, check=False
        )

    run = passivant("run", plan.file, "--profile", folder)
    assert run.returncode == 1
    (line,) = [one for one in run.stderr.splitlines() if one.startswith("failed: relax H2")]
    (log,) = results.glob("tasks/relax-H2-*/job.log")
    assert line == f"failed: relax H2: no license ({log})"
    status = passivant("status", plan.file, "--json")
    assert status.returncode == 1
    rows = json.loads(status.stdout)
    assert [(row["state"], row["why"]) for row in rows] == [("failed", "no license")] * 2
    assert passivant("run", plan.file).returncode == 0
    assert {state.state for state in task_states(plan, results).values()} == {"done"}


def test_parallel_task_without_its_launcher(plan, tmp_path):
    folder = profile(tmp_path / "profile", "", config=["ranks=2", "mpi=no-such-launcher"])
    states = run_plan(plan, tmp_path / "results", cores=2, profile=folder)
    assert {state.why for state in states.values()} == {"no-such-launcher: command not found"}


def test_tasks_whose_jobs_cannot_be_started(plan, tmp_path):
    # An option that Snakemake does not know: it ends before any job.
    folder = profile(tmp_path / "profile", "", **{"executor": "no-such-executor"})
    states = run_plan(plan, tmp_path / "results", cores=2, profile=folder)
    assert {state.state for state in states.values()} == {"failed"}
    for state in states.values():
        assert state.why.startswith("its job did not start: ")
        assert "no-such-executor" in state.why
        assert state.log == state.folder


def test_task_behind_a_failed_one_is_blocked(write_study, tmp_path):
    dos = '\n[[dos]]\nspecies = "H2"\n'
    plan = make_plan(write_study(BOND, dos, ecut=200.0, vacuum=3.0))
    folder = profile(tmp_path / "profile", "exit 3")
    states = run_plan(plan, tmp_path / "results", cores=2, profile=folder)
    found = {state.task.label: (state.state, state.why) for state in states.values()}
    assert found["relax H2"][0] == "failed"
    assert found["DOS H2"] == ("blocked", "needs relax H2")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ""),
        ("----\n=====\n", ""),
        ("first\nsecond\n-----\n", "second"),
        ("/usr/bin/bash: line 1: gpaw: command not found\n", "gpaw: command not found"),
        ("Traceback\nValueError: one\nTraceback\nKeyError: two\nMPI_ABORT was called\n",
         "KeyError: two"),
        ("rank=1 L00: numpy.exceptions.AxisError: axis 3\nMPI_ABORT\n",
         "numpy.exceptions.AxisError: axis 3"),
        ("WorkflowError:\nsbatch: refused\n", "WorkflowError: sbatch: refused"),
    ],
)  # fmt: skip
def test_last_error_of_a_log(tmp_path, text, words):
    log = tmp_path / "log"
    before = b"OldError: of another run\n"
    log.write_bytes(before + text.encode())
    assert last_error(log, len(before)) == words


def test_log_that_is_not_there(tmp_path):
    assert last_error(tmp_path / "nothing") == ""
