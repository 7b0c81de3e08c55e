"""Relaxation of a bulk crystal: its volume, or its cell with all atoms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.eos import EquationOfState
from ase.filters import FrechetCellFilter
from ase.io.trajectory import Trajectory
from ase.optimize import BFGS, FIRE

from analysis.results import atoms_from_dict, atoms_to_dict
from workflows.dft.calculator import (
    PhysicsError,
    dispersion_sensitivity_eV,
    ensemble_eV,
    gpaw_calculator,
    with_dispersion,
)
from workflows.dft.kinds.relax import TRAJECTORY_FILE, UnconvergedError, read_frames
from workflows.store import LOG_FILE
from workflows.study.level import ENSEMBLE_FUNCTIONAL

#: 1 eV/A^3 in GPa.
GPA = 160.21766208
#: A cell has no bonds and angles to begin with.
CELL_OPTIMIZERS = {"model-BFGS": BFGS, "BFGS": BFGS, "FIRE": FIRE}


def equation_of_state(
    folder: Path,
    spec: Mapping[str, Any],
    limits: Mapping[str, Any],
    note: Callable[[dict[str, Any]], None],
) -> dict[str, Any]:
    """Lattice constant, bulk modulus and energy of a cubic crystal.

    Energies on a range of volumes are fitted with the Birch-Murnaghan equation; all
    atoms sit on symmetry positions, so that nothing but the volume relaxes.

    Returns
    -------
    dict
        ``energy_eV`` per cell at the minimum, ``lattice_constant_A``,
        ``bulk_modulus_GPa``, and the scanned volumes and energies.

    Raises
    ------
    PhysicsError
        If the minimum is not inside the scanned range.
    """
    start = atoms_from_dict(spec["structure"])
    volumes, energies = [], []
    for number, strain in enumerate(sorted(spec["strains"])):
        note({"step": number, "max_steps": len(spec["strains"])})
        atoms = start.copy()
        atoms.set_cell(start.cell.array * (1.0 + strain), scale_atoms=True)
        gpaw = gpaw_calculator(spec, limits, folder / LOG_FILE, point_group=True)
        atoms.calc = with_dispersion(gpaw, spec["level"])
        energies.append(float(atoms.get_potential_energy()))
        volumes.append(float(atoms.get_volume()))
    try:
        volume, energy, modulus = EquationOfState(volumes, energies, "birchmurnaghan").fit()
    except (ValueError, RuntimeError) as error:
        raise PhysicsError(f"the equation of state cannot be fitted: {error}") from error
    if not min(volumes) < volume < max(volumes):
        raise PhysicsError(
            "the minimum of the energy is outside the scanned strains; change lattice_constants_A"
        )
    final = start.copy()
    final.set_cell(start.cell.array * (volume / start.get_volume()) ** (1 / 3), scale_atoms=True)
    ensemble = {}
    if spec["level"]["functional"] == ENSEMBLE_FUNCTIONAL:  # at the minimum itself
        gpaw = gpaw_calculator(spec, limits, folder / LOG_FILE, point_group=True)
        at_minimum = final.copy()
        at_minimum.calc = gpaw
        at_minimum.get_potential_energy()
        ensemble = ensemble_eV(gpaw, spec["level"])
    return {
        "structure": atoms_to_dict(final),
        "energy_eV": float(energy),
        "lattice_constant_A": _cube_edge_A(volume, spec["cells_per_cube"]),
        "bulk_modulus_GPa": float(modulus) * GPA,
        "volumes_A3": volumes,
        "energies_eV": energies,
        "dispersion_sensitivity_eV": dispersion_sensitivity_eV(final, spec["level"]),
        **ensemble,
    }


def _cube_edge_A(volume_A3: float, cells: float | None) -> float | None:
    """Edge of the conventional cube in angstrom; None if the crystal is not cubic."""
    return None if cells is None else float(np.cbrt(volume_A3 * cells))


def pulay_pressure_eV_per_A3(
    atoms: Atoms, spec: Mapping[str, Any], limits: Mapping[str, Any], log: Path
) -> float:
    """Pressure that a finite cutoff adds to that of a converged one; negative.

    2/(3V) dE/d(ln E_cut), from energies at 0.9 and 1.1 times the cutoff (Francis and
    Payne, J. Phys.: Condens. Matter 2, 4395 (1990)).

    Parameters
    ----------
    atoms
        Crystal before its relaxation.
    spec, limits, log
        As for `workflows.dft.calculator.gpaw_calculator`.
    """
    factors = (0.9, 1.1)
    energies_eV = []
    for factor in factors:
        level = {**spec["level"], "ecut_eV": factor * spec["level"]["ecut_eV"]}
        copy = atoms.copy()
        copy.calc = gpaw_calculator({**spec, "level": level}, limits, log, point_group=True)
        energies_eV.append(float(copy.get_potential_energy()))
    slope_eV = (energies_eV[1] - energies_eV[0]) / np.log(factors[1] / factors[0])
    return float(2 * slope_eV / (3 * atoms.get_volume()))


def relax_cell(
    folder: Path,
    spec: Mapping[str, Any],
    limits: Mapping[str, Any],
    note: Callable[[dict[str, Any]], None],
) -> dict[str, Any]:
    """Cell and positions of a crystal with vanishing forces and stress.

    GPAW's stress is that of a fixed number of plane waves, which would make the cell too
    small: as it shrinks, the same waves describe it better. The cell is therefore relaxed
    at the pressure of `pulay_pressure_eV_per_A3`. Every step is saved, and a later attempt
    goes on from the last one.

    Returns
    -------
    dict
        ``energy_eV`` per cell, ``cell_lengths_A``, for a cubic crystal its
        ``lattice_constant_A``, ``pulay_pressure_GPa``, and the largest residual force and
        difference of the stress from that pressure.

    Raises
    ------
    UnconvergedError
        If the steps are used up.
    """
    start = atoms_from_dict(spec["structure"])
    frames = read_frames(folder / TRAJECTORY_FILE)
    atoms = start.copy()
    if frames:
        atoms.set_cell(frames[-1].cell)
        atoms.set_positions(frames[-1].positions)
    gpaw = gpaw_calculator(spec, limits, folder / LOG_FILE)
    atoms.calc = with_dispersion(gpaw, spec["level"])
    pressure = pulay_pressure_eV_per_A3(start, spec, limits, folder / LOG_FILE)
    cell = FrechetCellFilter(atoms, scalar_pressure=pressure)
    optimizer = CELL_OPTIMIZERS[limits["optimizer"]](
        cell, maxstep=limits["max_step_A"], logfile=None
    )
    done = max(0, len(frames) - 1)
    trajectory = Trajectory(folder / TRAJECTORY_FILE, "a", atoms)

    def checkpoint() -> None:
        if not (frames and optimizer.nsteps == 0):
            trajectory.write()
        note(
            {
                "step": done + optimizer.nsteps,
                "max_steps": limits["max_steps"],
                "fmax_eV_per_A": float(np.linalg.norm(cell.get_forces(), axis=1).max()),
                "target_eV_per_A": spec["fmax_eV_per_A"],
            }
        )

    optimizer.attach(checkpoint)
    steps = max(0, limits["max_steps"] - done)
    converged = optimizer.run(fmax=spec["fmax_eV_per_A"], steps=steps)
    trajectory.close()
    if not converged:
        raise UnconvergedError(
            f"forces or stress above {spec['fmax_eV_per_A']} eV/A after"
            f" {done + optimizer.nsteps} steps"
        )
    final = start.copy()
    final.set_cell(atoms.cell)
    final.set_positions(atoms.positions)
    return {
        "structure": atoms_to_dict(final),
        "energy_eV": float(atoms.get_potential_energy()),
        "cell_lengths_A": [float(x) for x in atoms.cell.lengths()],
        "lattice_constant_A": _cube_edge_A(atoms.get_volume(), spec["cells_per_cube"]),
        "fmax_eV_per_A": float(np.linalg.norm(atoms.get_forces(), axis=1).max()),
        "pulay_pressure_GPa": pressure * GPA,
        "largest_stress_GPa": float(
            np.abs(atoms.get_stress(voigt=False) + pressure * np.eye(3)).max()
        )
        * GPA,
        "steps": done + optimizer.nsteps,
        "dispersion_sensitivity_eV": dispersion_sensitivity_eV(final, spec["level"]),
        **ensemble_eV(gpaw, spec["level"]),
    }
