"""Columns of tables for LaTeX: their headers, kinds and widths, and which stand side by side."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.notation import HARD_BLANK, split_unit, unbroken
from analysis.tables import NUMBER, Table, is_numeric, to_the_right

#: Columns of folders; they stand in comments, since no line of a printed page holds them.
FOLDERS = ("Folder", "Log")
#: Points per character and around a column in \footnotesize, and the least for the names of rows.
CHARACTER_PT, PADDING_PT, FIRST_PT = 4.4, 8.0, 64.0
#: Widths of a column of a two-column article and of a page of a one-column article.
COLUMN_PT, PAGE_PT = 229.0, 345.0
#: Longest text that is not wrapped.
LONGEST_TEXT = 16


@dataclass(frozen=True)
class Column:
    """A column: its place in the rows, lines of its header, unit, kind and width."""

    place: int
    header: tuple[str, ...]
    unit: str
    kind: str
    width_pt: float


def places(table: Table) -> list[int]:
    """Columns that are printed beside each other, that of the names first."""
    return table.places(*table.below, *hidden(table))


def hidden(table: Table) -> tuple[str, ...]:
    """Columns that are not printed."""
    return (*table.not_in_print, *FOLDERS)


def panels(table: Table) -> list[list[Column]]:
    """Columns that fit beside each other on a page; that of the names in each panel."""
    return _arranged([_column(table, n) for n in places(table)])


def _column(table: Table, place: int) -> Column:
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
    if place == places(table)[0]:  # the names of the rows have the room that is left
        wide = max(1, len(words))
    lines = textwrap.wrap(words, wide, break_long_words=False, break_on_hyphens=False)
    header = tuple(line.replace(HARD_BLANK, " ") for line in lines)
    return Column(place, header, unit, kind, CHARACTER_PT * wide + PADDING_PT)


def _arranged(columns: Sequence[Column]) -> list[list[Column]]:
    found, room = [[columns[0]]], PAGE_PT - FIRST_PT
    for column in columns[1:]:
        if room < column.width_pt and len(found[-1]) > 1:
            found.append([columns[0]])
            room = PAGE_PT - FIRST_PT
        found[-1].append(column)
        room -= column.width_pt
    return found
