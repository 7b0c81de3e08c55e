"""Point charges in periodic cells: known Madelung constants, and an independent Fourier sum."""

import numpy as np
import pytest

from analysis.charged.ewald import COULOMB_EV_A, PointCharge

#: Of a point charge in a cube with a uniform background.
MADELUNG = 2.8372974795
CUBE = 7.3 * np.eye(3)


def test_one_charge_in_a_cube_has_the_madelung_energy():
    for dielectric in (1.0, 2.4):
        energy_eV = PointCharge(CUBE, [dielectric] * 3).energy_eV()
        assert energy_eV == pytest.approx(-COULOMB_EV_A * MADELUNG / (2 * dielectric * 7.3), 1e-9)
    # 14.4 eV A * 2.8373 / (2 * 7.3 A)
    assert PointCharge(CUBE, [1.0] * 3).energy_eV() == pytest.approx(-2.79839, abs=1e-4)


@pytest.mark.parametrize(
    ("cell", "place", "constant"),
    [
        # Rock salt and caesium chloride, over the distance of neighbours.
        (np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]]) * 2.82, [2.82, 0, 0], 1.747564595),
        (np.eye(3) * 4.12, [2.06, 2.06, 2.06], 1.762674773),
    ],
)
def test_two_charges_have_the_madelung_constants_of_crystals(cell, place, constant):
    charge = PointCharge(cell, [1.0] * 3)
    (between_V,) = charge.potential_V(np.array([place]))
    neighbours_A = np.linalg.norm(place)
    # Energy per pair of +1 and -1: twice the own energy minus the interaction.
    assert 2 * charge.energy_eV() - between_V == pytest.approx(
        -constant * COULOMB_EV_A / neighbours_A, rel=1e-8
    )


CELL = np.array([[5.0, 0.0, 0.0], [0.0, 5.0, 0.0], [1.0, 0.0, 9.0]])
TENSOR = np.array([2.0, 3.0, 7.0])
POINTS = np.array([[2.0, 1.5, 3.0], [0.1, 2.4, 4.4], [7.0, -3.5, 3.0]])


def test_anisotropic_potential_is_that_of_a_narrow_charge_in_plane_waves():
    width, most = 0.2, np.arange(-30, 31)
    numbers = np.stack(np.meshgrid(most, most, most, indexing="ij"), axis=-1).reshape(-1, 3)
    waves = numbers[np.abs(numbers).sum(axis=1) > 0] @ (2 * np.pi * np.linalg.inv(CELL).T)
    screened = (waves**2 * TENSOR).sum(axis=1)
    factor = 4 * np.pi * COULOMB_EV_A / np.linalg.det(CELL)
    smeared_V = factor * (np.cos(POINTS @ waves.T) @ (np.exp(-screened * width**2 / 2) / screened))
    # Elsewhere the smeared charge has the potential of the point charge, but its mean over the
    # cell is zero too, without the peak.
    expected_V = smeared_V - factor * width**2 / 2
    assert PointCharge(CELL, TENSOR).potential_V(POINTS) == pytest.approx(expected_V, abs=1e-5)


def test_scaled_coordinates_turn_one_dielectric_into_another():
    # A cell twice as long along z with four times the permittivity there is a cube in vacuum.
    long = np.diag([6.0, 6.0, 12.0])
    tensor, cube = PointCharge(long, [1.0, 1.0, 4.0]), PointCharge(6.0 * np.eye(3), [1.0] * 3)
    assert tensor.energy_eV() == pytest.approx(cube.energy_eV() / 2, rel=1e-10)
    own, other = (
        each.potential_V(np.array([[1.0, 2.0, z]])) for each, z in ((tensor, 4.0), (cube, 2.0))
    )
    assert own == pytest.approx(other / 2, rel=1e-10)


def test_the_mean_of_the_potential_is_zero():
    shares = (np.arange(10) + 0.5) / 10
    grid = np.stack(np.meshgrid(shares, shares, shares, indexing="ij"), axis=-1).reshape(-1, 3)
    values = PointCharge(CELL, TENSOR).potential_V(grid @ CELL)
    assert values.max() > 0.5
    # The points leave out a part of the peak.
    assert values.mean() == pytest.approx(0.0, abs=0.03)


def test_the_potential_falls_from_the_charge_and_repeats():
    charge = PointCharge(CUBE, [2.0] * 3)
    near, half, image = charge.potential_V(
        np.array([[0.1, 0.0, 0.0], [3.65, 0.0, 0.0], [7.4, 7.3, -14.6]])
    )
    assert near == pytest.approx(COULOMB_EV_A / (2.0 * 0.1) + 2 * charge.energy_eV(), abs=0.02)
    assert half < 0.0 < near
    assert image == pytest.approx(near, rel=1e-9)


def test_the_result_does_not_depend_on_the_choice_of_the_cell():
    other = np.array([[1, 0, 0], [3, 1, 0], [0, -2, 1]]) @ CELL
    one, two = (PointCharge(cell, TENSOR) for cell in (CELL, other))
    assert one.energy_eV() == pytest.approx(two.energy_eV(), rel=1e-10)
    assert one.potential_V(POINTS) == pytest.approx(two.potential_V(POINTS), rel=1e-9)


@pytest.mark.parametrize("tensor", [[1.0, 1.0, 0.0], [1.0, 1.0, -2.0], [1.0]])
def test_wrong_permittivities_are_refused(tensor):
    with pytest.raises(ValueError, match="the permittivity is"):
        PointCharge(CUBE, tensor)
