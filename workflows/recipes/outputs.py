"""Finished tasks whose files hold more than a result: curves, densities, potentials."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from analysis.results import DamagedResultError
from workflows.findings.findings import Findings
from workflows.findings.words import level_words
from workflows.recipes.notices import Notice

Loaded = TypeVar("Loaded")


@dataclass(frozen=True, eq=False)
class Output(Generic[Loaded]):
    """What a finished task has left.

    Parameters
    ----------
    stem
        Name for files, without ending; no two outputs of a recipe share one.
    title
        Label of the task with the level of theory.
    folder
        Folder of the task.
    data
        What its files hold.
    """

    stem: str
    title: str
    folder: Path
    data: Loaded


def load_outputs(
    found: Findings, keys: Iterable[str], file: str, load: Callable[[Path], Loaded]
) -> tuple[list[Output[Loaded]], list[Notice]]:
    """The outputs of finished tasks, and a notice for each whose files cannot be read.

    Parameters
    ----------
    found
        What is known.
    keys
        Keys of the tasks; what occurs twice is loaded once.
    file
        Name of the file, for the notice.
    load
        Reads it from a folder.
    """
    outputs: list[Output[Loaded]] = []
    notices: list[Notice] = []
    stems: set[str] = set()
    for key in dict.fromkeys(keys):
        state = found.states[key]
        if state.result is None:
            continue
        stem = state.task.label.replace(" ", "-")
        if stem in stems:  # the same with other settings
            stem = f"{stem}-{key[:6]}"
        stems.add(stem)
        title = f"{state.task.label} ({level_words(found.study)})"
        try:
            outputs.append(Output(stem, title, state.folder, load(state.folder)))
        except (OSError, DamagedResultError) as error:
            line = f"{type(error).__name__}: {error}"
            words = f"tasks/{state.folder.name}/{file} cannot be read"
            notices.append(Notice("error", words, (line,)))
    return outputs, notices
