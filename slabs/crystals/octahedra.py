"""Octahedra of the B-X network: which are complete, how distorted, how tilted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
from ase import Atoms
from scipy.spatial.transform import Rotation

from slabs.crystals.network import Bonds, Floats, Indices, angles_between_deg

#: Two bonds of one metal are trans above this angle.
TRANS_ANGLE_DEG = 135.0
#: Octahedra share a corner above this B-X-B angle (tilts up to 32 degrees), below an edge.
CORNER_ANGLE_DEG = 115.0
#: Below this rms tilt in degree neither phase of the tilts means anything.
SMALLEST_TILT_DEG = 0.1
_PERMUTATIONS = np.array(list(permutations(range(3))))


def full_octahedra(bonds: Bonds) -> Indices:
    """Bonds of each full octahedron as three trans pairs, shape=(n, 3, 2)."""
    full = np.bincount(bonds.metal)[bonds.metal] == 6
    six = np.flatnonzero(full).reshape(-1, 6)
    directions = bonds.direction[six]
    cosines = directions @ directions.swapaxes(1, 2)
    partner = cosines.argmin(axis=2)
    # Six neighbours can also form a prism: each bond needs one trans bond of its own.
    mutual = np.take_along_axis(partner, partner, axis=1) == np.arange(6)
    straight = cosines.min(axis=2) < np.cos(np.radians(TRANS_ANGLE_DEG))
    good = (mutual & straight).all(axis=1)
    six, partner = six[good], partner[good]
    once = np.arange(6) < partner
    heads, tails = six[once], np.take_along_axis(six, partner, axis=1)[once]
    return np.stack([heads, tails], axis=-1).reshape(-1, 3, 2)


def angle_variances_deg2(bonds: Bonds, octahedra: Indices) -> Floats:
    """Bond-angle variance of each octahedron, see `slabs.crystals.metrics.Metrics`, shape=(n,)."""
    directions = bonds.direction[octahedra]
    total = np.zeros(len(octahedra))
    for one, other in combinations(range(3), 2):
        cosines = directions[:, one] @ directions[:, other].swapaxes(1, 2)
        total += ((angles_between_deg(cosines) - 90.0) ** 2).sum(axis=(1, 2))
    return total / 11


def _links(bonds: Bonds, pairs: Indices, angles_deg: Floats) -> tuple[Floats, Indices]:
    """For each bond the vector to the metal behind the shared corner, and that metal.

    The vectors have shape=(n, 3), in angstrom; zero and -1 where no corner is shared.
    """
    vectors = np.zeros_like(bonds.vector_A)
    metals = np.full(len(bonds.metal), -1)
    corner = pairs[angles_deg > CORNER_ANGLE_DEG]
    for here, there in (corner.T, corner.T[::-1]):
        vectors[here] = bonds.vector_A[here] - bonds.vector_A[there]
        metals[here] = bonds.metal[there]
    return vectors, metals


def _diagonals(bonds: Bonds, octahedra: Indices) -> Floats:
    """Unit vectors between trans halides, free of any shift of B, shape=(n, 3, 3)."""
    vectors = bonds.vector_A[octahedra]
    diagonals = vectors[:, :, 0] - vectors[:, :, 1]
    return np.asarray(diagonals / np.linalg.norm(diagonals, axis=2, keepdims=True))


def _nearest_rotations(matrices: Floats) -> Floats:
    """Proper rotation nearest to each matrix in the least-squares sense."""
    u, _, vt = np.linalg.svd(matrices)
    u[..., :, 2] *= np.linalg.det(u @ vt)[..., None]
    return np.asarray(u @ vt)


def _aligned(octahedra: Indices, diagonals: Floats, axes: Floats) -> Indices:
    """Reorder the bonds so that pair k lies along axis k, the first bond pointing along it."""
    along = diagonals @ axes.T
    score = (along[:, _PERMUTATIONS, np.arange(3)] ** 2).sum(axis=2)
    best = _PERMUTATIONS[score.argmax(axis=1)]
    rows = np.arange(len(octahedra))[:, None]
    ordered = octahedra[rows, best]
    backward = along[rows, best, np.arange(3)] < 0
    return np.asarray(np.where(backward[:, :, None], ordered[:, :, ::-1], ordered))


def _mean_axes(bonds: Bonds, octahedra: Indices, links_A: Floats) -> Floats:
    """Orthonormal axes along the mean B-B vectors of aligned octahedra, shape=(3, 3)."""
    ahead, behind = links_A[octahedra].sum(axis=0).swapaxes(0, 1)
    axes = ahead - behind
    lengths = np.linalg.norm(axes, axis=1)
    linked = lengths > 1e-6
    axes[linked] /= lengths[linked, None]
    # A sheet or a chain has no B-B vectors along some axes: there the halides decide,
    # within the space the known axes leave.
    rest = _diagonals(bonds, octahedra).sum(axis=0)[~linked]
    rest -= rest @ np.linalg.pinv(axes[linked]) @ axes[linked]
    axes[~linked] = rest / np.linalg.norm(rest, axis=1, keepdims=True)
    u, _, vt = np.linalg.svd(axes)
    return np.asarray(u @ vt)


def _labelled(axes: Floats, atoms: Atoms) -> Floats:
    """Name the axes x, y, z after the cell, so that the names turn with the crystal."""
    a, b, c = atoms.cell.array
    if not atoms.pbc[2]:
        c = np.cross(a, b)
    a, b, c = (v / np.linalg.norm(v) for v in (a, b, c))
    # Along [110] or [111] axes are equally near; small admixtures settle the tie.
    towards_z, towards_x = c + 1e-2 * a + 1e-4 * b, a + 1e-2 * b
    along = axes @ towards_z
    last = int(np.abs(along).argmax())
    z = axes[last] * np.sign(along[last])
    others = np.delete(axes, last, axis=0)
    along = others @ towards_x
    first = int(np.abs(along).argmax())
    x = others[first] * np.sign(along[first])
    return np.array([x, np.cross(z, x), z])


def _pseudocubic_axes(
    atoms: Atoms, bonds: Bonds, octahedra: Indices, links_A: Floats
) -> Floats | None:
    shared = links_A[octahedra].any(axis=3).sum(axis=(1, 2))
    if not shared.any():
        return None
    # B-B vectors, unlike B-X, hardly turn with the tilts: a safe start for the assignment.
    start = octahedra[[shared.argmax()]]
    axes = _mean_axes(bonds, start, links_A)
    aligned = _aligned(octahedra, _diagonals(bonds, octahedra), axes)
    return _labelled(_mean_axes(bonds, aligned, links_A), atoms)


def _correlation(tilts_deg: Floats, neighbours: Indices) -> float | None:
    """Correlation of one tilt component with that of the next octahedron along an axis."""
    here, there = tilts_deg[neighbours >= 0], tilts_deg[neighbours[neighbours >= 0]]
    size = float((here**2 + there**2).sum()) / 2
    if not here.size or size / here.size < SMALLEST_TILT_DEG**2:
        return None
    return float((here * there).sum()) / size


@dataclass(frozen=True, eq=False)
class Tilts:
    """Pseudo-cubic axes, tilt of each octahedron about them, and their correlation.

    See `slabs.crystals.metrics.Metrics`; None where the structure defines none.
    """

    axes: Floats | None = None
    tilts_deg: Floats | None = None
    correlations: tuple[float | None, ...] = (None, None, None)


def octahedral_tilts(
    atoms: Atoms, bonds: Bonds, octahedra: Indices, pairs: Indices, angles_deg: Floats
) -> Tilts:
    """Rotations that turn the pseudo-cubic axes into the diagonals of the octahedra."""
    links_A, linked_metals = _links(bonds, pairs, angles_deg)
    axes = _pseudocubic_axes(atoms, bonds, octahedra, links_A)
    if axes is None:
        return Tilts()
    octahedra = _aligned(octahedra, _diagonals(bonds, octahedra), axes)
    turned = _diagonals(bonds, octahedra) @ axes.T
    rotations = Rotation.from_matrix(_nearest_rotations(turned.swapaxes(1, 2)))
    tilts_deg = np.asarray(rotations.as_rotvec(degrees=True))
    number = np.full(len(atoms) + 1, -1)  # the last entry answers for "no metal", -1
    number[bonds.metal[octahedra[:, 0, 0]]] = np.arange(len(octahedra))
    ahead = number[linked_metals[octahedra[:, :, 0]]]
    correlations = tuple(_correlation(tilts_deg[:, k], ahead[:, k]) for k in range(3))
    return Tilts(axes, tilts_deg, correlations)
