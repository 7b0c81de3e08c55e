"""Formation energies over the Fermi level, levels between charge states, shallow ones."""

import numpy as np
import pytest

from analysis.charged.formation import (
    formation_energy_eV,
    lowest_eV,
    not_localised,
    transitions,
)


def test_a_donor_costs_more_with_a_higher_fermi_level():
    low, high = (formation_energy_eV(3.0, 1, level, 0.25) for level in (-0.5, 4.5))
    assert (low, high) == (pytest.approx(2.75), pytest.approx(7.75))
    assert formation_energy_eV(3.0, -1, 4.5, 0.25) == pytest.approx(-1.25)


def test_levels_between_charge_states():
    # 2+ and 1+ meet at 0.5, 1+ and 0 at 2.0, 2+ and 0 at 1.25 eV, where 1+ is lower.
    found = transitions({2: 0.0, 1: 0.5, 0: 2.5})
    assert [(t.charges, t.level_eV, t.stable) for t in found] == [
        ((2, 1), pytest.approx(0.5), True),
        ((2, 0), pytest.approx(1.25), False),
        ((1, 0), pytest.approx(2.0), True),
    ]
    # Negative U: the middle one is never the lowest.
    stable = {t.charges for t in transitions({2: 0.0, 1: 1.5, 0: 2.5}) if t.stable}
    assert stable == {(2, 0)}


def test_the_lowest_state_has_the_higher_charge_first():
    levels = np.array([0.0, 1.0, 2.0, 3.0])
    assert lowest_eV({1: 0.5, 0: 2.5}, levels) == pytest.approx([0.5, 1.5, 2.5, 2.5])


@pytest.mark.parametrize(
    ("filled", "empty", "kind"),
    [(2.0, 3.0, ""), (5.1, 5.2, "donor"), (4.95, 5.2, "donor"), (-0.1, 0.05, "acceptor"),
     (-0.3, 4.8, "")],
)  # fmt: skip
def test_electrons_in_bands_are_found(filled, empty, kind):
    found, words = not_localised(filled, empty, 0.0, 5.0)
    assert found == kind
    assert bool(words) == bool(kind)
