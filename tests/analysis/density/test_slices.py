"""The plane in which a bond is shown, and the atoms in it, for hand-made structures."""

import numpy as np
import pytest
from ase import Atoms

from analysis.density.difference import DensityDifference, unbalanced
from analysis.density.slices import anchor_bond, bond_slice, centre_of_bonds

CELL_A = [8.0, 9.0, 20.0]


def density_of(symbols, places_A, fragment_of, cell_A=CELL_A, values=None):
    atoms = Atoms(symbols, positions=places_A, cell=cell_A, pbc=(True, True, False))
    names = ("surface", *(f"L{n}" for n in range(1, max(fragment_of) + 1)))
    values = np.zeros((8, 9, 20)) if values is None else values
    return DensityDifference(values, atoms, names, np.array(fragment_of))


def cut_of(density):
    return bond_slice(density, anchor_bond(density, "L1"))


def shown(cut):
    places = np.round(cut.places_A, 3).tolist()
    return [(s, *place) for s, place in zip(cut.symbols, places, strict=True)]


@pytest.mark.parametrize(
    ("lean_A", "words"),
    # sin of the angle from the normal: 0.6 / 2.57 = 0.23 and 0.8 / 2.62 = 0.31.
    [(0.6, "(2.57 Å), towards the next I"), (0.8, "(2.62 Å)")],
)
def test_a_bond_is_upright_below_a_quarter_of_its_length(lean_A, words):
    places = [(4, 4, 8), (4 - lean_A, 4, 10.5), (4, 7.2, 8)]
    cut = cut_of(density_of("PbNI", places, [0, 1, 0]))
    assert cut.words == f"upright plane of the Pb-N contact {words}"
    # Towards I the plane runs along y, else along the bond.
    across = {"I": 3.2} if "next" in words else {"N": lean_A}
    for symbol, distance_A in across.items():
        found = [x for s, x, _ in shown(cut) if s == symbol]
        assert min(found, key=abs) == pytest.approx(distance_A)


def test_the_neighbour_lies_beside_the_atom_and_not_below_it():
    # I is nearest, but 63 degrees below the horizontal; Cs lies beside.
    places = [(4, 4, 8), (4, 4, 10.5), (5.3, 4, 5.4), (4, 7.8, 7)]
    cut = cut_of(density_of("PbNICs", places, [0, 1, 0, 0]))
    assert cut.words.endswith("towards the next Cs")


def test_a_plane_is_centred_on_the_bond_and_ends_at_the_cell():
    cut = cut_of(density_of("PbN", [(4, 4, 8), (5, 4, 10)], [0, 1]))
    assert cut.across_A[[0, -1]] == pytest.approx([-6.0, 6.0])
    assert cut.z_A[[0, -1]] == pytest.approx([4.0, 13.95])
    cut = cut_of(density_of("PbN", [(4, 4, 1), (5, 4, 3)], [0, 1]))
    assert cut.z_A[[0, -1]] == pytest.approx([0.0, 6.95])
    cut = cut_of(density_of("PbN", [(4, 4, 17), (5, 4, 19)], [0, 1]))
    assert cut.z_A[[0, -1]] == pytest.approx([13.0, 19.95])


def test_atoms_up_to_0_8_A_from_the_plane_are_in_it_with_all_images():
    places = [(0.2, 4, 8), (1.2, 4, 10), (2.2, 4.7, 5), (2.2, 3.1, 5), (3.9, 4, 6)]
    narrow = density_of("PbNICsBr", places, [0, 1, 0, 0, 0], cell_A=[4.0, 9.0, 20.0])
    found = shown(cut_of(narrow))
    assert "Cs" not in [symbol for symbol, _, _ in found]
    assert sorted(x for s, x, z in found if s == "I") == pytest.approx([-2.0, 2.0])
    assert sorted(x for s, x, z in found if s == "Pb") == pytest.approx([-4.0, 0.0, 4.0])
    # From 3.9 to 0.2 A are 3.7 A, and to images of 4 A: -4.3, -0.3 and 3.7.
    assert sorted(x for s, x, z in found if s == "Br") == pytest.approx([-4.3, -0.3, 3.7])
    assert {z for s, x, z in found if s == "Br"} == {6.0}
    other = density_of("PbNBr", [(3.9, 4, 8), (4.9, 4, 10), (0.2, 4, 6)], [0, 1, 0], [4, 9, 20])
    assert sorted(x for s, x, z in shown(cut_of(other)) if s == "Br") == pytest.approx(
        [-3.7, 0.3, 4.3]
    )


def test_images_along_the_second_cell_vector_are_in_the_plane_too():
    places = [(4, 3.9, 8), (4, 4.9, 10), (4, 0.2, 6)]
    found = shown(cut_of(density_of("PbNBr", places, [0, 1, 0], [9.0, 4.0, 20.0])))
    assert sorted(x for s, x, z in found if s == "Br") == pytest.approx([-3.7, 0.3, 4.3])
    places = [(4, 0.2, 8), (4, 1.2, 10), (4, 3.9, 6)]
    found = shown(cut_of(density_of("PbNBr", places, [0, 1, 0], [9.0, 4.0, 20.0])))
    assert sorted(x for s, x, z in found if s == "Br") == pytest.approx([-4.3, -0.3, 3.7])


def test_values_of_the_plane_are_those_of_the_density_across_and_along_z():
    # Linear in y and z, so that interpolation is exact inside of the cell.
    y, z = np.arange(9.0), np.arange(20.0)
    values = np.broadcast_to(10.0 * z[None, None] + y[None, :, None], (8, 9, 20))
    density = density_of("PbN", [(4, 2, 8), (4, 4, 9)], [0, 1], values=values)
    cut = cut_of(density)
    row = abs(cut.z_A - 7.5).argmin()
    column = abs(cut.across_A - 1.5).argmin()
    # 1.5 A from Pb at y = 2 A, in the direction of N.
    assert cut.difference_e_per_A3[row, column] == pytest.approx(75.0 + 3.5)
    assert cut.difference_e_per_A3[row, abs(cut.across_A + 1.5).argmin()] == pytest.approx(75.5)


def test_the_contact_is_the_shortest_in_covalent_radii():
    # Pb-N 2.55 A is 1.17 times 1.46 + 0.71 A, H-I 2.30 A 1.35 times 0.31 + 1.39 A.
    places = [(4, 4, 8), (7, 4, 8), (4, 4, 10.55), (7, 4, 10.3)]
    bond = anchor_bond(density_of("PbINH", places, [0, 0, 1, 1]), "L1")
    assert (bond.slab_atom, bond.other_atom) == (0, 2)
    assert bond.length_A == pytest.approx(2.55)


def test_the_centre_lies_between_the_bonds_by_their_nearest_images():
    # Middles at x = 0.5 and 7.1 A of 8 A, or -0.9: their middle is -0.2 A.
    places = [(0.5, 3, 8), (7.1, 3, 8), (0.5, 3, 10.4), (7.1, 6, 9.4)]
    density = density_of("PbPbNN", places, [0, 0, 1, 2])
    x, y = centre_of_bonds(density)
    assert (x * 8.0 + 4.0) % 8.0 - 4.0 == pytest.approx(-0.2)
    assert y * 9.0 == pytest.approx((3.0 + 4.5) / 2)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_density_is_refused_for_too_many_electrons_and_for_too_few(sign):
    assert unbalanced({"whole": 10.0 + sign * 0.009}, {"whole": 10}, sign * 0.0009) == ""
    words = unbalanced({"whole": 10.0 + sign * 0.02}, {"whole": 10}, 0.0)
    assert words.startswith(f"the density of whole holds {10 + sign * 0.02:.4f} electrons, not 10")
    words = unbalanced({"whole": 10.0}, {"whole": 10}, sign * 0.002)
    assert words.startswith(f"the density difference integrates to {sign * 0.002:+.5f} e")
