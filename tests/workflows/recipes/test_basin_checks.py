"""Basin checks: what starts from where, and that every slab is tried in the better basin."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.results import Result
from tests.findings import documents_of, rows_of
from workflows.dft.optimise.start import start_structure
from workflows.dft.parents import chosen_start, taken_values
from workflows.execution.engine import run_plan
from workflows.planner import make_plan
from workflows.planning import specs

SLABS = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 3
vacuum_A = 6.0

[ligands.A]
smiles = "N"
anchor_smarts = "[NX3]"

[ligands.X]
molecule = "AcOH"
state = "anion"
balance = "substitution"

[vacancies.V]
element = "I"
starts = ["as-cut", "rattled"]

[molecules.I2]
smiles = "II"

[[basin_checks]]
species = "slab.A"

[[reactions]]
name = "V"
equation = "slab.A -> slab.A.V + 1/2 I2"

[[reactions]]
name = "V alone"
equation = "slab -> slab.V + 1/2 I2"
"""
TWO = SLABS.replace('species = "slab.A"', 'species = "{source}"')
CANDIDATES = '\n[[candidates]]\nspecies = "slab.A"\ncount = 2\n[placement]\ndiversity_A = 0.2\n'


def by_label(plan):
    return {task.label: task for task in plan.tasks.values()}


def test_what_was_made_from_the_slab_is_tried_in_its_better_basin(write_study):
    plan = make_plan(write_study(SLABS))
    tasks = by_label(plan)
    own, stripped = plan.relax_keys["slab"]
    assert plan.first_keys["slab"] == (own,)
    assert tasks["relax slab from slab.A"].key == stripped
    # The covered slab is the one that has found the basin, and so is what was made from it.
    assert plan.relax_keys["slab.A"] == plan.first_keys["slab.A"]
    assert plan.relax_keys["slab.A.V"] == plan.first_keys["slab.A.V"]
    *first, other = plan.relax_keys["slab.V"]
    assert plan.first_keys["slab.V"] == tuple(first)
    assert len(first) == 2
    assert all(plan.tasks[key].parents == (own,) for key in first)
    assert plan.tasks[other].parents == (*first, own, stripped)
    assert plan.tasks[other].label == "relax slab.V from the better basin"
    assert plan.tasks[other].spec["basin"]["least_gain_eV"] == 0.01


def test_a_check_of_a_vacancy_puts_the_ion_back(write_study):
    plan = make_plan(write_study(TWO.format(source="slab.V")))
    own = plan.species["slab"][0].structure.atoms
    defective = plan.species["slab.V"][0]
    spec = by_label(plan)["relax slab from slab.V"].spec
    relaxed = defective.structure.atoms.copy()
    shift = np.array([0.3, -0.2, 0.0])
    relaxed.positions += shift
    parents = [result(key, n) for n, key in enumerate(spec["parents"])]
    start = start_structure(chosen_start(spec, parents)[0], relaxed)
    assert (start.numbers == own.numbers).all()
    assert len(start) == len(relaxed) + 1
    # All of it has moved by the same vector, the ion that was put back too.
    assert start.positions == pytest.approx(own.positions + shift, abs=1e-5)
    names = {name for name, keys in plan.relax_keys.items() if keys != plan.first_keys[name]}
    assert names == {"slab", "slab.A", "slab.A.V"}


def test_a_check_of_an_exchanged_slab_takes_the_ligand_away(write_study):
    dos = '\n[[dos]]\nspecies = "slab.X"\n'
    plan = make_plan(write_study(TWO.format(source="slab.X"), dos))
    own = plan.species["slab"][0].structure.atoms
    covered = plan.species["slab.X"][0].structure.atoms
    spec = by_label(plan)["relax slab from slab.X"].spec
    start = start_structure(spec, covered)
    assert (start.numbers == own.numbers).all()
    assert start.positions == pytest.approx(own.positions, abs=1e-5)


def test_a_vacancy_beside_a_ligand_puts_both_back(write_study):
    plan = make_plan(write_study(TWO.format(source="slab.A.V")))
    own = plan.species["slab"][0].structure.atoms
    rattled = plan.species["slab.A.V"][1]
    spec = by_label(plan)["relax slab from slab.A.V"].spec
    parents = [result(key, -n) for n, key in enumerate(spec["parents"])]
    chosen, parent, about = chosen_start(spec, parents)
    assert parent is parents[1]
    assert about == {"candidate": 2}  # of the slab, whose first is that from its own start
    start = start_structure(chosen, rattled.structure.atoms)
    assert (start.numbers == own.numbers).all()
    near = np.linalg.norm(start.positions - own.positions, axis=1)
    assert near.max() < 1e-4  # the random displacements are taken back too


def result(key, energy_eV):
    return Result(Path(key), "relax", key, {"energy_eV": energy_eV})


def spec_of(write_study, text, name):
    plan = make_plan(write_study(text))
    return plan, plan.tasks[plan.relax_keys[name][-1]].spec


def parents_of(spec, **energies_eV):
    """Results in the order of the parents; those of `new` may hold a candidate."""
    basin = spec["basin"]
    return [
        result(key, energy_eV)
        for group in ("own", "old", "new")
        for key, energy_eV in zip(basin[group], energies_eV[group], strict=True)
    ]


def test_the_better_basin_is_where_the_lowest_start_goes(write_study):
    plan, spec = spec_of(write_study, SLABS, "slab.V")
    parents = parents_of(spec, own=[-5.0, -5.2], old=[-10.0], new=[-10.3])
    assert taken_values(spec, parents) is None
    chosen, parent, about = chosen_start(spec, parents)
    assert parent.key == plan.relax_keys["slab"][1]
    assert about == {"candidate": 2}
    rattled = plan.species["slab.V"][1].structure.atoms
    assert chosen["structure"]["positions_A"] == pytest.approx(rattled.positions, abs=1e-6)


@pytest.mark.parametrize("new_eV", [-9.8, -10.0, -10.005])
def test_without_a_better_basin_the_lowest_result_is_taken(write_study, new_eV):
    _, spec = spec_of(write_study, SLABS, "slab.V")
    parents = parents_of(spec, own=[-5.0, -5.2], old=[-10.0], new=[new_eV])
    taken = taken_values(spec, parents)
    assert taken == {"energy_eV": -5.2, "same_as": spec["basin"]["own"][1], "candidate": 2}


def test_the_start_belongs_to_the_candidate_that_holds_the_basin(write_study):
    text = TWO.format(source="slab.V").replace('smiles = "N"', 'smiles = "CN"') + CANDIDATES
    plan, spec = spec_of(write_study, text, "slab.A.V")
    assert [each["from_candidate"] for each in spec["starts"]] == [1, 1, 2, 2]
    parents = parents_of(spec, own=[-1.0, -2.0, -3.0, -4.0], old=[-10.0, -10.1], new=[-10.3])
    parents[-1] = replace(parents[-1], values={"energy_eV": -10.3, "candidate": 1})
    _, parent, about = chosen_start(spec, parents)
    assert parent.key == plan.relax_keys["slab.A"][-1]
    assert about == {"candidate": 2}  # the lowest is 4, whose ligand lies elsewhere


TINY = SLABS.replace("layers = 3", "layers = 1").replace(', "rattled"', "")
SINGLE = """
[single_point]
name = "single"
functional = "PBE"
ecut_eV = 250.0
kpoint_length_A = 1.0
smearing_eV = 0.1
dispersion = "none"
fmax_eV_per_A = 0.9
"""


@pytest.mark.long
def test_basins_with_gpaw(write_study, tmp_path, monkeypatch):
    settings = {"ecut": 200.0, "fmax": 0.9, "vacuum": 3.0}
    file = write_study(TINY, SINGLE, **settings)
    results = tmp_path / "results"

    def energies_of(plan, name):
        return [states[key].result.energy_eV for key in plan.species_keys[name]]

    # No basin is so much better.
    monkeypatch.setattr(specs, "SAME_BASIN_EV", 50.0)
    plan = make_plan(file)
    states = run_plan(plan, results, cores=2)
    assert {s.state for s in states.values()} == {"done"}, [s.why for s in states.values()]
    own_eV, other_eV = energies_of(plan, "slab.V")
    assert own_eV == other_eV
    taken = states[plan.species_keys["slab.V"][1]]
    assert taken.result.values["same_as"] == plan.species_keys["slab.V"][0]
    assert not (taken.folder / "gpaw.txt").exists()
    slab, vacancy = documents_of("basin_checks", plan, states)
    assert slab["change_eV"] == pytest.approx(np.diff(energies_of(plan, "slab"))[0])
    assert (vacancy["species"], vacancy["relaxed_from"]) == ("slab.V", "slab")
    assert (vacancy["change_eV"], vacancy["status"]) == (None, "slab has no lower basin")
    assert [row.species for row in rows_of("candidates", plan, states)] == ["slab"] * 2

    # Every basin is better.
    monkeypatch.setattr(specs, "SAME_BASIN_EV", -50.0)
    plan = make_plan(file)
    states = run_plan(plan, results, cores=2)
    own_eV, other_eV = energies_of(plan, "slab.V")
    assert own_eV != other_eV
    assert other_eV == pytest.approx(own_eV, abs=0.5)
    _, vacancy = documents_of("basin_checks", plan, states)
    assert vacancy["change_eV"] == pytest.approx(other_eV - own_eV)
    alone = next(row for row in rows_of("reactions", plan, states) if row.name == "V alone")
    iodine_eV = energies_of(plan, "I2")[0]
    expected = min(own_eV, other_eV) + iodine_eV / 2 - min(energies_of(plan, "slab"))
    assert alone.reaction_energy_eV == pytest.approx(expected)
