"""Files of a verification: inputs of the other program, tables and data."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from analysis.results import FAILURE_FILE, load_result
from analysis.tables import render
from workflows.codes.outputs import checked_output, input_bytes
from workflows.codes.registry import CODES
from workflows.codes.single_point import OutputError, SinglePoint, UnconvergedScfError
from workflows.codes.spec import CodeSpec, single_point
from workflows.findings.states import task_folder, task_states
from workflows.planning.plan import Task
from workflows.store import write_atomic
from workflows.study.errors import StudyError
from workflows.verify.rows import VerificationRow
from workflows.verify.tables import sentences, tables
from workflows.verify.verification import Verification

FOLDER, INPUTS = "verify", "inputs"


def default_folder(results: Path, reaction: str, code: str) -> Path:
    """Where the files of a verification go in the results."""
    words = re.sub(r"[^A-Za-z0-9_-]+", "-", reaction).strip("-")[:60] or "reaction"
    return results / FOLDER / f"{words}-{code}"


def inputs(made: Verification, results: Path) -> Iterator[tuple[Task, SinglePoint, str]]:
    """Tasks of the other program, what each calculates, and a name for the folder of its input.

    The name ends with a hash of the input, so that an output never lies beside a later input.
    """
    code = CODES[made.settings.code]
    for task in made.code_tasks:
        start = load_result(task_folder(made.plan.tasks[task.parents[0]], results))
        assert start is not None
        spec = cast(CodeSpec, task.spec)
        point = single_point(start.atoms, spec, task.limits["max_scf_iterations"])
        label = task.label.removeprefix("verify ").replace(f" with {code.program.name}", "")
        words = re.sub(r"[^A-Za-z0-9_.+-]+", "-", label)
        text = input_bytes(code, point, spec["level"])
        yield task, point, f"{words}-{hashlib.sha256(text).hexdigest()[:8]}"


def write_inputs(made: Verification, results: Path, folder: Path) -> Path:
    """Write the input of the other program for every species and part; returns their folder."""
    target = folder / INPUTS
    for task, point, name in inputs(made, results):
        (target / name).mkdir(parents=True, exist_ok=True)
        CODES[made.settings.code].write_input(target / name, point, task.spec["level"])
    return target


def found_version(code: str, outputs: Path) -> str:
    """Version of the program that has written the outputs in the folders of a folder.

    Raises
    ------
    StudyError
        If there are none, or they are of several versions.
    """
    names = sorted(outputs.glob(f"*/{CODES[code].output_file}"))
    if not names:
        raise StudyError(f"--outputs {outputs}: there is no */{CODES[code].output_file}")
    try:
        versions = sorted({CODES[code].read_echo(name.parent).version for name in names})
    except OutputError as error:
        raise StudyError(f"--outputs: {error}") from error
    if len(versions) > 1:
        raise StudyError(
            f"--outputs {outputs}: the outputs are of several versions: {', '.join(versions)}"
        )
    return versions[0]


def take_outputs(made: Verification, results: Path, outputs: Path) -> None:
    """Copy what was calculated elsewhere to the tasks that have no result yet.

    Parameters
    ----------
    made
        What is verified.
    results
        Results folder of the study.
    outputs
        Folder with one folder for each input of `write_inputs`, with input and output in it.

    Raises
    ------
    StudyError
        If an output is missing, did not converge, or does not belong to its input; nothing is
        copied then.
    """
    code = CODES[made.settings.code]
    states = task_states(made.plan, results)
    taken = []
    for task, point, name in inputs(made, results):
        if states[task.key].state != "done":
            try:
                checked_output(code, outputs / name, point, task.spec["level"])
            except (OutputError, UnconvergedScfError) as error:
                raise StudyError(f"--outputs: {task.label}: {outputs / name}: {error}") from error
            taken.append((outputs / name, task_folder(task, results)))
    for source, target in taken:
        target.mkdir(parents=True, exist_ok=True)
        for file in (code.input_file, code.output_file):
            if source.resolve() != target.resolve():
                shutil.copyfile(source / file, target / file)
        (target / FAILURE_FILE).unlink(missing_ok=True)


def document(made: Verification, row: VerificationRow) -> dict[str, Any]:
    """Everything that was found, with the folder behind every number; energies in eV."""
    return {
        "study": str(made.plan.file),
        "gpaw_level": made.gpaw_level.physics(),
        "code_level": made.code_tasks[0].spec["level"],
        "convention": list(sentences(made)),
        **asdict(row),
    }


def write_files(made: Verification, row: VerificationRow, folder: Path) -> list[Path]:
    """Write the tables as text, Markdown and CSV, and ``verify.json``; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    shown = tables(made, row)
    texts = {
        "verify.txt": render(shown, "text"),
        "verify.md": render(shown, "md"),
        "verify.tex": render(shown, "latex"),
        "verify.csv": render(shown[:1], "csv"),
        "verify.json": json.dumps(document(made, row), indent=1, allow_nan=False) + "\n",
    }
    for name, text in texts.items():
        write_atomic(folder / name, text)
    return [folder / name for name in texts]
