"""Charge states of point defects: the same atoms with other electrons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from ase.geometry import find_mic

from slabs.structure import electron_parity
from workflows.species.species import Species
from workflows.species.starts import magnetic_ions

#: Atoms up to this factor times the distance of the nearest one are neighbours of a vacancy.
NEIGHBOUR_FACTOR = 1.15


def charged(species: Species, charge: int) -> Species:
    """A supercell with a vacancy in another charge state, which starts from the neutral one.

    An odd electron, or hole, starts on the neighbours of the vacancy; without one there are no
    moments, but those of magnetic ions.

    Parameters
    ----------
    species
        The neutral one.
    charge
        In units of e.
    """
    structure = species.structure
    atoms = structure.atoms.copy()
    held = magnetic_ions(atoms)
    moments = np.where(held, atoms.get_initial_magnetic_moments(), 0.0)
    if electron_parity(atoms, charge + round(moments.sum())):
        place = np.array(structure.vacancies[-1][1])
        distances = find_mic(atoms.positions - place, atoms.cell, pbc=True)[1]
        distances[held] = np.inf
        near = distances < NEIGHBOUR_FACTOR * distances.min()
        moments[near] = 1.0 / near.sum()
    atoms.set_initial_magnetic_moments(moments)
    return replace(
        species,
        structure=replace(structure, atoms=atoms, charge=charge),
        parent=(species.name, species.candidate),
        parent_atoms=np.arange(len(atoms)),
        offsets_A=np.zeros((len(atoms), 3)),
        cut={},
    )
