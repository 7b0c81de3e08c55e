"""Binding energies by site: which candidate counts, what is shown, and signs."""

import pytest

from analysis.energies.matrices import Cell
from tests.pretended import pretend_results
from workflows.export import export_study
from workflows.findings.findings import Findings
from workflows.findings.states import task_folder
from workflows.planner import make_plan
from workflows.recipes.registry import recipe
from workflows.recipes.site_energies import site_energies, site_matrices
from workflows.store import write_failure

STUDY = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 1
vacuum_A = 6.0

[ligands.top]
molecule = "MA"
state = "neutral"

[ligands.halide]
molecule = "MA"
state = "neutral"
site = "X-top"

[ligands.ammonia]
smiles = "N"
anchor_smarts = "[NX3]"

[placement]
diversity_A = 0.2
azimuth_step_deg = 15.0

[[candidates]]
species = "slab.top"
count = 2

[[candidates]]
species = "slab.halide"
count = 2

[[reactions]]
name = "top adsorption"
equation = "slab + top -> slab.top"

[[reactions]]
name = "halide adsorption"
equation = "slab + halide -> slab.halide"

[[reactions]]
name = "ammonia adsorption"
equation = "slab + ammonia -> slab.ammonia"
"""
ENERGIES = {
    "slab": -20.0, "top": -5.0, "halide": -5.0, "ammonia": -7.0,
    "slab.top": -25.4, "slab.halide": -25.1, "slab.ammonia": -27.3,
}  # fmt: skip


@pytest.fixture
def found(write_study, tmp_path):
    """All energies, but for the second candidate above a halide, which never converged."""
    plan = make_plan(write_study(STUDY))
    results = tmp_path / "results"
    pretend_results(plan, results, ENERGIES, others={"slab.top": -25.6})
    failed = plan.tasks[plan.species_keys["slab.halide"][1]]
    write_failure(task_folder(failed, results), "it never ended", False, 40)
    return Findings(plan, results)


def test_lowest_candidate_at_each_site_counts(found):
    rows = {each.ligand: each for each in site_energies(found)}
    assert rows["top"].site.startswith("metal-top at x ")
    assert rows["halide"].site.startswith("X-top at x ")
    energies = {name: each.row.binding_energy_eV for name, each in rows.items()}
    assert energies == pytest.approx({"top": 0.6, "halide": 0.1, "ammonia": 0.3})


def test_ligands_that_differ_in_their_site_share_a_row(found):
    (matrix,) = site_matrices(found).values()
    assert matrix.columns == ("metal-top", "X-top")
    assert matrix.rows == ("top / halide", "ammonia")
    values = [cell.energy_eV for cell in matrix.all_cells]
    assert values == [pytest.approx(0.6), pytest.approx(0.1), pytest.approx(0.3), None]
    assert matrix.words(Cell(0.6)) == "+0.60"


def test_sites_are_drawn_exported_and_on_the_page(found, tmp_path):
    files = {file.name: file for file in export_study(found, tmp_path / "out")}
    assert {"sites-slab.pdf", "candidates.csv"} <= set(files)
    lines = files["candidates-binding-energies-by-site.csv"].read_text().splitlines()
    assert "X-top" in lines[2]
    assert "0.1" in lines[2]
    (figure,) = recipe("candidates").page_figures(found)
    words = [each.text for each in figure.figure.layout.annotations]
    assert words == ["+0.60", "+0.10", "+0.30", "no value"]


def test_sites_that_are_still_waiting_have_no_energy(write_study, tmp_path):
    plan = make_plan(write_study(STUDY))
    results = tmp_path / "results"
    pretend_results(plan, results, ENERGIES, others={"slab.halide": -25.2})
    found = Findings(plan, results)
    rows = {each.ligand: each.row for each in site_energies(found)}
    assert rows["top"].binding_energy_eV is None
    assert rows["top"].status == "slab.top waiting"
    assert rows["halide"].binding_energy_eV == pytest.approx(0.2)


def test_one_site_per_ligand_is_no_map(write_study, tmp_path):
    text = STUDY.replace('site = "X-top"\n', "")
    plan = make_plan(write_study(text))
    pretend_results(plan, tmp_path / "results", ENERGIES, others={"slab.top": -25.6})
    found = Findings(plan, tmp_path / "results")
    assert site_matrices(found) == {}
    assert len(recipe("candidates").tables(found)) == 1
