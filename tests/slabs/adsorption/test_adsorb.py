"""Placement of ligands: where the anchors are, what the chains do, and that nothing clashes."""

from functools import cache
from itertools import product

import numpy as np
import pytest
import spglib
from ase.geometry import get_distances
from scipy.spatial.distance import cdist

from slabs.adsorption.adsorb import adsorb
from slabs.adsorption.contacts import CLASH_RATIO, closest_contact
from slabs.adsorption.placement import Adsorbate, DoesNotFitError
from slabs.adsorption.poses import Search
from slabs.crystals.perovskite import perovskite
from slabs.errors import InputError
from slabs.ligands.ligand import make_ligand
from slabs.structure import electron_parity, formula
from slabs.surfaces.slab import build_slab

A = 6.29
# Van der Waals radii in angstrom: Bondi (1964), Mantina et al. (2009), Alvarez (2013) for none.
VDW_A = {"H": 1.20, "C": 1.70, "N": 1.55, "O": 1.52, "F": 1.47, "I": 1.98, "Pb": 2.02,
         "Cs": 3.43}  # fmt: skip
# Covalent radii in angstrom, Cordero et al., Dalton Trans. 2832 (2008).
PB_N_A, PB_O_A = 1.15 * (1.46 + 0.71), 1.15 * (1.46 + 0.66)


@cache
def slab(size=(1, 1), layers=3, termination="PbI2"):
    return build_slab(perovskite("CsPbI3"), termination=termination, layers=layers, size=size)


@cache
def ligand(molecule, carbons=None, state=None, conformers=1):
    return make_ligand(molecule, state=state, truncate_to_carbons=carbons, conformers=conformers)


def methylamine():
    return Adsorbate("OAm", ligand("OAm", 1), "metal-top")


def place(adsorbates, size=(1, 1), vacuum_A=10.0, **settings):
    if isinstance(adsorbates, Adsorbate):
        adsorbates = [adsorbates]
    return adsorb(slab(size), adsorbates, vacuum_A, **settings)


def counts(structure):
    return dict(structure.atoms.symbols.formula.count())


def positions(structure, group, symbol=None):
    chosen = structure.indices(group)
    if symbol is not None:
        chosen = [n for n in chosen if structure.atoms.symbols[n] == symbol]
    return structure.atoms.positions[chosen]


def metal_distances_A(structure, symbol):
    """Distances of each ligand atom of one element from all metals, nearest first."""
    atoms = structure.atoms
    mine = atoms.positions[(atoms.symbols == symbol) & (np.array(structure.groups) != "surface")]
    lead = atoms.positions[atoms.symbols == "Pb"]
    return np.sort(get_distances(mine, lead, cell=atoms.cell, pbc=atoms.pbc)[1], axis=1)


def pieces(structure, copies=1):
    """Number of the rigid piece each atom belongs to; the slab is piece 0.

    The ligands come one after the other, each behind its counter-ion, and once more for the
    lower face.
    """
    number = np.zeros(len(structure.groups), dtype=int)
    added = [n for n, g in enumerate(structure.groups) if g != "surface"]
    per_side = len(added) // copies
    names = list(structure.groups)
    for order, n in enumerate(added):
        number[n] = 100 * (order // per_side + 1) + sorted(set(names)).index(names[n])
    return number


def closest_ratio(structure, copies=1, skip=()):
    """Shortest distance of a ligand over the sum of radii, all images along x, y and z.

    Pairs of elements in `skip` are left out between a ligand and the slab: dative bonds.
    """
    atoms = structure.atoms
    piece = pieces(structure, copies)
    radius = np.array([VDW_A[s] for s in atoms.symbols])
    symbols = np.array(atoms.get_chemical_symbols())
    bonds = np.zeros((len(atoms), len(atoms)), dtype=bool)
    for one, other in skip:
        bonds |= (symbols == one)[:, None] & (symbols == other)
        bonds |= (symbols == other)[:, None] & (symbols == one)
    smallest = np.inf
    extent = np.ptp(atoms.positions, axis=0) + 3.0
    reach = [int(np.ceil(e / h)) for e, h in zip(extent, atoms.cell.lengths(), strict=True)]
    for shift in product(*(range(-r, r + 1) for r in reach)):
        distance = cdist(atoms.positions, atoms.positions + np.array(shift) @ atoms.cell.array)
        ratio = distance / (radius[:, None] + radius)
        ratio[bonds] = np.inf
        ratio[np.ix_(piece == 0, piece == 0)] = np.inf
        if shift == (0, 0, 0):
            ratio[piece[:, None] == piece] = np.inf
        smallest = min(smallest, float(ratio.min()))
    return smallest


def free_height_A(structure):
    return structure.atoms.cell.array[2, 2] - np.ptp(structure.atoms.positions[:, 2])


def test_nitrogen_sits_above_lead_at_the_dative_distance():
    (built,) = place(methylamine())
    nitrogen, carbon = positions(built, "OAm", "N")[0], positions(built, "OAm", "C")[0]
    lead = built.atoms.positions[built.atoms.symbols == "Pb"]
    upper = lead[lead[:, 2].argmax()]
    assert nitrogen - upper == pytest.approx([0.0, 0.0, PB_N_A], abs=1e-3)
    assert carbon[2] > nitrogen[2] + 0.5  # the lone pair points down, not the N-H bonds
    assert built.groups == ("surface",) * 8 + ("OAm",) * 7
    assert built.coverage_per_nm2 == pytest.approx(100 / A**2)
    assert formula(built.atoms) == "CsPb2CH5I5N"


@pytest.mark.parametrize("carbons", [4, None])
def test_head_of_oleylamine_points_down(carbons):
    (built,) = place(Adsorbate("OAm", ligand("OAm", carbons), "metal-top"), (2, 2))
    nitrogen = positions(built, "OAm", "N")[0]
    carbon = positions(built, "OAm", "C")
    assert nitrogen[2] < carbon[:, 2].min()
    assert metal_distances_A(built, "N")[0, 0] == pytest.approx(PB_N_A, abs=1e-3)
    assert tilt_deg(built, "OAm") < 80


@pytest.mark.parametrize("carbons", [2, None])
def test_head_of_oleic_acid_points_down(carbons):
    (built,) = place(Adsorbate("OA", ligand("OA", carbons), "metal-top"), (2, 2))
    oxygen = positions(built, "OA", "O")
    heavy = np.concatenate([oxygen, positions(built, "OA", "C")])
    assert oxygen[:, 2].min() == heavy[:, 2].min()
    bonds = metal_distances_A(built, "O")
    assert bonds.min() == pytest.approx(PB_O_A, abs=1e-3)
    # It is the carbonyl oxygen, which has no hydrogen.
    hydrogen = positions(built, "OA", "H")
    assert cdist(oxygen[[bonds[:, 0].argmin()]], hydrogen).min() > 1.5


def test_full_length_oleylamine_stands_free_on_a_2x2_cell():
    (built,) = place(Adsorbate("OAm", ligand("OAm"), "metal-top"), (2, 2), 12.0)
    assert counts(built) == {"Cs": 4, "Pb": 8, "I": 20, "C": 18, "H": 37, "N": 1}
    assert 12.0 <= free_height_A(built) < 12.5
    assert closest_ratio(built, skip=[("N", "Pb")]) >= CLASH_RATIO
    assert built.coverage_per_nm2 == pytest.approx(1 / 1.5826, rel=1e-3)


@pytest.mark.parametrize("vacuum_A", [6.0, 15.3])
@pytest.mark.parametrize("sides", ["one", "two"])
def test_vacuum_is_counted_from_the_ligands(vacuum_A, sides):
    (built,) = place(Adsorbate("OAm", ligand("OAm", 4), "metal-top"), (2, 1), vacuum_A, sides=sides)
    assert vacuum_A <= free_height_A(built) < vacuum_A + 0.5


def test_acetate_in_place_of_iodide_bridges_two_lead_atoms():
    (built,) = place(Adsorbate("Ac", ligand("AcOH", state="anion"), "X-site"), (2, 2))
    assert counts(built) == {"Cs": 4, "Pb": 8, "I": 19, "C": 2, "H": 3, "O": 2}
    bonds = metal_distances_A(built, "O")
    assert ((bonds[:, 0] > 2.1) & (bonds[:, 0] < 2.8)).all()
    atoms = built.atoms
    lead = np.flatnonzero(atoms.symbols == "Pb")
    partners = {
        int(lead[atoms.get_distances(int(n), lead, mic=True).argmin()])
        for n in np.flatnonzero(atoms.symbols == "O")
    }
    assert len(partners) == 2
    assert electron_parity(atoms, 0) == 0


def test_oleate_reaches_both_lead_atoms_too():
    (built,) = place(Adsorbate("OA", ligand("OA", state="anion"), "X-site"), (2, 2))
    assert counts(built) == {"Cs": 4, "Pb": 8, "I": 19, "C": 18, "H": 33, "O": 2}
    assert metal_distances_A(built, "O")[:, 0] == pytest.approx([2.45, 2.45], abs=0.35)
    assert closest_ratio(built, skip=[("O", "Pb")]) >= CLASH_RATIO


def test_guanidinium_lies_flat_in_the_hollow():
    (built,) = place(Adsorbate("GA", ligand("GA"), "hollow"))
    found = positions(built, "GA")
    surface = positions(built, "surface")
    assert np.ptp(found[:, 2]) < 0.5
    assert 2.0 < found[:, 2].mean() - surface[:, 2].max() < 4.0
    assert positions(built, "GA", "C")[0, :2] == pytest.approx([A / 2, A / 2], abs=0.05)


def test_exchange_replaces_exactly_one_caesium():
    (built,) = place(Adsorbate("GA", ligand("GA"), "A-site"), (2, 2))
    assert counts(built) == {"Cs": 3, "Pb": 8, "I": 20, "C": 1, "N": 3, "H": 6}
    assert electron_parity(built.atoms, 0) == 0
    left = built.atoms.positions[built.atoms.symbols == "Cs"]
    gone = [
        p
        for p in slab((2, 2)).positions[slab((2, 2)).symbols == "Cs"]
        if np.linalg.norm(left - p, axis=1).min() > 0.1
    ]
    assert len(gone) == 1
    carbon = positions(built, "GA", "C")[0]
    assert carbon[:2] == pytest.approx(gone[0][:2], abs=0.05)
    assert closest_ratio(built) >= CLASH_RATIO


@pytest.mark.parametrize(
    ("adsorbate", "size", "whole"),
    [
        (("GA", None, "hollow", "I"), (1, 1), {"Cs": 1, "Pb": 2, "I": 6, "C": 1, "N": 3, "H": 6}),
        (("GA", None, "hollow", "Br"), (2, 1),
         {"Cs": 2, "Pb": 4, "I": 10, "Br": 1, "C": 1, "N": 3, "H": 6}),
        (("BA", "cation", "hollow", "I"), (2, 2),
         {"Cs": 4, "Pb": 8, "I": 21, "C": 4, "N": 1, "H": 12}),
        (("AcOH", "anion", "metal-top", "Cs"), (2, 2),
         {"Cs": 5, "Pb": 8, "I": 20, "C": 2, "O": 2, "H": 3}),
        (("AcOH", "anion", "X-site", "H"), (2, 2),
         {"Cs": 4, "Pb": 8, "I": 19, "C": 2, "O": 2, "H": 4}),
    ],
)  # fmt: skip
def test_ion_pairs(adsorbate, size, whole):
    molecule, state, site, ion = adsorbate
    (built,) = place(Adsorbate("L", ligand(molecule, state=state), site, counter_ion=ion), size)
    assert counts(built) == whole
    assert built.ligands == 1
    first = int(built.indices("L")[0])
    assert built.atoms.symbols[first] == ion
    surface = built.indices("surface")
    gaps = built.atoms.get_distances(first, surface, mic=True)
    partner = built.atoms.symbols[surface[gaps.argmin()]]
    expected = {"I": "Pb", "Br": "Pb", "H": "I", "Cs": "I"}[ion]
    assert partner == expected
    if ion == "I":  # a bond of 1.15 times the covalent radii, 1.46 and 1.39
        assert gaps.min() == pytest.approx(1.15 * 2.85, abs=0.01)
    if ion == "H":
        assert gaps.min() == pytest.approx(1.39 + 0.31, abs=0.01)


def test_guanidinium_iodide_is_neutral_and_its_parts_are_apart():
    (built,) = place(Adsorbate("GA", ligand("GA"), "hollow", counter_ion="I"), (2, 1))
    assert electron_parity(built.atoms, built.charge) == 0
    iodide, *molecule = built.indices("GA").tolist()
    gaps = built.atoms.get_distances(iodide, molecule, mic=True)
    assert gaps.min() > CLASH_RATIO * (1.98 + 1.20)


def test_pair_takes_two_sites_and_keeps_the_surface_atoms_first():
    pair = [methylamine(), Adsorbate("OA", ligand("OA", 2), "metal-top")]
    (built,) = place(pair, (2, 1))
    assert built.groups == ("surface",) * 16 + ("OAm",) * 7 + ("OA",) * 8
    assert built.ligands == 2
    assert built.atoms.positions[:16] == pytest.approx(slab((2, 1)).positions)
    nitrogen = positions(built, "OAm", "N")[0]
    oxygen = positions(built, "OA", "O")
    carbonyl = oxygen[oxygen[:, 2].argmin()]
    assert np.linalg.norm((nitrogen - carbonyl)[:2]) == pytest.approx(A, abs=0.01)


@pytest.mark.parametrize(("near", "distance_A"), [("nearest", A), ("farthest", np.sqrt(2) * A)])
def test_second_ligand_takes_the_nearest_or_farthest_site(near, distance_A):
    second = Adsorbate("B", ligand("OAm", 1), "metal-top", near=near)
    (built,) = place([methylamine(), second], (2, 2))
    anchors = [positions(built, name, "N")[0] for name in ("OAm", "B")]
    gap = get_distances(*[[a * [1, 1, 0]] for a in anchors], cell=built.atoms.cell,
                        pbc=built.atoms.pbc)[1]  # fmt: skip
    assert gap[0, 0] == pytest.approx(distance_A, abs=0.01)


def test_pair_of_long_ligands_and_an_ion_pair_do_not_clash():
    chain = Adsorbate("OAm", ligand("OAm"), "metal-top")
    for second in (
        Adsorbate("OA", ligand("OA"), "metal-top"),
        Adsorbate("GA", ligand("GA"), "hollow", counter_ion="I"),
    ):
        (built,) = place([chain, second], (2, 2))
        skip = [("N", "Pb"), ("O", "Pb"), ("I", "Pb"), ("I", "I"), ("I", "Cs")]
        assert closest_ratio(built, skip=skip) >= CLASH_RATIO


@pytest.mark.parametrize("tilt", ["upright", "tilted", "any"])
def test_counter_ion_keeps_clear_of_earlier_ligands(tilt):
    # The iodide of the second ligand takes the metal next to that of the first.
    chain = Adsorbate("BA", ligand("BA"), "metal-top", orientation=tilt)
    pair = Adsorbate("GA", ligand("GA"), "hollow", counter_ion="I", near="nearest")
    for built in place([chain, pair], (2, 1), count=6):
        iodide = built.indices("GA")[0]
        others = built.indices("BA")
        gaps = built.atoms.get_distances(int(iodide), others, mic=True)
        radii = np.array([VDW_A[s] for s in built.atoms.symbols[others]])
        assert (gaps / (radii + VDW_A["I"])).min() >= CLASH_RATIO


def has_inversion(structure):
    atoms = structure.atoms
    cell = (atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers)
    found = spglib.get_symmetry(cell, symprec=0.02)["rotations"]
    return any((r == -np.eye(3, dtype=int)).all() for r in found)


@pytest.mark.parametrize(
    ("name", "site", "size", "whole"),
    [
        ("OAm", "metal-top", (2, 2), {"Cs": 4, "Pb": 8, "I": 20, "C": 36, "H": 74, "N": 2}),
        ("BA", "metal-top", (1, 1), {"Cs": 1, "Pb": 2, "I": 5, "C": 8, "H": 22, "N": 2}),
        ("GA", "hollow", (2, 1), {"Cs": 2, "Pb": 4, "I": 10, "C": 2, "H": 12, "N": 6}),
        ("GA", "A-site", (2, 2), {"Cs": 2, "Pb": 8, "I": 20, "C": 2, "H": 12, "N": 6}),
        ("AcOH", "X-site", (2, 1), {"Cs": 2, "Pb": 4, "I": 8, "C": 4, "H": 6, "O": 4}),
        ("TFA", "metal-top", (2, 2),
         {"Cs": 4, "Pb": 8, "I": 20, "C": 4, "H": 2, "O": 4, "F": 6}),
    ],
)  # fmt: skip
def test_both_faces_are_covered_alike(name, site, size, whole):
    state = "anion" if name == "AcOH" else None
    (built,) = place(Adsorbate("L", ligand(name, state=state), site), size, sides="two")
    assert counts(built) == whole
    assert has_inversion(built)
    upper, lower = np.split(built.indices("L"), 2)
    middle = positions(built, "surface")[:, 2].mean()
    z = built.atoms.positions[:, 2]
    assert z[upper].mean() - middle == pytest.approx(middle - z[lower].mean(), abs=1e-6)
    assert z[upper].mean() > middle
    # Both molecules are whole, no bond runs through the cell boundary.
    bonds = [built.atoms[part].get_all_distances() for part in (upper, lower)]
    assert bonds[0] == pytest.approx(bonds[1], abs=1e-6)
    skip = [("N", "Pb"), ("O", "Pb")]
    assert closest_ratio(built, copies=2, skip=skip) >= CLASH_RATIO


def test_both_faces_cannot_share_one_caesium():
    # The only caesium of a three-layer 1x1 slab lies in the middle of it.
    with pytest.raises(InputError):
        place(Adsorbate("GA", ligand("GA"), "A-site"), (1, 1), sides="two")


def test_unequal_faces_cannot_be_covered_alike():
    bare = build_slab(perovskite("CsPbI3"), termination="PbI2", bottom_termination="CsI", layers=4)
    with pytest.raises(InputError, match="exchanges its faces") as caught:
        adsorb(bare, [methylamine()], 10.0, sides="two")
    assert caught.value.key == "sides"


def placements(count, size=(2, 2)):
    chain = Adsorbate("BA", ligand("BA", conformers=4), "metal-top", orientation="any")
    return place(chain, size, count=count)


def test_several_placements_are_sorted_and_not_more_than_asked_for():
    found = placements(5)
    scores = [s.score_eV for s in found]
    assert len(found) == 5
    assert scores == sorted(scores)
    assert len({s.placement for s in found}) == 5
    assert all(s.groups == found[0].groups for s in found)
    assert len(placements(2)) == 2


def square_symmetries():
    """Turns and mirrors of a square face about one of its metals."""
    turns = [
        np.linalg.matrix_power(np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]]), n) for n in range(4)
    ]
    return turns + [np.diag([-1, 1, 1]) @ turn for turn in turns]


def test_placements_differ_by_the_diversity():
    found = placements(5)
    cell = found[0].atoms.cell.array / 2  # two surface cells along x and y
    numbers = found[0].atoms.numbers[found[0].indices("BA")]
    heavy = numbers > 1
    unlike = numbers[heavy][:, None] != numbers[heavy]
    for n, first in enumerate(found):
        mine = positions(first, "BA")[heavy]
        for other, turn in product(found[:n], square_symmetries()):
            theirs = positions(other, "BA")[heavy]
            for i, j in product(range(-2, 3), repeat=2):
                distance = cdist(mine @ turn.T + i * cell[0] + j * cell[1], theirs)
                distance[unlike] = np.inf
                assert np.sqrt(np.square(distance.min(axis=1)).mean()) > 0.499


def same(first, second):
    assert (first.atoms.positions == second.atoms.positions).all()
    assert (first.atoms.cell.array == second.atoms.cell.array).all()
    assert (first.atoms.numbers == second.atoms.numbers).all()
    assert first.groups == second.groups
    assert first.score_eV == second.score_eV


@pytest.mark.parametrize("count", [2, 4])
def test_best_placement_does_not_depend_on_how_many_are_asked_for(count):
    same(placements(1)[0], placements(count)[0])


@pytest.mark.parametrize("count", [2, 4, 8])
@pytest.mark.parametrize(
    ("first", "second", "size"),
    [
        (("OA", 4, "metal-top"), ("GA", None, "hollow"), (2, 1)),
        (("OA", 2, "metal-top"), ("OAm", 1, "metal-top"), (2, 1)),
        (("OA", 4, "metal-top"), ("OAm", 4, "metal-top"), (2, 2)),
    ],
)
def test_best_placement_of_a_pair_does_not_depend_on_how_many_are_asked_for(
    first, second, size, count
):
    pair = [
        Adsorbate(f"L{n}", ligand(name, carbons), site)
        for n, (name, carbons, site) in enumerate((first, second))
    ]
    same(place(pair, size)[0], place(pair, size, count=count)[0])


def test_more_placements_of_a_pair_do_not_make_it_impossible():
    pair = [
        Adsorbate("Ac", ligand("AcOH", state="anion"), "X-site"),
        Adsorbate("GA", ligand("GA"), "hollow"),
    ]
    assert len(place(pair, (2, 1), count=1)) == 1
    assert len(place(pair, (2, 1), count=3)) >= 1


def test_same_call_gives_the_same_structure():
    pair = [methylamine(), Adsorbate("OA", ligand("OA", 4), "metal-top")]
    for first, second in zip(
        place(pair, (2, 1), count=3), place(pair, (2, 1), count=3), strict=True
    ):
        same(first, second)


def test_wider_diversity_keeps_fewer_placements():
    chain = Adsorbate("BA", ligand("BA"), "metal-top", orientation="any")
    close, far = (
        len(place(chain, (2, 2), count=40, search=Search(diversity_A=d))) for d in (0.3, 1.5)
    )
    assert close > far >= 1


def tilt_deg(structure, group="L"):
    """Angle of the longest extension of the heavy atoms from the surface normal."""
    indices = structure.indices(group)
    heavy = structure.atoms.positions[indices][structure.atoms.numbers[indices] > 1]
    axis = np.linalg.svd(heavy - heavy.mean(axis=0))[2][0]
    return float(np.degrees(np.arccos(abs(axis[2]))))


@pytest.mark.parametrize(
    ("orientation", "low", "high"), [("upright", 0, 40), ("tilted", 25, 70), ("flat", 80, 90)]
)
def test_orientation_sets_the_tilt_of_the_long_axis(orientation, low, high):
    # The axis from the anchor to the middle of a stretched chain is within 10 degrees of it.
    chain = Adsorbate("L", ligand("OcAm"), "bridge", orientation=orientation)
    found = place(chain, (3, 3), count=3, search=Search(azimuth_step_deg=30.0))
    assert all(low <= tilt_deg(s) <= high for s in found)


@pytest.mark.long
def test_any_orientation_is_at_least_as_good_as_each():
    def best(orientation):
        chain = Adsorbate("L", ligand("OcAm"), "bridge", orientation=orientation)
        return place(chain, (3, 3), search=Search(azimuth_step_deg=45.0))[0].score_eV

    assert best("any") <= min(best(o) for o in ("upright", "tilted", "flat"))


def test_flat_ring_lies_on_the_surface():
    ring = Adsorbate("L", ligand("Py"), "hollow", orientation="flat")
    (built,) = place(ring, (2, 2))
    assert np.ptp(positions(built, "L")[:, 2]) < 0.1


def test_lying_chain_in_a_small_cell_is_refused_in_words():
    chain = Adsorbate("OAm", ligand("OAm"), "metal-top", orientation="flat")
    with pytest.raises(
        DoesNotFitError, match=r"OAm does not fit: .* \.\.\. .* \d\.\d\d A"
    ) as caught:
        place(chain)
    assert "periodic image" in caught.value.message
    assert "65% of the van der Waals radii" in caught.value.message
    assert "\n" not in caught.value.message


def test_bulky_ligand_does_not_fit_a_small_cell():
    with pytest.raises(DoesNotFitError, match="TOA does not fit"):
        place(Adsorbate("TOA", ligand("TOA"), "hollow"))


@pytest.mark.parametrize(
    ("adsorbates", "words", "key"),
    [
        ([("OAm", 1, "metal-top", {})] * 2, "choose a larger size", "site"),
        ([("OAm", 1, "A-top", {})], "no site 'A-top'", "site"),
        ([("OAm", 1, "on-top", {})], "not a site; allowed", "site"),
        ([("OAm", 1, "metal-top", {"orientation": "up"})], "not an orientation; allowed: upright",
         "orientation"),
        ([("GA", None, "hollow", {"counter_ion": "Pb"})], "not a counter-ion; allowed: F, Cl",
         "counter_ion"),
        ([("GA", None, "A-site", {})] * 2, "choose a larger size", "site"),
    ],
)  # fmt: skip
def test_impossible_placements_say_why(adsorbates, words, key):
    asked = [
        Adsorbate(f"{name}{n}", ligand(name, carbons), site, **more)
        for n, (name, carbons, site, more) in enumerate(adsorbates)
    ]
    with pytest.raises(InputError, match=words) as caught:
        place(asked)
    assert caught.value.key == key
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("sides", ["one", "two"])
def test_slab_is_not_changed(sides):
    bare = build_slab(
        perovskite("CsPbI3"), termination="PbI2", layers=3, size=(2, 1), frozen_layers=1
    )
    before = bare.copy()
    built = adsorb(bare, [methylamine()], 10.0, sides=sides)[0]
    assert (bare.positions == before.positions).all()
    assert (bare.cell.array == before.cell.array).all()
    assert (bare.numbers == before.numbers).all()
    fixed = built.atoms.constraints[0].index.tolist()
    assert fixed == before.constraints[0].index.tolist()


def test_frozen_atoms_follow_when_an_ion_is_replaced():
    bare = build_slab(
        perovskite("CsPbI3"), termination="PbI2", layers=5, size=(2, 1), frozen_layers=3
    )
    (built,) = adsorb(bare, [Adsorbate("GA", ligand("GA"), "A-site")], 10.0)
    frozen = built.atoms[built.atoms.constraints[0].index]
    assert dict(frozen.symbols.formula.count()) == {"Pb": 4, "I": 10, "Cs": 2}
    assert (
        frozen.positions[:, 2].max() < built.atoms.positions[built.indices("surface"), 2].mean() + 1
    )


def test_no_ligand_gives_the_bare_slab():
    (built,) = place([])
    assert built.ligands == 0
    assert built.atoms.positions == pytest.approx(slab().positions)
    assert closest_contact(built) is None


def test_placement_says_where_and_how():
    (built,) = place(Adsorbate("GA", ligand("GA"), "hollow", counter_ion="I"), (2, 1))
    assert "GA: hollow at x" in built.placement
    assert "I of GA: metal-top at x" in built.placement
    assert "flat, azimuth" in built.placement


@pytest.mark.parametrize(
    ("name", "carbons"),
    [("MA", None), ("BA", None), ("OAm", 4), ("OAm", None), ("PEA", None), ("BzA", None)],
)
def test_lone_pair_of_an_amine_points_to_the_lead(name, carbons):
    amine = make_ligand(name, state="neutral", truncate_to_carbons=carbons)
    (built,) = place(Adsorbate("L", amine, "metal-top"), (2, 2))
    nitrogen = positions(built, "L", "N")[0]
    down = np.array([0.0, 0.0, -1.0])  # the lead is straight below
    own = built.atoms.positions[built.indices("L")]
    near = [p - nitrogen for p in own if 0.5 < np.linalg.norm(p - nitrogen) < 1.6]
    angles = [np.degrees(np.arccos(v @ down / np.linalg.norm(v))) for v in near]
    assert len(angles) == 3
    assert min(angles) > 93.0
    assert max(angles) < 140.0


@pytest.mark.parametrize("ion", ["H", "Cs"])
def test_anion_with_its_own_counter_ion_replaces_nothing(ion):
    acetate = make_ligand("AcOH", state="anion")
    (built,) = place(Adsorbate("L", acetate, "metal-top", counter_ion=ion), (2, 2))
    whole = counts(built)
    assert whole["I"] == 20
    assert whole["Cs"] == (5 if ion == "Cs" else 4)
    assert electron_parity(built.atoms, 0) == 0


def test_ion_pair_finds_a_place_on_the_csi_face():
    pair = Adsorbate("L", ligand("GA"), "bridge", counter_ion="I")
    (built,) = adsorb(slab((2, 2), termination="CsI"), [pair], 12.0)
    assert built.atoms.symbols[built.indices("L")[0]] == "I"
    assert built.atoms.positions[built.indices("L"), 2].min() > built.atoms.positions[:20, 2].max()
