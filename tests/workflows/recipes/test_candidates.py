"""Several candidates of one species, and slabs cut from a relaxed crystal."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms

from analysis.energies.dipole_images import without_images
from analysis.energies.rows import Calculated, lowest
from analysis.results import Result
from slabs.structure import Structure
from tests.findings import documents_of, rows_of
from workflows.execution.engine import run_plan
from workflows.planner import make_plan
from workflows.study.errors import StudyError
from workflows.summary import tables

TWO_CANDIDATES = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 1
vacuum_A = 6.0

[ligands.MA]
molecule = "MA"
state = "neutral"

[[candidates]]
species = "slab.MA"
count = 2

[[reactions]]
name = "adsorption"
equation = "slab + MA -> slab.MA"

[placement]
diversity_A = 0.2
azimuth_step_deg = 15.0
"""

WIDE = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [2, 2]
layers = 3
vacuum_A = 8.0
sides = "{sides}"

[ligands.BA]
molecule = "BA"
conformers = 4
orientation = "any"

[vacancies.V_I]
element = "I"
sites = 2
starts = ["as-cut", "dimer"]
spin_seeds = ["neighbours", "one-neighbour"]

[[candidates]]
species = "slab.BA"
count = 3

[[dos]]
species = "slab.BA"

[[dos]]
species = "slab.V_I"

[[dos]]
species = "slab.BA.V_I"
"""

CUT = """
[crystals.bulk]
material = "CsPbI3"
lattice_constants_A = [6.25]
strains = [-0.01, 0.01, 0.03, 0.05, 0.07]
kpoint_length_A = 12.0

[surfaces.slab]
crystal = "bulk"
termination = "PbI2"
size = [1, 1]
layers = 1
vacuum_A = 6.0

[[dos]]
species = "slab"
"""


def labels(plan, name):
    return [plan.tasks[key].label for key in plan.species_keys[name]]


def test_every_candidate_is_a_task_and_outputs_wait_for_all(write_study):
    plan = make_plan(write_study(WIDE.format(sides="one")))
    assert labels(plan, "slab.BA") == [f"relax slab.BA #{n}" for n in (1, 2, 3)]
    scores = [s.structure.score_eV for s in plan.species["slab.BA"]]
    assert scores == sorted(scores)
    dos = plan.tasks[plan.planned["dos"][0]]
    assert dos.parents == plan.species_keys["slab.BA"]
    assert len({s.structure.placement for s in plan.species["slab.BA"]}) == 3


def test_vacancies_multiply_sites_starts_spins_and_the_candidates_they_start_from(write_study):
    plan = make_plan(write_study(WIDE.format(sides="one")))
    # one distinct surface iodide of the bare cubic slab, two starts, two spin seeds
    assert len(plan.species["slab.V_I"]) == 1 * 2 * 2
    covered = plan.species["slab.BA.V_I"]
    assert len(covered) == 3 * 2 * 2 * 2
    assert [s.parent for s in covered[::8]] == [("slab.BA", n) for n in (0, 1, 2)]
    parents = [plan.tasks[key].parents[0] for key in plan.species_keys["slab.BA.V_I"]]
    assert parents[::8] == list(plan.species_keys["slab.BA"])
    assert all(s.structure.atoms.get_initial_magnetic_moments().sum() == 1.0 for s in covered)


def test_two_faces_hold_one_unpaired_electron_each(write_study):
    plan = make_plan(write_study(WIDE.format(sides="two")))
    for species in plan.species["slab.V_I"]:
        moments = species.structure.atoms.get_initial_magnetic_moments()
        assert moments.sum() == pytest.approx(2.0)
        middle = species.structure.atoms.positions[:, 2].mean()
        above = species.structure.atoms.positions[:, 2] > middle
        assert moments[above].sum() == pytest.approx(1.0)
    assert all(plan.tasks[k].spec["spin_polarised"] for k in plan.species_keys["slab.V_I"])


def test_candidates_of_a_bare_slab_are_refused(write_study):
    file = write_study(TWO_CANDIDATES.replace('"slab.MA"\ncount', '"slab"\ncount'))
    with pytest.raises(StudyError, match=r"candidates.0.species: 'slab' must be a slab with lig"):
        make_plan(file)


def calculated(energy_eV, state="done"):
    atoms = Atoms("H")
    result = None
    if state == "done":
        result = Result(Path(), "relax", "key", {"energy_eV": energy_eV})
    return Calculated(Structure(atoms, ("x",)), Path(f"{energy_eV}"), state, "", result)


def test_lowest_energy_counts_once_all_candidates_are_finished():
    first, second, third = calculated(-1.0), calculated(-3.0), calculated(-2.0)
    best = lowest("a.B", [first, second, third])
    assert best.result.energy_eV == -3.0
    assert best.structure.notes == ("a.B: lowest of 3 candidates",)
    waiting = lowest("a.B", [first, calculated(0.0, "waiting"), third])
    assert waiting.result is None
    assert waiting.why == "2 of 3 candidates done"
    failed = lowest("a.B", [first, calculated(0.0, "unconverged"), third])
    assert failed.result.energy_eV == -2.0
    assert "1 more did not converge" in failed.structure.notes[0]
    nothing = [replace(calculated(0.0, "failed"), why="no"), calculated(0.0, "failed")]
    assert lowest("a.B", nothing).result is None


def test_two_candidates_with_gpaw_and_the_lower_one_enters_the_reaction(write_study, tmp_path):
    plan = make_plan(write_study(TWO_CANDIDATES, ecut=220.0, fmax=0.9, vacuum=3.0))
    results = tmp_path / "results"
    states = run_plan(plan, results, cores=2)
    assert {s.state for s in states.values()} == {"done"}
    energy = [states[key].result.energy_eV for key in plan.species_keys["slab.MA"]]
    alone = [
        without_images(states[plan.species_keys[n][0]].result).energy_eV for n in ("slab", "MA")
    ]
    (row,) = rows_of("reactions", plan, states)
    assert row.reaction_energy_eV == pytest.approx(min(energy) - sum(alone))
    rows = documents_of("candidates", plan, states)
    assert [r["chosen"] for r in rows] == [e == min(energy) for e in energy]
    assert min(r["above_lowest_eV"] for r in rows) == 0.0
    (table,) = tables(plan, results, "candidates")
    assert len(table.rows) == 2


@pytest.mark.long
def test_slab_takes_the_lattice_constant_of_the_relaxed_crystal(write_study, tmp_path):
    plan = make_plan(write_study(CUT, ecut=300.0, fmax=0.5))
    states = run_plan(plan, tmp_path / "results", cores=2)
    assert {s.state for s in states.values()} == {"done"}
    bulk = states[plan.species_keys["bulk"][0]].result
    slab = states[plan.species_keys["slab"][0]].result
    a = bulk.values["lattice_constant_A"]
    assert 6.25 * 1.005 < a < 6.25 * 1.06  # larger than the guess, inside the scanned range
    assert slab.atoms.cell.lengths()[:2] == pytest.approx([a, a])
    assert np.ptp(slab.atoms.positions[:, 2]) < 0.5
