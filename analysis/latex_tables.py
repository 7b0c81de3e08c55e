"""Tables for LaTeX that need no retouching: columns of siunitx, captions, labels, notes."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from analysis.notation import HARD_BLANK, UNITS, latex_text, split_unit, unbroken
from analysis.tables import MISSING, NUMBER, Table, is_numeric, to_the_right

#: What the tables need, as a comment above them.
PACKAGES = (
    r"% These tables need \usepackage{booktabs,siunitx,tabularx} in the preamble; their labels are",
    "% tab:NAME, with -2, -3 behind it where a long table goes on.",
)
#: Columns of folders; they stand in comments, since no line of a printed page holds them.
FOLDERS = ("Folder", "Log")
#: Points per character and around a column in \footnotesize, and the least for the names of rows.
CHARACTER_PT, PADDING_PT, FIRST_PT = 4.4, 8.0, 64.0
#: Widths of a column of a two-column article and of a page of a one-column article.
COLUMN_PT, PAGE_PT = 229.0, 345.0
#: Lines of rows and notes in a float, and longest text that is not wrapped.
MOST_LINES, LONGEST_TEXT = 46, 16


@dataclass(frozen=True)
class _Column:
    """A column: its place in the rows, lines of its header, unit, kind and width."""

    place: int
    header: tuple[str, ...]
    unit: str
    kind: str
    width_pt: float


def latex_table(table: Table) -> str:
    """One float, or several if the table is long, with its folders as comments above them."""
    panels = _panels([_column(table, n) for n in _places(table)])
    pieces, notes = _pieces(table, panels), _notes(table)
    made = _comments(table)
    for n, piece in enumerate(pieces):
        title = table.title if n == 0 else f"{table.title} (continued)"
        label = f"tab:{table.name}" if n == 0 else f"tab:{table.name}-{n + 1}"
        made.append(
            _float(
                piece,
                panels,
                title=title,
                label=label,
                notes=notes if n == len(pieces) - 1 else [],
                below=_below(table),
            )
        )
    return "\n".join(made)


def _hidden(table: Table) -> tuple[str, ...]:
    return (*table.not_in_print, *FOLDERS)


def _places(table: Table) -> list[int]:
    """Columns that are printed beside each other, that of the names first."""
    return table.places(*table.below, *_hidden(table))


def _notes(table: Table) -> list[str]:
    """What is the same in all rows, and the sentences."""
    common = [f"{name}: {text}." for name, text in table.common().items() if name not in FOLDERS]
    return [*common, *table.footnotes, *table.warnings]


def _below(table: Table) -> list[int]:
    """Columns that stand below the rows."""
    return [n for n in table.places(*_hidden(table)) if table.columns[n] in table.below]


def _comments(table: Table) -> list[str]:
    places = [n for n, column in enumerate(table.columns) if column in FOLDERS]
    first = _places(table)[0]
    lines = [f"{row[first]}: {row[n]}" for row in table.rows for n in places if row[n] != MISSING]
    return [f"% {line}" for line in dict.fromkeys(lines)]


def _pieces(table: Table, panels: Sequence[Sequence[_Column]]) -> list[Table]:
    """The table in pieces that fit a page, the last one with room for its notes."""
    pieces: list[Table] = []
    start = 0
    for end in range(1, len(table.rows) + 1):
        notes = _notes(table) if end == len(table.rows) else []
        piece = replace(table, rows=table.rows[start:end])
        if end - start > 1 and not _fits(piece, panels, notes, PAGE_PT):
            pieces.append(replace(table, rows=table.rows[start : end - 1]))
            start = end - 1
    return [*pieces, replace(table, rows=table.rows[start:])]


def _fits(
    piece: Table, panels: Sequence[Sequence[_Column]], notes: Sequence[str], width_pt: float
) -> bool:
    """Whether a float of this width is not higher than a page."""
    first = panels[0][0].place
    names_pt = width_pt - max(sum(column.width_pt for column in panel[1:]) for panel in panels)
    if names_pt < FIRST_PT:
        return False
    names, line = names_pt / CHARACTER_PT, width_pt / CHARACTER_PT
    below = [row[n] for row in piece.rows for n in _below(piece) if row[n] not in (MISSING, "")]
    needed = sum(ceil(len(row[first]) / names) for row in piece.rows)
    needed += sum(heading is not None for heading in piece.headings())
    needed = len(panels) * (needed + sum(ceil(len(text) / line) for text in below))
    return needed + sum(len(note) for note in notes) / line <= MOST_LINES


def _float(
    piece: Table,
    panels: Sequence[Sequence[_Column]],
    *,
    title: str,
    label: str,
    notes: Sequence[str],
    below: Sequence[int],
) -> str:
    environment = "table" if _fits(piece, panels, notes, COLUMN_PT) else "table*"
    lines = [
        rf"\begin{{{environment}}}",
        r"\footnotesize",
        r"\setlength{\tabcolsep}{4pt}\setlength{\belowcaptionskip}{4pt}",
        rf"\caption{{{_breakable(latex_text(title))}}}",
        rf"\label{{{label}}}",
    ]
    for n, panel in enumerate(panels):
        lines += [r"\par\medskip"] if n else []
        lines += _tabular(piece, panel, below)
    if notes:
        sentences = " ".join(latex_text(note) for note in notes)
        lines.append(rf"\par\smallskip{{\raggedright {_breakable(sentences)}\par}}")
    return "\n".join([*lines, rf"\end{{{environment}}}"])


def _column(table: Table, place: int) -> _Column:
    cells = [row[place] for row in table.rows]
    words, unit = split_unit(unbroken(table.columns[place]))
    longest = max([len(cell) for cell in cells], default=1)
    if is_numeric(table, place):
        numbers = [cell.split(".") for cell in cells if NUMBER.fullmatch(cell)]
        sign = "+" if any(number[0][0] in "+-" for number in numbers) else ""
        whole = max([len(number[0].lstrip("+-")) for number in numbers], default=1)
        decimals = max([len(number[1]) for number in numbers if len(number) > 1], default=0)
        form = f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"
        kind = f"S[retain-explicit-plus,table-format={form}]"
    elif longest > LONGEST_TEXT:
        kind = "X"
    else:
        kind = "r" if to_the_right(table, place) else "l"
    wide = max(min(longest, LONGEST_TEXT), *(len(word) for word in words.split(" ")))
    if place == _places(table)[0]:  # the names of the rows have the room that is left
        wide = len(words)
    lines = textwrap.wrap(words, wide, break_long_words=False, break_on_hyphens=False)
    header = tuple(line.replace(HARD_BLANK, " ") for line in lines)
    return _Column(place, header, unit, kind, CHARACTER_PT * wide + PADDING_PT)


def _panels(columns: Sequence[_Column]) -> list[list[_Column]]:
    """Columns that fit beside each other; that of the names in each panel."""
    panels, room = [[columns[0]]], PAGE_PT - FIRST_PT
    for column in columns[1:]:
        if room < column.width_pt and len(panels[-1]) > 1:
            panels.append([columns[0]])
            room = PAGE_PT - FIRST_PT
        panels[-1].append(column)
        room -= column.width_pt
    return panels


def _tabular(piece: Table, panel: Sequence[_Column], below: Sequence[int]) -> list[str]:
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


def _header(panel: Sequence[_Column]) -> list[str]:
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
