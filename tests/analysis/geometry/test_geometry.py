"""Geometry of relaxed slabs against structures built by hand."""

from dataclasses import replace
from math import cos, radians, sin

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from ase.constraints import FixAtoms

from analysis.geometry.bond_changes import bond_changes
from analysis.geometry.flags import LEFT_RISE_A, geometry_flags
from analysis.geometry.hydrogen_bonds import hydrogen_bonds
from analysis.geometry.ligands import LigandAtoms, ligand_geometries, slab_parts
from analysis.geometry.surface_relaxation import faces_differ_A, layer_relaxation
from analysis.geometry.vacancy_relaxation import vacancy_relaxation
from slabs.crystals.perovskite import perovskite
from slabs.structure import Structure
from slabs.surfaces.slab import build_slab
from workflows.species.starts import rattle

CSPBI3 = perovskite("CsPbI3")
A_A = 6.29
SLAB = build_slab(CSPBI3, termination="PbI2", layers=3, size=(2, 2), vacuum_A=20.0)
TOP_A = float(SLAB.positions[:, 2].max())
#: Pb at the corner of the cell, in the upper face.
CORNER = next(
    n
    for n in np.flatnonzero(SLAB.symbols == "Pb")
    if SLAB.positions[n, 2] > TOP_A - 0.1 and np.abs(SLAB.positions[n, :2]).max() < 0.1
)


def methylamine(tilt_deg=30.0, distance_A=2.5):
    """CH3NH2 with N above the origin; the chain leans towards -x, the hydrogens are roughly put."""
    lean = np.array([-sin(radians(tilt_deg)), 0.0, cos(radians(tilt_deg))])
    side, up = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, distance_A])
    across = np.cross(lean, side)
    carbon = up + 1.47 * lean
    hydrogens = [
        up + 1.01 * (0.9 * side + 0.4 * lean),
        up - 1.01 * (0.9 * side - 0.4 * lean),
        carbon + 1.09 * (0.3 * lean + 0.95 * side),
        carbon + 1.09 * (0.3 * lean - 0.95 * side),
        carbon + 1.09 * (0.3 * lean + 0.95 * across),
    ]
    return Atoms("NCH5", positions=[up, carbon, *hydrogens])


def covered(adsorbate, *, name="L", wrap=False):
    """The slab with a molecule above the Pb at the corner, and its structure."""
    added = adsorbate.copy()
    added.positions += SLAB.positions[CORNER]
    atoms = SLAB + added
    if wrap:
        atoms.wrap()
    groups = ("surface",) * len(SLAB) + (name,) * len(added)
    return Structure(atoms, groups, ligands=1)


def ligand(structure, *, dative=True, anchors=(0,), name="L"):
    atoms = structure.indices(name).tolist()
    return LigandAtoms(name, tuple(atoms), tuple(atoms[n] for n in anchors), dative, upper=True)


def measured(atoms, planned, one):
    return ligand_geometries(atoms, (one,), slab_parts(planned))[0]


def flagged(planned, relaxed, *, dative=True, ligands=None, **options):
    ligands = (ligand(planned, dative=dative),) if ligands is None else ligands
    return geometry_flags(planned, relaxed, ligands, **options)


@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.parametrize("tilt_deg", [0.0, 30.0, 100.0])
def test_distance_height_and_tilt(tilt_deg, wrap):
    planned = covered(methylamine(tilt_deg), wrap=wrap)
    found = measured(planned.atoms, planned, ligand(planned))
    assert (found.metal, found.anchor) == (CORNER, len(SLAB))
    assert found.metal_distance_A == pytest.approx(2.5)
    assert found.height_A == pytest.approx(2.5)
    assert found.tilt_deg == pytest.approx(tilt_deg, abs=1e-5)
    assert found.plane_tilt_deg is None
    if wrap and tilt_deg == 30.0:  # the molecule really is cut
        nitrogen, carbon = planned.atoms.positions[len(SLAB) : len(SLAB) + 2]
        assert np.linalg.norm(carbon - nitrogen) > 10.0


def test_height_follows_the_metals_of_the_outermost_layer():
    planned = covered(methylamine())
    relaxed = planned.atoms.copy()
    top = [n for n in np.flatnonzero(relaxed.symbols == "Pb") if relaxed.positions[n, 2] > 15.0]
    assert len(top) == 4
    relaxed.positions[CORNER, 2] += 0.4  # a quarter of the four Pb
    found = measured(relaxed, planned, ligand(planned))
    assert found.metal_distance_A == pytest.approx(2.1)
    assert found.height_A == pytest.approx(2.4)


def test_a_ligand_below_the_slab_has_the_same_numbers():
    planned = covered(methylamine())
    mirrored = planned.atoms.copy()
    mirrored.positions[:, 2] *= -1
    below = replace(planned, atoms=mirrored)
    one = replace(ligand(planned), upper=False)
    found = measured(mirrored, below, one)
    assert found.height_A == pytest.approx(2.5)
    assert found.tilt_deg == pytest.approx(30.0)


def test_two_anchors_and_a_branched_chain():
    # O-C-O above Pb, both O anchors, two C on the far carbon: the chain is their middle.
    places = [
        [-1.1, 0, 2.4],
        [1.1, 0, 2.6],
        [0, 0, 3.1],
        [0, 0, 4.6],
        [0, 1.2, 5.4],
        [0, -1.2, 5.4],
    ]
    planned = covered(Atoms("OOCCCC", positions=places))
    found = measured(planned.atoms, planned, ligand(planned, anchors=(0, 1)))
    assert found.height_A == pytest.approx(2.5)
    assert found.metal_distance_A == pytest.approx(np.hypot(1.1, 2.4))
    assert found.tilt_deg == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize("angle_deg", [0.0, 25.0, -25.0])
def test_a_flat_molecule_has_a_plane_instead_of_a_chain(angle_deg):
    turns = np.radians([0, 120, 240])
    star = 1.33 * np.stack([np.cos(turns), np.sin(turns), np.zeros(3)], axis=1)
    flat = Atoms("CN3", positions=[[0, 0, 0], *star])
    flat.rotate(angle_deg, "x")
    flat.positions[:, 2] += 3.0
    planned = covered(flat)
    found = measured(planned.atoms, planned, ligand(planned, dative=False))
    assert found.tilt_deg is None
    assert found.plane_tilt_deg == pytest.approx(abs(angle_deg), abs=1e-5)


def test_ammonia_has_no_chain_and_a_slab_without_metals_no_height():
    ammonia = molecule("NH3")
    ammonia.positions += [0, 0, 2.5 - ammonia.positions[0, 2]]
    planned = covered(ammonia)
    found = measured(planned.atoms, planned, ligand(planned))
    assert found.tilt_deg is found.plane_tilt_deg is None
    planned.atoms.symbols[planned.atoms.symbols == "Pb"] = "Cs"
    found = measured(planned.atoms, planned, ligand(planned))
    assert found.metal is found.metal_distance_A is found.height_A is None
    assert flagged(planned, planned.atoms) == []


def contact(length_A, angle_deg, acceptor="I"):
    """Two N-H of ammonium far from anything, and one that points past an acceptor."""
    bent = radians(180.0 - angle_deg)
    acceptor_A = np.array([1.01 + length_A * cos(bent), length_A * sin(bent), 0.0])
    places = [[0, 0, 0], [1.01, 0, 0], [-0.4, 0.9, 0.3], [-0.4, -0.9, 0.3], acceptor_A]
    return Atoms(f"NH3{acceptor}", positions=places, cell=[12, 12, 12], pbc=(True, True, False))


# Van der Waals radii: H 1.20, I 1.98, O 1.52 A.
@pytest.mark.parametrize(
    ("length_A", "angle_deg", "acceptor", "count"),
    [
        (2.60, 170.0, "I", 1),
        (3.17, 170.0, "I", 1),
        (3.19, 170.0, "I", 0),
        (2.60, 111.0, "I", 1),
        (2.60, 109.0, "I", 0),
        (1.90, 160.0, "O", 1),
        (2.73, 160.0, "O", 0),
        (2.00, 160.0, "C", 0),
        (2.00, 160.0, "Cs", 0),
    ],
)
def test_criterion_of_hydrogen_bonds(length_A, angle_deg, acceptor, count):
    atoms = contact(length_A, angle_deg, acceptor)
    for shift in (0.0, 6.0, -0.5):
        atoms.positions[:, :2] += shift
        atoms.wrap()
        found = hydrogen_bonds(atoms)
        assert len(found) == count
        if found:
            assert (found[0].donor, found[0].hydrogen, found[0].acceptor) == (0, 1, 4)
            assert found[0].length_A == pytest.approx(length_A)
            assert found[0].angle_deg == pytest.approx(angle_deg)


def test_no_bond_through_the_vacuum_and_one_to_an_image():
    chain = Atoms("OH", positions=[[0, 0, 0], [0.97, 0, 0]], cell=[2.8, 9, 9], pbc=(1, 1, 0))
    (found,) = hydrogen_bonds(chain)
    assert (found.donor, found.acceptor) == (0, 0)
    assert found.length_A == pytest.approx(2.8 - 0.97)
    assert found.angle_deg == pytest.approx(180.0)
    chain.set_cell([[9, 0, 0], [0, 9, 0], [0, 0, 2.8]])
    chain.rotate(-90, "y")
    assert hydrogen_bonds(chain) == []


def test_contacts_within_a_molecule_and_saturated_acceptors_do_not_count():
    acid = molecule("HCOOH")
    acid.set_cell([9, 9, 9])
    acid.pbc = (True, True, False)
    assert hydrogen_bonds(acid) == []
    # O-H points at ammonia from the side that has no hydrogen, then at ammonium.
    turns = np.radians([0, 120, 240])
    behind = 1.01 * np.stack(
        [np.full(3, -0.33), 0.94 * np.cos(turns), 0.94 * np.sin(turns)], axis=1
    )
    places = [[0, 0, 0], *behind, [2.9, 0, 0], [1.93, 0, 0]]
    ammonia = Atoms("NH3OH", positions=places, cell=[15, 15, 15], pbc=(True, True, False))
    (found,) = hydrogen_bonds(ammonia)
    assert (found.donor, found.acceptor) == (4, 0)
    assert hydrogen_bonds(ammonia + Atoms("H", positions=[[-1.01, 0, 0]])) == []


@pytest.mark.parametrize("shift", [0.0, 5.0, 6.5])
def test_a_ring_closed_by_hydrogen_is_one_molecule_but_its_image_another(shift):
    # N-H...O of 1.9 A and 180 degrees, O and N joined by three C on an arc.
    places = [[0, 0, 0], [1, 0, 0], [2.9, 0, 0], [0.1, 1.47, 0], [1.45, 2.05, 0], [2.8, 1.45, 0]]
    ring = Atoms("NHOCCC", positions=places, cell=[7.0, 7.0, 9.0], pbc=(True, True, False))
    ring.positions[:, :2] += shift
    ring.wrap()
    assert hydrogen_bonds(ring) == []
    # A second N-H of the same molecule points at the image of O behind it: 7 - 2.9 - 1 = 3.1 A,
    # too far until the cell shrinks.
    both = ring + Atoms("H", positions=[ring.positions[0] - [1.0, 0, 0]])
    assert hydrogen_bonds(both) == []
    both = Atoms("NHOCCCH", positions=[*places, [-1, 0, 0]], cell=[6.0, 7.0, 9.0], pbc=(1, 1, 0))
    both.positions[:, :2] += shift
    both.wrap()
    (found,) = hydrogen_bonds(both)
    assert (found.hydrogen, found.acceptor) == (6, 2)
    assert found.length_A == pytest.approx(2.1)


def test_a_covalently_bound_halogen_accepts_nothing():
    atoms = contact(2.6, 170.0)
    carbon = atoms.positions[4] + [2.14, 0, 0]
    assert hydrogen_bonds(atoms + Atoms("C", positions=[carbon])) == []


def test_nothing_is_flagged_for_an_image_of_the_same_structure():
    planned = covered(methylamine())
    relaxed = planned.atoms.copy()
    relaxed.positions += [A_A, -A_A / 2, 0.3]
    relaxed.wrap()
    relaxed.rattle(0.05, seed=2)
    assert flagged(planned, relaxed) == []


def test_broken_bond_is_flagged():
    planned = covered(methylamine())
    relaxed = planned.atoms.copy()
    chain = relaxed.positions[len(SLAB) + 1] - relaxed.positions[len(SLAB)]
    methyl = [len(SLAB) + n for n in (1, 4, 5, 6)]
    # N-C 1.47 A breaks at 1.25 x (0.71 + 0.76) = 1.84 A.
    relaxed.positions[methyl] += 0.35 * chain / 1.47
    assert flagged(planned, relaxed) == []
    relaxed.positions[methyl] += 0.05 * chain / 1.47
    (flag,) = flagged(planned, relaxed)
    assert (flag.kind, flag.words) == ("broken", "L dissociated, its bond N-C is 1.87 A long")


@pytest.mark.parametrize(
    ("share", "kinds"),
    # Bond lengths in covalent radii are equal at N-H 1.45, H-I 2.43 A of N...I 3.88 A.
    [(1.01, []), (1.44, []), (1.47, ["proton"]), (2.27, ["proton"])],
)
def test_a_proton_belongs_to_the_nearer_atom(share, kinds):
    gap_A = 3.88
    places = [[0, 0, 0], [1.01, 0, 0], [gap_A, 0, 0]]
    planned = Atoms("NHI", positions=places, cell=[12, 12, 12], pbc=(1, 1, 0))
    relaxed = planned.copy()
    relaxed.positions[1, 0] = share
    relaxed.positions[:, 0] -= 0.7
    relaxed.wrap()
    structure = Structure(planned, ("L", "L", "surface"))
    found = geometry_flags(structure, relaxed, ())
    assert [flag.kind for flag in found] == kinds
    if kinds:
        assert found[0].words == "a proton moved from N of L to I of surface"


def test_a_proton_bound_to_nothing():
    planned = Atoms(
        "NHI", positions=[[0, 0, 0], [1, 0, 0], [6, 0, 0]], cell=[12] * 3, pbc=(1, 1, 0)
    )
    relaxed = planned.copy()
    relaxed.positions[1] = [2.9, 0, 0]
    (proton,) = bond_changes(planned, relaxed).protons
    assert (proton.hydrogen, proton.before, proton.after) == (1, 0, None)
    (flag,) = geometry_flags(Structure(planned, ("L", "L", "surface")), relaxed, ())
    assert flag.words == "a proton moved from N of L to nothing"


def test_new_bond_to_a_surface_anion_is_flagged_and_a_contact_is_not():
    planned = covered(methylamine())
    nitrogen, iodine = len(SLAB), int(np.flatnonzero(SLAB.symbols == "I")[-1])
    # 1.25 x (0.71 + 1.39) = 2.63 A
    for distance_A, kinds in ((2.70, []), (2.55, ["new"]), (2.15, ["new"])):
        relaxed = planned.atoms.copy()
        relaxed.positions[iodine] = relaxed.positions[nitrogen] + [distance_A, 0, 0]
        found = flagged(planned, relaxed)
        assert [flag.kind for flag in found] == kinds
    assert found[0].words == "new bond I-N of 2.15 A between surface and L"


def test_a_halide_that_only_touches_in_the_plan_is_not_bonded_there():
    places = [[0, 0, 0], [2.45, 0, 0]]  # 1.17 times the covalent radii
    planned = Atoms("NI", positions=places, cell=[12] * 3, pbc=(1, 1, 0))
    for distance_A, new in ((3.6, 0), (2.45, 1)):
        relaxed = planned.copy()
        relaxed.positions[1, 0] = distance_A
        changes = bond_changes(planned, relaxed)
        assert (len(changes.broken), len(changes.new)) == (0, new)


def test_halides_of_the_surface_that_meet_belong_to_no_ligand():
    planned = covered(methylamine())
    iodides = np.flatnonzero(SLAB.symbols == "I")[-2:]
    relaxed = planned.atoms.copy()
    relaxed.positions[iodides[0]] = relaxed.positions[iodides[1]] + [0, 0, 2.7]
    assert len(bond_changes(planned.atoms, relaxed).new) == 1
    assert [flag.kind for flag in flagged(planned, relaxed)] == []


def test_iodine_molecule_is_bonded_before_and_after():
    iodine = Atoms("I2", positions=[[0, 0, 0], [0, 0, 2.67]], cell=[12] * 3, pbc=True)
    relaxed = iodine.copy()
    relaxed.positions[1, 2] = 2.72
    changes = bond_changes(iodine, relaxed)
    assert changes.broken == changes.new == changes.protons == ()


def test_a_dative_ligand_that_leaves_its_metal_is_flagged():
    planned = covered(methylamine(tilt_deg=0.0))
    # 1.5 x 1.15 x (1.46 + 0.71) = 3.74 A
    for rise_A, kinds in ((1.2, []), (1.3, ["left"])):
        relaxed = planned.atoms.copy()
        relaxed.positions[len(SLAB) :, 2] += rise_A
        found = flagged(planned, relaxed)
        assert [flag.kind for flag in found] == kinds
    words = "L left its metal, nearest Pb-N 3.80 A, beyond 3.74 A"
    assert found[0].words == f"{words}, and holds no hydrogen bond to the surface"


def test_moving_to_another_metal_is_not_leaving():
    planned = covered(methylamine())
    relaxed = planned.atoms.copy()
    relaxed.positions[len(SLAB) :, 0] += A_A
    assert flagged(planned, relaxed) == []


def test_a_cation_leaves_without_hydrogen_bonds_and_far_above_its_plan_only():
    planned = covered(methylamine(tilt_deg=0.0))
    for rise_A, kinds in ((LEFT_RISE_A - 0.1, []), (LEFT_RISE_A + 0.1, ["left"])):
        relaxed = planned.atoms.copy()
        relaxed.positions[len(SLAB) :, 2] += rise_A
        found = flagged(planned, relaxed, dative=False)
        assert [flag.kind for flag in found] == kinds
    assert found[0].words.startswith("L left the surface, 2.10 A above its planned height")
    hydrogen = len(SLAB) + 2
    away = relaxed.positions[hydrogen] - relaxed.positions[len(SLAB)]
    iodine = int(np.flatnonzero(SLAB.symbols == "I")[-1])
    relaxed.positions[iodine] = relaxed.positions[hydrogen] + 2.6 * away / np.linalg.norm(away)
    assert flagged(planned, relaxed, dative=False) == []


def test_layers_move_with_sign_from_the_upper_face():
    relaxed = SLAB.copy()
    layer = np.round((SLAB.positions[:, 2] - SLAB.positions[:, 2].min()) / (A_A / 2))
    relaxed.positions[layer == 2, 2] -= 0.1
    lead = (layer == 2) & (SLAB.symbols == "Pb")
    relaxed.positions[lead, 2] -= 0.3  # a third of the ions of the layer
    origin = np.arange(len(SLAB))
    found = layer_relaxation(SLAB, relaxed, origin)
    assert found.bulk_spacings_A == pytest.approx([A_A / 2] * 2)
    assert found.spacings_A == pytest.approx([A_A / 2 - 0.2, A_A / 2])
    assert found.changes_percent == pytest.approx([-100 * 0.2 / (A_A / 2), 0.0])
    assert found.rumplings_A == pytest.approx([0.3, 0.0, 0.0], abs=1e-9)


def test_layers_keep_their_ions_and_ignore_ligands():
    planned = covered(methylamine())
    origin = np.append(np.arange(len(SLAB)), np.full(7, -1))
    cesium = np.flatnonzero(SLAB.symbols == "Cs")
    relaxed = planned.atoms.copy()
    relaxed.positions[cesium[0], 2] += 2.4  # nearer to the outermost layer than to its own
    found = layer_relaxation(SLAB, relaxed, origin)
    share = 2.4 / 8  # four Cs, four I
    assert found.spacings_A == pytest.approx([A_A / 2 - share, A_A / 2 + share])
    assert found.rumplings_A == pytest.approx([0.0, -0.6, 0.0], abs=1e-9)
    # Without that ion its layer is where the others are, in the crystal as well.
    kept = np.arange(len(relaxed)) != cesium[0]
    assert layer_relaxation(SLAB, relaxed[kept], origin[kept]).changes_percent == pytest.approx(
        [0.0, 0.0], abs=1e-9
    )
    kept = ~np.isin(np.arange(len(relaxed)), np.flatnonzero(SLAB.positions[:, 2] < 11.0))
    assert layer_relaxation(SLAB, relaxed[kept], origin[kept]) is None


def vacancy(slab=SLAB, at=(A_A / 2, 0.0)):
    """Index of the iodide of the upper face at this place, and the structure without it."""
    top = slab.positions - [*at, slab.positions[:, 2].max()]
    removed = int(np.linalg.norm(top, axis=1).argmin())
    assert slab.symbols[removed] == "I"
    origin = np.delete(np.arange(len(slab)), removed)
    return removed, origin, slab[origin]


@pytest.mark.parametrize("held", [False, True])
def test_displacements_around_a_vacancy_are_signed(held):
    whole = SLAB.copy()
    removed, origin, vacant = vacancy()
    planned = Structure(SLAB, ("surface",) * len(SLAB))
    # The vacancy lies between the Pb at 0 and at 6.29 A. One comes 0.3 A closer, the other
    # goes 0.1 A away, and an iodide at 4.45 A, in the direction (1, 1), is pulled in by 0.2 A.
    place = {int(n): k for k, n in enumerate(origin)}
    other = int(
        np.linalg.norm(SLAB.positions - (SLAB.positions[CORNER] + [A_A, 0, 0]), axis=1).argmin()
    )
    iodide = int(
        np.linalg.norm(
            SLAB.positions - (SLAB.positions[CORNER] + [A_A, A_A / 2, 0]), axis=1
        ).argmin()
    )
    vacant.positions[place[CORNER]] += [0.3, 0, 0]
    vacant.positions[place[other]] += [0.1, 0, 0]
    vacant.positions[place[iodide]] -= np.array([0.2, 0.2, 0]) / np.sqrt(2)
    # Balance the centroid far away, as the forces of a free slab would.
    far = int(np.flatnonzero(SLAB.symbols == "Cs")[-1])
    vacant.positions[place[far]] -= (vacant.positions - whole.positions[origin]).sum(axis=0)
    if held:
        vacant.set_constraint(FixAtoms([0]))
    else:
        vacant.positions += [0.05, -0.02, 0.4]
    vacant.wrap()
    found = vacancy_relaxation(planned, whole, vacant, origin, np.array([removed]))
    assert found.element == "I"
    assert found.upper
    near = {each.atom: each for each in found.neighbours}
    assert near[place[CORNER]].towards_A == pytest.approx(0.3)
    assert near[place[other]].towards_A == pytest.approx(-0.1)
    assert near[place[iodide]].towards_A == pytest.approx(0.2)
    assert near[place[iodide]].distance_A == pytest.approx(A_A / np.sqrt(2))
    assert [each.bonded for each in found.neighbours[:3]] == [True, True, False]
    assert set(found.across) == {place[CORNER], place[other]}
    assert found.across_before_A == pytest.approx(A_A)
    assert found.across_after_A == pytest.approx(A_A - 0.2)


def test_a_vacancy_across_the_cell_boundary_and_between_images():
    removed, origin, vacant = vacancy(at=(1.5 * A_A, 0.0))
    planned = Structure(SLAB, ("surface",) * len(SLAB))
    vacant.positions[int(np.flatnonzero(origin == CORNER)[0])] -= [0.3, 0, 0]
    vacant.set_constraint(FixAtoms([0]))
    vacant.wrap()
    found = vacancy_relaxation(planned, SLAB, vacant, origin, np.array([removed]))
    assert found.across_after_A == pytest.approx(A_A - 0.3)
    small = build_slab(CSPBI3, termination="PbI2", layers=1, vacuum_A=20.0)
    removed, origin, vacant = vacancy(small)
    planned = Structure(small, ("surface",) * len(small))
    lead = int(np.flatnonzero(vacant.symbols == "Pb")[0])
    vacant.positions[lead] += [0.2, 0, 0]
    vacant.set_constraint(FixAtoms([1 - lead]))
    found = vacancy_relaxation(planned, small, vacant, origin, np.array([removed]))
    # Both neighbours are the same Pb: what brings one closer takes its image away.
    assert sorted(e.towards_A for e in found.neighbours if e.bonded) == pytest.approx([-0.2, 0.2])
    assert found.across_before_A == found.across_after_A == pytest.approx(A_A)


def test_a_missing_metal_has_halides_around_it():
    planned = Structure(SLAB, ("surface",) * len(SLAB))
    origin = np.delete(np.arange(len(SLAB)), CORNER)
    found = vacancy_relaxation(planned, SLAB, SLAB[origin], origin, np.array([CORNER]))
    bonded = [each for each in found.neighbours if each.bonded]
    assert {SLAB.symbols[origin[each.atom]] for each in bonded} == {"I"}
    assert len(bonded) == 5
    assert all(each.moved_A == pytest.approx(0.0, abs=1e-9) for each in found.neighbours)


def test_faces_stay_equal_or_differ_by_known_amounts():
    relaxed = SLAB.copy()
    middle = relaxed.positions[:, 2].mean()
    relaxed.positions[:, 2] = middle + 1.05 * (relaxed.positions[:, 2] - middle) + 0.7
    relaxed.set_cell(relaxed.cell.array * [[1.02], [1.02], [1.0]])
    relaxed.positions[:, :2] *= 1.02
    assert faces_differ_A(SLAB, relaxed) == pytest.approx(0.0, abs=1e-9)
    relaxed.positions[CORNER, 2] += 0.3
    found = faces_differ_A(SLAB, relaxed)
    # The atom and its partner share the blame, less what the centroid moves.
    assert found == pytest.approx(0.3 - 2 * 0.3 / len(SLAB))
    structure = Structure(SLAB, ("surface",) * len(SLAB))
    (flag,) = geometry_flags(structure, relaxed, (), two_sided=True)
    assert (flag.kind, flag.words) == ("faces", f"the two faces differ, by up to {found:.2f} A")
    assert geometry_flags(structure, relaxed, ()) == []
    # Nothing but the inversion is left, which takes atoms across the cell boundary.
    planned = SLAB.copy()
    planned.positions += rattle(SLAB, 0.1, 4, "two")
    strained = planned.copy()
    strained.set_cell(strained.cell.array * [[1.02], [1.02], [1.0]])
    strained.positions[:, :2] *= 1.02
    assert faces_differ_A(planned, strained) == pytest.approx(0.0, abs=1e-6)
    unequal = build_slab(CSPBI3, termination="PbI2", bottom_termination="CsI", layers=4)
    assert faces_differ_A(unequal, unequal) is None
