"""Ionic steps that a finished relaxation has saved, and the forces of the last one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

#: Every ionic step of a relaxation, in its folder.
TRAJECTORY_FILE = "relax.traj"
#: Info of a step: its SCF cycle was converged to so many times the tolerances of the level.
SCF_FACTOR = "scf_tolerance_factor"
#: Results hold lengths in angstrom with six decimals.
ROUNDING_A = 1e-6


@dataclass(frozen=True, eq=False)
class LastStep:
    """What the last ionic step of a relaxation has left.

    Parameters
    ----------
    forces_eV_per_A
        Minus the derivatives of the free energy, those on fixed atoms and the mean force on a
        molecule included, shape=(n, 3); None if they are not known.
    moments_muB
        Magnetic moments of the atoms, shape=(n,), or None.
    why
        Why there are no forces, or an empty string.
    """

    forces_eV_per_A: NDArray[np.float64] | None = None
    moments_muB: NDArray[np.float64] | None = None
    why: str = ""


def last_step(folder: Path, atoms: Atoms) -> LastStep:
    """The last ionic step in the folder of a relaxation, if it is the relaxed structure.

    Parameters
    ----------
    folder
        Of the task.
    atoms
        The structure of its result.
    """
    from ase.io.trajectory import Trajectory  # loads GPAW

    path = folder / TRAJECTORY_FILE
    if not path.is_file():
        return LastStep(why="no ionic steps were saved")
    try:
        with Trajectory(path, "r") as trajectory:
            frame = trajectory[-1]
            results = {} if frame.calc is None else frame.calc.results
            forces, moments = (
                None if results.get(key) is None else np.array(results[key], dtype=float)
                for key in ("forces", "magmoms")
            )
    except Exception:  # a damaged file; ASE raises many types for it
        return LastStep(why=f"{TRAJECTORY_FILE} cannot be read")
    if not _same(frame, atoms):
        return LastStep(why="the last saved step is not the structure of the result")
    if forces is None or forces.shape != (len(atoms), 3) or not np.isfinite(forces).all():
        return LastStep(why="the last saved step holds no forces")
    whole = moments is not None and moments.shape == (len(atoms),) and np.isfinite(moments).all()
    return LastStep(forces, moments if whole else None)


def earlier_steps(folder: Path, atoms: Atoms) -> list[Atoms]:
    """Saved steps that are not the relaxed structure, with energy in eV and forces in eV/A.

    Only those whose SCF cycles are known to have met the tolerances of the level: in most
    relaxations those of the first steps are looser, and their energies off by 0.1 eV.

    Parameters
    ----------
    folder
        Of the task.
    atoms
        The structure of its result.
    """
    from ase.io.trajectory import Trajectory  # loads GPAW

    found: list[Atoms] = []
    try:
        with Trajectory(folder / TRAJECTORY_FILE, "r") as trajectory:
            found.extend(trajectory[n] for n in range(len(trajectory)))
    except Exception:  # no file, or a damaged one; ASE raises many types for it
        return []
    return [
        step
        for step in found
        if step.info.get(SCF_FACTOR) == 1.0
        and len(step) == len(atoms)
        and not _same(step, atoms)
        and step.calc is not None
        and np.isfinite(step.calc.results.get("energy", np.nan))
        and np.isfinite(step.calc.results.get("forces", np.nan)).all()
    ]


def _same(one: Atoms, other: Atoms) -> bool:
    """Whether two structures are the same but for the rounding of results."""
    return (
        np.array_equal(one.numbers, other.numbers)
        and float(np.abs(one.positions - other.positions).max()) <= ROUNDING_A
        and float(np.abs(one.cell.array - other.cell.array).max()) <= ROUNDING_A
    )
