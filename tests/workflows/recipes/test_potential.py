"""Candidates that a machine-learned potential ranks; a labelled stand-in takes its place."""

import json
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule

from analysis.energies.ranking import ranking
from analysis.last_step import TRAJECTORY_FILE
from analysis.results import atoms_from_dict, atoms_to_dict
from slabs.errors import InputError
from tests.findings import documents_of, rows_of, table_of
from tests.stand_in_potential import VERSION, Springs, install
from tests.workflows.cli.test_main import passivant
from tests.workflows.recipes.test_screening import MOLECULES, SLABS, TINY, by_label, result
from tests.workflows.recipes.test_screening_tables import faked
from workflows.dft.errors import UnconvergedError
from workflows.dft.job import Job
from workflows.dft.kinds import potential as kind
from workflows.dft.optimise.checkpoints import read_frames
from workflows.dft.parents import chosen_start
from workflows.dft.potentials import potential_calculator
from workflows.execution.engine import run_plan
from workflows.findings.words import level_settings
from workflows.planner import make_plan
from workflows.report.methods import methods
from workflows.study.errors import StudyError
from workflows.study.installed import missing_potential
from workflows.study.potential import POTENTIALS, PotentialLevel
from workflows.summary import document

POTENTIAL = '\n[screening]\npotential = "7net-0"\n'
SHORT = TINY.split("[vacancies")[0] + "[[candidates]]" + TINY.split("[[candidates]]")[1]
SHORT = SHORT.split("[[electrostatics]]")[0] + "\n[placement]\ndiversity_A = 0.2\n"


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    install(tmp_path / "stand-in", monkeypatch)


def installed():
    try:
        return bool(version("sevenn"))
    except PackageNotFoundError:
        return False


@pytest.mark.usefixtures("stand_in")
def test_only_the_screening_is_done_with_it(write_study):
    plan = make_plan(write_study(POTENTIAL, SLABS))
    tasks = by_label(plan)
    screened = [tasks[f"screen slab.MA #{n}"] for n in (1, 2, 3)]
    for task in screened:
        assert task.kind == "potential"
        assert task.limits == {"max_steps": 500, "max_step_A": 0.4}
        assert task.spec["level"]["weights"] == "SevenNet-0 (11 July 2024)"
        assert task.spec["level"]["codes"]["sevenn"] == VERSION
        assert task.spec["level"]["dispersion"] == "D3(BJ)"
        assert task.parents == (tasks["relax slab"].key,)
        assert task.estimate.ranks == 1
        assert task.estimate.core_seconds < tasks["relax slab.MA rank 1"].estimate.core_seconds
    kinds = {t.kind for t in plan.tasks.values() if t not in screened}
    assert "potential" not in kinds
    assert tasks["relax slab.MA rank 1"].parents == tuple(task.key for task in screened)


@pytest.mark.usefixtures("stand_in")
def test_check_tells_its_cost(write_study, tmp_path):
    file = write_study(POTENTIAL, MOLECULES)
    seconds = [t.estimate.core_seconds for t in make_plan(file).tasks.values()]
    cost = json.loads(passivant("check", str(file), "--json", cwd=tmp_path).stdout)
    assert cost["core_hours"] == pytest.approx(sum(seconds) / 3600, abs=6e-4)
    assert cost["screening_core_hours"] == pytest.approx(sum(seconds[:3]) / 3600, abs=6e-4)
    said = " ".join(passivant("check", str(file), cwd=tmp_path).stdout.split())
    assert "of them for the screening at '7net-0')" in said


@pytest.mark.usefixtures("stand_in")
def test_its_settings_decide_the_keys_of_the_screening(write_study):
    keys = {
        make_plan(write_study(POTENTIAL + more, MOLECULES)).screen_keys["BA"]
        for more in ("", 'dispersion = "none"\n', "fmax_eV_per_A = 0.3\n")
    }
    assert len(keys) == 3
    for more in ("max_steps = 7\n", 'name = "other"\n', 'caveat = "no"\n'):
        assert make_plan(write_study(POTENTIAL + more, MOLECULES)).screen_keys["BA"] in keys


def test_without_its_package_a_study_is_shown_and_not_run(write_study, monkeypatch, tmp_path):
    missing = replace(POTENTIALS["7net-0"], package="no-such-package")
    monkeypatch.setitem(POTENTIALS, "7net-0", missing)
    file = write_study(POTENTIAL, MOLECULES)
    plan = make_plan(file)
    (first, *_) = plan.screen_keys["BA"]
    assert plan.tasks[first].spec["level"]["codes"]["no-such-package"] == missing.tried
    words = (
        "screening.potential = '7net-0' needs the package no-such-package, which is not installed"
        " here; pip install 'passivant[mlip]'"
    )
    assert missing_potential(plan.study) == words
    with pytest.raises(InputError) as error:
        run_plan(plan, tmp_path / "results", cores=1)
    assert str(error.value) == f"{file}: {words}"
    assert not (tmp_path / "results").exists()


@pytest.mark.usefixtures("stand_in")
def test_a_task_refuses_another_version_of_the_package():
    with pytest.raises(ModuleNotFoundError) as error:
        potential_calculator("7net-0", {"sevenn": "0.12"})
    assert str(error.value) == (
        "the potential 7net-0 needs sevenn 0.12, for which the task was planned;"
        f" {VERSION} is installed here"
    )


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("potential = []", "screening.potential = [] is not allowed: input should be '7net-0'"),
        ('potential = "m3gnet"', "screening.potential = 'm3gnet' is not allowed: input should be"
         " '7net-0'"),
        ('potential = "7net-0"\necut_eV = 300.0', "screening.ecut_eV is not a key; allowed:"
         " potential, name, caveat, dispersion, fmax_eV_per_A, max_steps, max_step_A"),
        ('potential = "7net-0"\nmax_step = 3', "screening.max_step is not a key; did you mean"
         " 'max_steps'?; allowed: potential, name, caveat, dispersion, fmax_eV_per_A, max_steps,"
         " max_step_A"),
        ('potential = "7net-0"\ndispersion = "D4"', "screening.dispersion = 'D4' is not allowed:"
         " input should be 'none' or 'D3(BJ)'"),
        ('potential = "7net-0"\nname = "test"', "screening.name = 'test' is the name of [level]"
         " too; give another one"),
        ('base = "draft"\npotental = "7net-0"', "screening.potental is not a key; allowed: base,"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("stand_in")
def test_bad_input_is_one_sentence(write_study, lines, words):
    file = write_study(f"\n[screening]\n{lines}\n", MOLECULES)
    with pytest.raises(StudyError) as error:
        make_plan(file)
    assert str(error.value).startswith(f"{file}: {words}")


def water():
    """Water in a box."""
    atoms = molecule("H2O", vacuum=4.0)
    atoms.pbc = True
    return atoms


def run_on(atoms, folder, monkeypatch, pull_A, **limits):
    """Values of a task in which springs pull the atoms of a molecule."""
    monkeypatch.setattr(kind, "potential_calculator", lambda name, codes: Springs(pull_A))
    level = {"potential": "7net-0", "functional": "PBE", "dispersion": "none", "codes": {}}
    spec = {
        "structure": atoms_to_dict(atoms), "parent_atoms": [], "offsets_A": [], "cut": {},
        "level": level, "fingerprint": "f", "charge": 0, "fmax_eV_per_A": 0.01,
        "fix_centre_of_mass": False,
    }  # fmt: skip
    folder.mkdir(exist_ok=True)
    allowed = {"max_steps": 100, "max_step_A": 0.4, **limits}
    return kind.run(Job(folder, spec, allowed, None, lambda progress: None))


def test_an_intact_structure_is_the_relaxed_one(tmp_path, monkeypatch):
    start = water()
    values = run_on(start, tmp_path / "task", monkeypatch, 0.1)
    assert values.unrelaxed_because == ""
    moved = atoms_from_dict(values.structure).positions - start.positions
    assert moved == pytest.approx(np.tile([0.1, 0.0, 0.0], (3, 1)), abs=0.006)
    floor_eV = 0.01 * np.std(start.positions + np.array([0.1, 0.0, 0.0]))
    assert values.energy_eV == pytest.approx(floor_eV, abs=1e-4)
    assert values.gpaw == "none"


def test_what_is_torn_apart_stays_as_it_was_placed(tmp_path, monkeypatch):
    start = water()
    pull_A = np.zeros((3, 3))
    pull_A[1, 1] = 2.5  # one hydrogen away from its oxygen
    values = run_on(start, tmp_path / "task", monkeypatch, pull_A)
    assert values.unrelaxed_because == "a proton moved from O to nothing"
    assert atoms_from_dict(values.structure).positions == pytest.approx(start.positions, abs=1e-6)
    floor_eV = 0.01 * np.std(start.positions + pull_A)
    assert values.energy_eV == pytest.approx(2.5**2 + floor_eV, abs=1e-6)


def test_steps_that_do_not_suffice_are_a_failure(tmp_path, monkeypatch):
    with pytest.raises(UnconvergedError, match="after 1 steps"):
        run_on(water(), tmp_path / "task", monkeypatch, 0.5, max_steps=1)


def test_an_interrupted_relaxation_goes_on(tmp_path, monkeypatch):
    folder, start = tmp_path / "task", water()
    with pytest.raises(UnconvergedError):
        run_on(start, folder, monkeypatch, 0.5, max_steps=1)
    values = run_on(start, folder, monkeypatch, 0.5)
    frames = read_frames(folder / TRAJECTORY_FILE)
    assert values.steps > 1
    assert len(frames) == values.steps + 1
    assert frames[0].positions == pytest.approx(start.positions)


def torn(energy_eV, atoms=None):
    return result(energy_eV, atoms, unrelaxed_because="a bond C-N broke, 3.00 A")


def test_torn_ones_come_after_the_relaxed_and_before_twins():
    found = [torn(-9.0), result(-3.0), result(-3.0), result(-1.0), torn(-8.0)]
    ranked = ranking(found)
    assert ranked.order == (1, 3, 0, 4, 2)
    assert (ranked.twins, ranked.unrelaxed) == ({2}, {0, 4})
    spec = {"kind": "relax", "rank": 3, "candidates": [1, 2, 3, 4, 5], "parents": []}
    _, parent, about = chosen_start(spec, found)
    assert parent is found[0]
    assert about["screening"]["unrelaxed_because"] == "a bond C-N broke, 3.00 A"


@pytest.mark.usefixtures("stand_in")
def test_tables_say_what_was_torn_apart(write_study):
    plan = make_plan(write_study(POTENTIAL, MOLECULES))
    states = faked(plan, [-5.0, -5.1, -4.93], [-9.0, -9.02])
    (keys,) = plan.screen_keys.values()
    state = states[keys[1]]
    broken = torn(-5.1, plan.built["BA"][1].structure.atoms)
    states[keys[1]] = replace(state, result=broken)
    rows = documents_of("candidates", plan, states)
    assert [row["screened_above_lowest_eV"] for row in rows] == [0.0, None, pytest.approx(0.07)]
    assert [row["rank"] for row in rows] == [1, 3, 2]
    assert rows[1]["status"].endswith("; a bond C-N broke, 3.00 A in the screening")
    assert rows[1]["change_eV"] is None
    (check,) = documents_of("screening", plan, states)
    assert check["warnings"][0] == (
        "BA: in 1 of 3 candidates 7net-0 broke bonds; they are not ranked and start as they were"
        " placed: #2 (a bond C-N broke, 3.00 A)"
    )
    assert "machine-learned, knows no charge and no spin" in " ".join(
        cell for row in table_of("candidates", plan, faked(plan, [-5, -5.1, -4], [-9, -9])).rows
        for cell in row
    )  # fmt: skip


@pytest.mark.usefixtures("stand_in")
def test_an_unpaired_electron_makes_the_order_doubtful(write_study):
    radical = SLABS.split("[vacancies")[0].replace('state = "neutral"', 'balance = "electron"')
    radical = radical.replace('molecule = "MA"', 'molecule = "GA"').replace(
        "ligands.MA", "ligands.L"
    )
    radical += '[[candidates]]\nspecies = "slab.L"\ncount = 3\npromote = 2\n'
    plan = make_plan(write_study(POTENTIAL, radical))
    (row,) = rows_of("screening", plan, faked(plan, [-5.0, -5.1, -4.93], [None, None]))
    assert row.warnings[0] == (
        "slab.L: has an unpaired electron, of which 7net-0 knows nothing; its order may be"
        " meaningless: screen with a level of GPAW"
    )
    pair = make_plan(write_study(POTENTIAL, MOLECULES))
    (row,) = rows_of("screening", pair, faked(pair, [-5.0, -5.1, -4.5], [-9.0, -9.02]))
    assert row.warnings == ()


@pytest.mark.usefixtures("stand_in")
def test_no_energy_of_it_reaches_a_result(write_study, tmp_path):
    plan = make_plan(write_study(POTENTIAL, SHORT, ecut=230.0, fmax=0.9, vacuum=3.0))
    states = run_plan(plan, tmp_path / "results", cores=1)
    assert {state.state for state in states.values()} == {"done"}
    used = {plan.tasks[key].kind for keys in plan.species_keys.values() for key in keys}
    assert used == {"relax"}
    screened = [states[key].result for key in plan.screen_keys["slab.MA"]]
    final = [states[key].result for key in plan.relax_keys["slab.MA"]]
    assert {each.values["level"]["codes"]["sevenn"] for each in screened} == {VERSION}
    assert all("sevenn" not in each.values["level"]["codes"] for each in final)
    order = ranking(screened).order
    assert [each.values["candidate"] - 1 for each in final] == list(order[:2])
    moved = (
        screened[order[0]].atoms.positions
        - plan.built["slab.MA"][order[0]].structure.atoms.positions
    )
    assert moved[:, 0] == pytest.approx(np.full(len(moved), 0.05), abs=0.03)
    (row,) = rows_of("reactions", plan, states)
    slab, methylamine = (states[plan.species_keys[name][0]].result for name in ("slab", "MA"))
    energies = [each.energy_eV for each in (slab, methylamine)]
    images_eV = min(each.energy_eV for each in final) - sum(energies) - row.reaction_energy_eV
    assert abs(images_eV) < 0.1  # of the dipole of the molecule, which is subtracted
    assert any("promoted by their energies at '7net-0'" in note for note in row.notes)
    data = document(plan, tmp_path / "results")
    assert data["level"]["screening"]["weights"] == "SevenNet-0 (11 July 2024)"


@pytest.mark.usefixtures("stand_in")
def test_words_name_package_version_and_weights(write_study):
    from workflows.findings.findings import Findings
    from workflows.report.provenance import setting_table

    plan = make_plan(write_study(POTENTIAL, MOLECULES))
    assert level_settings(plan.study)[-1] == (
        f"Candidates screened at '7net-0': SevenNet-0 (11 July 2024) plus D3(BJ), a potential of"
        f" sevenn {VERSION}, machine-learned, knows no charge and no spin, forces below 0.02 eV/A;"
        " these energies only rank."
    )
    text = methods(Findings(plan, plan.file.parent)).text
    assert "with the machine-learned potential SevenNet-0 (11 July 2024)" in text
    assert "10.1021/acs.jctc.4c00190" in text
    rows = {row[0]: row[1:] for row in setting_table(plan.study).rows}
    assert rows["potential"] == ("-", "7net-0")
    assert rows["ecut_eV"] == ("300.0", "-")


needs_it = pytest.mark.skipif(not installed(), reason="needs pip install 'passivant[mlip]'")


@needs_it
def test_the_potential_knows_the_perovskite():
    """PBE puts the lattice constant of cubic CsPbI3 at 6.39 A (Materials Project, mp-1069538)."""
    calculator = potential_calculator("7net-0", {"sevenn": version("sevenn")})
    lengths, energies = np.linspace(6.2, 6.6, 5), []
    for a in lengths:
        places = [[0.5] * 3, [0.0] * 3, [0.5, 0, 0], [0, 0.5, 0], [0, 0, 0.5]]
        atoms = Atoms("CsPbI3", scaled_positions=places, cell=[a] * 3, pbc=True)
        atoms.calc = calculator
        energies.append(atoms.get_potential_energy())
    square, linear, _ = np.polyfit(lengths, energies, 2)
    assert -linear / (2 * square) == pytest.approx(6.39, abs=0.06)


@needs_it
def test_methylamine_stays_on_lead(write_study, tmp_path):
    plan = make_plan(write_study(POTENTIAL, SHORT))
    atoms = plan.built["slab.MA"][0].structure.atoms
    level = PotentialLevel.model_validate({"potential": "7net-0"})
    spec = {
        "structure": atoms_to_dict(atoms), "parent_atoms": [], "offsets_A": [], "cut": {},
        "level": level.physics(), "fingerprint": "f", "charge": 0, "fmax_eV_per_A": 0.1,
        "fix_centre_of_mass": False,
    }  # fmt: skip
    values = kind.run(Job(tmp_path, spec, level.limits(), None, lambda progress: None))
    relaxed = atoms_from_dict(values.structure)
    nitrogen, lead = (list(relaxed.symbols).index(each) for each in ("N", "Pb"))
    assert values.unrelaxed_because == ""
    # Measured and calculated Pb-N bonds of amines: 2.4 to 2.8 A.
    assert 2.4 < relaxed.get_distance(nitrogen, lead, mic=True) < 2.8
