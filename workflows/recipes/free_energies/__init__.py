"""Free energies of reactions: adsorption, vacancies, exchange."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.tables import Table
from workflows.findings.findings import Findings
from workflows.findings.words import level_sentences
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.base import Recipe, plain
from workflows.recipes.free_energies.planning import (
    PlannedReaction,
    check_conditions,
    plan_free_energy,
)
from workflows.recipes.free_energies.rows import FreeEnergyRow, free_energy_rows
from workflows.recipes.free_energies.table import free_energy_table, thermal_table
from workflows.recipes.free_energies.thermal import species_thermals
from workflows.recipes.notices import Notice, caution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workflows.recipes.page import PageFigure

CURVES_TITLE = "Free energies over temperature"


class FreeEnergiesRecipe(Recipe[tuple[PlannedReaction, ...], FreeEnergyRow]):
    """``[[free_energies]]``: electronic energies with zero-point motion and temperature."""

    name: ClassVar[str] = "free_energies"
    title: ClassVar[str] = "Free energies"

    def plan(self, planner: SpeciesPlanner) -> tuple[PlannedReaction, ...]:
        """Plan the vibrations of all species of each reaction."""
        planned = tuple(
            plan_free_energy(planner, entry, f"free_energies.{number}.reaction")
            for number, entry in enumerate(planner.study.free_energies)
        )
        check_conditions(planner, planned)
        return planned

    def evaluate(self, found: Findings) -> Sequence[FreeEnergyRow]:
        """One row per reaction and temperature."""
        return free_energy_rows(found, self.planned(found.plan))

    def document(self, found: Findings) -> dict[str, Any]:
        """Reactions and species."""
        species = species_thermals(found, self.planned(found.plan))
        return {
            "reactions": [plain(row) for row in self.rows(found)],
            "species": [plain(row) for row in species],
        }

    def tables(self, found: Findings) -> list[Table]:
        """Reactions, and the thermal parts of their species."""
        species = species_thermals(found, self.planned(found.plan))
        return [free_energy_table(found, self.rows(found)), thermal_table(found, species)]

    def missing(self, found: Findings) -> list[str]:
        """Reactions without a free energy."""
        return [
            f"free energy of {row.reaction} at {row.temperature_K:g} K: {row.status}"
            for row in self.rows(found)
            if row.free_energy_eV is None
        ]

    def notices(self, found: Findings) -> list[Notice]:
        """What makes free energies doubtful."""
        lines = (f"{row.reaction}: {words}" for row in self.rows(found) for words in row.remarks)
        return caution("Free energies to be careful with", lines)

    def figures(self, found: Findings, columns: str, **options: Any) -> dict[str, Figure]:
        """DG of all reactions over temperature."""
        from analysis.style import set_caption
        from analysis.vibrations.figures import plot_free_energies
        from workflows.recipes.free_energies.curves import free_energy_curves

        curves = free_energy_curves(found, self.planned(found.plan), self.rows(found))
        if not curves:
            return {}
        figure = plot_free_energies(curves, f"{CURVES_TITLE}: {found.study.title}", columns)
        conditions = "; ".join(dict.fromkeys(row.conditions for row in self.rows(found)))
        set_caption(
            figure,
            "dG = G(products) - G(reactants). Bands: other treatments of low modes; dashes at 0 K:"
            f" dE without zero-point energy. Conditions: {conditions}.",
            *level_sentences(found.study),
        )
        return {"free-energies": figure}

    def page_figures(self, found: Findings) -> list[PageFigure]:
        """DG of all reactions over temperature."""
        from workflows.recipes.free_energies.curves import free_energy_curves
        from workflows.recipes.free_energies.page import free_energy_figure

        curves = free_energy_curves(found, self.planned(found.plan), self.rows(found))
        return [free_energy_figure(curves, CURVES_TITLE)] if curves else []


RECIPE = FreeEnergiesRecipe()
