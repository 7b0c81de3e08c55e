"""Studies on a real SLURM: MPI jobs, driver as a job, dead drivers; `make test-slurm`."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.results import load_result
from tests.conftest import HCL, METHYLAMINE
from tests.slurm_server import Slurm, missing, wait
from workflows.engine import environment

pytestmark = pytest.mark.slurm
PASSIVANT = str(Path(sys.executable).parent / "passivant")

PROFILE = """
executor: slurm
jobs: 4
slurm-status-command: squeue
slurm-init-seconds-before-status-checks: 2
seconds-between-status-checks: 3
retries: 2
latency-wait: 20
config:
  - ranks=2
  - mem_mb=500
  - runtime_min=10
default-resources:
  - cpus_per_task=1
  - slurm_account=root
  - slurm_partition=main
"""


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    if missing():
        pytest.fail(f"make test-slurm needs {', '.join(missing())}: apt-get install slurm-wlm")
    with Slurm(tmp_path_factory.mktemp("slurm")) as server:
        yield server


@pytest.fixture
def profile(tmp_path):
    folder = tmp_path / "profile"
    folder.mkdir()
    (folder / "config.yaml").write_text(PROFILE)
    driver = (Path(__file__).parent.parent / "cluster_scripts/slurm/driver.sh").read_text()
    (folder / "driver.sh").write_text(driver.replace("--mem=2G", "--mem=500"))
    return folder


def passivant(*arguments):
    env = {**environment(), "PATH": environment()["PATH"] + ":/usr/sbin:/sbin"}
    return subprocess.Popen(
        [PASSIVANT, *map(str, arguments)],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def answer(*arguments, limit_s=300):
    with passivant(*arguments) as process:
        text, _ = process.communicate(timeout=limit_s)
    return process.returncode, text


def states(study):
    _, text = answer("status", study, "--json")
    return {row["task"]: row for row in json.loads(text)}


def kill_all(process):
    """SIGKILL for a driver and everything it started, but not for its jobs."""
    children = subprocess.run(
        ["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False
    ).stdout.split()
    for pid in [str(process.pid), *children]:
        os.kill(int(pid), signal.SIGKILL)
    process.communicate()


def test_jobs_with_two_ranks(slurm, profile, write_study, tmp_path):
    study = write_study(HCL, fmax=0.3)
    code, text = answer("run", study, "--profile", profile)
    assert code == 0, text
    assert "formation of HCl" in text
    results = [load_result(f) for f in (tmp_path / "results" / "tasks").iterdir()]
    assert {r.values["ranks"] for r in results} == {2}
    assert slurm.jobs() == []
    code, text = answer("run", study, "--profile", profile)
    assert code == 0, text


def test_driver_as_a_job_status_and_cancel(slurm, profile, write_study, tmp_path):
    study = write_study(METHYLAMINE, ecut=500.0, fmax=0.002)
    code, text = answer("submit", study, "--profile", profile)
    assert code == 0, text
    wait(lambda: any("relax_OAm" in j[2] and j[1] == "RUNNING" for j in slurm.jobs()), 90, "job")
    row = states(study)["relax OAm"]
    assert row["state"] == "running"
    assert row["job"]
    code, text = answer("submit", study, "--profile", profile)
    assert code == 2
    assert "drives this study already" in text
    wait(lambda: list((tmp_path / "results").glob("tasks/*/relax.traj")), 90, "a first step")
    code, text = answer("cancel", study)
    assert code == 0, text
    assert text.startswith("stopped: ")
    assert slurm.jobs() == []
    assert states(study)["relax OAm"]["state"] == "waiting"
    assert answer("cancel", study)[1].strip() == "nothing is running"


def test_dead_driver_leaves_no_second_job_in_a_folder(slurm, profile, write_study, tmp_path):
    study = write_study(METHYLAMINE, ecut=450.0, fmax=0.05)
    first = passivant("run", study, "--profile", profile)
    wait(lambda: any(j[1] == "RUNNING" for j in slurm.jobs()), 90, "a running job")
    before = {j[0] for j in slurm.jobs()}
    kill_all(first)
    assert slurm.jobs()  # they live on without their driver
    code, text = answer("run", study, "--profile", profile)
    assert code == 0, text
    assert "of a driver that is gone were cancelled" in text
    folder = next((tmp_path / "results" / "tasks").glob("relax-*"))
    assert load_result(folder).values["ranks"] == 2
    assert not before & {j[0] for j in slurm.jobs()}
