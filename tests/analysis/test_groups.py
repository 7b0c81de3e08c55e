"""Groups of atoms beside point defects, by hand."""

import numpy as np
from ase import Atoms

from analysis.groups import atom_groups
from slabs.structure import Structure

A_A = 6.3
PLACES_A = [(0, 0, 4), (A_A / 2, 0, 4), (0, A_A / 2, 4)]


def layer(size=2):
    """One PbI2 layer of several cells, Pb first."""
    one = Atoms("PbI2", positions=PLACES_A, cell=[A_A, A_A, 20], pbc=(True, True, False))
    return one.repeat((size, size, 1))


def at(atoms, symbol, x, y):
    return next(
        n
        for n, (place, s) in enumerate(zip(atoms.positions, atoms.symbols, strict=True))
        if s == symbol and np.allclose(place[:2], (x, y))
    )


def test_an_added_atom_stands_with_its_nearest_ions():
    place = (0.0, 0.0, 6.9)
    atoms = layer() + Atoms("I", positions=[place])
    structure = Structure(atoms, ("surface",) * len(atoms), added=(("I", place),))
    # Pb is 2.9 A below; the four I around it are sqrt(2.9^2 + 3.15^2) = 4.28 A away, above 1.25
    # times 2.9 A.
    lead, added = at(atoms, "Pb", 0, 0), len(atoms) - 1
    assert atom_groups(structure)["beside added I"].tolist() == [lead, added]


def test_an_added_atom_in_a_bridge_stands_with_both_ends_across_the_boundary():
    place = (-A_A / 2, 0.0, 6.0)
    atoms = layer()
    del atoms[at(atoms, "I", A_A * 1.5, 0)]
    atoms += Atoms("I", positions=[place])
    structure = Structure(atoms, ("surface",) * len(atoms), added=(("I", place),))
    ends = [at(atoms, "Pb", 0, 0), at(atoms, "Pb", A_A, 0)]
    found = set(atom_groups(structure)["beside added I"].tolist())
    assert {*ends, len(atoms) - 1} == found


def test_a_vacancy_stands_between_the_metals_it_joined_and_a_missing_metal_among_halides():
    atoms = layer()
    place = (A_A * 1.5, 0.0, 4.0)
    del atoms[at(atoms, "I", *place[:2])]
    structure = Structure(atoms, ("surface",) * len(atoms), vacancies=(("I", place),))
    ends = {at(atoms, "Pb", 0, 0), at(atoms, "Pb", A_A, 0)}
    assert set(atom_groups(structure)["beside V_I"].tolist()) == ends
    atoms = layer()
    place = (A_A, A_A, 4.0)
    del atoms[at(atoms, "Pb", *place[:2])]
    structure = Structure(atoms, ("surface",) * len(atoms), vacancies=(("Pb", place),))
    halides = {
        at(atoms, "I", A_A * 0.5, A_A), at(atoms, "I", A_A * 1.5, A_A),
        at(atoms, "I", A_A, A_A * 0.5), at(atoms, "I", A_A, A_A * 1.5),
    }  # fmt: skip
    assert set(atom_groups(structure)["beside V_Pb"].tolist()) == halides
