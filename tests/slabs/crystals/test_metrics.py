"""The B-X network and the tolerance factor against values computed by hand."""

import json
from math import asin, cos, degrees, radians, sqrt

import numpy as np
import pytest
from ase import Atoms
from ase.build import add_adsorbate, molecule
from ase.spacegroup import crystal
from scipy.spatial.transform import Rotation

from slabs.crystals.metrics import structure_metrics
from slabs.crystals.network import network_bonds
from slabs.crystals.perovskite import perovskite
from slabs.crystals.tolerance import cation_radius_for, tolerance_factor
from slabs.elements import HALIDE_RADII_A, METAL_RADII_A
from slabs.errors import InputError
from slabs.surfaces.slab import build_slab

CSPBI3 = perovskite("CsPbI3")
D_A = 3.2  # bond length of the tilted crystals


def tilted(angle_deg, *, axis=2, phase=1, shape="2x2"):
    """Rigid octahedra turned by +-angle about one axis; the one at the origin by +angle.

    The two bonds across the axis shorten their cell edge by cos(angle) and swing to
    opposite sides at neighbouring octahedra, so that corners stay joined.
    """
    a, c = 2 * D_A * cos(radians(angle_deg)), 2 * D_A
    layers = 1 if phase == 1 else 2
    if shape == "2x2":
        cell = np.diag([2 * a, 2 * a, layers * c])
        sites = [(i, j, k) for k in range(layers) for i in range(2) for j in range(2)]
    else:  # sqrt2 x sqrt2, the cell vectors along [110]
        cell = np.array([[a, a, 0], [-a, a, 0], [0, 0, layers * c]])
        sites = [(i, 0, k) for k in range(layers) for i in range(2)]
    symbols, places = [], []
    for i, j, k in sites:
        sign = (-1) ** (i + j) * phase**k
        rotation = Rotation.from_euler("z", sign * angle_deg, degrees=True).as_matrix()
        centre = np.array([i * a, j * a, k * c])
        symbols += ["Pb", "I", "I", "I", "Cs"]
        places += [centre, *(centre + D_A * rotation.T), centre + np.array([a, a, c]) / 2]
    # A cyclic exchange of the coordinates keeps the handedness.
    places, cell = np.roll(places, axis - 2, axis=1), np.roll(cell, axis - 2, axis=1)
    cell = np.roll(cell, axis - 2, axis=0)
    return Atoms(symbols, positions=places, cell=cell, pbc=True)


@pytest.mark.parametrize("repeat", [(1, 1, 1), (2, 1, 3)])
def test_cubic_crystal_is_ideal(repeat):
    metrics = structure_metrics(CSPBI3.repeat(repeat))
    count = int(np.prod(repeat))
    assert len(metrics.octahedra) == count
    assert metrics.bonds.length_A == pytest.approx(np.full(6 * count, 6.29 / 2))
    assert metrics.angles_deg == pytest.approx(np.full(3 * count, 180.0), abs=1e-5)
    assert metrics.distortions == pytest.approx(np.zeros(count), abs=1e-12)
    assert metrics.angle_variances_deg2 == pytest.approx(np.zeros(count), abs=1e-9)
    assert metrics.axes == pytest.approx(np.eye(3))
    assert metrics.tilts_deg == pytest.approx(np.zeros((count, 3)), abs=1e-6)
    assert metrics.tilt_correlations == (None, None, None)
    assert metrics.layer_spacings_A.size == 0


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("phase", [1, -1])
def test_imposed_tilt_is_found_with_sign_and_phase(axis, phase):
    metrics = structure_metrics(tilted(8.0, axis=axis, phase=phase))
    signs = [1, -1, -1, 1] if phase == 1 else [1, -1, -1, 1, -1, 1, 1, -1]
    expected = np.zeros((len(signs), 3))
    expected[:, axis] = 8.0 * np.array(signs)
    assert metrics.tilts_deg == pytest.approx(expected, abs=1e-6)
    assert metrics.tilt_rms_deg[axis] == pytest.approx(8.0)
    correlations = [None, None, None]
    correlations[axis] = pytest.approx(phase)
    assert list(metrics.tilt_correlations) == correlations
    angles = np.sort(metrics.angles_deg)
    across = 2 * len(signs)  # two of three halides lie across the axis
    assert angles[:across] == pytest.approx(np.full(across, 180.0 - 2 * 8.0))
    assert angles[across:] == pytest.approx(np.full(len(signs), 180.0), abs=1e-5)
    assert metrics.distortions == pytest.approx(np.zeros(len(signs)), abs=1e-12)
    assert metrics.angle_variances_deg2 == pytest.approx(np.zeros(len(signs)), abs=1e-9)


@pytest.mark.parametrize("phase", [1, -1])
def test_diagonal_cell_has_its_pseudocubic_axes_along_110(phase):
    metrics = structure_metrics(tilted(12.0, shape="diagonal", phase=phase))
    # The first cell vector is x + y; both are equally near, the second vector decides.
    assert metrics.axes == pytest.approx(np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 1]]), abs=1e-9)
    assert metrics.tilts_deg[:2] == pytest.approx(np.array([[0, 0, 12], [0, 0, -12]]), abs=1e-6)
    assert metrics.tilt_correlations == (None, None, pytest.approx(phase))


@pytest.mark.parametrize("shape", ["2x2", "diagonal"])
def test_large_tilts(shape):
    metrics = structure_metrics(tilted(28.0, shape=shape, phase=-1))
    assert metrics.tilt_rms_deg == pytest.approx((0, 0, 28.0), abs=1e-6)


def test_orthorhombic_crystal_has_the_glazer_tilts_its_space_group_demands():
    # Pnma is a- b+ a-: the mirror plane across b makes the tilts along it equal, and the
    # axes x and z, (a - c) and (a + c), are equivalent.
    atoms = crystal(
        ["Pb", "I", "I"],
        [(0.5, 0, 0), (0.486, 0.25, -0.053), (0.19, 0.017, 0.186)],
        spacegroup=62,
        cellpar=[8.84, 12.58, 8.56, 90, 90, 90],
    )
    metrics = structure_metrics(atoms)
    x, y, z = metrics.tilt_rms_deg
    assert len(metrics.octahedra) == 4
    assert metrics.axes[1] == pytest.approx([0, 1, 0], abs=1e-9)
    assert np.abs(metrics.axes[[0, 2]]) == pytest.approx(
        np.array([[sqrt(0.5), 0, sqrt(0.5)]] * 2), abs=1e-9
    )
    assert x == pytest.approx(z)
    assert y > 10 > x > 4
    along_x, along_y, along_z = metrics.tilt_correlations
    assert along_y == pytest.approx(1.0)
    assert along_x == pytest.approx(along_z)
    assert along_x < -0.9


def test_shared_edges_give_angles_but_no_tilts():
    layered = crystal(
        ["Pb", "I"],
        [(0, 0, 0), (1 / 3, 2 / 3, 0.25)],
        spacegroup=164,
        cellpar=[4.56, 4.56, 7.0, 90, 90, 120],
    )
    metrics = structure_metrics(layered)
    # Bonds r with r^2 = 4.56^2 / 3 + 1.75^2; three neighbouring metals 4.56 A apart.
    r_A = sqrt(4.56**2 / 3 + 1.75**2)
    angle_deg = 2 * degrees(asin(4.56 / 2 / r_A))
    assert metrics.angles_deg == pytest.approx([angle_deg] * 6)
    assert len(metrics.octahedra) == 1
    assert metrics.axes is metrics.tilts_deg is None


def test_turning_the_crystal_changes_no_number():
    rng = np.random.default_rng(7)
    atoms = tilted(9.0, phase=-1, shape="diagonal")
    shaken = atoms.positions + rng.normal(scale=0.15, size=(len(atoms), 3))
    atoms.positions = shaken
    before = structure_metrics(atoms).numbers()
    assert before["angle_variance_mean_deg2"] > 5
    for turn in Rotation.random(3, rng=rng).as_matrix():
        turned = atoms.copy()
        turned.set_cell(atoms.cell.array @ turn.T)
        turned.positions = shaken @ turn.T
        turned.wrap()
        assert structure_metrics(turned).numbers() == pytest.approx(before)


def test_a_repeated_crystal_has_the_same_means():
    atoms = tilted(8.0, phase=-1)
    atoms.rattle(0.1, seed=3)
    once, twice = (structure_metrics(atoms.repeat(n)).numbers() for n in [(1, 1, 1), (2, 1, 2)])
    assert twice.pop("full_octahedra") == 4 * once.pop("full_octahedra")
    assert twice == pytest.approx(once)


def test_stretched_octahedron():
    atoms = CSPBI3.copy()
    atoms.set_cell([6.0, 6.0, 6.6], scale_atoms=True)
    metrics = structure_metrics(atoms)
    # Bonds 4 x 3.0 and 2 x 3.3, mean 3.1: (4 (0.1/3.1)^2 + 2 (0.2/3.1)^2) / 6 = 0.12 / 57.66
    assert metrics.distortions == pytest.approx([0.12 / 57.66])
    assert metrics.angle_variances_deg2 == pytest.approx([0.0], abs=1e-9)


def test_sheared_octahedron():
    atoms = CSPBI3.copy()
    gamma = 84.0
    atoms.set_cell([6.29, 6.29, 6.29, 90, 90, gamma], scale_atoms=True)
    metrics = structure_metrics(atoms)
    # Two cis angles of 84 and two of 96 degrees, eight of 90: 4 x 6^2 / 11
    assert metrics.angle_variances_deg2 == pytest.approx([144.0 / 11])
    assert metrics.tilts_deg == pytest.approx(np.zeros((1, 3)), abs=1e-6)


def test_a_shift_of_the_metal_is_no_tilt():
    atoms = CSPBI3.copy()
    atoms.positions[atoms.symbols == "Pb"] += [0.1, 0.0, 0.2]
    metrics = structure_metrics(atoms)
    assert metrics.tilts_deg == pytest.approx(np.zeros((1, 3)), abs=1e-9)
    assert metrics.distortions[0] > 1e-3
    assert metrics.angles_deg.max() < 179


def test_three_layers_with_five_fold_metals():
    metrics = structure_metrics(build_slab(CSPBI3, termination="PbI2", layers=3))
    assert metrics.layer_spacings_A == pytest.approx([6.29 / 2] * 2)
    assert metrics.layer_rumplings_A == pytest.approx([0.0] * 3, abs=1e-9)
    numbers = metrics.numbers()
    assert numbers["full_octahedra"] == 0
    assert numbers["angle_mean_deg"] == pytest.approx(180.0, abs=1e-5)
    undefined = {"distortion_mean", "angle_variance_mean_deg2"}
    undefined |= {f"tilt_{k}_{what}" for k in "xyz" for what in ("rms_deg", "correlation")}
    assert {key for key, value in numbers.items() if value is None} == undefined
    assert json.loads(json.dumps(numbers)) == numbers


def test_rumpling_and_spacing_of_a_moved_atom():
    atoms = build_slab(CSPBI3, termination="CsI", layers=3)
    top = np.flatnonzero((atoms.symbols == "Cs") & (atoms.positions[:, 2] > atoms.cell[2, 2] / 2))
    atoms.positions[top, 2] += 0.4
    metrics = structure_metrics(atoms)
    assert metrics.layer_rumplings_A == pytest.approx([0.0, 0.0, 0.4], abs=1e-9)
    # Half of the top layer moves: its mean height rises by 0.2 A.
    assert metrics.layer_spacings_A == pytest.approx([6.29 / 2, 6.29 / 2 + 0.2])
    # One sheet of octahedra: B-B vectors along x and y, halides along z.
    assert metrics.axes == pytest.approx(np.eye(3))
    assert metrics.tilts_deg == pytest.approx(np.zeros((1, 3)), abs=1e-6)


@pytest.mark.parametrize("name", ["H3CNH2", "CF4", "CH3Cl"])
def test_molecules_on_a_slab_change_nothing(name):
    atoms = build_slab(CSPBI3, termination="PbI2", layers=5, size=(2, 2), vacuum_A=20.0)
    before = structure_metrics(atoms).numbers()
    covered = atoms.copy()
    add_adsorbate(covered, molecule(name), height=2.2, position=(0.0, 0.0))
    assert len(covered) > len(atoms)
    assert structure_metrics(covered).numbers() == pytest.approx(before)


def test_a_missing_halide_opens_two_octahedra():
    atoms = CSPBI3.repeat((3, 3, 3))
    del atoms[int(np.flatnonzero(atoms.symbols == "I")[0])]
    metrics = structure_metrics(atoms)
    assert len(metrics.octahedra) == 27 - 2
    assert len(metrics.angles_deg) == 81 - 1
    assert metrics.axes == pytest.approx(np.eye(3))


def test_mixed_halides_and_metals():
    atoms = CSPBI3.repeat((2, 1, 1))
    symbols = atoms.symbols
    atoms.symbols[np.flatnonzero(symbols == "Pb")[0]] = "Sn"
    atoms.symbols[np.flatnonzero(symbols == "I")[0]] = "Br"
    assert len(structure_metrics(atoms).octahedra) == 2


@pytest.mark.parametrize(
    "atoms",
    [
        Atoms("CsCl", scaled_positions=[[0, 0, 0], [0.5] * 3], cell=[4.1] * 3, pbc=True),
        Atoms("Pb", cell=[5, 5, 5], pbc=True),
        Atoms("C", cell=[5, 5, 5], pbc=True),
        Atoms(cell=[5, 5, 5], pbc=True),
        Atoms("PbI2", positions=[[0, 0, 1], [3, 0, 1], [0, 3, 1]], cell=[6, 6, 0], pbc=(1, 1, 0)),
    ],
    ids=["CsCl", "lead", "carbon", "nothing", "PbI2 layer"],
)
def test_without_octahedra_there_is_none_and_no_crash(atoms):
    numbers = structure_metrics(atoms).numbers()
    assert numbers["full_octahedra"] == 0
    assert numbers["distortion_mean"] is numbers["tilt_z_rms_deg"] is None


def cluster(halides):
    """One lead with halides at these places relative to it, alone in a large cell."""
    places = np.concatenate([np.zeros((1, 3)), halides]) + 10.0
    return Atoms(["Pb", *["I"] * len(halides)], positions=places, cell=[20.0] * 3, pbc=True)


def test_a_seventh_halide_in_reach_does_not_open_an_octahedron():
    octahedron = D_A * np.concatenate([np.eye(3), -np.eye(3)])
    seventh = np.full((1, 3), 4.3 / sqrt(3))  # within 1.3 x (1.19 + 2.20) = 4.41 A
    metrics = structure_metrics(cluster(np.concatenate([seventh, octahedron])))
    assert metrics.bonds.length_A == pytest.approx(np.full(6, D_A))
    assert metrics.angle_variances_deg2 == pytest.approx([0.0], abs=1e-9)


def test_a_prism_is_no_octahedron():
    turns = np.radians([0, 120, 240])
    triangle = np.stack([np.cos(turns), np.sin(turns), np.full(3, 0.7)], axis=1)
    metrics = structure_metrics(cluster(2.6 * np.concatenate([triangle, triangle * [1, 1, -1]])))
    assert len(metrics.bonds.metal) == 6
    assert len(metrics.octahedra) == 0


def test_z_of_a_slab_is_its_normal_whatever_the_third_vector():
    atoms = build_slab(CSPBI3, termination="CsI", layers=5)
    atoms.cell[2] = [60.0, 0.0, 20.0]
    assert structure_metrics(atoms).axes == pytest.approx(np.eye(3))


def test_neither_crystal_nor_slab():
    with pytest.raises(InputError, match="neither a bulk crystal nor a slab"):
        structure_metrics(molecule("H3CNH2"))
    leaning = Atoms("Pb", cell=[[6, 0, 1], [0, 6, 0], [0, 0, 20]], pbc=(1, 1, 0))
    with pytest.raises(InputError, match="xy plane"):
        structure_metrics(leaning)


def test_no_more_than_six_bonds_and_each_back_to_its_metal():
    bonds = network_bonds(tilted(8.0))
    assert np.bincount(bonds.metal).max() == 6
    assert bonds.length_A == pytest.approx(np.full(24, D_A))


# Shannon: Cs 1.88, Pb 1.19, I 2.20 A; Kieslich: GA 2.78 A; Travis: Pb with I 1.03 A.
@pytest.mark.parametrize(
    ("cation", "radii", "t", "mu"),
    [
        ("Cs", "Shannon", 4.08 / (sqrt(2) * 3.39), 1.19 / 2.20),  # 0.851, 0.541
        ("Cs", "Travis", 4.08 / (sqrt(2) * 3.23), 1.03 / 2.20),  # 0.893, 0.468
        ("GA", "Shannon", 4.98 / (sqrt(2) * 3.39), 1.19 / 2.20),  # 1.039, 0.541
        ("GA", "Travis", 4.98 / (sqrt(2) * 3.23), 1.03 / 2.20),  # 1.090, 0.468
    ],
)
def test_tolerance_factors(cation, radii, t, mu):
    result = tolerance_factor({cation: 1}, {"Pb": 1}, {"I": 3}, radii)
    assert (result.t, result.mu) == pytest.approx((t, mu))
    assert result.r_X_A == pytest.approx(2.20)
    assert len(result.sources) == 3
    assert cation_radius_for(t, {"Pb": 1}, {"I": 3}, radii) == pytest.approx(result.r_A_A)


def test_published_claim_for_gapbi3_needs_a_far_larger_cation():
    found = [tolerance_factor({"GA": 1}, {"Pb": 1}, {"I": 3}, s).t for s in ("Shannon", "Travis")]
    assert found == pytest.approx([1.039, 1.090], abs=5e-4)
    needed = [cation_radius_for(1.5, {"Pb": 1}, {"I": 3}, s) for s in ("Shannon", "Travis")]
    assert needed == pytest.approx([4.991, 4.652], abs=5e-4)


def test_mixtures_average_radii():
    mixed = tolerance_factor({"Cs": 0.8, "GA": 0.2}, {"Pb": 3, "Sn": 1}, {"I": 2, "Br": 1})
    assert mixed.r_A_A == pytest.approx(0.8 * 1.88 + 0.2 * 2.78)
    assert mixed.r_B_A == pytest.approx(0.75 * 1.19 + 0.25 * 1.10)
    assert mixed.r_X_A == pytest.approx((2 * 2.20 + 1.96) / 3)
    assert mixed.t == pytest.approx(4.18 / (sqrt(2) * 3.2875), abs=1e-12)
    assert any("Sn2+ 1.10" in source and "3430" in source for source in mixed.sources)
    by_halide = tolerance_factor({"Cs": 1}, {"Pb": 1}, {"I": 2, "Br": 1}, "Travis")
    assert by_halide.r_B_A == pytest.approx((2 * 1.03 + 0.98) / 3)


@pytest.mark.parametrize(
    ("a", "b", "x", "radii", "message"),
    [
        ({"Xx": 1}, {"Pb": 1}, {"I": 3}, "Shannon", "'Xx' has no radius on the A site"),
        ({"Cs": 1}, {"Ti": 1}, {"I": 3}, "Shannon", "'Ti' has no radius on the B site"),
        ({"Cs": 1}, {"Pb": 1}, {"O": 3}, "Shannon", "'O' has no radius on the X site"),
        ({"Cs": 1}, {"Sn": 1}, {"I": 3}, "Travis", "no radius for Sn with I"),
        ({"Cs": 1}, {"Pb": 1}, {"F": 3}, "Travis", "no radius for Pb with F"),
        ({"Cs": 1}, {"Pb": 1}, {"I": 3}, "Pauling", "allowed: Shannon, Travis"),
        ({"Cs": -1}, {"Pb": 1}, {"I": 3}, "Shannon", "must be a positive number"),
        ({}, {"Pb": 1}, {"I": 3}, "Shannon", "the A site is empty"),
    ],
)
def test_unknown_ions_and_amounts_are_refused(a, b, x, radii, message):
    with pytest.raises(InputError, match=message):
        tolerance_factor(a, b, x, radii)


def test_too_small_a_tolerance_factor_is_refused():
    with pytest.raises(InputError, match=r"above 0\.459"):
        cation_radius_for(0.3, {"Pb": 1}, {"I": 3})


def test_both_modules_use_the_same_radii():
    for metal, r_metal in METAL_RADII_A.items():
        for halide, r_halide in HALIDE_RADII_A.items():
            result = tolerance_factor({"Cs": 1}, {metal: 1}, {halide: 3})
            assert (result.r_B_A, result.r_X_A) == pytest.approx((r_metal, r_halide))
