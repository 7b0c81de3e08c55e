"""Tables for a terminal of any width: no word is broken."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from analysis.notation import HARD_BLANK, readable, split_unit, unbroken
from analysis.tables import LEVEL, MISSING, STATUS, Table, is_numeric, to_the_right

RULE = "\N{BOX DRAWINGS LIGHT HORIZONTAL}"
#: What a terminal without these letters shows.
_ASCII = str.maketrans(
    {RULE: "-", "Å": "A", "²": "^2", "³": "^3", "ħ": "hbar", "μ": "mu", "±": "+-"}
)
#: Blanks between columns, and in front of what stands below a row.
GAP, INDENT = 2, 4


@dataclass(frozen=True)
class TextTable:
    """A table as a terminal shows it.

    Parameters
    ----------
    table
        The table.
    brief
        Without footnotes, details and what stands below the rows, but for a status.
    """

    table: Table
    brief: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lines of text for the width of the terminal."""
        for line in self.lines(options.max_width):
            words = line.plain.replace("⁻²", "^-2").translate(_ASCII)
            shown = Text(words, line.style) if options.ascii_only else line
            shown.no_wrap, shown.overflow = True, "ignore"
            yield shown

    def lines(self, width: int) -> Iterator[Text]:
        """All lines, with an empty one at the end."""
        table, common = self.table, self.table.common()
        level, same = common.pop(LEVEL, ""), common
        status = common[STATUS] if self.brief and common.get(STATUS, "done") != "done" else ""
        aside = "; ".join(filter(None, (level, status)))
        for line in _wrapped(readable(f"{table.title} ({aside})" if aside else table.title), width):
            yield Text(line, "bold")
        yield from self._body(width)
        shared = "; ".join(f"{name.lower()} {text}" for name, text in same.items())
        notes = [f"In all rows: {shared}.", *table.footnotes] if same else [*table.footnotes]
        for note in (*([] if self.brief else notes), *table.warnings):
            for line in _indented(readable(note), width, 2):
                yield Text(line)
        yield Text("")

    def _body(self, width: int) -> Iterator[Text]:
        table = self.table
        beside = table.places(*table.below, *(table.detail if self.brief else ()))
        below = [
            n
            for n in table.places(*table.not_in_print)
            if table.columns[n] in ((STATUS,) if self.brief else table.below) and n not in beside
        ]
        panels = _panels(table, beside, width)
        for n, panel in enumerate(panels):
            yield from self._panel(panel, below if n == len(panels) - 1 else [], width)

    def _panel(self, places: Sequence[int], below: Sequence[int], width: int) -> Iterator[Text]:
        """Some columns beside each other, and what stands below the rows."""
        table = self.table
        right = [n != places[0] and to_the_right(table, n) for n in places]
        cells = [[readable(row[n]) for n in places] for row in table.rows]
        heads, widths = _layout([table.columns[n] for n in places], cells, right, width)
        for line in heads:
            yield Text(_joined(line, widths, right))
        yield Text(RULE * min(width, sum(widths) + _gaps(widths)))
        for row, own, heading in zip(table.rows, cells, table.headings(), strict=True):
            if heading is not None:
                yield Text(heading, "italic")
            wrapped = [_wrapped(text, w) for text, w in zip(own, widths, strict=True)]
            for n in range(max(map(len, wrapped))):
                line = [each[n] if n < len(each) else "" for each in wrapped]
                yield Text(_joined(line, widths, right))
            for n in below:
                if row[n] not in (MISSING, ""):
                    for text in _indented(readable(row[n]), width, INDENT):
                        yield Text(text, "dim")


def _panels(table: Table, places: Sequence[int], width: int) -> list[list[int]]:
    """Columns that fit beside each other without breaking a word; the first one in each panel."""
    least = {n: _least(table, n) for n in places}
    panels = [[places[0]]]
    for n in places[1:]:
        taken = [least[each] for each in (*panels[-1], n)]
        if sum(taken) + _gaps(taken) > width and len(panels[-1]) > 1:
            panels.append([places[0]])
        panels[-1].append(n)
    return panels


def _least(table: Table, place: int) -> int:
    """Smallest width of a column in which no word and no number is broken."""
    cells = [readable(row[place]) for row in table.rows]
    words = [word for cell in cells for word in cell.split()]
    header = _glued(table.columns[place]).split(" ")
    return max(map(len, [*header, *(cells if is_numeric(table, place) else words)]))


def _glued(header: str) -> str:
    """A header whose unit and symbols stay in one line."""
    words, unit = split_unit(header)
    if not unit:
        return unbroken(words)
    shown = readable(header).removeprefix(f"{words} ").replace(" ", HARD_BLANK)
    return f"{unbroken(words)} {shown}"


def _layout(
    headers: Sequence[str], cells: Sequence[Sequence[str]], right: Sequence[bool], width: int
) -> tuple[list[list[str]], list[int]]:
    """Lines of the header and widths of the columns, as wide as they like if all fit.

    Else headers are wrapped, then the cells of text.
    """
    headers = [_glued(header) for header in headers]
    natural = [max([0, *(len(row[n]) for row in cells)]) for n in range(len(headers))]
    least = [
        own if is_number else max([0, *(len(w) for row in cells for w in row[n].split())])
        for n, (own, is_number) in enumerate(zip(natural, right, strict=True))
    ]
    words = [max(map(len, header.split(" "))) for header in headers]
    for head, body in (
        ([len(header) for header in headers], natural), (words, natural), (words, least),
    ):  # fmt: skip
        widths = [max(pair) for pair in zip(head, body, strict=True)]
        if sum(widths) + _gaps(widths) <= width:
            break
    spare = width - sum(widths) - _gaps(widths)
    for n, own in enumerate(natural):  # texts get what is left, the first column first
        more = max(0, min(spare, own - widths[n]))
        widths[n] += more
        spare -= more
    lines = [_wrapped(header, w) for header, w in zip(headers, widths, strict=True)]
    height = max(map(len, lines))
    padded = [[""] * (height - len(each)) + each for each in lines]
    return [[each[n] for each in padded] for n in range(height)], widths


def _indented(text: str, width: int, margin: int) -> list[str]:
    return [" " * margin + line for line in _wrapped(text, width - margin)]


def _gaps(widths: Sequence[int]) -> int:
    return GAP * (len(widths) - 1)


def _wrapped(text: str, width: int) -> list[str]:
    lines = textwrap.wrap(text, max(1, width), break_long_words=False, break_on_hyphens=False)
    return lines or [""]


def _joined(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    """Cells in one line."""
    padded = [
        cell.rjust(width) if to_right else cell.ljust(width)
        for cell, width, to_right in zip(cells, widths, right, strict=True)
    ]
    return (" " * GAP).join(padded).replace(HARD_BLANK, " ").rstrip()
