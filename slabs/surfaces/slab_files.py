"""Slabs of the user's own, from structure files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from slabs.crystals.chemistry import (
    THICKEST_GAP_A,
    distance_fault,
    halide_fault,
    hydrogen_fault,
)
from slabs.errors import InputError
from slabs.molecular_units import whole_molecules
from slabs.read import read_structure
from slabs.surfaces.cells import turn_to_axes
from slabs.surfaces.slab import Size, layer_numbers, set_height, surface_cell

#: Largest number of atoms of such a slab.
MAX_SLAB_ATOMS = 2000


def read_slab(
    file: Path,
    vacuum_A: float,
    *,
    size: Size = (1, 1),
    frozen_layers: int | None = None,
    sides: str = "one",
) -> Atoms:
    """Slab of a structure file, set upright in a cell with the wanted vacuum.

    Parameters
    ----------
    file
        Cell with the slab and a vacuum along its third vector; see `slabs.read` for the
        formats. Atoms that it fixes (selective dynamics of a POSCAR, ``move_mask`` of an
        extended XYZ) stay fixed.
    vacuum_A
        Smallest distance in angstrom between the slab and its image along z.
    size
        Repetitions of the cell of the file along its first two vectors.
    frozen_layers
        Fixed layers instead of the atoms that the file fixes: the lowest ones, or with
        ``sides="two"`` those in the middle.
    sides
        ``"one"`` or ``"two"``: how many faces are used.

    Raises
    ------
    InputError
        If the file does not hold such a slab.
    """
    from ase.build import make_supercell
    from ase.constraints import FixAtoms

    atoms = read_structure(file)
    name = repr(str(file))
    if atoms.cell.rank != 3 and not (atoms.cell.rank == 2 and atoms.pbc[:2].all()):
        raise InputError(f"{name} is not a slab: it has no cell", "slab_file")
    if len(atoms) > MAX_SLAB_ATOMS:
        raise InputError(f"{name} has {len(atoms)} atoms; at most {MAX_SLAB_ATOMS}", "slab_file")
    fixed = _fixed(atoms, name)
    slab = _upright(atoms, name)
    fault = distance_fault(slab) or hydrogen_fault(slab) or halide_fault(slab)
    if fault:
        raise InputError(f"{name}: {fault}", "slab_file")
    slab = whole_molecules(slab)
    slab.set_constraint()
    slab.set_tags(fixed.astype(int))
    matrix = np.eye(3, dtype=int)
    matrix[:2, :2] = surface_cell(size)
    slab.positions[:, 2] += vacuum_A / 2 - slab.positions[:, 2].min()
    set_height(slab, vacuum_A)
    if (matrix != np.eye(3)).any():
        slab = make_supercell(slab, matrix, wrap=False)
    slab.pbc = (True, True, False)
    fixed = slab.get_tags() > 0
    slab.set_tags(0)
    if frozen_layers is not None:
        fixed = _frozen(slab, frozen_layers, sides)
    if fixed.all():
        raise InputError(f"{name} fixes all of its atoms; nothing is left to relax", "slab_file")
    slab.set_constraint(FixAtoms(indices=np.flatnonzero(fixed)))
    return Atoms(slab)


def _fixed(atoms: Atoms, name: str) -> NDArray[np.bool_]:
    """Atoms that the file fixes, shape=(n,)."""
    masks = np.zeros((len(atoms), 3), dtype=bool)
    for constraint in atoms.constraints:
        mask = getattr(constraint, "mask", None)
        index = constraint.get_indices()
        masks[index] |= True if mask is None else np.asarray(mask, dtype=bool)
    partly = masks.any(axis=1) & ~masks.all(axis=1)
    if partly.any():
        raise InputError(
            f"{name} fixes atom {int(np.flatnonzero(partly)[0]) + 1} along some directions only;"
            " fix atoms along all of them or none",
            "slab_file",
        )
    return np.asarray(masks.all(axis=1))


def _upright(atoms: Atoms, name: str) -> Atoms:
    """The slab with its first vector along x, its second in the xy plane, the vacuum on top."""
    slab = Atoms(atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=True)
    if slab.cell.rank == 2:
        slab.cell[2] = np.cross(slab.cell[0], slab.cell[1])
        slab.cell[2] *= (np.ptp(slab.positions, axis=0).max() + 50.0) / np.linalg.norm(slab.cell[2])
    heights_A = 1.0 / np.linalg.norm(slab.cell.reciprocal().array, axis=1)
    scaled = slab.get_scaled_positions()
    gaps = []
    for n in range(3):
        z = np.sort(scaled[:, n] % 1.0)
        steps = np.diff([*z, z[0] + 1.0])
        gaps.append((float(steps.max() * heights_A[n]), float(z[int(steps.argmax())])))
    empty = [n for n, (gap_A, _) in enumerate(gaps) if gap_A > THICKEST_GAP_A]
    if empty != [2]:
        where = ", ".join(("first", "second", "third")[n] for n in empty) or "no"
        raise InputError(
            f"{name} has a vacuum along its {where} cell vector(s); a slab has one along the third",
            "slab_file",
        )
    # Whatever is above the gap belongs to the lower face of the next cell.
    top = gaps[2][1]
    shift = np.floor(scaled[:, 2] - top - 1e-9) + 1.0
    slab.positions -= shift[:, None] * slab.cell.array[2]
    turn_to_axes(slab)
    flat = slab.cell.array.copy()
    flat[2] = [0.0, 0.0, flat[2, 2]]  # a slab does not repeat along its third vector
    slab.set_cell(flat)
    slab.pbc = (True, True, False)
    return slab


def _frozen(slab: Atoms, frozen_layers: int, sides: str) -> NDArray[np.bool_]:
    layers = layer_numbers(slab)
    number = int(layers.max()) + 1
    if frozen_layers >= number:
        raise InputError(
            f"frozen_layers = {frozen_layers} leaves nothing to relax; the slab has {number}"
            " layers",
            "frozen_layers",
        )
    below = 0 if sides == "one" else (number - frozen_layers) // 2
    return np.asarray((layers >= below) & (layers < below + frozen_layers))
