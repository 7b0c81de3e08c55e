"""What a placement is judged by: its score and its closest contact."""

import numpy as np
import pytest
from ase import Atoms

from slabs.adsorption.contacts import CLASH_RATIO, closest_contact, describe_contact
from slabs.adsorption.pairs import Pairs
from slabs.adsorption.placement import Adsorbate
from slabs.adsorption.score import Surroundings, ionic_charges_e, judge
from slabs.ligands.ligand import make_ligand
from slabs.structure import Structure
from tests.slabs.adsorption.test_adsorb import PB_N_A, closest_ratio, ligand, place


def test_contact_with_its_own_image_is_seen():
    cell = Atoms("I", positions=[[0, 0, 0]], cell=[6, 6, 30], pbc=(True, True, False))
    rod = ligand("DDT")
    spread = rod.atoms.positions - rod.atoms.positions.mean(axis=0)
    along_x = spread @ np.linalg.svd(spread)[2].T + [0, 0, 12.0]
    verdict = judge(along_x[None], rod, Surroundings(cell, np.zeros(1)))
    contact = verdict.contacts[0]
    assert contact.ratio < CLASH_RATIO
    assert contact.second >= len(cell)
    assert verdict.score_eV[0] == np.inf
    around = Structure(cell, ("surface",))
    assert "of its periodic image" in describe_contact(around, rod.atoms, "DDT", contact)


@pytest.mark.parametrize("copies", [[[0, 0, 0]], [[0, 0, 0], [9.0, 2.0, 1.0]]])
@pytest.mark.parametrize("cell", [[[6, 0, 0], [0, 7, 0]], [[2.1, 0, 0], [1.2, 4.0, 0]]])
def test_closest_image_is_that_of_all_images(cell, copies):
    rod, copies = ligand("DDT"), np.array(copies, dtype=float)
    cell = np.array([*cell, [0, 0, 30.0]])
    spread = rod.atoms.positions - rod.atoms.positions.mean(axis=0)
    upright = spread @ np.linalg.svd(spread)[2].T[:, [1, 2, 0]]
    turns = np.radians(np.arange(0, 90, 10))
    poses = np.array(
        [
            upright @ [[1, 0, 0], [0, np.cos(a), np.sin(a)], [0, -np.sin(a), np.cos(a)]]
            for a in turns
        ]
    )
    pairs = Pairs.of(rod, rod.atoms, rod.partial_charges_e, (), CLASH_RATIO)
    grid = [[i, j] for i in range(-15, 16) for j in range(-15, 16)]
    every = (np.array(grid) @ cell[:2] + copies[:, None]).reshape(-1, 3)
    every = every[np.linalg.norm(every, axis=1) > 0.0]
    brute = [
        np.linalg.norm(p[:, None, None] - p[None, :, None] - every, axis=-1).min(axis=2)
        / pairs.touch_A
        for p in poses
    ]
    expected = np.array([each.min() for each in brute])
    found = pairs.image_ratios(poses, cell, copies)
    assert (expected < CLASH_RATIO).any()
    assert found[expected < CLASH_RATIO] == pytest.approx(expected[expected < CLASH_RATIO])
    assert (found[expected >= CLASH_RATIO] >= CLASH_RATIO).all()


def test_score_of_two_neutral_atoms_is_the_lennard_jones_energy():
    # Methane well above one iodide in a wide cell, charges left out by hand.
    molecule = make_ligand(smiles="C", anchor_smarts="C")
    cell = Atoms("I", positions=[[15, 15, 0]], cell=[30, 30, 30], pbc=(True, True, False))
    pose = molecule.atoms.positions - molecule.atoms.positions[0] + [15, 15, 5.0]
    verdict = judge(pose[None], molecule, Surroundings(cell, np.zeros(1)))
    # Universal force field: x (A) and D (kcal/mol) of H, C and I, geometric means.
    x = {"H": 2.886, "C": 3.851, "I": 4.5}
    depth = {"H": 0.044, "C": 0.105, "I": 0.339}
    expected = 0.0
    for symbol, place_A in zip(molecule.atoms.symbols, pose, strict=True):
        s = np.sqrt(x[symbol] * x["I"]) / np.linalg.norm(place_A - [15, 15, 0])
        expected += np.sqrt(depth[symbol] * depth["I"]) * (s**12 - 2 * s**6)
    assert verdict.score_eV[0] == pytest.approx(expected * 0.0433641, rel=1e-4)


@pytest.mark.parametrize(
    ("ion", "charge"), [("H", 0.5), ("K", 0.5), ("Cs", 0.5), ("Pb", 1.0), ("I", -0.5)]
)
def test_half_of_the_formal_charges_enter_the_score(ion, charge):
    assert ionic_charges_e(Atoms(ion, cell=[9, 9, 9])) == pytest.approx([charge])


def test_closest_contact_is_the_one_found_by_hand():
    (built,) = place(Adsorbate("OAm", ligand("OAm"), "metal-top"), (2, 2))
    contact = closest_contact(built)
    assert {built.atoms.symbols[n] for n in (contact.first, contact.second)} == {"N", "Pb"}
    assert contact.distance_A == pytest.approx(PB_N_A, abs=1e-3)
    assert contact.ratio == pytest.approx(closest_ratio(built))


@pytest.mark.parametrize("name", ["FPEA", "TFA"])
def test_bonds_of_a_fluorinated_ligand_are_no_contacts(name):
    (built,) = place(Adsorbate("L", ligand(name), "metal-top"), (2, 2))
    contact = closest_contact(built)
    assert contact.ratio == pytest.approx(closest_ratio(built))


def test_two_molecules_on_top_of_each_other_are_a_contact():
    (built,) = place(Adsorbate("GA", ligand("GA"), "hollow"), (2, 1))
    guest = built.atoms[built.indices("GA")]
    guest.positions[:, 2] += 0.8
    both = Structure(built.atoms + guest, (*built.groups, *["GB"] * len(guest)))
    contact = closest_contact(both)
    assert contact.distance_A == pytest.approx(0.8, abs=0.01)
