"""Species after a hop of their vacancy: the same atoms in the same order, one in another place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from slabs.structure import Structure
from slabs.surfaces.hops import Hop
from slabs.surfaces.vacancies import bonded_to
from workflows.species.species import Species
from workflows.species.starts import magnetic_ions


def after_hop(species: Species, before: Species, hop: Hop) -> Species:
    """What a slab with a vacancy is once the vacancy has hopped.

    It starts from the same relaxed slab without the vacancy, at the site of the ion that hops.

    Parameters
    ----------
    species
        Slab whose last part is a vacancy of one atom.
    before
        The slab without that vacancy.
    hop
        The hop.
    """
    structure = species.structure
    place = np.array(structure.vacancies[-1][1])
    (missing,) = set(range(len(before.structure.atoms))) - set(species.parent_atoms.tolist())
    origin, offsets = species.parent_atoms.copy(), species.offsets_A.copy()
    origin[hop.atom] = missing
    offsets[hop.atom] = (place - before.structure.atoms.positions[missing]).round(6) + 0.0
    atoms = structure.atoms.copy()
    atoms.set_initial_magnetic_moments(_moments(structure, hop))
    positions = atoms.positions.copy()
    positions[hop.atom] = place
    atoms.set_positions(positions, apply_constraint=False)
    moved = (structure.vacancies[-1][0], tuple((place + hop.vector_A).tolist()))
    structure = replace(structure, atoms=atoms, vacancies=(*structure.vacancies[:-1], moved))
    return replace(species, structure=structure, parent_atoms=origin, offsets_A=offsets)


def _moments(structure: Structure, hop: Hop) -> NDArray[np.float64]:
    """Starting moments with the unpaired electron on the metal neighbours of the new vacancy."""
    atoms = structure.atoms
    old, held = atoms.get_initial_magnetic_moments(), magnetic_ions(atoms)
    place = np.array(structure.vacancies[-1][1]) + hop.vector_A
    near = np.unique(bonded_to(structure, place, "B", without=np.flatnonzero(held).tolist())[0])
    unpaired = old[~held].sum()
    moments = np.where(held, old, 0.0)
    moments[near] += unpaired / len(near)
    return moments
