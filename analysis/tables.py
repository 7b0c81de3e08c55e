"""Tables of results in the formats of reports: text, Markdown, CSV, LaTeX."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("text", "md", "csv", "latex", "json")
MISSING = "-"
#: Width of tables as plain text, in characters.
TEXT_WIDTH = 100


@dataclass(frozen=True)
class Table:
    """A titled table of ready-made texts.

    Parameters
    ----------
    title
        Title of the table.
    columns
        Headers, with units.
    rows
        One text per column.
    footnotes
        Sentences below the table.
    below
        Columns that a terminal shows below the first one instead of beside it.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    footnotes: tuple[str, ...] = ()
    below: tuple[str, ...] = ()

    def frame(self) -> pd.DataFrame:
        """The table as a pandas data frame of texts."""
        import pandas as pd  # takes half a second to import

        return pd.DataFrame(self.rows, columns=pd.Index(self.columns), dtype=str)


def number(value: float | None, digits: int, *, sign: bool = False) -> str:
    """A number with fixed digits, or a dash for None; never ``-0.00``."""
    if value is None:
        return MISSING
    rounded = round(value, digits) + 0.0
    return f"{rounded:{'+' if sign else ''}.{digits}f}"


def as_text(table: Table) -> RenderableType:
    """The table for a terminal."""
    rich = RichTable(title=table.title, title_justify="left", title_style="bold", box=box.SIMPLE)
    beside = [n for n, column in enumerate(table.columns) if column not in table.below]
    lower = [n for n, column in enumerate(table.columns) if column in table.below]
    for n in beside:
        numeric = all(row[n][:1] in "+-0123456789" for row in table.rows)
        rich.add_column(
            table.columns[n].replace(" / ", "\n/ "),
            justify="right" if numeric else "left",
            no_wrap=numeric,
            overflow="fold",
        )
    for row in table.rows:
        lines = [Padding(Text(row[n], "dim"), (0, 0, 0, 2)) for n in lower]
        rich.add_row(Group(Text(row[0]), *lines), *(Text(row[n]) for n in beside[1:]))
    return Group(rich, *(Text(f"  {note}") for note in table.footnotes), Text(""))


def render(tables: Sequence[Table], style: str) -> str:
    """Tables as one string in the format ``text``, ``md``, ``csv`` or ``latex``."""
    if style == "text":
        page = io.StringIO()
        console = Console(width=TEXT_WIDTH, file=page)
        for table in tables:
            console.print(as_text(table))
        return page.getvalue()
    parts = []
    for table in tables:
        notes = list(table.footnotes)
        if style == "md":
            body = str(table.frame().to_markdown(index=False, disable_numparse=True))
            parts.append(
                "\n".join([f"**{table.title}**", "", body, "", *(f"- {n}" for n in notes)])
            )
        elif style == "csv":
            parts.append(table.frame().to_csv(index=False, lineterminator="\n").rstrip("\n"))
        elif style == "latex":
            body = str(table.frame().to_latex(index=False, escape=True))
            comment = "\n".join(f"% {line}" for line in [table.title, *notes])
            parts.append(f"{comment}\n{body.rstrip()}")
        else:
            raise ValueError(f"{style!r} is not a format; allowed: {', '.join(FORMATS)}")
    return "\n\n".join(parts) + "\n"
