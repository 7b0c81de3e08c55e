"""The parts of a relaxed structure, each alone, and their energies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms

from slabs.structure import electron_parity
from workflows.dft.calculator import dispersion_energy_eV, gpaw_calculator
from workflows.store import LOG_FILE


def frozen_part(
    folder: Path,
    spec: Mapping[str, Any],
    limits: Mapping[str, Any],
    relaxed: Atoms,
    indices: Sequence[int],
) -> Atoms:
    """Some atoms where they are, in the whole cell, neutral, with a converged calculator."""
    part = relaxed[indices]
    part.set_constraint()
    odd = electron_parity(part, 0) == 1
    part.set_initial_magnetic_moments(np.full(len(part), 1.0 / len(part) if odd else 0.0))
    own = {**spec, "spin_polarised": odd or spec["spin_all"]}
    part.calc = gpaw_calculator(own, limits, folder / LOG_FILE)
    part.get_potential_energy()
    return part


def fragment_energies(
    folder: Path,
    spec: Mapping[str, Any],
    limits: Mapping[str, Any],
    relaxed: Atoms,
    note: Callable[[dict[str, Any]], None],
) -> dict[str, Any]:
    """Energies of the parts of a relaxed structure, each alone, positions and cell frozen.

    Returns
    -------
    dict
        ``fragment_energies_eV``, dispersion included: of each fragment and of the
        ``whole``, all calculated in the same way.
    """
    parts = {"whole": list(range(len(relaxed))), **spec["fragments"]}
    energies = {}
    for number, (name, indices) in enumerate(parts.items()):
        note({"step": number, "max_steps": len(parts)})
        part = frozen_part(folder, spec, limits, relaxed, indices)
        dispersion_eV = dispersion_energy_eV(relaxed[indices], spec["level"])
        energies[name] = float(part.get_potential_energy()) + dispersion_eV
    return {"fragment_energies_eV": energies}
