"""The interaction of a dipole with its periodic images."""

import numpy as np
import pytest
from ase import Atoms
from ase.units import Bohr, Hartree
from gpaw import GPAW

from analysis.energies.dipole_images import dipole_image_energy_eV

CUBE = 10.0 * np.eye(3)


def test_cube_has_the_term_of_makov_and_payne():
    expected = -2 * np.pi * 1.5**2 / (3 * 1000.0) * Hartree * Bohr
    assert dipole_image_energy_eV([0, 0, 1.5], CUBE) == pytest.approx(expected, rel=1e-6)


def test_direction_makes_no_difference_in_a_cube_and_size_counts_squared():
    along = dipole_image_energy_eV([0, 0, 2.0], CUBE)
    assert dipole_image_energy_eV([2.0 / np.sqrt(3)] * 3, CUBE) == pytest.approx(along)
    assert dipole_image_energy_eV([0, 0, 1.0], CUBE) == pytest.approx(along / 4)
    assert along < 0


def test_skewed_cell_of_the_same_lattice_has_the_same_energy():
    skewed = CUBE.copy()
    skewed[1, 0] = 10.0
    straight = dipole_image_energy_eV([0.3, 0.4, 1.2], CUBE)
    assert dipole_image_energy_eV([0.3, 0.4, 1.2], skewed) == pytest.approx(straight)


def test_rows_in_line_attract_and_rows_side_by_side_repel():
    # One chain of period a: -2 zeta(3) p^2 / a^3 in line, +zeta(3) p^2 / a^3 side by side.
    zeta_3 = 1.2020569
    chain = np.diag([60.0, 60.0, 6.0])
    unit = Hartree * Bohr / 6.0**3
    far = 2 * np.pi / (60.0 * 60.0 * 6.0) * Hartree * Bohr  # the most that far chains add
    assert dipole_image_energy_eV([0, 0, 1.0], chain) == pytest.approx(-2 * zeta_3 * unit, abs=far)
    assert dipole_image_energy_eV([1.0, 0, 0], chain) == pytest.approx(zeta_3 * unit, abs=far)


@pytest.mark.long
def test_ion_pair_has_the_same_energy_in_boxes_long_and_wide():
    # Images side by side raise the energy, images in line lower it.
    raw, corrected = [], []
    for lengths in ((8.0, 8.0, 14.0), (14.0, 8.0, 8.0), (13.0, 13.0, 13.0)):
        pair = Atoms("NaCl", positions=[[0, 0, 0], [0, 0, 2.36]], cell=lengths, pbc=True)
        pair.center()
        pair.calc = GPAW(mode={"name": "pw", "ecut": 250}, xc="PBE", txt=None)
        raw.append(pair.get_potential_energy())
        images_eV = dipole_image_energy_eV(pair.calc.get_dipole_moment(), pair.cell.array)
        corrected.append(raw[-1] - images_eV)
    assert raw[1] + 0.1 < raw[2] < raw[0] - 0.1
    assert np.ptp(corrected) < 0.03
