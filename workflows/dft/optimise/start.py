"""Where a relaxation starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from ase import Atoms
from ase.geometry import find_mic

from analysis.results import atoms_from_dict
from slabs.molecular_units import molecular_units
from slabs.surfaces.slab import build_slab, in_order_of

if TYPE_CHECKING:
    from workflows.dft.kinds.potential import PotentialSpec
    from workflows.dft.kinds.relax import RelaxSpec


def start_structure(spec: RelaxSpec | PotentialSpec, relaxed: Atoms | None) -> Atoms:
    """Start of a relaxation: new atoms as planned, all others where the parent left them.

    Each new molecule or ion (without a counterpart in the parent) moves rigidly by the
    displacement of the parent's atom that is closest to it, so that a ligand follows its
    site. A slab that is cut from a relaxed crystal is cut again from what was found, and a
    supercell repeats it. A screened candidate starts from where the screening left all of its
    atoms, and so does what is relaxed further.

    Parameters
    ----------
    spec
        Specification of the task.
    relaxed
        Relaxed structure of the parent, or None without a parent.

    Returns
    -------
    Atoms
        Structure with constraints and starting moments.
    """
    if relaxed is not None and ("rank" in spec or "further" in spec):
        return relaxed
    atoms = atoms_from_dict(spec["structure"])
    if relaxed is None:
        return atoms
    offsets = np.array(spec["offsets_A"]) if spec["offsets_A"] else np.zeros((len(atoms), 3))
    if "repeat" in spec["cut"]:
        atoms.set_cell(relaxed.cell.array * np.array(spec["cut"]["repeat"])[:, None])
        atoms.set_positions(relaxed.repeat(spec["cut"]["repeat"]).positions)
        return atoms
    if spec["cut"]:
        slab = in_order_of(atoms, build_slab(relaxed, **spec["cut"]))
        atoms.set_cell(slab.cell)
        atoms.set_positions(slab.positions + offsets, apply_constraint=False)
        return atoms
    origin = np.array(spec["parent_atoms"])
    old = origin >= 0
    planned = atoms.positions.copy()
    moved = planned.copy()
    moved[old] = relaxed.positions[origin[old]] + offsets[old]
    if spec.get("level_with_plan"):
        held = _fixed(atoms) or slice(None)
        moved[:, 2] += (planned[held, 2] - moved[held, 2]).mean()
    cell, bulk = atoms.cell.array.copy(), spec.get("bulk", False)
    cell[: 3 if bulk else 2] = relaxed.cell.array[: 3 if bulk else 2]
    atoms.set_cell(cell)
    lateral = [True, True, bulk]
    new = np.flatnonzero(~old)
    labels = molecular_units(atoms[new])
    for label in np.unique(labels):
        unit = new[labels == label]
        gaps = planned[unit][:, None, :] - planned[old][None, :, :]
        _, distance = find_mic(gaps.reshape(-1, 3), atoms.cell, lateral)
        nearest = int(np.argmin(distance.reshape(len(unit), -1).min(axis=0)))
        shift = (moved - planned)[np.flatnonzero(old)[nearest]]
        moved[unit] += find_mic(shift, atoms.cell, lateral)[0]
    atoms.set_positions(moved, apply_constraint=False)
    return atoms


def _fixed(atoms: Atoms) -> list[int]:
    """Indices of the atoms that do not move."""
    return [int(n) for c in atoms.constraints for n in c.get_indices()]
