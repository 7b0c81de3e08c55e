"""The energy of one structure."""

from __future__ import annotations

from typing import NotRequired

from analysis.result_values import EnergyValues
from analysis.results import atoms_to_dict
from workflows.dft.calculator import gpaw_calculator
from workflows.dft.energies import energy_values, save_density
from workflows.dft.job import Job, Values
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
    """Energy at the structure that another task has relaxed; see `energy_values`."""
    relaxed = job.relaxed
    if "moments_muB" in job.spec:
        relaxed.set_initial_magnetic_moments(job.spec["moments_muB"])
    atoms = relaxed.copy()
    point_group = job.spec["point_group"]
    gpaw = gpaw_calculator(job.spec, job.limits, job.log, point_group=point_group)
    atoms.calc = gpaw
    atoms.get_potential_energy()
    save_density(gpaw, job.folder)
    bulk = point_group or job.spec.get("bulk", False)
    energies = energy_values(gpaw, relaxed, job.spec["level"], crystal=bulk)
    return EnergyValues(**job.about, structure=atoms_to_dict(relaxed), **energies)
