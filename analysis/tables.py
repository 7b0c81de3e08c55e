"""Tables of results in the formats of reports: text, Markdown, CSV, LaTeX."""

from __future__ import annotations

import io
import re
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
    not_in_print
        Columns that a terminal and LaTeX leave out; the footnotes say what matters of them.
    group
        Column whose texts become headings above the rows that share them, or an empty
        string; the rows are in this order. CSV and Markdown keep it as a column.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    footnotes: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    not_in_print: tuple[str, ...] = ()
    group: str = ""

    def headings(self) -> list[str | None]:
        """For each row the heading above it, or None."""
        if not self.group:
            return [None] * len(self.rows)
        place = self.columns.index(self.group)
        names = [row[place] for row in self.rows]
        return [name if n == 0 or name != names[n - 1] else None for n, name in enumerate(names)]

    def frame(self) -> pd.DataFrame:
        """The table as a pandas data frame of texts."""
        import pandas as pd  # takes half a second to import

        return pd.DataFrame(self.rows, columns=pd.Index(self.columns), dtype=str)


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


def as_text(table: Table) -> RenderableType:
    """The table for a terminal."""
    rich = RichTable(title=table.title, title_justify="left", title_style="bold", box=box.SIMPLE)
    hidden = (*table.below, table.group)
    beside = [n for n, column in enumerate(table.columns) if column not in hidden]
    shown = set(table.below) - set(table.not_in_print)
    lower = [n for n, column in enumerate(table.columns) if column in shown]
    for n in beside:
        numeric = n != beside[0] and all(row[n][:1] in "+-0123456789" for row in table.rows)
        rich.add_column(
            table.columns[n].replace(" / ", "\n/ "),
            justify="right" if numeric else "left",
            no_wrap=numeric,
            overflow="fold",
        )
    for row, heading in zip(table.rows, table.headings(), strict=True):
        if heading is not None:
            rich.add_row(Text(heading, "italic"))
        lines = [Padding(Text(row[n], "dim"), (0, 0, 0, 2)) for n in lower]
        rich.add_row(Group(Text(row[beside[0]]), *lines), *(Text(row[n]) for n in beside[1:]))
    return Group(rich, *(Text(f"  {note}") for note in table.footnotes), Text(""))


#: Characters that mean something else in LaTeX, or another glyph in its old fonts.
_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
        "<": r"\textless{}", ">": r"\textgreater{}",
        **{character: f"\\{character}" for character in "&%$#_{}"},
    }
)  # fmt: skip


def _as_latex(table: Table) -> str:
    """A floating LaTeX table with the rules of the package booktabs."""
    hidden = (table.group, *table.not_in_print)
    shown = [n for n, column in enumerate(table.columns) if column not in hidden]
    lines = [
        r"\begin{table}",
        rf"\caption{{{table.title.translate(_LATEX)}}}",
        rf"\begin{{tabular}}{{{'l' * len(shown)}}}",
        r"\toprule",
        _latex_row([table.columns[n] for n in shown]),
        r"\midrule",
    ]
    for row, heading in zip(table.rows, table.headings(), strict=True):
        if heading is not None:
            words = rf"\emph{{{heading.translate(_LATEX)}}}"
            lines.append(rf"\multicolumn{{{len(shown)}}}{{l}}{{{words}}} \\")
        lines.append(_latex_row([row[n] for n in shown]))
    lines += [r"\bottomrule", r"\end{tabular}"]
    if table.footnotes:
        notes = " ".join(note.translate(_LATEX) for note in table.footnotes)
        lines.append(
            rf"\par\smallskip\begin{{minipage}}{{\linewidth}}\footnotesize {notes}\end{{minipage}}"
        )
    return "\n".join([*lines, r"\end{table}"])


def _latex_row(cells: Sequence[str]) -> str:
    """One line of a table; a minus sign in front of a number is one."""
    texts = [cell.translate(_LATEX) for cell in cells]
    return " & ".join(re.sub(r"^-(?=\d)", "$-$", text) for text in texts) + r" \\"


def render(tables: Sequence[Table], style: str) -> str:
    """Tables as one string in the format ``text``, ``md``, ``csv`` or ``latex``."""
    if style == "text":
        page = io.StringIO()
        console = Console(width=TEXT_WIDTH, file=page, markup=False, emoji=False)
        for table in tables:
            console.print(as_text(table))
        return page.getvalue()
    parts = []
    for table in tables:
        notes = list(table.footnotes)
        if style == "md":
            frame = table.frame().map(lambda text: text.replace("|", r"\|"))
            body = str(frame.to_markdown(index=False, disable_numparse=True))
            parts.append(
                "\n".join([f"**{table.title}**", "", body, "", *(f"- {n}" for n in notes)])
            )
        elif style == "csv":
            parts.append(table.frame().to_csv(index=False, lineterminator="\n").rstrip("\n"))
        elif style == "latex":
            parts.append(_as_latex(table))
        else:
            raise ValueError(f"{style!r} is not a format; allowed: {', '.join(FORMATS)}")
    return "\n\n".join(parts) + "\n"
