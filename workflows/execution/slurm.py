"""Jobs of a study in the queue of SLURM, and the processes that drive studies."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workflows.planning.plan import Plan
from workflows.store import is_locked, write_json
from workflows.study.level import digest

DRIVER_FILE = "driver.json"
#: How long cancelled jobs and processes may take to end.
PATIENCE_S = 90.0
#: What squeue says on a machine that has its program, but belongs to no cluster.
NO_CLUSTER = "Could not establish a configuration source"
_FIELDS = "%i|%j|%T|%M|%N|%k"


class ClusterError(Exception):
    """SLURM does not answer; the message says what it was asked."""


@dataclass(frozen=True)
class Job:
    """A job that is queued or runs.

    Parameters
    ----------
    number
        Of the job in SLURM.
    name
        Begins with `job_prefix`; ends in ``-driver`` for the driver.
    state
        As SLURM says: ``"PENDING"``, ``"RUNNING"``, ...
    elapsed
        Time since its start, as SLURM writes it.
    nodes
        Where it runs.
    rule
        Which rule of Snakemake it runs, empty for the driver.
    """

    number: str
    name: str
    state: str
    elapsed: str
    nodes: str
    rule: str


def job_prefix(plan: Plan, results: Path) -> str:
    """What the names of a study's jobs on a cluster begin with, for one results folder."""
    return f"passivant-{digest([plan.text, str(results)])[:8]}"


def jobs(prefix: str) -> list[Job]:
    """Jobs in the queue whose names begin so; an empty list on a machine of no cluster.

    Raises
    ------
    ClusterError
        If there is a SLURM that does not answer.
    """
    command = ["squeue", "--noheader", "--me", "--format", _FIELDS]
    try:
        lines = _ask(command).splitlines()
    except FileNotFoundError:
        return []
    except ClusterError as error:
        if NO_CLUSTER in str(error):
            return []
        raise
    found = [Job(*line.split("|", maxsplit=5)) for line in lines if line.count("|") >= 5]
    return [
        replace(job, rule=job.rule.removeprefix("rule_").split("_wildcards_")[0])
        for job in found
        if job.name.startswith(prefix)
    ]


def states_of_jobs(name: str, clusters: Sequence[str] = ()) -> dict[str, str]:
    """States by number of the jobs of a name that SLURM still knows, ended ones included.

    Raises
    ------
    ClusterError
        If SLURM does not answer.
    """
    command = ["squeue", "--noheader", "--states=all", "--format=%i|%T", f"--name={name}"]
    if clusters:
        command.append(f"--clusters={','.join(clusters)}")
    return dict(line.strip().split("|") for line in _ask(command).splitlines() if "|" in line)


def _ask(command: Sequence[str]) -> str:
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if answer.returncode != 0:
        reason = answer.stderr.strip() or "no message"
        raise ClusterError(f"{command[0]}: {reason}")
    return answer.stdout


def cancel_jobs(prefix: str) -> list[Job]:
    """Cancel all jobs whose names begin so, the driver first, and wait until they are gone.

    The job that calls this is left alone.

    Raises
    ------
    ClusterError
        If jobs are still there after `PATIENCE_S`.
    """
    own = os.environ.get("SLURM_JOB_ID")
    before = [job for job in jobs(prefix) if job.number != own]
    for job in sorted(before, key=lambda job: not job.name.endswith("-driver")):
        try:
            _ask(["scancel", job.number])
        except ClusterError as error:
            if "Invalid job id" not in str(error):  # it ended meanwhile
                raise
    limit = time.monotonic() + PATIENCE_S
    while left := [job for job in jobs(prefix) if job.number != own]:
        if time.monotonic() > limit:
            numbers = ", ".join(job.number for job in left)
            raise ClusterError(f"scancel: still in the queue after {PATIENCE_S:.0f} s: {numbers}")
        time.sleep(1.0)
    return before


def note_driver(record: Path, cores: int | None = None) -> None:
    """Store which process drives a study, and on how many cores if it calculates itself."""
    data = {"pid": os.getpid(), "host": socket.gethostname(), "cores": cores}
    write_json(record / DRIVER_FILE, data)


def driver(record: Path) -> Mapping[str, Any] | None:
    """Process that was the last to drive a study, its host and its cores; None if unknown.

    Cores are None for a driver that submits jobs.
    """
    try:
        data = json.loads((record / DRIVER_FILE).read_text(encoding="utf-8"))
        pid, host = int(data["pid"]), str(data["host"])
        cores = None if data.get("cores") is None else max(1, int(data["cores"]))
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    # A signal to 0 or -1 would reach others.
    return {"pid": pid, "host": host, "cores": cores} if pid > 1 else None


def interrupt(pid: int, record: Path) -> None:
    """Ask the driver of a study to stop as Ctrl-C does, and wait until it has let go of it."""
    with suppress(ProcessLookupError):  # it ended meanwhile
        os.kill(pid, signal.SIGINT)
    limit = time.monotonic() + PATIENCE_S
    while is_locked(record):
        if time.monotonic() > limit:
            raise ClusterError(f"process {pid} does not stop")
        time.sleep(0.5)
