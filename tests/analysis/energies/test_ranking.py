"""Order of candidates and the check of a screening, by hand."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms

from analysis.energies.convergence import Series
from analysis.energies.dipole_images import without_images
from analysis.energies.funnel import funnel_check
from analysis.energies.ranking import ranking
from analysis.results import Result, atoms_to_dict


def result(energy_eV, length_A=2.0):
    atoms = Atoms("PbN", positions=[(0, 0, 0), (0, 0, length_A)])
    values = {"energy_eV": energy_eV, "structure": atoms_to_dict(atoms)}
    return Result(Path("folder"), "relax", "key", values)


def order_of(*found):
    made = ranking(found)
    return made.order, sorted(made.twins)


def test_candidates_are_ordered_by_energy():
    assert order_of(result(-1.0), result(-3.0), result(-2.0)) == ((1, 2, 0), [])


def test_molecules_are_ordered_without_the_attraction_of_their_images():
    polar, other = result(-3.0), result(-2.9)
    for each, dipole in ((polar, [0.0, 0.0, 2.0]), (other, [0.0, 0.0, 0.0])):
        each.values["structure"] |= {"cell_A": np.diag([10.0] * 3).tolist(), "pbc": [True] * 3}
        each.values["dipole_moment_eA"] = dipole
    # The images lower the energy of the polar one by 0.121 eV.
    assert order_of(polar, other) == ((1, 0), [])
    polar.values["dipole_moment_eA"] = [None, None, 2.0]  # a slab has no such images
    assert order_of(polar, other) == ((0, 1), [])
    assert without_images(polar).energy_eV == -3.0
    corrected = without_images(other)
    assert without_images(corrected).energy_eV == corrected.energy_eV


def test_equal_structures_of_equal_energy_are_twins_and_come_last():
    assert order_of(result(-3.0), result(-3.0005), result(-1.0)) == ((1, 2, 0), [0])
    # 0.08 A are the same minimum, 0.12 A are not, either way round.
    assert order_of(result(-3.0), result(-3.0005, 2.08)) == ((1, 0), [0])
    assert order_of(result(-3.0), result(-3.0005, 2.12)) == ((1, 0), [])
    assert order_of(result(-3.0, 2.12), result(-3.0005)) == ((1, 0), [])
    # 2 meV apart.
    assert order_of(result(-3.0), result(-3.002)) == ((1, 0), [])


def test_the_error_of_a_screening_is_the_largest_change_of_a_difference():
    # From screening to final the candidates move by +0.02, -0.05 and 0: differences by 0.07.
    check = funnel_check([0.0, 0.1, 0.2], [-7.0 + 0.02, -7.0 + 0.05, -7.0 + 0.2], [0.3, 0.25])
    assert check.margin_eV == 0.25
    assert check.largest_change_eV == pytest.approx(0.07)
    assert check.rank_correlation == pytest.approx(1.0)
    assert check.sufficient
    assert not funnel_check([0.0, 0.1], [0.0, 0.4], [0.25]).sufficient
    # Opposite order, and one exchange among three: 1 - 6 x 2 / (3 x 8).
    assert funnel_check([0.0, 0.1, 0.2], [3.0, 2.0, 1.0], []).rank_correlation == -1.0
    assert funnel_check([0.0, 0.1, 0.2], [1.0, 3.0, 2.0], []).rank_correlation == 0.5
    alone = funnel_check([0.0], [-1.0], [0.2])
    assert (alone.margin_eV, alone.largest_change_eV, alone.sufficient) == (0.2, None, None)
    assert funnel_check([0.0], [-1.0], []).sufficient


def test_changes_and_the_error_of_the_own_value_are_signed():
    series = Series("x", (1.0, 2.0, 3.0), (-1.0, -1.5, -1.4), own=1)
    assert series.changes_eV == pytest.approx((None, -0.5, 0.1))
    assert series.own_error_eV == pytest.approx(-0.1)
    assert not series.converged(0.05)
    assert series.converged(0.2)
    limited = Series("x", (1.0, 2.0, 3.0), (-1.0, -1.5, -1.6), own=2, limit_eV=-1.7)
    assert limited.own_error_eV == pytest.approx(0.1)
    assert limited.changes_eV[1:] == pytest.approx((-0.5, -0.1))
    assert limited.converged(0.2)
    assert not limited.converged(0.05)
    best = Series("x", (1.0, 2.0), (-1.0, -1.5), own=1)
    assert best.own_error_eV is None
    for energies in ((None, -1.5), (-1.0, None)):
        assert Series("x", (1.0, 2.0), energies, own=0).own_error_eV is None
