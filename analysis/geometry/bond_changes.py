"""Covalent bonds before and after a relaxation: broken ones, new ones, protons that moved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.geometry import find_mic

from analysis.geometry.bond_graphs import heavy_bonds, proton_carriers
from slabs.elements import BOND_FACTOR


@dataclass(frozen=True)
class Bond:
    """Two bonded atoms, neither of them hydrogen.

    Parameters
    ----------
    first, second
        Their indices.
    length_A
        Their distance in angstrom after the relaxation.
    """

    first: int
    second: int
    length_A: float


@dataclass(frozen=True)
class MovedProton:
    """A hydrogen atom that is bound to another atom than planned.

    Parameters
    ----------
    hydrogen
        Its index.
    before
        Index of the atom that it was bound to.
    after
        Index of the atom that it is bound to, or None if there is none.
    """

    hydrogen: int
    before: int
    after: int | None


@dataclass(frozen=True)
class BondChanges:
    """What a relaxation did to the covalent bonds.

    Parameters
    ----------
    broken
        Bonds of the plan that are longer than `slabs.elements.BOND_FACTOR` times the sum of
        the covalent radii.
    new
        Bonds that the plan lacks.
    protons
        Hydrogen atoms on other atoms than planned.
    """

    broken: tuple[Bond, ...]
    new: tuple[Bond, ...]
    protons: tuple[MovedProton, ...]


def bond_changes(planned: Atoms, relaxed: Atoms) -> BondChanges:
    """Compare the bonds of a relaxed structure with those of its plan.

    Parameters
    ----------
    planned, relaxed
        The same atoms in the same order, periodic in the same way. The cell boundary may
        cut molecules, in each of the two in another way.
    """
    # A plan may bring a halide closer to a ligand than a relaxation ever leaves it: what
    # only touches there counts as bonded only after the relaxation.
    before = {(int(i), int(j)) for i, j in heavy_bonds(planned)}
    after = {(int(i), int(j)) for i, j in heavy_bonds(relaxed, BOND_FACTOR)}
    was, now = proton_carriers(planned)[0], proton_carriers(relaxed)[0]
    moved = np.flatnonzero((was >= 0) & (was != now)).tolist()
    return BondChanges(
        _with_lengths(relaxed, sorted(before - after)),
        _with_lengths(relaxed, sorted(after - before)),
        tuple(MovedProton(n, int(was[n]), int(now[n]) if now[n] >= 0 else None) for n in moved),
    )


def _with_lengths(atoms: Atoms, pairs: list[tuple[int, int]]) -> tuple[Bond, ...]:
    if not pairs:
        return ()
    first, second = np.array(pairs).T
    gaps = atoms.positions[second] - atoms.positions[first]
    _, lengths = find_mic(gaps, atoms.cell, atoms.pbc)
    return tuple(Bond(i, j, float(d)) for (i, j), d in zip(pairs, lengths, strict=True))
