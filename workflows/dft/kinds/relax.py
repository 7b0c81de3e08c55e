"""Relaxation with a checkpoint at every ionic step."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.constraints import FixCom
from ase.geometry import find_mic
from ase.io.trajectory import Trajectory
from ase.optimize import BFGS, FIRE
from gpaw.mpi import world

from analysis.results import atoms_from_dict, atoms_to_dict
from slabs.composition import molecular_units
from slabs.surfaces.slab import build_slab, in_order_of
from workflows.dft.calculator import PhysicsError, gpaw_calculator, with_dispersion
from workflows.dft.fast.scf_accuracy import ScfAccuracy
from workflows.dft.kinds.single_point import energy_values, save_density
from workflows.dft.optimise.model_bfgs import ModelBFGS
from workflows.dft.optimise.pre_relaxation import NONE, pre_relaxed, record_of
from workflows.store import LOG_FILE, PROGRESS_FILE, write_json

TRAJECTORY_FILE = "relax.traj"
OPTIMIZERS = {"model-BFGS": ModelBFGS, "BFGS": BFGS, "FIRE": FIRE}


class UnconvergedError(PhysicsError):
    """The forces were still too large at the last allowed step."""


def start_structure(spec: Mapping[str, Any], relaxed: Atoms | None) -> Atoms:
    """Start of a relaxation: new atoms as planned, all others where the parent left them.

    Each new molecule or ion (without a counterpart in the parent) moves rigidly by the
    displacement of the parent's atom that is closest to it, so that a ligand follows its
    site. A slab that is cut from a relaxed crystal is cut again from what was found, and a
    screened candidate starts from where the screening left all of its atoms.

    Parameters
    ----------
    spec
        Specification of the task.
    relaxed
        Relaxed structure of the parent, or None without a parent.

    Returns
    -------
    Atoms
        Structure with constraints and starting moments.
    """
    if relaxed is not None and "rank" in spec:
        return relaxed
    atoms = atoms_from_dict(spec["structure"])
    if relaxed is None:
        return atoms
    offsets = np.array(spec["offsets_A"]) if spec["offsets_A"] else np.zeros((len(atoms), 3))
    if spec["cut"]:
        slab = in_order_of(atoms, build_slab(relaxed, **spec["cut"]))
        atoms.set_cell(slab.cell)
        atoms.set_positions(slab.positions + offsets, apply_constraint=False)
        return atoms
    origin = np.array(spec["parent_atoms"])
    old = origin >= 0
    planned = atoms.positions.copy()
    moved = planned.copy()
    moved[old] = relaxed.positions[origin[old]] + offsets[old]
    if spec.get("level_with_plan"):
        held = _fixed(atoms) or slice(None)
        moved[:, 2] += (planned[held, 2] - moved[held, 2]).mean()
    cell = atoms.cell.array.copy()
    cell[:2] = relaxed.cell.array[:2]
    atoms.set_cell(cell)
    lateral = [True, True, False]
    new = np.flatnonzero(~old)
    labels = molecular_units(atoms[new])
    for label in np.unique(labels):
        unit = new[labels == label]
        gaps = planned[unit][:, None, :] - planned[old][None, :, :]
        _, distance = find_mic(gaps.reshape(-1, 3), atoms.cell, lateral)
        nearest = int(np.argmin(distance.reshape(len(unit), -1).min(axis=0)))
        shift = (moved - planned)[np.flatnonzero(old)[nearest]]
        moved[unit] += find_mic(shift, atoms.cell, lateral)[0]
    atoms.set_positions(moved, apply_constraint=False)
    return atoms


def read_frames(path: Path) -> list[Atoms]:
    """All frames that can be read, first to last; an empty list if there is no file.

    A file that was cut in the middle of a frame gives the frames before the cut.
    """
    frames: list[Atoms] = []
    if not path.exists() or path.stat().st_size == 0:
        return frames
    try:
        with Trajectory(path, "r") as trajectory:
            for number in range(len(trajectory)):
                frame = trajectory[number]
                if not np.isfinite(frame.positions).all() or frame.calc is None:
                    break
                frame.get_potential_energy()
                frame.get_forces()
                frames.append(frame)
    except Exception:  # any damage ends the readable part; ASE raises many types for it
        return frames
    return frames


def _fixed(atoms: Atoms) -> list[int]:
    """Indices of the atoms that do not move."""
    return [int(n) for c in atoms.constraints for n in c.get_indices()]


def _resume(folder: Path, start: Atoms) -> list[Atoms]:
    """Frames of an earlier attempt that belong to this task; a damaged file is set aside."""
    path = folder / TRAJECTORY_FILE
    frames = read_frames(path)
    usable = [f for f in frames if np.array_equal(f.numbers, start.numbers)]
    if path.exists() and (len(usable) != len(frames) or not _complete(path, len(usable))):
        path.replace(path.with_name(f"{path.name}.{time.time_ns()}.damaged"))
        with Trajectory(path, "w") as mended:
            for frame in usable:
                mended.write(frame)
    return usable


def _complete(path: Path, frames: int) -> bool:
    try:
        with Trajectory(path, "r") as trajectory:
            return len(trajectory) == frames
    except Exception:  # see read_frames
        return False


def relax(
    folder: Path,
    spec: Mapping[str, Any],
    limits: Mapping[str, Any],
    parent: Atoms | None,
    note: Callable[[dict[str, Any]], None],
) -> dict[str, Any]:
    """Relax a structure until its largest force is below the limit.

    Parameters
    ----------
    folder
        Folder of the task, the only place that is written to.
    spec, limits
        From the task.
    parent
        Relaxed structure of the parent, or None.
    note
        Called with the progress after each ionic step.

    Returns
    -------
    dict
        Values of the result: structure, largest force, steps, and
        `workflows.dft.kinds.single_point.energy_values`.

    Raises
    ------
    PhysicsError
        If the SCF cycle does not converge.
    UnconvergedError
        If the steps are used up.
    """
    start = start_structure(spec, parent)
    if world.rank == 0:
        frames = _resume(folder, start)
    world.barrier()
    if world.rank != 0:
        frames = read_frames(folder / TRAJECTORY_FILE)
    atoms = start.copy()
    if spec["fix_centre_of_mass"]:
        # The grid exerts a small net force (0.1 eV/A at 300 eV), which would push an
        # isolated molecule through its box without end.
        atoms.set_constraint(FixCom())
    if frames:
        atoms.set_positions(frames[-1].positions, apply_constraint=False)
    elif limits["pre_relaxation"] != NONE and "rank" not in spec:
        atoms = pre_relaxed(atoms, limits, folder)
    gpaw = gpaw_calculator(spec, limits, folder / LOG_FILE)
    accuracy = ScfAccuracy(
        with_dispersion(gpaw, spec["level"]), gpaw, spec["level"], limits["scf_follows_forces"]
    )
    atoms.calc = accuracy
    options = {"maxstep": limits["max_step_A"], "logfile": None}
    optimizer = OPTIMIZERS[limits["optimizer"]](atoms, **options)
    if len(frames) > 1 and isinstance(optimizer, BFGS):
        with Trajectory(folder / TRAJECTORY_FILE, "r") as history:
            optimizer.replay_trajectory(history)
    done = max(0, len(frames) - 1)
    trajectory = Trajectory(folder / TRAJECTORY_FILE, "a", atoms)

    def checkpoint() -> None:
        fmax = float(np.linalg.norm(atoms.get_forces(), axis=1).max())
        if not (frames and optimizer.nsteps == 0):  # the last frame is there already
            trajectory.write()
        note(
            {
                "step": done + optimizer.nsteps,
                "max_steps": limits["max_steps"],
                "fmax_eV_per_A": fmax,
                "target_eV_per_A": spec["fmax_eV_per_A"],
            }
        )

    optimizer.attach(checkpoint)

    def run() -> bool:
        left = limits["max_steps"] - done - optimizer.nsteps
        return bool(optimizer.run(fmax=spec["fmax_eV_per_A"], steps=max(0, left)))

    converged = run()
    while converged and accuracy.tighten():
        converged = run()
    trajectory.close()
    fmax = float(np.linalg.norm(atoms.get_forces(), axis=1).max())
    if not converged:
        raise UnconvergedError(
            f"largest force {fmax:.3f} eV/A after {done + optimizer.nsteps} steps, above"
            f" {spec['fmax_eV_per_A']} eV/A"
        )
    save_density(gpaw, folder)
    final = start.copy()
    final.set_positions(atoms.positions, apply_constraint=False)
    return {
        "structure": atoms_to_dict(final),
        "fmax_eV_per_A": fmax,
        "steps": done + optimizer.nsteps,
        **record_of(folder),
        **energy_values(gpaw, final, spec["level"]),
    }


def progress_writer(folder: Path) -> Callable[[dict[str, Any]], None]:
    """A function that stores the progress of a task for other programs to read."""

    def note(progress: dict[str, Any]) -> None:
        if world.rank == 0:
            write_json(folder / PROGRESS_FILE, progress)

    return note
