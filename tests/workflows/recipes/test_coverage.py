"""Coverage of a surface: arrangements, energies per ligand, and the monolayer of a smaller cell."""

import csv
import io
import json
import re

import pytest

from analysis.tables import render
from tests.findings import findings_of, rows_of
from tests.pretended import pretend_results
from workflows.execution.engine import run_plan
from workflows.findings.findings import Findings
from workflows.findings.states import task_states
from workflows.planner import make_plan
from workflows.recipes.registry import recipe
from workflows.report.page import render_report
from workflows.study.errors import StudyError
from workflows.study.file import load_study

SHEET = """
[surfaces.{name}]
material = "CsPbI3"
termination = "PbI2"
size = {size}
layers = 1
vacuum_A = 6.0
"""
WIDE = SHEET.format(name="wide", size=[2, 2])
LIGANDS = """
[ligands.NH3]
smiles = "N"
anchor_smarts = "[NX3]"

[ligands.H2O]
smiles = "O"
anchor_smarts = "[OX2]"
"""
COVERAGE = """
[[coverage]]
surface = "wide"
ligands = {NH3 = 1.0}
coverage = [0.25, 0.5, 1.0]
"""
MIXED = """
[[coverage]]
surface = "wide"
ligands = {NH3 = 0.5, H2O = 0.5}
coverage = [0.5, 1.0]
"""


def test_every_distinct_arrangement_is_a_candidate(write_study):
    plan = make_plan(write_study(WIDE, LIGANDS, COVERAGE))
    assert {name: len(keys) for name, keys in plan.relax_keys.items()} == {
        "wide": 1, "NH3": 1, "wide.NH3": 1, "wide.NH3.NH3": 2, "wide.NH3.NH3.NH3.NH3": 1,
    }  # fmt: skip
    notes = plan.species["wide.NH3.NH3"][0].structure.notes
    assert "wide.NH3.NH3: 2 distinct arrangements on its sites" in notes
    few = make_plan(write_study(WIDE, LIGANDS, COVERAGE, "arrangements = 1\n"))
    assert len(few.relax_keys["wide.NH3.NH3"]) == 1
    assert "the 1 of the best scores are calculated" in " ".join(
        few.species["wide.NH3.NH3"][0].structure.notes
    )


def test_a_study_without_coverage_keeps_its_tasks(write_study):
    reaction = '[[reactions]]\nname = "r"\nequation = "wide + 2 NH3 -> wide.NH3.NH3"\n'
    alone = make_plan(write_study(WIDE, LIGANDS, reaction))
    other = '[[coverage]]\nsurface = "wide"\nligands = {H2O = 1.0}\ncoverage = [0.25]\n'
    beside = make_plan(write_study(WIDE, LIGANDS, reaction, other))
    assert set(alone.tasks) < set(beside.tasks)


ENERGIES = {
    "wide": -100.0, "NH3": -20.0, "wide.NH3": -120.8, "wide.NH3.NH3": -141.4,
    "wide.NH3.NH3.NH3.NH3": -182.4,
}  # fmt: skip


def test_energies_are_those_of_the_definitions(write_study, tmp_path):
    """Bound by 0.8, then 1.4 / 2 and 2.4 / 4 per ligand; each next one by 0.6 and 0.5."""
    plan = make_plan(write_study(WIDE, LIGANDS, COVERAGE))
    results = tmp_path / "r"
    others = {"wide.NH3.NH3": -141.2}
    pretend_results(plan, results, ENERGIES, others=others)
    found = findings_of(plan, task_states(plan, results), results)
    rows = recipe("coverage").rows(found)
    assert [row.coverage for row in rows] == [0.25, 0.5, 1.0]
    assert [row.arrangements for row in rows] == [1, 2, 1]
    assert [row.binding.energy_eV for row in rows] == pytest.approx([0.8, 0.7, 0.6])
    assert [row.differential.energy_eV for row in rows] == pytest.approx([0.8, 0.6, 0.5])
    assert [row.lateral.energy_eV for row in rows] == pytest.approx([0.0, 0.1, 0.2])
    area_nm2 = 4 * 0.62894**2
    assert [row.coverage_per_nm2 for row in rows] == pytest.approx(
        [n / area_nm2 for n in (1, 2, 4)], rel=1e-3
    )
    (table,) = recipe("coverage").tables(found)
    first, *_, last = csv.DictReader(io.StringIO(render([table], "csv")))
    assert float(first["binding_energy_eV"]) == pytest.approx(0.8)
    assert float(last["lateral_eV"]) == pytest.approx(0.2)
    figure = recipe("coverage").figures(found, "double")["coverage"]
    lines = {line.get_label(): line for line in figure.axes[0].get_lines()}
    assert list(lines["added ligands"].get_ydata()) == pytest.approx([0.8, 0.6, 0.5])
    assert "+0.200 eV at" in figure.get_label()
    (page,) = recipe("coverage").page_figures(found)
    assert page.words.startswith("0.25: +0.800 eV per ligand; 0.5: +0.700 eV")
    json.dumps(recipe("coverage").document(found), allow_nan=False)


def test_rows_link_to_warnings_of_the_energies_that_they_are_made_of(write_study, tmp_path):
    plan = make_plan(write_study(WIDE, LIGANDS, COVERAGE))
    known = {name: energy for name, energy in ENERGIES.items() if name != "wide.NH3.NH3"}
    pretend_results(plan, tmp_path / "r", known)
    found = Findings(plan, tmp_path / "r")
    low, half, full = recipe("coverage").row_energies(found)
    assert low.species == ("wide", "NH3", "wide.NH3")
    assert half.species == ("wide", "NH3", "wide.NH3.NH3", "wide.NH3")
    assert (full.name, full.place) == ("coverage 1, wide.NH3.NH3.NH3.NH3", 2)
    assert set(full.species) >= {"wide.NH3.NH3", "wide.NH3"}  # differential, lateral
    assert low.missing == ""
    assert half.missing == "coverage 0.5, wide.NH3.NH3: wide.NH3.NH3 waiting"
    page = render_report(found)
    rows = [re.search(rf'<tr id="coverage-energy-{n}">(.*?)</tr>', page, re.S)[1] for n in range(3)]
    waiting = re.search(r'<div class="notice missing" id="(warning-\d+)">', page)[1]
    assert [f'href="#{waiting}"' in row for row in rows] == [False, True, True]


def test_mixtures_are_compared_with_each_ligand_alone(write_study, tmp_path):
    """NH3 alone by 0.8, H2O by 0.4; together by 1.5 of 1.2: they attract by 0.15 per ligand."""
    plan = make_plan(write_study(WIDE, LIGANDS, MIXED))
    assert len(plan.relax_keys["wide.NH3.H2O"]) == 2
    assert len(plan.relax_keys["wide.NH3.NH3.H2O.H2O"]) == 2
    energies = ENERGIES | {
        "H2O": -15.0, "wide.H2O": -115.4, "wide.NH3.H2O": -136.5,
        "wide.NH3.NH3.H2O.H2O": -172.0,
    }  # fmt: skip
    energies = {name: energy for name, energy in energies.items() if name in plan.species_keys}
    others = {"wide.NH3.H2O": -136.0, "wide.NH3.NH3.H2O.H2O": -171.0}
    pretend_results(plan, tmp_path / "r", energies, others=others)
    half, full = rows_of("coverage", plan, task_states(plan, tmp_path / "r"))
    assert half.binding.energy_eV == pytest.approx(1.5 / 2)
    assert half.lateral.energy_eV == pytest.approx(-0.15)
    assert full.binding.energy_eV == pytest.approx(2.0 / 4)
    assert full.differential.energy_eV == pytest.approx(0.5 / 2)
    assert full.lateral.energy_eV == pytest.approx((2.4 - 2.0) / 4)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "[0.25, 0.5, 1.0]",
            "[0.3]",
            "0.3 of 4 sites gives no whole numbers of NH3; allowed: 0.25",
        ),
        ("[0.25, 0.5, 1.0]", "[0.5, 0.25]", "coverage = .* must rise"),
        ("NH3 = 1.0", "NH3 = 0.4", "the shares add up to 0.4; they must add up to 1"),
        ("NH3 = 1.0", "Py = 1.0", "coverage.0.ligands: 'Py' is not defined; defined: NH3, H2O"),
        ('"wide"', '"slab"', "coverage.0.surface: 'slab' is not defined; defined: wide"),
    ],
)
def test_a_wrong_coverage_is_refused_with_its_key(write_study, old, new, words):
    with pytest.raises(StudyError, match=words):
        make_plan(write_study(WIDE, LIGANDS, COVERAGE.replace(old, new)))


def test_arrangements_and_candidates_of_one_species_are_refused(write_study):
    candidates = '[[candidates]]\nspecies = "wide.NH3.NH3"\ncount = 2\n'
    with pytest.raises(StudyError, match="has candidates of its own"):
        make_plan(write_study(WIDE, LIGANDS, COVERAGE, candidates))
    load_study(write_study(WIDE, LIGANDS, candidates))


@pytest.mark.long
def test_the_full_layer_is_that_of_the_smallest_cell_with_real_gpaw(write_study, tmp_path):
    """All sites of a 2x1 cell and the site of a 1x1 cell are the same crystal of ligands.

    With grids that fold onto each other both have the same energy per ligand.
    """
    file = write_study(
        SHEET.format(name="one", size=[1, 1]), SHEET.format(name="wide", size=[2, 1]), LIGANDS,
        COVERAGE.replace("[0.25, 0.5, 1.0]", "[1.0]"),
        COVERAGE.replace("[0.25, 0.5, 1.0]", "[1.0]").replace("wide", "one"),
        ecut=220.0, fmax=0.3,
    )  # fmt: skip
    file.write_text(
        file.read_text().replace("kpoint_length_A = 6.0", "kpoint_length_A = 12.5"),
        encoding="utf-8",
    )
    plan = make_plan(file)
    wide = plan.tasks[plan.species_keys["wide.NH3.NH3"][0]]
    assert wide.spec["kpoints"] == [1, 2, 1]
    states = run_plan(plan, tmp_path / "results", cores=1)
    assert {state.state for state in states.values()} == {"done"}, [s.why for s in states.values()]
    two, one = rows_of("coverage", plan, states)
    assert two.binding.energy_eV == pytest.approx(one.binding.energy_eV, abs=0.03)
    assert 0.2 < one.binding.energy_eV < 2.5
    assert two.coverage_per_nm2 == pytest.approx(one.coverage_per_nm2)
    assert one.lateral.energy_eV == 0.0
