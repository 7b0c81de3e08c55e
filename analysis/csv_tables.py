"""Tables as tidy CSV: one header line of names with units, full precision, nothing for missing."""

from __future__ import annotations

import csv
import io

from analysis.notation import csv_name, split_unit
from analysis.tables import MISSING, Shown, Table

#: What the names of columns end with where a cell holds two or three numbers.
PARTS = {1: ("",), 2: ("low", "high"), 3: ("a", "b", "c")}


def csv_table(table: Table) -> str:
    """The table with its header line."""
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    columns = [_column(table, n) for n in range(len(table.columns))]
    writer.writerow([name for names, _ in columns for name in names])
    for n in range(len(table.rows)):
        writer.writerow([cell for _, cells in columns for cell in cells[n]])
    return page.getvalue()


def _column(table: Table, place: int) -> tuple[list[str], list[list[str]]]:
    """Names and cells of the columns that one column of the table becomes."""
    texts = [row[place] for row in table.rows]
    shown = [text for text in texts if isinstance(text, Shown)]
    count = max([len(text.values) for text in shown], default=1)
    header = table.columns[place]
    if not shown:
        return [csv_name(header)], [["" if text == MISSING else text] for text in texts]
    return [_part(header, part) for part in PARTS[count]], [_cells(text, count) for text in texts]


def _part(header: str, part: str) -> str:
    """The name of a part of a column, its unit behind it."""
    words, unit = split_unit(header)
    return csv_name(f"{words} {part} / {unit}" if unit else f"{words} {part}")


def _cells(text: str, count: int) -> list[str]:
    """Unrounded numbers; a single one stands for all parts, anything else is missing."""
    if not isinstance(text, Shown):
        return [""] * count
    values = [repr(value) for value in text.values]
    return values * count if len(values) == 1 else values
