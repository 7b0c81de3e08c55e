"""Tables of results in the formats of reports: text, Markdown, CSV, LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.notation import readable

FORMATS = ("text", "md", "csv", "latex", "json")
MISSING = "-"
#: Width of tables as plain text, in characters.
TEXT_WIDTH = 100
#: Columns that say how far a row is to be trusted; said once where all rows agree.
LEVEL, STATUS = "Level", "Status"
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


@dataclass(frozen=True)
class Table:
    """A titled table of ready-made texts.

    Parameters
    ----------
    title
        Title of the table.
    columns
        Headers, with units; `analysis.notation` knows their symbols.
    rows
        One text per column.
    footnotes
        Sentences below the table.
    below
        Columns that stand below the first one instead of beside it.
    not_in_print
        Columns that a terminal and LaTeX leave out; the footnotes say what matters of them.
    group
        Columns whose texts become headings above the rows that share them, the later ones in
        brackets; the rows are in this order. CSV and Markdown keep them as columns.
    detail
        Columns that an overview leaves out.
    warnings
        Sentences below the table that an overview holds too.
    only_in_csv
        Columns for programs, which nobody reads.
    key
        Name for files and labels; made of the title if it is empty.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    footnotes: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    not_in_print: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    detail: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    only_in_csv: tuple[str, ...] = ()
    key: str = ""

    @property
    def name(self) -> str:
        """Name for files and labels."""
        return self.key or re.sub(r"\W+", "-", self.title.lower()).strip("-")

    def headings(self) -> list[str | None]:
        """For each row the heading above it, or None."""
        places = [n for n, column in enumerate(self.columns) if column in self.group]
        if not places:
            return [None] * len(self.rows)
        names = []
        for row in self.rows:
            first, *others = (row[n] for n in places)
            names.append(f"{first} ({', '.join(others)})" if others else first)
        return [name if n == 0 or name != names[n - 1] else None for n, name in enumerate(names)]

    def common(self) -> dict[str, str]:
        """Name and text of the columns of texts that are the same in all rows.

        Of a single row these are its level and status.
        """
        found = {}
        own = (*self.group, *self.not_in_print, *self.only_in_csv)
        first = next(n for n, column in enumerate(self.columns) if column not in self.group)
        for n, column in enumerate(self.columns):
            texts = {row[n] for row in self.rows}
            trust = column in (LEVEL, STATUS)
            if n == first or column in own:
                continue
            if len(texts) != 1 or not (trust or len(self.rows) > 1):
                continue
            if not is_numeric(self, n) and not texts <= {MISSING, ""}:
                found[column] = texts.pop()
        return found

    def places(self, *hidden: str) -> list[int]:
        """Places of the columns that have cells of their own, in a row or below it."""
        left_out = {*hidden, *self.group, *self.only_in_csv, *self.common()}
        return [n for n, column in enumerate(self.columns) if column not in left_out]


class Shown(str):
    """A text that shows numbers, and these before rounding.

    Parameters
    ----------
    text
        What is printed.
    values
        The numbers in it, in their order.
    """

    values: tuple[float, ...]

    def __new__(cls, text: str, *values: float) -> Shown:
        """Keep the numbers beside the text."""
        made = super().__new__(cls, text)
        made.values = tuple(float(value) for value in values)
        return made


def number(value: float | None, digits: int, *, sign: bool = False) -> str:
    """A number with fixed digits, as `Shown`, or a dash for None; never ``-0.00``."""
    if value is None:
        return MISSING
    rounded = round(value, digits) + 0.0
    return Shown(f"{rounded:{'+' if sign else ''}.{digits}f}", value)


def is_numeric(table: Table, column: int) -> bool:
    """Whether a column holds single numbers; one without any text does if it has a unit."""
    found = [row[column] for row in table.rows if row[column] != MISSING]
    if not found:
        return " / " in table.columns[column]
    numbers = [text for text in found if NUMBER.fullmatch(text)]
    return len(numbers) == len(found) or (
        bool(numbers) and all(isinstance(text, Shown) and len(text.values) == 1 for text in found)
    )


def to_the_right(table: Table, column: int) -> bool:
    """Whether a column holds numbers, also several in a cell."""
    found = [row[column] for row in table.rows if row[column] != MISSING]
    shown = bool(found) and all(isinstance(text, Shown) for text in found)
    return shown or is_numeric(table, column)


def _as_markdown(table: Table) -> str:
    """A table whose common texts stand above it and whose notes stand below it."""
    import pandas as pd  # takes half a second to import

    common = table.common()
    hidden = {*common, *table.only_in_csv}
    shown = [n for n, column in enumerate(table.columns) if column not in hidden]
    frame = pd.DataFrame(
        [[_escaped(row[n]) for n in shown] for row in table.rows],
        columns=pd.Index([_escaped(table.columns[n]) for n in shown]),
        dtype=str,
    )
    body = str(frame.to_markdown(index=False, disable_numparse=True))
    above = " ".join(f"{name}: {_escaped(text)}." for name, text in common.items())
    notes = [f"- {readable(note)}" for note in (*table.footnotes, *table.warnings)]
    return "\n".join([f"**{table.title}**", "", *([above, ""] if above else []), body, "", *notes])


def _escaped(text: str) -> str:
    return readable(text).replace("|", r"\|")


def render(tables: Sequence[Table], style: str) -> str:
    """Tables as one string in the format ``text``, ``md``, ``csv`` or ``latex``."""
    from analysis.csv_tables import csv_table
    from analysis.latex_tables import PACKAGES, latex_table
    from analysis.text_tables import TextTable

    if style == "text":
        return "".join(
            f"{line.plain}\n" for each in tables for line in TextTable(each).lines(TEXT_WIDTH)
        )
    if style == "md":
        return "\n\n".join(map(_as_markdown, tables)) + "\n"
    if style == "csv":
        return "\n".join(map(csv_table, tables))
    if style == "latex":
        return "\n".join([*PACKAGES, "", "\n\n".join(map(latex_table, tables))]) + "\n"
    raise ValueError(f"{style!r} is not a format; allowed: {', '.join(FORMATS)}")
