"""Names of species in a study, brought into one order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: What a surface, ligand, defect, molecule or crystal may be called.
NAME = r"^[A-Za-z][A-Za-z0-9_+\-]{0,39}$"
#: Keys whose strings are no names of species.
_TEXT = frozenset(
    ("title", "name", "question", "reaction", "published_source", "published_formation_source",
     "file", "smiles", "anchor_smarts", "caveat", "about", "label")
)  # fmt: skip
#: The table whose keys are names of species.
LABELLED = "species"


def in_one_order(data: Mapping[str, Any]) -> dict[str, Any]:
    """The tables of a study with the ligands of every name in the order of its first mention.

    The ligands of ``slab.OA.OAm`` and ``slab.OAm.OA`` are the same, and so must be the
    species. Vacancies keep their order, as the second is placed by the first.

    Parameters
    ----------
    data
        The study as read, not yet validated.
    """
    tables = {key: data.get(key) for key in ("ligands", "surfaces")}
    ligands, surfaces = (set(t) if isinstance(t, dict) else set() for t in tables.values())
    first: dict[tuple[str, ...], list[str]] = {}
    known = (ligands, surfaces)
    ordered = {
        key: _ordered(value, key, known, first) for key, value in data.items() if key != LABELLED
    }
    labels = data.get(LABELLED)
    if isinstance(labels, dict):  # last, as labels must not decide on an order
        ordered[LABELLED] = {_name(name, known, first): entry for name, entry in labels.items()}
    elif LABELLED in data:
        ordered[LABELLED] = labels
    return ordered


def _ordered(
    value: Any, key: str, known: tuple[set[str], set[str]], first: dict[tuple[str, ...], list[str]]
) -> Any:
    if isinstance(value, dict):
        return {k: _ordered(v, k, known, first) for k, v in value.items()}
    if isinstance(value, list):
        return [_ordered(v, key, known, first) for v in value]
    if not isinstance(value, str) or key in _TEXT or "." not in value:
        return value
    return " ".join(_name(word, known, first) for word in value.split(" "))


def _name(
    word: str, known: tuple[set[str], set[str]], first: dict[tuple[str, ...], list[str]]
) -> str:
    """One name; anything else as it is."""
    ligands, surfaces = known
    parts = word.split(".")
    start = 1 if parts[0] in surfaces else 0
    end = start
    while end < len(parts) and parts[end] in ligands:
        end += 1
    mentioned = parts[start:end]
    order = first.setdefault(tuple(sorted(mentioned)), mentioned)
    return ".".join([*parts[:start], *order, *parts[end:]])
