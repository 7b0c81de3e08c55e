"""The correction of charged supercells: signs of charge, potential and permittivity."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk

from analysis.charged.correction import correction, site_potentials
from analysis.charged.ewald import COULOMB_EV_A, PointCharge

LENGTH_A = 11.28
DIELECTRIC = [2.4] * 3
MADELUNG = 2.8372974795


@pytest.fixture(scope="module")
def vacancy():
    """Rock salt without an anion, and where that was."""
    host = bulk("NaCl", "rocksalt", a=LENGTH_A / 2, cubic=True).repeat(2)
    (gone, *_) = np.flatnonzero(host.symbols == "Cl")
    place = host.positions[gone].copy()
    del host[gone]
    return host, place


def continuum(atoms: Atoms, place, charge, dielectric, zero_V=0.0):
    """Potentials in a continuum with a point charge, on a scale with another zero."""
    points = atoms.positions - place
    return charge * PointCharge(atoms.cell.array, dielectric).potential_V(points) + zero_V


@pytest.mark.parametrize("charge", [1, -2])
def test_a_point_charge_in_a_continuum_leaves_the_offset_alone(vacancy, charge):
    atoms, place = vacancy
    host_V = np.linspace(-1.0, 1.0, len(atoms))
    with_defect = host_V + continuum(atoms, place, charge, DIELECTRIC, zero_V=0.3)
    sites = site_potentials(atoms, place, charge, DIELECTRIC, (with_defect, host_V))
    assert sites.offset_V == pytest.approx(0.3, abs=1e-9)
    assert sites.spread_V == pytest.approx(0.0, abs=1e-9)
    # Half of the length of the cube; 34 of 63 atoms are farther away.
    assert sites.radius_A == pytest.approx(5.64, abs=1e-6)
    assert sites.far.sum() == 34


@pytest.mark.parametrize("charge", [1, -1, 2])
def test_both_parts_have_their_signs(charge):
    found = correction(LENGTH_A * np.eye(3), charge, DIELECTRIC, offset_V=0.3)
    # The images bind a charge of any sign too strongly: it is positive.
    expected_eV = charge**2 * MADELUNG * COULOMB_EV_A / (2 * 2.4 * LENGTH_A)
    assert found.point_charge_eV == pytest.approx(expected_eV, rel=1e-9)
    # A positive charge in a higher potential had too much energy.
    assert found.alignment_eV == pytest.approx(-0.3 * charge)
    assert found.total_eV == pytest.approx(expected_eV - 0.3 * charge)


def test_a_charge_with_a_cloud_has_the_energy_of_an_isolated_one():
    """A Gaussian charge in a cube of vacuum: its energy alone is known."""
    width, length = 1.1, 10.0
    most = np.arange(-12, 13)
    numbers = np.stack(np.meshgrid(most, most, most, indexing="ij"), axis=-1).reshape(-1, 3)
    waves = numbers[np.abs(numbers).sum(axis=1) > 0] * (2 * np.pi / length)
    square = (waves**2).sum(axis=1)
    factor = 4 * np.pi * COULOMB_EV_A / length**3
    # Without the mean of the potential, as in a supercell with a background.
    in_cell_eV = 0.5 * factor * (np.exp(-square * width**2) / square).sum()
    alone_eV = COULOMB_EV_A / (2 * np.sqrt(np.pi) * width)
    atoms = Atoms("He8", cell=length * np.eye(3), pbc=True)
    atoms.positions = np.array([[5, 5, 5], [5, 5, 4], [5, 4, 5], [4, 5, 5], [5, 0, 5], [5, 5, 0],
                                [0, 5, 5], [5, 5.5, 4]])  # fmt: skip
    potential_V = factor * (
        np.cos(atoms.positions @ waves.T) @ (np.exp(-square * width**2 / 2) / square)
    )
    sites = site_potentials(atoms, np.zeros(3), 1, [1.0] * 3, (potential_V, np.zeros(8)))
    assert sites.spread_V < 1e-3
    # The cloud lowers the mean of the point charge's potential by 2 pi k sigma^2 / volume.
    assert sites.offset_V == pytest.approx(factor * width**2 / 2, abs=1e-3)
    found = correction(atoms.cell.array, 1, [1.0] * 3, sites.offset_V)
    assert in_cell_eV + found.total_eV == pytest.approx(alone_eV, abs=0.002)
    # Without the alignment it is off by 0.11 eV, with the wrong sign by 0.22 eV.
    assert in_cell_eV + found.point_charge_eV == pytest.approx(alone_eV + 0.109, abs=0.003)


@pytest.mark.parametrize(
    ("charge", "dielectric", "sign", "slope"),
    [
        (1, DIELECTRIC, 1, 1.0),
        (-1, DIELECTRIC, 1, -1.0),
        (1, DIELECTRIC, -1, -1.0),
        (2, DIELECTRIC, 1, 0.5),
        (1, [4.8] * 3, 1, 2.0),
    ],
)
def test_the_slope_tells_a_wrong_charge_potential_or_permittivity(
    vacancy, charge, dielectric, sign, slope
):
    atoms, place = vacancy
    change_V = sign * continuum(atoms, place, 1, DIELECTRIC, zero_V=0.7)
    sites = site_potentials(atoms, place, charge, dielectric, (change_V, 0.0 * change_V))
    assert sites.slope == (pytest.approx(slope), pytest.approx(0.0, abs=1e-9))


def test_the_slope_knows_its_error(vacancy):
    atoms, place = vacancy
    change_V = continuum(atoms, place, 1, DIELECTRIC)
    noise_V = np.random.default_rng(0).normal(scale=0.02, size=len(atoms))
    sites = site_potentials(atoms, place, 1, DIELECTRIC, (change_V + noise_V, 0.0 * change_V))
    slope, error = sites.slope
    # The model varies by 0.08 V over 34 atoms: 0.02 / 0.08 / sqrt(34).
    assert error == pytest.approx(0.045, rel=0.3)
    assert abs(slope - 1.0) < 3 * error
    assert sites.spread_V == pytest.approx(0.02, rel=0.3)


def test_a_cell_without_far_atoms_has_no_offset():
    atoms = Atoms("He", positions=[[2.0, 0, 0]], cell=5.0 * np.eye(3), pbc=True)
    sites = site_potentials(atoms, np.zeros(3), 1, [1.0] * 3, ([1.0], [0.0]))
    assert (sites.offset_V, sites.spread_V, sites.slope) == (None, None, None)
