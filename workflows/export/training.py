"""Energies and forces of all relaxations and single points in one file, to train potentials on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator

from analysis.last_step import earlier_steps, last_step
from workflows.findings.findings import Findings
from workflows.findings.relaxed import PROGRAM
from workflows.store import write_atomic
from workflows.study.level import Level

if TYPE_CHECKING:
    from analysis.results import Result
    from workflows.findings.states import TaskState
    from workflows.study.model import Study

TRAINING_FILE = "training.xyz"
#: Kinds of tasks that relax a structure with GPAW; those of potentials are another one.
RELAXING = ("relax", "crystal")
SINGLE_POINT = "single-point"
#: Settings of a calculation that are no part of its level.
SETTINGS = ("kpoints", "spin_polarised", "dipole_layer")
#: Results of a calculator that are written.
QUANTITIES = ("energy", "free_energy", "forces", "magmom", "magmoms")


def write_training(found: Findings, folder: Path) -> dict[str, str]:
    """Write all frames into one file; returns what it is by its name, nothing without frames."""
    from ase.io import write  # loads GPAW

    page = StringIO()
    for frame in training_frames(found):
        write(page, frame, format="extxyz")
    if not page.getvalue():
        return {}
    write_atomic(folder / TRAINING_FILE, page.getvalue())
    words = "energies and forces of all relaxations and single points by GPAW: extended XYZ"
    return {TRAINING_FILE: words}


def training_frames(found: Findings) -> Iterator[Atoms]:
    """Structures with the energy and the forces of one calculation by GPAW, in plan order.

    Of each finished relaxation the relaxed structure comes last. ``energy``, in eV, is that of
    the calculation, extrapolated to zero smearing, with dispersion and with the interaction of
    the dipoles of molecules with their images; ``free_energy``, in eV, is that whose negative
    derivatives are ``forces``, in eV/A, those on fixed atoms included. Relaxed structures without
    forces, and steps whose SCF cycles were looser than the tolerances of the level, are left out.
    """
    for state in found.states.values():
        if state.result is None or state.task.kind not in (*RELAXING, SINGLE_POINT):
            continue
        atoms, values = state.result.atoms, state.result.values
        own, last = values.get("forces_eV_per_A"), last_step(state.folder, atoms)
        forces = last.forces_eV_per_A if own is None else np.array(own)
        # A result that was taken from another task is in the file as that of the other one.
        if forces is None or values.get("same_as"):
            continue
        about = _about(found, state, state.result)
        if state.task.kind == "relax":  # the basis of a crystal changes with its cell
            for number, step in enumerate(earlier_steps(state.folder, atoms)):
                yield _frame(step, {**about, "step": number, "final": False}, step.calc.results)
        results = {
            "energy": values["energy_eV"],
            "free_energy": values.get("free_energy_eV"),
            "forces": forces,
            "magmom": values.get("magnetic_moment_muB"),
            "magmoms": last.moments_muB,
        }
        yield _frame(atoms, {**about, "final": True}, results)


def _about(found: Findings, state: TaskState, result: Result) -> dict[str, Any]:
    """What the info of all frames of a calculation says."""
    task = state.task
    return {
        "species": _species(found, state),
        "calculation": task.kind,
        "level": _level(found.study, task.spec["level"]).name,
        "fingerprint": result.fingerprint,
        "charge": result.charge,
        **{key: task.spec[key] for key in SETTINGS if key in task.spec},
        "program": PROGRAM,
        "folder": f"tasks/{task.folder}",
    }


def _species(found: Findings, state: TaskState) -> str:
    """Name of the species that a task calculates."""
    plan, task = found.plan, state.task
    for table in (plan.species_keys, plan.relax_keys, plan.screen_keys):
        for name, keys in table.items():
            if task.key in keys:
                return name
    # A relaxation for a recipe of its own, such as that of vibrations.
    return next((word for word in task.label.split() if word in plan.built), task.label)


def _level(study: Study, physics: Mapping[str, Any]) -> Level:
    """The level of a study that has most settings of a calculation."""
    levels = (study.level, study.single_point, study.screening)
    return max(
        (level for level in levels if isinstance(level, Level)),
        key=lambda level: sum(physics.get(key) == own for key, own in level.physics().items()),
    )


def _frame(atoms: Atoms, info: dict[str, Any], results: dict[str, Any]) -> Atoms:
    """A copy with these info and results alone."""
    frame: Atoms = atoms.copy()
    frame.info = info
    known = {key: results[key] for key in QUANTITIES if results.get(key) is not None}
    frame.calc = SinglePointCalculator(frame, **known)
    return frame
