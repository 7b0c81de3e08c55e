"""Tables for LaTeX that need no retouching: columns of siunitx, captions, labels, notes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from math import ceil

from analysis.latex_columns import (
    CHARACTER_PT,
    COLUMN_PT,
    FIRST_PT,
    FOLDERS,
    PAGE_PT,
    Column,
    hidden,
    panels,
    places,
)
from analysis.notation import UNITS, latex_text
from analysis.tables import LEVEL, MISSING, NUMBER, STATUS, Table

#: What the tables need, as a comment above them.
PACKAGES = (
    r"% These tables need \usepackage{booktabs,siunitx,tabularx} in the preamble; their labels are",
    "% tab:NAME, with -2, -3 behind it where a long table goes on.",
)
#: The status of a row that has all of its numbers.
DONE = "done"
#: Lines of rows and notes in a float.
MOST_LINES = 46


def latex_table(table: Table) -> str:
    """One float, or several if the table is long, with its folders as comments above them."""
    beside = panels(table)
    pieces, notes = _pieces(table, beside), _notes(table)
    made = _comments(table)
    for n, piece in enumerate(pieces):
        title = table.title if n == 0 else f"{table.title} (continued)"
        label = f"tab:{table.name}" if n == 0 else f"tab:{table.name}-{n + 1}"
        made.append(
            _float(
                piece,
                beside,
                title=title,
                label=label,
                notes=notes if n == len(pieces) - 1 else [],
                below=_below(table),
            )
        )
    return "\n".join(made)


def _notes(table: Table) -> list[str]:
    """What is the same in all rows, and the sentences; finished rows need no words."""
    left_out = {*FOLDERS, *([STATUS] if table.common().get(STATUS) == DONE else [])}
    common = [
        f"{name} {text}." if name == LEVEL else f"{name}: {text}."
        for name, text in table.common().items()
        if name not in left_out
    ]
    return [*common, *table.footnotes, *table.warnings]


def _below(table: Table) -> list[int]:
    """Columns that stand below the rows."""
    return [n for n in table.places(*hidden(table)) if table.columns[n] in table.below]


def _comments(table: Table) -> list[str]:
    folders = [n for n, column in enumerate(table.columns) if column in FOLDERS]
    first = places(table)[0]
    lines = [f"{row[first]}: {row[n]}" for row in table.rows for n in folders if row[n] != MISSING]
    return [f"% {line}" for line in dict.fromkeys(lines)]


def _pieces(table: Table, beside: Sequence[Sequence[Column]]) -> list[Table]:
    """The table in pieces that fit a page, the last one with room for its notes."""
    pieces: list[Table] = []
    start = 0
    for end in range(1, len(table.rows) + 1):
        notes = _notes(table) if end == len(table.rows) else []
        piece = replace(table, rows=table.rows[start:end])
        if end - start > 1 and not _fits(piece, beside, notes, PAGE_PT):
            pieces.append(replace(table, rows=table.rows[start : end - 1]))
            start = end - 1
    return [*pieces, replace(table, rows=table.rows[start:])]


def _fits(
    piece: Table, beside: Sequence[Sequence[Column]], notes: Sequence[str], width_pt: float
) -> bool:
    """Whether a float of this width is not higher than a page."""
    first = beside[0][0].place
    names_pt = width_pt - max(sum(column.width_pt for column in panel[1:]) for panel in beside)
    if names_pt < FIRST_PT:
        return False
    names, line = names_pt / CHARACTER_PT, width_pt / CHARACTER_PT
    below = [row[n] for row in piece.rows for n in _below(piece) if row[n] not in (MISSING, "")]
    needed = sum(ceil(len(row[first]) / names) for row in piece.rows)
    needed += sum(heading is not None for heading in piece.headings())
    needed = len(beside) * (needed + sum(ceil(len(text) / line) for text in below))
    return needed + sum(len(note) for note in notes) / line <= MOST_LINES


def _float(
    piece: Table,
    beside: Sequence[Sequence[Column]],
    *,
    title: str,
    label: str,
    notes: Sequence[str],
    below: Sequence[int],
) -> str:
    environment = "table" if _fits(piece, beside, notes, COLUMN_PT) else "table*"
    lines = [
        rf"\begin{{{environment}}}",
        r"\footnotesize",
        r"\setlength{\tabcolsep}{4pt}\setlength{\belowcaptionskip}{4pt}",
        rf"\caption{{{_breakable(latex_text(title))}}}",
        rf"\label{{{label}}}",
    ]
    for n, panel in enumerate(beside):
        lines += [r"\par\medskip"] if n else []
        lines += _tabular(piece, panel, below)
    if notes:
        sentences = " ".join(latex_text(note) for note in notes)
        lines.append(rf"\par\smallskip{{\raggedright {_breakable(sentences)}\par}}")
    return "\n".join([*lines, rf"\end{{{environment}}}"])


def _tabular(piece: Table, panel: Sequence[Column], below: Sequence[int]) -> list[str]:
    wrapped = r">{\raggedright\arraybackslash}X"
    kinds = [wrapped, *(wrapped if c.kind == "X" else c.kind for c in panel[1:])]
    lines = [rf"\begin{{tabularx}}{{\linewidth}}{{@{{}}{' '.join(kinds)}@{{}}}}", r"\toprule"]
    lines += [*_header(panel), r"\midrule"]
    across = rf"\multicolumn{{{len(panel)}}}{{@{{}}p{{\linewidth}}@{{}}}}"
    for row, heading in zip(piece.rows, piece.headings(), strict=True):
        if heading is not None:
            lines.append(rf"{across}{{\emph{{{_breakable(latex_text(heading))}}}}} \\")
        head = _breakable(latex_text(row[panel[0].place]))
        cells = [head, *(_cell(row[column.place], column.kind) for column in panel[1:])]
        lines.append(" & ".join(cells) + r" \\")
        for n in below:
            if row[n] not in (MISSING, ""):
                text = _breakable(latex_text(row[n]))
                lines.append(rf"{across}{{\raggedright\quad {text}}} \\")
    return [*lines, r"\bottomrule", r"\end{tabularx}"]


def _header(panel: Sequence[Column]) -> list[str]:
    """Names above units, each in lines of its own."""
    height = max(len(column.header) for column in panel)
    padded = [[""] * (height - len(column.header)) + list(column.header) for column in panel]
    lines = [[latex_text(words[n]) for words in padded] for n in range(height)]
    if any(column.unit for column in panel):
        lines.append([f"({UNITS[c.unit].latex})" if c.unit else "" for c in panel])
    return [
        " & ".join(
            f"{{{text}}}" if column.kind.startswith("S") else text
            for text, column in zip(line, panel, strict=True)
        )
        + r" \\"
        for line in lines
    ]


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
