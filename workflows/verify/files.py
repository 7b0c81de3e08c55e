"""Files of a verification: inputs of the other program, tables and data."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from analysis.results import load_result
from analysis.tables import render
from workflows.codes.registry import CODES
from workflows.codes.spec import CodeSpec, single_point
from workflows.findings.states import task_folder
from workflows.store import write_atomic
from workflows.verify.planning import Verification
from workflows.verify.rows import VerificationRow
from workflows.verify.tables import sentences, tables

FOLDER = "verify"


def default_folder(results: Path, reaction: str, code: str) -> Path:
    """Where the files of a verification go in the results."""
    words = re.sub(r"[^A-Za-z0-9_-]+", "-", reaction).strip("-")[:60] or "reaction"
    return results / FOLDER / f"{words}-{code}"


def write_inputs(made: Verification, results: Path, folder: Path) -> list[Path]:
    """Write the input of the other program for every species and part; returns the folders."""
    code = CODES[made.settings.code]
    written = []
    for task in made.code_tasks:
        start = load_result(task_folder(made.plan.tasks[task.parents[0]], results))
        assert start is not None
        spec = cast(CodeSpec, task.spec)
        point = single_point(start.atoms, spec, task.limits["max_scf_iterations"])
        name = re.sub(r"[^A-Za-z0-9_.+-]+", "-", task.label.removeprefix("verify "))
        target = folder / "inputs" / name
        target.mkdir(parents=True, exist_ok=True)
        code.write_input(target, point, spec["level"])
        written.append(target)
    return written


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
