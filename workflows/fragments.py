"""The parts of a relaxed structure, each alone: their energies and their densities."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.io.cube import write_cube
from ase.units import Bohr
from gpaw.mpi import world
from numpy.typing import NDArray

from analysis.density import CUBE_FILE, DENSITY_FILE, density_report
from slabs.structure import electron_parity
from workflows.calculator import dispersion_energy_eV, gpaw_calculator
from workflows.store import LOG_FILE


def _frozen(
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
        part = _frozen(folder, spec, limits, relaxed, indices)
        dispersion_eV = dispersion_energy_eV(relaxed[indices], spec["level"])
        energies[name] = float(part.get_potential_energy()) + dispersion_eV
    return {"fragment_energies_eV": energies}


def _frozen_density(
    folder: Path,
    spec: Mapping[str, Any],
    limits: Mapping[str, Any],
    relaxed: Atoms,
    indices: Sequence[int],
) -> tuple[NDArray[np.float64], tuple[int, ...]]:
    """All-electron density of some atoms where they are, on the grid of the whole cell.

    Returns
    -------
    ndarray
        Electrons per cubic angstrom, shape=(n1, n2, n3).
    tuple
        Size of the grid of the pseudo-density.
    """
    calc = _frozen(folder, spec, limits, relaxed, indices).calc
    density = calc.get_all_electron_density(gridrefinement=spec["grid_refinement"])
    size = tuple(int(n) for n in calc.get_number_of_grid_points())
    return np.asarray(density, dtype=np.float64), size


def density_difference(
    folder: Path, spec: Mapping[str, Any], limits: Mapping[str, Any], relaxed: Atoms
) -> dict[str, Any]:
    """Density of the whole minus the densities of its fragments, positions frozen.

    All densities are all-electron densities in the same cell on the same grid, each from
    a calculation of its own that starts and converges in the same way; each fragment is
    a neutral cell, spin-polarised if its electrons are odd. Written as a cube file
    (electrons/bohr^3) and as an array (electrons/angstrom^3).

    Returns
    -------
    dict
        Electrons on the grid for the whole and for each fragment, and the integral of
        the difference.
    """
    everything = list(range(len(relaxed)))
    difference, size = _frozen_density(folder, spec, limits, relaxed, everything)
    densities = {"whole": difference.copy()}
    for name, indices in spec["fragments"].items():
        densities[name], own_size = _frozen_density(folder, spec, limits, relaxed, indices)
        if own_size != size:
            raise RuntimeError("the fragments of a density difference are on different grids")
        difference -= densities[name]
    values = density_report(difference, densities, relaxed)
    if world.rank == 0:
        temporary = folder / f"new-{DENSITY_FILE}"
        with temporary.open("wb") as file:
            np.savez_compressed(file, difference_e_per_A3=difference, cell_A=relaxed.cell.array)
        temporary.replace(folder / DENSITY_FILE)
        cube = folder / f"new-{CUBE_FILE}"
        with cube.open("w", encoding="utf-8") as text:
            write_cube(text, relaxed, data=difference * Bohr**3)
        cube.replace(folder / CUBE_FILE)
    world.barrier()
    return {"file": DENSITY_FILE, "cube": CUBE_FILE, **values}
