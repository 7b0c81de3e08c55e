"""Texts of messages: whether text from outside can be shown and how, and times in words."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

#: Unicode categories of control and format characters (ANSI escapes, line breaks, marks that
#: turn the direction of writing), of halves of characters and of characters that are none.
_NEVER_SHOWN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def hidden_character(text: str) -> str:
    r"""The first character that is not to be shown, ``"U+001B"``; empty if there is none.

    Examples
    --------
    >>> hidden_character("red\x1b[0m")
    'U+001B'
    >>> hidden_character("CsPbI3, größer als")
    ''
    """
    if text.isprintable():
        return ""
    found = (c for c in text if unicodedata.category(c) in _NEVER_SHOWN)
    return next((f"U+{ord(c):04X}" for c in found), "")


def one_line(text: str, longest: int | None = None) -> str:
    r"""Text for a terminal: line breaks as spaces, other hidden characters as escapes.

    Parameters
    ----------
    text
        Anything, also what a damaged file holds.
    longest
        Characters after which it is cut.

    Examples
    --------
    >>> one_line("two\nlines, \x1b[31m")
    'two lines, \\x1b[31m'
    """
    shown = "".join(
        c.encode("unicode_escape").decode() if hidden_character(c) else c
        for c in " ".join(text.strip().splitlines())
    )
    if longest is not None and len(shown) > longest:
        shown = f"{shown[: longest - 3]}..."
    return shown


def unused_name(name: str, used: Collection[str]) -> str:
    """A name, with the first number from 2 behind it that makes it a new one if it is used.

    Some file systems do not tell capitals, so neither does this.

    Examples
    --------
    >>> unused_name("spins", ["Spins", "spins-2"])
    'spins-3'
    """
    taken = {each.lower() for each in used}
    number, new = 1, name
    while new.lower() in taken:
        number += 1
        new = f"{name}-{number}"
    return new


def duration_words(hours: float) -> str:
    """A time in minutes or hours, two digits."""
    minutes = 60.0 * hours
    if minutes < 1.0:
        return "less than a minute"
    return f"{minutes:.0f} min" if minutes < 90.0 else f"{hours:.2g} h"
