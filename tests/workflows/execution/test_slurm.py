"""Studies on a real SLURM: MPI jobs, time limits, dead nodes and drivers; `make test-slurm`."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import yaml

from analysis.results import load_result
from tests.conftest import HCL
from tests.slurm_server import Slurm, TaskWatch, missing, processes, ranks, wait
from tests.workflows.execution.test_one_reaction import WATER
from workflows.dft.optimise.checkpoints import read_frames
from workflows.execution.engine import environment

pytestmark = pytest.mark.slurm
PASSIVANT = str(Path(sys.executable).parent / "passivant")
SHIPPED = Path(__file__).parents[3] / "cluster_scripts" / "slurm"

#: The shipped profile, but with a small machine and short waits.
SITE = {
    "jobs": 4,
    "slurm-init-seconds-before-status-checks": 2,
    "seconds-between-status-checks": 3,
    "latency-wait": 20,
    "config": ["ranks=2", "mem_mb=500", "runtime_min=10"],
}
RESOURCES = ["slurm_account=root", "slurm_partition=main"]
#: Unset variables and failures in a site's file must not stop its jobs.
MARK = "\n: $NEVER_SET\nfalse\nexport SITE_MARK=seen\n"

#: What is kept of the smoke study.
KEPT = ("[level]", "[surfaces.slab]", "[ligands.OAm]", '"OAm adsorption"')

#: One relaxation.
METHYLAMINE = """
[ligands.OAm]
molecule = "OAm"
truncate_to_carbons = 1
site = "metal-top"

[[candidates]]
species = "OAm"
count = 1
"""


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    if missing():
        pytest.fail(f"make test-slurm needs {', '.join(missing())}: apt-get install slurm-wlm")
    with Slurm(tmp_path_factory.mktemp("slurm")) as server:
        yield server


@pytest.fixture
def forgetful(slurm):
    """The same SLURM, but one that forgets jobs within a minute and keeps no accounts."""
    slurm.configure(MinJobAge=2)
    yield slurm
    slurm.configure(MinJobAge=300)


@pytest.fixture
def watch(tmp_path):
    with TaskWatch(tmp_path) as watching:
        yield watching
    assert not watching.shared


@pytest.fixture
def profile(tmp_path):
    """A copy of the shipped profile, adapted as a site would."""
    folder = tmp_path / "profile"
    folder.mkdir()
    write_settings(folder)
    driver = (SHIPPED / "driver.sh").read_text()
    (folder / "driver.sh").write_text(driver.replace("--mem=2G", "--mem=500"))
    (folder / "environment.sh").write_text((SHIPPED / "environment.sh").read_text() + MARK)
    return folder


def write_settings(profile, **changes):
    settings = {**yaml.safe_load((SHIPPED / "config.yaml").read_text()), **SITE, **changes}
    settings["default-resources"] += RESOURCES
    (profile / "config.yaml").write_text(yaml.safe_dump(settings))


STARTED = []


def passivant(*arguments):
    env = {**environment(), "PATH": environment()["PATH"] + ":/usr/sbin:/sbin"}
    process = subprocess.Popen(
        [PASSIVANT, *map(str, arguments)],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    STARTED.append(process)
    return process


@pytest.fixture(autouse=True)
def nothing_left(slurm):
    """A test that fails leaves no driver and no job to the next one."""
    yield
    for process in STARTED:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=90)
    STARTED.clear()
    slurm.empty()


def outcome(process, limit_s=300):
    text, _ = process.communicate(timeout=limit_s)
    return process.returncode, text


def answer(*arguments, limit_s=300):
    return outcome(passivant(*arguments), limit_s)


def states(study):
    _, text = answer("status", study, "--json")
    return {row["task"]: row for row in json.loads(text)}


def relaxation(results):
    """The only folder of a relaxation, once it is there."""
    return wait(lambda: list(results.glob("tasks/relax-*")), 60, "a task's folder")[0]


def wait_for_frames(folder, number):
    """Wait until a job has stored so many ionic steps."""
    file = folder / "relax.traj"
    return wait(lambda: len(read_frames(file)) >= number, 120, f"{number} ionic steps")


def attempts(folder):
    """How many ionic steps there were when each attempt at a task began."""
    with suppress(FileNotFoundError):
        return json.loads((folder / "attempts.json").read_text())


def converged(folder, more_than):
    """Result of a relaxation whose trajectory goes on from that of its first attempt."""
    result = load_result(folder)
    frames = read_frames(folder / "relax.traj")
    assert len(frames) > more_than
    assert result.values["fmax_eV_per_A"] <= 0.05
    assert result.values["ranks"] == 2


def kill_all(process):
    """SIGKILL for a driver and everything it started, but not for its jobs."""
    for one in [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]:
        one.kill()
    process.communicate()


def running(slurm, rule):
    return any(rule in j[2] and j[1] == "RUNNING" for j in slurm.jobs())


def test_smoke_study_with_two_ranks(slurm, profile, watch, tmp_path):
    code, text = answer("init", "smoke", tmp_path / "smoke")
    assert code == 0, text
    study = tmp_path / "smoke" / "smoke.toml"
    first, *parts = re.split(r"(?m)^(?=\[)", study.read_text())
    study.write_text(first + "".join(p for p in parts if any(k in p for k in KEPT)))
    code, text = answer("run", study, "--profile", profile)
    assert code == 0, text
    assert "OAm adsorption" in text
    results = [load_result(f) for f in (tmp_path / "smoke" / "results" / "tasks").iterdir()]
    assert {r.values["ranks"] for r in results} == {2}
    assert [len(jobs) for jobs in watch.jobs.values()] == [1] * 3
    assert slurm.jobs() == []
    code, text = answer("run", study, "--profile", profile)
    assert code == 0, text
    assert [len(jobs) for jobs in watch.jobs.values()] == [1] * 3


def test_job_at_its_time_limit_is_submitted_again_and_goes_on(
    slurm, profile, write_study, watch, tmp_path
):
    write_settings(profile, config=["ranks=2", "mem_mb=500", "runtime_min=1"])
    study = write_study(METHYLAMINE, ecut=400.0, fmax=0.05)
    driver = passivant("run", study, "--profile", profile)
    folder = relaxation(tmp_path / "results")
    wait_for_frames(folder, 3)
    for rank in ranks(tmp_path):  # a calculation that is slower than anybody thought
        os.kill(rank.pid, signal.SIGSTOP)
    first = len(read_frames(folder / "relax.traj"))
    wait(lambda: attempts(folder) == [0, first], 180, "a second job")
    code, text = outcome(driver)
    assert code == 0, text
    assert "relax_OAm" in slurm.ended("TIMEOUT")[0]
    assert len(watch.jobs[folder]) == 2
    converged(folder, first)


def test_job_of_a_dead_node_is_submitted_again_and_goes_on(
    slurm, profile, write_study, watch, tmp_path
):
    study = write_study(METHYLAMINE, ecut=400.0, fmax=0.05)
    driver = passivant("run", study, "--profile", profile)
    folder = relaxation(tmp_path / "results")
    wait_for_frames(folder, 3)
    slurm.kill_node()
    first = len(read_frames(folder / "relax.traj"))
    slurm.wait_for("down")
    assert "relax_OAm" in slurm.ended("NODE_FAIL")[0]
    slurm.boot_node()
    code, text = outcome(driver)
    assert code == 0, text
    assert len(watch.jobs[folder]) == 2
    converged(folder, first)


def test_driver_as_a_job_status_and_cancel(slurm, profile, write_study, watch, tmp_path):
    study = write_study(METHYLAMINE, ecut=500.0, fmax=0.002)
    code, text = answer("submit", study, "--profile", profile)
    assert code == 0, text
    wait(lambda: running(slurm, "relax_OAm"), 90, "job")
    row = states(study)["relax OAm"]
    assert row["state"] == "running"
    assert row["job"]
    code, text = answer("submit", study, "--profile", profile)
    assert code == 2
    assert "drives this study already" in text
    wait_for_frames(relaxation(tmp_path / "results"), 1)
    assert [rank.environ()["SITE_MARK"] for rank in ranks(tmp_path)] == ["seen", "seen"]
    code, text = answer("cancel", study)
    assert code == 0, text
    assert text.startswith("stopped: ")
    assert slurm.jobs() == []
    wait(lambda: processes(tmp_path) == [], 15, "all processes to end")
    assert states(study)["relax OAm"]["state"] == "waiting"
    assert answer("cancel", study)[1].strip() == "nothing is running"


def test_driver_as_a_job_runs_what_one_reaction_needs(slurm, profile, write_study, tmp_path):
    """Its name has spaces, which must survive the script of the driver."""
    study = write_study(HCL, WATER, ecut=200.0, fmax=0.9)
    code, text = answer("submit", study, "--profile", profile, "--reaction", "formation of HCl")
    assert code == 0, text
    wanted = {"relax H2", "relax Cl2", "relax HCl"}
    wait(lambda: all(states(study)[task]["state"] == "done" for task in wanted), 240, "results")
    wait(lambda: slurm.jobs() == [], 60, "the driver to end")
    assert {task for task, row in states(study).items() if row["state"] == "done"} == wanted
    driver = (profile / "driver.sh").read_text()
    (profile / "driver.sh").write_text(driver.replace(' "${@:5}"', ""))
    code, text = answer("submit", study, "--profile", profile, "--reaction", "formation of HCl")
    assert code == 2
    assert "--reaction would have no effect" in text


@pytest.mark.parametrize("way", ["cancel", "SIGTERM"])
def test_driver_that_is_stopped_takes_its_jobs_along(slurm, profile, write_study, tmp_path, way):
    study = write_study(METHYLAMINE, ecut=500.0, fmax=0.002)
    driver = passivant("run", study, "--profile", profile)
    wait(lambda: ranks(tmp_path) and running(slurm, "relax_OAm"), 90, "job")
    assert ranks(tmp_path)[0].environ()["SITE_MARK"] == "seen"
    if way == "cancel":
        code, text = answer("cancel", study)
        assert code == 0, text
        assert f"driver (process {driver.pid})" in text
    else:
        driver.terminate()
    assert outcome(driver)[0] == 130
    wait(lambda: slurm.jobs() == [], 30, "an empty queue")
    wait(lambda: processes(tmp_path) == [], 15, "all processes to end")


def test_dead_driver_leaves_no_second_job_in_a_folder(slurm, profile, write_study, watch, tmp_path):
    study = write_study(METHYLAMINE, ecut=400.0, fmax=0.05)
    driver = passivant("run", study, "--profile", profile)
    folder = relaxation(tmp_path / "results")
    wait_for_frames(folder, 1)
    kill_all(driver)
    assert slurm.jobs()  # they live on without their driver
    assert ranks(tmp_path)
    code, text = answer("run", study, "--profile", profile)
    assert code == 0, text
    assert "of a driver that is gone were cancelled" in text
    assert len(watch.jobs[folder]) == 2
    converged(folder, 1)


def test_script_cancels_the_jobs_of_one_study(slurm):
    for name in ("passivant-0123abcd_x", "passivant-0123abcd-driver", "passivant-99999999_x"):
        slurm.ask(
            "sbatch", "--mem=10", f"--job-name={name}", "--output=/dev/null", "--wrap=sleep 300"
        )
    script = [SHIPPED / "cancel-jobs.sh"]
    listed = slurm.ask(*script)
    assert listed.count("passivant-") == 3
    first, second, end = slurm.ask(*script, "passivant-0123abcd").split("\n")
    assert first.startswith("cancelled ")
    assert first.endswith("(passivant-0123abcd-driver)")
    assert second.endswith("(passivant-0123abcd_x)")
    assert end == ""
    wait(lambda: [j[0] for j in slurm.jobs()] == ["passivant-99999999_x"], 30, "two jobs to end")


BOND = """
[molecules.H2]
smiles = "[H][H]"

[molecules.H]
smiles = "[H]"

[[reactions]]
name = "bond"
equation = "H2 -> 2 H"
"""
#: One of the two tasks has a program that ends at once.
NO_LICENSE = """#!/usr/bin/env bash
case "$*" in *relax-H-*) echo "no license" >&2; exit 3;; esac
exec {gpaw} "$@"
"""


def test_jobs_that_slurm_has_forgotten_have_ended(forgetful, profile, write_study, tmp_path):
    # Both jobs have ended, and are forgotten, before squeue is asked again.
    write_settings(
        profile,
        **{"seconds-between-status-checks": 45, "retries": 0, "latency-wait": 5},
        config=["ranks=1", "mem_mb=500", "runtime_min=10"],
    )
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "gpaw").write_text(NO_LICENSE.format(gpaw=Path(sys.executable).parent / "gpaw"))
    (programs / "gpaw").chmod(0o755)
    with (profile / "environment.sh").open("a") as file:
        file.write(f"export PATH={programs}:$PATH\n")
    study = write_study(BOND, ecut=200.0, vacuum=3.0)
    driver = passivant("run", study, "--profile", profile)
    wait(forgetful.jobs, 60, "jobs in the queue")
    wait(lambda: not forgetful.jobs("--states=all"), 100, "SLURM to forget them")
    assert (
        "disabled" in subprocess.run(["sacct"], capture_output=True, text=True, check=False).stderr
    )
    code, text = outcome(driver, 240)
    assert code == 1, text
    assert "failed: relax H: no license (" in text
    (log,) = tmp_path.glob("results/studies/*/run.log")
    assert log.read_text().count("SLURM has forgotten job") == 2
    found = {task: (row["state"], row["why"]) for task, row in states(study).items()}
    assert found == {"relax H2": ("done", ""), "relax H": ("failed", "no license")}
