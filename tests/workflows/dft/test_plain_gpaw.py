"""GPAW as it comes beside GPAW with replaced parts, on a slab with spin and two k-points."""

import json
import subprocess
import sys

import pytest

from analysis.results import load_result
from docs.tools.validation import keep
from tests.workflows.cli.test_main import passivant
from workflows.execution.engine import environment, prepare
from workflows.findings.states import task_folder
from workflows.planner import make_plan

#: 2 x 1 cells and this length of the k-point grid give two k-points.
KPOINT_LENGTH_A = 12.0
SLAB = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [2, 1]
layers = 1
vacuum_A = 5.0
"""
#: NO keeps its odd electron on the slab.
RADICAL = """
[ligands.NO]
smiles = "[N]=O"
anchor_smarts = "[#7]"
site = "metal-top"

[[candidates]]
species = "slab.NO"
count = 1
"""
#: Spin-polarised too, and relaxed in a few steps.
VACANCY = """
[vacancies.V]
element = "I"

[molecules.I2]
smiles = "II"

[[reactions]]
name = "vacancy"
equation = "slab -> slab.V + 1/2 I2"
"""
FMAX_EV_PER_A = 0.1


@pytest.fixture
def study(write_study):
    def write(text, *lines):
        file = write_study(SLAB, text, ecut=200.0, fmax=FMAX_EV_PER_A)
        length = f"kpoint_length_A = {KPOINT_LENGTH_A}"
        text = file.read_text().replace("kpoint_length_A = 6.0", length)
        file.write_text(text.replace("max_steps", "\n".join([*lines, "max_steps"]), 1))
        return file

    return write


def relaxation(plan, name):
    (key,) = plan.relax_keys[name]
    return plan.tasks[key]


BOTH = """
import json, sys
from pathlib import Path
from analysis.results import atoms_from_dict
from workflows.dft.calculator import gpaw_calculator

task = json.loads(Path(sys.argv[1]).read_text())
spec = {**task["spec"], "kpoints": [1, 2, 1]}
found = {"class": []}
for plain in (True, False):
    atoms = atoms_from_dict(spec["structure"])
    limits = {**task["limits"], "plain_gpaw": plain}
    atoms.calc = gpaw_calculator(spec, limits, Path(f"{plain}.txt"))
    found["class"].append(type(atoms.calc).__name__)
    found.setdefault("energies_eV", []).append(atoms.get_potential_energy())
    found.setdefault("forces", []).append(atoms.get_forces().tolist())
    found.setdefault("moments_muB", []).append(float(atoms.calc.get_magnetic_moment()))
print(json.dumps(found))
"""


def test_energy_and_forces_are_the_same(study, tmp_path):
    tight = "scf_density = 1e-5\nscf_eigenstates_eV2 = 1e-9"
    file = study(RADICAL)
    file.write_text(
        file.read_text()
        .replace("scf_density = 1e-4\nscf_eigenstates_eV2 = 1e-7", tight)
        .replace("size = [2, 1]", "size = [1, 1]")
    )
    plan = make_plan(file)
    prepare(plan, tmp_path / "results")
    told = task_folder(relaxation(plan, "slab.NO"), tmp_path / "results") / "task.json"
    done = subprocess.run(
        [sys.executable, "-c", BOTH, str(told)],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["class"] == ["ASECalculator", "RelaxingGPAW"]
    plain, own = found["energies_eV"]
    assert own == pytest.approx(plain, abs=1e-4)
    name = "energy of NO on a slab, spin-polarised, 2 k-points, above that of GPAW as it comes"
    keep("plain", name, 1000 * (own - plain), "0: GPAW as it comes", unit="meV", digits=3)
    assert found["moments_muB"] == pytest.approx([1.0, 1.0], abs=0.2)
    largest = max(abs(x) for atom in found["forces"][0] for x in atom)
    assert largest > 0.05  # not all of them vanish by symmetry
    for one, other in zip(*found["forces"], strict=True):
        assert other == pytest.approx(one, abs=0.01)


@pytest.mark.long
def test_relaxations_end_at_the_same_energy(study, tmp_path):
    file, found = study(VACANCY), {}
    task = relaxation(make_plan(file), "slab.V")
    for flags in ((), ("--plain-gpaw",)):
        results = tmp_path / ("plain" if flags else "accelerated")
        answer = passivant("run", file, "--results", results, *flags, cwd=tmp_path)
        assert answer.returncode == 0, answer.stderr
        found[results.name] = load_result(task_folder(task, results))
    for name, result in found.items():
        assert result.values["gpaw"] == name
        assert result.values["fmax_eV_per_A"] <= FMAX_EV_PER_A
        assert result.values["steps"] > 0
    # Both stop somewhere below the largest force.
    plain, own = found["plain"], found["accelerated"]
    above_eV = own.energy_eV - plain.energy_eV
    assert above_eV == pytest.approx(0.0, abs=2e-3)
    name = "energy of a relaxed slab with a vacancy, above that by GPAW as it comes"
    keep("plain", name, 1000 * above_eV, "0: both stop below 0.1 eV/A", unit="meV", digits=2)
    # The first step of the mixing is GPAW's own.
    logs = {name: (result.folder / "gpaw.txt").read_text() for name, result in found.items()}
    assert "beta=0.25" in logs["accelerated"]
    assert "beta=0.25" not in logs["plain"]
    # What is done stays as it is, whatever is asked for later.
    before = (plain.folder / "result.json").read_bytes()
    assert passivant("run", file, "--results", tmp_path / "plain", cwd=tmp_path).returncode == 0
    assert (plain.folder / "result.json").read_bytes() == before


def test_the_switch_is_in_the_limits_and_in_no_key(study):
    usual, plain = (make_plan(study(VACANCY, *lines)) for lines in ((), ("plain_gpaw = true",)))
    assert list(plain.tasks) == list(usual.tasks)
    assert {task.limits["plain_gpaw"] for task in plain.tasks.values()} == {True}
    assert {task.limits["plain_gpaw"] for task in usual.tasks.values()} == {False}
    by_flag = usual.with_plain_gpaw()
    assert list(by_flag.tasks) == list(usual.tasks)
    assert all(task.limits["plain_gpaw"] for task in by_flag.tasks.values())
