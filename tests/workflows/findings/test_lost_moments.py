"""Unpaired electrons whose moment has vanished are doubtful."""

import pytest

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

#: The cell has an even number of electrons.
TWO_FACES = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 3
sides = "two"
vacuum_A = 6.0

[vacancies.V]
element = "I"

[molecules.I2]
smiles = "II"

[[reactions]]
name = "V"
equation = "slab -> slab.V + I2"
"""


@pytest.mark.parametrize(
    ("started_muB", "moment_muB", "doubtful"),
    [
        (1, 0.02, True),
        (1, -0.24, True),
        (1, 0.3, False),
        (1, -1.0, False),
        (-1, 0.0, True),
        (2, 0.4, True),
        (2, 1.9, False),
        (5, 1.0, True),
        (0, 0.0, False),
        (1, None, False),
    ],
)
def test_a_quarter_of_the_moment_must_stay(started_muB, moment_muB, doubtful):
    assert bool(lost_moment(started_muB, moment_muB)) is doubtful


def test_the_flag_stands_beside_the_energies_it_touches(write_study, tmp_path):
    plan = make_plan(write_study(HCL, RADICAL))
    energies = {"H2": -6.0, "Cl2": -3.0, "HCl": -5.5, "Cl": -0.2, "Cs": -1.0}
    moments = {name: {"magnetic_moment_muB": 0.0} for name in energies}
    pretend_results(plan, tmp_path, energies, moments)
    found = Findings(plan, tmp_path)
    rows = {row.name: row for row in ReactionsRecipe().evaluate(found)}
    (flag,) = rows["bond"].flags
    assert flag.startswith("Cl: started with a magnetic moment of 1 mu_B and ended with 0.00")
    assert rows["formation of HCl"].flags == ()
    assert found.species["Cs"].flags == ()  # a metal


def test_one_vacancy_on_each_face_starts_with_two(write_study, tmp_path):
    plan = make_plan(write_study(TWO_FACES))
    energies = {"slab": -30.0, "slab.V": -20.0, "I2": -3.0}
    for moment_muB, flagged in ((1.7, False), (0.1, True)):
        pretend_results(plan, tmp_path, energies, {"slab.V": {"magnetic_moment_muB": moment_muB}})
        flags = Findings(plan, tmp_path).species["slab.V"].flags
        words = "slab.V: started with a magnetic moment of 2 mu_B and ended with 0.10"
        assert any(flag.startswith(words) for flag in flags) is flagged
