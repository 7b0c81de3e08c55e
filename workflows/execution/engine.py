"""Running a plan with Snakemake, on this machine or through a cluster profile."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any

from analysis.results import (
    FAILURE_FILE,
    RESULT_FILE,
    Failure,
    load_failure,
    whole,
)
from workflows.execution.job_log import last_error
from workflows.execution.resources import (
    fixed_resources,
    job_resources,
    most_ranks,
    site_settings,
)
from workflows.execution.slurm import cancel_jobs, job_prefix, note_driver
from workflows.findings.states import TaskState, study_folder, task_folder, task_states
from workflows.planning.plan import Plan, Task
from workflows.species.store import STRUCTURES_FILE, Stored, save_species
from workflows.store import (
    ATTEMPTS_FILE,
    JOB_LOG_FILE,
    TASK_FILE,
    locked,
    write_atomic,
    write_failure,
    write_json,
)
from workflows.study.installed import check_installed
from workflows.study.ligand_list import beside_study

STOP_PATIENCE_S = 20.0
RULES_FILE, RUN_LOG_FILE = "rules.json", "run.log"
#: In a profile: what a task's shell reads before the task starts.
ENVIRONMENT_FILE = "environment.sh"


def _may_retry(task: Task, failure: Failure, retry_failed: bool) -> bool:
    """A failure is tried again on request, when more steps are allowed, or if it may pass."""
    more_steps = failure.unconverged and task.limits["max_steps"] > failure.max_steps
    return retry_failed or failure.may_pass or more_steps


def prepare(
    plan: Plan,
    results: Path,
    retry_failed: bool = False,
    only: Collection[str] | None = None,
) -> list[Task]:
    """Write the record of the study and the folders of its tasks; returns what is to be run.

    Finished tasks are left as they are, and so are all but those with the keys `only`. A damaged
    result is set aside, never deleted.
    """
    record = study_folder(plan, results)
    record.mkdir(parents=True, exist_ok=True)
    write_atomic(record / "study.toml", plan.text)
    for name, text in plan.lists.items():
        file = record / beside_study(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(file, text)
    write_json(record / "plan.json", plan_document(plan))
    structures = record / STRUCTURES_FILE
    made = Stored(plan.built, plan.refused)
    save_species(structures, plan.study, plan.text, plan.file.parent, made)
    todo: list[Task] = []
    for state in task_states(plan, results).values():
        task, folder = state.task, state.folder
        if state.result is not None and whole(state.result):
            continue
        if only is not None and task.key not in only:
            continue
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / RESULT_FILE).exists() and state.state != "running":
            aside = f"{RESULT_FILE}.{time.time_ns()}.damaged"
            (folder / RESULT_FILE).replace(folder / aside)
        _write_task(plan, task, folder)
        if state.state != "running":  # the retries of each run are counted anew
            (folder / ATTEMPTS_FILE).unlink(missing_ok=True)
            (folder / JOB_LOG_FILE).unlink(missing_ok=True)
        failure = load_failure(folder)
        if failure is not None and not _may_retry(task, failure, retry_failed):
            continue
        if failure is not None:
            (folder / FAILURE_FILE).unlink()
        todo.append(task)
    return [task for task in todo if _reachable(task, plan, results, {t.key for t in todo})]


def _reachable(task: Task, plan: Plan, results: Path, todo: set[str]) -> bool:
    for key in task.parents:
        parent = plan.tasks[key]
        if key in todo:
            if not _reachable(parent, plan, results, todo):
                return False
        elif not (task_folder(parent, results) / RESULT_FILE).exists():
            return False
    return True


def _write_task(plan: Plan, task: Task, folder: Path) -> None:
    data = {
        "label": task.label,
        "key": task.key,
        "spec": dict(task.spec),
        "parent_folders": [plan.tasks[p].folder for p in task.parents],
        "limits": dict(task.limits),
    }
    write_json(folder / TASK_FILE, data)


def plan_document(plan: Plan) -> dict[str, Any]:
    """The plan as a JSON document: tasks, species and what belongs to what."""
    return {
        "study": str(plan.file),
        "tasks": [
            {
                "label": task.label,
                "kind": task.kind,
                "key": task.key,
                "folder": f"tasks/{task.folder}",
                "needs": [plan.tasks[p].folder for p in task.parents],
                "core_seconds": round(task.estimate.core_seconds),
                "memory_MB": task.estimate.memory_MB,
                "ranks": task.estimate.ranks,
            }
            for task in plan.tasks.values()
        ],
        "species": {
            name: [plan.tasks[key].folder for key in keys]
            for name, keys in plan.species_keys.items()
        },
        "reactions": [entry.equation for entry in plan.study.reactions],
    }


def rule_name(task: Task) -> str:
    """Name of a task's rule in Snakemake, which SLURM shows as the comment of its job."""
    return re.sub(r"\W+", "_", f"{task.label}_{task.key[:6]}")


def _rules(
    plan: Plan, todo: Iterable[Task], max_ranks: int, fixed: Mapping[str, int]
) -> list[dict[str, Any]]:
    """What the Snakefile needs to know; paths are relative to the results folder."""
    rules = []
    downstream = _downstream_core_seconds(plan)
    for task in todo:
        asked = job_resources(task.kind, task.estimate, max_ranks, fixed)
        rules.append(
            {
                "rule": rule_name(task),
                "folder": f"tasks/{task.folder}",
                "result": f"tasks/{task.folder}/{RESULT_FILE}",
                "inputs": [f"tasks/{plan.tasks[p].folder}/{RESULT_FILE}" for p in task.parents],
                **asdict(asked),
                "priority": int(downstream[task.key]),
            }
        )
    return rules


def _most_ranks(todo: Iterable[Task], cores: int) -> int:
    """Most ranks that a task gets on this machine, from what waits with it."""
    waiting = {task.key: task for task in todo}
    return most_ranks(
        {key: task.estimate for key, task in waiting.items()},
        {key: task.parents for key, task in waiting.items()},
        cores,
    )


def _downstream_core_seconds(plan: Plan) -> dict[str, float]:
    """For each task the cost of the longest chain of tasks that begins with it."""
    longest: dict[str, float] = {}
    after = dict.fromkeys(plan.tasks, 0.0)
    for key, task in reversed(list(plan.tasks.items())):  # children come before their parents here
        longest[key] = task.estimate.core_seconds + after[key]
        for parent in task.parents:
            after[parent] = max(after[parent], longest[key])
    return longest


def environment() -> dict[str, str]:
    """Environment of the tasks: this Python's programs first, one thread per rank.

    Modules that lie in the folder of the results, or where the command was started, must not be
    taken for ours or for those of a library.
    """
    env = dict(os.environ)
    env["PYTHONSAFEPATH"] = "1"
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env.get('PATH', '')}"
    env.setdefault("OMP_NUM_THREADS", "1")
    env.setdefault("OMPI_MCA_rmaps_base_oversubscribe", "1")
    env.setdefault("OMPI_MCA_mpi_yield_when_idle", "1")  # waiting ranks leave cores to others
    if os.geteuid() == 0:
        env.setdefault("OMPI_ALLOW_RUN_AS_ROOT", "1")
        env.setdefault("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
    return env


def run_plan(
    plan: Plan,
    results: Path,
    *,
    cores: int,
    profile: Path | None = None,
    retry_failed: bool = False,
    only: Collection[str] | None = None,
    watch: Callable[[], None] = lambda: None,
    tell: Callable[[str], None] = lambda words: None,
    poll_s: float = 1.0,
) -> dict[str, TaskState]:
    """Run everything of a plan that is not done; returns the state of every task.

    Parameters
    ----------
    plan, results
        What is run, and the results folder.
    cores
        Cores of this machine to be used; with a profile, the largest number of ranks.
    profile
        Folder of a Snakemake profile for a cluster.
    retry_failed
        Try tasks again that failed.
    only
        Keys of the tasks to run, with all that they need; default: every task.
    watch
        Called every `poll_s` seconds while tasks run.
    tell
        Called with a sentence when jobs of a dead driver had to be cancelled.

    Raises
    ------
    InputError
        If a calculator that the study names, or the profile, is not usable.
    BusyError
        If the same study is being run in this results folder.
    KeyboardInterrupt
        After all tasks have been stopped.
    """
    check_installed(plan.file, plan.study)
    fixed = fixed_resources(profile) if profile is not None else {}
    record = study_folder(plan, results)
    record.mkdir(parents=True, exist_ok=True)
    with locked(record):
        if profile is not None and site_settings(profile).get("executor") == "slurm":
            # Nobody else drives this study, so that these jobs have lost their driver. Left
            # alone they would work in the same folders as the ones that are submitted now.
            lost = cancel_jobs(job_prefix(plan, results))
            if lost:
                tell(f"{len(lost)} jobs of a driver that is gone were cancelled; they go on")
        note_driver(record, cores if profile is None else None)
        todo = prepare(plan, results, retry_failed, only)
        if todo:
            ranks = cores if profile is not None else _most_ranks(todo, cores)
            write_json(record / RULES_FILE, _rules(plan, todo, ranks, fixed))
            words = _snakemake(
                plan, results, record, cores=cores, profile=profile, watch=watch, poll_s=poll_s
            )
            _note_unfinished(plan, results, todo, words)
            watch()
    return task_states(plan, results)


def _note_unfinished(plan: Plan, results: Path, todo: Iterable[Task], words: str) -> None:
    """Store a failure for every task that could run and ended without result and failure.

    Parameters
    ----------
    plan, results, todo
        What was run.
    words
        Last error of Snakemake, for tasks whose job did not start.
    """
    states = task_states(plan, results)
    for task in todo:
        state = states[task.key]
        ready = all(states[parent].state == "done" for parent in task.parents)
        if state.state != "waiting" or not ready:
            continue
        log = state.folder / JOB_LOG_FILE
        if state.why:
            reason = state.why
        elif log.exists():
            reason = last_error(log) or "its program ended without a result and without a message"
        else:
            reason = f"its job did not start: {words or 'Snakemake ended without a message'}"
        write_failure(state.folder, reason, False, task.limits["max_steps"], may_pass=True)


def _snakemake(
    plan: Plan,
    results: Path,
    record: Path,
    *,
    cores: int,
    profile: Path | None,
    watch: Callable[[], None],
    poll_s: float,
) -> str:
    """Run Snakemake to its end; returns the last error that it printed."""
    with resources.as_file(resources.files("workflows.execution") / "Snakefile") as snakefile:
        command = [sys.executable, "-P", "-m", "snakemake", "--snakefile", str(snakefile)]
        command += ["--directory", str(results), "--nolock", "--keep-going", "--rerun-incomplete"]
        command += ["--rerun-triggers", "input", "--nocolor", "--quiet", "progress"]
        command += ["--workflow-profile", "none"]  # not profiles/default where we were started
        settings: list[str] = []
        if profile is None:
            command += ["--cores", str(cores), "--resources", f"tasks={cores}"]
            command += ["--scheduler", "greedy", "--profile", "none"]
        else:
            command += ["--profile", str(profile.resolve())]
            site = site_settings(profile)
            settings = list(site.get("config", []))  # a --config here hides the profile's
            if (profile / ENVIRONMENT_FILE).is_file():
                settings.append(f"environment={(profile / ENVIRONMENT_FILE).resolve()}")
            if site.get("executor") == "slurm":
                command += ["--slurm-jobname-prefix", job_prefix(plan, results)]
                command += ["--slurm-status-command", "squeue"]
                settings.append("executor=slurm")
        command += ["--config", *settings, f"tasks={(record / RULES_FILE).relative_to(results)}"]
        with (record / RUN_LOG_FILE).open("a", encoding="utf-8") as log:
            before = log.tell()
            process = subprocess.Popen(
                command, stdout=log, stderr=log, env=environment(), start_new_session=True
            )
            try:
                while process.poll() is None:
                    watch()
                    time.sleep(poll_s)
            except BaseException:
                _stop(process)
                raise
    return last_error(record / RUN_LOG_FILE, before)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop Snakemake and everything it started: politely, then firmly."""
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            return
        try:
            process.wait(timeout=STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            continue
