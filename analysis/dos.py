"""Density of states: reading, summing over groups, elements and orbitals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DOS_FILE = "dos.npz"
ORBITALS = "spdf"


@dataclass(frozen=True, eq=False)
class DensityOfStates:
    """Total and projected density of states.

    Parameters
    ----------
    energies_eV
        Energies from the Fermi level, shape=(n,), in eV.
    total
        States per eV and cell, shape=(spins, n).
    projections
        By (group, element, orbital), each of shape (spins, n), in states per eV. Overlaps
        with PAW projectors; their sum is not the total.
    """

    energies_eV: NDArray[np.float64]
    total: NDArray[np.float64]
    projections: Mapping[tuple[str, str, str], NDArray[np.float64]]

    def select(
        self, *, group: str | None = None, element: str | None = None, orbital: str | None = None
    ) -> NDArray[np.float64]:
        """Sum of all projections that match, shape=(spins, n)."""
        wanted = (group, element, orbital)
        found = [
            data
            for name, data in self.projections.items()
            if all(w is None or w == part for w, part in zip(wanted, name, strict=True))
        ]
        return np.sum(found, axis=0) if found else np.zeros_like(self.total)

    def states_below(self, energy_eV: float) -> float:
        """Integral of the total up to an energy, in states per cell."""
        below = self.energies_eV <= energy_eV
        return float(np.trapezoid(self.total.sum(axis=0)[below], self.energies_eV[below]))


def load_dos(folder: Path) -> DensityOfStates:
    """Read the density of states from the folder of a finished task."""
    with np.load(folder / DOS_FILE, allow_pickle=False) as data:
        projections = {}
        for name in data.files:
            if "|" in name:
                group, element, orbital = name.split("|")
                projections[group, element, orbital] = data[name]
        return DensityOfStates(data["energies_eV"], data["total"], projections)
