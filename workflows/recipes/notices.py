"""What a reader of a study must know before the numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

#: Kinds of notices, the gravest first, and what each is called.
GRAVITY = {"error": "Failed", "missing": "Missing", "caution": "Caution", "note": "Note"}


@dataclass(frozen=True)
class Notice:
    """Something that a reader must know.

    Parameters
    ----------
    kind
        One of `GRAVITY`.
    title
        What is wrong.
    lines
        The cases, each with its reason.
    touched
        For each line the species whose total energies it touches; empty if no line does.
    """

    kind: str
    title: str
    lines: tuple[str, ...] = ()
    touched: tuple[tuple[str, ...], ...] = ()

    @property
    def word(self) -> str:
        """What its kind is called."""
        return GRAVITY[self.kind]


def caution(title: str, lines: Iterable[str]) -> list[Notice]:
    """One notice of the cases, each once, or none without any."""
    cases = tuple(dict.fromkeys(lines))
    return [Notice("caution", title, cases)] if cases else []


def energy_caution(title: str, lines: Iterable[tuple[str, str]]) -> list[Notice]:
    """The same of species whose total energies the cases touch, given in front of each."""
    cases = tuple(dict.fromkeys(lines))
    touched = tuple((species,) for species, _ in cases)
    words = tuple(line for _, line in cases)
    return [Notice("caution", title, words, touched)] if cases else []


def sorted_notices(notices: Iterable[Notice]) -> list[Notice]:
    """The gravest first."""
    return sorted(notices, key=lambda each: list(GRAVITY).index(each.kind))
