"""Sites on the upper face of a slab, with the symmetry of the slab as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.geometry import find_mic
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, cKDTree

from slabs.composition import site_of
from slabs.errors import InputError
from slabs.molecular_units import molecular_units, unit_names
from slabs.surfaces.slab import layer_numbers
from slabs.surfaces.symmetry import Operation

SITES = {
    "metal-top": "above a metal atom of the outermost layer (L-type bond to Pb)",
    "X-top": "above a halide of the outermost layer",
    "A-top": "above an A cation of the outermost layer",
    "bridge": "between two neighbouring ions of the outermost layer",
    "three-fold": "between three neighbouring ions of the outermost layer",
    "hollow": "hollow of the outermost layer, where the next A cation would sit",
    "A-site": "in place of the A cation that lies highest",
    "X-site": "in place of a halide of the outermost layer, that is in a halide vacancy",
}
#: Sites at which the ligand replaces an ion.
SUBSTITUTIONS = ("A-site", "X-site")
#: Sites a ligand takes by its binding mode if the study names none: the first one that the
#: face has. On A cations a Lewis base stands on one, and a cation points its N-H to a halide.
SITES_OF_BINDING = {"L": ("metal-top", "A-top"), "X": ("X-site",), "A": ("hollow", "X-top")}
#: Stretch and shear of the net through the outermost ions, see `_net`.
NET_STRAINS = [(s * 1e-4, t * 1e-4) for s in (1.0, -1.0) for t in (1.0, -1.0)]
#: Sites closer than this along the surface are the same site.
SAME_SITE_A = 0.1


@dataclass(frozen=True, eq=False)
class Site:
    """A place on the upper face.

    Parameters
    ----------
    kind
        One of `SITES`.
    position_A
        The place, in the height of its ions, shape=(3,), in angstrom.
    atoms
        Indices of the atoms it belongs to: those that a substitution removes, or those
        that the anchor touches.
    orbit
        Sites with the same number are turned into each other by a symmetry of the slab.
    """

    kind: str
    position_A: NDArray[np.float64]
    atoms: tuple[int, ...]
    orbit: int = 0


@dataclass(frozen=True, eq=False)
class _Units:
    """Ions and molecules of a slab: name, site, mean position and layer of each."""

    names: NDArray[np.str_]
    sites: NDArray[np.str_]
    positions: NDArray[np.float64]
    layers: NDArray[np.int_]
    members: tuple[tuple[int, ...], ...]


def _units(slab: Atoms) -> _Units:
    labels = molecular_units(slab)
    layers = layer_numbers(slab)
    by_label = unit_names(slab, labels)
    used = sorted(by_label)
    members = tuple(tuple(np.flatnonzero(labels == n).tolist()) for n in used)
    heavy = [[m for m in group if slab.numbers[m] > 1] or list(group) for group in members]
    return _Units(
        names=np.array([by_label[n] for n in used]),
        sites=np.array([site_of(by_label[n]) for n in used]),
        positions=np.array([slab.positions[group].mean(axis=0) for group in heavy]),
        layers=np.array([layers[group[0]] for group in members]),
        members=members,
    )


def find_sites(slab: Atoms, kind: str, symmetry: Sequence[Operation] = ()) -> list[Site]:
    """All sites of one kind on the upper face of a bare slab.

    Parameters
    ----------
    slab
        Bare slab, with vacancies or without, relaxed or not.
    kind
        One of `SITES`.
    symmetry
        Operations of the slab, which decide the orbit of each site; without any, every
        site is an orbit of its own.

    Raises
    ------
    InputError
        If the kind is unknown or this face has no such site.
    """
    if kind not in SITES:
        raise InputError(f"{kind!r} is not a site; allowed: {', '.join(SITES)}", "site")
    units = _units(slab)
    found = _places(slab, units, kind)
    if not found:
        there = [other for other in SITES if _places(slab, units, other)]
        top = sorted(set(units.names[units.layers == units.layers.max()]))
        raise InputError(
            f"this face, with {', '.join(top)} outermost, has no site {kind!r}; it has:"
            f" {', '.join(there)}",
            "site",
        )
    if kind in ("bridge", "three-fold"):
        found = _closed(found, slab, symmetry)
    return _with_orbits(found, slab, symmetry)


def has_site(slab: Atoms, kind: str) -> bool:
    """Whether the upper face of a slab has a site of this kind."""
    return bool(_places(slab, _units(slab), kind))


def _places(slab: Atoms, units: _Units, kind: str) -> list[Site]:
    highest = units.layers.max()
    top = units.layers == highest

    def on(where: NDArray[np.bool_]) -> list[Site]:
        return [Site(kind, units.positions[n], units.members[n]) for n in np.flatnonzero(where)]

    letter = {"metal-top": "B", "X-top": "X", "A-top": "A"}.get(kind)
    if letter:
        return on(top & (units.sites == letter))
    if kind in SUBSTITUTIONS:
        of_kind = units.sites == kind[0]
        if kind == "A-site" and of_kind.any():
            return on(of_kind & (units.layers == units.layers[of_kind].max()))
        return on(of_kind & top)
    height = float(units.positions[top, 2].mean())
    if kind == "hollow":
        if (units.sites[top] == "A").any():
            return []  # the A cations are there already
        below = (units.sites == "A") & (units.layers == highest - 1)
        places = [units.positions[n] for n in np.flatnonzero(below)]
        return [Site(kind, np.array([*p[:2], height]), ()) for p in places]
    return _between(slab, units, np.flatnonzero(top), kind)


def _between(slab: Atoms, units: _Units, top: NDArray[np.intp], kind: str) -> list[Site]:
    """Middles of the edges or of the triangles of a Delaunay net through the outermost layer."""
    cell = slab.cell.array
    span = [int(np.ceil(12.0 / np.linalg.norm(v))) for v in cell[:2]]
    shifts = [
        i * cell[0] + j * cell[1]
        for i in range(-span[0], span[0] + 1)
        for j in range(-span[1], span[1] + 1)
    ]
    points = np.concatenate([units.positions[top] + s for s in shifts])
    owner = np.tile(top, len(shifts))
    size = 2 if kind == "bridge" else 3
    corners = np.concatenate([_net(points, strain, size) for strain in NET_STRAINS])
    middles = points[corners].mean(axis=1)
    fractions = np.linalg.solve(cell.T, middles.T).T[:, :2]
    inside = ((fractions > -1e-6) & (fractions < 1 - 1e-6)).all(axis=1)
    kept: list[Site] = []
    for middle, ends in zip(middles[inside], corners[inside], strict=True):
        if not any(_same_place(middle, s.position_A, slab) for s in kept):
            members = tuple(m for e in ends for m in units.members[owner[e]])
            kept.append(Site(kind, middle, tuple(dict.fromkeys(members))))
    return sorted(kept, key=lambda s: tuple(s.position_A.round(3)))


def _closed(sites: list[Site], slab: Atoms, symmetry: Sequence[Operation]) -> list[Site]:
    """The sites and all their images: a net that cuts polygons in one way misses some."""
    found = list(sites)
    for operation in symmetry:
        if operation.keeps_normal:
            images = operation.apply(np.array([s.position_A for s in sites]))
            for image, site in zip(images, sites, strict=True):
                known = np.array([s.position_A for s in found])
                if lateral_distance_A(slab, image, known).min() > SAME_SITE_A:
                    atoms = tuple(int(operation.permutation[n]) for n in site.atoms)
                    found.append(Site(site.kind, image, atoms))
    return found


def _net(points: NDArray[np.float64], strain: Sequence[float], size: int) -> NDArray[np.intp]:
    """Edges or triangles of a Delaunay net, shape=(n, size).

    A minute strain decides how squares are cut, whichever way rounding falls; with other
    signs they are cut along the other diagonal.
    """
    stretch, shear = strain
    matrix = np.array([[1.0 + stretch, shear], [2 * shear, 1.0]])
    triangles = Delaunay(points[:, :2] @ matrix).simplices
    if size == 3:
        return np.asarray(triangles)
    return np.concatenate([triangles[:, pair] for pair in ([0, 1], [1, 2], [0, 2])])


def _same_place(first: NDArray[np.float64], second: NDArray[np.float64], slab: Atoms) -> bool:
    return bool(lateral_distance_A(slab, first, second[None])[0] < SAME_SITE_A)


def lateral_distance_A(
    slab: Atoms, point: NDArray[np.float64], others: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Distances along the surface, nearest images, in angstrom, shape=(n,)."""
    gaps = others - point
    gaps[:, 2] = 0.0
    return np.asarray(find_mic(gaps, slab.cell, [True, True, False])[1])


def _with_orbits(sites: list[Site], slab: Atoms, symmetry: Sequence[Operation]) -> list[Site]:
    """The sites with their orbits, numbered in the order of the first site of each."""
    places = np.array([s.position_A for s in sites])
    flat = np.linalg.inv(slab.cell.array[:2, :2])
    inside = 0.01  # keeps sites off the boundary, where rounding would move them across
    tree = cKDTree((places[:, :2] @ flat + inside) % 1.0, boxsize=1.0)
    pairs = [np.array([np.arange(len(sites))] * 2)]
    for operation in symmetry:
        if operation.keeps_normal:
            images = operation.apply(places)
            _, partner = tree.query((images[:, :2] @ flat + inside) % 1.0)
            gaps = (images - places[partner]) * [1.0, 1.0, 0.0]
            _, distance = find_mic(gaps, slab.cell, [True, True, False])
            same = distance < SAME_SITE_A
            pairs.append(np.array([np.flatnonzero(same), partner[same]]))
    i, j = np.concatenate(pairs, axis=1)
    graph = coo_array((np.ones(len(i)), (i, j)), shape=(len(sites), len(sites)))
    orbit = connected_components(graph, directed=False)[1]
    names = {old: new for new, old in enumerate(dict.fromkeys(orbit.tolist()))}
    return [
        Site(s.kind, s.position_A, s.atoms, names[int(o)])
        for s, o in zip(sites, orbit, strict=True)
    ]
