"""The parts of a relaxed structure, each alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from ase import Atoms

from slabs.structure import electron_parity
from workflows.dft.calculator import gpaw_calculator
from workflows.dft.job import Job
from workflows.task_file import ElectronsSpec


class FragmentsSpec(ElectronsSpec):
    """The surface and each kind of ligand of a covered slab."""

    #: Indices of the atoms of each.
    fragments: dict[str, list[int]]
    #: Whether all of them are spin-polarised, or only those with odd electrons.
    spin_all: bool


def frozen_part(job: Job[Any], relaxed: Atoms, indices: Sequence[int]) -> Atoms:
    """Some atoms where they are, in the whole cell, neutral, with a converged calculator."""
    part = relaxed[indices]
    part.set_constraint()
    odd = electron_parity(part, 0) == 1
    part.set_initial_magnetic_moments(np.full(len(part), 1.0 / len(part) if odd else 0.0))
    own = {**job.spec, "spin_polarised": odd or job.spec["spin_all"]}
    part.calc = gpaw_calculator(cast(ElectronsSpec, own), job.limits, job.log)
    part.get_potential_energy()
    return part
