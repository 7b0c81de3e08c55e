"""Vibrations with real GPAW."""

import json
import shutil
import subprocess

import numpy as np
import pytest

from analysis.results import atoms_to_dict, load_failure, load_result
from tests.conftest import LEVEL
from tests.findings import documents_of, findings_of, rows_of
from workflows.dft.displacements import saved_displacements
from workflows.dft.optimise.checkpoints import read_frames
from workflows.execution.engine import environment, prepare, run_plan
from workflows.findings.states import task_folder, task_states
from workflows.planner import make_plan
from workflows.recipes.registry import recipe
from workflows.store import write_result
from workflows.study.errors import StudyError

HYDROGEN = """
[molecules.H2]
smiles = "[H][H]"

[[vibrations]]
species = "H2"
"""


@pytest.fixture(scope="module")
def hydrogen(tmp_path_factory):
    """Vibrations of H2: plan and results folder."""
    base = tmp_path_factory.mktemp("vibrations")
    file = base / "study.toml"
    level = LEVEL.format(ecut=300.0, fmax=0.1, max_steps=40, dispersion="none", vacuum=3.0)
    file.write_text(level + HYDROGEN)
    plan = make_plan(file)
    run_plan(plan, base / "results", cores=1)
    return plan, base / "results"


def test_hydrogen(hydrogen):
    plan, results = hydrogen
    (row,) = rows_of("vibrations", plan, task_states(plan, results))
    assert row.status == "done"
    assert (row.geometry, row.point_group, row.symmetry_number) == ("linear", "D*h", 2)
    assert (row.multiplicity, row.imaginary_modes, row.atoms) == (1, 0, 2)
    # Huber and Herzberg (1979): 4401.2 cm^-1 harmonic; PBE is 2 % softer, this cutoff 3 % more.
    (wave,) = row.frequencies_per_cm
    assert wave == pytest.approx(4401.2, rel=0.06)
    assert wave < 4401.2
    assert row.zero_point_energy_eV == pytest.approx(wave * 1.239842e-4 / 2, rel=1e-4)
    assert row.fmax_eV_per_A < 0.015
    assert row.asymmetry_eV_per_A2 < 0.1
    assert abs(row.rigid_per_cm) > 1.0  # the grid holds the molecule


def test_structure_is_relaxed_further_before(hydrogen):
    plan, results = hydrogen
    labels = [task.label for task in plan.tasks.values()]
    assert labels == ["relax H2", "relax H2 further", "vibrations H2"]
    _, further, _ = plan.tasks.values()
    assert load_result(task_folder(further, results)).values["fmax_eV_per_A"] < 0.01


def test_table_says_how_good_the_numbers_are(hydrogen):
    plan, results = hydrogen
    states = task_states(plan, results)
    table, shifts = recipe("vibrations").tables(findings_of(plan, states))
    assert not shifts.rows
    assert "Asymmetry / eV/A^2" in table.columns
    assert "too soft at a cutoff of 300 eV" in table.warnings[0]
    (document,) = documents_of("vibrations", plan, states)["species"]
    assert document["symmetry_number"] == 2
    (notice,) = recipe("vibrations").notices(findings_of(plan, states))
    assert notice.kind == "caution"


def test_modes_are_written(hydrogen, tmp_path):
    plan, results = hydrogen
    (file,) = recipe("vibrations").files(findings_of(plan, task_states(plan, results)), tmp_path)
    head, line = file.read_text().splitlines()
    assert head == "mode,wave_number_per_cm,energy_eV,moves"
    assert line.endswith('"H 100 %"')


def run_again(folder):
    command = ["gpaw", "python", "-m", "workflows.dft.task", str(folder)]
    return subprocess.run(command, env=environment(), timeout=280, check=False).returncode


def test_saved_displacements_are_not_calculated_again(hydrogen, tmp_path):
    plan, results = hydrogen
    shutil.copytree(results, tmp_path / "results")
    task = list(plan.tasks.values())[-1]
    folder = task_folder(task, tmp_path / "results")
    before = load_result(folder).values
    (folder / "result.json").unlink()
    (folder / "hessian.npz").unlink()
    files = saved_displacements(folder)
    assert len(files) == 1 + 6 * 2
    lost, damaged, foreign = files[:3]
    kept = {file: file.read_bytes() for file in files[3:]}
    lost.unlink()
    damaged.write_text(damaged.read_text()[:40])
    data = json.loads(foreign.read_text())
    data["positions_A"][0][0] += 0.3
    data["forces_eV_per_A"][0][0] += 9.0
    foreign.write_text(json.dumps(data))
    assert run_again(folder) == 0
    assert {file: file.read_bytes() for file in kept} == kept
    assert saved_displacements(folder) == files
    after = load_result(folder).values
    assert after["fmax_eV_per_A"] == pytest.approx(before["fmax_eV_per_A"], abs=2e-3)
    copy = task_states(plan, tmp_path / "results")
    (row,), (old,) = (
        rows_of("vibrations", plan, states) for states in (copy, task_states(plan, results))
    )
    assert row.frequencies_per_cm == pytest.approx(old.frequencies_per_cm, abs=2.0)


def test_structure_that_is_not_relaxed_is_refused(hydrogen, tmp_path):
    plan, results = hydrogen
    shutil.copytree(results, tmp_path / "results")
    _, further, task = plan.tasks.values()
    relaxed = task_folder(further, tmp_path / "results") / "result.json"
    data = json.loads(relaxed.read_text())
    data["values"]["structure"]["positions_A"][0][0] += 0.05
    relaxed.write_text(json.dumps(data))
    folder = task_folder(task, tmp_path / "results")
    (folder / "result.json").unlink()
    assert run_again(folder) == 1
    reason = load_failure(folder).reason
    assert "modes are those of a relaxed structure" in reason
    (row,) = rows_of("vibrations", plan, task_states(plan, tmp_path / "results"))
    assert "above 0.01 eV/A" in row.status
    assert row.zero_point_energy_eV is None


SLAB = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 1
vacuum_A = 6.0

[[vibrations]]
species = "slab"
"""


@pytest.mark.long
def test_a_layer_of_lead_iodide(write_study, tmp_path):
    """Three translations that cost nothing, and six modes in the range of lead iodides.

    Raman lines of CsPbI3 and PbI2 lie between 50 and 115 cm^-1.
    """
    plan = make_plan(write_study(SLAB, ecut=220.0, max_steps=60))
    run_plan(plan, tmp_path / "results", cores=1)
    (row,) = rows_of("vibrations", plan, task_states(plan, tmp_path / "results"))
    assert row.status == "done"
    assert (row.atoms, row.slab_atoms, row.imaginary_modes) == (3, 3, 0)
    assert len(row.frequencies_per_cm) == 6
    assert 40.0 < row.frequencies_per_cm[0] < row.frequencies_per_cm[-1] < 130.0
    assert abs(row.rigid_per_cm) < 20.0
    assert row.point_group is None


def test_crystals_have_no_modes_here(write_study):
    file = write_study(
        '[crystals.CsI]\nmaterial = "CsI"\nprototype = "cesiumchloride"\n\n'
        '[[vibrations]]\nspecies = "CsI"\n'
    )
    with pytest.raises(StudyError, match=r"vibrations\.0\.species: 'CsI' is a crystal"):
        make_plan(file)


SINGLE_POINT = """
[single_point]
base = "production"
"""


def test_level_of_the_energies(write_study):
    """The structure is relaxed further at the level of the displacements."""
    at_energies = HYDROGEN.replace('species = "H2"', 'species = "H2"\nlevel = "single_point"')
    plan = make_plan(write_study(at_energies, SINGLE_POINT))
    cutoffs = {task.label: task.spec["level"]["ecut_eV"] for task in plan.tasks.values()}
    assert cutoffs == {
        "relax H2": 300.0, "energy H2": 600.0, "relax H2 further": 600.0, "vibrations H2": 600.0,
    }  # fmt: skip
    with pytest.raises(StudyError, match=r"vibrations\.level: 'single_point' needs a table"):
        make_plan(write_study(at_energies))


def test_cost_of_every_displacement_is_counted(write_study):
    """One SCF cycle at rest and twelve displaced ones, with forces, against three steps."""
    plan = make_plan(write_study(HYDROGEN))
    started_s = 3.0
    _, further, modes = (t.estimate.core_seconds - started_s for t in plan.tasks.values())
    assert modes / further == pytest.approx((11 + 12 * 10) / (11 + 3 * 6), rel=1e-6)


def pretended(plan, results, key, values):
    """The folder of a task with a made-up result."""
    task = plan.tasks[key]
    folder = task_folder(task, results)
    known = {"charge": 0, "fingerprint": "", **values}
    write_result(folder, task.kind, key, known)
    return folder


def test_imaginary_mode_is_followed(write_study, tmp_path):
    """H2 whose modes are said to be imaginary is pulled apart, and comes back."""
    text = HYDROGEN.replace('species = "H2"', 'species = "H2"\nfollow_imaginary = true')
    plan, results = make_plan(write_study(text)), tmp_path / "results"
    prepare(plan, results)
    labels = [task.label for task in plan.tasks.values()]
    assert labels[3:] == [
        "relax H2 along its imaginary mode further", "vibrations H2 along its imaginary mode",
    ]  # fmt: skip
    (planned,) = plan.planned["vibrations"]
    atoms = plan.species["H2"][0].structure.atoms
    atoms.set_distance(0, 1, 0.75)
    structure = atoms_to_dict(atoms)
    pretended(plan, results, planned.own.further, {"structure": structure, "energy_eV": -6.0})
    shift_A = [[0.05, 0.0, 0.0], [-0.05, 0.0, 0.0]]
    modes = {
        "structure": structure, "energy_eV": -6.0, "fmax_eV_per_A": 0.0, "displacement_A": 0.01,
        "magnetic_moment_muB": 0.0, "imaginary_mode_A": shift_A, "file": "hessian.npz",
    }  # fmt: skip
    folder = pretended(plan, results, planned.own.modes, modes)
    np.savez(folder / "hessian.npz", moved=[0, 1], force_constants_eV_per_A2=-np.eye(6))
    along = task_folder(plan.tasks[planned.own.followed.further], results)
    assert run_again(along) == 0
    found = load_result(along)
    first = read_frames(along / "relax.traj")[0]
    axis = np.array(shift_A)
    assert first.positions == pytest.approx(atoms.positions + axis, abs=1e-5)
    assert found.atoms.get_distance(0, 1) == pytest.approx(0.75, abs=0.02)
    assert "modes_of" not in found.values
    # Without an imaginary mode the modes are those of before.
    shutil.rmtree(along)
    along.mkdir()
    prepare(plan, results)
    pretended(plan, results, planned.own.modes, {**modes, "imaginary_mode_A": []})
    assert run_again(along) == 0
    assert load_result(along).values["modes_of"] == folder.name
    last = task_folder(plan.tasks[planned.own.followed.modes], results)
    assert run_again(last) == 0
    assert not saved_displacements(last)
    (row,) = rows_of("vibrations", plan, task_states(plan, results))
    assert row.status == "done"
    assert row.followed_eV is None
    assert row.imaginary_modes == 1  # those that were made up
