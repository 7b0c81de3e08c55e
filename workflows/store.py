"""Folders of results: atomic files, locks, and what is stored in a task's folder."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from analysis.results import FAILURE_FILE, RESULT_FILE, SCHEMA
from workflows.study.level import digest

TASK_FILE = "task.json"
PROGRESS_FILE = "progress.json"
LOCK_FILE = "lock"
ATTEMPTS_FILE = "attempts.json"
LOG_FILE = "gpaw.txt"
#: What the last job of a task has printed: errors of its shell, of MPI and of Python.
JOB_LOG_FILE = "job.log"


def record_folder(file: Path, text: str, lists: Mapping[str, str], results: Path) -> Path:
    """Where the record of a study is kept, for this very text of its file and its lists.

    Parameters
    ----------
    file, text
        Study file and its text.
    lists
        Text of the lists of ligands that it names.
    results
        Results folder.
    """
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", file.stem)[:40] or "study"
    return results / "studies" / f"{name}-{digest([text, dict(lists)] if lists else text)[:8]}"


class BusyError(Exception):
    """Another process works in this folder."""


def write_atomic(path: Path, text: str) -> None:
    """Replace a file in one step, so that a reader never sees half of it."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)  # half a report would fill what is left of a disk
        raise


def write_json(path: Path, data: Any) -> None:
    """Write a JSON document atomically; NaN and infinities are refused."""
    write_atomic(path, json.dumps(data, indent=1, allow_nan=False) + "\n")


def write_result(folder: Path, kind: str, key: str, values: dict[str, Any]) -> None:
    """Store a finished calculation; from now on the task is done."""
    write_json(folder / RESULT_FILE, {"schema": SCHEMA, "kind": kind, "key": key, "values": values})
    (folder / FAILURE_FILE).unlink(missing_ok=True)
    (folder / PROGRESS_FILE).unlink(missing_ok=True)


def write_failure(
    folder: Path, reason: str, unconverged: bool, max_steps: int, may_pass: bool = False
) -> None:
    """Store why a calculation ended without an energy; the arguments are those of `Failure`."""
    write_json(
        folder / FAILURE_FILE,
        {
            "reason": reason,
            "unconverged": unconverged,
            "max_steps": max_steps,
            "may_pass": may_pass,
        },
    )
    (folder / PROGRESS_FILE).unlink(missing_ok=True)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the operating system frees it when the process dies.

    Raises
    ------
    BusyError
        If another process holds it.
    OSError
        If the file system has no locks.
    """
    with (folder / LOCK_FILE).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(f"another process works in {folder}") from error
        except OSError as error:  # not to be waited for: it would last for ever
            words = f"the file system keeps no locks ({error.strerror})"
            raise OSError(error.errno, words, str(folder)) from error
        yield


def is_locked(folder: Path) -> bool:
    """True while a task program on this machine works in the folder."""
    if not (folder / LOCK_FILE).exists():
        return False
    try:
        with locked(folder):
            return False
    except BusyError:
        return True
    except OSError:
        return False
