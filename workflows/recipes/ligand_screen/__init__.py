"""Many ligands on one surface and beside one vacancy, ranked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.tables import Table
from workflows.findings.findings import Findings
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.base import Recipe
from workflows.recipes.ligand_screen.planning import PlannedScreen, plan_screen
from workflows.recipes.ligand_screen.rows import LigandScreenRow, screen_rows
from workflows.recipes.ligand_screen.table import screen_tables

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workflows.planning.plan import Plan
    from workflows.recipes.page import PageFigure


class LigandScreenRecipe(Recipe[PlannedScreen | None, LigandScreenRow]):
    """``[ligand_screen]``: adsorption, passivation, levels and descriptors of every ligand."""

    name: ClassVar[str] = "ligand_screen"
    title: ClassVar[str] = "Screen of ligands"
    chapter: ClassVar[str] = "passivation"

    def plan(self, planner: SpeciesPlanner) -> PlannedScreen | None:
        """Plan every ligand that can be built."""
        entry = planner.study.ligand_screen
        return None if entry is None else plan_screen(planner, entry)

    def remarks(self, plan: Plan) -> list[str]:
        """Ligands that cannot be built, with the reason."""
        planned = self.planned(plan)
        left_out = [] if planned is None else [each for each in planned.ligands if each.reason]
        return [f"{each.ligand} is not screened in full: {each.reason}" for each in left_out]

    def evaluate(self, found: Findings) -> Sequence[LigandScreenRow]:
        """One row per ligand, ranked ones first."""
        entry, planned = found.study.ligand_screen, self.planned(found.plan)
        if entry is None or planned is None:
            return []
        return screen_rows(found, entry, planned)

    def tables(self, found: Findings) -> list[Table]:
        """The ranks, and the isolated ligands."""
        entry = found.study.ligand_screen
        return [] if entry is None else screen_tables(found, entry, self.rows(found))

    def missing(self, found: Findings) -> list[str]:
        """Ligands without a rank, and other numbers that cannot be calculated."""
        return [
            f"{row.ligand} in the screen of ligands: {row.reason or 'not done'}"
            for row in self.rows(found)
            if row.rank is None or row.reason
        ]

    def figures(self, found: Findings, columns: str, **options: Any) -> dict[str, Figure]:
        """All ranked ligands side by side."""
        from workflows.recipes.ligand_screen.figures import draw_screen

        entry = found.study.ligand_screen
        return {} if entry is None else draw_screen(found.study, entry, self.rows(found), columns)

    def page_figures(self, found: Findings) -> list[PageFigure]:
        """Passivation over adsorption, if a vacancy is asked for."""
        from workflows.recipes.ligand_screen.page import screen_figures

        entry = found.study.ligand_screen
        return [] if entry is None else screen_figures(entry, self.rows(found))


RECIPE = LigandScreenRecipe()
