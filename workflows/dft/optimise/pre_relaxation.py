"""A cheap relaxation before the first SCF cycle, by any calculator of ASE that is installed."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Mapping
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator, FileIOCalculator
from ase.geometry import find_mic
from gpaw.mpi import world

from analysis.geometry.bond_changes import bond_changes
from slabs.errors import InputError
from slabs.text import one_line
from workflows.dft.optimise.model_bfgs import ModelBFGS
from workflows.store import write_json
from workflows.study.model import Study

RECORD_FILE = "pre-relaxation.json"
LOG_FILE = "pre-relaxation.txt"
NONE = "none"
#: The relaxation ends here: its own minimum is not that of the level.
FMAX_EV_PER_A = 0.1
MAX_STEPS = 200
#: A start from which an atom has moved further is another start, not a better one.
LONGEST_MOVE_A = 1.5


def calculator_class(name: str) -> type[BaseCalculator]:
    """The class that ``module:Class`` names.

    Raises
    ------
    InputError
        If it cannot be imported, or is no calculator of ASE that runs in this process.
    """
    module, _, attribute = name.partition(":")
    if module.partition(".")[0] in sys.stdlib_module_names:
        raise InputError(f"pre_relaxation = {name!r}: {module} holds no calculator")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except Exception as error:  # a module may raise anything while it is loaded
        why = one_line(str(error), 200)
        raise InputError(
            f"pre_relaxation = {name!r} cannot be imported here ({why}); install its package, or"
            f" give {NONE!r}"
        ) from error
    if not isinstance(found, type) or not issubclass(found, BaseCalculator):
        raise InputError(f"pre_relaxation = {name!r} is no class of an ASE calculator")
    if issubclass(found, FileIOCalculator) or "command" in signature(found).parameters:
        raise InputError(f"pre_relaxation = {name!r} runs another program, which is not allowed")
    return found


def check_installed(file: Path, study: Study) -> None:
    """Refuse a study whose pre-relaxation cannot be done here.

    Raises
    ------
    InputError
        One sentence that names the study file, the key and what is wrong.
    """
    for key, level in (("level", study.level), ("screening", study.screening)):
        if level is None or level.pre_relaxation == NONE:
            continue
        try:
            calculator_class(level.pre_relaxation)
        except InputError as error:
            raise InputError(f"{file}: {key}.{error}") from error


def record_of(folder: Path) -> dict[str, Any]:
    """What a task's result says of its pre-relaxation; nothing if there was none."""
    file = folder / RECORD_FILE
    try:
        return {"pre_relaxation": json.loads(file.read_text(encoding="utf-8"))}
    except (OSError, ValueError, RecursionError):
        return {}


def pre_relaxed(start: Atoms, limits: Mapping[str, Any], folder: Path) -> Atoms:
    """A better start, or the same one if the calculator fails or makes something else of it.

    What happened is stored beside the result and goes into it; the minimum that GPAW then
    finds may be another one, as from any other start.

    Parameters
    ----------
    start
        Planned start, with its constraints.
    limits
        Of the task: ``pre_relaxation`` and its options, and the longest step.
    folder
        Folder of the task.
    """
    places = start.positions.copy()
    if world.rank == 0:
        atoms, record = _relaxed(start, limits, folder)
        if record["used"]:
            places[:] = atoms.positions
        write_json(folder / RECORD_FILE, record)
    world.broadcast(places, 0)
    better: Atoms = start.copy()
    better.set_positions(places, apply_constraint=False)
    return better


def _relaxed(start: Atoms, limits: Mapping[str, Any], folder: Path) -> tuple[Atoms, dict[str, Any]]:
    """The relaxed structure, and what is to be recorded."""
    atoms = start.copy()
    record: dict[str, Any] = {
        "calculator": limits["pre_relaxation"],
        "options": dict(limits["pre_relaxation_options"]),
        "steps": 0,
        "used": False,
    }
    try:
        made = calculator_class(limits["pre_relaxation"])
        atoms.calc = made(**limits["pre_relaxation_options"])
        log = str(folder / LOG_FILE)
        with ModelBFGS(atoms, logfile=log, maxstep=limits["max_step_A"]) as optimizer:
            optimizer.run(fmax=FMAX_EV_PER_A, steps=MAX_STEPS)
        record["steps"] = int(optimizer.nsteps)
        why = _objection(start, atoms)
    except Exception as error:  # whatever a foreign calculator raises is no failure of the task
        why = f"{type(error).__name__}: {error}"[:200]
    return atoms, {**record, "used": not why, **({"why": why} if why else {})}


def _objection(start: Atoms, relaxed: Atoms) -> str:
    """Why a structure is no start for GPAW; empty if it is one."""
    if not np.isfinite(relaxed.positions).all():
        return "positions are not finite"
    _, lengths = find_mic(relaxed.positions - start.positions, start.cell, start.pbc)
    if lengths.max() > LONGEST_MOVE_A:
        return f"an atom moved by {lengths.max():.2f} A, more than {LONGEST_MOVE_A} A"
    changes = bond_changes(start, relaxed)
    if changes.broken or changes.new or changes.protons:
        return "bonds broke or formed, or a proton moved"
    return ""
