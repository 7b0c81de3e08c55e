"""Hops of vacancies on known surfaces: which ion moves, how far, and in which direction."""

import numpy as np
import pytest
from ase.geometry import find_mic

from slabs.crystals.perovskite import perovskite
from slabs.errors import InputError
from slabs.structure import SURFACE_GROUP, Structure
from slabs.surfaces.defects import remove_atom
from slabs.surfaces.hops import far_atoms, hop_of
from slabs.surfaces.slab import build_slab
from slabs.surfaces.vacancies import distinct_vacancies

LENGTH_A = 6.3


def vacant(size=(2, 2), layers=5, frozen=1, element="I", depth="surface"):
    crystal = perovskite("CsPbI3", [LENGTH_A])
    atoms = build_slab(
        crystal, termination="PbI2", size=size, layers=layers, vacuum_A=8.0, frozen_layers=frozen
    )
    slab = Structure(atoms, (SURFACE_GROUP,) * len(atoms))
    return remove_atom(slab, distinct_vacancies(slab, element, depth)[0])


def place_of(structure):
    return np.array(structure.vacancies[-1][1])


def test_shortest_hop_is_along_the_edge_of_an_octahedron():
    structure = vacant()
    hop = hop_of(structure)
    # Iodines of one PbI2 layer are a / sqrt 2 apart.
    assert hop.length_A == pytest.approx(LENGTH_A / np.sqrt(2), abs=1e-6)
    assert structure.atoms.symbols[hop.atom] == "I"
    assert abs(hop.vector_A[:2]) == pytest.approx([LENGTH_A / 2] * 2, abs=1e-6)
    assert hop.vector_A[2] == pytest.approx(0.0, abs=1e-6)
    # The vector leads from the vacancy to the ion, across borders of the cell too.
    gap = structure.atoms.positions[hop.atom] - place_of(structure) - hop.vector_A
    assert find_mic(gap, structure.atoms.cell, [True, True, False])[1] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("direction", [[1, 1, 0], [-1, 1, 0], [1, -1, 0], [-2, -2, 0.1]])
@pytest.mark.parametrize("size", [(1, 1), (2, 2)])
def test_direction_chooses_among_equal_hops(direction, size):
    hop = hop_of(vacant(size), direction=direction)
    assert np.sign(hop.vector_A[:2]).tolist() == np.sign(direction[:2]).tolist()
    assert hop.length_A == pytest.approx(LENGTH_A / np.sqrt(2), abs=1e-6)


def test_vacancy_in_a_crystal_hops_along_any_edge():
    atoms = perovskite("CsPbI3", [LENGTH_A]).repeat(2)
    crystal = Structure(atoms, (SURFACE_GROUP,) * len(atoms))
    site = distinct_vacancies(crystal, "I")[0]
    structure = remove_atom(crystal, site)
    # Halides of one octahedron: half a lattice constant along the bridge, and half across it.
    along, *across = np.roll(np.eye(3), -"xyz".index(site.bridge_axis), axis=0)
    for other in across:
        for one, two in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            direction = one * along + two * other
            hop = hop_of(structure, direction=direction)
            assert hop.vector_A == pytest.approx(direction * LENGTH_A / 2, abs=1e-6)
            gap = structure.atoms.positions[hop.atom] - place_of(structure) - hop.vector_A
            assert find_mic(gap, atoms.cell, True)[1] == pytest.approx(0, abs=1e-6)
    with pytest.raises(InputError, match="no hop makes less than 45 degrees"):
        hop_of(structure, direction=across[0] + across[1])


def test_hop_into_the_subsurface_goes_down_an_edge():
    structure = vacant()
    hop = hop_of(structure, "subsurface")
    # From PbI2 to the iodine above or below Pb in the CsI layer.
    assert hop.length_A == pytest.approx(LENGTH_A / np.sqrt(2), abs=1e-6)
    assert hop.vector_A[2] == pytest.approx(-LENGTH_A / 2, abs=1e-6)


def test_cesium_hops_by_a_lattice_constant():
    hop = hop_of(vacant(element="Cs"))
    assert hop.length_A == pytest.approx(LENGTH_A, abs=1e-6)


def test_what_cannot_hop_is_refused():
    with pytest.raises(InputError, match="no hop makes less than 45 degrees") as found:
        hop_of(vacant(), direction=[0, 0, 1])
    assert found.value.key == "direction"
    structure = vacant()
    with pytest.raises(InputError, match="no vacancy") as found:
        hop_of(Structure(structure.atoms, structure.groups))
    assert found.value.key == "species"
    with pytest.raises(InputError, match=r"layer .*I") as found:
        hop_of(vacant(layers=1, frozen=0), "subsurface")
    assert found.value.key == "to"
    with pytest.raises(InputError, match="kept fixed"):
        hop_of(vacant(layers=3, frozen=2), "subsurface")


def test_far_ions_are_free_and_far():
    structure = vacant()
    hop = hop_of(structure)
    far = far_atoms(structure, hop)
    atoms = structure.atoms
    fixed = set(atoms.constraints[0].get_indices())
    assert far
    assert hop.atom not in far
    assert not fixed & set(far)
    start = place_of(structure)
    for place in (start, start + hop.vector_A):
        gaps = find_mic(atoms.positions[far] - place, atoms.cell, [True, True, False])[1]
        assert gaps.min() > 5.0
