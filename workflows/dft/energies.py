"""What is stored with every energy."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NotRequired, TypedDict

from ase import Atoms
from ase.dft.bee import BEEFEnsemble
from gpaw.mpi import world
from gpaw.new.ase_interface import ASECalculator

from workflows.dft.calculator import GPW_FILE
from workflows.dft.dispersion import dispersion_energy_eV, dispersion_sensitivity_eV
from workflows.study.level import ENSEMBLE_FUNCTIONAL
from workflows.task_file import Physics

ENSEMBLE_SIZE = 2000
ENSEMBLE_SEED = 0


class ScfEnergies(TypedDict):
    """Part of `analysis.result_values.EnergyValues`."""

    #: Extrapolated to zero smearing, dispersion included.
    energy_eV: float
    #: With the entropy of the smearing.
    free_energy_eV: float
    dispersion_energy_eV: float
    dispersion_sensitivity_eV: dict[str, float]
    #: Of the cell.
    magnetic_moment_muB: float
    #: Integral of the absolute spin density, larger than that where spins oppose each other.
    absolute_moment_muB: float
    #: None along directions in which it is undefined, see `dipole_moment_eA`.
    dipole_moment_eA: list[float | None]
    ensemble_eV: NotRequired[list[float]]


class Ensemble(TypedDict):
    """Members of the BEEF ensemble, `ENSEMBLE_SIZE` for BEEF-vdW, not there for others."""

    ensemble_eV: NotRequired[list[float]]


def save_density(gpaw: ASECalculator, folder: Path) -> None:
    """Store the converged density in one step, for what is calculated from it later."""
    temporary = folder / f"new-{GPW_FILE}"
    gpaw.write(str(temporary))
    world.barrier()
    if world.rank == 0:
        temporary.replace(folder / GPW_FILE)
    world.barrier()


def energy_values(
    gpaw: ASECalculator, atoms: Atoms, level: Physics, *, crystal: bool = False
) -> ScfEnergies:
    """What is known after a converged SCF calculation.

    Parameters
    ----------
    gpaw
        Converged calculator.
    atoms
        The structure it holds.
    level
        Level of theory, for the dispersion correction.
    crystal
        The structure is a crystal or a supercell, and not a slab or a molecule in a box.
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
        "dipole_moment_eA": dipole_moment_eA(gpaw.get_dipole_moment(), atoms, crystal=crystal),
        **ensemble_eV(gpaw, level),
    }


def dipole_moment_eA(
    moment_eA: Iterable[float], atoms: Atoms, *, crystal: bool
) -> list[float | None]:
    """Components of the dipole moment of a cell that are defined; None for the others.

    Along a direction in which matter repeats without a gap, the integral of charge times
    position depends on where the cell is cut (Resta, Ferroelectrics 136, 51 (1992)): in
    both directions of the plane of a slab, and in all directions of a crystal. The boxes of
    molecules are periodic, but have vacuum on all sides.

    Parameters
    ----------
    moment_eA
        Integral over the cell in e angstrom, shape=(3,).
    atoms
        The structure; the first two cell vectors of a slab lie in the xy plane.
    crystal
        The structure is a crystal.
    """
    undefined = [crystal] * 3 if atoms.pbc.all() else atoms.pbc
    return [None if no else float(x) for x, no in zip(moment_eA, undefined, strict=True)]


def _absolute_moment_muB(gpaw: ASECalculator) -> float:
    """Integral of the absolute spin density, compensation charges of the atoms included."""
    density = gpaw.dft.densities().pseudo_densities(grid_refinement=2)
    if len(density) == 1:
        return 0.0
    difference = density[0].new()
    difference.data[:] = abs(density[0].data - density[1].data)
    return float(difference.integrate())


def ensemble_eV(gpaw: ASECalculator, level: Physics) -> Ensemble:
    """Energy differences of the BEEF ensemble from the functional itself, in eV.

    Always the same members in the same order, so that those of two species may be
    subtracted. Wellendorff et al., Phys. Rev. B 85, 235149 (2012).
    """
    if level["functional"] != ENSEMBLE_FUNCTIONAL:
        return {}
    ensemble = BEEFEnsemble(gpaw, verbose=False)
    members = ensemble.get_ensemble_energies(size=ENSEMBLE_SIZE, seed=ENSEMBLE_SEED)
    return {"ensemble_eV": [round(float(x), 6) for x in members]}
