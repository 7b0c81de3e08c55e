"""Free energies of reactions over temperature, for figures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.energies.rows import reaction_row
from analysis.vibrations.figures import FreeEnergyCurve
from analysis.vibrations.thermochemistry import TREATMENTS
from workflows.findings.findings import Findings
from workflows.recipes.free_energies.planning import PlannedReaction
from workflows.recipes.free_energies.rows import FreeEnergyRow, reaction_thermal

#: Curves begin here and end at this or at the highest temperature of the study.
FIRST_K, LAST_K, STEP_K = 50.0, 600.0, 25.0


def free_energy_curves(
    found: Findings, planned: Sequence[PlannedReaction], rows: Sequence[FreeEnergyRow]
) -> list[FreeEnergyCurve]:
    """One curve for each reaction whose free energy is known."""
    temperatures = found.study.conditions.temperatures_K
    last = max(LAST_K, *temperatures)
    grid_K = np.arange(FIRST_K, last + STEP_K / 2, STEP_K)
    curves = []
    for each in planned:
        points = [
            (row.temperature_K, row.free_energy_eV)
            for row in rows
            if row.reaction == each.name and row.free_energy_eV is not None
        ]
        energy_eV = reaction_row(each.name, each.reaction, found.species).reaction_energy_eV
        if not points or energy_eV is None:
            continue
        values = {
            way: energy_eV
            + np.array([reaction_thermal(found, each, float(t), way).correction_eV for t in grid_K])
            for way in TREATMENTS
        }
        curves.append(
            FreeEnergyCurve(
                each.name, grid_K, values, found.study.conditions.low_modes, energy_eV, points
            )
        )
    return curves
