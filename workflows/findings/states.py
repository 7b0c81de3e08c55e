"""Where the tasks of a plan stand, as their folders say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.errors import DamagedResultError
from analysis.results import Result, load_failure, load_result
from workflows.store import JOB_LOG_FILE, is_locked, record_folder

if TYPE_CHECKING:
    from workflows.planning.plan import Plan, Task

STATES = ("done", "running", "waiting", "unconverged", "failed", "blocked")


@dataclass(frozen=True, eq=False)
class TaskState:
    """Where a task stands.

    Parameters
    ----------
    task
        The task.
    folder
        Its folder.
    state
        One of `STATES`; ``"blocked"``: a task it needs has failed.
    why
        Reason of a failure, or an empty string.
    result
        The result if there is one.
    """

    task: Task
    folder: Path
    state: str
    why: str = ""
    result: Result | None = None

    @property
    def log(self) -> Path:
        """What its last job has printed, or its folder if no job has started."""
        log = self.folder / JOB_LOG_FILE
        return log if log.exists() else self.folder


def study_folder(plan: Plan, results: Path) -> Path:
    """Where the record of this very text of the study is kept."""
    return record_folder(plan.file, plan.text, plan.lists, results)


def task_folder(task: Task, results: Path) -> Path:
    """Folder of a task; the same for every study that needs it."""
    return results / "tasks" / task.folder


def task_states(plan: Plan, results: Path) -> dict[str, TaskState]:
    """State of every task of a plan, by key; reads the folders, changes nothing."""
    states: dict[str, TaskState] = {}
    for key, task in plan.tasks.items():
        states[key] = _state(task, task_folder(task, results), states)
    return states


def _state(task: Task, folder: Path, before: dict[str, TaskState]) -> TaskState:
    why = ""
    try:
        result = load_result(folder)
    except DamagedResultError as error:
        result, why = None, str(error)
    if result is not None and (result.key, result.kind) == (task.key, task.kind):
        return TaskState(task, folder, "done", result=result)
    if is_locked(folder):
        return TaskState(task, folder, "running")
    failure = load_failure(folder)
    if failure is not None:
        state = "unconverged" if failure.unconverged else "failed"
        return TaskState(task, folder, state, failure.reason)
    bad = [p for p in task.parents if before[p].state in ("failed", "unconverged", "blocked")]
    if bad:
        return TaskState(task, folder, "blocked", f"needs {before[bad[0]].task.label}")
    return TaskState(task, folder, "waiting", why)
