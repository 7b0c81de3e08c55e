"""What is known about the error of an energy: parts from results, convergence and basin checks."""

import json

import pytest

from analysis.energies.uncertainty import EXACT, NOTHING_KNOWN, combined
from analysis.tables import Table, render
from tests.conftest import HCL
from tests.pretended import pretend_results
from workflows.findings.convergence import CONVERGENCE_FILE
from workflows.findings.findings import Findings
from workflows.findings.uncertainty import uncertainty_of
from workflows.findings.uncertainty_words import (
    uncertainty_cell,
    uncertainty_notes,
    uncertainty_words,
)
from workflows.planner import make_plan
from workflows.recipes.reactions import RECIPE

ENERGIES = {"H2": -6.0, "Cl2": -3.0, "HCl": -5.5}
WEIGHTS = {"H2": -0.5, "Cl2": -0.5, "HCl": 1.0}
EQUATION = "1/2 H2 + 1/2 Cl2 -> HCl"


def dispersion(d3, d4):
    return {"dispersion_sensitivity_eV": {"none": 0.0, "D3(BJ)": d3, "D4": d4}}


#: D4 in place of D3: -(0.01 + 0.05) / 2 + 0.06 = 0.03 eV.
DISPERSION = {"H2": dispersion(0, 0.01), "Cl2": dispersion(-0.1, -0.05), "HCl": dispersion(0, 0.06)}


@pytest.fixture
def plan(write_study):
    return make_plan(write_study(HCL, dispersion="D3(BJ)"))


def line(plan, results, error=None, last=None, *, own=0, equation=EQUATION, folder=None):
    """A reaction at two values, as in the file that the command writes."""
    folders = {name: plan.tasks[key].folder for name, (key,) in plan.species_keys.items()}
    terms = [
        {"species": name, "folder": str(results / "tasks" / (folder or folders[name]))}
        for name in WEIGHTS
    ]
    points = [{"own": n == own, "terms": terms if n == own else []} for n in range(2)]
    return {
        "equation": equation, "points": points, "own_error_eV": error, "last_change_eV": last,
    }  # fmt: skip


def write_convergence(results, **parameters):
    file = results / CONVERGENCE_FILE
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"parameters": {k: [v] for k, v in parameters.items()}}))


def found_with(plan, results, more=DISPERSION, weights=WEIGHTS, **parameters):
    pretend_results(plan, results, ENERGIES, more)
    if parameters:
        write_convergence(results, **parameters)
    return uncertainty_of(Findings(plan, results), weights)


def test_dispersion_and_convergence_combine_as_three_four_five(plan, tmp_path):
    both = {
        "ecut_eV": line(plan, tmp_path, error=-0.04),
        "molecule_vacuum_A": line(plan, tmp_path, error=0.12, last=0.5),
    }
    found = found_with(plan, tmp_path, **both)
    assert found.parts == pytest.approx(
        {
            "dispersion": 0.03,
            "convergence with ecut_eV": 0.04,
            "convergence with molecule_vacuum_A": 0.12,
        }
    )
    assert found.total == pytest.approx(0.13)  # 3-4-5 and 5-12-13
    assert found.lacks == ("functional",)
    (row,) = RECIPE.rows(Findings(plan, tmp_path))
    assert row.uncertainty == found
    (data,) = RECIPE.document(Findings(plan, tmp_path))
    assert data["uncertainty_eV"] == pytest.approx(0.13)
    assert data["uncertainty_parts_eV"] == dict(found.parts)
    assert data["uncertainty_lacks"] == ["functional"]
    (table,) = RECIPE.tables(Findings(plan, tmp_path))
    assert table.rows[0][table.columns.index("Uncertainty / eV")] == "0.130"
    assert "Not included: functional." in table.footnotes


def test_what_is_not_converged_yet_is_named(plan, tmp_path):
    found = found_with(plan, tmp_path, ecut_eV=line(plan, tmp_path, error=0.04))
    assert found.total == pytest.approx(0.05)
    # Molecules have neither k-points nor layers.
    assert found.lacks == ("functional", "convergence with molecule_vacuum_A")
    assert found_with(plan, tmp_path / "none").lacks == ("functional", "convergence")


def test_without_a_better_energy_the_last_change_counts_if_the_own_value_is_the_last(
    plan, tmp_path
):
    last = {"ecut_eV": line(plan, tmp_path, last=-0.04, own=1)}
    assert found_with(plan, tmp_path, **last).total == pytest.approx(0.05)
    first = {"ecut_eV": line(plan, tmp_path, last=-0.04, own=0)}
    assert found_with(plan, tmp_path, **first).total == pytest.approx(0.03)


@pytest.mark.parametrize(
    "other",
    [
        {"folder": "relax-HCl-000000000000"},
        {"equation": "HCl -> 1/2 H2 + 1/2 Cl2"},
        {"equation": "H2 + Cl2 -> 2 HCl"},
        {"equation": "1/2 H2 -> HCl"},
        {"own": 7},
    ],
)
def test_convergence_of_other_calculations_does_not_count(plan, tmp_path, other):
    found = found_with(plan, tmp_path, ecut_eV=line(plan, tmp_path, error=0.04, **other))
    assert found.parts == pytest.approx({"dispersion": 0.03})
    assert found.lacks == ("functional", "convergence")


@pytest.mark.parametrize(
    "text", ["", "[]", '{"parameters": {"ecut_eV": [{"equation": "no"}]}}', '{"parameters": 1}']
)
def test_a_damaged_file_of_convergence_does_not_count(plan, tmp_path, text):
    write_convergence(tmp_path)
    (tmp_path / CONVERGENCE_FILE).write_text(text)
    assert found_with(plan, tmp_path).lacks == ("functional", "convergence")


def test_nothing_known_is_empty_and_named(plan, tmp_path):
    found = found_with(plan, tmp_path, {})
    assert found.total is None
    assert found.parts == {}
    assert found.lacks == ("functional", "dispersion", "convergence")
    (table,) = RECIPE.tables(Findings(plan, tmp_path))
    assert table.rows[0][table.columns.index("Uncertainty / eV")] == "-"
    assert any(note.startswith("Uncertainty: not known.") for note in table.footnotes)
    assert "Not included: functional, dispersion, convergence." in table.footnotes
    (data,) = RECIPE.document(Findings(plan, tmp_path))
    assert data["uncertainty_eV"] is None


def test_energies_without_a_number_have_no_uncertainty(plan, tmp_path):
    assert found_with(plan, tmp_path, weights={**WEIGHTS, "H2": 1e-12}).parts != {}
    other = tmp_path / "other"
    pretend_results(plan, other, {"H2": -6.0}, DISPERSION)
    assert uncertainty_of(Findings(plan, other), WEIGHTS) == NOTHING_KNOWN
    (row,) = RECIPE.rows(Findings(plan, other))
    assert row.uncertainty == NOTHING_KNOWN
    assert uncertainty_of(Findings(plan, other), {"HCl": 1e-12}) == EXACT


SLAB = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 3
vacuum_A = 6.0

[ligands.A]
smiles = "N"
anchor_smarts = "[NX3]"

[vacancies.V]
element = "I"

[[basin_checks]]
species = "slab.A"

[[reactions]]
name = "A"
equation = "slab + A -> slab.A"

[[passivation]]
surface = "slab"
ligands = ["A"]
vacancies = ["V"]
"""
MADE = {"slab": -30.0, "A": -4.0, "slab.A": -35.0, "slab.V": -26.0, "slab.A.V": -30.5}


@pytest.mark.parametrize(
    ("stripped_eV", "adsorption", "passivation"),
    [
        # The covered slab is 0.3 eV above the basin of the bare one; so is the one with a vacancy,
        # which cancels. The bare vacancy is in the basin of the bare slab.
        (-29.7, {"basins": 0.3}, {"basins": 0.0}),
        # The bare slab has left, and the bare vacancy was relaxed from there too.
        (-30.2, {"basins": 0.0}, {"basins": 0.0}),
        (None, None, None),
    ],
)
def test_basins_that_a_reaction_mixes(write_study, tmp_path, stripped_eV, adsorption, passivation):
    plan = make_plan(write_study(SLAB))
    pretend_results(plan, tmp_path, MADE, others={"slab": stripped_eV, "slab.V": -26.1})
    found = Findings(plan, tmp_path)
    data = {
        "slab": -1.0, "A": -1.0, "slab.A": 1.0,
    }, {"slab.A": -1.0, "slab.V": -1.0, "slab.A.V": 1.0, "slab": 1.0}  # fmt: skip
    for weights, expected in zip(data, (adsorption, passivation), strict=True):
        if stripped_eV is None:  # no energy of the bare slab until both are known
            assert uncertainty_of(found, weights) == NOTHING_KNOWN
            continue
        uncertainty = uncertainty_of(found, weights)
        assert uncertainty.parts == pytest.approx(expected or {}, abs=1e-12)
        assert ("basins" in uncertainty.lacks) is (expected is None)


def test_what_shares_a_basin_mixes_none(write_study, tmp_path):
    plan = make_plan(write_study(SLAB))
    pretend_results(plan, tmp_path, MADE, others={"slab": -29.7, "slab.V": -26.0})
    found = uncertainty_of(Findings(plan, tmp_path), {"slab.A": -1.0, "slab.A.V": 1.0})
    assert found.parts == pytest.approx({"basins": 0.0}, abs=1e-12)


# ---- words --------------------------------------------------------------------------------


def test_cells_are_never_zero_unless_an_energy_is():
    assert uncertainty_cell(combined({"dispersion": 0.0123}, [])) == "0.012"
    assert uncertainty_cell(combined({"dispersion": 0.00023}, [])) == "0.0002"
    assert uncertainty_cell(combined({"dispersion": 4.9e-7}, [])) == "0.0000005"
    assert uncertainty_cell(combined({"dispersion": 7e-15}, [])) == "0.000"
    assert uncertainty_cell(combined({}, ["functional"])) == "-"
    assert uncertainty_cell(NOTHING_KNOWN) == uncertainty_cell(EXACT) == "-"


def test_words_say_what_is_in_it_and_what_is_not():
    found = combined({"functional": 0.3, "dispersion": 0.0004}, ["basins", "convergence"])
    expected = "functional 0.300, dispersion 0.0004; without basins, convergence"
    assert uncertainty_words(found) == expected
    assert uncertainty_words(combined({"functional": 0.3}, [])) == "functional 0.300"
    assert uncertainty_words(combined({}, ["functional"])) == "not known; without functional"
    assert uncertainty_words(EXACT) == "zero by definition"
    assert uncertainty_words(NOTHING_KNOWN) == "-"


def test_notes_group_rows_by_what_is_missing():
    some = combined({"dispersion": 0.1}, ["functional"])
    whole = combined({"functional": 0.1, "convergence with ecut_eV": 0.1}, [])
    first, *rest = uncertainty_notes([("a", some), ("b", whole), ("c", some), ("d", EXACT)])
    assert "a lower bound where one is not known" in first
    for words in ("Functional: ", "Dispersion: ", "Convergence: ", "Never included: "):
        assert words in first
    assert "Basins: " not in first
    assert rest == ["Not included for a, c: functional.", "Zero by definition: d."]
    (only,) = uncertainty_notes([("b", whole)])
    assert "lower bound" not in only
    assert uncertainty_notes([("a", some), ("c", some)])[1:] == ("Not included: functional.",)
    assert uncertainty_notes([("a", NOTHING_KNOWN), ("d", EXACT)]) == ()


def test_print_leaves_out_what_the_notes_say_and_data_do_not():
    table = Table(
        "T", ("Name", "x", "About"), (("a", "1.0", "made of"),), (), ("About",), ("About",)
    )
    for style in ("text", "latex"):
        assert "made of" not in render([table], style)
    for style in ("csv", "md"):
        assert "made of" in render([table], style)
