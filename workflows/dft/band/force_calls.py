"""Energies and forces along a path, each stored as soon as it is calculated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io.trajectory import Trajectory
from gpaw.mpi import world

from workflows.dft.optimise.checkpoints import resumed_frames

#: Positions that are closer than this are the same: what is written and read is exact, but
#: another machine may round the steps in between differently.
SAME_POSITION_A = 1e-5


class ForceCalls:
    """All force calls of a task, over all attempts.

    An interrupted optimisation begins anew and finds what it has calculated already, so that a
    kill costs the one call that was running.

    Parameters
    ----------
    path
        Trajectory, one frame per call.
    like
        Any structure of the path; frames of other atoms are set aside.
    """

    def __init__(self, path: Path, like: Atoms) -> None:
        self.path = path
        self.frames = resumed_frames(path, like)

    def __len__(self) -> int:
        """Number of calls."""
        return len(self.frames)

    def find(self, atoms: Atoms) -> Atoms | None:
        """The call at the positions of a structure, or None."""
        for frame in self.frames:
            if np.abs(frame.positions - atoms.positions).max() < SAME_POSITION_A:
                return frame
        return None

    def add(self, atoms: Atoms, results: dict[str, Any]) -> Atoms:
        """Store the results of a structure."""
        frame = Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=atoms.pbc)
        frame.calc = SinglePointCalculator(frame, **results)
        with Trajectory(self.path, "a") as file:
            file.write(frame)
        world.barrier()
        self.frames.append(frame)
        return frame


class StoredCalculator(Calculator):
    """Takes what is stored, and calculates and stores the rest.

    Parameters
    ----------
    calls
        What is stored.
    evaluate
        Energy in eV, forces in eV/A and magnetic moment in Bohr magnetons of a structure, under
        the names of ASE.
    """

    implemented_properties = ["energy", "forces", "magmom"]  # noqa: RUF012

    def __init__(self, calls: ForceCalls, evaluate: Callable[[Atoms], dict[str, Any]]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls, self.evaluate = calls, evaluate

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: Sequence[str] = ("energy",),
        system_changes: Sequence[str] = all_changes,
    ) -> None:
        """All properties at once."""
        super().calculate(atoms, properties, system_changes)  # type: ignore[no-untyped-call]
        assert self.atoms is not None
        frame = self.calls.find(self.atoms)
        if frame is None:
            frame = self.calls.add(self.atoms, self.evaluate(self.atoms))
        self.results = dict(frame.calc.results)
