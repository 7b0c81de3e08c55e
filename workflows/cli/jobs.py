"""Commands about what runs and where: submit, status, cancel."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table as RichTable
from rich.text import Text

from slabs.text import one_line
from workflows.cli.common import (
    JsonOption,
    ResultsOption,
    StudyArgument,
    check_profile,
    err,
    load_plan,
    out,
    print_json,
    results_folder,
    study_file,
)
from workflows.study.errors import StudyError

if TYPE_CHECKING:
    from workflows.execution.slurm import Job
    from workflows.findings.states import TaskState

#: Tasks of a longer study that neither run nor failed are only counted.
MOST_ROWS = 200
COLOURS = {"done": "green", "running": "cyan", "queued": "cyan"} | dict.fromkeys(
    ("failed", "unconverged"), "red"
)


def submit(
    study: StudyArgument,
    profile: Annotated[Path, typer.Option("--profile", help="Folder of a cluster profile.")],
    results: ResultsOption = None,
) -> None:
    """Submit a job to SLURM that drives the study; its tasks are jobs of their own."""
    from workflows.execution.slurm import ClusterError, job_prefix, jobs
    from workflows.study.pre_relaxation import check_installed

    check_profile(profile, results_folder(study, results))
    made = load_plan(study, results)
    check_installed(study, made.study)
    folder = results_folder(study, results)
    driver = (profile / "driver.sh").resolve()
    if not driver.is_file():
        raise StudyError(f"--profile {profile}: has no driver.sh; see cluster_scripts/slurm")
    prefix = job_prefix(made, folder)
    try:
        driving = [job for job in jobs(prefix) if job.name.endswith("-driver")]
    except ClusterError as error:
        raise StudyError(str(error)) from error
    if driving:
        raise StudyError(f"{study}: job {driving[0].number} drives this study already")
    folder.mkdir(parents=True, exist_ok=True)
    command = ["sbatch", "--parsable", f"--job-name={prefix}-driver"]
    command += [f"--output={folder}/driver-%j.log", str(driver)]
    command += [sys.executable, str(study_file(study).resolve()), str(folder)]
    command += [str(profile.resolve())]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise StudyError("sbatch: not found; submit works on a machine with SLURM") from None
    if answer.returncode != 0:
        raise StudyError(f"sbatch: {answer.stderr.strip() or 'failed without a message'}")
    out.print(f"job {answer.stdout.strip()}; follow it with: passivant status", highlight=False)


def status(
    study: StudyArgument,
    results: ResultsOption = None,
    json_: JsonOption = False,
    all_: Annotated[bool, typer.Option("--all", help="List every task of a long study.")] = False,
) -> None:
    """Show where every task stands, in the queue too, and why it failed if it did."""
    from workflows.execution.engine import rule_name
    from workflows.execution.progress import running_words
    from workflows.execution.slurm import ClusterError, job_prefix, jobs
    from workflows.findings.states import task_states

    made = load_plan(study, results)
    folder = results_folder(study, results)
    states = task_states(made, folder)
    try:
        queue = {job.rule or "driver": job for job in jobs(job_prefix(made, folder))}
    except ClusterError as error:
        err.print(f"passivant: {one_line(str(error))}; jobs are not shown", highlight=False)
        queue = {}
    rows = [_row(state, queue.get(rule_name(state.task))) for state in states.values()]
    if json_:
        print_json(rows)
    else:
        table = RichTable("Task", "State", "Detail", "Folder", title=f"{made.study.title}")
        quiet = () if all_ or len(rows) <= MOST_ROWS else ("done", "waiting", "blocked")
        for row, state in zip(rows, states.values(), strict=True):
            if row["state"] in quiet:
                continue
            detail = running_words(state) if row["state"] == "running" else row["why"]
            if row["job"]:
                detail = f"{detail} (job {row['job']})".strip()
            style = COLOURS.get(row["state"], "")
            shown = Text(row["state"], style)
            where = state.log if row["state"] == "failed" else state.folder
            table.add_row(row["task"], shown, detail, str(where.relative_to(folder)))
        out.print(table)
        for name in quiet:
            count = sum(row["state"] == name for row in rows)
            out.print(f"{count} {name}, not listed; --all lists them", highlight=False)
        done = sum(row["state"] == "done" for row in rows)
        out.print(f"{done} of {len(rows)} tasks done in {folder}", highlight=False)
        if "driver" in queue:
            job = queue["driver"]
            out.print(f"driver: job {job.number}, {job.state.lower()}", highlight=False)
    if any(row["state"] in ("failed", "unconverged") for row in rows):
        raise typer.Exit(1)


def _row(state: TaskState, job: Job | None) -> dict[str, Any]:
    """One task for programs; its job may know more than the files do."""
    shown = state.state
    if job is not None and shown in ("waiting", "running"):
        shown = "running" if job.state == "RUNNING" else "queued"
    return {
        "task": state.task.label,
        "state": shown,
        "why": state.why,
        "job": job.number if job else None,
        "folder": str(state.folder),
        "key": state.task.key,
    }


def cancel(study: StudyArgument, results: ResultsOption = None) -> None:
    """Stop a running study: its driver on this machine, and all its jobs in SLURM.

    Nothing is lost; run or submit goes on where it stopped.
    """
    from workflows.execution.slurm import ClusterError, cancel_jobs, driver, interrupt, job_prefix
    from workflows.findings.states import study_folder
    from workflows.store import is_locked

    made = load_plan(study, results)
    folder = results_folder(study, results)
    record = study_folder(made, folder)
    stopped = []
    try:
        last = driver(record)
        if is_locked(record) and last is not None and last["host"] == socket.gethostname():
            interrupt(last["pid"], record)
            stopped.append(f"driver (process {last['pid']})")
        stopped += [f"job {job.number}" for job in cancel_jobs(job_prefix(made, folder))]
    except ClusterError as error:
        raise StudyError(str(error)) from error
    if is_locked(record):
        where = last["host"] if last else "another machine"
        raise StudyError(f"{study}: its driver runs on {where}; cancel it there")
    out.print(f"stopped: {', '.join(stopped)}" if stopped else "nothing is running")
