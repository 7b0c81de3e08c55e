"""Surroundings of vacancies, layers and bond limits, by hand."""

import numpy as np
import pytest
from ase import Atoms
from ase.constraints import FixAtoms

from analysis.geometry.bond_changes import bond_changes
from analysis.geometry.bond_graphs import heavy_bonds
from analysis.geometry.ligands import LigandAtoms, ligand_geometries, slab_parts
from analysis.geometry.surface_relaxation import layer_relaxation
from analysis.geometry.vacancy_relaxation import relaxed_vacancies_A, vacancy_relaxation
from slabs.crystals.perovskite import perovskite
from slabs.elements import BOND_FACTOR
from slabs.molecular_units import molecular_units
from slabs.structure import Structure
from slabs.surfaces.slab import build_slab

A_A = 6.29
SLAB = build_slab(perovskite("CsPbI3"), termination="PbI2", layers=5, size=(2, 2), vacuum_A=20.0)
LAYERS = np.round((SLAB.positions[:, 2] - SLAB.positions[:, 2].min()) / (A_A / 2)).astype(int)


def removal(slab, removed, vacant=None):
    """The vacancy that is left when some atoms are taken from a slab that does not move."""
    removed = np.atleast_1d(removed)
    origin = np.setdiff1d(np.arange(len(slab)), removed)
    vacant = slab[origin] if vacant is None else vacant
    planned = Structure(slab, ("surface",) * len(slab))
    return vacancy_relaxation(planned, slab, vacant, origin, removed), origin


def test_every_neighbour_of_a_bridging_iodide_is_listed_once():
    iodide = int(np.flatnonzero((LAYERS == 4) & (SLAB.symbols == "I"))[0])
    found, origin = removal(SLAB, iodide)
    # 2 Pb at a/2; 4 I of its layer, 2 I and 2 Cs of the next one at a/sqrt(2).
    names = [SLAB.symbols[origin[each.atom]] for each in found.neighbours]
    assert names[:2] == ["Pb", "Pb"]
    assert sorted(names[2:]) == ["Cs"] * 2 + ["I"] * 6
    lengths = [each.distance_A for each in found.neighbours]
    assert lengths == pytest.approx([A_A / 2] * 2 + [A_A / np.sqrt(2.0)] * 8)
    assert [each.bonded for each in found.neighbours] == [True] * 2 + [False] * 8
    assert len({each.atom for each in found.neighbours}) == 10


@pytest.mark.parametrize(
    ("layer", "symbol", "upper"),
    [(4, "I", True), (3, "I", True), (3, "Cs", True), (1, "I", False), (0, "I", False)],
)
def test_a_vacancy_belongs_to_the_half_of_the_slab_that_it_lies_in(layer, symbol, upper):
    ion = int(np.flatnonzero((layer == LAYERS) & (SLAB.symbols == symbol))[0])
    found, _ = removal(SLAB, ion)
    assert (found.element, found.upper) == (symbol, upper)


def test_what_comes_from_above_moves_towards_the_vacancy_with_the_same_sign():
    below = int(np.flatnonzero((LAYERS == 3) & (SLAB.symbols == "I"))[0])
    origin = np.setdiff1d(np.arange(len(SLAB)), below)
    vacant = SLAB[origin]
    vacant.set_constraint(FixAtoms([0]))
    x, y, z = SLAB.positions[below]
    over = int(np.linalg.norm(vacant.positions - [x, y, z + A_A / 2], axis=1).argmin())
    under = int(np.linalg.norm(vacant.positions - [x, y, z - A_A / 2], axis=1).argmin())
    vacant.positions[over, 2] -= 0.3
    vacant.positions[under, 2] -= 0.1
    found, _ = removal(SLAB, below, vacant)
    near = {each.atom: each for each in found.neighbours}
    assert near[over].towards_A == pytest.approx(0.3)
    assert near[under].towards_A == pytest.approx(-0.1)
    assert (near[over].moved_A, near[under].moved_A) == pytest.approx((0.3, 0.1))
    assert found.across_before_A == pytest.approx(A_A)
    assert found.across_after_A == pytest.approx(A_A - 0.2)


def test_the_place_of_a_missing_ion_moves_with_the_metals_beside_it():
    bridges = np.flatnonzero((LAYERS == 4) & (SLAB.symbols == "I"))
    iodide = int(bridges[np.argmax(SLAB.positions[bridges, 0])])
    x, y, z = SLAB.positions[iodide]
    vacant = SLAB[np.setdiff1d(np.arange(len(SLAB)), iodide)]
    planned = Structure(vacant, ("surface",) * len(vacant), vacancies=(("I", (x, y, z)),))
    lead = (vacant.symbols == "Pb") & (vacant.positions[:, 2] > z - 0.1)
    # Its two metals lie along x: one of them in the next cell.
    gaps_A = np.abs(vacant.positions[:, 0] - x)
    beside = np.flatnonzero(lead & (np.abs(vacant.positions[:, 1] - y) < 0.1))
    assert sorted(gaps_A[beside]) == pytest.approx([A_A / 2, 3 * A_A / 2])
    relaxed = vacant.copy()
    relaxed.positions[vacant.symbols == "Cs"] += [0.7, 0.0, 0.0]
    relaxed.positions[beside[0]] += [0.1, 0.0, -0.2]
    relaxed.positions[beside[1]] += [0.3, 0.0, -0.6]
    relaxed.wrap()
    assert relaxed_vacancies_A(planned, vacant) == pytest.approx(np.array([[x, y, z]]))
    found_A = relaxed_vacancies_A(planned, relaxed)
    assert found_A == pytest.approx(np.array([[x + 0.2, y, z - 0.4]]))
    assert planned.vacancies_A == pytest.approx(np.array([[x, y, z]]))


def test_a_molecular_ion_is_where_its_heavy_atoms_are():
    slab = build_slab(perovskite("MAPbI3"), termination="PbI2", layers=3, size=(2, 2))
    units = molecular_units(slab)
    carbon = int(np.flatnonzero(slab.symbols == "C")[0])
    ion = np.flatnonzero(units == units[carbon])
    assert sorted(slab.symbols[ion]) == ["C"] + ["H"] * 6 + ["N"]
    heavy = ion[slab.numbers[ion] > 1]
    middle_A = slab.positions[heavy].mean(axis=0)
    assert np.linalg.norm(middle_A - slab.positions[ion].mean(axis=0)) > 0.01
    found, origin = removal(slab, ion)
    assert found.element == "MA"
    for each in found.neighbours[:4]:
        gap_A = slab.positions[origin[each.atom]] - middle_A
        gap_A[:2] -= np.round(gap_A[:2] / (2 * 6.329)) * 2 * 6.329
        assert each.distance_A == pytest.approx(np.linalg.norm(gap_A))


def test_layers_of_the_cut_are_counted_from_the_upper_face_too():
    cut = SLAB.copy()
    cut.positions[LAYERS == 4, 2] += 0.2
    found = layer_relaxation(cut, SLAB, np.arange(len(SLAB)))
    half = A_A / 2
    assert found.bulk_spacings_A == pytest.approx([half + 0.2, half, half, half])
    assert found.spacings_A == pytest.approx([half] * 4)
    assert found.changes_percent[0] == pytest.approx(-100 * 0.2 / (half + 0.2))


@pytest.mark.parametrize(
    ("symbols", "length_A", "factor", "bonded"),
    # Covalent radii: C 0.76, Cl 1.02, I 1.39 A; the factors are 1.25, and 1.1 for halogens.
    [
        ("CC", 1.88, None, True),
        ("CC", 1.92, None, False),
        ("CC", 1.88, BOND_FACTOR, True),
        ("CCl", 1.94, None, True),
        ("CCl", 1.98, None, False),
        ("CCl", 2.20, BOND_FACTOR, True),
        ("CCl", 2.25, BOND_FACTOR, False),
        ("ClC", 1.94, None, True),
        ("ClC", 1.98, None, False),
        ("CI", 2.35, None, True),
        ("CI", 2.38, None, False),
    ],
)
def test_limits_of_covalent_bonds(symbols, length_A, factor, bonded):
    pair = Atoms(symbols, positions=[(0, 0, 0), (length_A, 0, 0)], cell=[12] * 3, pbc=(1, 1, 0))
    found = heavy_bonds(pair) if factor is None else heavy_bonds(pair, factor)
    assert found.tolist() == ([[0, 1]] if bonded else [])


def test_a_straight_molecule_that_lies_on_its_middle_has_neither_chain_nor_plane():
    # O-C-O with C as the anchor, upright above a Pb: its ends cancel.
    lead = int(np.flatnonzero((LAYERS == 4) & (SLAB.symbols == "Pb"))[0])
    middle_A = SLAB.positions[lead] + [0.0, 0.0, 4.0]
    bond_A = np.array([0.0, 0.0, 1.16])
    places = [middle_A, middle_A + bond_A, middle_A - bond_A]
    atoms = SLAB + Atoms("CO2", positions=places)
    planned = Structure(atoms, ("surface",) * len(SLAB) + ("L",) * 3)
    own = tuple(range(len(SLAB), len(atoms)))
    ligand = LigandAtoms("L", own, own[:1], dative=True, upper=True)
    (found,) = ligand_geometries(atoms, (ligand,), slab_parts(planned))
    assert found.height_A == pytest.approx(4.0)
    assert found.tilt_deg is found.plane_tilt_deg is None


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_a_proton_moves_from_and_to_any_place_in_the_list(order):
    symbols, places = np.array(["I", "H", "N"]), np.array([[3.9, 0, 0], [1.0, 0, 0], [0, 0, 0]])
    chosen = list(order)
    planned = Atoms(symbols[chosen], positions=places[chosen], cell=[12] * 3, pbc=(1, 1, 0))
    iodine, hydrogen, nitrogen = (chosen.index(n) for n in range(3))
    relaxed = planned.copy()
    relaxed.positions[hydrogen, 0] = 2.2
    (proton,) = bond_changes(planned, relaxed).protons
    assert (proton.hydrogen, proton.before, proton.after) == (hydrogen, nitrogen, iodine)
    (proton,) = bond_changes(relaxed, planned).protons
    assert (proton.hydrogen, proton.before, proton.after) == (hydrogen, iodine, nitrogen)
