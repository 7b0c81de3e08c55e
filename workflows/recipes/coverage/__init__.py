"""Ligands on shares of the sites of a cell: energies per ligand, and what they do to each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.tables import Table, number
from workflows.findings.findings import Findings
from workflows.findings.uncertainty_words import uncertainty_cell, uncertainty_notes
from workflows.findings.words import flag_sentences, level_words
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.base import Recipe, RowEnergy
from workflows.recipes.coverage.planning import PlannedCoverage, plan_coverage
from workflows.recipes.coverage.rows import CoverageRow, coverage_rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workflows.recipes.page import PageFigure

FOOT = (
    "Coverage: ligands per site. E_b: of all ligands on the bare slab, per ligand; differential:"
    " of those that the next lower coverage lacks, per ligand; > 0: bound.",
    "Lateral: dE per ligand from slabs of the same cell with one ligand each; > 0: the ligands"
    " repel each other. Each slab is the lowest of its arrangements.",
)


class CoverageRecipe(Recipe[tuple[PlannedCoverage, ...], CoverageRow]):
    """``[[coverage]]``: arrangements of one ligand or of several, at several coverages."""

    name: ClassVar[str] = "coverage"
    title: ClassVar[str] = "Coverage"

    def plan(self, planner: SpeciesPlanner) -> tuple[PlannedCoverage, ...]:
        """Plan every coverage of every entry."""
        return tuple(
            planned
            for number_, entry in enumerate(planner.study.coverage)
            for planned in plan_coverage(planner, entry, number_)
        )

    def evaluate(self, found: Findings) -> Sequence[CoverageRow]:
        """One row per coverage."""
        return coverage_rows(found, self.planned(found.plan))

    def tables(self, found: Findings) -> list[Table]:
        """One coverage per row."""
        rows = self.rows(found)
        lines = [
            (
                row.species,
                number(row.coverage, 3),
                number(row.coverage_per_nm2, 2),
                str(row.arrangements),
                number(row.binding.energy_eV, 3, sign=True),
                uncertainty_cell(row.binding.uncertainty),
                number(row.differential.energy_eV, 3, sign=True),
                number(row.lateral.energy_eV, 3, sign=True),
                level_words(found.study),
                row.status,
            )
            for row in rows
        ]
        columns = (
            "Covered slab", "Coverage", "Coverage / nm^-2", "Arrangements", "E_b / eV",
            "Uncertainty / eV", "Differential / eV", "Lateral / eV", "Level", "Status",
        )  # fmt: skip
        foot = (
            *FOOT,
            *uncertainty_notes([(row.species, row.binding.uncertainty) for row in rows]),
            *dict.fromkeys(f"{n}." for row in rows for n in row.notes if n not in row.flags),
        )
        return [
            Table(
                self.title,
                columns,
                tuple(lines),
                foot,
                below=("Level", "Status"),
                detail=("Coverage / nm^-2",),
                warnings=flag_sentences(flag for row in rows for flag in row.flags),
            )
        ]

    def missing(self, found: Findings) -> list[str]:
        """Coverages without an energy."""
        return [words for row in self.rows(found) if (words := _missing(row))]

    def row_energies(self, found: Findings) -> list[RowEnergy]:
        """All coverages."""
        rows = zip(self.planned(found.plan), self.rows(found), strict=True)
        return [
            RowEnergy(_name(row), planned.behind, _missing(row), self.title, place)
            for place, (planned, row) in enumerate(rows)
        ]

    def figures(self, found: Findings, columns: str, **options: Any) -> dict[str, Figure]:
        """Energies over the coverage, one figure per entry."""
        from workflows.recipes.coverage.figures import draw_coverage

        return draw_coverage(found.study, self.rows(found), columns)

    def page_figures(self, found: Findings) -> list[PageFigure]:
        """The same for the page."""
        from workflows.recipes.coverage.figures import coverage_page

        return coverage_page(found.study, self.rows(found))


def _name(row: CoverageRow) -> str:
    return f"coverage {row.coverage:g}, {row.species}"


def _missing(row: CoverageRow) -> str:
    return "" if row.status == "done" else f"{_name(row)}: {row.status}"


RECIPE = CoverageRecipe()
