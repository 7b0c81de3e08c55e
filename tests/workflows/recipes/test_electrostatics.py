"""Potentials, work functions and dipoles; every calculated number comes from real GPAW."""

import json

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from gpaw import GPAW

from analysis.electrostatics.potential import (
    POTENTIAL_FILE,
    helmholtz_step_eV,
    layer_period_A,
    load_electrostatics,
    macroscopic_average,
    vacuum_levels,
)
from analysis.results import Result, atoms_to_dict, load_result
from tests.conftest import LEVEL
from workflows.dft.job import Job
from workflows.dft.kinds.electrostatics import run as electrostatics
from workflows.execution.engine import prepare, run_plan
from workflows.export import export_study
from workflows.findings.findings import Findings
from workflows.findings.states import task_folder
from workflows.planner import make_plan
from workflows.store import write_result
from workflows.study.errors import StudyError
from workflows.summary import document, tables

SLAB = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 1
vacuum_A = 9.0

[ligands.NH3]
smiles = "N"
anchor_smarts = "[NX3]"
site = "metal-top"
"""
ASKED = """
[[electrostatics]]
species = "slab.NH3"
"""


def test_helmholtz_relation_in_debye_and_square_angstrom():
    # The work function changes by -37.70 eV per debye and square angstrom.
    assert helmholtz_step_eV(0.2081943, 1.0) == pytest.approx(-37.67, abs=0.01)
    assert helmholtz_step_eV(-0.5, 50.0) == pytest.approx(1.8095, abs=1e-4)


def test_macroscopic_average_removes_what_has_the_period_and_smears_steps():
    z = np.linspace(0.0, 40.0, 800, endpoint=False)
    wave = np.where((z > 10) & (z < 30), 3.0 * np.sin(2 * np.pi * z / 5.0), 0.0)
    smooth = macroscopic_average(z, wave, 5.0, 40.0)
    assert abs(smooth[(z > 13) & (z < 27)]).max() < 0.01
    step = np.where(z < 20.0, -2.0, 4.0)
    smooth = macroscopic_average(z, step, 5.0, 40.0)
    assert np.interp([5.0, 18.75, 20.0, 21.25, 35.0], z, smooth) == pytest.approx(
        [-2.0, -0.5, 1.0, 2.5, 4.0], abs=0.05
    )


def test_vacuum_levels_are_read_beside_the_dipole_layer():
    z = np.linspace(0.0, 30.0, 600, endpoint=False)
    v = np.where(z < 15.0, 5.0, 3.0) - 10.0 * np.exp(-((z - 15.0) ** 2))
    v[(z < 0.5) | (z > 29.5)] = 4.0
    below, above = vacuum_levels(z, v, 30.0)
    assert (below.level_eV, above.level_eV) == pytest.approx((5.0, 3.0))
    assert below.slope_eV_per_A == pytest.approx(0.0, abs=1e-12)
    below, _ = vacuum_levels(z, v + 0.3 * z, 30.0)
    assert below.slope_eV_per_A == pytest.approx(0.3, rel=0.05)


def test_layers_repeat_after_two_and_vacancies_do_not_matter():
    atoms = Atoms("PbI2CsIPbI2", positions=[(0, 0, z) for z in (0, 0, 0, 3, 3, 6.4, 6.4, 6.4)])
    layers = [0, 0, 0, 1, 1, 2, 2, 2]
    assert layer_period_A(atoms, layers) == pytest.approx(6.4)
    assert layer_period_A(atoms[:-1], layers[:-1]) == pytest.approx(6.4)
    assert layer_period_A(atoms[:5], layers[:5]) is None


def test_potential_step_of_a_layer_of_molecules_is_that_of_its_dipole(tmp_path):
    atoms = molecule("HF", cell=[5.0, 5.0, 14.0], pbc=(True, True, False))
    atoms.center()
    hydrogen, fluorine = (atoms.positions[atoms.symbols == s][0, 2] for s in "HF")
    assert hydrogen < fluorine
    atoms.calc = GPAW(
        mode={"name": "pw", "ecut": 350}, xc="PBE", poissonsolver={"dipolelayer": "xy"},
        symmetry={"point_group": False}, txt=None,
    )  # fmt: skip
    atoms.get_potential_energy()
    atoms.calc.write(str(tmp_path / "final.gpw"))
    parent = Result(tmp_path, "relax", "", {"structure": atoms_to_dict(atoms)})
    spec = {"layers": [-1, -1], "kpoints": [1, 1, 1]}
    values = electrostatics(Job(tmp_path, spec, {}, parent, lambda progress: None)).model_dump()
    # Hydrogen, the positive end, is below: the dipole moment points down. That of the free
    # molecule is 0.38 e A (1.83 debye); its neighbours weaken it.
    assert -0.38 < values["dipole_eA"] < -0.30
    # 4 pi mu / A in atomic units.
    expected = -4 * np.pi * 14.3996 * values["dipole_eA"] / 25.0
    assert values["helmholtz_step_eV"] == pytest.approx(expected, rel=1e-4)
    assert values["step_eV"] == pytest.approx(expected, abs=0.03)
    assert values["step_eV"] > 2.0
    assert values["layer_period_A"] is None
    # Each work function is that of its own face.
    step_eV = values["work_function_top_eV"] - values["work_function_bottom_eV"]
    assert step_eV == pytest.approx(values["step_eV"])


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    base = tmp_path_factory.mktemp("electrostatics")
    file = base / "study.toml"
    level = LEVEL.format(ecut=220.0, fmax=0.9, max_steps=40, dispersion="none", vacuum=3.5)
    file.write_text(level + SLAB + ASKED + ASKED.replace("slab.NH3", "slab"))
    plan = make_plan(file)
    states = run_plan(plan, base / "results", cores=1)
    assert {s.state for s in states.values()} == {"done"}, [s.why for s in states.values()]
    return plan, base / "results"


def test_symmetric_slab_has_no_dipole_and_a_positive_work_function(finished):
    plan, results = finished
    _, bare = document(plan, results)["electrostatics"]
    assert bare["species"] == "slab"
    assert bare["step_eV"] == pytest.approx(0.0, abs=1e-3)
    assert bare["dipole_eA"] == pytest.approx(0.0, abs=1e-3)
    assert bare["work_function_top_eV"] == pytest.approx(4.6, abs=0.2)
    assert bare["ionisation_energy_top_eV"] > bare["work_function_top_eV"] + 1.0
    assert bare["work_function_top_change_eV"] is None


def test_ammonia_with_its_hydrogen_outside_lowers_the_work_function(finished):
    plan, results = finished
    covered, bare = document(plan, results)["electrostatics"]
    change = covered["work_function_top_change_eV"]
    assert change == pytest.approx(-1.6, abs=0.2)
    assert change == pytest.approx(covered["work_function_top_eV"] - bare["work_function_top_eV"])
    # The dipole of the molecule and that of its bond to lead both point outwards.
    assert covered["dipole_change_eA"] > 0.3
    assert covered["helmholtz_change_eV"] < change
    assert covered["deviation_eV"] == pytest.approx(0.0, abs=0.05)
    (table,) = tables(plan, results, "electrostatics")
    assert [row[0] for row in table.rows] == ["slab.NH3", "slab"]
    assert table.rows[0][table.columns.index("dPhi_top / eV")] == f"{change:+.2f}"


def test_only_the_normal_component_of_the_dipole_is_stored(finished):
    plan, results = finished
    covered, _ = document(plan, results)["electrostatics"]
    (key,) = plan.species_keys["slab.NH3"]
    values = load_result(task_folder(plan.tasks[key], results)).values
    *in_plane, normal = values["dipole_moment_eA"]
    assert in_plane == [None, None]
    assert normal == pytest.approx(covered["dipole_eA"], abs=1e-3)


def test_export_writes_profiles_and_figures_of_potentials(finished, tmp_path):
    plan, results = finished
    export_study(Findings(plan, results), tmp_path)
    assert (tmp_path / "electrostatics-slab.NH3.pdf").stat().st_size > 5000
    header, first, *_ = (tmp_path / "electrostatics-slab.NH3.csv").read_text().splitlines()
    assert header == "z_A,planar_eV"
    rows = json.loads((tmp_path / "data.json").read_text())["electrostatics"]
    potential = load_electrostatics(results / rows[0]["folder"])
    assert float(first.split(",")[1]) == pytest.approx(potential.vacuum_eV[0], abs=0.02)
    assert potential.work_functions_eV[1] == pytest.approx(rows[0]["work_function_top_eV"])


def pretend(plan, results, label, **values):
    """Store a made-up potential; no calculation."""
    prepare(plan, results)
    ((key, task),) = [(k, t) for k, t in plan.tasks.items() if t.label == f"electrostatics {label}"]
    folder = task_folder(task, results)
    np.savez(folder / POTENTIAL_FILE, z_A=np.arange(3.0), planar_eV=np.zeros(3))
    atoms = Atoms("Pb", cell=[5.0, 10.0, 20.0], pbc=(True, True, False))
    defaults = {
        "structure": atoms_to_dict(atoms), "file": POTENTIAL_FILE, "fermi_level_eV": 0.0,
        "vacuum_bottom_eV": 5.0, "vacuum_top_eV": 5.0, "work_function_bottom_eV": 5.0,
        "work_function_top_eV": 5.0, "ionisation_energy_bottom_eV": 6.0,
        "ionisation_energy_top_eV": 6.0, "slope_bottom_eV_per_A": 0.0, "slope_top_eV_per_A": 0.0,
        "area_A2": 50.0, "dipole_eA": 0.1, "step_eV": 0.0, "helmholtz_step_eV": 0.0,
    }  # fmt: skip
    write_result(folder, "electrostatics", key, {**defaults, **values})


@pytest.mark.parametrize("sides", ["one", "two"])
def test_changes_by_hand_belong_to_their_faces(write_study, tmp_path, sides):
    text = SLAB.replace("layers = 1", f'layers = 3\nsides = "{sides}"')
    plan = make_plan(write_study(text, ASKED))
    pretend(plan, tmp_path, "slab")
    pretend(
        plan, tmp_path, "slab.NH3",
        work_function_top_eV=3.5, work_function_bottom_eV=5.2, ionisation_energy_top_eV=4.6,
        dipole_eA=0.6,
    )  # fmt: skip
    (row,) = document(plan, tmp_path)["electrostatics"]
    assert (row["work_function_top_eV"], row["work_function_bottom_eV"]) == (3.5, 5.2)
    assert row["work_function_top_change_eV"] == pytest.approx(-1.5)
    assert row["work_function_bottom_change_eV"] == pytest.approx(+0.2)
    assert row["ionisation_energy_top_change_eV"] == pytest.approx(-1.4)
    assert row["dipole_change_eA"] == pytest.approx(0.5)
    assert row["dipole_density_change_e_per_A"] == pytest.approx(0.01)
    # -180.95 V A x 0.01 e/A; and -1.5 - 0.2 + 1.8095.
    assert row["helmholtz_change_eV"] == pytest.approx(-1.8095, abs=1e-4)
    assert row["deviation_eV"] == pytest.approx(0.1095, abs=1e-4)
    density = row["face_dipole_density_e_per_A"]
    assert density == (None if sides == "one" else pytest.approx(1.5 / 180.95, rel=1e-4))
    (table,) = tables(plan, tmp_path, "electrostatics")
    shown = dict(zip(table.columns, table.rows[0], strict=True))
    names = ("Phi_top / eV", "Phi_bottom / eV", "dPhi_top / eV", "dPhi_bottom / eV")
    assert [shown[name] for name in names] == ["3.50", "5.20", "-1.50", "+0.20"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"slope_top_eV_per_A": 0.06}, "still changes by 0.06 eV/A at the top of the cell"),
        ({"slope_bottom_eV_per_A": 0.06}, "still changes by 0.06 eV/A at the bottom of the cell"),
        ({"slope_bottom_eV_per_A": 0.04, "slope_top_eV_per_A": 0.04}, None),
        ({"step_eV": -1.0, "helmholtz_step_eV": -1.06}, "differ by +0.060 eV from what the dipole"),
        ({"step_eV": -1.06, "helmholtz_step_eV": -1.0}, "differ by -0.060 eV from what the dipole"),
        ({"step_eV": -1.04, "helmholtz_step_eV": -1.0}, None),
    ],
)
def test_doubtful_vacuum_levels_are_said_whatever_their_sign(write_study, tmp_path, values, words):
    plan = make_plan(write_study(SLAB, ASKED.replace("slab.NH3", "slab")))
    pretend(plan, tmp_path, "slab", **values)
    (row,) = document(plan, tmp_path)["electrostatics"]
    assert len(row["remarks"]) == (words is not None)
    assert all(words in remark for remark in row["remarks"])


def test_bare_slab_is_planned_beside_the_covered_one(write_study):
    plan = make_plan(write_study(SLAB, ASKED))
    labels = [task.label for task in plan.tasks.values()]
    assert {"electrostatics slab.NH3", "electrostatics slab", "relax slab"} <= set(labels)


@pytest.mark.parametrize(
    ("species", "extra", "message"),
    [
        ("NH3", "", "'NH3' is a molecule; work functions are those of slabs"),
        ("CsI", '[crystals.CsI]\nmaterial = "CsI"\nprototype = "cesiumchloride"\n', "is a crystal"),
        ("slab.V", '[vacancies.V]\nelement = "I"\ncharge = 1\n', "has the charge"),
    ],
)
def test_only_neutral_slabs_have_work_functions(write_study, species, extra, message):
    asked = ASKED.replace("slab.NH3", species)
    with pytest.raises(StudyError, match=message):
        make_plan(write_study(SLAB, extra, asked))


def test_work_functions_need_the_dipole_layer(write_study):
    study = write_study(SLAB, ASKED)
    text = study.read_text().replace("smearing_eV", "dipole_correction = false\nsmearing_eV")
    study.write_text(text)
    with pytest.raises(StudyError, match="without dipole_correction the two faces"):
        make_plan(study)
