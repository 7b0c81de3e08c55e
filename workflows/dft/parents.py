"""Which of several screened candidates are relaxed further: those of lowest energy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms

from analysis.results import Result

#: Two candidates are the same minimum if neither their energies nor any distance between two
#: of their atoms differ by more.
SAME_ENERGY_EV, SAME_DISTANCE_A = 1e-3, 0.1


@dataclass(frozen=True)
class Ranking:
    """Order of candidates by energy.

    Parameters
    ----------
    order
        Places of the candidates, lowest energy first, and after all others the twins.
    twins
        Places of those that are the same minimum as one of lower energy.
    """

    order: tuple[int, ...]
    twins: frozenset[int]


def ranking(found: Sequence[Result]) -> Ranking:
    """Order relaxed candidates by energy, equal ones as they come."""
    energies = [result.energy_eV for result in found]
    distinct: list[int] = []
    twins: list[int] = []
    for place in sorted(range(len(found)), key=lambda n: energies[n]):
        near = [n for n in distinct if energies[place] - energies[n] <= SAME_ENERGY_EV]
        same = any(_same_structure(found[place].atoms, found[n].atoms) for n in near)
        (twins if same else distinct).append(place)
    return Ranking((*distinct, *twins), frozenset(twins))


def _same_structure(one: Atoms, other: Atoms) -> bool:
    """Whether all distances between two atoms agree, as after a rotation or a reflection."""
    first, second = (atoms.get_all_distances(mic=True) for atoms in (one, other))
    return bool(np.abs(first - second).max() <= SAME_DISTANCE_A)


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
