"""Band edges of made-up levels."""

import numpy as np
import pytest

from analysis.dos.band_edges import band_edges

#: Three bands at two k-points: an indirect gap of 1.0 eV, 1.5 eV at the same k-point.
LEVELS_EV = np.array([[[-3.0, -1.0, 0.5], [-2.5, -0.5, 1.0]]])


def test_edges_are_the_highest_filled_and_the_lowest_empty_level():
    edges = band_edges(LEVELS_EV, 4.0, 2.0)
    assert (edges.vbm_eV, edges.cbm_eV) == (-0.5, 0.5)
    assert edges.direct_gap_eV == pytest.approx(1.5)


@pytest.mark.parametrize("electrons", [3.0, 3.5, 4.5, 5.0])
def test_electrons_that_fill_no_whole_number_of_bands_have_no_edges(electrons):
    assert band_edges(LEVELS_EV, electrons, 2.0) is None


@pytest.mark.parametrize("electrons", [0.0, 6.0])
def test_without_empty_or_filled_bands_there_are_no_edges(electrons):
    assert band_edges(LEVELS_EV, electrons, 2.0) is None
