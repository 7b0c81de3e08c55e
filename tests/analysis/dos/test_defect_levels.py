"""Levels in a gap, from made-up bands."""

import numpy as np
import pytest
from ase import Atoms

from analysis.dos.band_edges import BandEdges
from analysis.dos.defect_levels import defect_levels
from analysis.dos.density_of_states import DensityOfStates
from analysis.dos.host_edges import HostEdges
from analysis.dos.spectrum import Spectrum
from slabs.structure import Structure

HOST = HostEdges(BandEdges(-1.0, 1.0, 2.0))
ATOMS = Atoms("PbI", positions=[(0, 0, 4), (3, 0, 4)], cell=[6, 6, 20], pbc=(True, True, False))


def levels_of(bands_eV, weights=(1.0,), occupations=None, *, spins=1, host=HOST, shares=None):
    """Levels of shape (bands, kpoints) in each spin; `shares`: of Pb p and I s."""
    levels = np.array([np.reshape(bands, (-1, len(weights))).T for bands in bands_eV], dtype=float)
    occupied = (levels < 0.0) * 1.0 if occupations is None else np.array(occupations, dtype=float)
    bands = levels.shape[2]
    parts = np.zeros((2, 2, spins, bands), dtype=np.float32)
    parts[0, 1], parts[1, 0] = shares or (0.5, 0.5)
    spectrum = Spectrum(
        np.linspace(-5, 5, 5), np.zeros((spins, 5)), np.zeros((2, 2, spins, 5), dtype=np.float32),
        levels, occupied, np.array(weights), parts, 0.0, 4.0, 5.0, coupled=False,
    )  # fmt: skip
    structure = Structure(ATOMS, ("surface",) * 2, vacancies=(("I", (0.0, 3.0, 4.0)),))
    dos = DensityOfStates(structure, spectrum, None, {}, np.zeros(2), 0.1)
    return defect_levels(dos, spectrum, host)


def test_bands_closer_than_0_02_eV_are_one_level():
    (one,) = levels_of([[-0.5, -0.485]])
    assert (one.energy_eV, one.states, one.electrons) == pytest.approx((-0.4925, 4.0, 4.0))
    first, second = levels_of([[-0.5, -0.475]])
    assert (first.energy_eV, second.energy_eV) == (-0.5, -0.475)
    # A chain of such steps is one level, and dispersion is that of single bands.
    (chain,) = levels_of([[-0.5, -0.485, -0.47]])
    assert (chain.states, chain.dispersion_eV) == (6.0, 0.0)


def test_levels_closer_to_the_edges_than_the_margin_belong_to_the_bands():
    found = levels_of([[-0.96, -0.94, 0.94, 0.96]])
    assert [level.energy_eV for level in found] == [-0.94, 0.94]
    assert [level.above_vbm_eV for level in found] == pytest.approx([0.06, 1.94])
    wide = HostEdges(BandEdges(-1.0, 1.0, 2.0), spread_eV=0.1)
    found = levels_of([[-0.96, -0.94, -0.85, 0.94]], host=wide)
    assert [level.energy_eV for level in found] == [-0.85]


def test_means_over_kpoints_have_their_weights():
    # 3/4 x 0.2 + 1/4 x 0.6 = 0.3 eV; 3/4 x 1 + 1/4 x 0 of a band of two electrons.
    (level,) = levels_of([[0.2, 0.6]], (0.75, 0.25), [[[1.0], [0.0]]])
    assert level.energy_eV == pytest.approx(0.3)
    assert level.dispersion_eV == pytest.approx(0.4)
    assert level.electrons == pytest.approx(1.5)
    assert level.states == 2.0


def test_the_dispersion_of_a_level_is_that_of_its_widest_band():
    # Means -0.5 and -0.49 eV; the bands disperse by 0.1 and by 0.02 eV.
    (level,) = levels_of([[-0.55, -0.45, -0.5, -0.48]], (0.5, 0.5))
    assert level.energy_eV == pytest.approx(-0.495)
    assert level.dispersion_eV == pytest.approx(0.1)
    assert level.above_vbm_eV == pytest.approx(0.505)


def test_each_spin_has_its_own_levels_the_lowest_first():
    found = levels_of([[0.4], [-0.2]], spins=2)
    assert [(level.spin, level.energy_eV, level.states) for level in found] == [
        ("down", -0.2, 1.0),
        ("up", 0.4, 1.0),
    ]
    assert [level.electrons for level in found] == [1.0, 0.0]


def test_shares_are_relative_and_the_largest_comes_first():
    (level,) = levels_of([[0.1]], shares=(0.1, 0.3))
    assert next(iter(level.orbitals)) == "I s"
    assert level.orbitals["I s"] == pytest.approx(0.75)
    assert level.orbitals["Pb p"] == pytest.approx(0.25)
    assert level.orbitals["Pb s"] == 0.0
    assert level.places["beside V_I"] == pytest.approx(0.25)
