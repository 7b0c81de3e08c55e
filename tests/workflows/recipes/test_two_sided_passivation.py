"""Passivation on slabs with two equal faces counts per vacancy."""

import pytest

from analysis.energies.reactions import parse_reaction
from workflows.planner import make_plan
from workflows.recipes.passivation import RECIPE

STUDY = """
title = "Two faces"
molecule_vacuum_A = 6.0
[level]
base = "draft"
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [2, 1]
layers = 3
sides = "{sides}"
vacuum_A = 8.0
[ligands.MA]
molecule = "MA"
state = "neutral"
[ligands.Ac]
molecule = "AcOH"
[vacancies.V_I]
element = "I"
[[passivation]]
surface = "slab"
ligands = ["MA", "MA.Ac"]
vacancies = ["V_I"]
"""


@pytest.mark.parametrize(("sides", "share", "halves"), [("one", "", 1), ("two", "1/2 ", 2)])
def test_equations_carry_the_factor(tmp_path, sides, share, halves):
    (tmp_path / "study.toml").write_text(STUDY.format(sides=sides))
    plan = make_plan(tmp_path / "study.toml")
    planned = dict(RECIPE.planned(plan))
    assert planned["V_I beside MA"].equation == (
        f"{share}slab.MA + {share}slab.V_I -> {share}slab.MA.V_I + {share}slab"
    )
    assert planned["MA and Ac together"].equation == (
        f"{share}slab.MA + {share}slab.Ac -> {share}slab.MA.Ac + {share}slab"
    )
    # The same convention as the formation energy of one vacancy from the clean surface.
    whole, vacant = (plan.species[n][0].structure for n in ("slab", "slab.V_I"))
    assert len(vacant.vacancies) - len(whole.vacancies) == halves
    coefficients = dict(parse_reaction(planned["V_I beside MA"].equation).coefficients)
    assert coefficients["slab.MA.V_I"] == pytest.approx(1 / halves)
