"""The energy of one structure, and what is stored with every energy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ase import Atoms
from gpaw.mpi import world
from gpaw.new.ase_interface import ASECalculator

from analysis.results import atoms_to_dict
from workflows.dft.calculator import (
    GPW_FILE,
    dispersion_energy_eV,
    dispersion_sensitivity_eV,
    ensemble_eV,
    gpaw_calculator,
)
from workflows.store import LOG_FILE


def single_point(
    folder: Path, spec: Mapping[str, Any], limits: Mapping[str, Any], relaxed: Atoms
) -> dict[str, Any]:
    """Energy at the structure that another task has relaxed; see `energy_values`."""
    atoms = relaxed.copy()
    gpaw = gpaw_calculator(spec, limits, folder / LOG_FILE, point_group=spec["point_group"])
    atoms.calc = gpaw
    atoms.get_potential_energy()
    save_density(gpaw, folder)
    return {"structure": atoms_to_dict(relaxed), **energy_values(gpaw, relaxed, spec["level"])}


def save_density(gpaw: ASECalculator, folder: Path) -> None:
    """Store the converged density in one step, for what is calculated from it later."""
    temporary = folder / f"new-{GPW_FILE}"
    gpaw.write(str(temporary))
    world.barrier()
    if world.rank == 0:
        temporary.replace(folder / GPW_FILE)
    world.barrier()


def energy_values(gpaw: ASECalculator, atoms: Atoms, level: Mapping[str, Any]) -> dict[str, Any]:
    """What is known after a converged SCF calculation.

    Parameters
    ----------
    gpaw
        Converged calculator.
    atoms
        The structure it holds.
    level
        Level of theory, for the dispersion correction.

    Returns
    -------
    dict
        ``energy_eV``: extrapolated to zero smearing, dispersion included;
        ``free_energy_eV``: with the entropy of the smearing; ``magnetic_moment_muB``: of
        the cell; ``absolute_moment_muB``: integral of the absolute spin density, larger than
        that where spins oppose each other.
    """
    dispersion_eV = dispersion_energy_eV(atoms, level)
    free_energy_eV = float(gpaw.get_potential_energy(force_consistent=True))
    return {
        "energy_eV": float(gpaw.get_potential_energy()) + dispersion_eV,
        "free_energy_eV": free_energy_eV + dispersion_eV,
        "dispersion_energy_eV": dispersion_eV,
        "dispersion_sensitivity_eV": dispersion_sensitivity_eV(atoms, level),
        "magnetic_moment_muB": float(gpaw.get_magnetic_moment()),
        "absolute_moment_muB": _absolute_moment_muB(gpaw),
        "dipole_moment_eA": [float(x) for x in gpaw.get_dipole_moment()],
        **ensemble_eV(gpaw, level),
    }


def _absolute_moment_muB(gpaw: ASECalculator) -> float:
    """Integral of the absolute spin density, compensation charges of the atoms included."""
    density = gpaw.dft.densities().pseudo_densities(grid_refinement=2)
    if len(density) == 1:
        return 0.0
    difference = density[0].new()
    difference.data[:] = abs(density[0].data - density[1].data)
    return float(difference.integrate())
