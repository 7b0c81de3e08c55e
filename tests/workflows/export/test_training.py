"""The file for training potentials, read with ASE: energies and forces are those of the results."""

import numpy as np
import pytest
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import read
from ase.io.trajectory import Trajectory

from analysis.last_step import SCF_FACTOR, TRAJECTORY_FILE
from tests.conftest import LEVEL
from tests.workflows.export.study import folder_of, forces_of, make_study
from workflows.export import export_study
from workflows.export.training import TRAINING_FILE, training_frames
from workflows.findings.findings import Findings
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
        assert (frame.info["charge"], frame.info["program"], frame.info["final"]) == (
            0, "GPAW", True,
        )  # fmt: skip
    (vacancy,) = (frame for frame in frames if frame.info["species"] == "slab.V")
    assert vacancy.get_magnetic_moment() == 1.0


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
