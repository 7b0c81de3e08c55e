"""Placements that are handed on are sound: no overlap, no spelling, no azimuth steps."""

import numpy as np
import pytest
from ase.geometry import get_distances
from scipy.spatial.transform import Rotation

from slabs.adsorption.adsorb import adsorb
from slabs.adsorption.distinct import WINDOW_EV
from slabs.adsorption.placement import Adsorbate, DoesNotFitError
from slabs.adsorption.poses import Search
from slabs.adsorption.score import Surroundings, ionic_charges_e, judge
from slabs.crystals.perovskite import perovskite
from slabs.ligands.ligand import make_ligand
from slabs.surfaces.slab import build_slab
from tests.slabs.adsorption.test_adsorb import closest_ratio, counts, ligand, place, slab


def custom(smiles, anchor, site, name="L", **more):
    shapes = {key: more.pop(key) for key in ("conformers",) if key in more}
    return Adsorbate(name, make_ligand(smiles=smiles, anchor_smarts=anchor, **shapes), site, **more)


def repulsion_eV(structure, item):
    """Van der Waals energy of the only ligand of a structure with the surface and its images."""
    surface = structure.atoms[structure.indices("surface")]
    pose = structure.atoms.positions[structure.indices(item.name)]
    around = Surroundings(surface, ionic_charges_e(surface))
    metals = np.flatnonzero(surface.symbols == "Pb")
    anchor = item.ligand.anchors[0]
    near = metals[np.linalg.norm(surface.positions[metals] - pose[anchor], axis=1) < 3.1]
    return float(judge(pose[None], item.ligand, around, [(anchor, int(n)) for n in near])
                 .repulsion_eV[0])  # fmt: skip


@pytest.mark.parametrize(
    "item",
    [
        custom("c1ccccc1CN", "[NX3]", "metal-top"),
        custom("CCCC[n+]1ccn(C)c1", "[n+]", "A-site"),
        custom("CCCCP(CCCC)CCCC", "[PX3]", "metal-top", conformers=8),
        custom("CC(C)(C)[NH3+]", "[NX4]", "A-site"),
        custom("C1CC[NH2+]CC1", "[NX4]", "A-site"),
        Adsorbate("L", ligand("DDDMA"), "A-site"),
        Adsorbate("L", ligand("CTA"), "A-site"),
        Adsorbate("L", ligand("R-MBA", state="cation"), "A-site"),
        custom("CC(=O)O[Pb]OC(C)=O", "[OX1]", "metal-top"),
    ],
    ids=lambda item: item.ligand.smiles,
)
def test_bulky_ligands_do_not_overlap(item):
    (built,) = place(item, (2, 2))
    assert repulsion_eV(built, item) < 0.5


@pytest.mark.parametrize("name", ["MA", "PEA", "R-MBA", "BA"])
@pytest.mark.parametrize("site", ["A-site", "hollow"])
def test_ammonium_hydrogen_keeps_its_distance_from_iodide(name, site):
    (built,) = place(Adsorbate("L", ligand(name, state="cation"), site), (2, 2))
    atoms = built.atoms
    own = built.indices("L")
    hydrogen = [n for n in own if atoms.symbols[n] == "H"]
    gaps = get_distances(
        atoms.positions[hydrogen],
        atoms.positions[atoms.symbols == "I"],
        cell=atoms.cell,
        pbc=atoms.pbc,
    )[1]
    assert gaps.min() > 0.75 * (1.20 + 1.98) - 1e-6


def test_overlap_is_refused_in_words():
    crowded = Adsorbate("TOA", ligand("TOA"), "hollow")
    with pytest.raises(
        DoesNotFitError, match=r"TOA does not fit: at best .* overlap .* by \d"
    ) as e:
        place(crowded, (2, 2))
    assert "\n" not in e.value.message


@pytest.mark.parametrize("conformers", [1, 4])
def test_enantiomers_have_the_same_score_on_an_achiral_face(conformers):
    both = [
        place(
            Adsorbate("L", make_ligand(name, state=state, conformers=conformers), site),
            (2, 2),
            count=3,
        )
        for name in ("R-MBA", "S-MBA")
        for state, site in (("neutral", "metal-top"),)
    ]
    right, left = ([s.score_eV for s in found] for found in both)
    assert right == pytest.approx(left, abs=1e-6)


@pytest.mark.parametrize("smiles", ["c1ccccc1CN", "NCc1ccccc1", "C(N)c1ccccc1"])
def test_spelling_does_not_change_the_placement(smiles):
    (built,) = place(custom(smiles, "[NX3]", "metal-top"), (2, 2))
    (other,) = place(Adsorbate("L", make_ligand("BzA", state="neutral"), "metal-top"), (2, 2))
    assert built.score_eV == pytest.approx(other.score_eV, abs=1e-9)
    assert built.score_eV < -0.3


@pytest.mark.parametrize("name", ["OAm", "BzA"])
def test_candidates_are_not_steps_of_one_scan(name):
    amine = Adsorbate(
        "L", make_ligand(name, state="neutral", truncate_to_carbons=None), "metal-top"
    )
    found = place(amine, (2, 2), count=8)
    assert len(found) >= 5
    for n, first in enumerate(found):
        for other in found[:n]:
            one, two = (
                s.atoms.positions[s.indices("L")][first.atoms.numbers[first.indices("L")] > 1]
                for s in (first, other)
            )
            anchor = int(np.flatnonzero(first.atoms.symbols[first.indices("L")] == "N")[0])
            heavy = np.cumsum(first.atoms.numbers[first.indices("L")] > 1) - 1
            one, two = one - one[heavy[anchor]], two - two[heavy[anchor]]
            turn, rssd = Rotation.align_vectors(one, two)
            same_shape = rssd / np.sqrt(len(one)) < 0.3
            assert not same_shape or np.degrees(turn.magnitude()) > 15.1


def test_candidates_lie_within_a_window():
    found = place(custom("c1ccccc1CN", "[NX3]", "metal-top"), (2, 2), count=40)
    scores = [s.score_eV for s in found]
    assert max(scores) <= min(scores) + WINDOW_EV


def test_upright_chains_stay_stretched():
    amine = make_ligand("OcAm", conformers=20)
    assert len({tuple(shape[0].round(3)) for shape in amine.conformers}) > 5
    (built,) = place(Adsorbate("L", amine, "metal-top", orientation="upright"), (2, 2))
    own = built.atoms.positions[built.indices("L")]
    length = np.linalg.norm(own[:, None] - own, axis=2).max()
    stretched = amine.conformers[0]
    assert length > 0.85 * np.linalg.norm(stretched[:, None] - stretched, axis=2).max()


def test_energy_of_the_conformer_counts():
    amine = make_ligand("BA", state="neutral", conformers=8)
    item = Adsorbate("L", amine, "metal-top", orientation="any")
    (free,) = place(item, (3, 3))
    number = int(free.placement.split("conformer ")[1].split(" of ")[0]) - 1
    surface = free.atoms[free.indices("surface")]
    anchor = amine.anchors[0]
    pose = free.atoms.positions[free.indices("L")]
    lead = int(
        np.argmin(
            np.where(
                surface.symbols == "Pb",
                np.linalg.norm(surface.positions - pose[anchor], axis=1),
                np.inf,
            )
        )
    )
    around = Surroundings(surface, ionic_charges_e(surface))
    alone = judge(pose[None], amine, around, [(anchor, lead)]).score_eV[0]
    assert free.score_eV == pytest.approx(alone + amine.conformer_energies_eV[number], abs=1e-6)


def test_full_coverage_is_the_monolayer_of_the_small_cell():
    chain = ligand("OAm")
    (one,) = place(Adsorbate("OAm", chain, "metal-top"), (1, 1))
    (four,) = place([Adsorbate("OAm", chain, "metal-top") for _ in range(4)], (2, 2))
    assert four.ligands == 4
    assert four.coverage_per_nm2 == pytest.approx(one.coverage_per_nm2)
    assert four.score_eV / 4 == pytest.approx(one.score_eV, abs=0.01)
    assert closest_ratio_of(four) == pytest.approx(closest_ratio_of(one), abs=1e-6)


def closest_ratio_of(structure):
    """Shortest distance between nitrogen-free atoms of ligands and images, by brute force."""
    atoms = structure.atoms.repeat((3, 3, 1)) if structure.ligands == 1 else structure.atoms
    heavy = atoms[[n for n in range(len(atoms)) if atoms.symbols[n] == "C"]]
    size = 18
    gaps = []
    for n in range(0, len(heavy), size):
        mine = heavy.positions[n : n + size]
        rest = np.delete(heavy.positions, np.arange(n, n + size), axis=0)
        d = get_distances(mine, rest, cell=heavy.cell, pbc=[True, True, False])[1]
        gaps.append(d.min())
    return min(gaps)


def test_dication_replaces_two_ions():
    diamine = custom("[NH3+]CC[NH3+]", "[NX4+:1]CC[NX4+:2]", "A-site")
    (built,) = place(diamine, (2, 2))
    assert counts(built) == {"Cs": 2, "Pb": 8, "I": 20, "C": 2, "N": 2, "H": 10}
    assert "second ion replaced" in built.placement
    with pytest.raises(ValueError, match="choose a larger size"):
        place(diamine, (1, 1))


def test_dianion_replaces_two_halides():
    (built,) = place(custom("[O-]C(=O)CCC(=O)[O-]", "[OX1:1]=[CX3]-[O-:2]", "X-site"), (2, 2))
    assert counts(built) == {"Cs": 4, "Pb": 8, "I": 18, "C": 4, "O": 4, "H": 4}


def test_dication_brings_two_counter_ions():
    item = custom("[NH3+]CC[NH3+]", "[NX4+:1]CC[NX4+:2]", "hollow", counter_ion="I")
    (built,) = place(item, (2, 2))
    assert counts(built) == {"Cs": 4, "Pb": 8, "I": 22, "C": 2, "N": 2, "H": 10}


@pytest.mark.parametrize("termination", ["PbI2", "CsI"])
def test_ligand_that_lies_flat_is_tried_on_both_faces(termination):
    # (R)-alpha-methylbenzylamine turns another face to the surface than its mirror image.
    bare = slab((2, 2), termination=termination)
    scores = [
        adsorb(
            bare,
            [Adsorbate("L", make_ligand(name, state="neutral"), "bridge", orientation="flat")],
            10.0,
        )[0].score_eV
        for name in ("R-MBA", "S-MBA")
    ]
    assert scores[0] == pytest.approx(scores[1], abs=1e-6)


def test_coarse_steps_still_find_a_sound_placement():
    item = custom("C1CC[NH2+]CC1", "[NX4]", "A-site")
    (built,) = place(item, (2, 2), search=Search(azimuth_step_deg=60.0))
    assert repulsion_eV(built, item) < 0.5


def test_phenethylammonium_on_the_tilted_phase():
    bare = build_slab(
        perovskite("CsPbI3", phase="gamma"), termination="PbI2", layers=3, size=(2, 1)
    )
    (built,) = adsorb(bare, [Adsorbate("L", ligand("PEA", state="cation"), "A-site")], 10.0)
    assert closest_ratio(built) > 0.65
