"""Structures that several processes build are those that one builds."""

import os

import numpy as np
import pytest

from tests.conftest import LISTED
from workflows.species import ahead
from workflows.species.builder import SpeciesBuilder
from workflows.study.errors import StudyError
from workflows.study.file import load_study

LIST = (
    LISTED
    + """
[vacancies.V_I]
element = "I"

[ligand_screen]
surface = "slab"
vacancy = "V_I"

[[reactions]]
name = "ammonia"
equation = "slab + NH3 -> slab.NH3"
"""
)


@pytest.fixture
def study(write_study, tmp_path):
    (tmp_path / "ligands.csv").write_text(
        "name,smiles\nNH3,N\nMeSH,CS\ncage,NC12CC3CC(C1)CC(C3)C2\n"
    )
    file = write_study(LIST)
    return (*load_study(file), file)


def test_they_are_the_same_and_what_does_not_fit_is_said_once(study, monkeypatch):
    monkeypatch.setattr(ahead, "MANY", 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1})
    told = []
    builder = SpeciesBuilder(study[0], study[2], tell=told.append)
    ahead.build_ahead(builder, *study)
    names = ["NH3", "slab.NH3", "slab.NH3.V_I", "MeSH", "slab.MeSH", "slab.MeSH.V_I", "cage"]
    assert told == ["10 structures in 2 processes"]
    assert set(names) <= set(builder.built)
    alone = SpeciesBuilder(study[0], study[2])
    for name in names:
        pairs = zip(builder.build(name), alone.build(name), strict=True)
        for one, other in pairs:
            mine, theirs = one.structure, other.structure
            assert str(mine.atoms.symbols) == str(theirs.atoms.symbols)
            assert np.allclose(mine.atoms.positions, theirs.atoms.positions, atol=1e-10)
            assert (mine.notes, mine.groups, mine.charge) == (
                theirs.notes, theirs.groups, theirs.charge,
            )  # fmt: skip
    assert told == ["10 structures in 2 processes"]
    reasons = []
    for each in (builder, alone):
        with pytest.raises(StudyError) as error:
            each.build("slab.cage", "ligand_screen")
        reasons.append(str(error.value))
    assert reasons[0] == reasons[1]
    assert "cage" in reasons[0]


def test_a_small_study_is_built_in_one_process(study, monkeypatch):
    monkeypatch.setattr(ahead, "_process", lambda *_: pytest.fail("a process was started"))
    builder = SpeciesBuilder(study[0], study[2])
    ahead.build_ahead(builder, *study)
    assert not builder.built
