"""Relaxation of a slab, a molecule or a supercell."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

import numpy as np
from ase.io.trajectory import Trajectory
from ase.optimize import BFGS, FIRE

from analysis.result_values import EnergyValues
from analysis.results import atoms_to_dict
from workflows.dft.calculator import gpaw_calculator, gpaw_in_use
from workflows.dft.dispersion import with_dispersion
from workflows.dft.energies import energy_values, save_density
from workflows.dft.fast.scf_accuracy import ScfAccuracy
from workflows.dft.job import Job, Values
from workflows.dft.optimise.checkpoints import Checkpoints
from workflows.dft.optimise.fixed_centre import FixedCentre
from workflows.dft.optimise.model_bfgs import ModelBFGS
from workflows.dft.optimise.pre_relaxation import pre_relaxed, record_of
from workflows.dft.optimise.start import start_structure
from workflows.study.pre_relaxation import NONE
from workflows.task_file import ElectronsSpec

OPTIMIZERS = {"model-BFGS": ModelBFGS, "BFGS": BFGS, "FIRE": FIRE}


class StartSpec(TypedDict):
    """Where a relaxation starts; see `workflows.dft.optimise.start.start_structure`."""

    structure: dict[str, Any]
    #: For each atom its index in the parent, or -1 if it is new.
    parent_atoms: list[int]
    #: What is added to the positions of the parent.
    offsets_A: list[list[float]]
    #: Arguments of `slabs.surfaces.slab.build_slab`, of a slab that is cut from the parent; or
    #: the repetitions of the parent in a supercell, as ``repeat``.
    cut: dict[str, Any]
    level_with_plan: NotRequired[bool]


class CandidateStartSpec(StartSpec):
    """The start for one candidate of the parent; both are numbered from 1."""

    candidate: int
    #: 0 if it may be any.
    from_candidate: int


class RelaxingSpec(ElectronsSpec):
    """Where a relaxation ends."""

    fmax_eV_per_A: float
    fix_centre_of_mass: bool


class KnownStartSpec(RelaxingSpec, StartSpec):
    """A relaxation from a start that is known."""


class RankSpec(RelaxingSpec):
    """A relaxation of one of several screened candidates."""

    #: Which one by its energy, from 1.
    rank: int
    #: Numbers of the candidates, from 1, in the order of the parents.
    candidates: list[int]


class OneOfStartsSpec(RelaxingSpec):
    """A relaxation from a candidate that is known after a screening."""

    #: The start for every candidate of the parent.
    starts: list[CandidateStartSpec]


class BasinSpec(TypedDict):
    """Keys of the tasks that decide whether there is a better basin."""

    #: The same species from its own starts.
    own: list[str]
    #: What it was made from, from its own starts.
    old: list[str]
    #: The same in other basins.
    new: list[str]
    #: Smaller gains than this are none.
    least_gain_eV: float


class BetterBasinSpec(OneOfStartsSpec):
    """A relaxation from a better basin of what the species was made from, if there is one."""

    basin: BasinSpec


class FurtherSpec(RelaxingSpec):
    """A relaxed structure, relaxed to smaller forces."""

    further: bool


class RelaxSpec(RelaxingSpec):
    """Any of the five."""

    structure: NotRequired[dict[str, Any]]
    parent_atoms: NotRequired[list[int]]
    offsets_A: NotRequired[list[list[float]]]
    cut: NotRequired[dict[str, Any]]
    level_with_plan: NotRequired[bool]
    rank: NotRequired[int]
    candidates: NotRequired[list[int]]
    starts: NotRequired[list[CandidateStartSpec]]
    basin: NotRequired[BasinSpec]
    further: NotRequired[bool]


def run(job: Job[RelaxSpec]) -> Values:
    """Relax a structure until its largest force is below the limit.

    Returns
    -------
    dict
        Structure, largest force, steps, and `workflows.dft.energies.energy_values`.

    Raises
    ------
    PhysicsError
        If the SCF cycle does not converge.
    UnconvergedError
        If the steps are used up.
    """
    spec, limits = job.spec, job.limits
    plain = limits.get("plain_gpaw", False)
    start = start_structure(spec, job.parent.atoms if job.parent else None)
    vibrations = job.parent if job.parent and job.parent.kind == "vibrations" else None
    mode_A = vibrations.values["imaginary_mode_A"] if vibrations else []
    if mode_A:
        start.positions += np.array(mode_A)
    same: dict[str, Any] = {}
    if vibrations and not mode_A:  # which need not be calculated again
        same["modes_of"] = vibrations.folder.name
    checkpoints = Checkpoints(job, start, spec["fmax_eV_per_A"])
    atoms = start.copy()
    if spec["fix_centre_of_mass"]:
        atoms.set_constraint(FixedCentre())
    if checkpoints.last is not None:
        atoms.set_positions(checkpoints.last.positions, apply_constraint=False)
    elif limits["pre_relaxation"] != NONE and not {"rank", "further"} & set(spec):
        atoms = pre_relaxed(atoms, limits, job.folder)
    gpaw = gpaw_calculator(spec, limits, job.log)
    atoms.calc = with_dispersion(gpaw, spec["level"])
    accuracy = None
    if not plain:
        follows = limits["scf_follows_forces"] and gpaw_in_use(limits) == "accelerated"
        accuracy = ScfAccuracy(atoms.calc, gpaw, spec["level"], follows)
        atoms.calc = accuracy
    options = {"maxstep": limits["max_step_A"], "logfile": None}
    optimizer = OPTIMIZERS[limits["optimizer"]](atoms, **options)
    if len(checkpoints.frames) > 1 and isinstance(optimizer, BFGS):
        with Trajectory(checkpoints.path, "r") as history:
            optimizer.replay_trajectory(history)
    factor = (lambda: 1.0) if accuracy is None else (lambda: accuracy.last_factor)
    checkpoints.follow(optimizer, atoms, atoms.get_forces, factor)
    converged = checkpoints.run()
    while converged and accuracy is not None and accuracy.tighten():
        converged = checkpoints.run(again=True)
    checkpoints.end(converged)
    save_density(gpaw, job.folder)
    final = start.copy()
    final.set_positions(atoms.positions, apply_constraint=False)
    return EnergyValues(
        **job.about,
        structure=atoms_to_dict(final),
        fmax_eV_per_A=checkpoints.largest_force(),
        steps=checkpoints.steps,
        **record_of(job.folder),
        **same,
        **energy_values(gpaw, final, spec["level"], crystal=spec.get("bulk", False)),
    )
