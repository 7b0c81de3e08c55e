"""Places where a slab has room for one more atom: interstices and places on the upper face."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import QhullError, Voronoi

from slabs.adsorption.sites import SUBSTITUTIONS, find_sites, has_site
from slabs.errors import InputError
from slabs.structure import SURFACE_GROUP, Structure
from slabs.surfaces.room import Room, check_element, image_A, is_anion, same_place
from slabs.surfaces.symmetry import Operation, operations
from slabs.surfaces.vacancies import (
    DefectSite,
    added_atoms,
    by_distance,
    distance_to_others_A,
    host_ions,
    layer_at,
)

#: Spheres that are narrower than this share of what is needed are not looked at.
NARROWEST = 0.75
#: Sites of the face that an added atom takes: the first kind that the face has.
FACE_SITES = {"anion": ("metal-top", "A-top"), "cation": ("hollow", "X-top")}


def _distinct(
    structure: Structure, places: NDArray[np.float64], symmetry: Sequence[Operation]
) -> list[tuple[int, int]]:
    """Number of the first place of each orbit, and how many places the orbit has."""
    found, left = [], np.ones(len(places), dtype=bool)
    for n, place in enumerate(places):
        if not left[n]:
            continue
        images = np.array([place, *(image_A(structure, op, place) for op in symmetry)])
        different: list[NDArray[np.float64]] = []
        for image in images:
            left &= ~same_place(structure, image, places)
            if not different or not same_place(structure, image, np.array(different)).any():
                different.append(image)
        found.append((n, len(different)))
    return found


def _empty_spheres_A(structure: Structure, room: Room) -> NDArray[np.float64]:
    """Middles of the empty spheres of a slab: corners of its Voronoi cells, shape=(n, 3)."""
    atoms = structure.atoms
    try:
        corners = Voronoi(room.places_A).vertices
    except QhullError:  # a single flat layer encloses nothing
        return np.zeros((0, 3))
    inside = 0.01  # keeps corners off the boundary, where rounding would move them across
    fractions = np.linalg.solve(atoms.cell.array.T, corners.T).T[:, :2] + inside
    z = atoms.positions[structure.indices(SURFACE_GROUP), 2]
    kept = ((fractions >= 0) & (fractions < 1)).all(axis=1)
    kept &= (corners[:, 2] > z.min() - inside) & (corners[:, 2] < z.max() + inside)
    corners = corners[kept]
    # Where more than four atoms are equally far away, a corner comes several times.
    _, first = np.unique(corners.round(1) + 0.0, axis=0, return_index=True)
    corners = corners[first]
    return np.asarray(corners[np.lexsort(corners.T.round(2))])


def _inside(
    structure: Structure, moved_A: NDArray[np.float64], before_A: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Places that were moved, but for those that left the slab, shape=(n, 3)."""
    z = structure.atoms.positions[structure.indices(SURFACE_GROUP), 2]
    left = (moved_A[:, 2] < z.min()) | (moved_A[:, 2] > z.max())
    return np.where(left[:, None], before_A, moved_A)


def interstices(
    structure: Structure,
    element: str,
    depth: str = "surface",
    *,
    near: str = "nearest",
    symmetry: Sequence[Operation] | None = None,
) -> list[DefectSite]:
    """Symmetry-distinct interstices of one depth that have room for an atom, the widest first.

    They are the middles of the largest empty spheres, the corners of Voronoi cells
    (Okabe et al., Spatial Tessellations, Wiley 2000), and belong to the nearest layer.

    Parameters
    ----------
    structure
        Slab with or without ligands; its symmetry is taken as it is.
    element
        Element of the new atom.
    depth
        One of `slabs.surfaces.vacancies.DEPTHS`.
    near
        ``"nearest"`` or ``"farthest"`` from ligands and earlier defects: which comes first.
    symmetry
        Operations of the structure, if they are known already.

    Raises
    ------
    InputError
        If there is no room at that depth.
    """
    check_element(element)
    symmetry = operations(structure.atoms) if symmetry is None else symmetry
    ions, room = host_ions(structure), Room(structure, element)
    places = _empty_spheres_A(structure, room)
    limits = room.neighbours(places) if len(places) else []
    narrow = [n for n, limit in enumerate(limits) if NARROWEST <= limit.ratio < 1]
    if narrow:
        places[narrow] = _inside(structure, room.widened(places[narrow]), places[narrow])
        limits = room.neighbours(places)
    wide = [n for n, limit in enumerate(limits) if limit.ratio >= 1]
    if not wide:
        why = "its layers enclose no interstice"
        if limits:
            best = max(limits, key=lambda limit: limit.ratio)
            why = (
                f"at best it would be {best.distance_A:.2f} A from {best.symbol}; at least"
                f" {best.shortest_A:.2f} A"
            )
        raise InputError(f"the slab has no interstice for {element}: {why}", "element")
    # Halfway between two layers it belongs to the lower one, whichever way rounding falls.
    layers = np.abs(places[wide][:, 2:] - ions.heights_A).round(1).argmin(axis=1)
    chosen = layer_at(
        depth, layers.tolist(), len(ions.heights_A) - 1, f"an interstice for {element}"
    )
    here = [n for n, layer in zip(wide, layers, strict=True) if layer == chosen]
    here.sort(key=lambda n: (-round(limits[n].ratio, 3), n))
    places, limits = places[here], [limits[n] for n in here]
    top = float(structure.atoms.positions[[m for i in ions.members for m in i], 2].max())
    found = [
        _site(structure, room, places[n], top, multiplicity)
        for n, multiplicity in _distinct(structure, places, symmetry)
    ]
    return by_distance(found, near)


def _site(
    structure: Structure, room: Room, place_A: NDArray[np.float64], top_A: float, count: int
) -> DefectSite:
    gap = distance_to_others_A(structure, place_A)
    around = room.coordination(place_A)
    depth_A = round(float(top_A - place_A[2]), 6) + 0.0
    return DefectSite(place_A, (), "", depth_A, around, "z", gap, count)


def default_face_site(structure: Structure, element: str) -> str:
    """Kind of site that an added atom takes if none is named: where its next layer would be."""
    kinds = FACE_SITES["anion" if is_anion(element) else "cation"]
    slab = structure.atoms[structure.indices(SURFACE_GROUP)]
    there = [kind for kind in kinds if element != "H" and has_site(slab, kind)]
    return there[0] if there else "X-top"


def face_places(
    structure: Structure,
    element: str,
    site: str | None = None,
    *,
    near: str = "nearest",
    symmetry: Sequence[Operation] | None = None,
) -> list[DefectSite]:
    """Symmetry-distinct places of one kind on the upper face for an adatom.

    Its height is that at which it touches the first atom of the slab, see `touch_A`.

    Parameters
    ----------
    structure
        Slab with or without ligands; its symmetry is taken as it is.
    element
        Element of the adatom.
    site
        One of `slabs.adsorption.sites.SITES` at which nothing is replaced; default: see
        `default_face_site`.
    near, symmetry
        See `interstices`.

    Raises
    ------
    InputError
        If the face has no such site, or ligands and earlier defects leave no room.
    """
    check_element(element)
    if site in SUBSTITUTIONS:
        raise InputError(f"an adatom replaces nothing, but {site!r} is the site of an ion", "site")
    symmetry = operations(structure.atoms) if symmetry is None else symmetry
    slab = np.setdiff1d(structure.indices(SURFACE_GROUP), added_atoms(structure))
    kind = site or default_face_site(structure, element)
    room = Room(structure, element)
    places = np.array(
        [room.resting_A(each.position_A, slab) for each in find_sites(structure.atoms[slab], kind)]
    )
    limits = room.neighbours(places)
    free = [n for n, limit in enumerate(limits) if limit.ratio >= 1]
    if not free:
        best = max(limits, key=lambda limit: limit.ratio)
        raise InputError(
            f"no site {kind!r} has room for {element}: at best it would be"
            f" {best.distance_A:.2f} A from {best.symbol}; at least {best.shortest_A:.2f} A",
            "site",
        )
    top = float(structure.atoms.positions[slab, 2].max())
    upward = [op for op in symmetry if op.keeps_normal]
    found = [
        _site(structure, room, places[free][n], top, multiplicity)
        for n, multiplicity in _distinct(structure, places[free], upward)
    ]
    return by_distance(found, near)
