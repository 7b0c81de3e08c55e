"""Barriers, rates and doubts of paths that are made up."""

import numpy as np
import pytest

from analysis.barriers.path import HopPath, path_lengths_A, rate_per_s, tangential_slopes


def path(energies, **changes):
    energies = np.array(energies, dtype=float)
    settings = {
        "distances_A": np.arange(len(energies), dtype=float),
        "energies_eV": energies,
        "slopes_eV_per_A": np.gradient(energies),
        "moments_muB": np.ones(len(energies)),
        "highest": int(energies[1:-1].argmax()) + 1,
        "saddle_fmax_eV_per_A": 0.04,
        "fmax_eV_per_A": 0.05,
    }
    settings["slopes_eV_per_A"][[0, settings["highest"], -1]] = 0.0
    return HopPath(**(settings | changes))


def test_barriers_in_both_directions():
    hop = path([0.0, 0.2, 0.5, 0.4, 0.3])
    assert hop.barrier_eV == 0.5
    assert hop.reverse_barrier_eV == pytest.approx(0.2)
    assert hop.reaction_energy_eV == 0.3
    assert list(hop.doubts()) == []


@pytest.mark.parametrize(
    ("energies", "changes", "words"),
    [
        ([0.0, 0.2, 0.5, 0.4, 0.3], {"saddle_fmax_eV_per_A": 0.06}, "0.060 eV/A, above 0.05"),
        ([0.0, 0.1, 0.2, 0.3, 0.4], {}, "no image is higher than both ends"),
        ([0.0, -0.1, -0.2, -0.1, 0.0], {}, "no image is higher than both ends"),
        ([0.0, 0.3, 0.1, 0.5, 0.0], {}, "more than one maximum, with a minimum near image 2"),
        ([0.0, 0.5, 0.1, 0.3, 0.0], {}, "more than one maximum, with a minimum near image 2"),
        (
            [0.0, 0.2, 0.5, 0.4, 0.3],
            {"slopes_eV_per_A": np.array([0, 0.2, 0.4, -0.1, 0])},
            "between the images the path rises 0.0",
        ),
        (
            [0.0, 0.2, 0.5, 0.4, 0.3],
            {"moments_muB": np.array([1.0, 1.0, 0.4, 1.0, 1.0])},
            "magnetic moment changes by 0.60 mu_B",
        ),
    ],
)
def test_paths_without_one_verified_saddle_are_doubted(energies, changes, words):
    doubts = list(path(energies, **changes).doubts())
    assert len(doubts) == 1
    assert words in doubts[0]


def test_noise_is_no_second_maximum():
    assert list(path([0.0, 0.2, 0.198, 0.5, 0.0]).doubts()) == []
    assert list(path([0.0, 0.2, 0.19, 0.5, 0.0]).doubts()) != []


def test_curve_of_a_parabola_is_exact():
    x = np.linspace(0.0, 2.0, 5)
    hop = path(4 * x * (2 - x), distances_A=x, slopes_eV_per_A=8 - 8 * x)
    dense, energies = hop.curve(11)
    assert energies == pytest.approx(4 * dense * (2 - dense))


def test_slopes_are_forces_against_the_path():
    # Two atoms, of which one goes 1 A along x and then 2 A along y.
    places = np.zeros((3, 2, 3))
    places[1:, 0, 0] = 1.0
    places[2, 0, 1] = 2.0
    assert path_lengths_A(places) == pytest.approx([0.0, 1.0, 3.0])
    force = np.array([[0.3, 0.1, 5.0], [7.0, 7.0, 7.0]])
    assert tangential_slopes(places, [force]) == pytest.approx([0.0, -0.4 / np.sqrt(2), 0.0])


def test_rate_by_arrhenius():
    # kT is 25.852 meV at 300 K, so that 59.53 meV are a factor of ten.
    assert rate_per_s(0.0, 300.0, 1e13) == 1e13
    assert rate_per_s(0.05953, 300.0, 1e13) == pytest.approx(1e12, rel=1e-3)
    assert rate_per_s(0.3, 600.0, 1e13) == pytest.approx(1e13 * 10 ** (-0.3 / 0.11905), rel=1e-3)
