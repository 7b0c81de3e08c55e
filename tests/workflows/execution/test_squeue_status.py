"""Which jobs have ended, from what SLURM answers; the real one is in `test_slurm`."""

import asyncio
import logging
import subprocess
from contextlib import AsyncExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest

from workflows.execution import squeue_status
from workflows.execution.slurm import ClusterError, jobs, states_of_jobs


class Executor:
    """Keeps what is reported to Snakemake."""

    run_uuid = "passivant-0123abcd_uuid"
    logger = logging.getLogger("executor")

    def __init__(self, requeue=False):
        settings = SimpleNamespace(requeue=requeue, keep_successful_logs=False)
        self.workflow = SimpleNamespace(executor_settings=settings)
        self._submitted_job_clusters = set()
        self.succeeded, self.failed = [], []

    @property
    def status_rate_limiter(self):
        return AsyncExitStack()

    def report_job_success(self, job):
        self.succeeded.append(job.external_jobid)

    def report_job_error(self, job, msg, aux_logs):
        self.failed.append((job.external_jobid, msg))


@pytest.fixture
def job(tmp_path):
    return SimpleNamespace(
        external_jobid="17",
        job=SimpleNamespace(output=[str(tmp_path / "result.json")]),
        aux={"slurm_logfile": Path(tmp_path / "17.log")},
    )


@pytest.fixture
def ask(monkeypatch, job):
    """One question to a SLURM that answers so; returns what still counts as active."""

    def question(executor, answer):
        def states(name, clusters):
            assert name == executor.run_uuid
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(squeue_status, "states_of_jobs", states)

        async def collect():
            return [one async for one in squeue_status.check_active_jobs(executor, [job])]

        return [one.external_jobid for one in asyncio.run(collect())]

    return question


def test_running_and_successful_jobs(ask, job):
    executor = Executor()
    for state in ("PENDING", "RUNNING", "COMPLETING", "SUSPENDED"):
        assert ask(executor, {"17": state, "18": "FAILED"}) == ["17"]
    job.aux["slurm_logfile"].touch()
    assert ask(executor, {"17": "COMPLETED"}) == []
    assert (executor.succeeded, executor.failed) == (["17"], [])
    assert not job.aux["slurm_logfile"].exists()


def test_forgotten_job_has_ended_after_two_answers(ask, tmp_path):
    executor = Executor()
    assert ask(executor, {}) == ["17"]
    assert ask(executor, {"17": "RUNNING"}) == ["17"]  # the controller had just started
    assert ask(executor, {}) == ["17"]
    assert ask(executor, {}) == []
    assert executor.succeeded == ["17"]  # Snakemake looks for the result
    assert (tmp_path / "job.log").read_text() == "SLURM has forgotten job 17\n"


@pytest.mark.parametrize(
    "error", [ClusterError("squeue: no answer"), subprocess.TimeoutExpired("squeue", 60)]
)
def test_jobs_stay_active_while_slurm_does_not_answer(ask, error):
    executor = Executor()
    for _ in range(5):
        assert ask(executor, error) == ["17"]
    assert (executor.succeeded, executor.failed) == ([], [])


@pytest.mark.parametrize(
    ("state", "printed", "log"),
    [
        ("TIMEOUT", "warning\n", "warning\nSLURM ended job 17 with the state TIMEOUT\n"),
        ("FAILED", "gpaw: command not found\n", "gpaw: command not found\n"),
        ("FAILED", "", "SLURM ended job 17 with the state FAILED\n"),
        ("PREEMPTED", "", "SLURM ended job 17 with the state PREEMPTED\n"),
    ],
)
def test_end_of_a_job_stands_in_the_log_of_its_task(ask, tmp_path, state, printed, log):
    executor = Executor()
    (tmp_path / "job.log").write_text(printed)
    assert ask(executor, {"17": state}) == []
    assert executor.failed == [("17", f"SLURM ended job 17 with the state {state}. ")]
    assert (tmp_path / "job.log").read_text() == log


@pytest.mark.parametrize("state", ["PREEMPTED", "NODE_FAIL"])
def test_job_that_slurm_starts_again_stays_active(ask, state):
    assert ask(Executor(requeue=True), {"17": state}) == ["17"]


def test_no_jobs_on_a_machine_of_no_cluster(tmp_path, monkeypatch):
    squeue = tmp_path / "squeue"
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    error = "squeue: fatal: Could not establish a configuration source"
    squeue.write_text(f"#!/bin/sh\necho '{error}' >&2\nexit 1\n")
    squeue.chmod(0o755)
    assert jobs("passivant-1") == []
    error = "squeue: error: Unable to contact slurm controller"
    squeue.write_text(f"#!/bin/sh\necho '{error}' >&2\nexit 1\n")
    with pytest.raises(ClusterError, match="Unable to contact"):
        jobs("passivant-1")


def test_states_from_squeue(tmp_path, monkeypatch):
    squeue = tmp_path / "squeue"
    squeue.write_text("#!/bin/sh\necho 'CLUSTER: one'\necho '17|RUNNING'\necho '18|TIMEOUT '\n")
    squeue.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert states_of_jobs("name", ["one"]) == {"17": "RUNNING", "18": "TIMEOUT"}
    squeue.write_text("#!/bin/sh\necho 'no controller' >&2\nexit 1\n")
    with pytest.raises(ClusterError, match="squeue: no controller"):
        states_of_jobs("name")
