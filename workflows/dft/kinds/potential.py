"""Relaxation of a candidate by a machine-learned potential, which only ranks."""

from __future__ import annotations

from typing import Any, TypedDict, cast

from ase.io.trajectory import Trajectory

from analysis.geometry.intact import damage
from analysis.result_values import PotentialValues
from analysis.results import atoms_to_dict
from workflows.dft.dispersion import with_dispersion
from workflows.dft.job import Job, Values
from workflows.dft.kinds.relax import StartSpec
from workflows.dft.optimise.checkpoints import Checkpoints
from workflows.dft.optimise.fixed_centre import FixedCentre
from workflows.dft.optimise.model_bfgs import ModelBFGS
from workflows.dft.optimise.start import start_structure
from workflows.dft.potentials import potential_calculator
from workflows.task_file import Physics, TaskSpec


class PotentialPhysics(TypedDict):
    """What changes an energy of a potential; see `workflows.study.potential`."""

    potential: str
    weights: str
    functional: str
    dispersion: str
    fmax_eV_per_A: float
    codes: dict[str, str]


class PotentialSpec(TaskSpec, StartSpec):
    """A relaxation by a potential."""

    level: PotentialPhysics
    #: Hash of `level`.
    fingerprint: str
    charge: int
    fmax_eV_per_A: float
    fix_centre_of_mass: bool


def run(job: Job[PotentialSpec]) -> Values:
    """Relax a candidate; if the potential breaks its bonds it stays as it was placed.

    Returns
    -------
    PotentialValues
        Energy in eV and structure: the relaxed ones, or those of the start, and why.

    Raises
    ------
    UnconvergedError
        If the steps are used up.
    """
    spec = job.spec
    start = start_structure(spec, job.parent.atoms if job.parent else None)
    checkpoints = Checkpoints(job, start, spec["fmax_eV_per_A"])
    atoms = start.copy()
    if spec["fix_centre_of_mass"]:
        atoms.set_constraint(FixedCentre())
    if checkpoints.last is not None:
        atoms.set_positions(checkpoints.last.positions, apply_constraint=False)
    potential = potential_calculator(spec["level"]["potential"], spec["level"]["codes"])
    atoms.calc = with_dispersion(potential, cast(Physics, spec["level"]))
    optimizer: Any = ModelBFGS(atoms, maxstep=job.limits["max_step_A"], logfile=None)
    if len(checkpoints.frames) > 1:
        with Trajectory(checkpoints.path, "r") as history:
            optimizer.replay_trajectory(history)
    checkpoints.follow(optimizer, atoms, atoms.get_forces)
    converged = checkpoints.run()
    why = damage(start, atoms)
    checkpoints.end(converged or bool(why))
    final = start.copy()
    if why:
        atoms.set_positions(start.positions, apply_constraint=False)
    else:
        final.set_positions(atoms.positions, apply_constraint=False)
    return PotentialValues(
        **job.about,
        energy_eV=float(atoms.get_potential_energy()),
        structure=atoms_to_dict(final),
        fmax_eV_per_A=checkpoints.largest_force(),
        steps=checkpoints.steps,
        gpaw="none",
        unrelaxed_because=why,
    )
