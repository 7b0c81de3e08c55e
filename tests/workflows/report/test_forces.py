"""Largest forces of the relaxations beside their limit."""

from tests.conftest import LEVEL
from tests.pretended import pretend_results
from tests.workflows.report.test_downloads import ENERGIES, STUDY
from workflows.findings.findings import Findings
from workflows.planner import make_plan
from workflows.report.forces import force_table


def test_forces_stand_beside_the_limit_of_the_level(tmp_path):
    level = LEVEL.format(ecut=300.0, fmax=0.1, max_steps=40, dispersion="none", vacuum=3.5)
    file = tmp_path / "study.toml"
    file.write_text(level + STUDY, encoding="utf-8")
    plan = make_plan(file)
    more = {"slab.L": {"fmax_eV_per_A": 0.0876, "steps": 7}}
    pretend_results(plan, tmp_path / "results", ENERGIES, more)
    (row,) = force_table(Findings(plan, tmp_path / "results")).rows
    assert row == ("relax slab.L", "0.088", "0.100", "7", "test: only for tests")
    assert row[1].values == (0.0876,)
