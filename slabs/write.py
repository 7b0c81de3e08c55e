"""Structure files and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from numpy.typing import NDArray

from slabs.elements import rgb_of
from slabs.structure import SURFACE_GROUP, Structure
from slabs.surfaces.slab import layer_numbers

#: Pictures show this many cells along x and y.
PICTURE_REPEAT = (2, 2, 1)
#: Atoms are drawn with this share of their covalent radius.
RADIUS_SHARE = 0.8


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
    """Draw a structure from the side and from above as PNG; returns the file.

    Slabs are shown in 2 x 2 cells with the outline of one, atoms that are kept fixed
    pale. The view from above shows the ligands and the two outermost layers only. Red
    crosses mark vacancies, red rings atoms that point defects added, whatever lies in front.
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
    figure = Figure(figsize=(8, 6))
    axes = figure.subplots(1, 2)
    for axis, name, view in zip(axes, ("side", "top"), ([0, 2, 1], [0, 1, 2]), strict=True):
        shown = atoms if name == "side" else atoms[above]
        pale = fixed if name == "side" else fixed[above]
        _draw(axis, shown, pale, view)
        _mark(axis, structure.atoms, structure.vacancies_A, view, {"marker": "x", "color": "red"})
        ring = {"marker": "o", "edgecolors": "red", "facecolors": "none"}
        _mark(axis, structure.atoms, structure.added_A, view, ring)
        axis.set_title(f"{title} ({name})" if title else name)
    figure.savefig(file, dpi=120, bbox_inches="tight")
    return file


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


def _draw(axis: Any, atoms: Atoms, pale: NDArray[np.bool_], view: Sequence[int]) -> None:
    """Atoms as circles, the farthest first; `view` names the axes right, up and towards."""
    from matplotlib.collections import EllipseCollection

    repeat = PICTURE_REPEAT if atoms.pbc[0] and not atoms.pbc[2] else (1, 1, 1)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]) @ atoms.cell.array[:2]
    copies = int(np.prod(repeat))
    shown = atoms.repeat(repeat)
    towards = shown.positions[:, view[2]] * (-1.0 if view[2] == 1 else 1.0)
    order = np.argsort(towards, kind="stable")
    size = 2 * RADIUS_SHARE * covalent_radii[shown.numbers[order]]
    colours = np.array([rgb_of(symbol) for symbol in shown.symbols[order]])
    dim = np.tile(pale, copies)[order]
    colours[dim] = 0.55 * colours[dim] + 0.45
    circles = EllipseCollection(
        size,
        size,
        np.zeros(len(size)),
        units="xy",
        facecolors=colours,
        edgecolors="0.15",
        linewidths=0.5,
        offsets=shown.positions[order][:, view[:2]],
        transOffset=axis.transData,
    )
    axis.add_collection(circles)
    if atoms.cell.rank == 3 and view[2] == 2:
        axis.plot(*corners[:, :2].T, color="0.3", linewidth=0.8, linestyle=":")
    low, high = shown.positions.min(axis=0) - 2.0, shown.positions.max(axis=0) + 2.0
    axis.set_xlim(low[view[0]], high[view[0]])
    axis.set_ylim(low[view[1]], high[view[1]])
    axis.set_aspect("equal")
    axis.set_axis_off()
