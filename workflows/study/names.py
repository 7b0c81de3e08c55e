"""Names of species in a study, brought into one order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Keys whose strings are no names of species.
_TEXT = frozenset(
    ("title", "name", "question", "reaction", "published_source", "published_formation_source",
     "file", "smiles", "anchor_smarts", "caveat", "about")
)  # fmt: skip


def in_table_order(data: Mapping[str, Any]) -> dict[str, Any]:
    """The tables of a study with the ligands of every name in the order of ``[ligands]``.

    The ligands of ``slab.OA.OAm`` and ``slab.OAm.OA`` are the same, and so must be the
    species. Vacancies keep their order, as the second is placed by the first.

    Parameters
    ----------
    data
        The study as read, not yet validated.
    """
    ligands = data.get("ligands")
    if not isinstance(ligands, dict):
        return dict(data)
    order = {name: number for number, name in enumerate(ligands)}
    heads = data.get("surfaces")
    known = set(heads) if isinstance(heads, dict) else set()
    return {key: _sorted(value, key, order, known) for key, value in data.items()}


def _sorted(value: Any, key: str, order: Mapping[str, int], surfaces: set[str]) -> Any:
    if isinstance(value, dict):
        return {k: _sorted(v, k, order, surfaces) for k, v in value.items()}
    if isinstance(value, list):
        return [_sorted(v, key, order, surfaces) for v in value]
    if not isinstance(value, str) or key in _TEXT or "." not in value:
        return value
    words = [_one(word, order, surfaces) for word in value.split(" ")]
    return " ".join(words)


def _one(word: str, order: Mapping[str, int], surfaces: set[str]) -> str:
    """One name; anything else as it is."""
    parts = word.split(".")
    first = 1 if parts[0] in surfaces else 0
    last = first
    while last < len(parts) and parts[last] in order:
        last += 1
    ligands = sorted(parts[first:last], key=lambda name: order[name])
    return ".".join([*parts[:first], *ligands, *parts[last:]])
