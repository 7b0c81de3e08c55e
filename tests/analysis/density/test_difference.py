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
)

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
