"""A reaction with a second program, from recorded outputs of real calculations."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from ase import Atoms

import workflows.cli.main
from analysis.results import atoms_to_dict
from tests.conftest import AMMONIA_ON_PBI2, HCL
from tests.pretended import pretend_results
from workflows.findings.findings import Findings
from workflows.findings.states import task_folder, task_states
from workflows.planner import make_plan
from workflows.store import write_result
from workflows.study.errors import StudyError
from workflows.verify.files import take_outputs, write_inputs
from workflows.verify.planning import plan_verification
from workflows.verify.rows import verification_row
from workflows.verify.settings import Settings
from workflows.verify.tables import sentences, tables

DATA = Path(__file__).parents[2] / "data" / "codes" / "HCl"
REACTION = "formation of HCl"
BONDS_A = {"H2": 0.75, "Cl2": 2.0, "HCl": 1.29}
GPAW_EV = {"H2": -6.5, "Cl2": -3.5, "HCl": -5.9}
#: GPAW_EV of the reaction: -5.9 + 6.5 / 2 + 3.5 / 2.
GPAW_REACTION_EV = -0.9
ADSORPTION = """
[[reactions]]
name = "ammonia"
equation = "slab + NH3 -> slab.NH3"
"""
OPTIONS = {
    "abinit": ["--ecut", "200"],
    "cp2k": ["--cutoff", "200", "--relative-cutoff", "40", "--basis", "DZVP"],
}
SETTINGS = {
    "abinit": Settings("abinit", ecut_eV=200.0),
    "cp2k": Settings("cp2k", cutoff_Ry=200.0, relative_cutoff_Ry=40.0, basis="DZVP"),
}
VERSIONS = {"abinit": "9.6.2", "cp2k": "2023.1"}
#: From the total energies in the outputs: -15.7183977742445 + 30.2261100101998 / 2
#: + 1.14662748113061 / 2 = -0.0320290286 hartree of ABINIT, and -15.5835901274212
#: + 29.9327003116871 / 2 + 1.1660711952639 / 2 = -0.0342043739 hartree of CP2K.
REACTION_EV = {"abinit": -0.871554, "cp2k": -0.930748}


@pytest.fixture(autouse=True)
def cp2k_data(tmp_path, monkeypatch):
    """Names of CP2K's basis sets and potentials, so that it need not be installed."""
    folder = tmp_path / "cp2k-data"
    folder.mkdir()
    electrons = {"H": 1, "N": 5, "Cl": 7, "I": 7, "Pb": 4}
    bases = [f"{s} {b}-MOLOPT-GTH-q{q}" for s, q in electrons.items() for b in ("DZVP", "TZV2P")]
    (folder / "BASIS_MOLOPT").write_text("\n".join(bases) + "\n")
    (folder / "BASIS_MOLOPT_UCL").write_text("")
    potentials = [f"{s} GTH-PBE-q{q}" for s, q in electrons.items()]
    (folder / "GTH_POTENTIALS").write_text("\n".join(potentials) + "\n")
    monkeypatch.setenv("CP2K_DATA_DIR", str(folder))


@pytest.fixture
def finished(write_study, tmp_path):
    """A study whose species have been relaxed: the study file and its results."""
    study, results = write_study(HCL), tmp_path / "results"
    plan = make_plan(study, results)
    boxed = {
        name: {
            "structure": atoms_to_dict(
                Atoms(name, [(3, 3, 2.5), (3, 3, 2.5 + bond)], cell=[6, 6, 7], pbc=True)
            )
        }
        for name, bond in BONDS_A.items()
    }
    pretend_results(plan, results, dict.fromkeys(BONDS_A, -1.0), boxed)
    return study, results


def verification(finished, code, **changes):
    study, results = finished
    settings = Settings(**{**vars(SETTINGS[code]), **changes})
    found = Findings(make_plan(study, results), results)
    return plan_verification(found, REACTION, settings, VERSIONS[code])


def store(made, results, key, energy_eV, **more):
    """Store an energy as the result of a task."""
    task = made.plan.tasks[key]
    start = made.plan.tasks[task.parents[0]]
    values = json.loads((task_folder(start, results) / "result.json").read_text())["values"]
    values |= {k: task.spec[k] for k in ("level", "fingerprint", "charge")}
    folder = task_folder(task, results)
    folder.mkdir(parents=True, exist_ok=True)
    write_result(folder, task.kind, key, {**values, "energy_eV": energy_eV, **more})


def recorded(made, results, code, folder):
    """Inputs in a folder, with the recorded outputs beside them."""
    where = write_inputs(made, results, folder)
    suffix = {"abinit": "abo", "cp2k": "out"}[code]
    for each in where.iterdir():
        name = each.name.rpartition("-")[0]
        shutil.copy(DATA / code / f"{name}.{suffix}", each / f"{code}.{suffix}")
    return where


def passivant(monkeypatch, capsys, *arguments):
    """Exit status, standard output and standard error of the command line."""
    monkeypatch.setattr(sys, "argv", ["passivant", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        workflows.cli.main.main()
    caught = capsys.readouterr()
    return ended.value.code or 0, caught.out, " ".join(caught.err.split())


@pytest.mark.parametrize("code", ["abinit", "cp2k"])
def test_outputs_from_elsewhere_give_the_difference(finished, monkeypatch, capsys, tmp_path, code):
    study, results = finished
    made = verification(finished, code)
    for name, energy in GPAW_EV.items():
        store(made, results, made.gpaw[name], energy)
    outputs = recorded(made, results, code, tmp_path / "elsewhere")
    arguments = ["verify", study, REACTION, "--code", code, *OPTIONS[code], "--outputs", outputs]
    status, text, said = passivant(monkeypatch, capsys, *arguments, "--cores", "1", "--json")
    assert status == 0, said
    data = json.loads(text)
    assert data["gpaw_energy_eV"] == pytest.approx(GPAW_REACTION_EV, abs=1e-9)
    assert data["code_energy_eV"] == pytest.approx(REACTION_EV[code], abs=2e-6)
    difference = REACTION_EV[code] - GPAW_REACTION_EV
    assert data["difference_eV"] == pytest.approx(difference, abs=2e-6)
    assert data["counterpoise_eV"] is None
    assert data["study_energy_eV"] == pytest.approx(0.0)  # all relaxations have -1 eV
    assert (results / "verify" / f"formation-of-HCl-{code}" / "verify.json").is_file()
    # What is done stays as it is when the outputs are gone.
    for task in made.code_tasks:
        (task_folder(task, results) / f"{code}.{'abo' if code == 'abinit' else 'out'}").unlink()
    status, text, _ = passivant(monkeypatch, capsys, *arguments, "--show")
    assert status == 0
    assert f"{difference:+.3f}" in text


def test_outputs_that_do_not_belong_are_refused(finished, tmp_path):
    _, results = finished
    made = verification(finished, "abinit")
    outputs = recorded(made, results, "abinit", tmp_path / "elsewhere")
    by_name = {each.name.rpartition("-")[0]: each for each in outputs.iterdir()}
    good = (by_name["HCl"] / "abinit.abo").read_text()

    def refused(match):
        with pytest.raises(StudyError, match=match):
            take_outputs(made, results, outputs)
        states = task_states(made.plan, results)
        assert not any((states[t.key].folder / "abinit.abo").exists() for t in made.code_tasks)

    (by_name["HCl"] / "abinit.abo").write_text((by_name["H2"] / "abinit.abo").read_text())
    refused("not of this structure: it has H2, not HCl")
    (by_name["HCl"] / "abinit.abo").write_text(good.replace("3.78999998586323", "3.80999998586323"))
    refused(r"atom 1, Cl, is 0\.0200 A from its place")
    (by_name["HCl"] / "abinit.abo").write_text(good.replace("7.0000000000E+00", "7.1000000000E+00"))
    refused(r"its cell is \[6\.0, 6\.0, 7\.1\] A long")
    (by_name["HCl"] / "abinit.abo").write_text(
        good + "scprqt:  WARNING -\n  nstep= 3 was not enough SCF cycles to converge;\n"
    )
    refused("HCl with ABINIT: .* SCF cycle of ABINIT did not converge")
    (by_name["HCl"] / "abinit.abo").write_text(good.replace("Calculation completed.", ""))
    refused("not come to its end")
    (by_name["HCl"] / "abinit.abo").write_text(good)
    text = (by_name["HCl"] / "abinit.abi").read_text()
    (by_name["HCl"] / "abinit.abi").write_text(text.replace("200.0 eV", "250.0 eV"))
    refused("not the input that is written for this structure and these settings")
    (by_name["HCl"] / "abinit.abi").write_text(text)
    (by_name["HCl"] / "abinit.abo").unlink()
    refused(r"abinit\.abo is missing")


def test_inputs_of_other_settings_lie_in_other_folders(finished, tmp_path):
    _, results = finished
    for ecut_eV in (200.0, 250.0):
        made = verification(finished, "abinit", ecut_eV=ecut_eV)
        write_inputs(made, results, tmp_path)
    assert len(list((tmp_path / "inputs").iterdir())) == 6


PACKAGES = {"abinit": "abinit", "cp2k": "cp2k cp2k-data"}


@pytest.mark.parametrize("code", ["abinit", "cp2k"])
def test_a_missing_program_leaves_its_inputs(finished, monkeypatch, capsys, code):
    study, results = finished
    monkeypatch.setenv("PATH", str(results))
    arguments = ["verify", study, REACTION, "--code", code, "--results", results]
    status, text, said = passivant(monkeypatch, capsys, *arguments, "--show")
    assert (status, text) == (2, "")
    assert f"is not installed; Debian: apt-get install {PACKAGES[code]}" in said
    assert not (results / "verify").exists()
    status, _, said = passivant(monkeypatch, capsys, *arguments)
    assert status == 2
    assert "give --outputs the folder that holds them" in said
    where = results / "verify" / f"formation-of-HCl-{code}" / "inputs"
    assert f"the inputs are in {where}:" in said
    names = sorted(each.name.rpartition("-")[0] for each in where.iterdir())
    assert names == ["Cl2", "H2", "HCl"]
    assert all(list(each.glob(f"{code}.*")) for each in where.iterdir())
    status, _, said = passivant(monkeypatch, capsys, *arguments, "--outputs", where)
    assert status == 2
    assert "there is no */" in said


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--code", "vasp"], "--code 'vasp' is not allowed; allowed: abinit, cp2k"),
        (["--code", "abinit", "--basis", "DZVP"], "--basis: is an option of --code cp2k, not of"),
        (["--code", "cp2k", "--fine-ecut", "900"], "--fine-ecut: is an option of --code abinit"),
        (["--code", "cp2k", "--basis", "QZV"], "--basis 'QZV' is not allowed; allowed: TZV2P, TZ"),
        (["--code", "cp2k", "--cutoff", "10"], "--cutoff 10: must be 100 to 3000 Ry"),
        (["--code", "abinit", "--ecut", "nan"], "--ecut nan: must be 150 to 2000 eV"),
        (["--code", "abinit", "--fine-ecut", "300"], "must be at least the cutoff of the plane"),
        (["--code", "abinit", "--format", "pdf"], "--format 'pdf' is not allowed"),
        (["--code", "abinit", "--outputs", "nowhere"], "nowhere: there is no */abinit.abo"),
    ],
)
def test_bad_options_are_refused(finished, monkeypatch, capsys, options, message):
    status, _, said = passivant(monkeypatch, capsys, "verify", finished[0], REACTION, *options)
    assert status == 2
    assert message in said


def test_reactions_that_cannot_be_compared_are_refused(write_study, tmp_path):
    study = write_study(HCL)
    plan = make_plan(study, tmp_path)
    found = Findings(plan, tmp_path)
    with pytest.raises(StudyError, match=f"no reaction 'HCl'; names: '{REACTION}'"):
        plan_verification(found, "HCl", SETTINGS["abinit"], "9.6.2")
    with pytest.raises(StudyError, match=f"'{REACTION}' is not finished .*passivant run"):
        plan_verification(found, REACTION, SETTINGS["abinit"], "9.6.2")
    other = write_study(HCL.replace("[molecules.H2]", "[molecules.H2]"), name="rpbe")
    other.write_text(other.read_text().replace('"PBE"', '"RPBE"'))
    plan = make_plan(other, tmp_path)
    pretend_results(plan, tmp_path, dict.fromkeys(BONDS_A, -1.0))
    found = Findings(plan, tmp_path)
    with pytest.raises(StudyError, match=r"CP2K: RPBE has no potentials here; .*--code cp2k: PBE"):
        plan_verification(found, REACTION, SETTINGS["cp2k"], "2023.1")
    assert plan_verification(found, REACTION, SETTINGS["abinit"], "9.6.2").code_tasks


def test_counterpoise_raises_the_energy_of_the_covered_slab(write_study, tmp_path):
    study, results = (
        write_study(AMMONIA_ON_PBI2, ADSORPTION, dispersion="D3(BJ)"),
        tmp_path / "results",
    )
    plan = make_plan(study, results)
    pretend_results(plan, results, dict.fromkeys(("slab", "NH3", "slab.NH3"), -1.0))
    found = Findings(plan, results)
    made = plan_verification(found, "ammonia", Settings("cp2k"), VERSIONS["cp2k"])
    energies = {"slab": -100.0, "NH3": -20.0, "slab.NH3": -121.0}
    for name, energy in energies.items():
        store(made, results, made.gpaw[name], energy / 2)
        store(made, results, made.code[name], energy)
    assert set(made.parts["slab.NH3"]) == {"surface", "NH3"}
    assert made.parts["slab"] == made.parts["NH3"] == {}
    incomplete = verification_row(made, task_states(made.plan, results))
    assert (incomplete.code_energy_eV, incomplete.difference_eV) == (None, None)
    assert incomplete.gpaw_energy_eV == pytest.approx(-0.5)
    for name, alone, with_ghosts in (("surface", -99.9, -99.94), ("NH3", -19.8, -19.81)):
        store(made, results, made.parts["slab.NH3"][name].alone, alone)
        store(made, results, made.parts["slab.NH3"][name].with_ghosts, with_ghosts)
    row = verification_row(made, task_states(made.plan, results))
    assert row.counterpoise_eV == pytest.approx(+0.05)
    assert row.code_energy_eV == pytest.approx(-0.95)  # -121 + 100 + 20 + 0.05
    assert row.difference_eV == pytest.approx(-0.45)
    assert row.status == "done"
    folders = {term.species: term.counterpoise_folders for term in row.terms}
    assert [len(folders[name]) for name in energies] == [0, 0, 4]
    # GPAW's energies are without the dispersion of the study and at 500 eV.
    spec = made.plan.tasks[made.gpaw["slab"]].spec
    assert (spec["level"]["dispersion"], spec["level"]["ecut_eV"]) == ("none", 500.0)
    assert spec["dipole_layer"] is False
    words = " ".join(sentences(made))
    assert "without dispersion and without dipole layer" in words
    assert "Valence electrons in CP2K and in GPAW: Pb 4 and 14." in words
    assert "no smearing at Gamma for closed shells" in words


def test_other_moments_are_said(finished):
    _, results = finished
    made = verification(finished, "abinit")
    for name, energy in GPAW_EV.items():
        moment = 1.0 if name == "HCl" else 0.04
        store(made, results, made.gpaw[name], energy, magnetic_moment_muB=moment)
        store(made, results, made.code[name], energy, magnetic_moment_muB=0.0)
    shown = tables(made, verification_row(made, task_states(made.plan, results)))
    (words,) = [text for text in shown[0].footnotes if "moments differ" in text]
    assert words.startswith("HCl: the moments differ, 1.00 mu_B with GPAW and 0.00 mu_B with ABIN")
