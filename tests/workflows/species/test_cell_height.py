"""One cell height for all slabs of a surface."""

import re

import pytest

from tests.pretended import pretend_results
from workflows.convergence.variants import plan_convergence
from workflows.dft.optimise.start import start_structure
from workflows.findings.findings import Findings
from workflows.planner import make_plan
from workflows.study.errors import StudyError

STUDY = """
title = "t"
molecule_vacuum_A = 6.0
[level]
base = "smoke"
[crystals.bulk]
material = "CsPbI3"
[surfaces.slab]
{source}
{height}
vacuum_A = 8.0
[ligands.OAm]
molecule = "OAm"
truncate_to_carbons = 2
[vacancies.V_I]
element = "I"
[molecules.I2]
smiles = "II"
[[reactions]]
name = "adsorption"
equation = "slab + OAm -> slab.OAm"
[[reactions]]
name = "vacancy"
equation = "slab.OAm -> slab.OAm.V_I + 1/2 I2"
"""
CUT = 'termination = "PbI2"\nlayers = 3\nsize = [1, 1]\n'


@pytest.fixture(params=['material = "CsPbI3"', 'crystal = "bulk"'])
def study(request, tmp_path):
    def write(height, more=""):
        file = tmp_path / "study.toml"
        file.write_text(STUDY.format(source=f"{request.param}\n{CUT}", height=height) + more)
        return file

    return write


def heights(plan):
    return {
        name: made[0].structure.atoms.cell.array[2, 2]
        for name, made in plan.species.items()
        if made[0].kind == "slab"
    }


def test_all_slabs_share_the_height(study):
    assert len(set(heights(make_plan(study(""))).values())) > 1
    plan = make_plan(study("cell_height_A = 27.25"))
    assert heights(plan) == dict.fromkeys(["slab", "slab.OAm", "slab.OAm.V_I"], 27.25)


def test_slab_that_is_cut_from_the_relaxed_crystal_has_it_too(tmp_path):
    file = tmp_path / "study.toml"
    source = f'crystal = "bulk"\n{CUT}'
    file.write_text(STUDY.format(source=source, height="cell_height_A = 27.25"))
    plan = make_plan(file)
    spec = plan.tasks[plan.relax_keys["slab"][0]].spec
    crystal = plan.species["bulk"][0].structure.atoms.copy()
    crystal.set_cell(1.02 * crystal.cell.array, scale_atoms=True)
    assert start_structure(spec, crystal).cell.array[2, 2] == 27.25


def test_height_that_leaves_too_little_vacuum_names_the_one_that_is_needed(study):
    needed = max(heights(make_plan(study(""))).values())
    with pytest.raises(StudyError) as refusal:
        make_plan(study(f"cell_height_A = {needed - 1.0}"))
    words = str(refusal.value)
    assert "surfaces.slab.cell_height_A: slab.OAm" in words
    assert re.search(rf"below vacuum_A = 8; give {needed:g} or more$", words)
    make_plan(study(f"cell_height_A = {needed}"))


def test_vacuum_cannot_be_converged_at_a_given_height(study):
    more = '[converge]\nreactions = ["adsorption"]\nvacuum_A = [8.0, 9.0]\n'
    assert plan_convergence(study("", more)).variants["vacuum_A"]
    with pytest.raises(StudyError, match="vacuum_A"):
        plan_convergence(study("cell_height_A = 40.0", more))


def test_heights_that_differ_are_noted(study, tmp_path):
    for height, expected in (("", 1), ("cell_height_A = 30.0", 0)):
        plan = make_plan(study(height))
        pretend_results(plan, tmp_path / "results", dict.fromkeys(plan.species, -1.0))
        notes = Findings(plan, tmp_path / "results").species["slab.OAm"].structure.notes
        found = [note for note in notes if "A high" in note]
        assert len(found) == expected
        made = heights(plan)
        words = f"slab.OAm: cell {made['slab.OAm']:g} A high, that of slab {made['slab']:g} A"
        assert all(note.startswith(words) for note in found)
