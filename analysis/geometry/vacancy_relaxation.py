"""How the atoms around a vacancy move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.geometry import find_mic
from ase.neighborlist import neighbor_list
from numpy.typing import NDArray

from slabs.composition import site_of
from slabs.crystals.network import Floats, Indices
from slabs.molecular_units import ion_sites, unit_names
from slabs.structure import SURFACE_GROUP, Structure
from slabs.surfaces.vacancies import bonded_to

#: Atoms up to this far from a vacancy count as its surroundings.
VACANCY_RANGE_A = 5.0


@dataclass(frozen=True)
class Neighbour:
    """An atom near a vacancy; an atom and its image are two.

    Parameters
    ----------
    atom
        Its index in the slab with the vacancy.
    distance_A
        Distance from the removed atom in the relaxed slab that still has it.
    towards_A
        Displacement towards the vacancy; negative: away from it.
    moved_A
        Length of the displacement.
    bonded
        True for the ions of opposite sign that the removed one was bonded to.
    """

    atom: int
    distance_A: float
    towards_A: float
    moved_A: float
    bonded: bool


@dataclass(frozen=True)
class VacancyRelaxation:
    """What moved around a vacancy, against the relaxed slab without it.

    Parameters
    ----------
    element
        Element of the removed atom, or name of a molecular ion.
    upper
        True if it lay in the upper half of the slab.
    neighbours
        Atoms of the surface within `VACANCY_RANGE_A`, the nearest first.
    across_before_A, across_after_A
        Distance between the two bonded ions that lie farthest apart, which for a halide
        are the metals that it joined, in the slab without and with the vacancy; None if
        fewer than two were bonded.
    across
        Their indices in the slab with the vacancy.
    """

    element: str
    upper: bool
    neighbours: tuple[Neighbour, ...]
    across_before_A: float | None
    across_after_A: float | None
    across: tuple[int, ...]


def vacancy_relaxation(
    planned: Structure, whole: Atoms, vacant: Atoms, origin: Indices, removed: Indices
) -> VacancyRelaxation:
    """Displacements around a vacancy; without fixed atoms, relative to the common centroid.

    Parameters
    ----------
    planned
        The slab without the vacancy before its relaxation; it says which ions are bonded.
    whole
        The same relaxed.
    vacant
        The relaxed slab with the vacancy, in the same cell.
    origin
        Index in `whole` of each atom of `vacant`, shape=(n,).
    removed
        Indices in `whole` of the atom that is missing, or of all of a molecular ion.
    """
    moved_A, _ = find_mic(vacant.positions - whole.positions[origin], whole.cell, whole.pbc)
    if not vacant.constraints:
        # The forces of a free slab add up to nothing: what moves its centroid is the grid.
        moved_A = moved_A - moved_A.mean(axis=0)
    place = np.full(len(whole), -1)
    place[origin] = np.arange(len(vacant))
    near, vectors_A, bonded = _around(planned, whole, removed)
    left = place[near] >= 0
    near, vectors_A, bonded = place[near[left]], vectors_A[left], bonded[left]
    lengths_A = np.linalg.norm(vectors_A, axis=1)
    towards_A = -(moved_A[near] * vectors_A).sum(axis=1) / lengths_A
    ends = np.flatnonzero(bonded)
    before = after = None
    pair = np.empty(0, dtype=np.intp)
    if ends.size > 1:
        gaps_A = np.linalg.norm(vectors_A[ends][:, None] - vectors_A[ends], axis=2)
        pair = ends[list(np.unravel_index(int(gaps_A.argmax()), gaps_A.shape))]
        ahead_A = vectors_A[pair] + moved_A[near[pair]]
        before, after = float(gaps_A.max()), float(np.linalg.norm(ahead_A[1] - ahead_A[0]))
    surface = planned.indices(SURFACE_GROUP)
    middle_A = planned.atoms.positions[surface, 2].mean()
    return VacancyRelaxation(
        element=unit_names(planned.atoms[removed], np.zeros(len(removed), dtype=int))[0],
        upper=bool(_middle_A(planned.atoms, removed)[2] >= middle_A),
        neighbours=tuple(
            Neighbour(
                int(near[n]),
                float(lengths_A[n]),
                float(towards_A[n]),
                float(np.linalg.norm(moved_A[near[n]])),
                bool(bonded[n]),
            )
            for n in np.argsort(lengths_A, kind="stable")
        ),
        across_before_A=before,
        across_after_A=after,
        across=tuple(near[pair].tolist()),
    )


def relaxed_vacancies_A(planned: Structure, relaxed: Atoms) -> Floats:
    """Where the missing ions of a relaxed slab were, in angstrom, shape=(n, 3).

    Each place moves with the slab: by the mean displacement of the ions of opposite sign that
    are nearest to it.

    Parameters
    ----------
    planned
        The slab before its relaxation; it says where ions were removed.
    relaxed
        The same atoms, in the same order, relaxed.
    """
    moved_A, _ = find_mic(relaxed.positions - planned.atoms.positions, relaxed.cell, relaxed.pbc)
    kind, places_A = ion_sites(planned.atoms), planned.vacancies_A.copy()
    for n, (ion, _) in enumerate(planned.vacancies):
        letter = "B" if site_of(ion) == "X" else "X"
        near, _ = bonded_to(planned, places_A[n], letter, kind)
        if near.size:
            places_A[n] += moved_A[near].mean(axis=0)
    return places_A


def _middle_A(atoms: Atoms, removed: Indices) -> Floats:
    """Where an ion is: its only atom, or the middle of its heavy atoms, shape=(3,)."""
    heavy = removed[atoms.numbers[removed] > 1]
    where: Floats = atoms.positions[heavy if heavy.size else removed].mean(axis=0)
    return where


def _around(
    planned: Structure, whole: Atoms, removed: Indices
) -> tuple[Indices, Floats, NDArray[np.bool_]]:
    """Surface atoms around an ion: indices, vectors to them, and which are bonded to it."""
    kind, middle_A = ion_sites(planned.atoms), _middle_A(whole, removed)
    letter = "B" if kind[removed[0]] == "X" else "X"
    ends, planned_A = bonded_to(planned, _middle_A(planned.atoms, removed), letter, kind)
    # The image that was bonded in the plan is the one that is nearest to it now.
    gaps_A = whole.positions[ends] - middle_A - planned_A
    vectors_A = planned_A + (find_mic(gaps_A, whole.cell, whole.pbc)[0] if ends.size else gaps_A)
    surface = np.setdiff1d(planned.indices(SURFACE_GROUP), removed)
    part = whole[surface] + Atoms("X", [middle_A])
    i, j, others_A = neighbor_list("ijD", part, VACANCY_RANGE_A)
    here = (i == len(surface)) & (j < len(surface))
    near, others_A = surface[j[here]], others_A[here]
    known = [
        bool(((ends == n) & (np.abs(vectors_A - v).max(axis=1, initial=0.0) < 1e-6)).any())
        for n, v in zip(near, others_A, strict=True)
    ]
    new = ~np.array(known, dtype=bool)
    return (
        np.concatenate([ends, near[new]]),
        np.concatenate([vectors_A, others_A[new]]),
        np.arange(len(ends) + int(new.sum())) < len(ends),
    )
