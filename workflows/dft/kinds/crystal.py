"""Relaxation of a bulk crystal: its volume, or its cell with all atoms."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NotRequired

import numpy as np
from ase import Atoms
from ase.eos import EquationOfState
from ase.filters import FrechetCellFilter
from ase.optimize import BFGS, FIRE

from analysis.result_values import EnergyValues
from analysis.results import atoms_from_dict, atoms_to_dict
from workflows.dft.calculator import gpaw_calculator
from workflows.dft.dispersion import dispersion_sensitivity_eV, with_dispersion
from workflows.dft.energies import Ensemble, ensemble_eV
from workflows.dft.errors import PhysicsError
from workflows.dft.job import Job, Values
from workflows.dft.optimise.checkpoints import Checkpoints
from workflows.study.level import ENSEMBLE_FUNCTIONAL
from workflows.task_file import ElectronsSpec, Limits, Physics

#: 1 eV/A^3 in GPa.
GPA = 160.21766208
#: A cell has no bonds and angles to begin with.
CELL_OPTIMIZERS = {"model-BFGS": BFGS, "BFGS": BFGS, "FIRE": FIRE}


class UnrelaxedSpec(ElectronsSpec):
    """A crystal, and what of it relaxes."""

    structure: dict[str, Any]
    #: ``"volume"`` or ``"cell"``.
    relax: str
    #: Primitive cells per conventional cube, or None if the crystal is not cubic.
    cells_per_cube: float | None


class VolumeSpec(UnrelaxedSpec):
    """An equation of state."""

    #: Relative changes of the lattice constant.
    strains: list[float]


class CellSpec(UnrelaxedSpec):
    """A relaxation of cell and atoms."""

    fmax_eV_per_A: float
    #: Name of the method of `pulay_pressure_eV_per_A3`.
    pulay: str


class CrystalSpec(UnrelaxedSpec):
    """Any of the two."""

    strains: NotRequired[list[float]]
    fmax_eV_per_A: NotRequired[float]
    pulay: NotRequired[str]


def run(job: Job[CrystalSpec]) -> Values:
    """Relax the volume, or the cell with all atoms."""
    return equation_of_state(job) if job.spec["relax"] == "volume" else relax_cell(job)


def equation_of_state(job: Job[CrystalSpec]) -> Values:
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
    spec = job.spec
    start = atoms_from_dict(spec["structure"])
    volumes, energies = [], []
    for number, strain in enumerate(sorted(spec["strains"])):
        job.note({"step": number, "max_steps": len(spec["strains"])})
        atoms = start.copy()
        atoms.set_cell(start.cell.array * (1.0 + strain), scale_atoms=True)
        gpaw = gpaw_calculator(spec, job.limits, job.log, point_group=True)
        atoms.calc = with_dispersion(gpaw, spec["level"])
        energies.append(float(atoms.get_potential_energy()))
        volumes.append(float(atoms.get_volume()))
    volume, energy, modulus = _minimum(volumes, energies, spec["cells_per_cube"])
    final = start.copy()
    final.set_cell(start.cell.array * (volume / start.get_volume()) ** (1 / 3), scale_atoms=True)
    ensemble: Ensemble = {}
    if spec["level"]["functional"] == ENSEMBLE_FUNCTIONAL:  # at the minimum itself
        gpaw = gpaw_calculator(spec, job.limits, job.log, point_group=True)
        at_minimum = final.copy()
        at_minimum.calc = gpaw
        at_minimum.get_potential_energy()
        ensemble = ensemble_eV(gpaw, spec["level"])
    return EnergyValues(
        **job.about,
        structure=atoms_to_dict(final),
        energy_eV=energy,
        lattice_constant_A=_cube_edge_A(volume, spec["cells_per_cube"]),
        bulk_modulus_GPa=modulus * GPA,
        volumes_A3=volumes,
        energies_eV=energies,
        dispersion_sensitivity_eV=dispersion_sensitivity_eV(final, spec["level"]),
        **ensemble,
    )


def _minimum(
    volumes_A3: Sequence[float], energies_eV: Sequence[float], cells_per_cube: float | None
) -> tuple[float, float, float]:
    """Volume, energy and bulk modulus at the minimum of the Birch-Murnaghan equation."""
    words = ""
    try:
        volume, energy, modulus = EquationOfState(volumes_A3, energies_eV, "birchmurnaghan").fit()
        if volumes_A3[0] < volume < volumes_A3[-1]:
            return float(volume), float(energy), float(modulus)
    except (ValueError, RuntimeError) as error:
        words = f": {error}"
    lowest = int(np.argmin(energies_eV))
    for place, end, other in ((-1, "largest", "larger"), (0, "smallest", "smaller")):
        if lowest == place % len(energies_eV):
            edge_A = _cube_edge_A(volumes_A3[place], cells_per_cube)
            raise PhysicsError(
                f"the energy falls up to the {end} cell of the scan, of lattice constant"
                f" {edge_A:.3f} A; give {other} lattice_constants_A"
            )
    raise PhysicsError(f"the equation of state cannot be fitted{words}")


def _cube_edge_A(volume_A3: float, cells: float | None) -> float | None:
    """Edge of the conventional cube in angstrom; None if the crystal is not cubic."""
    return None if cells is None else float(np.cbrt(volume_A3 * cells))


def pulay_pressure_eV_per_A3(atoms: Atoms, spec: CrystalSpec, limits: Limits, log: Path) -> float:
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
        level: Physics = {**spec["level"], "ecut_eV": factor * spec["level"]["ecut_eV"]}
        changed: CrystalSpec = {**spec, "level": level}
        copy = atoms.copy()
        copy.calc = gpaw_calculator(changed, limits, log, point_group=True)
        energies_eV.append(float(copy.get_potential_energy()))
    slope_eV = (energies_eV[1] - energies_eV[0]) / np.log(factors[1] / factors[0])
    return float(2 * slope_eV / (3 * atoms.get_volume()))


def relax_cell(job: Job[CrystalSpec]) -> Values:
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
    spec, limits = job.spec, job.limits
    start = atoms_from_dict(spec["structure"])
    checkpoints = Checkpoints(job, start, spec["fmax_eV_per_A"])
    atoms = start.copy()
    if checkpoints.last is not None:
        atoms.set_cell(checkpoints.last.cell)
        atoms.set_positions(checkpoints.last.positions)
    gpaw = gpaw_calculator(spec, limits, job.log)
    atoms.calc = with_dispersion(gpaw, spec["level"])
    pressure = pulay_pressure_eV_per_A3(start, spec, limits, job.log)
    cell = FrechetCellFilter(atoms, scalar_pressure=pressure)
    options = {"maxstep": limits["max_step_A"], "logfile": None}
    optimizer = CELL_OPTIMIZERS[limits["optimizer"]](cell, **options)
    checkpoints.follow(optimizer, atoms, cell.get_forces)
    checkpoints.end(checkpoints.run())
    final = start.copy()
    final.set_cell(atoms.cell)
    final.set_positions(atoms.positions)
    stress = atoms.get_stress(voigt=False) + pressure * np.eye(3)
    return EnergyValues(
        **job.about,
        structure=atoms_to_dict(final),
        energy_eV=float(atoms.get_potential_energy()),
        cell_lengths_A=[float(x) for x in atoms.cell.lengths()],
        lattice_constant_A=_cube_edge_A(atoms.get_volume(), spec["cells_per_cube"]),
        fmax_eV_per_A=float(np.linalg.norm(atoms.get_forces(), axis=1).max()),
        pulay_pressure_GPa=pressure * GPA,
        largest_stress_GPa=float(np.abs(stress).max()) * GPA,
        steps=checkpoints.steps,
        dispersion_sensitivity_eV=dispersion_sensitivity_eV(final, spec["level"]),
        **ensemble_eV(gpaw, spec["level"]),
    )
