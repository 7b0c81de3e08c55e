"""Which of several candidates a task starts from: the one of lowest energy, or of some rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analysis.energies.dipole_images import without_images
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
    if "hops" in spec:  # its parents are pairs, of which it chooses itself
        return spec, None, {}
    if "basin" in spec:
        return _better_basin(spec, parents)
    if "same_as" in spec:
        return spec, parents[0], {"candidate": parents[0].values["candidate"]}
    if "rank" in spec:
        return _screened(spec, parents)
    parent = min(parents, key=lambda result: without_images(result).energy_eV, default=None)
    candidate = parent.values.get("candidate") if parent else None
    if parent is not None and candidate is None and ("further" in spec or "starts" in spec):
        candidate = parents.index(parent) + 1
    if "starts" in spec:
        (start,) = (each for each in spec["starts"] if each["from_candidate"] == candidate)
        return {**spec, **start}, parent, {"candidate": start["candidate"]}
    inherits = candidate is not None and ("further" in spec or spec["kind"] != "relax")
    return spec, parent, {"candidate": candidate} if inherits else {}


def _screened(
    spec: Mapping[str, Any], parents: Sequence[Result]
) -> tuple[Mapping[str, Any], Result, dict[str, Any]]:
    """The screened candidate of the rank that is asked for."""
    place = ranking(parents).order[spec["rank"] - 1]
    unrelaxed = parents[place].values.get("unrelaxed_because")
    screening = {
        "rank": spec["rank"],
        "candidates": spec["candidates"],
        "energies_eV": [result.energy_eV for result in parents],
        "fingerprint": parents[place].fingerprint,
        **({"unrelaxed_because": unrelaxed} if unrelaxed else {}),
    }
    return spec, parents[place], {"candidate": spec["candidates"][place], "screening": screening}


def taken_values(spec: Mapping[str, Any], parents: Sequence[Result]) -> dict[str, Any] | None:
    """Values of the result that a task takes as its own, since it would calculate the same.

    This is the lowest of the species if what it was made from has no better tilt basin, or the
    energy that belongs to it; None if something is to be calculated. ``same_as`` is its key.
    """
    by_key = {result.key: result for result in parents}
    if "same_as" in spec:
        values = parents[0].values
        if "same_as" not in values:
            return None
        taken = by_key[spec["same_as"][values["same_as"]]]
        return {**taken.values, "same_as": taken.key, "candidate": values["candidate"]}
    if "basin" not in spec:
        return None
    own, old, new = (
        min((by_key[key] for key in spec["basin"][name]), key=lambda result: result.energy_eV)
        for name in ("own", "old", "new")
    )
    gain_eV = old.energy_eV - new.energy_eV
    if gain_eV >= spec["basin"]["least_gain_eV"]:
        return None
    candidate = own.values.get("candidate", spec["basin"]["own"].index(own.key) + 1)
    return {**own.values, "same_as": own.key, "candidate": candidate}


def _better_basin(
    spec: Mapping[str, Any], parents: Sequence[Result]
) -> tuple[Mapping[str, Any], Result, dict[str, Any]]:
    """The start from the better basin that belongs to the lowest candidate which fits it."""
    by_key = {result.key: result for result in parents}
    better = min((by_key[key] for key in spec["basin"]["new"]), key=lambda result: result.energy_eV)
    held = better.values.get("candidate")
    energies_eV = {}
    for place, key in enumerate(spec["basin"]["own"]):
        result = by_key[key]
        energies_eV[result.values.get("candidate", place + 1)] = result.energy_eV
    fitting = [each for each in spec["starts"] if each["from_candidate"] in (0, held)]
    start = min(fitting, key=lambda each: energies_eV.get(each["candidate"], np.inf))
    return {**spec, **start}, better, {"candidate": start["candidate"]}


def place_of(spec: Mapping[str, Any], parent: Result) -> int:
    """Place of a parent in what a specification says of every candidate of the species."""
    candidate = parent.values.get("candidate")
    return int(spec["parents"].index(parent.key) if candidate is None else candidate - 1)
