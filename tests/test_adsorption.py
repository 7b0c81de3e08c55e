"""Placement on the surface, the clash test, and vacancies."""

import numpy as np
import pytest
from ase import Atoms

from slabs.adsorption import Adsorbate, adsorb, find_sites
from slabs.contacts import CLASH_RATIO, Surroundings
from slabs.crystal import perovskite
from slabs.errors import InputError
from slabs.ligands import make_ligand
from slabs.structure import electron_parity
from slabs.surface import build_slab
from slabs.vacancy import remove_atom, vacancy_candidates

METHYLAMINE = make_ligand("OAm", truncate_to_carbons=1)
FORMIC_ACID = make_ligand("OA", truncate_to_carbons=1)
GUANIDINIUM = make_ligand("GA")


def slab(size=(1, 1), layers=3, frozen_layers=2):
    return build_slab(
        perovskite("CsPbI3"),
        termination="PbI2",
        layers=layers,
        size=size,
        frozen_layers=frozen_layers,
    )


def top(atoms):
    return atoms.positions[:, 2].max()


def test_sites_of_the_pbi2_face():
    bare = slab((2, 2))
    assert len(find_sites(bare, "metal-top")) == 4
    assert len(find_sites(bare, "hollow")) == 4
    assert len(find_sites(bare, "X-site")) == 8
    hollow = find_sites(bare, "hollow")[0].position_A
    in_plane = bare.symbols == "I"
    d = np.linalg.norm((bare.positions - hollow)[in_plane], axis=1)
    assert (np.isclose(d, 6.29 / 2)).sum() >= 2


def test_nitrogen_sits_on_lead_and_the_chain_points_away():
    built = adsorb(slab(), [Adsorbate("OAm", METHYLAMINE, "metal-top")], 10.0)
    atoms = built.atoms
    nitrogen = int(np.flatnonzero(atoms.symbols == "N")[0])
    carbon = int(np.flatnonzero(atoms.symbols == "C")[0])
    lead = [n for n in range(len(atoms)) if atoms.symbols[n] == "Pb"][-1]
    assert atoms.get_distance(nitrogen, lead, mic=True) == pytest.approx(2.5, abs=0.1)
    assert atoms.positions[carbon, 2] > atoms.positions[nitrogen, 2] + 1.0
    assert built.coverage_per_nm2 == pytest.approx(100 / 6.29**2)


def test_full_length_oleylamine_stands_on_a_2x2_cell():
    built = adsorb(slab((2, 2)), [Adsorbate("OAm", make_ligand("OAm"), "metal-top")], 12.0)
    atoms = built.atoms
    nitrogen = int(np.flatnonzero(atoms.symbols == "N")[0])
    assert top(atoms) - atoms.positions[nitrogen, 2] > 12.0
    assert atoms.cell.lengths()[2] - np.ptp(atoms.positions[:, 2]) >= 12.0
    assert built.coverage_per_nm2 == pytest.approx(1 / 1.5826, rel=1e-3)


def test_guanidinium_lies_flat_in_the_hollow():
    built = adsorb(slab(), [Adsorbate("GA", GUANIDINIUM, "hollow")], 10.0)
    ligand = built.atoms.positions[built.indices("GA")]
    assert np.ptp(ligand[:, 2]) < 0.5
    assert 2.4 < ligand[:, 2].mean() - top(slab()) < 3.6


def test_exchange_replaces_one_cesium():
    built = adsorb(slab((2, 2)), [Adsorbate("GA", GUANIDINIUM, "A-site")], 10.0)
    count = built.atoms.symbols.formula.count()
    assert (count["Cs"], count["N"], count["I"]) == (3, 3, 20)
    assert electron_parity(built.atoms, 0) == 0


def test_pair_takes_two_sites_and_keeps_the_surface_atoms_first():
    pair = [Adsorbate("OAm", METHYLAMINE, "metal-top"), Adsorbate("OA", FORMIC_ACID, "metal-top")]
    bare = slab((2, 1))
    built = adsorb(bare, pair, 10.0)
    assert built.groups == ("surface",) * 16 + ("OAm",) * 7 + ("OA",) * 5
    assert built.atoms.positions[:16] == pytest.approx(bare.positions)
    nitrogen = built.atoms.positions[built.atoms.symbols == "N"][0]
    carbonyl = built.atoms.positions[built.indices("OA")][FORMIC_ACID.anchor]
    assert np.linalg.norm((nitrogen - carbonyl)[:2]) == pytest.approx(6.29, abs=0.01)


def test_ion_pair_is_neutral_and_closed_shell():
    built = adsorb(slab(), [Adsorbate("GAI", GUANIDINIUM, "hollow", counter_ion="I")], 10.0)
    assert built.atoms.symbols.formula.count()["I"] == 6
    assert electron_parity(built.atoms, built.charge) == 0


def test_more_ligands_than_sites():
    two = [Adsorbate(name, METHYLAMINE, "metal-top") for name in ("a", "b")]
    with pytest.raises(InputError, match="choose a larger size"):
        adsorb(slab(), two, 10.0)


def test_lying_chain_in_a_small_cell_is_refused_in_words():
    chain = make_ligand("OAm", orientation="flat")
    with pytest.raises(InputError, match=r"does not fit: .* of .* \d\.\d\d A"):
        adsorb(slab((2, 2)), [Adsorbate("OAm", chain, "metal-top")], 10.0)


def test_contact_with_its_own_image_is_seen():
    cell = Atoms("I", positions=[[0, 0, 0]], cell=[6, 6, 30], pbc=(True, True, False))
    rod = Atoms("C2", positions=[[0, 0, 10], [5.0, 0, 10]])
    contact = Surroundings(cell).closest(rod, 0)
    assert contact.distance_A == pytest.approx(1.0)
    assert contact.second >= len(cell)
    assert contact.ratio < CLASH_RATIO


def test_vacancy_takes_the_iodide_nearest_to_the_ligand():
    covered = adsorb(slab((2, 2)), [Adsorbate("OAm", METHYLAMINE, "metal-top")], 10.0)
    assert len(vacancy_candidates(covered, "I")) == 8
    near, removed_near = remove_atom(covered, "I")
    _, removed_far = remove_atom(covered, "I", near="farthest")
    nitrogen = int(np.flatnonzero(covered.atoms.symbols == "N")[0])
    distance = [
        covered.atoms.get_distance(nitrogen, n, mic=True) for n in (removed_near, removed_far)
    ]
    assert distance[0] < 5.0 < distance[1]
    assert near.atoms.symbols.formula.count()["I"] == 19
    assert electron_parity(near.atoms, 0) == 1
    assert near.atoms.get_initial_magnetic_moments().sum() == pytest.approx(1.0)
    seeded = near.atoms.symbols[near.atoms.get_initial_magnetic_moments() > 0]
    assert set(seeded) == {"Pb"}


@pytest.mark.parametrize(("axis", "moved"), [("x", 0), ("y", 1)])
def test_bridge_axis_selects_the_kind_of_iodide(axis, moved):
    bare = adsorb(slab((2, 1)), [], 10.0)
    _, index = remove_atom(bare, "I", bridge_axis=axis)
    lead = bare.atoms.positions[bare.atoms.symbols == "Pb"]
    offset = np.abs((lead - bare.atoms.positions[index]) @ np.linalg.inv(bare.atoms.cell))
    assert offset[:, moved].max() > 0.2
    with pytest.raises(InputError, match="bridges two metal atoms along z"):
        remove_atom(bare, "I", bridge_axis="z")


def test_subsurface_vacancy_is_one_layer_below():
    bare = adsorb(slab(), [], 10.0)
    _, surface = remove_atom(bare, "I")
    _, below = remove_atom(bare, "I", depth="subsurface")
    drop = bare.atoms.positions[surface, 2] - bare.atoms.positions[below, 2]
    assert drop == pytest.approx(6.29 / 2)


def test_vacancy_of_an_element_that_is_not_there():
    with pytest.raises(InputError, match="no surface layer with Br"):
        remove_atom(adsorb(slab(), [], 10.0), "Br")
