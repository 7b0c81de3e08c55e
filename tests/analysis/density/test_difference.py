"""Density differences of model densities, with the sign of what moves."""

import numpy as np
import pytest
from ase import Atoms
from ase.io.cube import read_cube_data

from analysis.density.difference import (
    CUBE_FILE,
    DensityDifference,
    integral_e,
    load_density_difference,
    save_density_difference,
    write_cube_header,
)
from analysis.density.figures import plot_planar_average
from analysis.density.isosurface_figures import plot_isosurfaces
from analysis.density.isosurfaces import isosurfaces
from workflows.recipes.density_differences.page import profile_figure

#: A skewed surface cell of 4 A x 6 A sin(60 deg) x 10 A, 100 planes along z.
CELL_A = np.array([[4.0, 0.0, 0.0], [3.0, 3.0 * np.sqrt(3.0), 0.0], [0.0, 0.0, 10.0]])
AREA_A2 = 12.0 * np.sqrt(3.0)


def moved():
    """0.5 e more around z = 2 A and 0.5 e less around z = 7 A."""
    values = np.zeros((4, 6, 100))
    values[:, :, 15:25] = 0.5 / AREA_A2
    values[:, :, 65:75] = -0.5 / AREA_A2
    atoms = Atoms("PbN", positions=[(0, 0, 2), (0, 0, 7)], cell=CELL_A, pbc=(1, 1, 0))
    return DensityDifference(values, atoms, ("surface", "L"), np.array([0, 1]))


def cloud():
    """A cloud of 0.5 exp(-r^2) e/A^3 around z = 3 A and its negative around z = 7 A."""
    points = np.stack(np.meshgrid(*[np.arange(0, n, 0.2) for n in (4, 4, 10)], indexing="ij"), -1)
    values = np.zeros(points.shape[:-1])
    for sign, z in ((1.0, 3.0), (-1.0, 7.0)):
        values += sign * 0.5 * np.exp(-((points - (2.0, 2.0, z)) ** 2).sum(axis=-1))
    atoms = Atoms("PbN", positions=[(2, 2, 3), (2, 2, 7)], cell=[4, 4, 10], pbc=(1, 1, 0))
    return DensityDifference(values, atoms, ("surface", "L"), np.array([0, 1]))


def test_the_profile_is_in_electrons_per_angstrom():
    z, profile = moved().planar_average()
    assert (z[0], z[20], z[-1]) == pytest.approx((0.0, 2.0, 9.9))
    assert profile[20] == pytest.approx(0.5)
    assert profile[70] == pytest.approx(-0.5)
    assert profile[45] == 0.0


def test_electrons_are_counted_from_below():
    z, below = moved().cumulated()
    at = dict(zip(np.round(z, 1).tolist(), below.tolist(), strict=True))
    assert at[1.0] == pytest.approx(0.0)
    assert at[1.9] == pytest.approx(0.25)
    assert at[5.0] == pytest.approx(0.5)
    assert at[6.9] == pytest.approx(0.25)
    assert at[9.0] == pytest.approx(0.0, abs=1e-12)


def test_what_lies_above_a_height_has_lost_what_lies_below_has_gained():
    density = moved()
    assert density.transferred_e(5.0) == pytest.approx(-0.5)
    assert density.transferred_e(0.0) == pytest.approx(0.0, abs=1e-12)
    assert density.transferred_e(7.0) == pytest.approx(-0.5 * 4 / 10)  # planes at 7.1 to 7.4 A
    assert density.transferred_e(9.0) == 0.0


def test_the_integral_is_over_the_skewed_cell():
    atoms = moved().atoms
    assert integral_e(np.full((4, 6, 100), 2.0), atoms) == pytest.approx(20.0 * AREA_A2)
    assert integral_e(moved().difference_e_per_A3, atoms) == pytest.approx(0.0, abs=1e-12)
    assert integral_e(abs(moved().difference_e_per_A3), atoms) == pytest.approx(1.0)


def test_a_stored_difference_is_read_back_and_its_cube_is_in_atomic_units(tmp_path):
    density = moved()
    fragments = {"surface": [0], "L": [1]}
    save_density_difference(tmp_path, density.difference_e_per_A3, density.atoms, fragments)
    found = load_density_difference(tmp_path)
    assert found.difference_e_per_A3 == pytest.approx(density.difference_e_per_A3)
    assert found.names == ("surface", "L")
    assert found.fragment_of.tolist() == [0, 1]
    assert found.atoms.positions == pytest.approx(density.atoms.positions)
    assert found.cell_A == pytest.approx(CELL_A)
    cube, _ = read_cube_data(str(tmp_path / CUBE_FILE))
    # 1 bohr = 0.529177 A
    assert cube[0, 0, 20] == pytest.approx(0.5 / AREA_A2 * 0.529177**3, rel=1e-4)
    lines = (tmp_path / CUBE_FILE).read_text().splitlines()
    assert lines[0] == (
        "all-electron density difference n(whole) - n(surface) - n(L); positive: electrons gained"
    )
    assert lines[1] == (
        "values in electrons/bohr^3; cell and positions in bohr; x slowest, z fastest"
    )
    assert lines[2].split()[0] == "2"  # atoms


def test_heads_of_older_cube_files_are_replaced_and_their_numbers_stay(tmp_path):
    cube = tmp_path / "old.cube"
    cube.write_text("Cube file\nOUTER LOOP: X, MIDDLE LOOP: Y, INNER LOOP: Z\n 1 0.0\n1e-3\n")
    write_cube_header(cube, ("surface", "OAm"))
    first, second, *rest = cube.read_text().splitlines()
    assert first.startswith("all-electron density difference n(whole) - n(surface) - n(OAm);")
    assert "electrons/bohr^3" in second
    assert rest == [" 1 0.0", "1e-3"]


def test_the_profile_is_two_panels_in_every_figure():
    figure = plot_planar_average(cloud(), "title", "single")
    upper, lower = figure.axes
    _, profile = cloud().planar_average()
    assert upper.lines[0].get_ydata() == pytest.approx(profile)
    assert lower.lines[0].get_ydata() == pytest.approx(cloud().cumulated()[1])
    page = profile_figure(cloud(), "title").figure
    assert [trace.yaxis for trace in page.data[:2]] == ["y", "y2"]
    assert page.data[0].y == pytest.approx(profile, abs=1e-6)


@pytest.mark.parametrize(("columns", "width_cm"), [("single", 8.6), ("double", 17.8)])
def test_isosurfaces_have_a_frame_and_a_legend_with_sign_and_unit(columns, width_cm):
    figure = plot_isosurfaces(cloud(), "title", columns, 0.01)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels[:2] == [
        r"electrons gained, $\Delta n$ = +0.01 e Å$^{-3}$",
        r"electrons lost, $\Delta n$ = $-$0.01 e Å$^{-3}$",
    ]
    assert labels[2:] == ["Pb", "N"]
    assert figure.get_size_inches()[0] * 2.54 == pytest.approx(width_cm)


def test_a_refined_surface_lies_where_the_field_has_its_value():
    density = cloud()
    gained, lost = isosurfaces(density, 0.05, smooth_A=0.1)
    coarse, _ = isosurfaces(density, 0.05)
    assert len(gained.faces) > 3 * len(coarse.faces)
    # 0.5 exp(-r^2) is 0.05 at r^2 = ln 10; smoothing moves that by less than 0.05 A.
    for surface, place in ((gained, (2.0, 2.0, 3.0)), (lost, (2.0, 2.0, 7.0))):
        arms = surface.vertices_A - np.array(place)
        radii = np.linalg.norm(arms, axis=1)
        assert radii == pytest.approx(np.sqrt(np.log(10.0)), abs=0.05)
        along = (surface.normals * arms).sum(axis=1) / radii
        assert np.linalg.norm(surface.normals, axis=1) == pytest.approx(1.0)
        assert abs(along) == pytest.approx(1.0, abs=0.02)


def sphere(points):
    """0.5 exp(-r^2) e/A^3 around a corner of a cube of 6 A, on that many points along x and y."""
    cells = [np.arange(n) * 6.0 / n for n in (points, points, 60)]
    away = [np.minimum(one, 6.0 - one) for one in cells[:2]] + [cells[2] - 3.0]
    squared = sum(each**2 for each in np.meshgrid(*away, indexing="ij"))
    atoms = Atoms("Pb", positions=[(0, 0, 3)], cell=[6, 6, 6], pbc=(1, 1, 0))
    return DensityDifference(0.5 * np.exp(-squared), atoms, ("surface",), np.zeros(1, int))


@pytest.mark.parametrize("points", [40, 60, 61])
def test_a_surface_around_the_centre_is_closed(points):
    gained, lost = isosurfaces(sphere(points), 0.05, (0.0, 1.0))
    # The whole sphere around the corner that was asked for, and not its quarters.
    arms = gained.vertices_A - np.array([0.0, 6.0, 3.0])
    assert np.linalg.norm(arms, axis=1) == pytest.approx(np.sqrt(np.log(10.0)), abs=0.02)
    assert arms.mean(axis=0) == pytest.approx(0.0, abs=0.01)
    assert not len(lost.faces)


def test_fine_grids_with_an_even_number_of_points_are_halved():
    # 60 points on 6 A become 30, the grid of the cloud, which is too coarse to be halved.
    halved, whole = (isosurfaces(sphere(points), 0.05, (0.0, 1.0))[0] for points in (60, 61))
    coarse, _ = isosurfaces(cloud(), 0.05)
    assert len(halved.faces) == pytest.approx(len(coarse.faces), rel=0.05)
    assert len(whole.faces) > 2 * len(halved.faces)
