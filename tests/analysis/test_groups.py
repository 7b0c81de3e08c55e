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


def chain(names, places_A, tags):
    """A layer with atoms of one ligand above it."""
    atoms = layer() + Atoms(names, positions=places_A)
    return Structure(atoms, ("surface",) * 12 + (tags,) * len(names))


def test_layers_are_counted_from_below_and_named_by_what_they_hold():
    salt = Atoms("CsI", positions=[(A_A / 2, A_A / 2, 0.8), (0, 0, 0.8)], cell=[A_A, A_A, 20])
    atoms = layer() + salt.repeat((2, 2, 1))
    groups = atom_groups(Structure(atoms, ("surface",) * len(atoms)))
    assert groups["layer 1 from below, CsI"].tolist() == list(range(12, 20))
    assert groups["layer 2 from below, PbI2"].tolist() == list(range(12))


def test_a_ligand_has_a_head_next_to_the_slab_a_chain_and_a_counter_ion():
    # CH3-NH3+ without its hydrogens but one, beside an iodide that is bonded to nothing.
    names = ["C", "N", "H", "I"]
    places_A = [(0, 0, 8.0), (0, 0, 6.5), (0.95, 0, 6.2), (6.3, 6.3, 8.0)]
    groups = atom_groups(chain(names, places_A, "MA"))
    assert groups["MA"].tolist() == [12, 13, 14, 15]
    assert groups["MA, counter-ion"].tolist() == [15]
    # The carbon is bonded to the nitrogen: all of the molecule is its head.
    assert not {"MA, head", "MA, chain"} & set(groups)

    # One more carbon is a chain.
    groups = atom_groups(chain(["C", *names[:3]], [(0, 0, 9.5), *places_A[:3]], "EA"))
    assert groups["EA, head"].tolist() == [13, 14, 15]
    assert groups["EA, chain"].tolist() == [12]
    assert "EA, counter-ion" not in groups


def test_two_bonded_atoms_are_a_molecule_and_an_atom_alone_is_an_ion():
    places_A = [(0, 0, 7.0), (0, 0, 8.13), (6.3, 6.3, 8.0)]
    groups = atom_groups(chain(["C", "O", "I"], places_A, "CO"))
    assert groups["CO, counter-ion"].tolist() == [14]


def test_a_hydrocarbon_has_neither_head_nor_chain():
    places_A = [(0, 0, 8.0), (0, 0, 9.09)]
    groups = atom_groups(chain(["C", "H"], places_A, "methane"))
    assert groups["methane"].tolist() == [12, 13]
    assert not {"methane, head", "methane, chain"} & set(groups)


def test_lone_ions_have_no_head():
    groups = atom_groups(chain(["I"], [(0, 0, 7.2)], "iodide"))
    assert groups["iodide"].tolist() == [12]
    assert not {name for name in groups if name.startswith("iodide,")}
