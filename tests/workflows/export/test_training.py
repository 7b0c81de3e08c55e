"""The file for training potentials, read with ASE: energies and forces are those of the results."""

import numpy as np
import pytest
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import read
from ase.io.trajectory import Trajectory

from analysis.last_step import SCF_FACTOR, TRAJECTORY_FILE
from analysis.results import atoms_to_dict
from tests.conftest import LEVEL
from tests.workflows.export.study import folder_of, forces_of, make_study, write_step
from tests.workflows.recipes.test_screening import MOLECULES
from workflows.execution.engine import prepare
from workflows.export import export_study
from workflows.export.training import TRAINING_FILE, training_frames
from workflows.findings.findings import Findings
from workflows.findings.relaxed import RELAXATION_FORCES
from workflows.findings.states import task_folder
from workflows.planner import make_plan
from workflows.store import write_result

#: Energies as calculated in eV; that of L holds the interaction with its images.
ENERGIES_EV = [
    ("slab", -30.0), ("L", -19.25), ("slab.L", -49.5), ("slab.L", -50.0), ("slab.V", -26.5),
    ("I2", -2.0),
]  # fmt: skip


@pytest.fixture
def found(tmp_path):
    return make_study(tmp_path)


def write_steps(found, name, factors, energies_eV):
    """Ionic steps before the relaxed structure, each with what its SCF cycle was converged to."""
    folder = folder_of(found, name)
    atoms = found.states[found.plan.relax_keys[name][0]].result.atoms
    with Trajectory(folder / TRAJECTORY_FILE, "w") as trajectory:
        for number, (factor, energy_eV) in enumerate(zip(factors, energies_eV, strict=True)):
            step = atoms.copy()
            step.positions[-1, 2] += 0.1 * (len(factors) - 1 - number)
            step.info = {} if factor is None else {SCF_FACTOR: factor}
            forces = (len(factors) - number) * forces_of(atoms)
            step.calc = SinglePointCalculator(step, energy=energy_eV, forces=forces)
            trajectory.write(step)
    return atoms


def test_relaxed_structures_have_the_energies_and_forces_of_the_results(found, tmp_path):
    export_study(found, tmp_path / "out")
    frames = read(tmp_path / "out" / TRAINING_FILE, ":")
    got = [(each.info["species"], round(each.get_potential_energy(), 9)) for each in frames]
    assert sorted(got) == sorted(ENERGIES_EV)
    by_folder = {f"tasks/{s.folder.name}": s.result for s in found.states.values() if s.result}
    for frame in frames:
        result = by_folder[frame.info["folder"]]
        assert frame.get_potential_energy() == pytest.approx(result.values["energy_eV"], abs=1e-9)
        assert frame.positions == pytest.approx(result.atoms.positions, abs=1e-6)
        assert frame.cell.array == pytest.approx(result.atoms.cell.array)
        assert frame.pbc.tolist() == result.atoms.pbc.tolist()
        forces = frame.get_forces(apply_constraint=False)
        assert forces == pytest.approx(forces_of(frame), abs=1e-8)
        assert forces[0] == pytest.approx([-0.02, -0.019, -0.018])
        assert frame.info["fingerprint"] == result.fingerprint
        about = {"charge": 0, "program": "GPAW", "final": True, "level": "test"}
        assert (about | {"calculation": "relax"}).items() <= frame.info.items()
        assert frame.info["kpoints"].tolist() == [1, 1, 1]
    (vacancy,) = (frame for frame in frames if frame.info["species"] == "slab.V")
    assert vacancy.get_magnetic_moment() == 1.0
    assert vacancy.info["spin_polarised"]


def test_steps_count_only_with_the_tolerances_of_the_level(found):
    atoms = write_steps(
        found, "slab", [7.5, None, 1.0, 1.0, 1.0], [-9.0, -8.0, -27.0, -28.5, -30.0]
    )
    frames = [f for f in training_frames(found) if f.info["species"] == "slab"]
    assert [f.get_potential_energy() for f in frames] == [-27.0, -28.5, -30.0]
    assert [f.info.get("step") for f in frames] == [0, 1, None]
    assert [f.info["final"] for f in frames] == [False, False, True]
    for frame, factor, shift_A in zip(frames, (3, 2, 1), (0.2, 0.1, 0.0), strict=True):
        assert frame.get_forces(apply_constraint=False) == pytest.approx(factor * forces_of(atoms))
        assert frame.positions[-1, 2] - atoms.positions[-1, 2] == pytest.approx(shift_A)


def test_without_forces_there_is_no_frame(found, tmp_path):
    (folder_of(found, "slab") / TRAJECTORY_FILE).unlink()
    (folder_of(found, "I2") / TRAJECTORY_FILE).write_bytes(b"damaged")
    names = {frame.info["species"] for frame in training_frames(found)}
    assert names == {"L", "slab.L", "slab.V"}
    for state in found.states.values():
        (state.folder / TRAJECTORY_FILE).unlink(missing_ok=True)
    export_study(found, tmp_path / "out")
    assert not (tmp_path / "out" / TRAINING_FILE).exists()


SINGLE_POINT = """
[single_point]
base = "production"
"""


def test_forces_of_the_relaxation_go_with_its_energy(tmp_path):
    found = make_study(tmp_path, LEVEL + SINGLE_POINT)
    (key,) = found.plan.relax_keys["slab"]
    task, atoms = (
        found.plan.tasks[key],
        found.states[found.plan.species_keys["slab"][0]].result.atoms,
    )
    values = {**found.states[found.plan.species_keys["slab"][0]].result.values, "energy_eV": -23.0}
    values |= {each: task.spec[each] for each in ("level", "fingerprint")}
    write_result(folder_of(found, "slab"), task.kind, key, values)
    with Trajectory(folder_of(found, "slab") / TRAJECTORY_FILE, "w") as trajectory:
        atoms.calc = SinglePointCalculator(atoms, energy=-23.0, forces=forces_of(atoms))
        trajectory.write(atoms)
    found = Findings(found.plan, found.results)
    (frame,) = (f for f in training_frames(found) if f.info["species"] == "slab")
    assert frame.get_potential_energy() == -23.0
    assert frame.info["fingerprint"] == task.spec["fingerprint"]
    assert frame.info["fingerprint"] != found.species["slab"].result.fingerprint


def test_a_single_point_has_forces_of_its_own(tmp_path):
    """Which are also those of the exported structure; those of the relaxation are kept apart."""
    found = make_study(tmp_path, LEVEL + SINGLE_POINT)
    (relaxed,), (energy,) = (
        table["slab"] for table in (found.plan.relax_keys, found.plan.species_keys)
    )
    point, task = found.states[energy].result, found.plan.tasks[relaxed]
    own = -3.0 * forces_of(point.atoms)
    values = {**point.values, "free_energy_eV": -30.25, "forces_eV_per_A": own.tolist()}
    write_result(point.folder, "single-point", energy, values)
    about = {each: task.spec[each] for each in ("level", "fingerprint")}
    values = {**point.values, **about, "energy_eV": -29.0}
    write_result(folder_of(found, "slab"), "relax", relaxed, values)
    write_step(folder_of(found, "slab"), point.atoms)
    export_study(Findings(found.plan, found.results), tmp_path / "out")
    first, second = read(tmp_path / "out" / TRAINING_FILE, ":")
    assert [f.info["calculation"] for f in (first, second)] == ["relax", "single-point"]
    assert [f.info["level"] for f in (first, second)] == ["test", "production"]
    assert [f.get_potential_energy() for f in (first, second)] == [-29.0, -30.0]
    assert second.calc.results["free_energy"] == -30.25
    assert first.get_forces(apply_constraint=False) == pytest.approx(forces_of(first), abs=1e-8)
    assert second.get_forces(apply_constraint=False) == pytest.approx(own, abs=1e-8)
    slab = read(tmp_path / "out" / "structures" / "slab-1.xyz")
    assert slab.get_forces(apply_constraint=False) == pytest.approx(own, abs=1e-8)
    assert slab.arrays[RELAXATION_FORCES] == pytest.approx(forces_of(slab), abs=1e-8)


def test_what_was_taken_from_another_task_is_there_once(found):
    first, second = found.plan.relax_keys["slab.L"]
    result = found.states[second].result
    write_result(result.folder, "relax", second, {**result.values, "same_as": first})
    frames = list(training_frames(Findings(found.plan, found.results)))
    energies = [f.get_potential_energy() for f in frames if f.info["species"] == "slab.L"]
    assert energies == [-49.5]


def test_relaxations_for_vibrations_have_the_name_of_their_species(tmp_path):
    more = '\n[[vibrations]]\nspecies = "L"\n'
    found = make_study(tmp_path, more=more)
    (key,) = (k for k, task in found.plan.tasks.items() if task.label == "relax L further")
    (start,) = found.plan.relax_keys["L"]
    folder, result = found.states[key].folder, found.states[start].result
    write_result(folder, "relax", key, {**result.values, "energy_eV": -19.5})
    write_step(folder, result.atoms)
    frames = training_frames(Findings(found.plan, found.results))
    energies = [f.get_potential_energy() for f in frames if f.info["species"] == "L"]
    assert energies == [-19.25, -19.5]


def test_energies_of_a_machine_learned_screening_are_never_in_it(write_study, tmp_path):
    """Tasks of the potential have energies, forces and steps, as the relaxations have."""
    plan = make_plan(write_study('\n[screening]\npotential = "7net-0"\n', MOLECULES))
    prepare(plan, tmp_path / "results")
    atoms = plan.species["BA"][0].structure.atoms
    for task in plan.tasks.values():
        values = {each: task.spec[each] for each in ("level", "fingerprint", "charge")}
        values |= {"energy_eV": -1.0 if task.kind == "potential" else -2.0, "candidate": 1}
        folder = task_folder(task, tmp_path / "results")
        write_result(folder, task.kind, task.key, {**values, "structure": atoms_to_dict(atoms)})
        write_step(folder, atoms)
    found = Findings(plan, tmp_path / "results")
    kinds = [state.task.kind for state in found.states.values() if state.result]
    assert kinds.count("potential") == 3
    frames = list(training_frames(found))
    assert len(frames) == len(kinds) - 3 > 0
    assert {frame.get_potential_energy() for frame in frames} == {-2.0}


def test_energies_of_potentials_are_left_out(found):
    """A task of a potential that has energies and forces as any other."""
    (key,) = found.plan.relax_keys["slab"]
    state = found.states[key]
    other = type(state)(
        type(state.task)(**{**vars(state.task), "kind": "potential"}), state.folder, "done",
        result=state.result,
    )  # fmt: skip
    again = Findings(found.plan, found.results, {**found.states, key: other})
    names = [frame.info["species"] for frame in training_frames(again)]
    assert "slab" not in names
    assert len(names) == len(ENERGIES_EV) - 1
    assert all(np.isfinite(f.get_potential_energy()) for f in training_frames(again))
