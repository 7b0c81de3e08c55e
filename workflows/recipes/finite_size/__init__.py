"""How the energy of a vacancy in the bulk changes with the supercell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.species_name import SpeciesName
from analysis.tables import Table
from workflows.findings.findings import Findings
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.base import Recipe
from workflows.recipes.finite_size.rows import FiniteSizeRow, finite_size_row
from workflows.recipes.finite_size.table import finite_size_table
from workflows.study.errors import StudyError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workflows.recipes.page import PageFigure


class FiniteSizeRecipe(Recipe[None, FiniteSizeRow]):
    """``[[finite_size]]``: one vacancy in several supercells."""

    name: ClassVar[str] = "finite_size"
    title: ClassVar[str] = "Finite size of supercells"
    chapter: ClassVar[str] = "reliability"

    def plan(self, planner: SpeciesPlanner) -> None:
        """Plan every supercell without and with the vacancy."""
        for number, entry in enumerate(planner.study.finite_size):
            place = f"finite_size.{number}"
            planner.comparable(
                {planner.study.supercells[n].crystal for n in entry.supercells}, place
            )
            for name in entry.supercells:
                planner.relax(name, place)
                planner.relax(str(SpeciesName(name).plus(entry.vacancy)), place)
            volumes_A3 = [
                planner.species[name][0].structure.atoms.get_volume() for name in entry.supercells
            ]
            if sorted(set(volumes_A3)) != volumes_A3:
                raise StudyError(
                    f"{planner.file}: {place}.supercells: {', '.join(entry.supercells)} must become"
                    " larger from one to the next"
                )

    def evaluate(self, found: Findings) -> Sequence[FiniteSizeRow]:
        """One row per entry."""
        return [finite_size_row(found, entry) for entry in found.study.finite_size]

    def tables(self, found: Findings) -> list[Table]:
        """One supercell per line."""
        return [finite_size_table(found.study, row) for row in self.rows(found)]

    def missing(self, found: Findings) -> list[str]:
        """Supercells without an energy."""
        return [
            f"{row.vacancy} in {cell.supercell}: {cell.status}"
            for row in self.rows(found)
            for cell in row.cells
            if cell.change_eV is None
        ]

    def figures(self, found: Findings, columns: str, **options: Any) -> dict[str, Figure]:
        """Energies over the inverse volume."""
        from workflows.recipes.finite_size.figures import draw_trends

        return draw_trends(found.study, self.rows(found), columns)

    def page_figures(self, found: Findings) -> list[PageFigure]:
        """Energies over the inverse volume."""
        from workflows.recipes.finite_size.figures import trend_figures

        return trend_figures(found.study, self.rows(found))


RECIPE = FiniteSizeRecipe()
