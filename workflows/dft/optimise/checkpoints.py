"""Ionic steps of a relaxation, saved one by one, over all attempts."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.io.trajectory import Trajectory
from gpaw.mpi import world
from numpy.typing import ArrayLike

from analysis.last_step import SCF_FACTOR, TRAJECTORY_FILE
from workflows.dft.errors import UnconvergedError
from workflows.dft.job import Job


class Checkpoints:
    """Saves every ionic step and goes on after the last one that an earlier attempt saved.

    Parameters
    ----------
    job
        The task.
    start
        Its start; frames of other atoms are set aside.
    fmax_eV_per_A
        Where the relaxation ends.
    """

    def __init__(self, job: Job[Any], start: Atoms, fmax_eV_per_A: float) -> None:
        self.job, self.fmax_eV_per_A = job, fmax_eV_per_A
        self.path = job.folder / TRAJECTORY_FILE
        self.frames = resumed_frames(self.path, start)
        #: Steps of earlier attempts.
        self.before = sum(_moved(*each) for each in pairwise(self.frames))

    @property
    def last(self) -> Atoms | None:
        """Last structure of an earlier attempt, or None."""
        return self.frames[-1] if self.frames else None

    @property
    def steps(self) -> int:
        """Steps of all attempts."""
        return self.before + int(self.optimizer.nsteps)

    def follow(
        self,
        optimizer: Any,
        atoms: Atoms,
        forces: Callable[[], ArrayLike],
        scf_factor: Callable[[], float] = lambda: 1.0,
    ) -> None:
        """Save the steps of an optimizer.

        Parameters
        ----------
        optimizer
            Of ASE.
        atoms
            What is saved.
        forces
            Gives the forces that must vanish, shape=(n, 3), in eV per angstrom.
        scf_factor
            Gives the tolerances of the last SCF cycle, as a multiple of those of the level.
        """
        self.optimizer, self.forces, self.atoms = optimizer, forces, atoms
        self.scf_factor = scf_factor
        self.trajectory = Trajectory(self.path, "a", atoms)
        optimizer.attach(self._save)

    def _save(self) -> None:
        if not (self.frames and self.optimizer.nsteps == 0):  # the last frame is there already
            self._write()
        self.job.note(
            {
                "step": self.steps,
                "max_steps": self.job.limits["max_steps"],
                "fmax_eV_per_A": self.largest_force(),
                "target_eV_per_A": self.fmax_eV_per_A,
            }
        )

    def _write(self) -> None:
        self.atoms.info[SCF_FACTOR] = float(self.scf_factor())
        self.trajectory.write()

    def largest_force(self) -> float:
        """Length of the largest force in eV per angstrom."""
        return float(np.linalg.norm(self.forces(), axis=1).max())

    def run(self, *, again: bool = False) -> bool:
        """Relax with the steps that are left; returns whether the forces are small enough.

        Parameters
        ----------
        again
            The last structure has been calculated more accurately, and is saved once more if
            it stays the last.
        """
        left, done = max(0, self.job.limits["max_steps"] - self.steps), self.optimizer.nsteps
        converged = bool(self.optimizer.run(fmax=self.fmax_eV_per_A, steps=left))
        if again and converged and 0 < self.optimizer.nsteps == done:  # the first is saved anyway
            self._write()
        return converged

    def end(self, converged: bool) -> None:
        """Close the file.

        Raises
        ------
        UnconvergedError
            If the steps are used up.
        """
        self.trajectory.close()
        if not converged:
            raise UnconvergedError(
                f"largest force {self.largest_force():.3f} eV/A after {self.steps} steps, above"
                f" {self.fmax_eV_per_A} eV/A"
            )


def _moved(one: Atoms, other: Atoms) -> bool:
    """Whether two steps are different structures."""
    return not (
        np.array_equal(one.positions, other.positions)
        and np.array_equal(one.cell.array, other.cell.array)
    )


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


def resumed_frames(path: Path, start: Atoms) -> list[Atoms]:
    """Frames of earlier attempts that hold the same atoms as a start; the same on all ranks."""
    frames = _resume(path, start) if world.rank == 0 else []
    world.barrier()
    return frames if world.rank == 0 else read_frames(path)


def _resume(path: Path, start: Atoms) -> list[Atoms]:
    """Frames of an earlier attempt that belong to this task; a damaged file is set aside."""
    frames = read_frames(path)
    usable = [f for f in frames if np.array_equal(f.numbers, start.numbers)]
    if path.exists() and (len(usable) != len(frames) or not _complete(path, len(usable))):
        mended = path.with_name(f"{path.name}.mended")
        with Trajectory(mended, "w") as file:
            for frame in usable:
                file.write(frame)
        path.replace(path.with_name(f"{path.name}.{time.time_ns()}.damaged"))
        mended.replace(path)
    return usable


def _complete(path: Path, frames: int) -> bool:
    try:
        with Trajectory(path, "r") as trajectory:
            return len(trajectory) == frames
    except Exception:  # see read_frames
        return False
