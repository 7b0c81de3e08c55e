"""The parts of a page between its warnings and its methods, each with what recipes put there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from analysis.tables import Table
from workflows.findings.findings import Findings
from workflows.recipes.base import Recipe
from workflows.recipes.page import PageDensity, PageFigure
from workflows.recipes.registry import recipes
from workflows.report.convergence import Curves
from workflows.report.forces import force_table
from workflows.report.tables import PageTable, page_table

#: Keys of the chapters and their headings, in the order of the page.
CHAPTERS = {
    "passivation": "Passivation",
    "electronic": "Electronic structure",
    "further": "Further results",
    "reliability": "Reliability",
}


@dataclass(frozen=True, eq=False)
class Section:
    """Figures and tables of one recipe.

    Parameters
    ----------
    key
        Name of the section in the page, for links.
    title
        Its heading.
    figures
        With their names in the page.
    densities
        Isosurfaces.
    tables
        Its tables.
    """

    key: str
    title: str
    figures: list[tuple[str, PageFigure]]
    densities: list[PageDensity]
    tables: list[PageTable]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.figures or self.densities or self.tables)


def sections(found: Findings, chapter: str, curves: Curves) -> list[Section]:
    """What stands in one chapter; sections without content are left out.

    Parameters
    ----------
    found
        What is known.
    chapter
        Key of the chapter.
    curves
        What the convergence studies have found, part of the reliability.
    """
    made = [
        section(
            each.name,
            each.title,
            [_titled(found, each, table) for table in each.tables(found)],
            each.page_figures(found),
            each.page_densities(found),
        )
        for each in recipes()
        if each.chapter == chapter
    ]
    if chapter == "reliability":
        made.append(section("convergence", "Convergence", curves.tables, curves.figures))
        made.append(section("forces", "Forces", [force_table(found)]))
    return [each for each in made if not each.empty]


def _titled(found: Findings, recipe: Recipe[Any, Any], table: Table) -> Table:
    """A table; what has the title of the study in print has that of its recipe in a page."""
    return replace(table, title=recipe.title) if table.title == found.study.title else table


def section(
    key: str,
    title: str,
    tables: Iterable[Table],
    figures: Iterable[PageFigure] = (),
    densities: Iterable[PageDensity] = (),
) -> Section:
    """A section whose parts have names for links; tables without rows are left out."""
    named = [(f"{key}-{n}", figure) for n, figure in enumerate(figures)]
    shown = [page_table(t, f"{key}-table-{n}") for n, t in enumerate(tables) if t.rows]
    return Section(key, title, named, list(densities), shown)
