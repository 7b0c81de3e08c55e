"""Whether a relaxation without electrons left a structure in one piece."""

from __future__ import annotations

import numpy as np
from ase import Atoms
from ase.geometry import find_mic
from ase.neighborlist import neighbor_list
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from analysis.geometry.bond_changes import bond_changes
from slabs.crystals.network import network_bonds
from slabs.elements import HALIDE_RADII_A, METAL_RADII_A, vdw_radii_A

#: Metal and halide are torn apart beyond this factor times the sum of their ionic radii; they
#: count as bonded within `slabs.crystals.network.BOND_RATIO` times it.
TORN_FACTOR = 1.5
#: Parts of a structure are apart beyond this factor times the van der Waals radii.
APART_FACTOR = 1.2


def damage(planned: Atoms, relaxed: Atoms) -> str:
    """What a relaxation broke, in words; empty if nothing.

    Covalent bonds must be those of the plan, protons where they were, metals and halides that
    were bonded must not be torn apart, and no ligand or atom may have left all others.

    Parameters
    ----------
    planned, relaxed
        The same atoms in the same order, periodic in the same way.
    """
    if not np.isfinite(relaxed.positions).all():
        return "positions are not finite"
    changes = bond_changes(planned, relaxed)
    symbols = planned.symbols
    for verb, bonds in (("broke", changes.broken), ("formed", changes.new)):
        if bonds:
            pair = f"{symbols[bonds[0].first]}-{symbols[bonds[0].second]}"
            return f"a bond {pair} {verb}, {bonds[0].length_A:.2f} A"
    if changes.protons:
        proton = changes.protons[0]
        to = "nothing" if proton.after is None else str(symbols[proton.after])
        return f"a proton moved from {symbols[proton.before]} to {to}"
    torn = _torn(planned, relaxed)
    if torn:
        return torn
    parts = _parts(relaxed)
    return f"it fell into {parts} parts" if parts > _parts(planned) else ""


def _torn(planned: Atoms, relaxed: Atoms) -> str:
    """The longest distance of a metal from a halide that it was bonded to, if it is too long."""
    bonds = network_bonds(planned)
    if not len(bonds.metal):
        return ""
    moved = relaxed.positions - planned.positions
    vectors_A = bonds.vector_A + moved[bonds.halide] - moved[bonds.metal]
    _, lengths_A = find_mic(vectors_A, relaxed.cell, relaxed.pbc)
    metals, halides = planned.symbols[bonds.metal], planned.symbols[bonds.halide]
    limits_A = TORN_FACTOR * np.array(
        [METAL_RADII_A[b] + HALIDE_RADII_A[x] for b, x in zip(metals, halides, strict=True)]
    )
    worst = int(np.argmax(lengths_A / limits_A))
    if lengths_A[worst] <= limits_A[worst]:
        return ""
    return (
        f"{metals[worst]} and {halides[worst]} were torn apart, {lengths_A[worst]:.2f} A, beyond"
        f" {limits_A[worst]:.2f} A"
    )


def _parts(atoms: Atoms) -> int:
    """Number of parts without van der Waals contact with each other."""
    first, second = neighbor_list("ij", atoms, APART_FACTOR * vdw_radii_A(atoms.numbers))
    size = len(atoms)
    contacts = coo_array((np.ones(len(first)), (first, second)), shape=(size, size))
    return int(connected_components(contacts, directed=False, return_labels=False))
