"""Order of relaxed candidates by energy, equal ones and unrelaxed ones last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms

from analysis.energies.dipole_images import without_images
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
        Places of the candidates, lowest energy first, then those that could not be relaxed, as
        they come, and after all others the twins.
    twins
        Places of those that are the same minimum as one of lower energy.
    unrelaxed
        Places of those whose relaxation was given up, so that their energy says nothing.
    """

    order: tuple[int, ...]
    twins: frozenset[int]
    unrelaxed: frozenset[int] = frozenset()


def ranking(found: Sequence[Result]) -> Ranking:
    """Order relaxed candidates by energy, equal ones as they come.

    Energies of molecules are those without the interaction with their periodic images.
    """
    energies = [without_images(result).energy_eV for result in found]
    unrelaxed = [n for n, result in enumerate(found) if result.values.get("unrelaxed_because")]
    relaxed = (n for n in range(len(found)) if n not in unrelaxed)
    distinct: list[int] = []
    twins: list[int] = []
    for place in sorted(relaxed, key=lambda n: energies[n]):
        near = [n for n in distinct if energies[place] - energies[n] <= SAME_ENERGY_EV]
        same = any(_same_structure(found[place].atoms, found[n].atoms) for n in near)
        (twins if same else distinct).append(place)
    return Ranking((*distinct, *unrelaxed, *twins), frozenset(twins), frozenset(unrelaxed))


def _same_structure(one: Atoms, other: Atoms) -> bool:
    """Whether all distances between two atoms agree, as after a rotation or a reflection."""
    first, second = (atoms.get_all_distances(mic=True) for atoms in (one, other))
    return bool(np.abs(first - second).max() <= SAME_DISTANCE_A)
