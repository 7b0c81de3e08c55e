"""What a task is told that lets another program calculate an energy."""

from __future__ import annotations

from typing import NotRequired, TypedDict

import numpy as np
from ase import Atoms

from slabs.structure import electron_parity
from workflows.codes.single_point import SinglePoint
from workflows.task_file import TaskSpec


class CodeLevel(TypedDict):
    """Level of theory of another program."""

    #: Its name in `workflows.codes.registry.CODES`.
    code: str
    functional: str
    smearing_eV: float
    #: Tolerance of the SCF cycle in the program's own measure.
    scf: float
    #: Versions of the program and of what it reads.
    codes: dict[str, str]
    #: Of ABINIT: plane waves, and density inside of the PAW spheres.
    ecut_eV: NotRequired[float]
    fine_ecut_eV: NotRequired[float]
    #: Of CP2K: density, Gaussians on its grids, and size of the basis sets.
    cutoff_Ry: NotRequired[float]
    relative_cutoff_Ry: NotRequired[float]
    basis: NotRequired[str]


class PartSpec(TypedDict):
    """Some atoms of the parent, alone in its cell, neutral."""

    atoms: list[int]
    #: Whether the basis functions of all other atoms are there.
    ghosts: bool


class CodeSpec(TaskSpec):
    """An energy of another program at the structure of the parent."""

    level: CodeLevel
    #: Hash of `level`.
    fingerprint: str
    charge: int
    kpoints: list[int]
    spin_polarised: bool
    fixed_moment_muB: NotRequired[float]
    part: NotRequired[PartSpec]


def single_point(relaxed: Atoms, spec: CodeSpec, max_iterations: int) -> SinglePoint:
    """What is calculated: a relaxed structure, or a part of it.

    Parameters
    ----------
    relaxed
        The structure of the parent.
    spec
        Specification of the task.
    max_iterations
        SCF iterations before the program gives up.
    """
    atoms, ghosts = relaxed.copy(), frozenset[int]()
    part = spec.get("part")
    if part is not None:
        moments = np.zeros(len(atoms))
        if electron_parity(atoms[part["atoms"]], 0) == 1:
            moments[part["atoms"]] = 1.0 / len(part["atoms"])
        atoms.set_initial_magnetic_moments(moments)
        if part["ghosts"]:
            ghosts = frozenset(range(len(atoms))) - frozenset(part["atoms"])
        else:
            atoms = atoms[part["atoms"]]
    a, b, c = spec["kpoints"]
    return SinglePoint(
        atoms=atoms,
        kpoints=(a, b, c),
        smearing_eV=spec["level"]["smearing_eV"],
        spin_polarised=spec["spin_polarised"],
        fixed_moment_muB=spec.get("fixed_moment_muB"),
        max_iterations=max_iterations,
        ghosts=ghosts,
    )
