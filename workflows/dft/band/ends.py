"""The two ends of a path: the same atoms, relaxed alike, and one ion apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.geometry import find_mic
from numpy.typing import ArrayLike, NDArray

from analysis.barriers.path import SAME_MOMENT_MUB
from analysis.results import Result
from workflows.dft.errors import PhysicsError

#: Free ions far from a hop that are displaced by more (root mean square) tell another tilt
#: pattern: between two of them halides move by 0.5 to 1.5 A, around a vacancy by 0.1 A.
SAME_TILTS_A = 0.3
#: An ion that moved by a smaller share of the distance of its sites has not hopped.
LEAST_HOP_SHARE = 0.5


@dataclass(frozen=True, eq=False)
class Ends:
    """Both ends of a path.

    Parameters
    ----------
    first, last
        Structures; positions of the last one continue those of the first across the borders of
        the cell.
    energies_eV, moments_muB
        Total energies and magnetic moments of both.
    far_displacement_A
        Root mean square of the displacements of ions far from the hop.
    """

    first: Atoms
    last: Atoms
    energies_eV: tuple[float, float]
    moments_muB: tuple[float, float]
    far_displacement_A: float


def matched_ends(
    first: Result, last: Result, atom: int, vector_A: ArrayLike, far: Sequence[int]
) -> Ends:
    """Both ends of a hop, of which it is made sure that they belong together.

    Parameters
    ----------
    first, last
        Results of the relaxations.
    atom
        Index of the ion that hops.
    vector_A
        Its displacement as planned, which tells the image it hops to, shape=(3,).
    far
        Indices of ions far from the hop.

    Raises
    ------
    PhysicsError
        If the ends differ in their atoms, their order, their cell, what is kept fixed, or in
        their magnetic moments, if the ion is in the same place in both, or if the tilt pattern
        changes.
    """
    one, other = first.atoms, last.atoms
    fixed = [{int(n) for c in each.constraints for n in c.get_indices()} for each in (one, other)]
    same = np.array_equal(one.numbers, other.numbers) and fixed[0] == fixed[1]
    if not same or not np.allclose(one.cell.array, other.cell.array, atol=1e-6):
        raise PhysicsError("the ends of the path differ in their atoms, their order or their cell")
    moments = [float(each.values.get("magnetic_moment_muB") or 0.0) for each in (first, last)]
    if abs(moments[0] - moments[1]) > SAME_MOMENT_MUB:
        raise PhysicsError(
            f"the ends of the path have the magnetic moments {moments[0]:+.2f} and"
            f" {moments[1]:+.2f} mu_B; a path connects equal ones"
        )
    moved = _displacements_A(one, other, atom, np.asarray(vector_A, dtype=float))
    length_A, planned_A = np.linalg.norm(moved[atom]), np.linalg.norm(vector_A)
    if length_A < LEAST_HOP_SHARE * planned_A:
        raise PhysicsError(
            f"the ends of the path relaxed into the same place: the ion moves by {length_A:.2f} A"
            f" between them, its sites are {planned_A:.2f} A apart"
        )
    far_A = float(np.sqrt(np.square(moved[list(far)]).sum(axis=1).mean())) if len(far) else 0.0
    if far_A > SAME_TILTS_A:
        raise PhysicsError(
            f"the ends of the path have different tilts: ions far from the hop are displaced by"
            f" {far_A:.2f} A (root mean square), above {SAME_TILTS_A:g} A"
        )
    end = one.copy()
    end.set_positions(one.positions + moved, apply_constraint=False)
    end.set_initial_magnetic_moments(other.get_initial_magnetic_moments())
    return Ends(one, end, (first.energy_eV, last.energy_eV), (moments[0], moments[1]), far_A)


def _displacements_A(
    one: Atoms, other: Atoms, atom: int, vector_A: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Shortest displacements of all atoms; of the ion that hops the one nearest to the plan."""
    between = other.positions - one.positions
    between[atom] -= vector_A
    moved: NDArray[np.float64] = find_mic(between, one.cell, one.pbc)[0]
    moved[atom] += vector_A
    return moved
