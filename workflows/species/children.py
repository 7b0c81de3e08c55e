"""Slabs with ligands and defects, which start from the slab without the last of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from slabs.ligands.spins import spread_moments
from slabs.structure import Structure, electron_parity
from workflows.species.species import Species
from workflows.species.starts import (
    magnetic_ions,
    magnetic_moment_muB,
    outermost_metals,
    seed_moment,
)


def spread_on(structure: Structure, ligand: str, unpaired: int, copies: int) -> NDArray[np.float64]:
    """Starting moments of all ligands of one name, shape=(n,).

    A single unpaired electron is the ligand's own on a magnetic ion alone.
    """
    moments = np.zeros(len(structure.atoms))
    own = structure.atoms[structure.indices(ligand)]
    if unpaired > 1 or magnetic_ions(own).any():
        spread_moments(own, unpaired * copies)
        moments[structure.indices(ligand)] = own.get_initial_magnetic_moments()
    return moments


def child(
    name: str,
    candidate: int,
    parent: Species,
    structure: Structure,
    *,
    bare: Structure,
    moments_muB: NDArray[np.float64],
    sides: str,
) -> Species:
    """A species that starts from the relaxed positions of another one.

    Parameters
    ----------
    name, candidate
        Of the species.
    parent
        What it starts from.
    structure
        Its atoms, whose array ``origin`` counts those of the parent from 1, new ones are 0.
    bare
        The slab or supercell without ligands and defects.
    moments_muB
        Starting moments of its ligands, see `spread_on`; zero elsewhere.
    sides
        Faces that carry ligands and defects, ``"one"`` or ``"two"``.
    """
    atoms = structure.atoms.copy()
    origin = atoms.arrays.pop("origin") - 1
    structure = replace(structure, atoms=atoms)
    on_ligands = moments_muB > 0
    others = np.where(on_ligands, 0.0, atoms.get_initial_magnetic_moments())
    atoms.set_initial_magnetic_moments(others)
    unpaired = _unpaired(structure, bare, round(moments_muB.sum()), sides)
    seed_moment(atoms, unpaired, outermost_metals(structure, sides))
    seeded = np.where(on_ligands, moments_muB, atoms.get_initial_magnetic_moments())
    atoms.set_initial_magnetic_moments(seeded)
    old = origin >= 0
    offsets = np.zeros((len(atoms), 3))
    moved = atoms.positions[old] - parent.structure.atoms.positions[origin[old]]
    offsets[old] = moved.round(6) + 0.0
    came_from = (parent.name, parent.candidate)
    return Species(name, parent.kind, structure, candidate, came_from, origin, offsets)


def _unpaired(structure: Structure, bare: Structure, of_ligands: int, sides: str) -> int:
    """Number of electrons that must stay unpaired: on two equal faces, one on each.

    Those behind the moments of magnetic ions and of ligands do not count. A defect in the very
    middle belongs to both faces, so that the number of all electrons decides.
    """
    moment = round(magnetic_moment_muB(structure.atoms)) + of_ligands
    counts = Counter(ion for ion, _ in (*structure.vacancies, *structure.added))
    if sides == "one" or any(number % 2 for number in counts.values()):
        return electron_parity(structure.atoms, structure.charge + moment)
    changed = structure.electrons - bare.electrons - moment
    return 2 if changed % 4 == 2 else changed % 2
