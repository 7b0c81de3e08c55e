"""What a task is told: types of the content of its file ``task.json``.

A kind of task adds to `TaskSpec` or `ElectronsSpec` what it needs; see `workflows.dft.kinds`.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class Limits(TypedDict):
    """How a result is reached; settings of a level that are no part of a key."""

    max_steps: int
    max_step_A: float
    optimizer: str
    scf_follows_forces: bool
    pre_relaxation: str
    pre_relaxation_options: dict[str, str | int | float | bool]
    max_scf_iterations: int
    #: GPAW as it comes, without replaced parts.
    plain_gpaw: NotRequired[bool]
    #: Number of the remedy that is tried, of `workflows.dft.remedies`.
    remedy: NotRequired[int]


class Physics(TypedDict):
    """Everything in a level of theory that changes an energy; see `workflows.study.level`."""

    mode: str
    functional: str
    ecut_eV: float
    kpoint_length_A: float
    smearing_eV: float
    dispersion: str
    spin: str
    dipole_correction: bool
    scf_energy_eV: float
    scf_density: float
    scf_eigenstates_eV2: float
    codes: dict[str, str]
    #: Of the structure: not at a single point, which names the level of its structure.
    fmax_eV_per_A: NotRequired[float]
    geometry: NotRequired[dict[str, Any]]
    #: Of hybrid functionals, see `workflows.dft.exchange`.
    exchange: NotRequired[str]
    #: Of D4, which repeats cells along all vectors unless told otherwise; not part of the level.
    dispersion_pbc: NotRequired[list[bool]]


class TaskSpec(TypedDict):
    """Everything that decides a result; its hash is the key of the task."""

    schema: NotRequired[int]
    kind: NotRequired[str]
    #: Keys of the tasks that it starts from; several are the candidates of one species.
    parents: NotRequired[list[str]]


class ElectronsSpec(TaskSpec):
    """Settings of an SCF calculation."""

    level: Physics
    #: Hash of `level`.
    fingerprint: str
    charge: int
    kpoints: list[int]
    spin_polarised: bool
    dipole_layer: bool
    #: Magnetic moment that is kept, of molecules with unpaired electrons: through smearing alone
    #: a radical may come out without its spin.
    fixed_moment_muB: NotRequired[float]
    #: It repeats without vacuum, as a supercell; crystals have tasks of their own.
    bulk: NotRequired[bool]


class Progress(TypedDict):
    """How far a running task is, for other programs to read."""

    step: int
    max_steps: int
    fmax_eV_per_A: NotRequired[float]
    target_eV_per_A: NotRequired[float]
