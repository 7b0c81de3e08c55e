"""Stability of a crystal, and formation and surface energies over chemical potentials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.tables import Table
from analysis.thermodynamics.chemical_potentials import Stability
from workflows.findings.findings import Findings
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.base import Recipe, RowEnergy, plain
from workflows.recipes.chemical_potentials.evaluation import chemical_potentials_row
from workflows.recipes.chemical_potentials.links import row_energies
from workflows.recipes.chemical_potentials.planning import plan_phases
from workflows.recipes.chemical_potentials.rows import ChemicalPotentialsRow
from workflows.recipes.chemical_potentials.tables import (
    corner_table,
    decomposition_words,
    formation_table,
    phase_table,
    surface_table,
)
from workflows.recipes.chemical_potentials.thermodynamics import Thermodynamics, thermodynamics
from workflows.recipes.notices import Notice, caution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workflows.recipes.page import PageFigure


class ChemicalPotentialsRecipe(Recipe[None, ChemicalPotentialsRow]):
    """``[chemical_potentials]``: a host, its competing phases, and what depends on them."""

    name: ClassVar[str] = "chemical_potentials"
    title: ClassVar[str] = "Chemical potentials"
    chapter: ClassVar[str] = "passivation"

    def plan(self, planner: SpeciesPlanner) -> None:
        """Plan the phases, vacancies and surfaces."""
        entry = planner.study.chemical_potentials
        if entry is not None:
            plan_phases(planner, entry)

    def evaluate(self, found: Findings) -> Sequence[ChemicalPotentialsRow]:
        """One row, or none without the table in the study."""
        known = self.thermodynamics(found)
        return [] if known is None else [chemical_potentials_row(found, known)]

    def document(self, found: Findings) -> Any:
        """The row, or None without the table in the study."""
        return next((plain(row) for row in self.rows(found)), None)

    def tables(self, found: Findings) -> list[Table]:
        """Phases, chemical potentials, vacancies and surfaces; empty without the table."""
        known = self.thermodynamics(found)
        row = next(iter(self.rows(found)), None)
        return [
            phase_table(found.study, known, row),
            corner_table(found.study, known, row.corners if row else ()),
            formation_table(found.study, row.formation_eV if row else ()),
            surface_table(found.study, row.surfaces_J_per_m2 if row else ()),
        ]

    def missing(self, found: Findings) -> list[str]:
        """Phases, vacancies and surfaces without a number."""
        return [each.missing for each in self.row_energies(found) if each.missing]

    def row_energies(self, found: Findings) -> list[RowEnergy]:
        """Phases, vacancies and surfaces."""
        known = self.thermodynamics(found)
        return [
            each for row in self.rows(found) if known is not None
            for each in row_energies(found, known, row)
        ]  # fmt: skip

    def notices(self, found: Findings) -> list[Notice]:
        """A host that is not stable, what is said of its stability, doubtful surface energies."""
        known = self.thermodynamics(found)
        doubts = [
            words for row in self.rows(found) for each in row.surfaces_J_per_m2
            for words in each.remarks
        ]  # fmt: skip
        doubtful = caution("Surface energies against a cubic host", doubts)
        if known is None or known.stability is None:
            return doubtful
        stable, notices = known.stability, list(doubtful)
        if not known.stable:
            words = (
                f"{stable.host} -> {stable.decomposition} gains"
                f" {stable.decomposition_energy_eV:.3f} eV per formula unit; nothing that depends"
                " on chemical potentials has a value"
            )
            notices.append(Notice("error", f"{stable.host} is not stable", (words,)))
        notices += [each for row in self.rows(found) for each in _undecided(stable, row)]
        if stable.notes:
            title = f"About the stability of {stable.host}"
            notices.append(Notice("caution", title, stable.notes))
        return notices

    def figures(self, found: Findings, columns: str, **options: Any) -> dict[str, Figure]:
        """Formation and surface energies over the chemical potential."""
        from workflows.recipes.chemical_potentials.figures import draw_over_chemical_potential

        known = self.thermodynamics(found)
        row = next(iter(self.rows(found)), None)
        if known is None or row is None or known.stability is None or not known.stable:
            return {}
        return draw_over_chemical_potential(found.study, known, row, columns)

    def page_figures(self, found: Findings) -> list[PageFigure]:
        """Formation and surface energies over the chemical potential."""
        from workflows.recipes.chemical_potentials.page import chemical_potential_figures

        known = self.thermodynamics(found)
        return [] if known is None else chemical_potential_figures(found.study, known)

    def thermodynamics(self, found: Findings) -> Thermodynamics | None:
        """What the chemical potentials allow, evaluated once; None without the table."""
        return found.once("thermodynamics", lambda: thermodynamics(found))


def _undecided(stable: Stability, row: ChemicalPotentialsRow) -> list[Notice]:
    """A decomposition energy that is smaller than its uncertainty."""
    uncertainty = row.decomposition_uncertainty
    total = uncertainty.total
    if total is None or total < abs(stable.decomposition_energy_eV):
        return []
    words = decomposition_words(stable, uncertainty)
    return caution(f"The uncertainty leaves open whether {stable.host} is stable", [words])


RECIPE = ChemicalPotentialsRecipe()
