"""A structure that a study asks for, and what it starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slabs.structure import Structure


@dataclass(frozen=True, eq=False)
class Species:
    """A structure that a study asks for, or one of several candidates for it.

    Parameters
    ----------
    name
        Name as written in reactions.
    kind
        ``"slab"``, ``"molecule"``, ``"crystal"`` or ``"supercell"``.
    structure
        The unrelaxed structure.
    candidate
        Its number among the candidates of this name, from 0.
    parent
        Name and candidate number of the species whose relaxed positions this one starts
        from, or None.
    parent_atoms
        For each atom its index in the parent, or -1 if it is new, shape=(n,).
    offsets_A
        What is added to the relaxed positions of the parent, shape=(n, 3).
    cut
        For a slab that is cut from a relaxed crystal: the arguments of
        `slabs.surfaces.slab.build_slab`; for a supercell of it its repetitions, as ``repeat``;
        otherwise empty.
    level_with_plan
        Move the relaxed positions of the parent along z to where the plan has the slab;
        candidates with ligands below the slab hold it at different heights.
    """

    name: str
    kind: str
    structure: Structure
    candidate: int = 0
    parent: tuple[str, int] | None = None
    parent_atoms: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, dtype=int))
    offsets_A: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 3)))
    cut: Mapping[str, Any] = field(default_factory=dict)
    level_with_plan: bool = False


def same_atoms(one: Species, other: Species) -> bool:
    """Whether two species are the same atoms in the same places."""
    first, second = one.structure.atoms, other.structure.atoms
    return np.array_equal(first.numbers, second.numbers) and np.allclose(
        first.positions, second.positions
    )


def same_start(one: Species, other: Species) -> bool:
    """Whether two species of one name are the same atoms, spins and parent."""
    first, second = one.structure.atoms, other.structure.atoms
    return (
        one.parent == other.parent
        and np.array_equal(one.parent_atoms, other.parent_atoms)
        and same_atoms(one, other)
        and np.allclose(first.get_initial_magnetic_moments(), second.get_initial_magnetic_moments())
    )
