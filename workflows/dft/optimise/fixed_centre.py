"""An isolated molecule that stays where it is in its box."""

from __future__ import annotations

import numpy as np
from ase import Atoms
from ase.constraints import FixConstraint
from numpy.typing import NDArray


class FixedCentre(FixConstraint):
    """Keeps the mean position of all atoms, and takes the mean force from each.

    The grid exerts a small net force (0.1 eV/A at 300 eV), which would push an isolated
    molecule through its box without end. ASE's `FixCom` distributes it by mass, which hides
    forces of 0.1 to 0.5 eV/A on heavy atoms.
    """

    def get_removed_dof(self, _atoms: Atoms) -> int:
        """Three translations."""
        return 3

    def get_indices(self) -> list[int]:
        """No atom is fixed by itself."""
        return []

    def adjust_positions(self, atoms: Atoms, new: NDArray[np.float64]) -> None:
        """Shift new positions, shape=(n, 3), back to the mean of the old ones, in place."""
        new -= (new - atoms.positions).mean(axis=0)

    def adjust_forces(self, _atoms: Atoms, forces: NDArray[np.float64]) -> None:
        """Subtract the mean force from forces, shape=(n, 3), in place."""
        forces -= forces.mean(axis=0)

    def todict(self) -> dict[str, object]:
        """For trajectories, which know the constraints of ASE only; steps hold raw forces."""
        return {"name": "FixCom", "kwargs": {}}
