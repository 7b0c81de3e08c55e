"""Vacancies on slabs."""

from __future__ import annotations

import numpy as np
from ase.geometry import get_distances
from numpy.typing import NDArray

from slabs.errors import InputError
from slabs.structure import SURFACE_GROUP, Structure
from slabs.surface import layer_numbers

DEPTHS = ("surface", "subsurface")
AXES = ("x", "y", "z")
#: Neighbours are the atoms up to this factor farther than the nearest one.
NEIGHBOUR_FACTOR = 1.15


def vacancy_candidates(
    structure: Structure, element: str, depth: str = "surface"
) -> NDArray[np.intp]:
    """Indices of the slab atoms that may be removed, shape=(n,).

    Parameters
    ----------
    structure
        Slab with or without ligands.
    element
        Element to be removed.
    depth
        ``"surface"``: the outermost layer of the upper face that contains the element;
        ``"subsurface"``: the next one below it.
    """
    surface = structure.indices(SURFACE_GROUP)
    slab = structure.atoms[surface]
    layers = layer_numbers(slab)
    of_element = np.array(slab.get_chemical_symbols()) == element
    with_element = sorted({int(n) for n in layers[of_element]}, reverse=True)
    place = DEPTHS.index(depth) if depth in DEPTHS else len(DEPTHS)
    if place >= len(DEPTHS):
        raise InputError(f"{depth!r} is not a depth; allowed: {', '.join(DEPTHS)}", "depth")
    if place >= len(with_element):
        raise InputError(f"the slab has no {depth} layer with {element}", "element")
    return np.asarray(surface[of_element & (layers == with_element[place])])


def _bonded(structure: Structure, index: int) -> NDArray[np.intp]:
    """Indices of the nearest atoms of the slab that are of another element."""
    atoms = structure.atoms
    surface = structure.indices(SURFACE_GROUP)
    surface = surface[atoms.numbers[surface] != atoms.numbers[index]]
    _, d = get_distances(
        atoms.positions[surface], atoms.positions[[index]], cell=atoms.cell, pbc=atoms.pbc
    )
    return np.asarray(surface[d[:, 0] < NEIGHBOUR_FACTOR * d.min()])


def _bridge_axis(structure: Structure, index: int) -> str:
    """Axis along which the bonds of an atom run most, ``"x"``, ``"y"`` or ``"z"``."""
    atoms = structure.atoms
    bonded = _bonded(structure, index)
    vectors, _ = get_distances(
        atoms.positions[[index]], atoms.positions[bonded], cell=atoms.cell, pbc=atoms.pbc
    )
    return AXES[int(np.square(vectors[0]).sum(axis=0).argmax())]


def remove_atom(
    structure: Structure,
    element: str,
    depth: str = "surface",
    near: str = "nearest",
    bridge_axis: str | None = None,
) -> tuple[Structure, int]:
    """Remove one neutral atom and leave its electrons behind.

    Parameters
    ----------
    structure
        Slab with or without ligands; it is not changed.
    element, depth
        See `vacancy_candidates`.
    near
        ``"nearest"`` or ``"farthest"``: which of the equivalent atoms, by its distance
        from the ligands. Without a ligand the first one is taken.
    bridge_axis
        Only atoms whose metal-halide-metal bridge runs along ``"x"``, ``"y"`` or ``"z"``.
        In a cell that is not square these are different vacancies.

    Raises
    ------
    InputError
        If the slab has no such atom.

    Returns
    -------
    Structure
        The structure without the atom. The metal neighbours of the vacancy carry the
        starting magnetic moment, 1 Bohr magneton in all.
    int
        Index that the removed atom had.
    """
    candidates = vacancy_candidates(structure, element, depth)
    atoms = structure.atoms
    if bridge_axis is not None:
        along = [n for n in candidates if _bridge_axis(structure, int(n)) == bridge_axis]
        if not along:
            raise InputError(
                f"no {element} of the {depth} layer bridges two metal atoms along {bridge_axis}",
                "bridge_axis",
            )
        candidates = np.array(along)
    ligand = np.flatnonzero(np.array(structure.groups) != SURFACE_GROUP)
    chosen = int(candidates[0])
    if len(ligand):
        _, d = get_distances(
            atoms.positions[candidates], atoms.positions[ligand], cell=atoms.cell, pbc=atoms.pbc
        )
        gap = d.min(axis=1).round(4)
        chosen = int(candidates[gap.argmin() if near == "nearest" else gap.argmax()])
    neighbours = _bonded(structure, chosen)
    left = atoms.copy()
    moments = np.zeros(len(left))
    if len(neighbours):
        moments[neighbours] = 1.0 / len(neighbours)
    left.set_initial_magnetic_moments(moments)
    del left[chosen]
    groups = tuple(g for n, g in enumerate(structure.groups) if n != chosen)
    note = f"neutral {element} vacancy, {depth} layer"
    if bridge_axis is not None:
        note += f", bridge along {bridge_axis}"
    if len(ligand):
        note += f", {near} to the ligands"
    vacant = Structure(left, groups, structure.charge, (*structure.notes, note), structure.ligands)
    return vacant, chosen
