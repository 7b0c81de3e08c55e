"""Structure files and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.neighborlist import natural_cutoffs, neighbor_list
from numpy.typing import NDArray

from slabs.elements import ALKALI_METALS, rgb_of
from slabs.structure import SURFACE_GROUP, Structure
from slabs.surfaces.slab import layer_numbers

#: Pictures show this many cells along x and y.
PICTURE_REPEAT = (2, 2, 1)
#: Atoms are drawn with this share of their covalent radius, and corners of their outlines.
RADIUS_SHARE, BALL_CORNERS = 0.45, 48
#: Half the width of a stick, how deep it goes into balls as a share of their radii, space
#: around the atoms, and the smallest width of a view.
STICK_A, SUNK, MARGIN_A, SMALLEST_A = 0.13, 0.98, 1.4, 9.0
#: Atoms are bonded up to this factor times the sum of their covalent radii.
STICK_FACTOR = 1.15
#: Two columns of a journal, largest height over width of a view, resolution, size of text.
PICTURE_WIDTH_CM, HIGHEST, DPI, FONT_PT = 17.8, 2.2, 300, 7.0
VACANCY = {"marker": "x", "color": "red"}
ADDED = {"marker": "o", "edgecolors": "red", "facecolors": "none"}


def write_structure(structure: Structure, stem: Path) -> list[Path]:
    """Write a structure as CIF, POSCAR and extended XYZ; returns the files.

    The extended XYZ carries the group of each atom and which atoms are fixed.

    Parameters
    ----------
    structure
        What is written.
    stem
        Path without ending; the endings are ``.cif``, ``.POSCAR`` and ``.xyz``.
    """
    from ase.io import write

    atoms = structure.atoms.copy()
    named = atoms.copy()
    named.set_array("group", np.array(structure.groups))
    files = [stem.with_name(stem.name + end) for end in (".cif", ".POSCAR", ".xyz")]
    periodic = atoms.copy()
    periodic.pbc = True  # both formats know only crystals
    write(files[0], periodic, format="cif")
    write(files[1], periodic, format="vasp", direct=False, sort=True)
    write(files[2], named, format="extxyz")
    return files


def write_picture(structure: Structure, file: Path, title: str = "") -> Path:
    """Draw balls and sticks from the side and from above as PNG; returns the file.

    As wide as two columns of a journal, at the resolution of print. Slabs are shown in 2 x 2
    cells with the outline of one, atoms that are kept fixed pale. The view from above shows the
    ligands and the two outermost layers only. Red crosses mark vacancies, red rings atoms that
    point defects added, whatever lies in front.
    """
    from matplotlib.figure import Figure  # takes half a second to import

    atoms = structure.atoms.copy()
    fixed = np.isin(np.arange(len(atoms)), [i for c in atoms.constraints for i in c.get_indices()])
    above = np.ones(len(atoms), dtype=bool)
    if tuple(atoms.pbc) == (True, True, False):
        surface = structure.indices(SURFACE_GROUP)
        layers = layer_numbers(atoms[surface])
        lowest = atoms.positions[surface][layers >= layers.max() - 1, 2].min()
        above = atoms.positions[:, 2] > lowest - 0.1
    repeat = PICTURE_REPEAT if atoms.pbc[0] and not atoms.pbc[2] else (1, 1, 1)
    spans = np.ptp(atoms.repeat(repeat).positions, axis=0) + 2 * MARGIN_A
    size_A = (max(float(spans[0]), SMALLEST_A), float(max(spans[1], spans[2])))
    ratio = min(size_A[1] / size_A[0], HIGHEST)
    width = PICTURE_WIDTH_CM / 2.54
    figure = Figure(figsize=(width, width / 2 * ratio + 0.6), layout="constrained")
    axes = figure.subplots(1, 2)
    for axis, name, view in zip(axes, ("side", "top"), ([0, 2, 1], [0, 1, 2]), strict=True):
        shown = above if name == "top" else np.ones(len(atoms), dtype=bool)
        _draw(axis, atoms[shown], fixed[shown], view, repeat=repeat, size_A=size_A)
        _mark(axis, structure.atoms, structure.vacancies_A, view, VACANCY)
        _mark(axis, structure.atoms, structure.added_A, view, ADDED)
        axis.set_title(f"{title} ({name})" if title else name, fontsize=FONT_PT)
    handles = _legend(structure, fixed=bool(fixed.any()))
    figure.legend(
        handles=handles, loc="outside lower center", ncols=min(len(handles), 9), frameon=False,
        fontsize=FONT_PT, handletextpad=0.2, columnspacing=1.0,
    )  # fmt: skip
    figure.savefig(file, dpi=DPI)
    return file


def _legend(structure: Structure, *, fixed: bool) -> list[Any]:
    """Elements and marks."""
    from matplotlib.lines import Line2D

    ball: dict[str, Any] = {"ls": "", "marker": "o", "ms": 6.0, "mec": "0.15", "mew": 0.5}
    handles: list[Any] = [
        Line2D([], [], mfc=rgb_of(symbol), label=symbol, **ball)
        for symbol in dict.fromkeys(structure.atoms.symbols)
    ]
    if fixed:
        handles.append(Line2D([], [], mfc=_pale(np.full(3, 0.4)), label="pale: kept fixed", **ball))
    marks = (("vacancy", structure.vacancies, VACANCY), ("added atom", structure.added, ADDED))
    for words, places, mark in marks:
        if places:
            edge: dict[str, Any] = {"mec": "red", "mew": 1.5, "mfc": "none", "ls": "", "ms": 5.5}
            handles.append(Line2D([], [], marker=mark["marker"], label=words, **edge))
    return handles


def _pale(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Colours of atoms that are kept fixed."""
    return 0.55 * colours + 0.45


def _mark(
    axis: Any,
    atoms: Atoms,
    places_A: NDArray[np.float64],
    view: Sequence[int],
    style: Mapping[str, str],
) -> None:
    """A mark at each of some places, in all cells that are drawn."""
    a, b = atoms.cell.array[:2]
    shifts = [i * a + j * b for i in range(PICTURE_REPEAT[0]) for j in range(PICTURE_REPEAT[1])]
    places = np.concatenate([places_A + s for s in shifts])
    axis.scatter(*places[:, view[:2]].T, s=30, linewidths=1.5, zorder=5, **style)


def _draw(
    axis: Any,
    atoms: Atoms,
    pale: NDArray[np.bool_],
    view: Sequence[int],
    *,
    repeat: tuple[int, int, int],
    size_A: tuple[float, float],
) -> None:
    """Balls and sticks, the farthest first; `view` names the axes right, up and towards."""
    from matplotlib.collections import PolyCollection

    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]) @ atoms.cell.array[:2]
    shown = atoms.repeat(repeat)
    colours = np.array([rgb_of(symbol) for symbol in shown.symbols])
    dim = np.tile(pale, int(np.prod(repeat)))
    colours[dim] = _pale(colours[dim])
    seen = shown.positions[:, view] * [1.0, 1.0, -1.0 if view[2] == 1 else 1.0]
    phi = np.linspace(0.0, 2 * np.pi, BALL_CORNERS, endpoint=False)
    circle = np.stack([np.cos(phi), np.sin(phi)], axis=1)
    radii = RADIUS_SHARE * covalent_radii[shown.numbers]
    pieces: list[tuple[float, NDArray[np.float64], NDArray[np.float64]]] = [
        (float(place[2]), place[:2] + radius * circle, colour)
        for place, radius, colour in zip(seen, radii, colours, strict=True)
    ]
    for i, j in _bonds(shown):
        unit = (seen[j] - seen[i]) / np.linalg.norm(seen[j] - seen[i])
        ends = (seen[i] + SUNK * radii[i] * unit, seen[j] - SUNK * radii[j] * unit)
        middle = (ends[0] + ends[1]) / 2
        length = max(float(np.linalg.norm(unit[:2])), 1e-6)
        across = STICK_A / length * np.array([-unit[1], unit[0]])
        for end, colour in zip(ends, colours[[i, j]], strict=True):
            quad = [end[:2] - across, middle[:2] - across, middle[:2] + across, end[:2] + across]
            pieces.append((float(end[2] + middle[2]) / 2, np.array(quad), colour))
    pieces.sort(key=lambda piece: piece[0])
    axis.add_collection(
        PolyCollection(
            [outline for _, outline, _ in pieces], facecolors=[colour for _, _, colour in pieces],
            edgecolors="0.15", linewidths=0.4,
        )
    )  # fmt: skip
    if atoms.cell.rank == 3 and view[2] == 2:
        axis.plot(*corners[:, :2].T, color="0.3", linewidth=0.8, linestyle=":")
    middle = (shown.positions.min(axis=0) + shown.positions.max(axis=0)) / 2
    axis.set_xlim(middle[view[0]] - size_A[0] / 2, middle[view[0]] + size_A[0] / 2)
    axis.set_ylim(middle[view[1]] - size_A[1] / 2, middle[view[1]] + size_A[1] / 2)
    axis.set_aspect("equal")
    axis.set_axis_off()


def _bonds(atoms: Atoms) -> list[tuple[int, int]]:
    """Pairs of bonded atoms; alkali ions have no sticks."""
    free = np.array([symbol not in ALKALI_METALS for symbol in atoms.symbols])
    alone = Atoms(atoms.numbers, positions=atoms.positions)
    pairs = zip(*neighbor_list("ij", alone, natural_cutoffs(alone, mult=STICK_FACTOR)), strict=True)
    return [(int(i), int(j)) for i, j in pairs if i < j and free[i] and free[j]]
