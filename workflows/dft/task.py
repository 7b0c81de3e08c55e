"""The task program: ``mpiexec -n N gpaw python -m workflows.dft.task FOLDER``.

Does what ``task.json`` in the folder says and writes ``result.json`` there. It can be
killed at any moment and started again: finished work is kept, a relaxation goes on from
its last ionic step.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import numpy as np
from gpaw import KohnShamConvergenceError
from gpaw.mpi import world

from analysis.errors import DamagedResultError
from analysis.last_step import TRAJECTORY_FILE
from analysis.results import FAILURE_FILE, Result, load_failure, load_result
from workflows.dft.calculator import gpaw_in_use
from workflows.dft.displacements import saved_displacements
from workflows.dft.errors import PhysicsError, UnconvergedError
from workflows.dft.fast import fft_plans
from workflows.dft.job import Job
from workflows.dft.kinds import run_function
from workflows.dft.optimise.checkpoints import read_frames
from workflows.dft.parents import chosen_start, taken_values
from workflows.dft.remedies import with_remedies
from workflows.store import (
    ATTEMPTS_FILE,
    PROGRESS_FILE,
    TASK_FILE,
    BusyError,
    locked,
    write_failure,
    write_json,
    write_result,
)
from workflows.study.level import digest
from workflows.task_file import Limits, Progress

#: Attempts in a row that may end without a new ionic step or displacement.
FRUITLESS_ATTEMPTS = 2
LOCK_POLL_S = 1.0


def finished(folder: Path, key: str) -> bool:
    """True if the folder holds a believable result of this very task."""
    try:
        result = load_result(folder)
    except DamagedResultError:
        return False
    return result is not None and result.key == key


def _parents(folder: Path, task: Mapping[str, Any]) -> dict[str, Result]:
    """Results of the tasks that this one needs.

    Raises
    ------
    FileNotFoundError
        If one is missing or damaged; this task has not failed then.
    """
    found = {}
    for key, name in zip(task["spec"]["parents"], task["parent_folders"], strict=True):
        if not finished(folder.parent / name, key):
            raise FileNotFoundError(f"{name} has no result yet")
        result = load_result(folder.parent / name)
        assert result is not None
        found[key] = result
    return found


def _compute(
    folder: Path, task: Mapping[str, Any], parents: Mapping[str, Result], limits: Limits
) -> dict[str, Any]:
    """Run the calculation of a task and return the values of its result."""
    spec = task["spec"]
    taken = taken_values(spec, list(parents.values()))
    if taken is not None:
        return taken
    # Several parents are the candidates of one species.
    own, parent, about = chosen_start(spec, list(parents.values()))
    note = progress_writer(folder)
    note({"step": 0, "max_steps": 1})
    job: Job[Any] = Job(folder, own, limits, parent, note, parents)
    values = run_function(spec["kind"])(job)
    return {**values.model_dump(exclude_unset=True), **about}


def progress_writer(folder: Path) -> Callable[[Progress], None]:
    """A function that stores the progress of a task for other programs to read."""

    def note(progress: Progress) -> None:
        if world.rank == 0:
            write_json(folder / PROGRESS_FILE, progress)

    return note


def _fruitless(folder: Path) -> bool:
    """Record this attempt; True if the last ones added no ionic step and no displacement."""
    path = folder / ATTEMPTS_FILE
    try:
        frames = [int(n) for n in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError, OverflowError, RecursionError):
        frames = []
    now = len(read_frames(folder / TRAJECTORY_FILE)) + len(saved_displacements(folder))
    write_json(path, [*frames, now])
    return frames[-FRUITLESS_ATTEMPTS:] == [now] * FRUITLESS_ATTEMPTS


def _wait_for_lock(folder: Path, stack: ExitStack) -> None:
    while True:
        try:
            stack.enter_context(locked(folder))
            return
        except BusyError:
            time.sleep(LOCK_POLL_S)


def _attempt(folder: Path, task: Mapping[str, Any]) -> tuple[dict[str, Any] | None, str, bool]:
    """Values of the result, or None with the reason and whether more steps may help."""
    parents = _parents(folder, task)
    try:
        values = with_remedies(
            lambda limits: _compute(folder, task, parents, limits), task["limits"]
        )
        return values, "", False
    except UnconvergedError as error:
        return None, str(error), True
    except PhysicsError as error:
        return None, str(error), False
    except KohnShamConvergenceError as error:
        return None, str(error), False
    except Exception as error:
        crash = f"{type(error).__name__}: {error}"
        with suppress(OSError):  # the disk may be full
            write_failure(folder, crash, False, task["limits"]["max_steps"], may_pass=True)
        raise


def run_task(folder: Path, before: str = "") -> int:
    """Bring the task in a folder to its end; returns the exit status.

    `before` says why the attempt before this one failed.

    0: there is a result; 1: there is none, and ``failure.json`` says why. A second
    process that is started in the same folder waits for the first.
    """
    with ExitStack() as stack:
        if world.rank == 0:
            _wait_for_lock(folder, stack)
        world.barrier()
        task = json.loads((folder / TASK_FILE).read_text(encoding="utf-8"))
        key = digest(task["spec"])
        if key != task["key"]:
            print(f"{folder / TASK_FILE} was changed: its key does not fit", file=sys.stderr)
            return 1
        done = fruitless = False
        if world.rank == 0:
            done = finished(folder, key)
            fruitless = not done and _fruitless(folder)
        done, fruitless = (bool(n) for n in _broadcast(done, fruitless))
        if done:
            return 0
        began = time.monotonic()
        if fruitless:
            reason = f"{FRUITLESS_ATTEMPTS} attempts in a row ended without a new ionic step"
            reason += f", the last with {before}" if before else ""
            values, unconverged = None, False
        else:
            plans = fft_plans.wisdom_file(folder.parent.parent)
            fft_plans.recall(plans)
            values, reason, unconverged = _attempt(folder, task)
            if world.rank == 0:
                fft_plans.keep(plans)
        core_s = world.sum_scalar(time.process_time())
        if world.rank == 0:
            if values is None:
                max_steps = task["limits"]["max_steps"]
                write_failure(folder, reason, unconverged, max_steps, may_pass=fruitless)
                print(f"{task['label']}: {reason}", file=sys.stderr)
            else:
                spec = task["spec"]
                effort = {
                    "gpaw": values.get("gpaw", gpaw_in_use(task["limits"])),
                    "ranks": world.size,
                    "last_attempt_s": round(time.monotonic() - began, 1),
                    "last_attempt_core_s": round(core_s, 1),
                }
                write_result(folder, spec["kind"], key, {**values, **effort})
            (folder / ATTEMPTS_FILE).unlink(missing_ok=True)
        world.barrier()
    return 0 if values is not None else 1


def _broadcast(*flags: bool) -> list[int]:
    shared = np.array(flags, dtype=int)
    world.broadcast(shared, 0)
    return [int(n) for n in shared]


def main() -> None:
    """Entry point; see the module."""
    folder = Path(sys.argv[1]).resolve()
    if not (folder / TASK_FILE).is_file():
        sys.exit(f"{folder} has no {TASK_FILE}")
    failure = load_failure(folder)
    world.barrier()
    if world.rank == 0:
        (folder / FAILURE_FILE).unlink(missing_ok=True)
    sys.exit(run_task(folder, failure.reason if failure else ""))


if __name__ == "__main__":
    main()
