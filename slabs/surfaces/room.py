"""Room for an ion in a structure: radii, neighbours, coordination."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, chemical_symbols, covalent_radii
from ase.geometry import find_mic
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from slabs.adsorption.contacts import CLASH_RATIO
from slabs.elements import (
    ALKALI_METALS,
    ELEMENTS,
    HALOGENS,
    MOLECULAR_ELEMENTS,
    dative_length_A,
    vdw_radii_A,
)
from slabs.errors import InputError
from slabs.structure import SURFACE_GROUP, Structure
from slabs.surfaces.symmetry import Operation
from slabs.surfaces.vacancies import (
    NEIGHBOUR_FACTOR,
)

#: Ions come no closer than this share of the sum of their radii: I-I 3.1, Cs-I 2.7 A.
SHORTEST_IONIC_SHARE = 0.7
#: Cations than this one: Cs-Cs 3.1, Cs-Pb 2.7 A.
SHORTEST_CATION_SHARE = 0.94
#: Nor, but for alkali metals, than this share of their covalent radii: Pb-Pb 2.8, Pb-I 2.7 A.
SHORTEST_BOND_SHARE = 0.95
#: Ions of the slab that are free to move give way from this share of these distances.
GIVING_WAY_SHARE = 0.85
#: An ion on a face touches atoms of molecules at this share of the van der Waals radii.
TOUCH_SHARE = 0.8
#: Empty spheres and images of places closer than this are the same place.
SAME_VOID_A = 0.5
#: Where an empty sphere is too narrow, a wider place is looked for this far around, in steps.
WIDENING_A = 0.8
WIDENING_STEPS_A = (0.4, 0.2, 0.2, 0.1, 0.1, 0.05, 0.05)
#: Atoms around a place that are looked at.
NEIGHBOURS = 48
#: Images of a slab are looked at up to this far outside of its cell.
REACH_A = 10.0
_DIRECTIONS = np.array([d for d in product((-1.0, 0.0, 1.0), repeat=3) if any(d)])


@dataclass(frozen=True)
class Neighbour:
    """The atom that limits the room of a place.

    Parameters
    ----------
    symbol
        Its element.
    distance_A
        Its distance.
    shortest_A
        The shortest distance that is allowed.
    """

    symbol: str
    distance_A: float
    shortest_A: float

    @property
    def ratio(self) -> float:
        """Distance over the shortest allowed one."""
        return self.distance_A / self.shortest_A


def is_anion(symbol: str) -> bool:
    """Whether an atom counts as negative: halogens, and what molecules are made of but H."""
    return symbol in HALOGENS or (symbol in MOLECULAR_ELEMENTS and symbol != "H")


def _radius_A(symbol: str) -> float:
    """Radius of an ion in angstrom, or the covalent one of an element without."""
    element = ELEMENTS.get(symbol)
    if element is not None and element.radius_A is not None:
        return element.radius_A
    return float(covalent_radii[atomic_numbers[symbol]])


def _sums_A(new: str, other: str) -> tuple[float, float, float]:
    """Sums of ionic, covalent and van der Waals radii of two elements.

    The van der Waals radius of an alkali metal, that of the atom, is replaced by that of the
    ion.
    """
    numbers = np.array([atomic_numbers[new], atomic_numbers[other]])
    first, second = vdw_radii_A(numbers)
    vdw = float(second) + (_radius_A(new) if new in ALKALI_METALS else float(first))
    return _radius_A(new) + _radius_A(other), float(covalent_radii[numbers].sum()), vdw


def shortest_A(new: str, other: str) -> float:
    """Shortest distance of an added atom from another one that a start may have.

    From atoms of molecules, which are saturated, it is `CLASH_RATIO` times the van der
    Waals radii, as for ligands; between ions `SHORTEST_IONIC_SHARE` times their radii, but
    no less than `SHORTEST_BOND_SHARE` times the covalent ones.
    """
    ionic, covalent, vdw = _sums_A(new, other)
    if other in MOLECULAR_ELEMENTS:
        return TOUCH_SHARE * vdw if new in ALKALI_METALS else CLASH_RATIO * vdw
    bond = SHORTEST_BOND_SHARE * covalent
    if new in MOLECULAR_ELEMENTS:
        return bond
    cations = not (is_anion(new) or is_anion(other))
    shortest = (SHORTEST_CATION_SHARE if cations else SHORTEST_IONIC_SHARE) * ionic
    return shortest if {new, other} & set(ALKALI_METALS) else max(shortest, bond)


def touch_A(new: str, other: str) -> float:
    """Distance at which an added atom touches another: ions of opposite sign their radii."""
    ionic, covalent, vdw = _sums_A(new, other)
    if other in MOLECULAR_ELEMENTS:
        return vdw if new in ALKALI_METALS else TOUCH_SHARE * vdw
    if new == "H":
        return covalent
    both = all(symbol in ELEMENTS and ELEMENTS[symbol].radius_A for symbol in (new, other))
    alone = {new, other} & set(ALKALI_METALS)  # they bond to no metal
    if both and (alone or is_anion(new) != is_anion(other)):
        return ionic
    return dative_length_A(atomic_numbers[new], atomic_numbers[other])


def check_element(element: str) -> None:
    """Refuse what is no element: only single atoms are added.

    Raises
    ------
    InputError
        If it is none.
    """
    if element not in chemical_symbols[1:]:
        raise InputError(
            f"{element!r} is not a chemical element; only single atoms are added or put in place"
            " of an ion",
            "element",
        )


class Room:
    """What an atom that is added to a slab comes close to, images along the surface included.

    Vacancies of the same ion count as well: it would fill them. Ions of the slab that are
    free to move make room, see `pushes`.

    Parameters
    ----------
    structure
        Slab with or without ligands.
    element
        Element of the new atom.
    without
        Indices of the atoms that it replaces.
    """

    def __init__(self, structure: Structure, element: str, without: Sequence[int] = ()) -> None:
        atoms: Atoms = structure.atoms
        cell = atoms.cell.array
        span = [int(np.ceil(REACH_A / np.linalg.norm(v))) for v in cell[:2]]
        shifts = [
            i * cell[0] + j * cell[1]
            for i in range(-span[0], span[0] + 1)
            for j in range(-span[1], span[1] + 1)
        ]
        self._atoms = len(atoms)
        kept = np.setdiff1d(np.arange(len(atoms)), np.array(without, dtype=np.intp))
        self.owner = np.tile(kept, len(shifts))
        self.places_A = np.concatenate([atoms.positions[kept] + s for s in shifts])
        symbols = np.array(atoms.get_chemical_symbols())[self.owner]
        shortest = {str(s): shortest_A(element, str(s)) for s in np.unique(symbols)}
        touch = {s: touch_A(element, s) for s in shortest}
        self.touch_A = np.array([touch[s] for s in symbols])
        empty = [np.array(place) for ion, place in structure.vacancies if ion == element]
        self._wanted_A = np.array([shortest[s] for s in symbols])
        soft = np.array(structure.groups) == SURFACE_GROUP
        soft &= ~np.isin(atoms.symbols, MOLECULAR_ELEMENTS)
        soft[[int(n) for c in atoms.constraints for n in c.get_indices()]] = False
        self._soft = soft[self.owner]
        self._limits_A = self._wanted_A * np.where(self._soft, GIVING_WAY_SHARE, 1.0)
        self._names, self._around_A = symbols, self.places_A
        if empty:
            images = np.concatenate([np.array(empty) + s for s in shifts])
            self._around_A = np.concatenate([self.places_A, images])
            self._names = np.append(symbols, [f"the vacancy of {element}"] * len(images))
            limit_A = shortest_A(element, element)
            self._limits_A = np.append(self._limits_A, [limit_A] * len(images))
        self._tree = cKDTree(self._around_A)
        self._many = np.arange(1, min(NEIGHBOURS, len(self._around_A)) + 1)

    def neighbours(self, points_A: NDArray[np.float64]) -> list[Neighbour]:
        """The atom that limits the room of each point, shape of the points (n, 3)."""
        distances, index = self._tree.query(points_A, self._many)
        ratios = distances / self._limits_A[index]
        found = []
        for n, worst in enumerate(ratios.argmin(axis=1)):
            which = index[n, worst]
            limit_A = float(self._limits_A[which])
            found.append(Neighbour(str(self._names[which]), float(distances[n, worst]), limit_A))
        return found

    def widened(self, points_A: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points moved up to `WIDENING_A` to where the atom has most room, shape=(n, 3)."""
        best = points_A.copy()
        _, index = self._tree.query(points_A, self._many)
        around, limits = self._around_A[index][:, None], self._limits_A[index][:, None]
        for step_A in WIDENING_STEPS_A:
            trial = np.concatenate([best[:, None], best[:, None] + step_A * _DIRECTIONS], axis=1)
            gaps = np.linalg.norm(trial[:, :, None] - around, axis=3)
            ratios = (gaps / limits).min(axis=2)
            ratios[np.linalg.norm(trial - points_A[:, None], axis=2) > WIDENING_A] = 0.0
            best = trial[np.arange(len(best)), ratios.argmax(axis=1)]
        return best

    def pushes(self, point_A: NDArray[np.float64]) -> NDArray[np.float64]:
        """Displacements of all atoms that bring ions which are too close away, shape=(n, 3)."""
        vectors = self.places_A - point_A
        distances = np.linalg.norm(vectors, axis=1)
        close = np.flatnonzero(self._soft & (distances < self._wanted_A))
        shift = np.zeros((self._atoms, 3))
        excess = (self._wanted_A[close] / distances[close] - 1)[:, None]
        np.add.at(shift, self.owner[close], excess * vectors[close])
        return shift

    def coordination(self, point_A: NDArray[np.float64]) -> int:
        """Number of atoms around a point, up to a quarter farther than the nearest."""
        distances = np.linalg.norm(self.places_A - point_A, axis=1)
        return int((distances < NEIGHBOUR_FACTOR * distances.min()).sum())

    def resting_A(self, point_A: NDArray[np.float64], of: NDArray[np.intp]) -> NDArray[np.float64]:
        """The point lowered along z until the new atom touches one of some atoms, shape=(3,)."""
        chosen = np.isin(self.owner, of)
        gaps = self.places_A[chosen, :2] - point_A[:2]
        rise = np.square(self.touch_A[chosen]) - np.square(gaps).sum(axis=1)
        under = rise > 0
        heights = self.places_A[chosen, 2][under] + np.sqrt(rise[under])
        return np.array([*point_A[:2], heights.max(initial=point_A[2])])


def image_A(
    structure: Structure, operation: Operation, place_A: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Image of a place in the slab, not in its repetition along z, shape=(3,)."""
    atoms = structure.atoms
    moved = operation.apply(np.array([place_A, atoms.positions[0]]))
    height = float(atoms.cell.array[2, 2])
    lift = atoms.positions[operation.permutation[0], 2] - moved[1, 2]
    return np.asarray(moved[0] + [0.0, 0.0, height * round(lift / height)])


def same_place(
    structure: Structure, first: NDArray[np.float64], others: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which places are a place or its image along the surface, shape=(n,)."""
    cell = structure.atoms.cell
    return np.asarray(find_mic(others - first, cell, [True, True, False])[1] < SAME_VOID_A)
