"""Odd numbers of electrons whose moment has vanished are doubtful."""

import pytest
from ase import Atoms

from tests.conftest import HCL
from tests.pretended import pretend_results
from workflows.findings.findings import Findings
from workflows.findings.words import lost_moment
from workflows.planner import make_plan
from workflows.recipes.reactions import ReactionsRecipe

RADICAL = """
[molecules.Cl]
smiles = "[Cl]"

[crystals.Cs]
material = "Cs"
prototype = "bcc"

[[reactions]]
name = "bond"
equation = "Cl2 -> 2 Cl"
"""


@pytest.mark.parametrize(
    ("symbol", "charge", "moment_muB", "doubtful"),
    [
        ("Cl", 0, 0.02, True),
        ("Cl", 0, -0.24, True),
        ("Cl", 0, 0.3, False),
        ("Cl", 0, -1.0, False),
        ("Cl", -1, 0.0, False),
        ("Ar", 0, 0.0, False),
        ("Ar", 1, 0.0, True),
        ("Cl", 0, None, False),
    ],
)
def test_only_odd_electrons_without_a_moment(symbol, charge, moment_muB, doubtful):
    assert bool(lost_moment(Atoms(symbol), charge, moment_muB)) is doubtful


def test_the_flag_stands_beside_the_energies_it_touches(write_study, tmp_path):
    plan = make_plan(write_study(HCL, RADICAL))
    energies = {"H2": -6.0, "Cl2": -3.0, "HCl": -5.5, "Cl": -0.2, "Cs": -1.0}
    moments = {name: {"magnetic_moment_muB": 0.0} for name in energies}
    pretend_results(plan, tmp_path, energies, moments)
    found = Findings(plan, tmp_path)
    rows = {row.name: row for row in ReactionsRecipe().evaluate(found)}
    (flag,) = rows["bond"].flags
    assert flag.startswith("Cl: odd number of electrons, but a magnetic moment of 0.00 mu_B")
    assert rows["formation of HCl"].flags == ()
    assert found.species["Cs"].flags == ()  # a metal
