"""Tables of a screening: rank, promotion, margin, and what they warn of."""

from pathlib import Path

import pytest

from tests.findings import documents_of, findings_of, table_of
from tests.workflows.recipes.test_screening import MOLECULES, SCREENING, result
from workflows.dft.parents import chosen_start
from workflows.findings.states import TaskState
from workflows.planner import make_plan


def faked(plan, screened_eV, final_eV, shapes=(0, 1, 2)):
    """States of a plan with these energies at the screening, and by rank at the end.

    After the screening the candidates have the planned shapes of these.
    """
    states = {
        key: TaskState(task, Path(task.folder), "waiting") for key, task in plan.tasks.items()
    }
    (keys,) = plan.screen_keys.values()
    (name,) = plan.screen_keys
    found = []
    for key, energy, shape in zip(keys, screened_eV, shapes, strict=True):
        found.append(result(energy, plan.built[name][shape].structure.atoms))
        states[key] = TaskState(
            plan.tasks[key], Path(plan.tasks[key].folder), "done", "", found[-1]
        )
    for key, energy in zip(plan.relax_keys[name], final_eV, strict=True):
        if energy is None:
            continue
        spec = plan.tasks[key].spec
        _, parent, about = chosen_start(spec, found)
        own = result(energy, parent.atoms, **about)
        states[key] = TaskState(plan.tasks[key], Path(plan.tasks[key].folder), "done", "", own)
    return states


def test_table_shows_rank_promotion_and_both_energies(write_study):
    plan = make_plan(write_study(SCREENING, MOLECULES))
    states = faked(plan, [-5.0, -5.1, -4.93], [-9.0, -9.02])
    rows = documents_of("candidates", plan, states)
    assert [row["rank"] for row in rows] == [2, 1, 3]
    assert [row["promoted"] for row in rows] == [True, True, False]
    assert [row["chosen"] for row in rows] == [True, False, False]
    assert [row["energy_eV"] for row in rows] == [-9.02, -9.0, None]
    assert [row["screened_above_lowest_eV"] for row in rows] == pytest.approx([0.1, 0.0, 0.17])
    assert rows[0]["above_lowest_eV"] == 0.0
    assert rows[0]["change_eV"] == pytest.approx(-0.12)
    assert rows[1]["above_lowest_eV"] == pytest.approx(0.02)
    assert rows[2]["status"] == "left behind"
    assert rows[2]["level"] == "cheap"
    (check,) = documents_of("screening", plan, states)
    assert check["margin_eV"] == pytest.approx(0.17)
    assert check["largest_change_eV"] == pytest.approx(0.12)
    assert check["rank_correlation"] == pytest.approx(-1.0)
    assert check["sufficient"] is True
    assert check["warnings"] == []
    table = table_of("candidates", plan, states)
    assert dict(zip(table.columns, table.rows[0], strict=True)) | {"Placement": ""} == {
        "Candidate": "BA #1", "Score / eV": "-", "Screened / eV": "+0.100",
        "Rank": "2 promoted", "E - E_min / eV": "0.000", "Change / eV": "-0.120",
        "Chosen": "lowest", "Placement": "", "Level": "test: only for tests", "Status": "done",
    }  # fmt: skip
    assert table.rows[2][2:6] == ("+0.170", "3", "-", "-")
    assert table.rows[2][8:] == ("cheap: only ranks", "left behind")


def test_margin_below_the_change_and_candidates_in_the_window_are_warned_of(write_study):
    plan = make_plan(write_study(SCREENING, MOLECULES + "promote_within_eV = 0.2\n"))
    states = faked(plan, [-5.0, -5.1, -4.93], [-9.0, -9.1])
    (check,) = documents_of("screening", plan, states)
    assert check["sufficient"] is False
    assert check["left_behind_within"] == 1
    assert check["warnings"] == [
        "BA: the margin of the screening, +0.170 eV, is not larger than the largest change of an"
        " energy difference, +0.200 eV; the lowest minimum may be among those left behind:"
        " promote more than 2",
        "BA: 1 left behind within 0.2 eV of the lowest: promote 3",
    ]
    assert f"{check['warnings'][0]}." in table_of("candidates", plan, states).footnotes
    assert table_of("screening", plan, states).rows[0][:6] == (
        "BA", "2 of 3", "+0.170", "+0.200", "-1.00", "no",
    )  # fmt: skip
    assert f"{check['warnings'][1]}." in table_of("screening", plan, states).warnings


def test_nothing_is_claimed_before_the_promoted_ones_have_ended(write_study):
    plan = make_plan(write_study(SCREENING, MOLECULES))
    (check,) = documents_of("screening", plan, faked(plan, [-5.0, -5.1, -4.93], [-9.0, None]))
    assert (check["largest_change_eV"], check["sufficient"]) == (None, None)
    assert check["margin_eV"] == pytest.approx(0.17)
    waiting = {key: TaskState(t, Path(t.folder), "waiting") for key, t in plan.tasks.items()}
    (check,) = documents_of("screening", plan, waiting)
    assert (check["margin_eV"], check["twins"], check["warnings"]) == (None, None, [])
    assert {row["rank"] for row in documents_of("candidates", plan, waiting)} == {None}


def test_a_twin_is_not_promoted_and_makes_no_margin(write_study):
    plan = make_plan(write_study(SCREENING, MOLECULES))
    states = faked(plan, [-5.1, -5.1 + 5e-4, -4.93], [-9.0, -8.9], shapes=(0, 0, 2))
    rows = documents_of("candidates", plan, states)
    assert [row["rank"] for row in rows] == [1, 3, 2]
    assert [row["promoted"] for row in rows] == [True, False, True]
    assert rows[1]["status"] == "same minimum as a lower one"
    (check,) = documents_of("screening", plan, states)
    assert check["twins"] == 1
    assert (check["margin_eV"], check["sufficient"]) == (None, True)
    assert check["largest_change_eV"] == pytest.approx(0.07)
    distinct = faked(plan, [-5.1, -5.1 + 5e-4, -4.93], [-9.0, -8.9])
    (check,) = documents_of("screening", plan, distinct)
    assert check["margin_eV"] == pytest.approx(0.17)
    assert check["twins"] == 0


def test_a_candidate_that_fails_is_named_and_nothing_is_ranked(write_study):
    plan = make_plan(write_study(SCREENING, MOLECULES))
    states = faked(plan, [-5.0, -5.1, -4.93], [None, None])
    bad = plan.screen_keys["BA"][1]
    states[bad] = TaskState(plan.tasks[bad], Path(), "unconverged", "largest force 2.000 eV/A")
    rows = documents_of("candidates", plan, states)
    assert [row["rank"] for row in rows] == [None] * 3
    assert rows[1]["status"] == "screening unconverged: largest force 2.000 eV/A"
    assert rows[0]["status"] == "screening done"
    assert findings_of(plan, states).species["BA"].result is None


def test_a_result_of_no_candidate_is_taken_for_the_planned_one(write_study):
    plan = make_plan(write_study(SCREENING, MOLECULES))
    assert plan.held("BA", 0, result(-1.0, candidate=3)) is plan.built["BA"][2]
    assert plan.held("BA", 1, result(-1.0, candidate=4)) is plan.species["BA"][1]
    assert plan.held("BA", 1, None) is plan.species["BA"][1]
    assert plan.species["BA"][1].structure.placement == "rank 2 of 3 at cheap"
