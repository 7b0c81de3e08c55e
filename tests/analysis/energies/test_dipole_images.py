"""The attraction of a dipole by its periodic images."""

import numpy as np
import pytest
from ase import Atoms
from ase.units import Bohr, Hartree
from gpaw import GPAW

from analysis.energies.dipole_images import dipole_image_energy_eV


def test_lattice_sum_of_point_dipoles():
    # Cubic lattice of dipoles along z, conducting surroundings: Ewald summation by hand.
    length, dipole = 10.0, 1.5
    alpha = 5.0 / length
    energy = -2 * alpha**3 / (3 * np.sqrt(np.pi)) * dipole**2
    steps = range(-6, 7)
    for n in np.array(
        [(i, j, k) for i in steps for j in steps for k in steps if (i, j, k) != (0, 0, 0)]
    ):
        g = 2 * np.pi * n / length
        squared = g @ g
        energy += (
            2
            * np.pi
            / length**3
            * np.exp(-squared / (4 * alpha**2))
            / squared
            * (g[2] * dipole) ** 2
        )
    expected = -energy * Hartree * Bohr
    assert dipole_image_energy_eV([0, 0, dipole], length**3) == pytest.approx(expected, rel=2e-3)


def test_direction_makes_no_difference_and_size_counts_squared():
    along = dipole_image_energy_eV([0, 0, 2.0], 1000.0)
    assert dipole_image_energy_eV([2.0 / np.sqrt(3)] * 3, 1000.0) == pytest.approx(along)
    assert dipole_image_energy_eV([0, 0, 1.0], 500.0) == pytest.approx(along / 2)
    assert along > 0


@pytest.mark.long
def test_energies_of_an_ion_pair_in_two_boxes_agree_after_the_correction():
    raw, corrected = [], []
    for length in (8.0, 12.0):
        pair = Atoms("NaCl", positions=[[0, 0, 0], [0, 0, 2.36]], cell=[length] * 3, pbc=True)
        pair.center()
        pair.calc = GPAW(mode={"name": "pw", "ecut": 400}, xc="PBE", txt=None)
        raw.append(pair.get_potential_energy())
        dipole = pair.calc.get_dipole_moment()
        corrected.append(raw[-1] + dipole_image_energy_eV(dipole, length**3))
    assert raw[0] < raw[1] - 0.1  # the small box is too low
    assert corrected[0] == pytest.approx(corrected[1], abs=0.03)
