"""Files that a user has named: their text, and what a TOML document may hold at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from slabs.text import hidden_character, one_line
from workflows.study.errors import StudyError

#: The deepest key of a study is four tables down: surfaces.slab.mixing.cell.
DEEPEST = 12
#: Integers of 64 bits, as the TOML standard asks for.
LARGEST_INTEGER = 2**63 - 1
#: Longer lines are refused before the document is parsed: keys of thousands of parts take hours.
LONGEST_LINE = 4000


def dotted(place: Sequence[str]) -> str:
    """A key with the tables it is in, for messages: ``"surfaces.slab.layers"``."""
    bare = re.compile(r"[\w+()\[\]-]+")
    return one_line(".".join(p if bare.fullmatch(p) else f"'{p}'" for p in place), 200)


def check_lines(text: str) -> None:
    """Refuse lines that nobody writes.

    Raises
    ------
    ValueError
        One sentence that names the line.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > LONGEST_LINE:
            raise ValueError(
                f"line {number} has {len(line)} characters; at most {LONGEST_LINE} are allowed"
            )


def check_values(document: dict[str, Any]) -> None:
    """Refuse keys and values that cannot be shown or stored.

    Raises
    ------
    ValueError
        One sentence that names the key.
    """
    for place, value in _parts(document):
        key = dotted(place)
        if len(place) > DEEPEST:
            raise ValueError(f"{key}: tables and arrays in one another, deeper than {DEEPEST}")
        hidden = hidden_character(place[-1])
        if hidden:
            raise ValueError(f"{key} is not a key; it contains the character {hidden}")
        if isinstance(value, str) and (hidden := hidden_character(value)):
            raise ValueError(
                f"{key} = '{one_line(value, 60)}' is not allowed: it contains the character"
                f" {hidden}; give printable text in one line"
            )
        if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
            raise ValueError(f"{key} is an integer of more than 64 bits")


def _parts(document: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every key with its place, outer ones first; no deeper than one beyond what is allowed."""
    todo: list[tuple[tuple[str, ...], Any]] = [((), document)]
    while todo:
        place, value = todo.pop()
        if place:
            yield place, value
        if isinstance(value, dict):
            inner: list[tuple[str, Any]] = list(value.items())
        else:
            inner = (
                [(str(n), each) for n, each in enumerate(value)] if isinstance(value, list) else []
            )
        todo += [((*place, key), each) for key, each in reversed(inner)]


def read_text(path: Path, called: str, most_bytes: int, what: str) -> str:
    """Text of a file that a user has named.

    Parameters
    ----------
    path
        The file.
    called
        How messages name it, with a colon if it stands alone.
    most_bytes
        Larger files are refused.
    what
        What larger files are not, as in "a study file".

    Raises
    ------
    StudyError
        If it is not a file of this size, or cannot be read as UTF-8.
    """
    if path.exists() and not path.is_file():  # a pipe or a device might never end
        raise StudyError(f"{called} is not a file")
    try:
        with path.open(encoding="utf-8-sig") as stream:
            text = stream.read(most_bytes + 1)
    except OSError as error:
        raise StudyError(f"{called} cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # not UTF-8
        raise StudyError(f"{called} cannot be read: {error}") from error
    if len(text) > most_bytes:
        raise StudyError(f"{path}: larger than {most_bytes} bytes; not {what}")
    return text
