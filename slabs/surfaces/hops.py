"""Hops of vacancies: which ion of a slab or crystal moves into one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from ase.geometry import find_mic
from numpy.typing import NDArray

from slabs.errors import InputError
from slabs.structure import SURFACE_GROUP, Structure
from slabs.surfaces.vacancies import (
    NEIGHBOUR_FACTOR,
    distance_to_others_A,
    host_ions,
    ions_at,
)

#: A hop goes in a direction if it makes a smaller angle with it.
WIDEST_ANGLE_DEG = 45.0
#: Hops whose lengths differ by less are equally long.
SAME_LENGTH_A = 0.1
#: Atoms farther than this from a vacancy before and after its hop tell the tilt pattern.
FAR_A = 5.0


@dataclass(frozen=True, eq=False)
class Hop:
    """A vacancy and an ion that change places.

    Parameters
    ----------
    atom
        Index of the ion.
    vector_A
        Displacement of the vacancy, from where it is to where the ion is, shape=(3,); that of
        the ion is the opposite.
    """

    atom: int
    vector_A: NDArray[np.float64]

    @property
    def length_A(self) -> float:
        """Distance of the two sites in angstrom."""
        return float(np.linalg.norm(self.vector_A))


def hop_of(
    structure: Structure,
    depth: str = "surface",
    direction: Sequence[float] | None = None,
    *,
    near: str = "nearest",
) -> Hop:
    """The shortest hop of the vacancy that was made last into a layer.

    Parameters
    ----------
    structure
        Slab or supercell of a crystal with the vacancy.
    depth
        Layer that the vacancy goes to, one of `slabs.surfaces.vacancies.DEPTHS`; a crystal has
        none.
    direction
        Only hops in this direction, shape=(3,); of those that are up to a quarter longer than
        the shortest one the one that makes the smallest angle with it.
    near
        ``"nearest"`` or ``"farthest"`` from the ligands: which of equally long hops it is.

    Raises
    ------
    InputError
        If there is no vacancy of a single atom, no ion in that layer, none in that direction, or
        if the ion is kept fixed.
    """
    atoms = structure.atoms
    if not structure.vacancies:
        raise InputError("there is no vacancy that could move", "species")
    name, place = structure.vacancies[-1]
    ions = host_ions(structure)
    try:
        chosen = ions_at(structure, ions, name, depth)
    except InputError as error:
        raise InputError(error.message, "to") from error
    if len(ions.members[chosen[0]]) > 1:
        raise InputError(f"{name} is a molecular ion; hops are those of single atoms", "species")
    first, _ = find_mic(ions.places_A[chosen] - np.array(place), atoms.cell, atoms.pbc)
    # In small cells several images of an ion are equally near.
    images = np.array(list(product((-1, 0, 1), repeat=3)))
    shifts = images[(images[:, ~atoms.pbc] == 0).all(axis=1)] @ atoms.cell.array
    hops = [
        Hop(ions.members[n][0], vector + shift)
        for n, vector in zip(chosen, first, strict=True)
        for shift in shifts
    ]
    hop = _chosen(structure, hops, direction, near)
    if hop.atom in {int(n) for c in atoms.constraints for n in c.get_indices()}:
        raise InputError(
            f"the {name} that would move into the vacancy is kept fixed; give fewer frozen_layers",
            "to",
        )
    return hop


def _chosen(
    structure: Structure, hops: Sequence[Hop], direction: Sequence[float] | None, near: str
) -> Hop:
    """The hop that counts of all that lead to a layer."""
    shortest = min(hop.length_A for hop in hops)
    hops = [hop for hop in hops if hop.length_A < NEIGHBOUR_FACTOR * shortest]
    sign = 1.0 if near == "nearest" else -1.0
    place = np.array(structure.vacancies[-1][1])
    alone = Structure(structure.atoms, structure.groups)  # the vacancy itself does not count

    def gap_A(hop: Hop) -> float:
        far = distance_to_others_A(alone, place + hop.vector_A)
        return sign * round(far, 3) if np.isfinite(far) else 0.0

    if direction is None:
        near_by = [hop for hop in hops if hop.length_A < shortest + SAME_LENGTH_A]
        return min(near_by, key=gap_A)
    wanted = np.array(direction) / np.linalg.norm(direction)
    angles = [
        float(np.degrees(np.arccos(np.clip(hop.vector_A @ wanted / hop.length_A, -1, 1))))
        for hop in hops
    ]
    if min(angles) >= WIDEST_ANGLE_DEG:
        there = ", ".join(
            dict.fromkeys(str((hop.vector_A / hop.length_A).round(2) + 0.0) for hop in hops)
        )
        raise InputError(
            f"no hop makes less than {WIDEST_ANGLE_DEG:g} degrees with {list(direction)}; unit"
            f" vectors of the shortest hops: {there}",
            "direction",
        )
    return hops[int(np.argmin(np.round(angles, 1)))]


def far_atoms(structure: Structure, hop: Hop) -> list[int]:
    """Free atoms of the slab that are far from a hop: they show whether tilts have changed."""
    atoms = structure.atoms
    start = np.array(structure.vacancies[-1][1])
    fixed = {int(n) for c in atoms.constraints for n in c.get_indices()}
    free = [int(n) for n in structure.indices(SURFACE_GROUP) if int(n) not in fixed]
    gaps = [
        find_mic(atoms.positions - place, atoms.cell, atoms.pbc)[1]
        for place in (start, start + hop.vector_A)
    ]
    return [n for n in free if n != hop.atom and min(gap[n] for gap in gaps) > FAR_A]
