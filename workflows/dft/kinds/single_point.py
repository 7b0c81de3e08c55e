"""The energy of one structure."""

from __future__ import annotations

from typing import Any, NotRequired

from analysis.result_values import EnergyValues
from analysis.results import atoms_to_dict
from workflows.dft.calculator import gpaw_calculator
from workflows.dft.dispersion import with_dispersion
from workflows.dft.energies import energy_values, save_density
from workflows.dft.job import Job, Values
from workflows.study.level import HYBRID_FUNCTIONALS
from workflows.task_file import ElectronsSpec


class SinglePointSpec(ElectronsSpec):
    """An energy at the structure of the parent."""

    #: Use the symmetry of the crystal.
    point_group: bool
    #: Keys of energies by those of relaxations whose result the parent may have taken.
    same_as: NotRequired[dict[str, str]]
    #: Starting moments of the atoms where they are not those of the parent, as with another charge.
    moments_muB: NotRequired[list[float]]


def run(job: Job[SinglePointSpec]) -> Values:
    """Energy and forces at the structure that another task has relaxed; see `energy_values`.

    The forces hold the dispersion correction, and are also those on fixed atoms. With exact
    exchange, whose forces have not been checked here, there are none.
    """
    relaxed = job.relaxed
    if "moments_muB" in job.spec:
        relaxed.set_initial_magnetic_moments(job.spec["moments_muB"])
    atoms = relaxed.copy()
    point_group = job.spec["point_group"]
    gpaw = gpaw_calculator(job.spec, job.limits, job.log, point_group=point_group)
    atoms.calc = gpaw
    atoms.get_potential_energy()
    save_density(gpaw, job.folder)
    level = job.spec["level"]
    forces: dict[str, Any] = {}
    if level["functional"] not in HYBRID_FUNCTIONALS:
        atoms.calc = with_dispersion(gpaw, level)
        forces["forces_eV_per_A"] = atoms.get_forces(apply_constraint=False).tolist()
    bulk = point_group or job.spec.get("bulk", False)
    energies = energy_values(gpaw, relaxed, level, crystal=bulk)
    return EnergyValues(**job.about, structure=atoms_to_dict(relaxed), **forces, **energies)
