"""Force constants of a relaxed structure by finite differences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from gpaw.mpi import world
from numpy.typing import NDArray

from analysis.result_values import VibrationsValues
from analysis.results import atoms_to_dict, load_result
from analysis.vibrations.modes import HESSIAN_FILE, Modes, Vibrations
from workflows.dft.calculator import gpaw_calculator
from workflows.dft.dispersion import with_dispersion
from workflows.dft.displacements import Displacements
from workflows.dft.errors import PhysicsError
from workflows.dft.job import Job, Values
from workflows.dft.parents import place_of
from workflows.task_file import ElectronsSpec

#: Forces at rest may exceed those of the relaxation, another SCF cycle, by this factor.
ALLOWANCE = 1.5
#: Largest displacement of an atom along an imaginary mode that is followed.
FOLLOWED_A = 0.15


class VibrationsSpec(ElectronsSpec):
    """Vibrations of some atoms of the structure of the parent."""

    #: Indices of the atoms that move: for every candidate of the species, or one list for all.
    moved: list[list[int]]
    #: Each is displaced by this much, back and forth along x, y and z.
    displacement_A: float
    #: Forces at rest above this would count as force constants.
    fmax_eV_per_A: float
    #: The net force is one of the grid, as in relaxations.
    fix_centre_of_mass: bool


def run(job: Job[VibrationsSpec]) -> Values:
    """Force constants from central differences of forces; each displacement is saved.

    Returns
    -------
    VibrationsValues
        The structure and the largest force on the atoms that move; the force constants are
        in `HESSIAN_FILE`.

    Raises
    ------
    PhysicsError
        If the structure is not relaxed far enough.
    """
    spec = job.spec
    if "modes_of" in job.origin.values:
        return _taken(job)
    moved = spec["moved"][place_of(spec, job.origin) if len(spec["moved"]) > 1 else 0]
    atoms = job.relaxed
    atoms.set_constraint()
    gpaw = gpaw_calculator(spec, job.limits, job.log)
    atoms.calc = with_dispersion(gpaw, spec["level"])
    displacements = Displacements(job, atoms, gpaw, moved, spec["displacement_A"])
    rest = displacements.forces("rest")
    if spec["fix_centre_of_mass"]:
        rest = rest - rest.mean(axis=0)
    largest = float(np.linalg.norm(rest[moved], axis=1).max(initial=0.0))
    if largest > ALLOWANCE * spec["fmax_eV_per_A"]:
        raise PhysicsError(
            f"the largest force is {largest:.3f} eV/A, above {spec['fmax_eV_per_A']:g} eV/A: modes"
            " are those of a relaxed structure"
        )
    constants = displacements.force_constants_eV_per_A2()
    _save(job.folder, moved, constants)
    modes = Vibrations(job.relaxed, tuple(moved), constants, spec["fix_centre_of_mass"]).modes
    return VibrationsValues(
        **job.about,
        file=HESSIAN_FILE,
        structure=atoms_to_dict(job.relaxed),
        fmax_eV_per_A=largest,
        displacement_A=spec["displacement_A"],
        magnetic_moment_muB=displacements.magnetic_moment_muB,
        energy_eV=displacements.energy_eV,
        imaginary_mode_A=imaginary_mode_A(modes),
    )


def _taken(job: Job[VibrationsSpec]) -> Values:
    """The modes that were found before, of the same structure."""
    before = load_result(job.folder.parent / str(job.origin.values["modes_of"]))
    if before is None:
        raise RuntimeError("the modes before are gone")
    with np.load(before.folder / HESSIAN_FILE, allow_pickle=False) as data:
        _save(job.folder, data["moved"].tolist(), data["force_constants_eV_per_A2"])
    return before.checked(VibrationsValues)


def imaginary_mode_A(modes: Modes) -> list[list[float]]:
    """Displacements along the first imaginary mode, the largest of `FOLLOWED_A`; or none."""
    if not len(modes.imaginary_per_cm):
        return []
    mode = modes.displacements[0]
    scaled = FOLLOWED_A / np.linalg.norm(mode, axis=1).max() * mode
    return [[float(x) for x in row] for row in scaled.round(6)]


def _save(folder: Path, moved: list[int], constants: NDArray[np.float64]) -> None:
    """Write the force constants in one step."""
    if world.rank == 0:
        temporary = folder / f"new-{HESSIAN_FILE}"
        with temporary.open("wb") as file:
            np.savez_compressed(file, moved=np.array(moved), force_constants_eV_per_A2=constants)
        temporary.replace(folder / HESSIAN_FILE)
    world.barrier()
