"""Tables of a study as a page shows them: grouped rows, numbers beside their unrounded values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.notation import readable
from analysis.tables import MISSING, Shown, Table

if TYPE_CHECKING:
    from workflows.report.notices import Flags

DASH = "\N{EN DASH}"
#: A number, perhaps with words behind it: ``+0.257 to +0.267``, ``0.9 (E_b)``.
_NUMERIC = re.compile(r"[+-]?\d+(\.\d+)?( .*)?")

NO_LINKS: Mapping[int, tuple[str, Flags]] = {}


@dataclass(frozen=True)
class Cell:
    """One cell.

    Parameters
    ----------
    text
        What is read.
    values
        The unrounded numbers in it, separated by blanks; empty for a text.
    """

    text: str
    values: str = ""


@dataclass(frozen=True)
class Row:
    """One row.

    Parameters
    ----------
    head
        What the row is about.
    below
        Name of the column and text of what stands below it.
    cells
        The other cells.
    key
        Name of the row in the page, for links; empty for none.
    flags
        The warnings that touch it.
    """

    head: Cell
    below: tuple[tuple[str, str], ...]
    cells: tuple[Cell, ...]
    key: str = ""
    flags: Flags = ()


@dataclass(frozen=True)
class PageTable:
    """A table of a page.

    Parameters
    ----------
    key
        Name of the table in the page, for links.
    title
        Its caption.
    columns
        Header and whether numbers stand below it, the column of the heads first.
    groups
        Heading, or an empty string, and the rows below it.
    common
        Name and text of columns that are the same in all rows.
    footnotes
        Sentences.
    """

    key: str
    title: str
    columns: tuple[tuple[str, bool], ...]
    groups: tuple[tuple[str, tuple[Row, ...]], ...]
    common: tuple[tuple[str, str], ...]
    footnotes: tuple[str, ...]


def page_table(
    table: Table, key: str, links: Mapping[int, tuple[str, Flags]] = NO_LINKS
) -> PageTable:
    """Arrange a table for a page.

    Columns that a terminal shows below the first one stand there too, but those with one
    text in all rows are said once.

    Parameters
    ----------
    table
        The table.
    key
        Its name in the page.
    links
        By number of the row its name in the page, and the warnings that touch it.
    """
    hidden = {*table.below, *table.group, *table.only_in_csv}
    beside = [n for n, column in enumerate(table.columns) if column not in hidden]
    below = [n for n, column in enumerate(table.columns) if column in table.below]
    same = [n for n in below if len(table.rows) > 1 and len({row[n] for row in table.rows}) == 1]
    groups: list[tuple[str, list[Row]]] = []
    for place, (row, heading) in enumerate(zip(table.rows, table.headings(), strict=True)):
        if heading is not None or not groups:
            groups.append((minus(heading or ""), []))
        lower = tuple((table.columns[n], readable(row[n])) for n in below if n not in same)
        head, *cells = (page_cell(row[n]) for n in beside)
        groups[-1][1].append(Row(head, lower, tuple(cells), *links.get(place, ())))
    return PageTable(
        key,
        table.title,
        tuple((_header(table.columns[n]), _numeric(table, n)) for n in beside),
        tuple((heading, tuple(rows)) for heading, rows in groups),
        tuple((table.columns[n], table.rows[0][n]) for n in same),
        tuple(minus(readable(note)) for note in (*table.footnotes, *table.warnings)),
    )


def page_cell(text: str) -> Cell:
    """A cell of a table as a page shows it."""
    values = " ".join(repr(v) for v in text.values) if isinstance(text, Shown) else ""
    return Cell(DASH if text == MISSING else minus(readable(text)), values)


def minus(text: str) -> str:
    """A text whose negative numbers have a minus sign instead of a hyphen."""
    return re.sub(r"(?<![\w-])-(?=[0-9])", "\N{MINUS SIGN}", text)


def _header(text: str) -> str:
    words, slash, unit = readable(text).rpartition("/ ")
    return words + f"{slash}{unit}".replace(" ", "\N{NO-BREAK SPACE}") if slash else unit


def _numeric(table: Table, column: int) -> bool:
    """Whether a column holds numbers; one without any text has a unit then."""
    found = [row[column] for row in table.rows if row[column] != MISSING]
    if not found:
        return " / " in table.columns[column]
    return all(_NUMERIC.fullmatch(text) for text in found)
