"""Structures as still pictures (SVG), for paper and for browsers without scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from workflows.report.structures import PageStructure

#: Where the eye is: the angle around z from x, and the height above the surface.
AZIMUTH_DEG, HEIGHT_DEG = -65.0, 18.0
#: Cells with so few atoms are drawn repeated.
FEW_ATOMS = 24
PIXELS_PER_A = 20.0
MARGIN_A = 1.2
FIXED_COLOUR, CELL_COLOUR = "#c77700", "#8a929b"
VACANCY_COLOUR, CROSS_A = "#d1242f", 0.6

Floats = NDArray[np.float64]


def picture(structure: PageStructure, elements: Mapping[str, Mapping[str, Any]]) -> Markup:
    """An SVG element with atoms, bonds, cell and vacancies, the nearest atoms drawn last.

    Parameters
    ----------
    structure
        What is drawn.
    elements
        Colour and radius by symbol, as in `workflows.report.structures.structure_document`.
    """
    cell = np.array(structure.cell_A)
    repeat = structure.repeat if len(structure.symbols) <= FEW_ATOMS else (1, 1, 1)
    shifts = [np.array(n) @ cell for n in product(*map(range, repeat))]
    places = np.array(structure.positions_A)
    shown = np.concatenate([_project(places + shift) for shift in shifts])
    frame = [_project(np.array(edge)) for edge in _edges(cell)]
    corners = np.concatenate([shown, *frame])[:, :2]
    low, high = corners.min(axis=0) - MARGIN_A, corners.max(axis=0) + MARGIN_A
    width, height = PIXELS_PER_A * (high - low)
    drawn = [_line(edge, CELL_COLOUR, 0.06) for edge in frame]
    items = [item for shift in shifts for item in _items(structure, elements, places + shift)]
    drawn += [text for _, text in sorted(items, key=lambda item: item[0])]
    drawn += [
        _cross(place)
        for shift in shifts
        for place in np.reshape(structure.vacancies_A, (-1, 3)) + shift
    ]
    x, y = PIXELS_PER_A * np.array([low[0], -high[1]])
    box = f"{x:.0f} {y:.0f} {width:.0f} {height:.0f}"
    return Markup(f'<svg viewBox="{box}" aria-hidden="true">{"".join(drawn)}</svg>')


def _items(
    structure: PageStructure, elements: Mapping[str, Mapping[str, Any]], places: Floats
) -> Iterator[tuple[float, str]]:
    """Depth and SVG of every atom and every half of a bond."""
    fixed = set(structure.fixed)
    for n, (symbol, place) in enumerate(zip(structure.symbols, places, strict=True)):
        x, y, depth = _project(place[None])[0]
        radius = float(elements[symbol]["radius_A"])
        text = _circle(x, y, radius, str(elements[symbol]["colour"]))
        yield depth, text + (_belt(x, y, radius) if n in fixed else "")
    for index, *vector in structure.bonds:
        start = places[int(index)]
        half = _project(np.array([start, start + 0.5 * np.array(vector)]))
        colour = str(elements[structure.symbols[int(index)]]["colour"])
        yield float(half[:, 2].mean()), _line(half, colour, 0.22)


def _project(points: Floats) -> Floats:
    """To the right, upwards and towards the eye, shape=(n, 3), in angstrom."""
    a, h = np.radians([AZIMUTH_DEG, HEIGHT_DEG])
    axes = np.array(
        [
            [-np.sin(a), np.cos(a), 0.0],
            [-np.sin(h) * np.cos(a), -np.sin(h) * np.sin(a), np.cos(h)],
            [np.cos(h) * np.cos(a), np.cos(h) * np.sin(a), np.sin(h)],
        ]
    )
    return np.asarray(points @ axes.T)


def _edges(cell: Floats) -> Iterator[tuple[Floats, Floats]]:
    for axis in range(3):
        first, second = cell[(axis + 1) % 3], cell[(axis + 2) % 3]
        for m, n in product((0, 1), repeat=2):
            start = m * first + n * second
            yield start, start + cell[axis]


def _line(ends: Floats, colour: str, width_A: float) -> str:
    (x1, y1), (x2, y2) = PIXELS_PER_A * ends[:, :2] * [1, -1]
    return (
        f'<path d="M{x1:.0f} {y1:.0f}L{x2:.0f} {y2:.0f}" stroke="{colour}"'
        f' stroke-width="{PIXELS_PER_A * width_A:.1f}"/>'
    )


def _circle(x: float, y: float, radius: float, colour: str) -> str:
    x, y, radius = PIXELS_PER_A * x, -PIXELS_PER_A * y, PIXELS_PER_A * radius
    return f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.0f}" fill="{colour}" stroke="#333"/>'


def _cross(place: Floats) -> str:
    """The mark of a vacancy, in front of everything."""
    centre = _project(place[None])[0]
    arms = [CROSS_A * np.array([1.0, sign, 0.0]) for sign in (1.0, -1.0)]
    return "".join(
        _line(np.array([centre - arm, centre + arm]), VACANCY_COLOUR, 0.25) for arm in arms
    )


def _belt(x: float, y: float, radius: float) -> str:
    flat = radius * np.sin(np.radians(HEIGHT_DEG))
    x, y, radius, flat = (PIXELS_PER_A * n for n in (x, -y, 1.08 * radius, flat))
    return (
        f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="{radius:.0f}" ry="{flat:.0f}" fill="none"'
        f' stroke="{FIXED_COLOUR}" stroke-width="2"/>'
    )
