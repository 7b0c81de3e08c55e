"""Atoms and bonds as triangles, around one point of the surface cell."""

from __future__ import annotations

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols, covalent_radii
from ase.neighborlist import natural_cutoffs, neighbor_list
from numpy.typing import NDArray

from slabs.elements import ALKALI_METALS, rgb_of
from slabs.molecular_units import molecular_units

#: Radius of an atom over its covalent radius, and radius of a bond in angstrom.
BALL = 0.4
STICK_A = 0.12
STICK_GREY = 0.6
#: Half the thickness of the outline of the cell.
FRAME_A = 0.025
#: Single atoms this close to the edge of the cell are shown on both edges, as fractions.
EDGE = 0.03
#: How deep bonds go into the balls, as a fraction of their radii.
SUNK = 0.9
#: Steps around a ball, and around and along a bond. Short pieces of bonds are sorted by depth
#: better than long ones.
BALL_STEPS = 36
STICK_STEPS = (12, 10)
_IMAGES = [(i, j, 0) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]

Triangles = NDArray[np.float64]


def around(atoms: Atoms, centre: tuple[float, float]) -> Atoms:
    """The atoms of the surface cell around a point, ions on both edges.

    Molecules are whole, and in the cell where they touch the slab.

    Parameters
    ----------
    atoms
        A slab.
    centre
        Fractional coordinates of the point along the first two cell vectors.
    """
    labels = molecular_units(atoms)
    single = np.flatnonzero(np.bincount(labels)[labels] == 1)
    from_slab = abs(atoms.positions[:, 2] - atoms.positions[single, 2].mean())
    fractions = atoms.get_scaled_positions(wrap=False)
    shift = np.zeros((len(atoms), 3))
    for label in np.unique(labels):
        unit = np.flatnonzero(labels == label)
        foot = unit[from_slab[unit].argmin()]
        shift[unit, :2] = -np.floor(fractions[foot, :2] - np.array(centre) + 0.5 + 1e-6)
    shown: Atoms = atoms.copy()
    shown.set_constraint()
    shown.set_scaled_positions(fractions + shift)
    whole: Atoms = shown.copy()
    for step in _IMAGES:
        place = fractions[single] + shift[single] + np.array(step)
        near = (abs(place[:, :2] - np.array(centre)) < 0.5 + EDGE).all(axis=1)
        image = shown[single[near]]
        image.positions += np.array(step) @ atoms.cell.array
        whole += image
    return whole


def ball_and_stick(atoms: Atoms) -> tuple[Triangles, NDArray[np.float64]]:
    """Triangles of a structure, shape=(n, 3, 3) in angstrom, and their colours, shape=(n, 3)."""
    pieces, colours = [], []
    for number, position in zip(atoms.numbers, atoms.positions, strict=True):
        ball = _sphere() * covalent_radii[number] * BALL + position
        pieces.append(ball)
        colours.append(np.tile(rgb_of(chemical_symbols[number]), (len(ball), 1)))
    alone = Atoms(atoms.numbers, positions=atoms.positions)
    alone = alone[[symbol not in ALKALI_METALS for symbol in alone.symbols]]
    for i, j in zip(*neighbor_list("ij", alone, natural_cutoffs(alone, mult=1.15)), strict=True):
        if i < j:
            stick = _bond(alone, int(i), int(j))
            pieces.append(stick)
            colours.append(np.full((len(stick), 3), STICK_GREY))
    return np.concatenate(pieces), np.concatenate(colours)


def _sphere() -> Triangles:
    """Triangles of the unit sphere."""
    phi = np.linspace(0.0, 2 * np.pi, BALL_STEPS + 1)
    theta = np.linspace(0.0, np.pi, BALL_STEPS // 2 + 1)
    points = np.stack(
        [np.outer(np.sin(theta), np.cos(phi)), np.outer(np.sin(theta), np.sin(phi)),
         np.outer(np.cos(theta), np.ones_like(phi))], axis=-1,
    )  # fmt: skip
    return _quads(points)


def _bond(atoms: Atoms, i: int, j: int) -> Triangles:
    """Triangles of a bond from ball to ball."""
    start, end = atoms.positions[[i, j]]
    along = (end - start) / np.linalg.norm(end - start)
    first, last = covalent_radii[atoms.numbers[[i, j]]] * BALL * SUNK
    return _cylinder(start + first * along, end - last * along)


def frame(
    cell_A: NDArray[np.float64], centre: tuple[float, float], low_A: float, high_A: float
) -> Triangles:
    """Triangles of the outline of the surface cell around a point, between two heights.

    Parameters
    ----------
    cell_A
        Cell vectors, shape=(3, 3); the third is normal to the others.
    centre
        Fractional coordinates of the point along the first two of them.
    low_A, high_A
        Heights of the lower and the upper side.
    """
    a, b = cell_A[:2]
    corner = (centre[0] - 0.5) * a + (centre[1] - 0.5) * b
    ring = [corner, corner + a, corner + a + b, corner + b]
    up = np.array([0.0, 0.0, 1.0])
    bars = [(p + low_A * up, p + high_A * up) for p in ring]
    for height in (low_A, high_A):
        bars += [(p + height * up, q + height * up)
                 for p, q in zip(ring, [*ring[1:], ring[0]], strict=True)]  # fmt: skip
    return np.concatenate([_cylinder(*bar, radius_A=FRAME_A, pieces=40) for bar in bars])


def _cylinder(
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    *,
    radius_A: float = STICK_A,
    pieces: int = STICK_STEPS[1],
) -> Triangles:
    """Triangles of a round bar."""
    axis = (end - start) / np.linalg.norm(end - start)
    first = np.cross(axis, np.eye(3)[abs(axis).argmin()])
    first /= np.linalg.norm(first)
    phi = np.linspace(0.0, 2 * np.pi, STICK_STEPS[0] + 1)[:, None]
    ring = radius_A * (np.cos(phi) * first + np.sin(phi) * np.cross(axis, first))
    centres = np.linspace(start, end, pieces + 1)
    return _quads(centres[:, None] + ring[None])


def _quads(points: NDArray[np.float64]) -> Triangles:
    """Two triangles for each mesh of a net of points, shape=(n, m, 3)."""
    a, b, c, d = points[:-1, :-1], points[1:, :-1], points[1:, 1:], points[:-1, 1:]
    halves = [np.stack(corners, axis=2) for corners in ((a, b, c), (a, c, d))]
    return np.concatenate([half.reshape(-1, 3, 3) for half in halves])
