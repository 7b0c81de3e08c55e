"""Which of several candidates a task starts from: the one of lowest energy, or of some rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.energies.ranking import ranking
from analysis.results import Result


def chosen_start(
    spec: Mapping[str, Any], parents: Sequence[Result]
) -> tuple[Mapping[str, Any], Result | None, dict[str, Any]]:
    """Which of the candidates that a task needs it starts from.

    Parameters
    ----------
    spec
        Specification of the task.
    parents
        Results of the tasks that it needs: the candidates of one species.

    Returns
    -------
    tuple
        The specification with the start that belongs to this candidate; the candidate, the
        lowest unless a rank is asked for, or None without parents; and what the result says of
        the choice.
    """
    if "rank" in spec:
        place = ranking(parents).order[spec["rank"] - 1]
        screening = {
            "rank": spec["rank"],
            "candidates": spec["candidates"],
            "energies_eV": [result.energy_eV for result in parents],
            "fingerprint": parents[place].fingerprint,
        }
        about = {"candidate": spec["candidates"][place], "screening": screening}
        return spec, parents[place], about
    parent = min(parents, key=lambda result: result.energy_eV, default=None)
    candidate = parent.values.get("candidate") if parent else None
    if "starts" in spec:
        (start,) = (each for each in spec["starts"] if each["from_candidate"] == candidate)
        return {**spec, **start}, parent, {"candidate": start["candidate"]}
    inherits = candidate is not None and spec["kind"] != "relax"
    return spec, parent, {"candidate": candidate} if inherits else {}


def place_of(spec: Mapping[str, Any], parent: Result) -> int:
    """Place of a parent in what a specification says of every candidate of the species."""
    candidate = parent.values.get("candidate")
    return int(spec["parents"].index(parent.key) if candidate is None else candidate - 1)
