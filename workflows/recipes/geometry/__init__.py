"""Geometry of relaxed slabs: ligands, hydrogen bonds, octahedra, layers, vacancies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from analysis.tables import Table
from workflows.findings.findings import Findings
from workflows.recipes.base import Recipe
from workflows.recipes.geometry.rows import GeometryRow, geometry_rows
from workflows.recipes.geometry.table import geometry_table


class GeometryRecipe(Recipe[None, GeometryRow]):
    """Needs no calculation of its own."""

    name: ClassVar[str] = "geometry"
    title: ClassVar[str] = "Geometry"
    chapter: ClassVar[str] = "structures"
    in_overview: ClassVar[bool] = False

    def asked(self, found: Findings) -> bool:
        """Whether there are slabs."""
        return bool(found.study.surfaces)

    def evaluate(self, found: Findings) -> Sequence[GeometryRow]:
        """One row per finished slab."""
        return geometry_rows(found)

    def tables(self, found: Findings) -> list[Table]:
        """One quantity per line."""
        return [geometry_table(found.study, self.rows(found))]


RECIPE = GeometryRecipe()
