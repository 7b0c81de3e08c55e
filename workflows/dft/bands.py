"""Bands at a self-consistent density that is kept."""

from __future__ import annotations

from math import gcd
from typing import Any, NotRequired

import numpy as np
from gpaw.mpi import world
from gpaw.new.ase_interface import ASECalculator

from workflows.dft.job import Job
from workflows.task_file import ElectronsSpec

#: Residual of the eigenstates, in eV^2 per electron, whatever the level allows: errors of the
#: levels are far below any broadening.
EIGENSTATES_EV2 = 1e-6


#: A level with an occupation from this to one minus this is partly filled, as that of an odd
#: electron which both spins share.
LEAST_PARTLY_FILLED = 0.25


class BandsSpec(ElectronsSpec):
    """What decides bands; ``kpoints`` are theirs."""

    spin_orbit: bool
    empty_bands: int
    #: Bands of the coupling, which decide the result as much as the coupling does: ``"complete"``,
    #: see `workflows.dft.response`.
    coupled_bands: NotRequired[str]


def converged_bands(job: Job[Any], ground: ASECalculator) -> ASECalculator:
    """Bands at the k-points of a task with a `BandsSpec`, from a self-consistent density."""
    spec: BandsSpec = job.spec
    electrons = float(ground.get_number_of_electrons())
    eigenstates = min(spec["level"]["scf_eigenstates_eV2"], EIGENSTATES_EV2)

    def bands(**more: Any) -> ASECalculator:
        return ground.fixed_density(
            kpts={"size": tuple(spec["kpoints"]), "gamma": True},
            nbands=int(np.ceil(electrons / 2)) + spec["empty_bands"],
            update_fermi_level=True,
            # One Fermi level also where the density was calculated with a fixed moment.
            occupations={"name": "fermi-dirac", "width": spec["level"]["smearing_eV"]},
            maxiter=job.limits["max_scf_iterations"],
            convergence={"bands": converged_count(spec, electrons), "eigenstates": eigenstates},
            txt=job.log.open("a", encoding="utf-8"),
            **more,
        )

    calc = bands()
    if spec["spin_orbit"] and calc.get_number_of_spins() == 2 and world.size > 1:
        # Both spins of a k-point must be on one rank, which GPAW does not see to.
        calc = bands(parallel={"kpt": gcd(world.size, len(calc.get_ibz_k_points()))})
    calc.get_potential_energy()
    return calc


def converged_count(spec: BandsSpec, electrons: float) -> int:
    """Number of bands that are converged; the others speed this up and are not exact."""
    return int(np.ceil(electrons / 2)) + int(spec["empty_bands"]) // 2


def frontier_levels_eV(calc: Any) -> tuple[float, float]:
    """Highest filled and lowest empty level in eV at the k-points of a calculation.

    A level that is partly filled is both; without empty bands the second is infinite.
    """
    states = [
        (kpoint, spin)
        for kpoint in range(len(calc.get_ibz_k_points()))
        for spin in range(calc.get_number_of_spins())
    ]
    levels_eV = np.concatenate([calc.get_eigenvalues(kpt=k, spin=s) for k, s in states])
    filled = np.concatenate(
        [calc.get_occupation_numbers(kpt=k, spin=s, raw=True) for k, s in states]
    )
    empty_eV = levels_eV[filled <= 1.0 - LEAST_PARTLY_FILLED]
    highest_eV = float(levels_eV[filled >= LEAST_PARTLY_FILLED].max())
    return highest_eV, float(empty_eV.min(initial=np.inf))
