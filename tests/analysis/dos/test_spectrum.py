"""Sums over densities of states, and levels in words, from made-up levels."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.dos.defect_levels import DefectLevel, level_words
from analysis.dos.spectrum import Spectrum, broadened, sum_rule


def spectrum(levels_eV, occupations, weights, *, spins=1, coupled=False, projected=1.0):
    """Levels of shape (kpoints, bands), the same in all spins; every band is projected alike."""
    levels = np.repeat(np.array(levels_eV, dtype=float)[None], spins, axis=0)
    weights = np.array(weights)
    energies = np.linspace(-4.0, 4.0, 801)
    each = 1.0 if coupled else 2.0 / spins
    total = np.array(
        [
            sum(
                w * broadened(energies, one, np.full(len(one), each), 0.05)
                for w, one in zip(weights, spin, strict=True)
            )
            for spin in levels
        ]
    )
    occupied = np.repeat(np.array(occupations, dtype=float)[None], spins, axis=0)
    projections = (projected * total)[None, None].astype(np.float32)
    shares = np.ones((1, 1, spins, levels.shape[2]), dtype=np.float32)
    return Spectrum(
        energies, total, projections, levels, occupied, weights, shares, 0.0, 0.0, 4.0,
        coupled=coupled,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("spins", "coupled", "electrons"), [(1, False, 3.5), (2, False, 3.5), (1, True, 1.75)]
)
def test_electrons_in_the_window_by_hand(spins, coupled, electrons):
    # Below the window one level; inside two at the first k-point (3/4) and one at the other.
    levels = [(-9.0, -2.0, -1.0, 2.0), (-9.0, -1.0, 1.0, 2.0)]
    filled = [(1, 1, 1, 0), (1, 1, 0, 0)]
    found = spectrum(levels, filled, [0.75, 0.25], spins=spins, coupled=coupled, projected=0.8)
    assert found.electrons_per_state == (1.0 if coupled else 2.0 / spins)
    rule = sum_rule(found)
    assert rule.electrons == pytest.approx(electrons)  # 2 x (2 x 0.75 + 0.25), or half of it
    assert rule.total == pytest.approx(electrons, rel=1e-3)
    assert rule.projected == pytest.approx(0.8 * electrons, rel=1e-3)
    assert rule.fraction == pytest.approx(0.8, rel=1e-3)


def test_a_window_without_electrons_has_no_sum_rule():
    assert sum_rule(spectrum([(-9.0, 2.0)], [(1, 0)], [1.0])) is None
    assert sum_rule(spectrum([(-9.0, -1.0)], [(1, 1)], [1.0])) is not None


LEVEL = DefectLevel(
    -1.0, 0.43, 0.01, "up", 1.0, 1.0, {"Pb p": 0.61, "I p": 0.3},
    {"layer 3 from below, PbI2": 0.5, "beside V_I": 0.3, "OAm": 0.2},
)  # fmt: skip


def test_a_level_in_words_is_where_most_of_it_is():
    assert level_words(LEVEL) == (
        "VBM + 0.43 eV (up, 1 of 1 e; 61 % Pb p; 30 % beside V_I; 50 % layer 3 from below)"
    )
    beside = replace(LEVEL, places={"beside V_I": 0.7, "layer 3 from below, PbI2": 0.6}, spin="")
    assert level_words(beside) == "VBM + 0.43 eV (1 of 1 e; 61 % Pb p; 70 % beside V_I)"


def test_a_projection_is_that_of_one_orbital_of_the_atoms_asked_for():
    whole = spectrum([(-1.0, 1.0)], [(1, 0)], [1.0])
    # Two atoms and the orbitals s, p, d, each with a share of its own.
    shares = np.array([[0.1, 0.2, 0.3], [0.05, 0.15, 0.2]])
    parts = shares[:, :, None, None] * whole.total_per_eV[None, None]
    whole = replace(whole, projections_per_eV=parts)
    for orbital, share in {"s": 0.1, "p": 0.2, "d": 0.3}.items():
        one = whole.select(np.array([0]), orbital)
        assert one == pytest.approx(share * whole.total_per_eV)
    assert whole.select(orbital="p") == pytest.approx(0.35 * whole.total_per_eV)
    assert whole.select(np.array([1])) == pytest.approx(0.4 * whole.total_per_eV)
