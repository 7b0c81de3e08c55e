"""Free energies from made-up force constants, and what a study may ask for."""

import shutil

import numpy as np
import pytest
from ase import units

from analysis.results import atoms_to_dict
from analysis.tables import render
from analysis.vibrations.modes import HESSIAN_FILE
from analysis.vibrations.molecules import rotor_of
from analysis.vibrations.thermochemistry import ideal_gas, vibrational
from tests.conftest import LEVEL
from tests.findings import documents_of, findings_of, rows_of
from tests.pretended import pretend_results
from workflows.findings.states import task_folder, task_states
from workflows.planner import make_plan
from workflows.recipes.registry import recipe
from workflows.store import write_result
from workflows.study.errors import StudyError

STUDY = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [2, 1]
layers = 3
frozen_layers = 1
vacuum_A = 6.0

[ligands.NH3]
smiles = "N"
anchor_smarts = "[NX3]"
site = "metal-top"

[vacancies.V]
element = "I"

[molecules.I2]
smiles = "II"

[[reactions]]
name = "adsorption"
equation = "slab + NH3 -> slab.NH3"

[[reactions]]
name = "vacancy"
equation = "slab.NH3 -> slab.NH3.V + 1/2 I2"

[[free_energies]]
reaction = "adsorption"
near_A = 3.4

[[free_energies]]
reaction = "vacancy"

"""
CONDITIONS = """
[conditions]
temperatures_K = [298.15, 400.0]
pressures_bar = { I2 = 0.001 }
concentrations_M = { NH3 = 1.0 }
"""
ENERGIES_EV = {"slab": -100.0, "NH3": -20.0, "slab.NH3": -120.8, "slab.NH3.V": -116.0, "I2": -3.0}
#: Force constant of every atom, in eV/A^2: 521.47 cm^-1 times the square root of it over the mass.
CONSTANT = 2.0


def pretend_vibrations(plan, results, keys, constants=CONSTANT):
    """Force constants of independent atoms as the result of the tasks of vibrations."""
    for name, own in keys.items():
        for key in (own.further, own.modes):
            task = plan.tasks[key]
            values = {
                "structure": atoms_to_dict(plan.species[name][0].structure.atoms),
                "fmax_eV_per_A": 0.004,
                "fingerprint": "",
                "charge": 0,
                "energy_eV": ENERGIES_EV[name],
            }
            folder = task_folder(task, results)
            if task.kind == "vibrations":
                (moved,) = task.spec["moved"]
                matrix = np.diag(np.full(3 * len(moved), constants))
                np.savez(folder / HESSIAN_FILE, moved=moved, force_constants_eV_per_A2=matrix)
                values |= {"file": HESSIAN_FILE, "displacement_A": 0.01, "magnetic_moment_muB": 0.0}
            write_result(folder, task.kind, key, values)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A plan with made-up results: plan and results folder."""
    folder = tmp_path_factory.mktemp("free_energies")
    level = LEVEL.format(ecut=300.0, fmax=0.1, max_steps=40, dispersion="none", vacuum=3.5)
    (folder / "study.toml").write_text(level + STUDY + CONDITIONS)
    plan, results = make_plan(folder / "study.toml"), folder / "results"
    pretend_results(plan, results, ENERGIES_EV)
    for each in plan.planned["free_energies"]:
        pretend_vibrations(plan, results, each.keys)
    return plan, results


@pytest.fixture
def finished(base, tmp_path):
    """The plan, a copy of the results to change, and the planned reactions."""
    plan, results = base
    shutil.copytree(results, tmp_path / "results")
    return plan, tmp_path / "results", plan.planned["free_energies"]


def moved(plan, keys):
    (only,) = plan.tasks[keys.modes].spec["moved"]
    return only


def test_the_same_atoms_of_the_slab_vibrate_on_both_sides(finished):
    plan, _, (adsorption, vacancy) = finished
    slab = plan.species["slab"][0].structure.atoms
    near = moved(plan, adsorption.keys["slab"])
    assert "Pb" in slab.symbols[near]
    assert len(near) < 8
    fixed = {int(n) for c in slab.constraints for n in c.get_indices()}
    assert not fixed & set(near)
    covered = plan.species["slab.NH3"][0]
    own = moved(plan, adsorption.keys["slab.NH3"])
    assert len(own) == len(near) + 4
    from_slab = [int(covered.parent_atoms[n]) for n in own if covered.parent_atoms[n] >= 0]
    assert sorted(from_slab) == sorted(near)
    # The iodine that leaves vibrates before.
    before, after = (moved(plan, vacancy.keys[n]) for n in ("slab.NH3", "slab.NH3.V"))
    assert len(before) == len(after) + 1
    assert moved(plan, vacancy.keys["I2"]) == [0, 1]


def einstein(symbols_masses, temperature_K, way="raised"):
    """Independent atoms with one force constant."""
    waves = 521.47 * np.sqrt(CONSTANT / np.repeat(symbols_masses, 3))
    return vibrational(waves * units.invcm, temperature_K, way)


def test_free_energy_of_adsorption(finished):
    plan, results, _ = finished
    rows = rows_of("free_energies", plan, task_states(plan, results))
    row = rows[0]
    assert (row.reaction, row.temperature_K, row.status) == ("adsorption", 298.15, "done")
    assert row.conditions == "NH3 1 M, ideal"
    assert row.reaction_energy_eV == pytest.approx(-0.8, abs=0.01)  # without the dipole image
    # The atoms of the slab cancel: 12 modes of NH3 on the slab, against 6 modes and a gas.
    atoms = plan.species["NH3"][0].structure.atoms
    bound = einstein(atoms.get_masses(), 298.15)
    gas = ideal_gas(atoms, rotor_of(atoms), 0, 298.15, 24.79)
    document = documents_of("free_energies", plan, task_states(plan, results))["species"]
    molecule = next(each for each in document if each["species"] == "NH3")
    assert molecule["zero_point_eV"] == pytest.approx(bound.zero_point_eV / 2, rel=0.2)
    expected = bound.correction_eV - molecule["correction_eV"]
    assert row.free_energy_eV - row.reaction_energy_eV == pytest.approx(expected, abs=1e-4)
    assert molecule["entropy_J_per_mol_K"] > gas.entropy_J_per_mol_K
    assert molecule["entropy_J_per_mol_K"] == pytest.approx(gas.entropy_J_per_mol_K, abs=10.0)
    # Hotter, the molecule is bound less.
    assert rows[1].free_energy_eV > row.free_energy_eV + 0.1
    assert set(row.by_treatment_eV) == {"raised", "free-rotor", "harmonic"}


def test_free_energy_of_a_vacancy(finished):
    """Iodine at 1 mbar leaves for kT/2 ln 1000 less than at 1 bar."""
    plan, results, _ = finished
    states = task_states(plan, results)
    row = next(r for r in rows_of("free_energies", plan, states) if r.reaction == "vacancy")
    assert row.reaction_energy_eV == pytest.approx(3.3)
    atom = einstein([126.904], 298.15)
    atoms = plan.species["I2"][0].structure.atoms
    gas = ideal_gas(atoms, rotor_of(atoms), 0, 298.15, 1.0)
    # Two independent atoms of I2: one mode, of 521.47 sqrt(k / m) cm^-1.
    mode = vibrational(
        np.array([521.47 * (CONSTANT / 126.904) ** 0.5]) * units.invcm, 298.15, "raised"
    )
    half = (gas.correction_eV + mode.correction_eV) / 2
    pressure = 0.5 * units.kB * 298.15 * np.log(1e-3)
    assert row.free_energy_eV == pytest.approx(3.3 + half + pressure - atom.correction_eV, abs=1e-4)
    # All modes of iodine are low: 65 cm^-1.
    raised = row.by_treatment_eV["harmonic"] - row.by_treatment_eV["raised"]
    assert abs(raised) > 0.01
    assert row.free_energy_eV == row.by_treatment_eV["raised"]


def test_tables_say_the_treatment_and_the_share_of_low_modes(finished):
    plan, results, _ = finished
    reactions, species = recipe("free_energies").tables(
        findings_of(plan, task_states(plan, results))
    )
    text = render([reactions, species], "text")
    assert "solvation are not included" in text
    assert "raised to 100 cm⁻¹" in text
    shares = {row[0]: row[8] for row in species.rows}
    assert 0 < float(shares["I2"]) < 30
    assert float(shares["slab.NH3.V"]) > 30
    csv = render([reactions], "csv").splitlines()
    assert {"reaction_free_energy_eV", "entropy_term_eV", "temperature_K"} <= set(csv[0].split(","))
    assert len(csv) == 5


def test_figure_ends_at_the_numbers_of_the_table(finished):
    plan, results, _ = finished
    found = findings_of(plan, task_states(plan, results))
    figure = recipe("free_energies").figures(found, "single")["free-energies"]
    (axis,) = figure.axes
    assert axis.get_xlim() == (0.0, 600.0)
    points = [line.get_xydata() for line in axis.lines if line.get_marker() == "o"]
    rows = rows_of("free_energies", plan, task_states(plan, results))
    assert points[0].tolist() == [[r.temperature_K, r.free_energy_eV] for r in rows[:2]]
    (page,) = recipe("free_energies").page_figures(found)
    assert [entry.name for entry in page.entries] == ["adsorption", "vacancy"]
    assert "at 298.15 K" in page.words


def test_what_is_missing_has_a_reason(finished):
    plan, results, (adsorption, _) = finished
    folder = task_folder(plan.tasks[adsorption.keys["slab"].modes], results)
    (folder / HESSIAN_FILE).write_bytes(b"no archive")
    rows = rows_of("free_energies", plan, task_states(plan, results))
    assert rows[0].free_energy_eV is None
    assert "vibrations of slab failed" in rows[0].status
    assert "cannot be read" in rows[0].status
    found = findings_of(plan, task_states(plan, results))
    assert any("adsorption at 298.15 K" in line for line in recipe("free_energies").missing(found))
    assert "free-energies" in recipe("free_energies").figures(found, "single")


def test_treatments_of_low_modes_that_differ_are_said(finished):
    """Force constants on one side only that are almost none."""
    plan, results, (adsorption, _) = finished
    before = rows_of("free_energies", plan, task_states(plan, results))[0].remarks
    assert not any("treatment" in words for words in before)
    pretend_vibrations(plan, results, {"slab.NH3": adsorption.keys["slab.NH3"]}, 1e-3)
    row = rows_of("free_energies", plan, task_states(plan, results))[0]
    values = row.by_treatment_eV.values()
    spread = max(values) - min(values)
    assert spread > 0.5
    words = f"at 298.15 K dG depends on the treatment of low modes by {spread:.2f} eV"
    assert words in row.remarks


def test_imaginary_modes_are_said_beside_the_free_energy(finished):
    plan, results, (adsorption, _) = finished
    folder = task_folder(plan.tasks[adsorption.keys["slab.NH3"].modes], results)
    with np.load(folder / HESSIAN_FILE) as data:
        arrays = dict(data)
    arrays["force_constants_eV_per_A2"][0, 0] = -1.0
    np.savez(folder / HESSIAN_FILE, **arrays)
    states = task_states(plan, results)
    row = rows_of("free_energies", plan, states)[0]
    (words,) = [each for each in row.remarks if "imaginary" in each]
    assert words.startswith("slab.NH3: 1 imaginary mode (")
    (notice,) = recipe("free_energies").notices(findings_of(plan, states))
    assert any("imaginary" in line for line in notice.lines)


HINDERED = """
[conditions.hindered."slab.NH3"]
translation_barrier_eV = 0.4
rotation_barrier_eV = 0.05
rotation_minima = 3
sites = 2
"""


def test_hindered_ligand(finished, write_study, tmp_path):
    plan, results, _ = finished
    states = task_states(plan, results)
    plain_row = rows_of("free_energies", plan, states)[0]
    other = make_plan(write_study(STUDY, CONDITIONS, HINDERED, name="hindered"))
    assert list(other.tasks) == list(plan.tasks)
    row = rows_of("free_energies", other, task_states(other, results))[0]
    assert row.free_energy_eV != plain_row.free_energy_eV
    assert row.free_energy_eV == pytest.approx(plain_row.free_energy_eV, abs=0.3)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("temperatures_K = [5.0]", "conditions.temperatures_K.0"),
        ("temperatures_K = [300.0, 300.0]", "names a temperature twice"),
        ("pressures_bar = { slab = 1.0 }", "'slab' is no molecule of"),
        ("pressures_bar = { I2 = 1.0 }\nconcentrations_M = { I2 = 1.0 }", "give one of them"),
        ("low_modes = 'harmonic'\nraise_to_per_cm = 50.0", "goes with low_modes = 'raised'"),
        (
            "[conditions.hindered.slab]\ntranslation_barrier_eV = 0.1\nrotation_barrier_eV = 0.1",
            "no slab with one ligand",
        ),
    ],
)
def test_conditions_that_make_no_sense_are_refused(write_study, text, words):
    with pytest.raises(StudyError, match=words.replace("[", r"\[")):
        make_plan(write_study(STUDY, f"\n[conditions]\n{text}\n"))


def test_hindered_ligands_on_both_faces_are_refused(write_study):
    text = STUDY.replace("frozen_layers = 1", 'frozen_layers = 1\nsides = "two"')
    text = text.replace("slab + NH3 ->", "slab + 2 NH3 ->").replace("1/2 I2", "I2")
    with pytest.raises(StudyError, match=r"hindered: 'slab.NH3' has a ligand on each of its two"):
        make_plan(write_study(text, CONDITIONS, HINDERED))


def test_reactions_with_crystals_are_refused(write_study):
    text = STUDY.replace("slab + NH3 -> slab.NH3", "CsI -> 1/2 I2 + Cs")
    for name, prototype in (("CsI", "cesiumchloride"), ("Cs", "bcc")):
        text += f'[crystals.{name}]\nmaterial = "{name}"\nprototype = "{prototype}"\n'
    with pytest.raises(StudyError, match="contains the crystal 'CsI', whose phonons"):
        make_plan(write_study(text))


def test_unknown_reactions_are_refused(write_study):
    with pytest.raises(StudyError, match="'desorption' is no reaction"):
        make_plan(write_study(STUDY.replace('reaction = "adsorption"', 'reaction = "desorption"')))
