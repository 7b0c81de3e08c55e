"""Barrier of a hop: nudged elastic band between two relaxed structures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypedDict

import numpy as np
from ase import Atoms

from analysis.barriers.path import tangential_slopes
from analysis.last_step import TRAJECTORY_FILE
from analysis.result_values import BarrierValues
from analysis.results import atoms_to_dict
from workflows.dft.band.ends import matched_ends
from workflows.dft.band.force_calls import ForceCalls, StoredCalculator
from workflows.dft.band.path import Band, first_path, largest_force
from workflows.dft.calculator import gpaw_calculator
from workflows.dft.dispersion import with_dispersion
from workflows.dft.job import Job, Values
from workflows.task_file import ElectronsSpec


class HopSpec(TypedDict):
    """A hop of one candidate of a species."""

    #: Keys of the relaxations of both ends.
    first: str
    last: str
    #: Index of the ion that moves, and its planned displacement.
    atom: int
    vector_A: list[float]
    #: Indices of ions far from it.
    far: list[int]


class BarrierSpec(ElectronsSpec):
    """A path of images between two ends."""

    fmax_eV_per_A: float
    images: int
    #: One for each candidate; that whose first end is lowest counts.
    hops: list[HopSpec]


def run(job: Job[BarrierSpec]) -> Values:
    """Find the path of lowest energy and its saddle.

    Climbing-image nudged elastic band, Henkelman, Uberuaga and Jonsson, J. Chem. Phys. 113,
    9901 (2000), from a path by `first_path`.

    Raises
    ------
    PhysicsError
        If the ends do not belong together.
    UnconvergedError
        If the steps are used up.
    """
    spec, limits = job.spec, job.limits
    hop = min(spec["hops"], key=lambda each: job.parents[each["first"]].energy_eV)
    first, last = job.parents[hop["first"]], job.parents[hop["last"]]
    ends = matched_ends(first, last, hop["atom"], hop["vector_A"], hop["far"])
    path = first_path(ends, spec["images"])
    calls = ForceCalls(job.folder / TRAJECTORY_FILE, path[0])
    for number, image in enumerate(path[1:-1], start=1):
        image.calc = StoredCalculator(calls, _evaluator(job, number))
    band = Band(path, spec["fmax_eV_per_A"])

    def note(steps: int, force_eV_per_A: float) -> None:
        job.note(
            {
                "step": steps,
                "max_steps": limits["max_steps"],
                "fmax_eV_per_A": force_eV_per_A,
                "target_eV_per_A": spec["fmax_eV_per_A"],
            }
        )

    band.converge(limits["max_steps"], note)
    images = path[1:-1]
    moments = [float(image.calc.results["magmom"]) for image in images]
    energies_eV = [float(image.get_potential_energy()) for image in path]
    return BarrierValues(
        **job.about,
        structure=atoms_to_dict(path[band.highest]),
        path=[atoms_to_dict(image) for image in path],
        highest=band.highest,
        energies_eV=energies_eV,
        slopes_eV_per_A=tangential_slopes(
            [image.positions for image in path],
            [image.get_forces() for image in images],
        ),
        moments_muB=[ends.moments_muB[0], *moments, ends.moments_muB[1]],
        saddle_fmax_eV_per_A=largest_force(path[band.highest]),
        band_fmax_eV_per_A=band.band_force_eV_per_A,
        fmax_eV_per_A=spec["fmax_eV_per_A"],
        far_displacement_A=ends.far_displacement_A,
        far_atoms=len(hop["far"]),
        hop_A=float(np.linalg.norm((path[-1].positions - path[0].positions)[hop["atom"]])),
        first=first.key,
        steps=band.steps,
        force_calls=len(calls),
    )


def _evaluator(job: Job[BarrierSpec], number: int) -> Callable[[Atoms], dict[str, Any]]:
    """Energy, forces and magnetic moment of one image; GPAW is set up when it is first asked."""
    made: list[Any] = []

    def evaluate(atoms: Atoms) -> dict[str, Any]:
        if not made:
            log = job.log if number == 1 else job.log.with_stem(f"{job.log.stem}-{number}")
            gpaw = gpaw_calculator(job.spec, job.limits, log)
            made.extend((gpaw, with_dispersion(gpaw, job.spec["level"])))
        gpaw, calculator = made
        return {
            "forces": calculator.get_forces(atoms),
            "energy": float(calculator.get_potential_energy(atoms)),
            "magmom": float(gpaw.get_magnetic_moment()),
        }

    return evaluate
