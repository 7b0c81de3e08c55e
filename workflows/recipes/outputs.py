"""Finished tasks whose files hold more than a result: curves, densities, potentials."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from analysis.errors import DamagedResultError
from workflows.findings.findings import Findings
from workflows.findings.words import level_words, output_title
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
        What it is of which species, with the level of theory.
    folder
        Folder of the task.
    data
        What its files hold.
    """

    stem: str
    title: str
    folder: Path
    data: Loaded


@dataclass(frozen=True, eq=False)
class Outputs(Generic[Loaded]):
    """What the finished tasks of a recipe have left.

    Parameters
    ----------
    readable
        Those whose files can be read.
    errors
        Folder and error of each of the others.
    file
        Name of the file that is read.
    """

    readable: list[Output[Loaded]]
    errors: list[tuple[Path, Exception]]
    file: str

    def all(self) -> list[Output[Loaded]]:
        """All of them.

        Raises
        ------
        Exception
            If a file cannot be read.
        """
        for _, error in self.errors:
            raise error
        return self.readable

    def notices(self) -> list[Notice]:
        """A notice for each whose file cannot be read."""
        return [
            Notice(
                "error",
                f"tasks/{folder.name}/{self.file} cannot be read",
                (f"{type(error).__name__}: {error}",),
            )
            for folder, error in self.errors
        ]


def load_outputs(
    found: Findings, keys: Iterable[str], file: str, load: Callable[[Path], Loaded]
) -> Outputs[Loaded]:
    """The outputs of finished tasks.

    Parameters
    ----------
    found
        What is known.
    keys
        Keys of the tasks; what occurs twice is loaded once.
    file
        Name of the file that is read, for notices.
    load
        Reads it from a folder.
    """
    outputs: list[Output[Loaded]] = []
    errors: list[tuple[Path, Exception]] = []
    stems: set[str] = set()
    for key in dict.fromkeys(keys):
        state = found.states[key]
        if state.result is None:
            continue
        stem = state.task.label.replace(" ", "-")
        if stem in stems:  # the same with other settings
            stem = f"{stem}-{key[:6]}"
        stems.add(stem)
        title = f"{output_title(found.study, state.task.label)} ({level_words(found.study)})"
        try:
            outputs.append(Output(stem, title, state.folder, load(state.folder)))
        except (OSError, DamagedResultError) as error:
            errors.append((state.folder, error))
    return Outputs(outputs, errors, file)
