"""Energies and forces of all relaxations in one file, to train potentials with."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator

from analysis.last_step import earlier_steps, last_step
from workflows.findings.findings import Findings
from workflows.findings.relaxed import PROGRAM
from workflows.store import write_atomic

if TYPE_CHECKING:
    from analysis.results import Result
    from workflows.findings.states import TaskState

TRAINING_FILE = "training.xyz"
#: Kinds of tasks that relax a structure with GPAW; those of potentials are another one.
RELAXING = ("relax", "crystal")
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
    return {TRAINING_FILE: "energies and forces of all relaxations by GPAW: extended XYZ"}


def training_frames(found: Findings) -> Iterator[Atoms]:
    """Structures with the energy and the forces of one calculation by GPAW, in plan order.

    Of each finished relaxation the relaxed structure comes last. ``energy``, in eV, is that of
    the calculation, extrapolated to zero smearing, with dispersion and with the interaction of
    the dipoles of molecules with their images; ``free_energy``, in eV, is that whose negative
    derivatives are ``forces``, in eV/A, those on fixed atoms included. Relaxed structures without
    forces, and steps whose SCF cycles were looser than the tolerances of the level, are left out.
    """
    names = _names(found)
    for key, state in found.states.items():
        if state.task.kind not in RELAXING or state.result is None:
            continue
        atoms = state.result.atoms
        last = last_step(state.folder, atoms)
        if last.forces_eV_per_A is None:
            continue
        about = _about(state, state.result, names[key])
        if state.task.kind == "relax":  # the basis of a crystal changes with its cell
            for number, step in enumerate(earlier_steps(state.folder, atoms)):
                yield _frame(step, {**about, "step": number, "final": False}, step.calc.results)
        values = state.result.values
        results = {
            "energy": values["energy_eV"],
            "free_energy": values.get("free_energy_eV"),
            "forces": last.forces_eV_per_A,
            "magmom": values.get("magnetic_moment_muB"),
            "magmoms": last.moments_muB,
        }
        yield _frame(atoms, {**about, "final": True}, results)


def _names(found: Findings) -> dict[str, str]:
    """Species of each relaxation by the key of its task."""
    plan = found.plan
    tables = (plan.screen_keys, plan.first_keys, plan.relax_keys)
    return {key: name for keys in tables for name, own in keys.items() for key in own}


def _about(state: TaskState, result: Result, species: str) -> dict[str, Any]:
    """What the info of all frames of a relaxation says."""
    return {
        "species": species,
        "charge": result.charge,
        "fingerprint": result.fingerprint,
        "program": PROGRAM,
        "folder": f"tasks/{state.task.folder}",
    }


def _frame(atoms: Atoms, info: dict[str, Any], results: dict[str, Any]) -> Atoms:
    """A copy with these info and results alone."""
    frame: Atoms = atoms.copy()
    frame.info = info
    known = {key: results[key] for key in QUANTITIES if results.get(key) is not None}
    frame.calc = SinglePointCalculator(frame, **known)
    return frame
