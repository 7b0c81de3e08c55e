"""Gap of a hybrid functional at a relaxed structure."""

from __future__ import annotations

from typing import Any

import numpy as np
from gpaw.hybrids import NonSelfConsistentHybridXCCalculator
from gpaw.new.ase_interface import ASECalculator
from numpy.typing import NDArray

from analysis.dos.band_edges import BandEdges, band_edges
from analysis.result_values import EdgesValues, GapValues
from workflows.dft.bands import BandsSpec, converged_bands, converged_count
from workflows.dft.calculator import gpaw_calculator
from workflows.dft.job import Job, Values
from workflows.dft.spin_orbit_states import CompleteStates
from workflows.study.level import BORROWED_DATASETS

Floats = NDArray[np.float64]


class GapSpec(BandsSpec):
    """A gap at the structure of the parent; exchange is on the k-points of the bands."""

    #: Kind of species: ``"slab"``, ``"molecule"`` or ``"crystal"``.
    of: str


def run(job: Job[GapSpec]) -> Values:
    """Band edges of a hybrid functional at the k-points of the grid.

    The density and the orbitals are those of the functional whose PAW datasets the hybrid uses;
    each level is moved by the difference of the two exchange-correlation operators in its
    orbital, as GPAW does it, without self-consistency. Spin-orbit coupling, if asked for, is
    set up in these levels and in the response of all other bands, with the potential of
    that density.

    Returns
    -------
    GapValues
        ``density_edges``, ``edges`` and ``soc_edges``: those of the density's functional, of the
        hybrid, and of the hybrid with the coupling, in eV on the scale of the calculation.
    """
    spec = job.spec
    level = spec["level"]
    semilocal = BORROWED_DATASETS[level["functional"]]
    calc = _bands(job, semilocal)
    electrons = float(calc.get_number_of_electrons())
    count = converged_count(spec, electrons)
    exchange = NonSelfConsistentHybridXCCalculator.from_dft_calculation(
        calc.dft, level["functional"], log=None
    )
    own, levels = exchange.calculate(calc.dft.ibzwfs, 0, count)
    per_state = 2.0 / len(levels)
    values: dict[str, Any] = {
        "density_edges": _edges(own, electrons, per_state),
        "edges": _edges(levels, electrons, per_state),
    }
    if spec["spin_orbit"]:
        coupled = CompleteStates(calc, levels)
        fewer = int(np.ceil(electrons / 2)) + spec["empty_bands"] // 4
        found, half = (
            _edges(coupled.states(n).eigenvalues()[np.newaxis], electrons, 1.0)
            for n in (count, fewer)
        )
        values["soc_edges"] = found
        values["soc_half_bands_gap_eV"] = half.cbm_eV - half.vbm_eV if half else 0.0
    return GapValues(
        **job.about,
        functional=level["functional"],
        density_functional=semilocal,
        kpoints=spec["kpoints"],
        valence_electrons=electrons,
        spin_orbit=spec["spin_orbit"],
        **values,
    )


def _bands(job: Job[GapSpec], functional: str) -> ASECalculator:
    """Bands of another functional from its own density."""
    level = {**job.spec["level"], "functional": functional}
    calc = gpaw_calculator(
        {**job.spec, "level": level},  # type: ignore[typeddict-item]
        job.limits,
        job.log,
        point_group=job.spec["of"] == "crystal",
    )
    atoms = job.relaxed.copy()
    atoms.calc = calc
    atoms.get_potential_energy()
    return converged_bands(job, calc)


def _edges(levels_eV: Floats, electrons: float, per_state: float) -> EdgesValues | None:
    """Edges of the gap; exchange may have changed the order of the levels."""
    found: BandEdges | None = band_edges(np.sort(levels_eV, axis=2), electrons, per_state)
    return EdgesValues.model_validate(vars(found)) if found else None
