"""Crystals against hand-counted cells, published tilts, spglib and ASE."""

import itertools

import numpy as np
import pytest
import spglib
from ase import Atoms
from ase.build import molecule
from ase.io import write
from ase.neighborlist import natural_cutoffs, neighbor_list
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from slabs.composition import parse_formula, parse_perovskite
from slabs.crystals.mixing import Mixing
from slabs.crystals.perovskite import (
    lattice_constants_A,
    perovskite,
    read_crystal,
    tilts_from_lattice_deg,
)
from slabs.crystals.phases import LATTICES, PHASES, tabulated_lattice
from slabs.errors import InputError
from slabs.molecular_units import ion_sites, molecular_units, whole_molecules
from slabs.stoichiometry import stoichiometry_words
from slabs.structure import formula
from slabs.surfaces.symmetry import fixed_by_symmetry, operations

# Atoms of each A cation, counted from its structural formula: C(NH2)3+, HC(NH2)2+, CH3NH3+.
CATIONS = {
    "Cs": {"Cs": 1},
    "Rb": {"Rb": 1},
    "MA": {"C": 1, "N": 1, "H": 6},
    "FA": {"C": 1, "N": 2, "H": 5},
    "GA": {"C": 1, "N": 3, "H": 6},
}
BONDS = {"MA": 7, "FA": 7, "GA": 9}
ORGANIC = ("H", "C", "N")

PARTIAL_CIF = """data_partial
_cell_length_a 6.1
_cell_length_b 6.1
_cell_length_c 6.1
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_space_group_name_H-M_alt 'P 1'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
Pb1 Pb 0.0 0.0 0.0 1
Cs1 Cs 0.5 0.5 0.5 1
I1  I  0.5 0.0 0.0 {occupancy}
I2  I  0.0 0.5 0.0 1
I3  I  0.0 0.0 0.5 1
"""


def space_group(atoms):
    cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    return spglib.get_symmetry_dataset(cell, symprec=1e-3).number


def counts(atoms):
    return dict(atoms.symbols.formula.count())


def metal_halide_angles_deg(atoms):
    """Pb-I-Pb angle of each iodide and the axis, 0, 1 or 2, along which its bonds run most."""
    i, j, vectors = neighbor_list("ijD", atoms, 3.8)
    angles, axes = [], []
    for iodide in np.flatnonzero(atoms.symbols == "I"):
        first, second = vectors[(i == iodide) & (atoms.symbols[j] == "Pb")]
        cosine = first @ second / np.linalg.norm(first) / np.linalg.norm(second)
        angles.append(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))
        axes.append(int(np.abs(first).argmax()))
    return np.array(angles), np.array(axes)


@pytest.mark.parametrize(
    ("phase", "number", "units"), [("alpha", 221, 1), ("beta", 127, 2), ("gamma", 62, 4)]
)
def test_each_phase_has_its_space_group(phase, number, units):
    crystal = perovskite("CsPbI3", phase=phase)
    assert space_group(crystal) == number
    assert counts(crystal) == {"Cs": units, "Pb": units, "I": 3 * units}


def test_cubic_cell():
    crystal = perovskite("CsPbI3")
    assert formula(crystal) == "CsPbI3"
    assert crystal.cell.cellpar() == pytest.approx([6.29, 6.29, 6.29, 90, 90, 90])
    distance = crystal.get_all_distances(mic=True)
    lead, caesium, iodide = (crystal.symbols == s for s in ("Pb", "Cs", "I"))
    assert distance[lead][:, iodide].ravel() == pytest.approx([6.29 / 2] * 3)
    assert distance[caesium][:, iodide].ravel() == pytest.approx([6.29 / np.sqrt(2)] * 3)
    assert distance[caesium][:, lead].ravel() == pytest.approx([6.29 * np.sqrt(3) / 2])


def test_cells_have_the_published_lengths():
    assert perovskite("CsPbI3", phase="beta").cell.cellpar() == pytest.approx(
        [8.827, 8.827, 6.299, 90, 90, 90]
    )
    assert perovskite("CsPbI3", phase="gamma").cell.cellpar() == pytest.approx(
        [8.577, 8.856, 12.472, 90, 90, 90]
    )


def test_tilts_follow_from_the_lattice_constants():
    # cos(phi) = 8.827 / (sqrt(2) 6.299) = 0.990893
    assert tilts_from_lattice_deg("beta", (8.827, 6.299)) == pytest.approx((0.0, 7.739), abs=2e-3)
    # cos(theta) = 8.577 / 8.856 = 0.968496 and cos(phi) = sqrt(2) 8.577 / 12.472 = 0.972556
    assert tilts_from_lattice_deg("gamma", (8.577, 8.856, 12.472)) == pytest.approx(
        (14.420, 13.454), abs=2e-3
    )
    assert tilts_from_lattice_deg("alpha", (6.29,)) == (0.0, 0.0)


def test_untilted_lattice_constants_give_no_tilt():
    a = 6.2
    assert tilts_from_lattice_deg("beta", (np.sqrt(2) * a, a)) == pytest.approx((0, 0), abs=1e-4)
    gamma = (np.sqrt(2) * a, np.sqrt(2) * a, 2 * a)
    assert tilts_from_lattice_deg("gamma", gamma) == pytest.approx((0, 0), abs=1e-4)


@pytest.mark.parametrize("phi", [4.0, 7.739, 12.0])
def test_angles_of_the_beta_phase_are_bent_in_plane_only(phi):
    angles, axes = metal_halide_angles_deg(perovskite("CsPbI3", phase="beta", tilts_deg=[0.0, phi]))
    assert angles[axes == 2] == pytest.approx([180.0] * 2, abs=1e-3)
    assert angles[axes != 2] == pytest.approx([180 - 2 * phi] * 4, abs=1e-3)


def test_angles_of_the_beta_phase_with_tilts_from_its_lattice():
    angles, axes = metal_halide_angles_deg(perovskite("CsPbI3", phase="beta"))
    assert angles[axes != 2] == pytest.approx([180 - 2 * 7.739] * 4, abs=5e-3)


def test_gamma_phase_is_bent_by_both_tilts():
    angles, axes = metal_halide_angles_deg(perovskite("CsPbI3", phase="gamma"))
    assert angles[axes == 2] == pytest.approx([180 - 2 * 14.420] * 4, abs=1.0)
    # In the plane two bonds of 3.2194 A span sqrt(8.577^2 + 8.856^2) / 2 = 6.1642 A.
    assert angles[axes != 2] == pytest.approx([146.4] * 8, abs=1.0)


def test_octahedra_of_the_gamma_phase_are_nearly_regular():
    crystal = perovskite("CsPbI3", phase="gamma")
    i, j, d = neighbor_list("ijd", crystal, 4.0)
    bonds = d[(crystal.symbols[i] == "Pb") & (crystal.symbols[j] == "I")]
    # O'Keeffe and Hyde: b = sqrt(8) d cos(phi), so d = 8.856 / 2.82843 / 0.972556.
    assert len(bonds) == 4 * 6
    assert bonds == pytest.approx([3.2194] * 24, rel=0.02)


def test_given_tilts_need_no_fitting_lattice():
    with pytest.raises(InputError, match="regular octahedra cannot fit"):
        perovskite("CsPbI3", [9.1, 8.9, 12.4], phase="gamma")
    crystal = perovskite("CsPbI3", [9.1, 8.9, 12.4], phase="gamma", tilts_deg=[10.0, 10.0])
    assert space_group(crystal) == 62


def test_gamma_cell_without_tilts_is_a_stack_of_cubic_ones():
    a = 6.29
    lattice = [np.sqrt(2) * a, np.sqrt(2) * a, 2 * a]
    assert space_group(perovskite("CsPbI3", lattice, phase="gamma", tilts_deg=[0, 0])) == 221


@pytest.mark.parametrize(("material", "phase"), sorted(LATTICES))
def test_every_tabulated_lattice_makes_a_crystal_of_its_phase(material, phase):
    crystal = perovskite(material, phase=phase)
    a = LATTICES[material, phase].values_A
    cell = {"alpha": (a[0],) * 3, "beta": (a[0], a[0], a[-1]), "gamma": a}[phase]
    assert crystal.cell.lengths() == pytest.approx(cell)
    units = {"alpha": 1, "beta": 2, "gamma": 4}[phase]
    pseudo_cubic_A = (crystal.get_volume() / units) ** (1 / 3)
    halide = parse_formula(material)[-1][0]
    # Twice the sum of the Shannon radii of Pb2+ (1.19) and the halide, Sn and Ge shorter.
    longest_A = 2 * (1.19 + {"Cl": 1.81, "Br": 1.96, "I": 2.20}[halide])
    assert 0.85 * longest_A < pseudo_cubic_A < longest_A
    if not set(ORGANIC) & set(crystal.symbols):
        assert space_group(crystal) == {"alpha": 221, "beta": 127, "gamma": 62}[phase]


@pytest.mark.parametrize(
    ("cation", "metal", "halide"),
    list(itertools.product(CATIONS, ("Pb", "Sn", "Ge"), ("Cl", "Br", "I"))),
)
def test_every_material_has_its_composition(cation, metal, halide):
    crystal = perovskite(f"{cation}{metal}{halide}3", [6.3])
    assert counts(crystal) == {**CATIONS[cation], metal: 1, halide: 3}
    assert crystal.cell.lengths() == pytest.approx([6.3] * 3)


@pytest.mark.parametrize("axis", ["x", "y", "z"])
@pytest.mark.parametrize("cation", BONDS)
def test_molecular_cations_are_whole_and_apart(cation, axis):
    crystal = perovskite(f"{cation}PbI3", [6.3], cation_axis=axis)
    cutoffs = natural_cutoffs(crystal, mult=1.2)
    organic = np.isin(crystal.symbols, ORGANIC)
    i, j = neighbor_list("ij", crystal, cutoffs)
    bonded = organic[i] & organic[j]
    assert bonded.sum() == 2 * BONDS[cation]
    graph = coo_array(
        (np.ones(bonded.sum()), (i[bonded], j[bonded])), shape=(len(crystal), len(crystal))
    )
    labels = connected_components(graph, directed=False)[1]
    assert len(set(labels[organic].tolist())) == 1
    # Nothing else is near: no H of the next cell, no lattice ion.
    first, second, d, shift = neighbor_list("ijdS", crystal, 2.2)
    positions = crystal.positions
    inside = np.linalg.norm(positions[second] - positions[first], axis=1)
    other_cell = shift.any(axis=1) & ~np.isclose(inside, d)
    lattice_ion = organic[first] & ~organic[second]
    hydrogen = (crystal.symbols[first] == "H") & (crystal.symbols[second] == "H")
    assert not (organic[first] & other_cell & ~hydrogen).any()
    assert not lattice_ion.any()
    assert d[hydrogen].min(initial=9.9) > 1.5


@pytest.mark.parametrize(("axis", "column"), [("x", 0), ("y", 1), ("z", 2)])
def test_cation_axis_turns_methylammonium(axis, column):
    crystal = perovskite("MAPbI3", cation_axis=axis)
    carbon, nitrogen = (crystal.positions[crystal.symbols == s][0] for s in "CN")
    bond = np.abs(nitrogen - carbon)
    assert np.linalg.norm(bond) == pytest.approx(1.5, abs=0.05)
    assert bond[column] == pytest.approx(np.linalg.norm(bond), abs=1e-6)


def test_neighbouring_methylammonium_ions_are_antiparallel_in_a_larger_cell():
    crystal = perovskite("MAPbI3", phase="gamma")
    carbon, nitrogen = (crystal.positions[crystal.symbols == s] for s in "CN")
    assert (nitrogen - carbon).sum(axis=0) == pytest.approx([0, 0, 0], abs=1e-6)


def bromide_place(crystal):
    (place,) = crystal.get_scaled_positions()[crystal.symbols == "Br"]
    return sorted(place.round(6).tolist()), bool(place[2] > 0.25)


def test_cspbi2br_has_an_apical_and_an_equatorial_arrangement():
    found = [perovskite("CsPbI2Br", [6.1], mixing=Mixing(arrangement=n)) for n in (0, 1)]
    assert all(counts(c) == {"Cs": 1, "Pb": 1, "I": 2, "Br": 1} for c in found)
    assert all(bromide_place(c)[0] == [0.0, 0.0, 0.5] for c in found)
    assert {bromide_place(c)[1] for c in found} == {True, False}
    assert [space_group(c) for c in found] == [123, 123]
    with pytest.raises(InputError, match="2 symmetry-distinct arrangements"):
        perovskite("CsPbI2Br", [6.1], mixing=Mixing(arrangement=2))


@pytest.mark.parametrize(
    ("material", "cell", "arrangements"),
    [
        ("Cs0.5FA0.5PbI3", (2, 1, 1), 1),
        # Two of four A sites: side by side, or across.
        ("Cs0.5Rb0.5PbI3", (2, 2, 1), 2),
        ("CsPb0.5Sn0.5I3", (2, 2, 1), 2),
        # One of four.
        ("CsPb0.75Sn0.25I3", (2, 2, 1), 1),
        # Bromide once in two cells stacked along c: apical or equatorial.
        ("CsPbI2.5Br0.5", (1, 1, 2), 2),
    ],
)
def test_ordered_arrangements_are_counted_by_hand(material, cell, arrangements):
    for number in range(arrangements):
        perovskite(material, [6.2], mixing=Mixing(cell=cell, arrangement=number))
    with pytest.raises(InputError, match=f"has {arrangements} symmetry-distinct"):
        perovskite(material, [6.2], mixing=Mixing(cell=cell, arrangement=arrangements))


def test_random_arrangement_has_the_right_counts_and_repeats():
    def draw(seed):
        mixing = Mixing(cell=(2, 2, 2), seed=seed)
        return perovskite("Cs0.5Rb0.5PbI1.5Br1.5", [6.1], mixing=mixing)

    first = draw(7)
    assert counts(first) == {"Cs": 4, "Rb": 4, "Pb": 8, "I": 12, "Br": 12}
    again = draw(7)
    assert (again.numbers == first.numbers).all()
    assert (again.positions == first.positions).all()
    assert (draw(8).numbers != first.numbers).any()
    # Only ions that share a site were exchanged.
    parent = perovskite("CsPbI3", [6.1]).repeat((2, 2, 2))
    assert (ion_sites(first) == ion_sites(parent)).all()


@pytest.mark.parametrize(
    ("mixing", "words"),
    [
        (Mixing(arrangement=-1), "arrangement"),
        (Mixing(cell=(2, 2, 3), arrangement=0), "choose a smaller mixing.cell"),
    ],
)
def test_impossible_arrangements(mixing, words):
    with pytest.raises(InputError, match=words):
        perovskite("CsPbI2Br", [6.1], mixing=mixing)


def test_cell_that_cannot_hold_the_composition():
    with pytest.raises(InputError, match=r"2\.50 I on 3 X sites"):
        perovskite("CsPbI2.5Br0.5", [6.1])


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("CsPbI3", [("Cs", 1), ("Pb", 1), ("I", 3)]),
        ("MAPbI3", [("MA", 1), ("Pb", 1), ("I", 3)]),
        ("Cs2Pb2I6", [("Cs", 2), ("Pb", 2), ("I", 6)]),
        ("FA0.85Cs0.15PbI2.55Br0.45", [("FA", 0.85), ("Cs", 0.15), ("Pb", 1), ("I", 2.55),
                                       ("Br", 0.45)]),
    ],
)  # fmt: skip
def test_formulas(text, parts):
    assert parse_formula(text) == parts


def test_shares_of_a_mixed_formula():
    shares = parse_perovskite("FA0.85Cs0.15PbI2.55Br0.45").shares
    assert shares["A"] == pytest.approx({"FA": 0.85, "Cs": 0.15})
    assert shares["X"] == pytest.approx({"I": 0.85, "Br": 0.15})
    assert parse_perovskite("CsPbI2Br").mixed
    assert not parse_perovskite("Cs2Pb2I6").mixed


@pytest.mark.parametrize(
    "text",
    ["", " ", "CsPbX3", "Cs Pb", "cspbi3", "3Cs", "CsPbI.", "CsPbI0", "CsPbI1e5", "Cs-1", "I1000",
     "CsPbI3\n", "A" * 500],
)  # fmt: skip
def test_bad_formulas(text):
    with pytest.raises(InputError, match=r"formula|element|above zero") as caught:
        parse_formula(text)
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("CsPbI2", "not a perovskite ABX3"),
        ("PbI2", "not a perovskite ABX3"),
        ("Cs2PbI3", "not a perovskite ABX3"),
        ("CsI3", "not a perovskite ABX3"),
        ("CsPbO3", "O is no ion"),
        ("NaPbI3", "Na is no ion"),
        ("CsCdI3", "Cd is no ion"),
        ("CsPbX3", "not a chemical element"),
    ],
)
def test_formulas_that_are_no_perovskite(text, words):
    with pytest.raises(InputError, match=words) as caught:
        perovskite(text, [6.0])
    assert caught.value.key == "material"


@pytest.mark.parametrize(
    ("settings", "words", "key"),
    [
        ({"phase": "delta"}, "not a phase; allowed: alpha, beta, gamma", "phase"),
        ({"lattice": [6.2, 6.3]}, "not 2", "lattice_constants_A"),
        ({"lattice": []}, "not 0", "lattice_constants_A"),
        ({"phase": "beta", "lattice": [6.2]}, r"2 lattice constants \[a, c\], not 1",
         "lattice_constants_A"),
        ({"phase": "gamma", "lattice": [8.6, 8.8]}, r"\[a, b, c\], not 2", "lattice_constants_A"),
        ({"phase": "beta", "lattice": [9.5, 6.3]}, "octahedra cannot fit", "lattice_constants_A"),
        ({"tilts_deg": [0.0, 5.0]}, "no such tilts", "tilts_deg"),
        ({"phase": "beta", "tilts_deg": [5.0, 5.0]}, "no such tilts", "tilts_deg"),
        ({"phase": "gamma", "tilts_deg": [5.0]}, "tilts_deg|tilts", "tilts_deg"),
        ({"phase": "gamma", "tilts_deg": [5.0, 5.0, 5.0]}, "tilts_deg|tilts", "tilts_deg"),
        ({"cation_axis": "c"}, "not an axis; allowed: x, y, z", "cation_axis"),
    ],
)  # fmt: skip
def test_impossible_crystals_say_why(settings, words, key):
    with pytest.raises(InputError, match=words) as caught:
        perovskite("CsPbI3", **settings)
    assert caught.value.key == key


@pytest.mark.parametrize("phase", PHASES)
def test_unknown_material_asks_for_its_lattice_constants(phase):
    with pytest.raises(InputError, match="give lattice_constants_A"):
        perovskite("RbSnCl3", phase=phase)
    assert lattice_constants_A("RbSnCl3", "alpha", [5.5]) == (5.5,)


@pytest.mark.parametrize(
    ("material", "phase", "expected"),
    [
        ("CsPbI2Br", "alpha", [(2 * 6.29 + 5.874) / 3]),
        ("MA0.5Cs0.5PbI3", "alpha", [(6.329 + 6.29) / 2]),
        # A quarter of each of CsPbI3, CsPbBr3, CsSnI3 and CsSnBr3.
        ("CsPb0.5Sn0.5I1.5Br1.5", "alpha", [(6.29 + 5.874 + 6.206 + 5.795) / 4]),
        ("CsPbI1.5Br1.5", "gamma", [8.392, 8.5555, 12.1155]),
    ],
)  # fmt: skip
def test_vegard_between_the_end_members(material, phase, expected):
    assert lattice_constants_A(material, phase) == pytest.approx(expected, abs=1e-4)
    words = tabulated_lattice(material, phase).words
    assert words.startswith("lattice constants by Vegard's rule from those measured of ")
    assert ("Trots" in words) == (phase == "alpha")


def test_a_pure_material_needs_no_rule():
    assert tabulated_lattice("Cs2Pb2I6", "alpha") is LATTICES["CsPbI3", "alpha"]
    assert LATTICES["CsPbI3", "alpha"].words.startswith("measured lattice constants of Trots")


@pytest.mark.parametrize(
    ("material", "phase", "end"),
    [("CsPb0.5Ge0.5I3", "alpha", "CsGeI3"), ("CsPbI2Br", "beta", "CsPbBr3")],
)
def test_vegard_needs_every_end_member(material, phase, end):
    words = f"Vegard's rule needs those of its end member {end}.*give lattice_constants_A"
    with pytest.raises(InputError, match=words) as caught:
        lattice_constants_A(material, phase)
    assert caught.value.key == "lattice_constants_A"


@pytest.mark.parametrize(
    ("material", "prototype"),
    [("Cs2PbI4", "K2NiF4"), ("Cs2AgBiBr6", "elpasolite"), ("Cs4PbI6", "K4CdCl6"), ("PbI2", "CdI2")],
)
def test_other_formulas_name_their_prototype(material, prototype):
    with pytest.raises(InputError, match=rf"\[crystals\] with prototype = '{prototype}'"):
        perovskite(material)


def test_symmetry_operations_of_the_cubic_crystal():
    crystal = perovskite("CsPbI3")
    found = operations(crystal)
    assert len(found) == 48
    assert sum(op.is_inversion for op in found) == 1
    assert sum(op.keeps_normal for op in found) == sum(op.swaps_faces for op in found) == 8


@pytest.mark.parametrize("phase", ["beta", "gamma"])
def test_operations_move_atoms_onto_like_atoms(phase):
    crystal = perovskite("CsPbI3", phase=phase)
    found = operations(crystal)
    assert len(found) == {"beta": 16, "gamma": 8}[phase]
    for op in found:
        assert op.rotation @ op.rotation.T == pytest.approx(np.eye(3), abs=1e-9)
        assert (crystal.numbers[op.permutation] == crystal.numbers).all()
        images = op.apply(crystal.positions) - crystal.positions[op.permutation]
        whole = images @ np.linalg.inv(crystal.cell.array)
        assert whole == pytest.approx(whole.round(), abs=1e-4)


def test_only_the_cubic_phase_has_no_free_atoms():
    assert fixed_by_symmetry(perovskite("CsPbI3"))
    assert not fixed_by_symmetry(perovskite("CsPbI3", phase="beta"))
    assert not fixed_by_symmetry(perovskite("MAPbI3"))


def same_crystal(first, second):
    """Every atom has a like atom at its place, all images counted."""
    assert first.cell.array == pytest.approx(second.cell.array, abs=1e-3)
    assert counts(first) == counts(second)
    both = first + second
    i, j, d = neighbor_list("ijd", both, 0.01)
    pairs = (i < len(first)) & (j >= len(first)) & (both.numbers[i] == both.numbers[j])
    assert len(set(i[pairs].tolist())) == len(first)
    assert d.max() < 0.01


@pytest.mark.parametrize(("name", "kind"), [("a.cif", "cif"), ("POSCAR", "vasp")])
@pytest.mark.parametrize(
    "crystal", [perovskite("CsPbI3", phase="gamma"), perovskite("MAPbI3")], ids=["gamma", "MA"]
)
def test_crystal_files_are_read_back(tmp_path, name, kind, crystal):
    write(tmp_path / name, crystal, format=kind)
    found = read_crystal(tmp_path / name)
    assert found.pbc.all()
    same_crystal(crystal, found)


def test_file_with_symmetry_is_expanded(tmp_path):
    cubic = PARTIAL_CIF.format(occupancy=1).replace("P 1", "P m -3 m").splitlines()
    file = tmp_path / "cubic.cif"
    file.write_text("\n".join(line for line in cubic if line[:2] not in ("I2", "I3")) + "\n")
    same_crystal(perovskite("CsPbI3", [6.1]), read_crystal(file))


def test_fixed_atoms_and_groups_of_a_file_are_dropped(tmp_path):
    file = tmp_path / "full.cif"
    file.write_text(PARTIAL_CIF.format(occupancy=1))
    found = read_crystal(file)
    assert set(found.arrays) == {"numbers", "positions"}
    assert not found.info
    assert not found.constraints


BAD_FILES = {
    "garbage.cif": bytes(range(256)) * 20,
    "garbage.vasp": b"\x00\xff" * 300,
    "POSCAR": b"hello\nworld\n",
    "empty.cif": b"",
    "empty.xyz": b"",
    "empty": b"",
    "text.txt": b"some text\nand more\n",
    "half.cif": b"data_x\n_cell_length_a 5\n",
    "flat.cif": PARTIAL_CIF.format(occupancy=1).replace("length_c 6.1", "length_c 0").encode(),
    "unknown.cif": PARTIAL_CIF.format(occupancy=1).replace("I1  I", "Q1  Q").encode(),
    "infinite.cif": PARTIAL_CIF.format(occupancy=1).replace("0.5 0.0 0.0", "inf 0 0").encode(),
    "occupancy.cif": PARTIAL_CIF.format(occupancy="full").encode(),
    "settings.json": b'{"a": 1}',
    "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(100),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_files_that_are_no_crystal_are_refused_in_one_sentence(tmp_path, name):
    (tmp_path / name).write_bytes(BAD_FILES[name])
    with pytest.raises(InputError) as caught:
        read_crystal(tmp_path / name)
    assert name in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.key == "file"


def test_file_with_two_structures_is_refused(tmp_path):
    write(tmp_path / "two.xyz", [perovskite("CsPbI3")] * 2)
    with pytest.raises(InputError, match="must hold one structure, not several"):
        read_crystal(tmp_path / "two.xyz")


def test_file_name_with_an_at_sign(tmp_path):
    write(tmp_path / "CsPbI3@300K.cif", perovskite("CsPbI3"), format="cif")
    same_crystal(perovskite("CsPbI3"), read_crystal(tmp_path / "CsPbI3@300K.cif"))


def test_missing_file_and_folder(tmp_path):
    for path in (tmp_path, tmp_path / "missing.cif"):
        with pytest.raises(InputError, match="is not a file"):
            read_crystal(path)


def test_molecule_is_no_crystal(tmp_path):
    write(tmp_path / "water.xyz", molecule("H2O"))
    with pytest.raises(InputError, match="no three-dimensional cell"):
        read_crystal(tmp_path / "water.xyz")


@pytest.mark.parametrize("more", ["", "Br1 Br 0.5 0.0 0.0 0.5\n"])
def test_partly_occupied_sites_are_refused(tmp_path, more):
    file = tmp_path / "partial.cif"
    file.write_text(PARTIAL_CIF.format(occupancy=0.5) + more)
    with pytest.raises(InputError, match="partly occupied sites"):
        read_crystal(file)


def test_too_large_file(tmp_path):
    write(tmp_path / "POSCAR", perovskite("CsPbI3").repeat((8, 8, 7)), format="vasp")
    with pytest.raises(InputError, match="2240 atoms; at most 2000"):
        read_crystal(tmp_path / "POSCAR")


@pytest.mark.parametrize(
    ("crystal", "words"),
    [
        (perovskite("CsPbI3", phase="gamma"), "4 CsPbI3"),
        (perovskite("MAPbI3"), "1 MAPbI3"),
        (perovskite("CsPbI2Br", [6.1]), "1 CsPbBrI2"),
        (Atoms("PbI2", positions=np.eye(3) * 3, cell=[9, 9, 9], pbc=True), "1 PbI2"),
    ],
)
def test_stoichiometry_in_words(crystal, words):
    assert stoichiometry_words(crystal) == words


def test_sites_of_ions_and_of_whole_molecules():
    crystal = perovskite("FAPbBr3")
    for symbol, site in zip(crystal.symbols, ion_sites(crystal), strict=True):
        assert site == {"Pb": "B", "Br": "X"}.get(symbol, "A")


def test_molecule_cut_by_the_boundary_is_made_whole():
    water = molecule("H2O", cell=[6, 6, 6], pbc=True)
    bonds = water.get_distances(0, [1, 2])
    water.wrap()
    assert water.get_distances(0, [1, 2]).max() > 3.0
    assert len(set(molecular_units(water).tolist())) == 1
    whole = whole_molecules(water)
    assert whole.get_distances(0, [1, 2]) == pytest.approx(bonds)
    assert water.get_distances(0, [1, 2]).max() > 3.0


@pytest.mark.parametrize("axis", ["x", "y", "z"])
def test_cations_keep_clear_of_the_tilted_cage(axis):
    atoms = perovskite("MAPbI3", phase="gamma", cation_axis=axis)
    iodide = np.flatnonzero(atoms.symbols == "I")
    hydrogen = np.flatnonzero(atoms.symbols == "H")
    assert min(atoms.get_distances(h, iodide, mic=True).min() for h in hydrogen) > 2.3
