"""Faults: kills, damaged files, full disks, moved folders, wrong clocks, other versions.

`make test-faults`; FAULTS=N repeats those that are drawn at random.

Whatever happens, the last run ends with the energies of an undisturbed one.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import HCL, LEVEL, METHYLAMINE
from workflows.execution.engine import environment

pytestmark = pytest.mark.faults
PASSIVANT = str(Path(sys.executable).parent / "passivant")
REPEATS = int(os.environ.get("FAULTS", "5"))
#: Files of a task that may be damaged at any time, and of a study's record.
FILES = ("result.json", "relax.traj", "final.gpw", "task.json", "progress.json", "attempts.json",
         "dos.npz", "failure.json", "gpaw.txt")  # fmt: skip
RECORD_FILES = ("study.toml", "plan.json", "rules.json", "driver.json", "structures.npz", "run.log")
#: Python reads this at its start: a clock that jumps while driver, Snakemake and tasks run.
JUMPING_CLOCK = """
import os, time
real, real_ns = time.time, time.time_ns
at, by = float(os.environ["JUMP_AT"]), float(os.environ["JUMP_BY_S"])
time.time = lambda: real() + (by if real() > at else 0.0)
time.time_ns = lambda: real_ns() + (int(by * 1e9) if real() > at else 0)
"""


def write(folder, text=HCL + METHYLAMINE):
    folder.mkdir()
    level = LEVEL.format(ecut=300.0, fmax=0.05, max_steps=60, dispersion="none", vacuum=3.0)
    file = folder / "study.toml"
    file.write_text(level + text)
    return file


def start(study, results, **more):
    """A run in the background; `more` is added to its environment."""
    command = [PASSIVANT, "run", str(study), "--results", str(results), "--cores", "2"]
    return subprocess.Popen(
        command, env={**environment(), **more}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def passivant(*arguments, limit_s=300, **more):
    return subprocess.run(
        [PASSIVANT, *map(str, arguments)], env={**environment(), **more},
        capture_output=True, text=True, check=False, timeout=limit_s,
    )  # fmt: skip


def finish(study, results, **more):
    """Run to the end; returns the tables."""
    for _ in range(3):  # a task whose attempts were all killed asks for another run
        done = passivant("run", study, "--results", results, "--retry-failed", **more)
        assert "Traceback" not in done.stderr
        if done.returncode == 0:
            break
    assert done.returncode == 0, done.stderr
    answer = passivant("table", study, "--results", results, "--json")
    return json.loads(answer.stdout)


def energies(data):
    (row,) = data["reactions"]
    assert row["status"] == "done"
    assert [dos["status"] for dos in data["dos"]] == ["done"]
    return [row["reaction_energy_eV"], *(term["energy_eV"] for term in row["terms"])]


def processes_below(pid):
    """All processes that one has started, itself last."""
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        answer = subprocess.run(
            ["pgrep", "-P", str(one)], capture_output=True, text=True, check=False
        )
        todo += map(int, answer.stdout.split())
    return found[::-1]


def kill(driver):
    """Kill a run with everything that it started."""
    victims = processes_below(driver.pid)
    for pid in victims:
        if Path(f"/proc/{pid}").exists():
            os.kill(pid, signal.SIGKILL)
    driver.wait(timeout=60)


def logs(results):
    """Logs of GPAW with their sizes, to see that nothing is calculated again."""
    return {log: log.stat().st_size for log in sorted(results.rglob("gpaw.txt"))}


def damage(file, chance):
    """Cut a file, fill it with rubbish, or empty it."""
    data = file.read_bytes()
    kind = chance.choice(["cut", "rubbish", "empty", "flip"])
    if kind == "cut":
        data = data[: chance.randrange(max(1, len(data)))]
    elif kind == "rubbish":
        data = chance.randbytes(200)
    elif kind == "empty":
        data = b""
    elif data:
        place = chance.randrange(len(data))
        data = data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]
    file.write_bytes(data)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    return energies(finish(write(folder / "study"), folder / "results"))


@pytest.mark.parametrize("seed", range(REPEATS))
def test_kills_at_random_moments(tmp_path, undisturbed, seed):
    chance = random.Random(seed)
    study, results = write(tmp_path / "study"), tmp_path / "results"
    for _ in range(chance.randint(1, 3)):
        driver = start(study, results)
        time.sleep(chance.uniform(1.0, 9.0))
        victims = processes_below(driver.pid)
        # Only the driver, one task, or everything at once.
        chosen = chance.choice([victims[-1:], victims[:1], victims])
        for pid in chosen:
            if Path(f"/proc/{pid}").exists():
                os.kill(pid, signal.SIGKILL)
        for pid in victims if chosen[-1:] == victims[-1:] else ():
            while Path(f"/proc/{pid}/cmdline").exists() and pid != driver.pid:
                time.sleep(0.2)  # tasks of a dead driver end on their own
        driver.wait(timeout=300)
    assert energies(finish(study, results)) == pytest.approx(undisturbed, abs=1e-3)


@pytest.mark.parametrize("seed", range(REPEATS))
def test_damaged_files(tmp_path, undisturbed, seed):
    chance = random.Random(1000 + seed)
    study, results = write(tmp_path / "study"), tmp_path / "results"
    finish(study, results)
    names = (*FILES, *RECORD_FILES)
    existing = [f for f in results.rglob("*") if f.is_file() and f.name in names]
    for file in chance.sample(sorted(existing), k=min(4, len(existing))):
        damage(file, chance)
    status = passivant("status", study, "--results", results)
    assert "Traceback" not in status.stderr
    # A flipped byte in an energy cannot be told from a result; all else must be noticed.
    found = energies(finish(study, results))
    assert found == pytest.approx(undisturbed, abs=1e-3)


def test_two_runs_at_once(tmp_path, undisturbed):
    study, results = write(tmp_path / "study"), tmp_path / "results"
    first = start(study, results)
    time.sleep(4.0)
    second = passivant("run", study, "--results", results)
    assert second.returncode == 2
    assert "is being run already" in second.stderr
    assert first.wait(timeout=300) == 0
    assert energies(finish(study, results)) == pytest.approx(undisturbed, abs=1e-3)


def test_moved_and_copied_results_are_recomputed_nowhere(tmp_path, undisturbed):
    study, results = write(tmp_path / "study"), tmp_path / "results"
    finish(study, results)
    moved, copied = tmp_path / "moved", tmp_path / "copied"
    results.rename(moved)
    shutil.copytree(moved, copied, copy_function=shutil.copyfile)  # new times on all files
    for folder in (moved, copied):
        before = logs(folder)
        assert energies(finish(study, folder)) == pytest.approx(undisturbed, abs=1e-12)
        assert logs(folder) == before


def test_result_of_another_version_is_kept_and_not_believed(tmp_path, undisturbed):
    study, results = write(tmp_path / "study"), tmp_path / "results"
    finish(study, results)
    file = next(results.glob("tasks/relax-ClH-*/result.json"))
    text = file.read_text()
    file.write_text(text.replace('"schema": 1', '"schema": 99', 1))
    status = passivant("status", study, "--results", results)
    assert "schema 99" in status.stdout.replace("\n", " ")
    assert energies(finish(study, results)) == pytest.approx(undisturbed, abs=1e-3)
    aside = list(file.parent.glob("result.json.*"))
    assert [json.loads(f.read_text())["schema"] for f in aside] == [99]


@pytest.mark.parametrize("seed", range(REPEATS))
def test_results_of_older_and_newer_versions(tmp_path, undisturbed, seed):
    chance = random.Random(2000 + seed)
    study, results = write(tmp_path / "study"), tmp_path / "results"
    finish(study, results)
    files = sorted(results.glob("tasks/*/result.json"))
    # A newer version knows more keys; what it wrote is kept.
    for file in files:
        data = json.loads(file.read_text())
        data |= {"written_by": "passivant 99", "extra": {"nested": [None, 1e300]}}
        data["values"] |= {"new_energy_meV": -1.5, "new_table": {"a": [[1, 2], [3, 4]]}}
        file.write_text(json.dumps(data))
    for file in results.glob("studies/*/*.json"):
        file.write_text(json.dumps({"written_by": "passivant 99", "was": file.read_text()}))
    before = logs(results)
    assert energies(finish(study, results)) == pytest.approx(undisturbed, abs=1e-12)
    assert logs(results) == before
    # An older version knew fewer keys: what lacks one that is needed is calculated again.
    needed = {
        "relax": ["energy_eV", "charge", "fingerprint", "structure"],
        "dos": ["planned", "fermi_level_eV", "width_eV", "valence_electrons"],
    }
    lacking = chance.sample(files, k=2)
    for file in lacking:
        data = json.loads(file.read_text())
        del data["values"][chance.choice(needed[data["kind"]])]
        file.write_text(json.dumps(data))
    assert "is missing" in passivant("status", study, "--results", results, "--json").stdout
    assert energies(finish(study, results)) == pytest.approx(undisturbed, abs=1e-3)
    for file in lacking:
        assert len(list(file.parent.glob("result.json.*.damaged"))) == 1


@pytest.mark.parametrize("seed", range(REPEATS))
def test_times_of_files_decide_nothing(tmp_path, undisturbed, seed):
    chance = random.Random(3000 + seed)
    study, results = write(tmp_path / "study"), tmp_path / "results"

    def scatter():
        for file in [study, *results.rglob("*")]:
            moment = chance.choice([0.0, 1e9, time.time() + 86400, 4e9]) + chance.uniform(0, 1e6)
            os.utime(file, (moment, moment), follow_symlinks=False)

    driver = start(study, results)
    time.sleep(chance.uniform(3.0, 9.0))
    kill(driver)
    scatter()
    assert energies(finish(study, results)) == pytest.approx(undisturbed, abs=1e-3)
    scatter()
    before = logs(results)
    assert energies(finish(study, results)) == pytest.approx(undisturbed, abs=1e-3)
    assert logs(results) == before


@pytest.mark.parametrize("seed", range(REPEATS))
def test_clocks_that_jump(tmp_path, undisturbed, seed):
    chance = random.Random(4000 + seed)
    study, results = write(tmp_path / "study"), tmp_path / "results"
    (tmp_path / "sitecustomize.py").write_text(JUMPING_CLOCK)

    def clock():
        days, seconds = chance.choice([-6000, -400, -1, 1, 400]), chance.uniform(0.0, 8.0)
        jump = {"JUMP_AT": str(time.time() + seconds), "JUMP_BY_S": str(86400 * days)}
        path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
        return {"PYTHONPATH": path.rstrip(os.pathsep), **jump}

    for _ in range(2):
        driver = start(study, results, **clock())
        time.sleep(chance.uniform(3.0, 9.0))
        kill(driver)
    assert energies(finish(study, results, **clock())) == pytest.approx(undisturbed, abs=1e-3)
    before = logs(results)
    assert energies(finish(study, results)) == pytest.approx(undisturbed, abs=1e-3)
    assert logs(results) == before


@pytest.mark.parametrize("seed", range(REPEATS))
def test_study_file_that_is_damaged_during_its_run(tmp_path, undisturbed, seed):
    chance = random.Random(5000 + seed)
    study, results = write(tmp_path / "study"), tmp_path / "results"
    text = study.read_bytes()
    driver = start(study, results)
    while not list(results.glob("studies/*/rules.json")):
        time.sleep(0.2)
    time.sleep(chance.uniform(0.0, 6.0))
    how = chance.choice(["cut", "gone", "rubbish", "empty"])
    if how == "gone":
        study.unlink()
    else:
        study.write_bytes({"cut": text[: len(text) // 2], "empty": b"", "rubbish": b"\xff["}[how])
    assert driver.wait(timeout=300) == 0  # the run has the text it began with
    refused = passivant("status", study, "--results", results)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    (record,) = results.glob("studies/*/study.toml")
    assert record.read_bytes() == text
    shutil.copyfile(record, study)
    before = logs(results)
    assert energies(finish(study, results)) == pytest.approx(undisturbed, abs=1e-3)
    assert logs(results) == before


@pytest.mark.parametrize("seed", range(REPEATS))
def test_records_that_are_damaged_during_a_run(tmp_path, undisturbed, seed):
    chance = random.Random(6000 + seed)
    study, results = write(tmp_path / "study"), tmp_path / "results"
    driver = start(study, results)
    names = (*RECORD_FILES, "attempts.json", "progress.json", "failure.json", "task.json")
    for _ in range(4):
        time.sleep(chance.uniform(0.5, 3.0))
        files = sorted(f for f in results.rglob("*") if f.name in names and f.is_file())
        for file in chance.sample(files, k=min(3, len(files))):
            rubbish = chance.choice([b"", b"null", b"[" * 9999, b'{"pid": -1}', b"\xff["])
            file.write_bytes(rubbish)
        status = passivant("status", study, "--results", results)
        assert "Traceback" not in status.stderr
    driver.wait(timeout=300)
    assert energies(finish(study, results)) == pytest.approx(undisturbed, abs=1e-3)


@pytest.mark.parametrize("seed", range(REPEATS))
def test_results_that_are_copied_during_a_run(tmp_path, undisturbed, seed):
    chance = random.Random(7000 + seed)
    study, results, copied = write(tmp_path / "study"), tmp_path / "results", tmp_path / "copied"
    driver = start(study, results)
    time.sleep(chance.uniform(3.0, 10.0))
    # As rsync does: new files, old times, no locks, and not all from the same moment.
    subprocess.run(["cp", "-a", str(results), str(copied)], check=False)
    assert energies(finish(study, copied)) == pytest.approx(undisturbed, abs=1e-3)
    assert driver.wait(timeout=300) == 0
    assert energies(finish(study, results)) == pytest.approx(undisturbed, abs=1e-3)


@pytest.mark.parametrize("lost", ["damaged", "missing"])
def test_density_that_cannot_be_read_is_calculated_again(tmp_path, undisturbed, lost):
    study, results = write(tmp_path / "study"), tmp_path / "results"
    finish(study, results)
    for file in (*results.glob("tasks/*/final.gpw"), *results.glob("tasks/*/dos.npz")):
        if lost == "missing":
            file.unlink()
        else:
            file.write_bytes(file.read_bytes()[:1000])
    assert energies(finish(study, results)) == pytest.approx(undisturbed, abs=1e-3)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of two megabytes; needs root."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def remount(folder, options):
    subprocess.run(["mount", "-o", f"remount,{options}", str(folder)], check=True)


def test_full_and_read_only_disks(tmp_path, small_disk, undisturbed):
    study, results = write(tmp_path / "study"), small_disk / "results"
    done = passivant("run", study, "--results", results)
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert passivant("table", study, "--results", results, "--json").returncode == 1
    remount(small_disk, "size=500m,ro")
    done = passivant("run", study, "--results", results)
    assert done.returncode == 2
    assert "ead-only file system" in done.stderr
    remount(small_disk, "rw")
    assert energies(finish(study, results)) == pytest.approx(undisturbed, abs=1e-3)
