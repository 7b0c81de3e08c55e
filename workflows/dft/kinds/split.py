"""Energies of the parts of a relaxed structure."""

from __future__ import annotations

from analysis.result_values import SplitValues
from workflows.dft.dispersion import dispersion_energy_eV
from workflows.dft.fragments import FragmentsSpec, frozen_part
from workflows.dft.job import Job, Values


class SplitSpec(FragmentsSpec):
    """The parts of a covered slab."""


def run(job: Job[SplitSpec]) -> Values:
    """Energies of the parts of a relaxed structure, each alone, positions and cell frozen.

    Returns
    -------
    dict
        ``fragment_energies_eV``, dispersion included: of each fragment and of the
        ``whole``, all calculated in the same way.
    """
    relaxed = job.relaxed
    parts = {"whole": list(range(len(relaxed))), **job.spec["fragments"]}
    energies = {}
    for number, (name, indices) in enumerate(parts.items()):
        job.note({"step": number, "max_steps": len(parts)})
        part = frozen_part(job, relaxed, indices)
        dispersion_eV = dispersion_energy_eV(relaxed[indices], job.spec["level"])
        energies[name] = float(part.get_potential_energy()) + dispersion_eV
    return SplitValues(**job.about, fragment_energies_eV=energies)
