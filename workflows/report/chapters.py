"""The parts of a page between its warnings and its methods, each with what recipes put there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from analysis.tables import Table
from workflows.findings.findings import Findings
from workflows.recipes.base import Recipe
from workflows.recipes.page import PageDensity, PageFigure
from workflows.recipes.registry import recipes
from workflows.report.convergence import Curves
from workflows.report.forces import force_table
from workflows.report.notices import Flags, PageNotice, flags_of_row, linked_rows
from workflows.report.tables import NO_LINKS, PageTable, page_table

#: Keys of the chapters and their headings, in the order of the page.
CHAPTERS = {
    "passivation": "Passivation",
    "electronic": "Electronic structure",
    "further": "Further results",
    "reliability": "Reliability",
}

#: By key of the section, title of the table and number of the row: its name and its warnings.
TableLinks = Mapping[tuple[str, str], Mapping[int, tuple[str, Flags]]]
NO_TABLES: TableLinks = {}


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


def sections(
    found: Findings, chapter: str, curves: Curves, notices: Sequence[PageNotice]
) -> list[Section]:
    """What stands in one chapter; sections without content are left out.

    Parameters
    ----------
    found
        What is known.
    chapter
        Key of the chapter.
    curves
        What the convergence studies have found, part of the reliability.
    notices
        The warnings of the page, to which rows link.
    """
    links = table_links(found, notices)
    made = [
        section(
            each.name,
            each.title,
            [_titled(found, each, table) for table in each.tables(found)],
            each.page_figures(found),
            each.page_densities(found),
            links=links,
        )
        for each in recipes()
        if each.chapter == chapter
    ]
    if chapter == "reliability":
        made.append(section("convergence", "Convergence", curves.tables, curves.figures))
        made.append(section("forces", "Forces", [force_table(found)]))
    return [each for each in made if not each.empty]


def table_links(found: Findings, notices: Sequence[PageNotice]) -> TableLinks:
    """Names and warnings of the rows of tables, but of those of reactions, which have their own."""
    links: dict[tuple[str, str], dict[int, tuple[str, Flags]]] = {}
    for key, row in linked_rows(found).items():
        section_key, _, number = key.rpartition("-energy-")
        if number:
            own = links.setdefault((section_key, row.table), {})
            own[row.place] = (key, flags_of_row(key, notices))
    return links


def _titled(found: Findings, recipe: Recipe[Any, Any], table: Table) -> Table:
    """A table; what has the title of the study in print has that of its recipe in a page."""
    return replace(table, title=recipe.title) if table.title == found.study.title else table


def section(
    key: str,
    title: str,
    tables: Iterable[Table],
    figures: Iterable[PageFigure] = (),
    densities: Iterable[PageDensity] = (),
    *,
    links: TableLinks = NO_TABLES,
) -> Section:
    """A section whose parts have names for links; tables without rows are left out.

    Links are those of `table_links`.
    """
    named = [(f"{key}-{n}", figure) for n, figure in enumerate(figures)]
    shown = [
        page_table(t, f"{key}-table-{n}", links.get((key, t.title), NO_LINKS))
        for n, t in enumerate(tables)
        if t.rows
    ]
    return Section(key, title, named, list(densities), shown)
