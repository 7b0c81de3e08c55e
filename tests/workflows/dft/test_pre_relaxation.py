"""Starts that another calculator relaxes first; Morse stands in for one, and GPAW decides."""

import json

import numpy as np
import pytest

from analysis.results import load_result
from tests.conftest import METHYLAMINE
from tests.workflows.cli.test_main import passivant
from workflows.dft.optimise.pre_relaxation import RECORD_FILE
from workflows.execution.engine import run_plan
from workflows.findings.states import task_folder, task_states
from workflows.planner import make_plan

ASKED = '[[candidates]]\nspecies = "OAm"\ncount = 1\n'


@pytest.fixture
def study(write_study):
    def write(*lines, name="study"):
        file = write_study(METHYLAMINE.split("[[dos]]")[0], ASKED, ecut=200.0, fmax=0.2, name=name)
        text = file.read_text()
        file.write_text(text.replace("max_steps", "\n".join([*lines, "max_steps"]), 1))
        return file

    return write


def relaxed(file, results):
    plan = make_plan(file)
    (state,) = run_plan(plan, results, cores=1).values()
    assert state.state == "done", state.why
    return load_result(task_folder(state.task, results)).values


def test_the_energy_is_that_of_the_level(study, tmp_path):
    plain = relaxed(study(name="plain"), tmp_path / "plain")
    options = "epsilon = 0.5, r0 = 1.15, rho0 = 5.0, rcut1 = 1.25, rcut2 = 1.35"
    first = study(
        'pre_relaxation = "ase.calculators.morse:MorsePotential"',
        f"pre_relaxation_options = {{ {options} }}",
    )
    values = relaxed(first, tmp_path / "morse")
    assert "pre_relaxation" not in plain
    record = values["pre_relaxation"]
    assert record["used"], record
    assert record["calculator"] == "ase.calculators.morse:MorsePotential"
    assert record["steps"] > 0
    assert values["fmax_eV_per_A"] <= 0.2
    # Bonds of hydrogen of 1.15 A are a worse start; what GPAW finds from there is not.
    assert values["energy_eV"] == pytest.approx(plain["energy_eV"], abs=0.05)
    assert not np.allclose(values["structure"]["positions_A"], plain["structure"]["positions_A"])


def test_a_start_that_falls_apart_is_not_used(study, tmp_path):
    plain = relaxed(study(name="plain"), tmp_path / "plain")
    options = "pre_relaxation_options = { sigma = 3.0, epsilon = 5.0, rc = 9.0 }"
    file = study('pre_relaxation = "ase.calculators.lj:LennardJones"', options)
    values = relaxed(file, tmp_path / "lj")
    assert not values["pre_relaxation"]["used"]
    assert values["pre_relaxation"]["why"]
    assert values["energy_eV"] == pytest.approx(plain["energy_eV"], abs=1e-6)


def test_a_calculator_that_fails_is_recorded(study, tmp_path):
    options = 'pre_relaxation_options = { nonsense = "1" }'
    file = study('pre_relaxation = "ase.calculators.morse:MorsePotential"', options)
    plan, results = make_plan(file), tmp_path / "results"
    (state,) = run_plan(plan, results, cores=1).values()
    record = json.loads((state.folder / RECORD_FILE).read_text())
    assert record["used"] is False
    assert state.result.values["pre_relaxation"] == record


def test_it_decides_no_key(study):
    plain, other = study(name="plain"), study('pre_relaxation = "ase.calculators.emt:EMT"')
    assert list(make_plan(plain).tasks) == list(make_plan(other).tasks)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("os:system", "holds no calculator"),
        ("no_such_package:Class", "cannot be imported here"),
        ("numpy:array", "no class of an ASE calculator"),
        ("ase.calculators.gromacs:Gromacs", "runs another program"),
        ("ase.calculators.vasp:Vasp", "runs another program"),
    ],
)
def test_what_is_no_calculator_is_refused(study, tmp_path, value, words):
    file = study(f'pre_relaxation = "{value}"')
    for command in (["check"], ["run", "--results", str(tmp_path / "results")]):
        done = passivant(command[0], str(file), *command[1:], cwd=tmp_path)
        assert done.returncode == 2
        assert f"{file}: level.pre_relaxation = '{value}'" in " ".join(done.stderr.split())
        assert words in " ".join(done.stderr.split())
    assert not [path for path in (tmp_path / "results").rglob("*") if path.is_file()]
    assert task_states(make_plan(file), tmp_path / "results")


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        (['pre_relaxation = "EMT"'], "level.pre_relaxation"),
        (['pre_relaxation = "a:b; rm"'], "level.pre_relaxation"),
        (['pre_relaxation_options = { command = "ls" }'], "level.pre_relaxation_options"),
    ],
)
def test_bad_input_is_one_sentence(study, tmp_path, lines, key):
    done = passivant("check", str(study(*lines)), cwd=tmp_path)
    assert done.returncode == 2
    assert key in done.stderr
    assert "Traceback" not in done.stderr
