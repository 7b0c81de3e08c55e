"""Forces on displaced atoms, saved one by one, over all attempts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from gpaw.mpi import world
from gpaw.new.ase_interface import ASECalculator
from numpy.typing import NDArray

from workflows.dft.job import Job
from workflows.store import write_json

Floats = NDArray[np.float64]

DISPLACEMENTS_FOLDER = "displacements"
#: Positions that differ by less are the same.
SAME_PLACE_A = 1e-6


class Displacements:
    """Forces with single atoms out of their places; what was saved is not calculated again.

    Parameters
    ----------
    job
        The task.
    atoms
        The structure at rest with a calculator.
    gpaw
        GPAW, which is that calculator or a part of it.
    moved
        Indices of the atoms that are displaced, one after the other.
    displacement_A
        By how much, back and forth along x, y and z.
    """

    def __init__(
        self,
        job: Job[Any],
        atoms: Atoms,
        gpaw: ASECalculator,
        moved: list[int],
        displacement_A: float,
    ) -> None:
        self.job, self.atoms, self.gpaw, self.moved = job, atoms, gpaw, moved
        self.displacement_A = displacement_A
        self.rest_A = atoms.positions.copy()
        self.folder = job.folder / DISPLACEMENTS_FOLDER
        #: Of the structure at rest, once its forces are known.
        self.magnetic_moment_muB = self.energy_eV = 0.0
        self.count = 1 + 6 * len(moved)
        if world.rank == 0:
            self.folder.mkdir(exist_ok=True)
        world.barrier()
        self.saved = {file.stem: file for file in saved_displacements(job.folder)}
        world.barrier()
        self.done = 0

    def forces(self, name: str, atom: int = 0, axis: int = 0, step_A: float = 0.0) -> Floats:
        """Forces in eV/A with one atom displaced along one axis, shape=(atoms, 3).

        Parameters
        ----------
        name
            Of the file.
        atom, axis, step_A
            Index of the atom, 0 to 2 for x to z, and by how much.
        """
        positions = self.rest_A.copy()
        positions[atom, axis] += step_A
        self.job.note({"step": self.done, "max_steps": self.count})
        self.done += 1
        known = _read(self.saved.get(name), positions)
        if known is None:
            self.atoms.set_positions(positions)
            forces = np.asarray(self.atoms.get_forces(), dtype=float)
            known = {
                "positions_A": positions.tolist(),
                "forces_eV_per_A": forces.tolist(),
                "magnetic_moment_muB": float(self.gpaw.get_magnetic_moment()),
                "energy_eV": float(self.atoms.get_potential_energy()),
            }
            if world.rank == 0:
                write_json(self.folder / f"{name}.json", known)
            world.barrier()
        if step_A == 0.0:
            self.magnetic_moment_muB = float(known["magnetic_moment_muB"])
            self.energy_eV = float(known["energy_eV"])
        return np.array(known["forces_eV_per_A"])

    def force_constants_eV_per_A2(self) -> Floats:
        """Minus the central differences of the forces, not symmetrised; see `Vibrations`."""
        rows = []
        for atom in self.moved:
            for axis, letter in enumerate("xyz"):
                after, before = (
                    self.forces(f"{atom}{letter}{sign}", atom, axis, step_A)[self.moved].ravel()
                    for sign, step_A in (("+", self.displacement_A), ("-", -self.displacement_A))
                )
                rows.append((before - after) / (2 * self.displacement_A))
        size = 3 * len(self.moved)
        return np.array(rows).reshape(size, size)


def saved_displacements(folder: Path) -> list[Path]:
    """Files of the displacements that a task has calculated."""
    return sorted((folder / DISPLACEMENTS_FOLDER).glob("*.json"))


def _read(file: Path | None, positions_A: Floats) -> dict[str, Any] | None:
    """What a file holds; None if there is none, if it is damaged or of another structure."""
    if file is None:
        return None
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        places = np.array(data["positions_A"], dtype=float)
        forces = np.array(data["forces_eV_per_A"], dtype=float)
        _ = float(data["magnetic_moment_muB"]) + float(data["energy_eV"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    if places.shape != positions_A.shape or forces.shape != positions_A.shape:
        return None
    same = np.abs(places - positions_A).max(initial=0.0) < SAME_PLACE_A
    return data if same and np.isfinite(forces).all() else None
