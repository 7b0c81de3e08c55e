"""Commands about what runs and where: submit, status, cancel."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table as RichTable
from rich.text import Text

from slabs.text import duration_words, one_line
from workflows.cli.common import (
    JsonOption,
    ReactionOption,
    ResultsOption,
    StudyArgument,
    check_profile,
    err,
    load_plan,
    needed_by_reactions,
    out,
    print_json,
    results_folder,
    study_file,
)
from workflows.cli.left import core_words, expected, next_steps
from workflows.study.errors import StudyError

if TYPE_CHECKING:
    from workflows.execution.slurm import Job
    from workflows.findings.states import TaskState
    from workflows.planning.plan import Plan

#: With what driver.sh passes options on to `passivant run`.
PASSED_ON = '"${@:5}"'
COLOURS = {"done": "green", "running": "cyan", "queued": "cyan"} | dict.fromkeys(
    ("failed", "unconverged"), "red"
)


def submit(
    study: StudyArgument,
    profile: Annotated[Path, typer.Option("--profile", help="Folder of a cluster profile.")],
    results: ResultsOption = None,
    reaction: ReactionOption = None,
) -> None:
    """Submit a job to SLURM that drives the study; its tasks are jobs of their own."""
    from workflows.execution.slurm import ClusterError, job_prefix, jobs
    from workflows.study.installed import check_installed

    check_profile(profile, results_folder(study, results))
    made = load_plan(study, results)
    check_installed(study, made.study)
    names = reaction or []
    needed_by_reactions(made, names)
    folder = results_folder(study, results)
    driver = (profile / "driver.sh").resolve()
    if not driver.is_file():
        raise StudyError(f"--profile {profile}: has no driver.sh; see cluster_scripts/slurm")
    if names and PASSED_ON not in driver.read_text(encoding="utf-8", errors="replace"):
        raise StudyError(f"{driver}: ends without {PASSED_ON}; --reaction would have no effect")
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
    command += [str(profile.resolve()), *(f"--reaction={name}" for name in names)]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise StudyError("sbatch: not found; submit works on a machine with SLURM") from None
    if answer.returncode != 0:
        raise StudyError(f"sbatch: {answer.stderr.strip() or 'failed without a message'}")
    out.print(f"job {answer.stdout.strip()}", highlight=False)
    next_steps(study, results, "status", "cancel")


def status(
    study: StudyArgument,
    results: ResultsOption = None,
    json_: JsonOption = False,
    all_: Annotated[bool, typer.Option("--all", help="List every task and its folder.")] = False,
) -> None:
    """Show how many tasks are done, what runs, what failed and why, and the time left.

    Jobs in the queue of SLURM are shown too. The exit status is 1 if a task has failed.
    """
    from workflows.execution.engine import rule_name
    from workflows.execution.slurm import ClusterError, driver, job_prefix, jobs
    from workflows.findings.states import study_folder, task_states
    from workflows.store import is_locked

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
        if all_:
            out.print(_task_table(made, folder, states, rows))
        record = study_folder(made, folder)
        driving = driver(record) if is_locked(record) else None
        _summary(made, folder, states, rows, (driving or {}).get("cores"))
        if "driver" in queue:
            job = queue["driver"]
            out.print(f"driver: job {job.number}, {job.state.lower()}", highlight=False)
        elif driving is not None:
            where = f"process {driving['pid']} on {driving['host']}"
            out.print(f"`passivant run` is working: {where}", highlight=False, soft_wrap=True)
        if all(row["state"] == "done" for row in rows):
            next_steps(study, results, "table", "report")
        elif driving is None and not any(r["state"] in ("running", "queued") for r in rows):
            next_steps(study, results, "run")
    if any(row["state"] in ("failed", "unconverged") for row in rows):
        raise typer.Exit(1)


def _summary(
    made: Plan,
    folder: Path,
    states: Mapping[str, TaskState],
    rows: Sequence[dict[str, Any]],
    used: int | None,
) -> None:
    """Counts, what runs or failed, and the time left on the cores of a run, else on all."""
    counts = Counter(row["state"] for row in rows)
    order = ("done", "running", "queued", "waiting", "unconverged", "failed", "blocked")
    words = ", ".join(f"{counts[name]} {name}" for name in order if counts[name])
    out.print(f"{made.study.title}\n{len(rows)} tasks: {words}", highlight=False)
    for row, state in zip(rows, states.values(), strict=True):
        if row["state"] in COLOURS.keys() - {"done"} or (row["why"] and row["state"] == "waiting"):
            name, detail = row["task"], _detail(row, state)
            line = Text(f"  {row['state']:11} ", COLOURS.get(row["state"], ""))
            line.append(detail if row["state"] == "running" else f"{name}: {detail}", "default")
            out.print(line, soft_wrap=True)
            if row["state"] in ("failed", "unconverged"):
                out.print(f"              log: {state.log}", highlight=False, soft_wrap=True)
    cores = used or len(os.sched_getaffinity(0))
    cost = expected(made, folder, cores, states)
    if cost["largest"] is not None:
        out.print(
            f"left, within a factor of two or so: {cost['core_hours']:.2g} core-hours,"
            f" {duration_words(cost['wall_hours'])} on {core_words(cores)} of this machine",
            highlight=False,
        )
    out.print(f"results: {folder}", highlight=False, soft_wrap=True)


def _task_table(
    made: Plan, folder: Path, states: Mapping[str, TaskState], rows: Sequence[dict[str, Any]]
) -> RichTable:
    """Every task with its state and folder."""
    table = RichTable("Task", "State", "Detail", "Folder", title=made.study.title)
    for row, state in zip(rows, states.values(), strict=True):
        shown = Text(row["state"], COLOURS.get(row["state"], ""))
        where = state.log if row["state"] == "failed" else state.folder
        table.add_row(row["task"], shown, _detail(row, state), str(where.relative_to(folder)))
    return table


def _detail(row: dict[str, Any], state: TaskState) -> str:
    """How far a task is, or why it failed; and its job."""
    from workflows.execution.progress import running_words

    detail = running_words(state) if row["state"] == "running" else row["why"]
    return f"{detail} (job {row['job']})".strip() if row["job"] else detail


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
    next_steps(study, results, "status", "run")
