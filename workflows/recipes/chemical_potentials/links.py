"""Which total energies the rows of phases, vacancies and surfaces are made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analysis.energies.uncertainty import significant
from workflows.recipes.base import RowEnergy
from workflows.recipes.chemical_potentials.evaluation import slabs_behind
from workflows.recipes.chemical_potentials.rows import ChemicalPotentialsRow
from workflows.recipes.chemical_potentials.tables import PHASES, SURFACES, VACANCIES
from workflows.recipes.chemical_potentials.thermodynamics import Thermodynamics

if TYPE_CHECKING:
    from workflows.findings.findings import Findings


def row_energies(
    known: Findings, found: Thermodynamics, row: ChemicalPotentialsRow
) -> Iterator[RowEnergy]:
    """The rows of all tables but that of the chemical potentials.

    While a phase is missing, a row depends on its own species alone.
    """
    for place, phase in enumerate(row.phases):
        weights = found.weights.formation(phase.phase) if found.weights else {}
        species = tuple(dict.fromkeys([phase.phase, *significant(weights)]))
        name = f"phase {phase.phase}"
        yield RowEnergy(name, species, _missing(name, phase.status), PHASES, place)
    for title, words, rows, energies in (
        (VACANCIES, "vacancies in", row.formation_eV, found.formation),
        (SURFACES, "surface", row.surfaces_J_per_m2, found.surfaces),
    ):
        for place, each in enumerate(rows):
            used = dict.fromkeys(slabs_behind(known, found, each.species))
            if found.stable and each.species in energies:
                ends = found.end_weights(each.species, energies[each.species])
                used |= dict.fromkeys(n for end in ends for w in end for n in significant(w))
            name = f"{words} {each.species}"
            missing = _missing(name, each.status)
            yield RowEnergy(name, tuple(used), missing, title, place, each.remarks)


def _missing(name: str, status: str) -> str:
    return "" if status == "done" else f"{name}: {status}"
