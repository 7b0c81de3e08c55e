"""Charge states of point defects in the bulk: formation energies and transition levels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.tables import Table
from workflows.findings.findings import Findings
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.base import Recipe
from workflows.recipes.charged_defects.evaluation import charged_defect_row
from workflows.recipes.charged_defects.planning import PlannedDefect, plan_charged_defect
from workflows.recipes.charged_defects.rows import ChargedDefectRow
from workflows.recipes.charged_defects.table import (
    charge_words,
    doubts,
    states_table,
    transitions_table,
)
from workflows.recipes.notices import Notice, caution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workflows.recipes.page import PageFigure


class ChargedDefectsRecipe(Recipe[tuple[PlannedDefect, ...], ChargedDefectRow]):
    """``[[charged_defects]]``: supercells with a uniform background, corrected for images."""

    name: ClassVar[str] = "charged_defects"
    title: ClassVar[str] = "Charged defects"
    chapter: ClassVar[str] = "electronic"

    def plan(self, planner: SpeciesPlanner) -> tuple[PlannedDefect, ...]:
        """Plan the charge states of every entry."""
        return tuple(
            plan_charged_defect(planner, entry, f"charged_defects.{number}")
            for number, entry in enumerate(planner.study.charged_defects)
        )

    def evaluate(self, found: Findings) -> Sequence[ChargedDefectRow]:
        """One row per entry of the study."""
        planned = self.planned(found.plan)
        return [
            charged_defect_row(found, *each)
            for each in zip(found.study.charged_defects, planned, strict=True)
        ]

    def tables(self, found: Findings) -> list[Table]:
        """Formation energies at both band edges, and transition levels."""
        rows = self.rows(found)
        between = [transitions_table(found.study, rows)] if any(r.transitions for r in rows) else []
        return [states_table(found.study, rows), *between]

    def missing(self, found: Findings) -> list[str]:
        """Charge states without an energy."""
        return [
            f"{row.species} charge {charge_words(state.charge)}: {state.status}"
            for row in self.rows(found)
            for state in row.states
            if state.at_vbm_eV is None
        ]

    def notices(self, found: Findings) -> list[Notice]:
        """Charge states that a check refuses."""
        return caution("Charge states without a formation energy", doubts(self.rows(found)))

    def figures(self, found: Findings, columns: str, **options: Any) -> dict[str, Figure]:
        """Formation energies over the Fermi level, and potentials at the atoms."""
        from workflows.recipes.charged_defects.figures import draw_formation, draw_potentials

        rows = self.rows(found)
        return {
            **draw_formation(found.study, rows, columns),
            **draw_potentials(found.study, rows, columns),
        }

    def files(self, found: Findings, folder: Path) -> list[Path]:
        """Potentials at the atoms of each charge state, as CSV."""
        import pandas as pd

        from workflows.recipes.charged_defects.figures import as_columns, potentials_stem

        files = []
        for row in self.rows(found):
            for state in row.states:
                if state.distances_A:
                    files.append(folder / f"{potentials_stem(row, state)}.csv")
                    table = pd.DataFrame(as_columns(state)).sort_values("distance_A")
                    table.to_csv(files[-1], index=False, float_format="%.6g")
        return files

    def page_figures(self, found: Findings) -> list[PageFigure]:
        """Formation energies over the Fermi level."""
        from workflows.recipes.charged_defects.figures import formation_figures

        return formation_figures(found.study, self.rows(found))


RECIPE = ChargedDefectsRecipe()
