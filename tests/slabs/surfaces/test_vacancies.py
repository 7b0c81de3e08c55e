"""Vacancies: which atoms are distinct, and the geometries and spins they start from."""

from functools import cache

import numpy as np
import pytest
import spglib
from ase.geometry import get_distances

from slabs.adsorption.adsorb import adsorb
from slabs.adsorption.placement import Adsorbate
from slabs.crystals.perovskite import perovskite
from slabs.errors import InputError
from slabs.ligands.ligand import make_ligand
from slabs.structure import Structure, electron_parity
from slabs.surfaces.defects import SPIN_SEEDS, STARTS, DefectStart, remove_atom
from slabs.surfaces.slab import build_slab
from slabs.surfaces.vacancies import DEPTHS, distinct_vacancies, ion_name

A = 6.29


@cache
def bare(size=(2, 2), layers=5, phase="alpha", frozen_layers=0, sides="one"):
    atoms = build_slab(
        perovskite("CsPbI3", phase=phase),
        termination="PbI2",
        layers=layers,
        size=size,
        frozen_layers=frozen_layers,
        sides=sides,
    )
    return Structure(atoms, ("surface",) * len(atoms))


@cache
def covered(sides="one", size=(2, 2)):
    methylamine = Adsorbate("OAm", make_ligand("OAm", truncate_to_carbons=1), "metal-top")
    return adsorb(bare(size, 3).atoms, [methylamine], 10.0, sides=sides)[0]


STRUCTURES = {
    "cubic": bare,
    "gamma": lambda: bare((1, 1), 5, "gamma"),
    "gamma 2x1": lambda: bare((2, 1), 3, "gamma"),
    "beta": lambda: bare((1, 1), 3, "beta"),
    "covered": covered,
    "covered on both faces": lambda: covered("two"),
    "2x1": lambda: bare((2, 1), 3),
}


def counts(structure):
    return dict(structure.atoms.symbols.formula.count())


def spglib_cell(structure):
    atoms = structure.atoms
    return atoms.cell.array, atoms.get_scaled_positions(), atoms.numbers


def has_inversion(structure):
    rotations = spglib.get_symmetry(spglib_cell(structure), symprec=0.02)["rotations"]
    return any((r == -np.eye(3, dtype=int)).all() for r in rotations)


def layer_of(structure, symbol, layer):
    """Atoms of one element of one layer of the slab, layers a quarter of a cell wide."""
    atoms = structure.atoms
    surface = structure.indices("surface")
    lead = np.unique(atoms.positions[atoms.symbols == "Pb", 2].round(2))
    spacing = (lead[-1] - lead[0]) / (len(lead) - 1) / 2
    number = ((atoms.positions[:, 2] - lead[0]) / spacing).round().astype(int)
    highest = number[surface].max()
    wanted = {"surface": highest, "subsurface": highest - 1}.get(layer, layer)
    return [int(n) for n in surface if atoms.symbols[n] == symbol and number[n] == wanted]


@pytest.mark.parametrize("depth", ["surface", "subsurface"])
@pytest.mark.parametrize("name", STRUCTURES)
def test_distinct_iodides_are_those_of_spglib(name, depth):
    structure = STRUCTURES[name]()
    dataset = spglib.get_symmetry_dataset(spglib_cell(structure), symprec=0.02)
    classes = dataset.equivalent_atoms
    layer = layer_of(structure, "I", depth)
    found = distinct_vacancies(structure, "I", depth)
    assert len(found) == len({int(classes[n]) for n in layer})
    assert {int(classes[v.atom]) for v in found} == {int(classes[n]) for n in layer}
    for vacancy in found:
        assert vacancy.multiplicity == (classes == classes[vacancy.atom]).sum()


@pytest.mark.parametrize(
    ("element", "layers", "place", "bonds", "multiplicity"),
    [
        # Two Pb beside each iodide; both faces of the 2x2 cell count, 8 in-plane on each.
        ("I", 5, ("surface", 0.0), (2, "x"), 16),
        ("I", 5, ("subsurface", A / 2), (2, "z"), 8),
        ("I", 5, ("middle", A), (2, "x"), 8),
        ("Pb", 5, ("surface", 0.0), (5, "x"), 8),
        ("Pb", 5, ("subsurface", A), (6, "xyz"), 4),
        ("Pb", 9, ("subsurface", A), (6, "xyz"), 8),
        ("Pb", 9, ("middle", 2 * A), (6, "xyz"), 4),
        ("Cs", 5, ("surface", A / 2), (12, "xyz"), 8),
        ("Cs", 7, ("subsurface", 3 * A / 2), (12, "xyz"), 4),
    ],
)
def test_vacancies_of_the_cubic_slab_by_hand(element, layers, place, bonds, multiplicity):
    structure = bare(layers=layers)
    (found,) = distinct_vacancies(structure, element, place[0])
    assert structure.atoms.symbols[found.atom] == element
    assert found.depth_A == pytest.approx(place[1], abs=1e-6)
    assert found.coordination == bonds[0]
    assert found.bridge_axis in bonds[1]
    assert found.multiplicity == multiplicity
    assert found.ligand_distance_A == np.inf


# Layers of PbI2 / CsI / ... / PbI2 that may be named, by hand: I is in all of them, Pb in every
# other from the face, Cs in those between. None below the middle, none with two names.
NAMED_LAYERS = {
    1: {"I": {"surface": 0.0}, "Pb": {"surface": 0.0}},
    3: {
        "I": {"surface": 0.0, "subsurface": A / 2},
        "Pb": {"surface": 0.0},
        "Cs": {"surface": A / 2},
    },
    5: {
        "I": {"surface": 0.0, "subsurface": A / 2, "middle": A},
        "Pb": {"surface": 0.0, "subsurface": A},
        "Cs": {"surface": A / 2},
    },
    7: {
        "I": {"surface": 0.0, "subsurface": A / 2, "middle": 3 * A / 2},
        "Pb": {"surface": 0.0, "subsurface": A},
        "Cs": {"surface": A / 2, "subsurface": 3 * A / 2},
    },
    9: {
        "I": {"surface": 0.0, "subsurface": A / 2, "middle": 2 * A},
        "Pb": {"surface": 0.0, "subsurface": A, "middle": 2 * A},
        "Cs": {"surface": A / 2, "subsurface": 3 * A / 2},
    },
}


@pytest.mark.parametrize("layers", NAMED_LAYERS)
@pytest.mark.parametrize("element", ["I", "Pb", "Cs"])
def test_depths_name_different_layers_of_the_upper_half(layers, element):
    structure = bare((1, 1), layers)
    found = {}
    for depth in DEPTHS:
        try:
            found[depth] = distinct_vacancies(structure, element, depth)[0].depth_A
        except InputError:
            continue
    assert found == pytest.approx(NAMED_LAYERS[layers].get(element, {}))


@pytest.mark.parametrize(
    ("element", "depth", "words"),
    [
        ("I", "middle", "the layer with I nearest to the middle of this slab of 3 layers is the"
         " subsurface layer; give depth = 'subsurface' or more layers"),
        ("Pb", "middle", "is the surface layer; give depth = 'surface' or more layers"),
        ("Pb", "subsurface", "3 layers has no subsurface layer with Pb above its middle; it has:"
         " surface"),
    ],
)  # fmt: skip
def test_two_names_of_one_layer_are_refused(element, depth, words):
    with pytest.raises(InputError, match=words):
        distinct_vacancies(bare((2, 2), 3), element, depth)


def test_ion_of_the_lower_half_only():
    atoms = build_slab(perovskite("CsPbI3"), termination="PbI2", bottom_termination="CsI", layers=2)
    with pytest.raises(InputError, match="Cs is in its lower half only"):
        distinct_vacancies(Structure(atoms, ("surface",) * len(atoms)), "Cs")


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (2, 2)])
def test_coordination_does_not_depend_on_the_cell(size):
    # Each in-plane iodide lies between two metals, each metal of the face has five iodides.
    for vacancy in distinct_vacancies(bare(size, 3), "I"):
        assert vacancy.coordination == 2
    for vacancy in distinct_vacancies(bare(size, 3), "Pb"):
        assert vacancy.coordination == 5


def test_iodide_on_top_of_a_csi_face_has_one_metal_neighbour():
    atoms = build_slab(perovskite("CsPbI3"), termination="CsI", layers=3, size=(2, 2))
    (found,) = distinct_vacancies(Structure(atoms, ("surface",) * len(atoms)), "I")
    assert (found.coordination, found.bridge_axis) == (1, "z")


def test_tilts_split_the_iodides_of_the_face():
    found = distinct_vacancies(bare((1, 1), 5, "gamma"), "I")
    assert len(found) == 2
    depths = sorted(v.depth_A for v in found)
    assert depths[0] == pytest.approx(0.0, abs=1e-6)
    # Iodides stand out by d sin(theta) / sqrt(2): 3.2194 sin(14.42 deg) / 1.414 = 0.567 A.
    assert depths[1] == pytest.approx(2 * 0.567, abs=0.05)


@pytest.mark.parametrize(("axis", "column"), [("x", 0), ("y", 1)])
def test_bridge_axis_selects_the_kind_of_iodide(axis, column):
    structure = bare((2, 1), 3)
    (found,) = distinct_vacancies(structure, "I", bridge_axis=axis)
    atoms = structure.atoms
    lead = np.flatnonzero(atoms.symbols == "Pb")
    vectors, d = get_distances(
        atoms.positions[[found.atom]], atoms.positions[lead], cell=atoms.cell, pbc=atoms.pbc
    )
    bond = vectors[0, d[0].argmin()]
    assert abs(bond[column]) == pytest.approx(A / 2)
    assert len(distinct_vacancies(structure, "I")) == 2


def test_nearest_and_farthest_from_the_ligand():
    structure = covered()
    atoms = structure.atoms
    ligand = structure.indices("OAm")
    layer = layer_of(structure, "I", "surface")
    gaps = [float(atoms.get_distances(n, ligand, mic=True).min()) for n in layer]
    near, far = (distinct_vacancies(structure, "I", near=w) for w in ("nearest", "farthest"))
    # Atoms that a symmetry exchanges may differ by the tolerance of the symmetry.
    assert near[0].ligand_distance_A == pytest.approx(min(gaps), abs=0.03)
    assert far[0].ligand_distance_A == pytest.approx(max(gaps), abs=0.03)
    assert [v.atom for v in near] == [v.atom for v in far][::-1]
    distances = [v.ligand_distance_A for v in near]
    assert distances == sorted(distances)
    assert sum(v.multiplicity for v in near) == 8


def test_second_vacancy_is_counted_from_the_first():
    structure = bare((2, 2), 3)
    (site,) = distinct_vacancies(structure, "I")
    once = remove_atom(structure, site)
    assert once.vacancies_A.tolist() == [structure.atoms.positions[site.atom].tolist()]
    near = distinct_vacancies(once, "I")
    # The nearest iodide shares a metal with the first, at a right angle: a / sqrt(2).
    assert near[0].ligand_distance_A == pytest.approx(A / np.sqrt(2))
    far = distinct_vacancies(once, "I", near="farthest")
    assert far[0].ligand_distance_A == pytest.approx(np.sqrt(2) * A, abs=0.01)
    twice = remove_atom(once, near[0])
    assert counts(twice) == {"Cs": 4, "Pb": 8, "I": 18}
    assert len(twice.vacancies_A) == 2


@pytest.mark.parametrize(
    ("element", "parity", "words"),
    [("I", 1, "V_I: 0.0 A deep, 2-coordinated"), ("Cs", 1, "V_Cs: 3.1 A deep"),
     ("Pb", 0, "V_Pb: 0.0 A deep, 5-coordinated")],
)  # fmt: skip
def test_one_neutral_atom_is_gone(element, parity, words):
    structure = covered()
    before = structure.atoms.copy()
    site = distinct_vacancies(structure, element)[0]
    found = remove_atom(structure, site)
    assert counts(found) == {**counts(structure), element: counts(structure)[element] - 1}
    assert found.charge == 0
    assert electron_parity(found.atoms, 0) == parity
    assert len(found.groups) == len(found.atoms)
    assert found.groups.count("OAm") == 7
    rest = np.delete(before.positions, site.atom, axis=0)
    assert (found.atoms.positions == rest).all()
    assert words in found.placement
    assert found.placement.startswith(structure.placement)
    assert (structure.atoms.positions == before.positions).all()
    assert len(structure.atoms) == len(before)


@pytest.mark.parametrize("charge", [-1, 1, 2])
def test_charge_of_the_cell(charge):
    structure = bare((2, 2), 3)
    (site,) = distinct_vacancies(structure, "I")
    found = remove_atom(structure, site, DefectStart(charge=charge))
    assert found.charge == charge
    # 4 Cs, 8 Pb and 19 I have 55, 82 and 53 electrons each.
    assert found.electrons == 4 * 55 + 8 * 82 + 19 * 53 - charge


@pytest.mark.parametrize("start", ["as-cut", "rattled", "dimer"])
@pytest.mark.parametrize("depth", ["surface", "subsurface"])
@pytest.mark.parametrize("phase", ["alpha", "gamma"])
def test_two_sided_vacancies_keep_the_inversion(phase, depth, start):
    structure = bare((2, 2) if phase == "alpha" else (1, 1), 5, phase)
    site = distinct_vacancies(structure, "I", depth)[0]
    found = remove_atom(structure, site, DefectStart(start), sides="two")
    assert counts(found)["I"] == counts(structure)["I"] - 2
    assert has_inversion(found)
    upper, lower = np.array(found.vacancies_A)
    middle = structure.atoms.positions[:, 2].mean()
    assert upper[2] > middle
    assert upper[2] + lower[2] == pytest.approx(2 * middle, abs=1e-6)


def test_two_sided_vacancy_under_two_sided_ligands():
    structure = covered("two")
    assert has_inversion(structure)
    site = distinct_vacancies(structure, "I")[0]
    found = remove_atom(structure, site, sides="two")
    assert counts(found)["I"] == 18
    assert has_inversion(found)


def test_atom_in_the_middle_has_no_partner():
    structure = bare((1, 1), 3)
    (site,) = distinct_vacancies(structure, "Cs")
    assert counts(remove_atom(structure, site, sides="two")) == {"Pb": 2, "I": 5}


def test_dimer_brings_the_two_metals_together():
    structure = bare((2, 2), 3)
    (site,) = distinct_vacancies(structure, "I")
    atoms = structure.atoms
    lead = np.flatnonzero(atoms.symbols == "Pb")
    pair = lead[np.argsort(atoms.get_distances(site.atom, lead, mic=True))[:2]]
    assert atoms.get_distance(*pair, mic=True) == pytest.approx(A)
    found = remove_atom(structure, site, DefectStart("dimer")).atoms
    moved = np.insert(found.positions, site.atom, np.nan, axis=0)
    shift = moved - atoms.positions
    near = get_distances(moved[pair[0]], moved[pair[1]], cell=atoms.cell, pbc=atoms.pbc)[1]
    assert near[0, 0] == pytest.approx(3.5, abs=0.01)
    rest = np.delete(np.arange(len(atoms)), [*pair, site.atom])
    assert np.abs(shift[rest]).max() == 0.0
    assert shift[pair].sum(axis=0) == pytest.approx([0, 0, 0], abs=1e-9)


def test_dimer_keeps_frozen_metals_in_place():
    structure = bare((2, 2), 3, frozen_layers=1)
    (site,) = distinct_vacancies(structure, "I", "subsurface")
    found = remove_atom(structure, site, DefectStart("dimer")).atoms
    shift = found.positions - np.delete(structure.atoms.positions, site.atom, axis=0)
    moved = np.flatnonzero(np.abs(shift).max(axis=1) > 1e-9)
    assert len(moved) == 1
    assert found.symbols[moved[0]] == "Pb"
    assert shift[moved[0]] == pytest.approx([0, 0, -(A - 3.504) / 2], abs=1e-3)


def test_dimer_needs_two_metals():
    atoms = build_slab(perovskite("CsPbI3"), termination="CsI", layers=3, size=(2, 2))
    structure = Structure(atoms, ("surface",) * len(atoms))
    site = distinct_vacancies(structure, "I")[0]
    with pytest.raises(InputError, match=r"has 1 metal neighbours .*a dimer needs two"):
        remove_atom(structure, site, DefectStart("dimer"))


@pytest.mark.parametrize("element", ["Pb", "Cs"])
def test_vacancy_of_a_cation_has_no_metals_to_pair(element):
    structure = bare((2, 2), 3)
    site = distinct_vacancies(structure, element)[0]
    with pytest.raises(InputError, match="a dimer needs two"):
        remove_atom(structure, site, DefectStart("dimer"))


def test_rattle_moves_what_is_near_and_nothing_frozen():
    structure = bare((2, 2), 5, frozen_layers=4)
    atoms = structure.atoms
    (site,) = distinct_vacancies(structure, "I", "subsurface")
    start = DefectStart("rattled")
    found = remove_atom(structure, site, start).atoms
    shift = np.insert(found.positions, site.atom, np.nan, axis=0) - atoms.positions
    size = np.linalg.norm(shift, axis=1)
    fixed = atoms.constraints[0].index
    others = np.delete(np.arange(len(atoms)), site.atom)
    distance = np.full(len(atoms), np.inf)
    distance[others] = atoms.get_distances(site.atom, others, mic=True)
    free = np.setdiff1d(others, fixed)
    near = free[distance[free] < 5.0]
    assert len(near) >= 4
    assert (size[near] > 0).all()
    assert (size[np.setdiff1d(others, near)] == 0).all()
    assert 0.05 < np.sqrt(np.square(shift[near]).mean()) < 0.2
    again = remove_atom(structure, site, start).atoms
    assert (again.positions == found.positions).all()


def test_frozen_atoms_stay_the_same_ones():
    structure = bare((2, 2), 5, frozen_layers=2)
    (site,) = distinct_vacancies(structure, "I")
    found = remove_atom(structure, site)
    frozen = found.atoms[found.atoms.constraints[0].index]
    assert dict(frozen.symbols.formula.count()) == {"Pb": 4, "Cs": 4, "I": 12}


@pytest.mark.parametrize("seed", SPIN_SEEDS)
@pytest.mark.parametrize(
    ("element", "depth"),
    [("I", "surface"), ("I", "subsurface"), ("Cs", "surface"), ("Pb", "surface")],
)
def test_spin_seeds_hold_one_unpaired_electron(element, depth, seed):
    structure = bare((2, 2), 5)
    site = distinct_vacancies(structure, element, depth)[0]
    found = remove_atom(structure, site, DefectStart(spin_seed=seed))
    moments = found.atoms.get_initial_magnetic_moments()
    assert moments.sum() == pytest.approx(1.0)
    assert (moments >= 0).all()


@pytest.mark.parametrize("depth", ["surface", "subsurface"])
def test_places_of_the_spin_seeds(depth):
    structure = bare((2, 2), 5)
    (site,) = distinct_vacancies(structure, "I", depth)
    atoms = structure.atoms
    lead = np.flatnonzero(atoms.symbols == "Pb")
    neighbours = lead[atoms.get_distances(site.atom, lead, mic=True) < 3.3]
    assert len(neighbours) == 2

    def seeded(seed):
        found = remove_atom(structure, site, DefectStart(spin_seed=seed)).atoms
        moments = np.insert(found.get_initial_magnetic_moments(), site.atom, 0.0)
        return {int(n): float(moments[n]) for n in np.flatnonzero(moments)}

    assert seeded("neighbours") == {int(n): 0.5 for n in neighbours}
    (one,) = seeded("one-neighbour").items()
    assert one[0] in neighbours
    assert one[1] == 1.0
    top = layer_of(structure, "Pb", "surface")
    assert seeded("surface") == dict.fromkeys(top, 0.25)


def test_spin_seed_of_a_covered_slab_stays_off_the_ligand():
    structure = covered()
    for site in distinct_vacancies(structure, "I"):
        for seed in SPIN_SEEDS:
            found = remove_atom(structure, site, DefectStart(spin_seed=seed))
            moments = found.atoms.get_initial_magnetic_moments()
            assert set(found.atoms.symbols[moments > 0]) == {"Pb"}


def test_spin_seed_where_there_is_no_metal():
    atoms = build_slab(perovskite("CsPbI3"), termination="CsI", layers=1, size=(2, 2))
    structure = Structure(atoms, ("surface",) * len(atoms))
    (site,) = distinct_vacancies(structure, "Cs")
    for seed in SPIN_SEEDS:
        found = remove_atom(structure, site, DefectStart(spin_seed=seed)).atoms
        assert dict(found.symbols.formula.count()) == {"Cs": 3, "I": 4}
        assert found.get_initial_magnetic_moments().sum() == pytest.approx(1.0)


def test_two_vacancies_have_two_unpaired_electrons_placed_alike():
    structure = bare((2, 2), 5)
    (site,) = distinct_vacancies(structure, "I")
    found = remove_atom(structure, site, sides="two")
    moments = found.atoms.get_initial_magnetic_moments()
    assert moments.sum() == pytest.approx(2.0)
    z = found.atoms.positions[:, 2]
    upper = z > z.mean()
    assert moments[upper].sum() == pytest.approx(1.0)
    assert moments[~upper].sum() == pytest.approx(1.0)


def test_every_start_and_seed_is_known_by_its_words():
    structure = bare((2, 2), 3)
    (site,) = distinct_vacancies(structure, "I")
    for start in STARTS:
        for seed in SPIN_SEEDS:
            found = remove_atom(structure, site, DefectStart(start, seed))
            assert found.placement.endswith(f"bonds along x, start {start}, initial spin on {seed}")


def test_iodide_of_a_methylammonium_slab():
    atoms = build_slab(perovskite("MAPbI3"), termination="MAI", layers=3, size=(2, 2))
    structure = Structure(atoms, ("surface",) * len(atoms))
    site = distinct_vacancies(structure, "I")[0]
    assert site.coordination == 1
    found = remove_atom(structure, site)
    assert counts(found) == {"Pb": 4, "I": 15, "C": 8, "N": 8, "H": 48}
    assert electron_parity(found.atoms, 0) == 1


@pytest.mark.parametrize(
    ("arguments", "words", "key"),
    [
        (("Xx",), "not a chemical element", "element"),
        (("Br",), "the slab has no Br", "element"),
        (("N",), "the slab has no N", "element"),
        (("I", "deep"), "not a depth; allowed: surface, subsurface, middle", "depth"),
        (("Cs", "subsurface"), "no subsurface layer with Cs", "depth"),
        (("MA+",), "not a chemical element or a molecular ion such as 'MA'", "element"),
    ],
)
def test_vacancies_that_do_not_exist(arguments, words, key):
    with pytest.raises(InputError, match=words) as caught:
        distinct_vacancies(bare((2, 2), 3), *arguments)
    assert caught.value.key == key
    assert "\n" not in caught.value.message


# Electrons of the neutral ion, by hand: C 6, N 7, H 1 each.
MOLECULAR_IONS = {
    "MA": ({"C": 1, "N": 1, "H": 6}, 19),
    "FA": ({"C": 1, "N": 2, "H": 5}, 25),
    "GA": ({"C": 1, "N": 3, "H": 6}, 33),
}


@cache
def organic(ion, layers=5, sides="one"):
    crystal = perovskite(f"{ion}PbI3", [6.4])
    atoms = build_slab(crystal, termination="PbI2", layers=layers, size=(2, 2), sides=sides)
    return Structure(atoms, ("surface",) * len(atoms))


@pytest.mark.parametrize("ion", MOLECULAR_IONS)
def test_molecular_ions_leave_as_a_whole(ion):
    structure = organic(ion)
    composition, electrons = MOLECULAR_IONS[ion]
    found = distinct_vacancies(structure, ion)
    assert all(site.depth_A == pytest.approx(3.2, abs=0.4) for site in found)
    vacant = remove_atom(structure, found[0])
    lost = structure.atoms.symbols.formula.count()
    for element, number in vacant.atoms.symbols.formula.count().items():
        lost[element] -= number
    assert {k: n for k, n in lost.items() if n} == composition
    assert structure.electrons - vacant.electrons == electrons
    assert electron_parity(vacant.atoms, 0) == 1
    assert [name for name, _ in vacant.vacancies] == [ion]
    assert vacant.placement.startswith(f"V_{ion}: ")
    (place,) = vacant.vacancies_A
    gone = [n for n in range(len(structure.atoms)) if n in found[0].atoms]
    heavy = [n for n in gone if structure.atoms.symbols[n] != "H"]
    assert place == pytest.approx(structure.atoms.positions[heavy].mean(axis=0))
    charged = remove_atom(structure, found[0], DefectStart(charge=-1))
    assert electron_parity(charged.atoms, charged.charge) == 0


@pytest.mark.parametrize(
    ("text", "name"),
    [("MA", "MA"), ("CH6N", "MA"), ("CH3NH3", "MA"), ("CH5N2", "FA"), ("C(NH2)3", "GA"),
     ("I", "I"), ("NH4", "H4N"), ("SCN", "CNS")],
)  # fmt: skip
def test_ions_go_by_name_or_formula(text, name):
    assert ion_name(text) == name


def test_any_molecular_ion_goes_by_its_formula():
    structure = organic("MA", 3)
    for name in ("CH6N", "CH3NH3"):
        (site, *_) = distinct_vacancies(structure, name)
        assert len(site.atoms) == 8


def test_molecular_ion_on_both_faces():
    structure = organic("GA", 5, "two")  # flat in its layer, so that a mirror exchanges the faces
    site = distinct_vacancies(structure, "GA")[0]
    vacant = remove_atom(structure, site, sides="two")
    assert counts(structure)["C"] - counts(vacant)["C"] == 2


@pytest.mark.parametrize("element", ["C", "N", "H"])
def test_atoms_of_molecular_ions_do_not_leave_alone(element):
    words = f"{element} is part of MA, which leaves as a whole: give 'MA' instead of '{element}'"
    with pytest.raises(InputError, match=words) as caught:
        distinct_vacancies(organic("MA"), element)
    assert caught.value.key == "element"


def test_ion_that_the_slab_lacks():
    with pytest.raises(InputError, match="the slab has no FA; its ions: I, MA, Pb"):
        distinct_vacancies(organic("MA"), "FA")


def test_element_of_the_ligand_is_none_of_the_surface():
    with pytest.raises(InputError, match="the slab has no N"):
        distinct_vacancies(covered(), "N")


def test_no_bridge_along_that_axis():
    with pytest.raises(InputError, match="bridges two metal atoms along z") as caught:
        distinct_vacancies(bare((2, 1), 3), "I", bridge_axis="z")
    assert caught.value.key == "bridge_axis"


def test_unequal_faces_have_no_partners():
    structure = covered()
    site = distinct_vacancies(structure, "I")[0]
    with pytest.raises(InputError, match="exchanges its faces") as caught:
        remove_atom(structure, site, sides="two")
    assert caught.value.key == "sides"
