"""Uncertainties from values made up by hand: quadrature, correlated ensembles, dispersion."""

from pathlib import Path

import numpy as np
import pytest

from analysis.energies.reactions import parse_reaction
from analysis.energies.uncertainty import (
    EXACT,
    NOTHING_KNOWN,
    combined,
    dispersion_changes_eV,
    dispersion_spread_eV,
    ensemble_deviation_eV,
    largest,
    significant,
)
from analysis.results import Result


def result(dispersion="D3(BJ)", **values):
    return Result(Path("x"), "relax", "key", {"level": {"dispersion": dispersion}, **values})


def ensembles(**members):
    return {name: result(ensemble_eV=list(values)) for name, values in members.items()}


def test_independent_parts_are_added_in_quadrature():
    found = combined({"functional": 0.3, "dispersion": 0.4}, ["convergence"])
    assert found.total == pytest.approx(0.5)
    assert found.lacks == ("convergence",)
    assert combined({"a": 0.2, "b": 0.3, "c": -0.6}, []).total == pytest.approx(0.7)
    assert combined({"b": -0.6}, []).parts == {"b": 0.6}


def test_nothing_known_is_not_zero():
    assert combined({}, ["functional"]).total is None
    assert NOTHING_KNOWN.total is None
    assert not combined({"functional": 0.0}, []).by_definition
    assert not combined({}, ["functional"]).by_definition
    assert EXACT.by_definition


def test_the_larger_uncertainty_counts_and_an_unknown_one_is_larger():
    small, large = combined({"a": 0.1}, []), combined({"a": 0.2}, [])
    unknown = combined({}, ["a"])
    assert largest([small, large]) is large
    assert largest([large, unknown, small]) is unknown


def test_errors_that_species_share_cancel():
    # The members of both species are equal: A -> B has no error, 2 A -> B that of one A.
    members = (0.3, -0.3, 0.3, -0.3)
    results = ensembles(A=members, B=members)
    assert ensemble_deviation_eV({"A": -1.0, "B": 1.0}, results) == pytest.approx(0.0, abs=1e-15)
    assert ensemble_deviation_eV({"A": -2.0, "B": 1.0}, results) == pytest.approx(0.3)
    # With a wrong sign they would add up.
    assert ensemble_deviation_eV({"A": 1.0, "B": 1.0}, results) == pytest.approx(0.6)


def test_uncorrelated_ensembles_combine_as_three_four_five():
    results = ensembles(A=(3.0, 3.0, -3.0, -3.0), B=(4.0, -4.0, 4.0, -4.0))
    for signs in ((-1.0, 1.0), (1.0, 1.0)):
        weights = dict(zip("AB", signs, strict=True))
        assert ensemble_deviation_eV(weights, results) == pytest.approx(5.0)
    # Half of A and three times B: 1.5 and 12.
    factors = {"A": 0.5, "B": 3.0}
    assert ensemble_deviation_eV(factors, results) == pytest.approx(np.hypot(1.5, 12.0))


def test_members_of_a_reaction_are_weighted_with_its_coefficients():
    weights = parse_reaction("slab -> slab.V_I + 1/2 I2").weights
    assert weights == {"slab": -1.0, "slab.V_I": 1.0, "I2": 0.5}
    results = {
        "slab": result(ensemble_eV=[1.0, -1.0]),
        "slab.V_I": result(ensemble_eV=[0.4, -0.4]),
        "I2": result(ensemble_eV=[0.8, -0.8]),
    }
    # -1 + 0.4 + 0.4
    assert ensemble_deviation_eV(weights, results) == pytest.approx(0.2)


def test_the_mean_of_the_members_is_no_error():
    results = ensembles(A=(5.1, 4.9))
    assert ensemble_deviation_eV({"A": 1.0}, results) == pytest.approx(0.1)


@pytest.mark.parametrize("other", [{}, {"ensemble_eV": []}, {"ensemble_eV": [0.1, 0.2, 0.3]}])
def test_species_without_the_same_ensemble_give_no_error(other):
    results = {"A": result(ensemble_eV=[0.1, -0.1]), "B": result(**other)}
    assert ensemble_deviation_eV({"A": 1.0, "B": -1.0}, results) is None
    assert ensemble_deviation_eV({}, {}) is None


def test_dispersion_is_exchanged_in_every_species():
    results = {
        "A": result(dispersion_sensitivity_eV={"none": 0.0, "D3(BJ)": -0.5, "D4": -0.4}),
        "B": result(dispersion_sensitivity_eV={"none": 0.0, "D3(BJ)": -0.9, "D4": -0.6}),
    }
    changes = dispersion_changes_eV({"A": -2.0, "B": 1.0}, results)
    # D4: -2 * 0.1 + 0.3; none: -2 * 0.5 + 0.9.
    assert changes == pytest.approx({"none": -0.1, "D3(BJ)": 0.0, "D4": 0.1})
    results["B"] = result()
    assert dispersion_changes_eV({"A": -2.0, "B": 1.0}, results) == {}
    assert dispersion_changes_eV({}, {}) == {}


def test_spread_is_the_largest_change_among_models_of_dispersion():
    changes = {"none": 0.9, "D3(BJ)": 0.0, "D4": 0.02, "D3(BJ) without Cs": -0.07}
    assert dispersion_spread_eV(changes) == pytest.approx(0.07)
    assert dispersion_spread_eV({"none": 0.9}) is None
    assert dispersion_spread_eV({}) is None
    # Of a level without dispersion all of it is missing.
    assert dispersion_spread_eV({"none": 0.0, "D3(BJ)": -0.4, "D4": -0.3}) == pytest.approx(0.4)


def test_factors_that_cancel_are_left_out():
    assert significant({"A": 1.0 / 3.0 + 1.0 / 6.0 - 0.5 + 1e-17, "B": -0.5}) == {"B": -0.5}
