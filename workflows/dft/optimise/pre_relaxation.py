"""A cheap relaxation before the first SCF cycle, by any calculator of ASE that is installed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.geometry import find_mic
from gpaw.mpi import world

from analysis.geometry.intact import damage
from workflows.dft.optimise.model_bfgs import ModelBFGS
from workflows.store import write_json
from workflows.study.pre_relaxation import calculator_class
from workflows.task_file import Limits

RECORD_FILE = "pre-relaxation.json"
LOG_FILE = "pre-relaxation.txt"
#: The relaxation ends here: its own minimum is not that of the level.
FMAX_EV_PER_A = 0.1
MAX_STEPS = 200
#: A start from which an atom has moved further is another start, not a better one.
LONGEST_MOVE_A = 1.5


def record_of(folder: Path) -> dict[str, Any]:
    """What a task's result says of its pre-relaxation; nothing if there was none."""
    file = folder / RECORD_FILE
    try:
        return {"pre_relaxation": json.loads(file.read_text(encoding="utf-8"))}
    except (OSError, ValueError, RecursionError):
        return {}


def pre_relaxed(start: Atoms, limits: Limits, folder: Path) -> Atoms:
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


def _relaxed(start: Atoms, limits: Limits, folder: Path) -> tuple[Atoms, dict[str, Any]]:
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
    return damage(start, relaxed)
