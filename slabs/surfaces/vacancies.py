"""Ions that a point defect removes or replaces: which are distinct, in which layer they lie.

A crystal that repeats in three directions has no layers: all of its ions count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, chemical_symbols
from ase.formula import Formula
from ase.geometry import find_mic, get_distances, minkowski_reduce
from numpy.typing import NDArray

from slabs.composition import site_of
from slabs.elements import MOLECULAR_CATIONS
from slabs.errors import InputError
from slabs.molecular_units import ion_sites, molecular_units, unit_names
from slabs.structure import SURFACE_GROUP, Structure
from slabs.surfaces.slab import layer_numbers
from slabs.surfaces.symmetry import Operation, operations

DEPTHS = {
    "surface": "the outermost layer of the upper face that holds the ion",
    "subsurface": "the next one below it that holds the ion, down to the middle of the slab",
    "middle": "the layer nearest to the middle of the slab that holds the ion, if it is neither of"
    " these",
}
AXES = ("x", "y", "z")
#: Neighbours are the atoms up to this factor farther than the nearest one.
NEIGHBOUR_FACTOR = 1.25
#: Atoms that were added are found within this distance of where they were put.
SAME_ATOM_A = 1.0
#: Periodic images around a cell, in units of its vectors.
_AROUND = np.array(list(product((-1, 0, 1), repeat=3)))


@dataclass(frozen=True, eq=False)
class DefectSite:
    """A place for a point defect, standing for all that a symmetry turns into it.

    Parameters
    ----------
    place_A
        Where it is: the ion, or the middle of the heavy atoms of a molecular one, shape=(3,).
    atoms
        Indices of the ion that is there; none in an interstice or above the face.
    ion
        Name of that ion, such as ``"I"`` or ``"MA"``; empty without one.
    depth_A
        Its distance below the highest atom of the surface; negative above it, and without a
        meaning in a crystal.
    coordination
        Number of metal neighbours for a halide, of halide neighbours for a metal or an
        A cation; of neighbours of any kind without an ion.
    bridge_axis
        Axis along which its bonds run most, ``"x"``, ``"y"`` or ``"z"``.
    ligand_distance_A
        Distance from the nearest atom of a ligand (or of an earlier defect); infinite
        without any.
    multiplicity
        Number of places in the cell, on both faces, that it stands for.
    """

    place_A: NDArray[np.float64]
    atoms: tuple[int, ...]
    ion: str
    depth_A: float
    coordination: int
    bridge_axis: str
    ligand_distance_A: float
    multiplicity: int

    @property
    def atom(self) -> int:
        """Index of the ion, or of the first atom of a molecular one."""
        return self.atoms[0]


@dataclass(frozen=True, eq=False)
class HostIons:
    """The ions of a slab without ligands and without atoms that defects added.

    Parameters
    ----------
    members
        Indices of the atoms of each ion, one or those of a molecule.
    names
        Names of the ions, as `slabs.composition.unit_names` has them.
    places_A
        Where they are, see `DefectSite`, shape=(n, 3).
    layers
        Number of the layer of each, counted from the lowest, shape=(n,).
    heights_A
        Mean height of each layer, lowest first, shape=(layers,).
    """

    members: tuple[tuple[int, ...], ...]
    names: tuple[str, ...]
    places_A: NDArray[np.float64]
    layers: NDArray[np.int_]
    heights_A: NDArray[np.float64]


def host_ions(structure: Structure) -> HostIons:
    """The ions of a slab that defects can be made of."""
    own = np.setdiff1d(structure.indices(SURFACE_GROUP), added_atoms(structure))
    slab = structure.atoms[own]
    labels, layers = molecular_units(slab), layer_numbers(slab)
    by_label = unit_names(slab, labels)
    groups = [np.flatnonzero(labels == label) for label in dict.fromkeys(labels.tolist())]
    heavy = [g[slab.numbers[g] > 1] if (slab.numbers[g] > 1).any() else g for g in groups]
    return HostIons(
        tuple(tuple(own[g].tolist()) for g in groups),
        tuple(by_label[int(labels[g[0]])] for g in groups),
        np.array([slab.positions[g].mean(axis=0) for g in heavy]),
        layers[[g[0] for g in groups]],
        np.array([slab.positions[layers == n, 2].mean() for n in range(layers.max() + 1)]),
    )


def added_atoms(structure: Structure) -> NDArray[np.intp]:
    """Indices of the atoms that defects added or put in place of others, shape=(n,)."""
    atoms, found = structure.atoms, []
    for element, place in structure.added:
        _, gaps = find_mic(atoms.positions - np.array(place), atoms.cell, atoms.pbc)
        gaps[atoms.numbers != atomic_numbers[element]] = np.inf
        if gaps.min(initial=np.inf) < SAME_ATOM_A:
            found.append(int(gaps.argmin()))
    return np.array(sorted(found), dtype=np.intp)


def ion_name(text: str) -> str:
    """An ion as `slabs.composition.unit_names` calls it: an element, MA, FA, GA, or its formula.

    Raises
    ------
    InputError
        If the text is neither an element nor a formula.

    Examples
    --------
    >>> ion_name("I"), ion_name("MA"), ion_name("CH3NH3"), ion_name("NH4")
    ('I', 'MA', 'MA', 'H4N')
    """
    if text in chemical_symbols[1:] or text in MOLECULAR_CATIONS:
        return text
    try:
        formula = Formula(text)
        known = set(formula.count()) <= set(chemical_symbols[1:]) and len(formula) > 1
    except ValueError:
        known = False
    if not known:
        raise InputError(
            f"{text!r} is not a chemical element or a molecular ion such as 'MA' or 'CH6N'",
            "element",
        )
    hill = str(formula.format("hill"))
    return next((name for name, cation in MOLECULAR_CATIONS.items() if cation.hill == hill), hill)


def layer_at(depth: str, holding: Sequence[int], highest: int, what: str) -> int:
    """Number of the layer that a depth names.

    Parameters
    ----------
    depth
        One of `DEPTHS`.
    holding
        Numbers of the layers that hold what is looked for.
    highest
        Number of the outermost layer of the upper face, counted from 0 for the lowest.
    what
        What is looked for, for messages.

    Raises
    ------
    InputError
        If no layer has this depth, or one that has another name already.
    """
    if depth not in DEPTHS:
        raise InputError(f"{depth!r} is not a depth; allowed: {', '.join(DEPTHS)}", "depth")
    # Layers below the middle belong to the lower face.
    upper = sorted((n for n in set(holding) if 2 * n >= highest), reverse=True)
    named = dict(zip(DEPTHS, upper[:2], strict=False))
    if depth != "middle":
        if depth not in named:
            there = f"it has: {', '.join(named)}" if named else f"{what} is in its lower half only"
            raise InputError(
                f"the slab of {highest + 1} layers has no {depth} layer with {what} above its"
                f" middle; {there}",
                "depth",
            )
        return named[depth]
    middle = min(holding, key=lambda n: (abs(2 * n - highest), -n))
    for name, layer in named.items():
        if layer == middle:
            raise InputError(
                f"the layer with {what} nearest to the middle of this slab of {highest + 1} layers"
                f" is the {name} layer; give depth = {name!r} or more layers",
                "depth",
            )
    return middle


def ions_at(structure: Structure, ions: HostIons, name: str, depth: str) -> list[int]:
    """Numbers of the ions of one name in the layer of a depth."""
    chosen = [n for n, each in enumerate(ions.names) if each == name]
    if not chosen:
        others = [n for n in dict.fromkeys(ions.names) if n not in chemical_symbols]
        inside = [n for n in others if name in (Formula(_hill(n)).count())]
        if inside:
            raise InputError(
                f"{name} is part of {inside[0]}, which leaves as a whole: give {inside[0]!r}"
                f" instead of {name!r}",
                "element",
            )
        there = ", ".join(sorted(set(ions.names)))
        what = "crystal" if structure.atoms.pbc.all() else "slab"
        raise InputError(f"the {what} has no {name}; its ions: {there}", "element")
    if structure.atoms.pbc.all():
        return chosen
    emptied = [place[2] for ion, place in structure.vacancies if ion == name]
    holding = {int(ions.layers[n]) for n in chosen} | {
        int(np.abs(ions.heights_A - z).argmin()) for z in emptied
    }
    layer = layer_at(depth, sorted(holding), len(ions.heights_A) - 1, name)
    chosen = [n for n in chosen if ions.layers[n] == layer]
    if not chosen:
        raise InputError(f"the {depth} layer has no {name} left", "depth")
    return chosen


def _hill(name: str) -> str:
    return MOLECULAR_CATIONS[name].hill if name in MOLECULAR_CATIONS else name


def bonded_to(
    structure: Structure,
    place_A: NDArray[np.float64],
    letter: str,
    kind: NDArray[np.str_] | None = None,
    without: Sequence[int] = (),
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The ions of some sites that are nearest to a place: indices and the vectors to them.

    An ion and its periodic image are two neighbours.

    Parameters
    ----------
    structure
        Slab with or without ligands.
    place_A
        The place, shape=(3,).
    letter
        Site of the ions, ``"A"``, ``"B"`` or ``"X"``.
    kind
        Sites of all atoms, if they are known already.
    without
        Indices of atoms that do not count.
    """
    atoms = structure.atoms
    surface = np.setdiff1d(structure.indices(SURFACE_GROUP), np.array(without, dtype=np.intp))
    kind = ion_sites(atoms) if kind is None else kind
    near = surface[kind[surface] == letter]
    if not len(near):
        return np.zeros(0, dtype=np.intp), np.zeros((0, 3))
    first, _ = find_mic(atoms.positions[near] - place_A, atoms.cell, atoms.pbc)
    along = _AROUND if atoms.pbc[2] else _AROUND[_AROUND[:, 2] == 0]
    shifts = along @ atoms.cell.array
    vectors = (first[:, None] + shifts).reshape(-1, 3)
    lengths = np.linalg.norm(vectors, axis=1)
    close = np.flatnonzero(lengths < NEIGHBOUR_FACTOR * lengths.min())
    return np.asarray(near[close // len(shifts)]), vectors[close]


def image_distance_A(atoms: Atoms) -> float:
    """Distance between a point of a crystal and its nearest periodic image in angstrom."""
    reduced, _ = minkowski_reduce(atoms.cell.array)
    return float(np.linalg.norm(reduced, axis=1).min())


def distance_to_others_A(structure: Structure, place_A: NDArray[np.float64]) -> float:
    """Distance from the nearest atom of a ligand or earlier defect; infinite without any."""
    atoms = structure.atoms
    ligands = np.array(structure.groups) != SURFACE_GROUP
    others = np.concatenate(
        [atoms.positions[ligands], structure.vacancies_A, structure.added_A], axis=0
    )
    if not len(others):
        return np.inf
    return float(get_distances(place_A[None], others, cell=atoms.cell, pbc=atoms.pbc)[1].min())


def by_distance(found: Sequence[DefectSite], near: str) -> list[DefectSite]:
    """Sites by their distance from ligands and earlier defects, else in their order."""
    sign = 1.0 if near == "nearest" else -1.0
    far = [site.ligand_distance_A for site in found]
    order = sorted(
        range(len(found)),
        key=lambda n: (sign * round(far[n], 3) if np.isfinite(far[n]) else 0.0, n),
    )
    return [found[n] for n in order]


def distinct_vacancies(
    structure: Structure,
    element: str,
    depth: str = "surface",
    *,
    near: str = "nearest",
    bridge_axis: str | None = None,
    symmetry: Sequence[Operation] | None = None,
) -> list[DefectSite]:
    """Symmetry-distinct ions of one depth, by their distance from ligands and defects.

    Parameters
    ----------
    structure
        Slab with or without ligands; its symmetry is taken as it is.
    element
        What is removed or replaced: an element, or a molecular ion, see `ion_name`.
    depth
        One of `DEPTHS`.
    near
        ``"nearest"`` or ``"farthest"``: which comes first.
    bridge_axis
        Only ions whose bonds run along ``"x"``, ``"y"`` or ``"z"``. In a cell that is not
        square these are different vacancies.
    symmetry
        Operations of the structure, if they are known already.

    Raises
    ------
    InputError
        If the slab has no such ion, or if the element is part of a molecular one.
    """
    name = ion_name(element)
    ions = host_ions(structure)
    chosen = ions_at(structure, ions, name, depth)
    atoms = structure.atoms
    symmetry = operations(atoms) if symmetry is None else symmetry
    owner = {index: n for n, members in enumerate(ions.members) for index in members}
    kind = ion_sites(atoms)
    letter = "B" if site_of(name) == "X" else "X"
    top = atoms.positions[sorted(owner), 2].max()
    left = set(chosen)
    found = []
    for number in chosen:
        if number not in left:
            continue
        members, place = ions.members[number], ions.places_A[number]
        orbit = {owner.get(int(op.permutation[members[0]]), number) for op in symmetry} | {number}
        left -= orbit
        bonded, vectors = bonded_to(structure, place, letter, kind)
        axis = AXES[int(np.square(vectors).sum(axis=0).argmax())] if len(bonded) else "z"
        gap = distance_to_others_A(structure, place)
        depth_A = float(top - place[2])
        found.append(DefectSite(place, members, name, depth_A, len(bonded), axis, gap, len(orbit)))
    if bridge_axis is not None:
        found = [site for site in found if site.bridge_axis == bridge_axis]
        if not found:
            raise InputError(
                f"no {name} of the {depth} layer bridges two metal atoms along {bridge_axis}",
                "bridge_axis",
            )
    return by_distance(found, near)
