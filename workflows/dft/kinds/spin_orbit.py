"""Spin-orbit coupling as a correction to an energy."""

from __future__ import annotations

import numpy as np
from gpaw.new.ase_interface import ASECalculator

from analysis.result_values import SpinOrbitValues
from workflows.dft.calculator import gpaw_calculator
from workflows.dft.job import Job, Values
from workflows.dft.kinds.single_point import SinglePointSpec
from workflows.dft.spin_orbit_states import coupled_states

#: Occupations are kept this far from 0 and 1, where their logarithm has no value.
SMALLEST_OCCUPATION = 1e-12


class SpinOrbitSpec(SinglePointSpec):
    """The coupling at the structure of the parent."""

    #: Name of the operator, which is part of what decides the result.
    operator: str


def run(job: Job[SpinOrbitSpec]) -> Values:
    """Change of the total energy by spin-orbit coupling, without self-consistency, in eV.

    The Kohn-Sham bands with and without the coupling are filled anew and their energies
    compared (Olsen, Phys. Rev. B 94, 235106 (2016)). The change of one energy grows with
    the number of bands in which the coupling is set up. Here each atom brings as many as it
    has bound valence orbitals, in every structure alike, so that the differences between
    structures mean something and the single values do not.

    Returns
    -------
    dict
        ``spin_orbit_eV``, extrapolated to zero smearing as the energies are, and ``bands``.
    """
    atoms = job.relaxed
    gpaw = gpaw_calculator(
        job.spec,
        job.limits,
        job.log,
        point_group=job.spec["point_group"],
        bands="nao",
        # GPAW couples the two spins of a k-point on one rank only.
        kpoint_ranks=1,
    )
    atoms.calc = gpaw
    atoms.get_potential_energy()
    bands = int(gpaw.get_number_of_bands())
    width = job.spec["level"]["smearing_eV"]
    without, with_coupling = (_filled_eV(gpaw, width, scale) for scale in (0.0, 1.0))
    return SpinOrbitValues(**job.about, spin_orbit_eV=with_coupling - without, bands=bands)


def _filled_eV(gpaw: ASECalculator, width_eV: float, scale: float) -> float:
    """Energy of the filled bands with the coupling times `scale`, at zero smearing, in eV."""
    states = coupled_states(gpaw, scale)
    f = np.clip(states.occupation_numbers(), SMALLEST_OCCUPATION, 1 - SMALLEST_OCCUPATION)
    minus_entropy_eV = width_eV * (f * np.log(f) + (1 - f) * np.log(1 - f)).sum()
    return float(states.calculate_band_energy() + 0.5 * minus_entropy_eV / states.nbzkpts)
