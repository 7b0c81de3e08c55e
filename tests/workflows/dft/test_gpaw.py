"""Real GPAW on tiny systems: energies, interruption, density of states, densities."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from ase.db import connect

from analysis.dos.density_of_states import load_dos
from analysis.energies.dipole_images import without_images
from analysis.results import load_failure, load_result
from tests.conftest import AMMONIA_ON_PBI2, HCL, LEVEL, METHYLAMINE
from tests.findings import rows_of
from workflows.execution.engine import environment, prepare, run_plan
from workflows.export import export_study
from workflows.findings.findings import Findings
from workflows.findings.states import task_folder, task_states
from workflows.planner import make_plan
from workflows.summary import tables

PASSIVANT = str(Path(sys.executable).parent / "passivant")


def run_task(folder, ranks=1):
    command = ["gpaw", "python", "-m", "workflows.dft.task", str(folder)]
    if ranks > 1:
        command = ["mpiexec", "--bind-to", "none", "-n", str(ranks), *command]
    return subprocess.Popen(command, env=environment())


def only_task(plan, label, results):
    (task,) = [t for t in plan.tasks.values() if t.label == label]
    return task, task_folder(task, results)


def test_formation_of_hydrogen_chloride(write_study, tmp_path):
    study = write_study(HCL, ecut=400.0, fmax=0.05, vacuum=5.0)
    plan = make_plan(study)
    states = run_plan(plan, tmp_path / "results", cores=2)
    assert {s.state for s in states.values()} == {"done"}
    (row,) = rows_of("reactions", plan, states)
    # PBE atomisation energies (H2 4.54, Cl2 2.85, HCl 4.61 eV): -0.91 eV.
    assert row.reaction_energy_eV == pytest.approx(-0.91, abs=0.03)
    assert row.difference_eV == pytest.approx(row.reaction_energy_eV + 0.957)
    bonds = {
        name: load_result(task_folder(plan.tasks[key], tmp_path / "results")).atoms.get_distance(
            0, 1
        )
        for name, (key,) in plan.species_keys.items()
    }
    assert bonds["H2"] == pytest.approx(0.751, abs=0.01)
    assert bonds["HCl"] == pytest.approx(1.288, abs=0.02)
    for term in row.terms:
        assert (Path(term.folder) / "gpaw.txt").is_file()
    # A second run recomputes nothing.
    times = {p: p.stat().st_mtime_ns for p in (tmp_path / "results").glob("tasks/*/*")}
    run_plan(plan, tmp_path / "results", cores=2)
    after = {p: p.stat().st_mtime_ns for p in (tmp_path / "results").glob("tasks/*/*")}
    assert after == times


@pytest.mark.long
def test_beef_ensemble_gives_an_error_bar(write_study, tmp_path):
    study = write_study(HCL, ecut=400.0, fmax=0.1, vacuum=4.0)
    study.write_text(study.read_text().replace('"PBE"', '"BEEF-vdW"'))
    plan = make_plan(study)
    states = run_plan(plan, tmp_path / "results", cores=2)
    (row,) = rows_of("reactions", plan, states)
    # The members differ by electronvolts for each molecule, but by little for the reaction,
    # and the measured -0.957 eV lies within a few standard deviations.
    assert row.reaction_energy_eV == pytest.approx(-0.83, abs=0.05)
    assert 0.01 < row.functional_error_eV < 0.15
    alone = [np.std(states[k].result.values["ensemble_eV"]) for (k,) in plan.species_keys.values()]
    assert min(alone) > 10 * row.functional_error_eV
    (table,) = tables(plan, tmp_path / "results", "reactions")
    place = table.columns.index("Uncertainty / eV")
    assert table.rows[0][place] == f"{row.functional_error_eV:.3f}"
    assert row.uncertainty.parts == {"functional": row.functional_error_eV}
    assert row.uncertainty.lacks == ("convergence",)


def test_killed_relaxation_resumes_to_the_same_energy(write_study, tmp_path):
    plan = make_plan(write_study(METHYLAMINE, fmax=0.1))
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    prepare(plan, whole)
    prepare(plan, broken)
    _, folder = only_task(plan, "relax OAm", whole)
    assert run_task(folder).wait(timeout=600) == 0
    expected = load_result(folder)
    _, folder = only_task(plan, "relax OAm", broken)
    process = run_task(folder)
    progress = folder / "progress.json"
    limit = time.monotonic() + 300
    while not (progress.exists() and json.loads(progress.read_text())["step"] >= 2):
        assert time.monotonic() < limit
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert load_result(folder) is None
    (state,) = [s for s in task_states(plan, broken).values() if s.task.label == "relax OAm"]
    assert state.state == "waiting"
    assert run_task(folder, ranks=2).wait(timeout=600) == 0
    resumed = load_result(folder)
    # Both stop somewhere below 0.1 eV/A.
    assert resumed.energy_eV == pytest.approx(expected.energy_eV, abs=5e-3)
    assert resumed.fingerprint == expected.fingerprint
    assert resumed.values["steps"] >= 2
    # The scheme of the log: one file, continued by the second attempt.
    assert (folder / "gpaw.txt").read_text().count("SCF iterations") > resumed.values["steps"]


def test_unconverged_work_gives_no_energy_and_goes_on_with_more_steps(write_study, tmp_path):
    results = tmp_path / "results"
    short = make_plan(write_study(METHYLAMINE, fmax=0.1, max_steps=1))
    _, folder = only_task(short, "relax OAm", results)
    states = run_plan(short, results, cores=1)
    assert load_result(folder) is None
    assert load_failure(folder).unconverged
    assert "after 1 steps, above 0.1 eV/A" in load_failure(folder).reason
    assert [s.state for s in states.values()] == ["unconverged", "blocked"]
    # The same limit is not tried again; a higher one goes on from the last step.
    before = (folder / "gpaw.txt").stat().st_size
    run_plan(short, results, cores=1)
    assert (folder / "gpaw.txt").stat().st_size == before
    longer = make_plan(write_study(METHYLAMINE, fmax=0.1, max_steps=40))
    assert set(longer.tasks) == set(short.tasks)
    states = run_plan(longer, results, cores=1)
    assert {s.state for s in states.values()} == {"done"}
    assert 1 < load_result(folder).values["steps"] <= 40


def test_damaged_parent_is_calculated_again_and_the_child_goes_on(write_study, tmp_path):
    results = tmp_path / "results"
    plan = make_plan(write_study(METHYLAMINE, fmax=0.5))
    assert {s.state for s in run_plan(plan, results, cores=1).values()} == {"done"}
    _, parent = only_task(plan, "relax OAm", results)
    _, child = only_task(plan, "DOS OAm", results)
    energy = load_result(parent).energy_eV
    whole = (parent / "result.json").read_text()
    (parent / "result.json").write_text(whole[: len(whole) // 2])
    (child / "result.json").unlink()
    assert run_task(child).wait(timeout=60) != 0
    assert load_failure(child) is None
    assert {s.state for s in run_plan(plan, results, cores=1).values()} == {"done"}
    assert load_result(parent).energy_eV == pytest.approx(energy, abs=1e-3)
    assert len(list(parent.glob("result.json.*.damaged"))) == 1


def test_scf_failure_is_recorded_and_gives_no_energy(write_study, tmp_path):
    study = write_study(HCL)
    study.write_text(study.read_text().replace("max_steps", "max_scf_iterations = 10\nmax_steps"))
    text = study.read_text().replace("scf_eigenstates_eV2 = 1e-7", "scf_eigenstates_eV2 = 1e-20")
    study.write_text(text)
    states = run_plan(make_plan(study), tmp_path / "results", cores=1)
    assert {s.state for s in states.values()} == {"failed"}
    for state in states.values():
        assert state.why.startswith("the SCF cycle did not converge, nor with Pulay mixing")
        assert load_result(state.folder) is None


def test_dispersion_is_part_of_energy_and_forces(write_study, tmp_path):
    energies = {}
    for dispersion in ("D3(BJ)", "D4"):
        study = write_study(METHYLAMINE, dispersion=dispersion, fmax=0.5)
        plan = make_plan(study)
        prepare(plan, tmp_path / "results")
        _, folder = only_task(plan, "relax OAm", tmp_path / "results")
        assert run_task(folder).wait(timeout=120) == 0
        values = load_result(folder).values
        energies[dispersion] = values["dispersion_energy_eV"]
        assert values["level"]["dispersion"] == dispersion
    assert -0.2 < energies["D3(BJ)"] < -0.02
    assert -0.2 < energies["D4"] < -0.02
    assert energies["D3(BJ)"] != energies["D4"]
    sensitivity = values["dispersion_sensitivity_eV"]
    assert sensitivity["D4"] == energies["D4"]
    assert sensitivity["D3(BJ)"] == pytest.approx(energies["D3(BJ)"], abs=0.005)
    assert sensitivity["none"] == 0.0


@pytest.fixture(scope="module")
def ammonia(tmp_path_factory):
    base = tmp_path_factory.mktemp("ammonia")
    file = base / "study.toml"
    level = LEVEL.format(ecut=220.0, fmax=0.8, max_steps=40, dispersion="none", vacuum=3.5)
    file.write_text(level + AMMONIA_ON_PBI2)
    plan = make_plan(file)
    states = run_plan(plan, base / "results", cores=2)
    assert {s.state for s in states.values()} == {"done"}, [s.why for s in states.values()]
    return plan, base / "results"


REACTIONS = """
[vacancies.V]
element = "I"

[molecules.I2]
smiles = "II"

[[reactions]]
name = "adsorption"
equation = "slab + NH3 -> slab.NH3"

[[reactions]]
name = "vacancy"
equation = "slab -> slab.V + 1/2 I2"
"""


def test_plain_ase_script_finds_the_same_energies(tmp_path):
    file = tmp_path / "study.toml"
    level = LEVEL.format(ecut=220.0, fmax=0.8, max_steps=40, dispersion="D3(BJ)", vacuum=3.5)
    bare = AMMONIA_ON_PBI2[: AMMONIA_ON_PBI2.index("[[dos]]")]
    file.write_text(level + bare + REACTIONS)
    plan = make_plan(file)
    states = run_plan(plan, tmp_path / "results", cores=2)
    rows = rows_of("reactions", plan, states)
    assert [row.status for row in rows] == ["done", "done"]
    export_study(Findings(plan, tmp_path / "results"), tmp_path / "out")
    script = [sys.executable, str(Path(__file__).parents[2] / "plain_ase.py")]
    done = subprocess.run(
        [*script, str(tmp_path / "out" / "energies.db")],
        env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    plain = [float(line) for line in done.stdout.split()]
    with connect(tmp_path / "out" / "energies.db") as database:
        for row in database.select():
            # Without those on fixed atoms, and without the net force on a molecule.
            forces = row.toatoms().get_forces()
            forces -= forces.mean(axis=0) if row.kind == "molecule" else 0.0
            largest = float(np.linalg.norm(forces, axis=1).max())
            assert largest == pytest.approx(row.fmax_eV_per_A, abs=0.02), row.species
            assert row.forces.any(), row.species
    # The script knows nothing of the interaction between images of the molecule's dipole.
    molecule = states[plan.species_keys["NH3"][0]].result
    images_eV = without_images(molecule).values["dipole_image_energy_eV"]
    assert images_eV < -1e-3
    expected = [rows[0].reaction_energy_eV - images_eV, rows[1].reaction_energy_eV]
    assert plain == pytest.approx(expected, abs=1e-3)


def test_dos_of_a_covered_slab_with_and_without_spin_orbit_coupling(ammonia):
    plan, results = ammonia
    _, folder = only_task(plan, "DOS slab.NH3", results)
    values = load_result(folder).values
    # Pb 14 + 2 x I 7 + N 5 + 3 x H 1.
    assert values["valence_electrons"] == pytest.approx(36.0)
    dos = load_dos(folder)
    assert dos.select(element="Pb", orbital="p").sum() > 0
    for coupled in (False, True):
        parts = [dos.select(group=g, spin_orbit=coupled) for g in ("slab", "NH3")]
        assert sum(parts) == pytest.approx(dos.spectra[coupled].select(), rel=1e-5, abs=1e-6)
    # The dipole of ammonia, hydrogen upwards, lowers the vacuum level above.
    assert dos.vacuum_eV["above"] < dos.vacuum_eV["below"] - 0.5
    assert dos.zero_eV("vacuum", dos.scalar) == dos.vacuum_eV["above"]
    assert 0.0 < dos.spin_orbit.edges.gap_eV < dos.scalar.edges.gap_eV


def test_charged_cell_is_refused(tmp_path):
    from workflows.dft.calculator import gpaw_calculator
    from workflows.dft.errors import PhysicsError

    with pytest.raises(PhysicsError, match="charged periodic cell"):
        gpaw_calculator({"level": {}, "charge": 1}, {}, tmp_path / "log")


def test_ctrl_c_stops_everything_and_a_second_run_goes_on(write_study, tmp_path):
    study = write_study(METHYLAMINE, fmax=0.1)
    command = [PASSIVANT, "run", str(study), "--cores", "1"]
    errors = tmp_path / "errors.txt"
    with errors.open("w") as file:
        process = subprocess.Popen(command, stderr=file, cwd=tmp_path)
    limit = time.monotonic() + 90
    while not list(tmp_path.glob("results/tasks/*/relax.traj")):
        assert time.monotonic() < limit
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    code = process.wait(timeout=60)
    messages = errors.read_text()
    assert code == 130, messages
    assert "goes on from here" in messages
    assert "Traceback" not in messages
    alive = [
        p
        for p in Path("/proc").glob("[0-9]*/cmdline")
        if str(tmp_path).encode() in p.read_bytes() and b"pytest" not in p.read_bytes()
    ]
    assert alive == []
    again = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert again.returncode == 0, again.stderr
    table = subprocess.run(
        [PASSIVANT, "status", str(study), "--json"], capture_output=True, text=True, check=True
    )
    assert {row["state"] for row in json.loads(table.stdout)} == {"done"}
    export = [PASSIVANT, "export", str(study), str(tmp_path / "out")]
    assert subprocess.run(export, check=False).returncode == 0
    names = {p.name for p in (tmp_path / "out").iterdir()}
    assert {"tables.md", "tables.tex", "dos.csv", "data.json", "DOS-OAm.png"} <= names
