"""Structure files and pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io import write

from slabs.structure import Structure

#: Pictures show this many cells along x and y.
PICTURE_REPEAT = (2, 2, 1)


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


def write_picture(atoms: Atoms, file: Path, title: str = "") -> Path:
    """Draw a structure from the side and from above as PNG; returns the file."""
    from ase.visualize.plot import plot_atoms
    from matplotlib.figure import Figure  # takes half a second to import

    shown = atoms.repeat(PICTURE_REPEAT) if atoms.pbc[0] and not atoms.pbc[2] else atoms.copy()
    shown.set_constraint()
    figure = Figure(figsize=(8, 6))
    axes = figure.subplots(1, 2)
    for axis, view, name in zip(axes, ("-90x", "0x"), ("side", "top"), strict=True):
        plot_atoms(shown, axis, rotation=view, show_unit_cell=0)
        axis.set_title(f"{title} ({name})" if title else name)
        axis.set_axis_off()
    figure.savefig(file, dpi=120, bbox_inches="tight")
    return file
