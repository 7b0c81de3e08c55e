"""Tables for LaTeX that need no retouching: siunitx columns, captions, labels, notes."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

from analysis.notation import latex_text, latex_unit, split_unit
from analysis.tables import MISSING, NUMBER, Table, is_numeric

#: What the tables need, as a comment above them.
PACKAGES = (
    "% These tables need, in the preamble:",
    r"%   \usepackage[utf8]{inputenc}\usepackage[T1]{fontenc}\usepackage{amsmath}",
    r"%   \usepackage{booktabs,siunitx,tabularx}",
)
#: Points per character and around a column in \footnotesize, and what the column of names needs.
CHARACTER_PT, PADDING_PT, FIRST_PT = 4.4, 8.0, 64.0
#: Widths of a column of a two-column article and of a page of a one-column article.
COLUMN_PT, PAGE_PT = 200.0, 345.0
#: Longer tables go on in another float; longer texts are wrapped.
MOST_ROWS, LONGEST_TEXT = 34, 16


@dataclass(frozen=True)
class _Column:
    """A column: its place in the rows, lines of its header, unit, kind and width."""

    place: int
    header: tuple[str, ...]
    unit: str
    kind: str
    width_pt: float


def latex_table(table: Table) -> str:
    """One float, or several if the table is long."""
    pieces = [
        replace(table, rows=table.rows[start : start + MOST_ROWS])
        for start in range(0, max(1, len(table.rows)), MOST_ROWS)
    ]
    made = []
    for n, piece in enumerate(pieces):
        last = n == len(pieces) - 1
        title = table.title if n == 0 else f"{table.title} (continued)"
        label = f"tab:{table.name}" if n == 0 else f"tab:{table.name}-{n + 1}"
        made.append(_float(piece, title, label, _notes(table) if last else [], table))
    return "\n\n".join(made)


def _float(piece: Table, title: str, label: str, notes: Sequence[str], whole: Table) -> str:
    panels = _panels(_columns(whole))
    needed = max(FIRST_PT + sum(column.width_pt for column in panel[1:]) for panel in panels)
    environment = "table" if needed <= COLUMN_PT else "table*"
    lines = [
        rf"\begin{{{environment}}}",
        r"\footnotesize",
        r"\setlength{\tabcolsep}{4pt}",
        rf"\caption{{{latex_text(title)}}}",
        rf"\label{{{label}}}",
    ]
    for n, panel in enumerate(panels):
        lines += [r"\par\medskip"] if n else []
        lines += _tabular(piece, panel, whole)
    if notes:
        sentences = " ".join(latex_text(note) for note in notes)
        lines.append(rf"\par\smallskip{{\raggedright {_breakable(sentences)}\par}}")
    return "\n".join([*lines, rf"\end{{{environment}}}"])


def _notes(table: Table) -> list[str]:
    """What is the same in all rows, and the footnotes."""
    common = [f"{name}: {text}." for name, text in table.common().items()]
    return [*common, *table.footnotes, *table.warnings]


def _columns(table: Table) -> list[_Column]:
    """The columns that are printed beside each other, that of the names first."""
    hidden = {*table.below, *table.not_in_print, *table.common(), table.group}
    places = [n for n, column in enumerate(table.columns) if column not in hidden]
    return [_column(table, n) for n in places]


def _column(table: Table, place: int) -> _Column:
    cells = [row[place] for row in table.rows]
    words, unit = split_unit(table.columns[place])
    longest = max([len(cell) for cell in cells], default=1)
    if is_numeric(table, place):
        numbers = [cell.split(".") for cell in cells if NUMBER.fullmatch(cell)]
        sign = "+" if any(number[0][0] in "+-" for number in numbers) else ""
        whole = max([len(number[0].lstrip("+-")) for number in numbers], default=1)
        decimals = max([len(number[1]) for number in numbers if len(number) > 1], default=0)
        form = f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"
        kind = f"S[retain-explicit-plus,table-format={form}]"
    else:
        kind = "l" if longest <= LONGEST_TEXT else "X"
    body = min(longest, LONGEST_TEXT)
    wide = max(body, *(len(word) for word in words.split()))
    header = tuple(textwrap.wrap(words, wide, break_long_words=False, break_on_hyphens=False))
    return _Column(place, header, unit, kind, CHARACTER_PT * wide + PADDING_PT)


def _panels(columns: Sequence[_Column]) -> list[list[_Column]]:
    """Columns that fit beside each other; those of the names in each panel."""
    panels, room = [[columns[0]]], PAGE_PT - FIRST_PT
    for column in columns[1:]:
        if room < column.width_pt and len(panels[-1]) > 1:
            panels.append([columns[0]])
            room = PAGE_PT - FIRST_PT
        panels[-1].append(column)
        room -= column.width_pt
    return panels


def _tabular(piece: Table, panel: Sequence[_Column], whole: Table) -> list[str]:
    wrapped = r">{\raggedright\arraybackslash}X"
    kinds = [wrapped, *(wrapped if c.kind == "X" else c.kind for c in panel[1:])]
    lines = [rf"\begin{{tabularx}}{{\linewidth}}{{@{{}}{' '.join(kinds)}@{{}}}}", r"\toprule"]
    lines += [*_header(panel), r"\midrule"]
    shown = set(whole.below) - {*whole.not_in_print, *whole.common()}
    below = [n for n, column in enumerate(whole.columns) if column in shown]
    for row, heading in zip(piece.rows, piece.headings(), strict=True):
        if heading is not None:
            words = rf"\emph{{{latex_text(heading)}}}"
            lines.append(rf"\multicolumn{{{len(panel)}}}{{@{{}}p{{\linewidth}}@{{}}}}{{{words}}} \\")
        lower = [_breakable(latex_text(row[n])) for n in below if row[n] not in (MISSING, "")]
        head = r"\newline ".join([_breakable(latex_text(row[panel[0].place])), *lower])
        cells = [head, *(_cell(row[column.place], column.kind) for column in panel[1:])]
        lines.append(" & ".join(cells) + r" \\")
    return [*lines, r"\bottomrule", r"\end{tabularx}"]


def _header(panel: Sequence[_Column]) -> list[str]:
    """Names above units, each in lines of its own."""
    height = max(len(column.header) for column in panel)
    padded = [[""] * (height - len(column.header)) + list(column.header) for column in panel]
    lines = [[latex_text(words[n]) for words in padded] for n in range(height)]
    if any(column.unit for column in panel):
        lines.append([f"({latex_unit(c.unit)})" if c.unit else "" for c in panel])
    braced = ["{%s}" if column.kind.startswith("S") else "%s" for column in panel]
    return [" & ".join(braced) % tuple(row) + r" \\" for row in lines]


def _cell(text: str, kind: str) -> str:
    """A cell; what is no number in a column of numbers is braced."""
    if kind.startswith("S"):
        if NUMBER.fullmatch(text):
            return text
        return "{--}" if text == MISSING else f"{{{latex_text(text)}}}"
    return "--" if text == MISSING else _breakable(latex_text(text))


def _breakable(text: str) -> str:
    """Names of species may be broken behind their dots, and long words at slashes."""
    text = re.sub(r"(?<=\w)\.(?=[A-Za-z])", r".\\allowbreak{}", text)
    return re.sub(r"(?<=[A-Za-z]{3})/(?=[A-Za-z]{3})", r"/\\allowbreak{}", text)
