"""Which surface is stable over two chemical potentials: ab initio thermodynamics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.tables import Table
from workflows.findings.findings import Findings
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.base import Recipe, RowEnergy
from workflows.recipes.chemical_potentials import RECIPE as CHEMICAL_POTENTIALS
from workflows.recipes.notices import Notice, caution
from workflows.recipes.surface_phases.evaluation import Diagram, diagram
from workflows.recipes.surface_phases.links import row_energies
from workflows.recipes.surface_phases.planning import PlannedDiagram, plan_diagram
from workflows.recipes.surface_phases.rows import DiagramRow
from workflows.recipes.surface_phases.tables import (
    below_zero,
    energies_table,
    surfaces_table,
    undecided,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workflows.recipes.page import PageFigure


class SurfacePhasesRecipe(Recipe[tuple[PlannedDiagram, ...], DiagramRow]):
    """``[[surface_phases]]``: surface free energies, and the stable surface."""

    name: ClassVar[str] = "surface_phases"
    title: ClassVar[str] = "Surface phases"
    chapter: ClassVar[str] = "passivation"

    def plan(self, planner: SpeciesPlanner) -> tuple[PlannedDiagram, ...]:
        """Plan the slabs and reservoirs of every diagram."""
        return tuple(
            plan_diagram(planner, entry, f"surface_phases.{number} ({entry.name})")
            for number, entry in enumerate(planner.study.surface_phases)
        )

    def evaluate(self, found: Findings) -> Sequence[DiagramRow]:
        """One row per diagram."""
        return [each.row for each in self._diagrams(found)]

    def tables(self, found: Findings) -> list[Table]:
        """Where each slab is stable, and its energies at the corners of the host's region."""
        return [
            make(found.study, row)
            for row in self.rows(found)
            for make in (surfaces_table, energies_table)
        ]

    def missing(self, found: Findings) -> list[str]:
        """Diagrams without energies."""
        return [f"{row.name}: {row.status}" for row in self.rows(found) if row.status != "done"]

    def row_energies(self, found: Findings) -> list[RowEnergy]:
        """The rows of both tables of each diagram."""
        known = CHEMICAL_POTENTIALS.thermodynamics(found)
        if known is None:
            return []
        return [
            row
            for each, planned in zip(self._diagrams(found), self.planned(found.plan), strict=True)
            for row in row_energies(known, each, planned)
        ]

    def notices(self, found: Findings) -> list[Notice]:
        """Surface energies that are doubtful, and slabs whose order is not certain."""
        rows = self.rows(found)
        remarks = (words for row in rows for words in row.remarks)
        negative = (words for row in rows for words in below_zero(row).values())
        open_ = (words for row in rows for words in undecided(row).values())
        return [
            *caution("Surface energies against a cubic host", remarks),
            *caution("Surface energies below zero", negative),
            *caution("The uncertainty leaves open which surface is stable", open_),
        ]

    def figures(self, found: Findings, columns: str, **options: Any) -> dict[str, Figure]:
        """Maps of stable surfaces over two chemical potentials."""
        from workflows.recipes.surface_phases.figures import draw_diagrams

        return draw_diagrams(found.study, self._diagrams(found), columns)

    def page_figures(self, found: Findings) -> list[PageFigure]:
        """Maps of stable surfaces over two chemical potentials."""
        from workflows.recipes.surface_phases.page import diagram_figures

        return diagram_figures(found.study, self._diagrams(found))

    def _diagrams(self, found: Findings) -> list[Diagram]:
        return found.once("surface phases", lambda: self._evaluated(found))

    def _evaluated(self, found: Findings) -> list[Diagram]:
        known = CHEMICAL_POTENTIALS.thermodynamics(found)
        if known is None:
            return []
        return [diagram(found, known, each) for each in self.planned(found.plan)]


RECIPE = SurfacePhasesRecipe()
