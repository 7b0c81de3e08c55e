"""Where the numbers of a page come from: settings, versions, tasks and their folders."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from analysis.tables import MISSING, Table, number
from workflows.findings.findings import Findings
from workflows.findings.words import status_words
from workflows.study.level import Level
from workflows.study.model import Study
from workflows.study.potential import PotentialLevel

#: Programs whose versions a page names beside those that the results were made with.
PROGRAMS = ("passivant", "gpaw", "gpaw-data", "ase", "pymatgen", "rdkit", "numpy", "scipy")


def setting_table(study: Study) -> Table:
    """All settings of the level of theory, of the relaxation and of the energies."""
    levels: dict[str, Level | PotentialLevel] = {"Relaxation": study.level}
    if study.single_point is not None:
        levels["Energies"] = study.single_point
    if study.screening is not None:
        levels["Screening"] = study.screening
    documents = [level.model_dump() for level in levels.values()]
    keys = dict.fromkeys(key for each in documents for key in each if each[key] is not None)
    rows = [(key, *(_words(each.get(key)) for each in documents)) for key in keys]
    return Table("Settings of the level", ("Setting", *levels), tuple(rows))


def _words(value: Any) -> str:
    return MISSING if value in (None, "") else str(value)


def version_table(found: Findings, here: str = "Wrote this page") -> Table:
    """Versions that the results were made with, and those that run now, below a heading `here`."""
    used: dict[str, set[str]] = {}
    for state in found.states.values():
        level = state.result.values.get("level", {}) if state.result else {}
        for name, number_ in level.get("codes", {}).items():
            used.setdefault(name, set()).add(str(number_))
    now = {name: _installed(name) for name in dict.fromkeys((*PROGRAMS, *used))}
    now["Python"] = platform.python_version()
    rows = [
        (name, ", ".join(sorted(used.get(name, ()))) or MISSING, installed)
        for name, installed in now.items()
    ]
    foot = (
        "gpaw-data: the PAW datasets. The versions behind a result are part of its key; those of"
        " the other programs are not recorded with it, but are in the head of every gpaw.txt.",
    )
    return Table("Versions", ("Program", "In the results", here), tuple(rows), foot)


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return MISSING


def task_table(found: Findings) -> Table:
    """Every task with its wall time, ranks and folder."""
    rows = []
    for key, task in found.plan.tasks.items():
        state = found.states[key]
        values = state.result.values if state.result else {}
        ranks = values.get("ranks")
        rows.append(
            (
                task.label,
                number(values.get("last_attempt_s"), 1),
                MISSING if ranks is None else str(ranks),
                values.get("gpaw", MISSING),
                status_words(state.state, state.why),
                f"tasks/{task.folder}",
            )
        )
    foot = (
        "Wall time of the last attempt; a relaxation that was interrupted took longer. Folders are"
        " relative to the folder of the results; each holds the log gpaw.txt and result.json.",
        "GPAW: accelerated, with the parts that passivant replaces by faster ones, or plain, as it"
        " comes; on a GPU all of these parts are off.",
    )
    columns = ("Task", "Wall time / s", "Ranks", "GPAW", "Status", "Folder")
    return Table("Tasks", columns, tuple(rows), foot)
