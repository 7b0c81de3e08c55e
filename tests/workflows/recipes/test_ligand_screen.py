"""A screen of ligands: what is planned, ranks, failures, and real numbers of ammonia."""

import csv
import io
import json

import numpy as np
import pytest

from analysis.result_values import DescriptorValues
from analysis.tables import render
from tests.findings import findings_of, rows_of
from tests.pretended import pretend_results
from workflows.execution.engine import run_plan
from workflows.findings.states import task_folder, task_states
from workflows.planner import make_plan
from workflows.recipes.ligand_screen.figures import quantities
from workflows.recipes.registry import recipe
from workflows.store import write_failure
from workflows.study.errors import StudyError
from workflows.study.file import load_study

SURFACE = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 1
vacuum_A = 6.0

[vacancies.V_I]
element = "I"

[ligands]
list = "ligands.csv"
"""
SCREEN = """
[ligand_screen]
surface = "slab"
"""
NOTHING_MORE = "work_function = false\ngap_levels = false\ndescriptors = false\n"
LIST = """name,smiles,state,balance
NH3,N,neutral,
H2O,O,neutral,
Ethane,CC,neutral,
Formate,C(=O)[O-],anion,substitution
Astatine,NC[At],neutral,
"""


@pytest.fixture
def screened(write_study, tmp_path):
    """Write a study with a list; returns its path."""

    def write(*parts, text=LIST, **changes):
        (tmp_path / "ligands.csv").write_text(text, encoding="utf-8")
        return write_study(SURFACE, *parts, **changes)

    return write


def test_every_ligand_has_the_tasks_of_a_study_that_is_written_by_hand(screened):
    plan = make_plan(screened(SCREEN, 'vacancy = "V_I"\n'))
    by_hand = """
[[reactions]]
name = "NH3"
equation = "slab + NH3 -> slab.NH3"

[[reactions]]
name = "H2O"
equation = "slab + H2O -> slab.H2O"

[[passivation]]
surface = "slab"
ligands = ["NH3", "H2O"]
vacancies = ["V_I"]
"""
    for name in ("slab.NH3", "slab.H2O"):
        by_hand += f'\n[[electrostatics]]\nspecies = "{name}"\n'
    for name in ("slab", "slab.V_I", "slab.NH3", "slab.NH3.V_I", "slab.H2O", "slab.H2O.V_I"):
        by_hand += f'\n[[dos]]\nspecies = "{name}"\n'
    other = make_plan(screened(by_hand))
    own = {key for key, task in plan.tasks.items() if task.kind != "descriptors"}
    assert own == set(other.tasks)
    assert len(plan.tasks) - len(own) == 2


def test_ligands_that_cannot_be_built_are_rows_with_a_reason(screened, tmp_path):
    wide = "Wide,CC(C)(C)CC(C)(C)CC(CC(C)(C)C)CN,neutral,\n"
    plan = make_plan(screened(SCREEN, 'vacancy = "V_I"\n', NOTHING_MORE, text=LIST + wide))
    states = task_states(plan, tmp_path / "r")
    rows = {row.ligand: row for row in rows_of("ligand_screen", plan, states)}
    assert [name for name, row in rows.items() if not row.reason] == ["NH3", "H2O"]
    assert "ligands.Ethane.anchor_smarts: 'CC' has none of the" in rows["Ethane"].reason
    assert "is balanced by the ion it replaces" in rows["Formate"].reason
    assert "slab.Wide" in rows["Wide"].reason
    assert "contains At, for which GPAW has no PAW dataset" in rows["Astatine"].reason
    assert {task.label.split()[1].split(".")[-1] for task in plan.tasks.values()} == {
        "slab", "V_I", "NH3", "H2O",
    }  # fmt: skip
    said = recipe("ligand_screen").remarks(plan)
    assert len(said) == 4
    assert said[0].startswith("Ethane is not screened in full: ligands.Ethane.anchor_smarts")


ENERGIES = {
    "slab": -100.0, "slab.V_I": -90.0, "NH3": -20.0, "slab.NH3": -120.7, "slab.NH3.V_I": -110.6,
    "H2O": -15.0, "slab.H2O": -115.4, "slab.H2O.V_I": -105.9,
}  # fmt: skip


@pytest.mark.parametrize(
    ("rank_by", "order"), [("adsorption", ["NH3", "H2O"]), ("passivation", ["NH3", "H2O"])]
)
def test_energies_and_ranks_are_those_of_the_definitions(screened, tmp_path, rank_by, order):
    """E_b = E(slab) + E(L) - E(slab.L); dE = E(L.V) + E(slab) - E(L) - E(V)."""
    more = f'vacancy = "V_I"\nrank_by = "{rank_by}"\n'
    plan = make_plan(screened(SCREEN, more, NOTHING_MORE))
    pretend_results(plan, tmp_path / "r", ENERGIES)
    rows = rows_of("ligand_screen", plan, task_states(plan, tmp_path / "r"))
    assert [(row.rank, row.ligand) for row in rows[:2]] == list(enumerate(order, start=1))
    assert [row.rank for row in rows[2:]] == [None] * 3
    by_name = {row.ligand: row for row in rows}
    assert by_name["NH3"].binding_energy_eV == pytest.approx(0.7)
    assert by_name["NH3"].passivation_energy_eV == pytest.approx(0.1)
    assert by_name["H2O"].binding_energy_eV == pytest.approx(0.4)
    assert by_name["H2O"].passivation_energy_eV == pytest.approx(-0.5)
    study = plan.study
    panels = quantities(study.ligand_screen, rows[:2], "V_I")
    assert [each.label.split(" / ")[0] for each in panels] == [
        "binding energy", "V_I costs more\nbeside it", "cost",
    ]  # fmt: skip
    assert panels[0].values == pytest.approx((0.7, 0.4))


def test_energies_count_per_ligand_on_two_faces(screened, tmp_path):
    """Two faces carry two ligands: E_b is half of 1.4."""
    file = screened(SCREEN, NOTHING_MORE, text="name,smiles\nNH3,N\n")
    text = file.read_text().replace("layers = 1", 'layers = 3\nsides = "two"')
    file.write_text(text, encoding="utf-8")
    plan = make_plan(file)
    energies = {"slab": -100.0, "NH3": -20.0, "slab.NH3": -141.4}
    pretend_results(plan, tmp_path / "r", energies)
    (row,) = rows_of("ligand_screen", plan, task_states(plan, tmp_path / "r"))
    assert row.binding_energy_eV == pytest.approx(0.7)


def test_head_groups_and_salts_are_columns_and_common_notes_are_said_once(screened, tmp_path):
    text = 'name,smiles\nNH3,N\nH2O,O\nH2S,S\nMAI,C[NH3+].[I-]\nEDA,"[NH3+]CC[NH3+].[I-].[I-]"\n'
    plan = make_plan(screened(SCREEN, 'vacancy = "V_I"\n', "gap_levels = false\n", text=text))
    found = findings_of(plan, task_states(plan, tmp_path / "r"), tmp_path / "r")
    rows = {row.ligand: row for row in recipe("ligand_screen").rows(found)}
    assert {name: row.head_group for name, row in rows.items()} == {
        "NH3": "amine", "H2O": "alcohol or water", "H2S": "thiol", "MAI": "ammonium",
        "EDA": None,
    }  # fmt: skip
    assert rows["MAI"].smiles == "C[NH3+].[I-]"
    assert rows["EDA"].smiles == "[NH3+]CC[NH3+].[I-].[I-]"
    ranked, isolated = recipe("ligand_screen").tables(found)
    assert isolated.columns[2] == "Head group"
    assert [line[2] for line in isolated.rows][:2] == ["amine", "alcohol or water"]
    assert "binds through" not in "".join(ranked.footnotes)
    higher = [note for note in ranked.footnotes if "cell_height_A" in note]
    assert len(higher) == 1
    assert higher[0].startswith("8 slabs: cell higher than that of slab; ")
    assert any(note.endswith("nearest to the ligands.") for note in ranked.footnotes)


def test_weaker_ligands_may_passivate_better(screened, tmp_path):
    plan = make_plan(screened(SCREEN, 'vacancy = "V_I"\nrank_by = "passivation"\n', NOTHING_MORE))
    pretend_results(plan, tmp_path / "r", ENERGIES | {"slab.H2O.V_I": -105.0})
    rows = rows_of("ligand_screen", plan, task_states(plan, tmp_path / "r"))
    assert [(row.rank, row.ligand) for row in rows[:2]] == [(1, "H2O"), (2, "NH3")]
    assert rows[0].passivation_energy_eV == pytest.approx(0.4)


def test_a_calculation_that_fails_keeps_its_reason_and_the_other_numbers(screened, tmp_path):
    plan = make_plan(screened(SCREEN, 'vacancy = "V_I"\n', NOTHING_MORE))
    results = tmp_path / "r"
    pretend_results(plan, results, {k: v for k, v in ENERGIES.items() if k != "slab.H2O.V_I"})
    task = plan.tasks[plan.species_keys["slab.H2O.V_I"][0]]
    folder = task_folder(task, results)
    write_failure(folder, "the SCF cycle does not converge", False, 40)
    found = findings_of(plan, task_states(plan, results), results)
    row = next(r for r in recipe("ligand_screen").rows(found) if r.ligand == "H2O")
    assert (row.rank, row.passivation_energy_eV) == (2, None)
    assert row.reason == "relax slab.H2O.V_I failed: the SCF cycle does not converge"
    assert row.unfinished_tasks == 1
    lines = recipe("ligand_screen").missing(found)
    assert lines[0] == f"H2O in the screen of ligands: {row.reason}"
    (table,) = recipe("ligand_screen").tables(found)
    first, second, *_ = csv.DictReader(io.StringIO(render([table], "csv")))
    assert (first["ligand"], first["rank"], first["status"]) == ("NH3", "1", "")
    assert float(first["binding_energy_eV"]) == pytest.approx(0.7)
    assert second["status"] == row.reason
    figures = recipe("ligand_screen").figures(found, "double")
    names = [text.get_text() for text in figures["ligand-screen"].axes[0].get_yticklabels()]
    assert names == ["NH3", "H2O"]
    (page,) = recipe("ligand_screen").page_figures(found)
    assert page.words == "NH3: bound by 0.700 eV, +0.100 eV."
    json.dumps(recipe("ligand_screen").document(found), allow_nan=False)


def test_placements_go_through_the_funnel(screened):
    funnel = '[screening]\nbase = "smoke"\n'
    text = "name,smiles\nFoA,C(=O)O\n"
    plan = make_plan(
        screened(SCREEN, "placements = 3\npromote = 2\n", NOTHING_MORE, funnel, text=text)
    )
    assert {name: len(keys) for name, keys in plan.screen_keys.items()} == {"slab.FoA": 3}
    assert len(plan.relax_keys["slab.FoA"]) == 2
    with pytest.raises(StudyError, match="promote needs a table \\[screening\\]"):
        load_study(screened(SCREEN, "placements = 3\npromote = 2\n"))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('ligands = ["X"]\n', "ligand_screen.ligands: 'X' is not defined; defined: NH3"),
        ('ligands = ["NH3", "NH3"]\n', "ligand_screen.ligands: 'NH3' is named twice"),
        ('vacancy = "V_Cs"\n', "ligand_screen.vacancy: 'V_Cs' is not defined; defined: V_I"),
        ('rank_by = "passivation"\n', "rank_by = 'passivation' needs vacancy"),
        ("placements = 2\npromote = 3\n", "promote = 3 is more than placements = 2"),
        ("ligands = []\n", "ligand_screen.ligands is missing"),
    ],
)
def test_a_wrong_screen_is_refused_with_its_key(screened, more, words):
    with pytest.raises(StudyError, match=words):
        load_study(screened(SCREEN, more))


def test_ammonia_with_real_gpaw(screened, tmp_path):
    """Signs and sizes that are known elsewhere.

    NH3 has a dipole moment of 1.47 D (0.306 e angstrom; NIST CCCBDB) and a highest occupied
    PBE level 6.2 eV below the vacuum, which the long N-H bonds at this cutoff lower by 0.5 eV; its
    lone pair is where the potential is negative. On lead
    it is bound, and donors lower the work function of the face that they sit on.
    """
    plan = make_plan(
        screened(SCREEN, "gap_levels = false\n", text="name,smiles\nNH3,N\n", vacuum=5.0, fmax=0.3)
    )
    results = tmp_path / "results"
    states = run_plan(plan, results, cores=1)
    assert {state.state for state in states.values()} == {"done"}, [s.why for s in states.values()]
    (row,) = rows_of("ligand_screen", plan, states)
    energies = {name: states[keys[0]].result.energy_eV for name, keys in plan.species_keys.items()}
    by_hand = energies["slab"] + energies["NH3"] - energies["slab.NH3"]
    assert row.binding_energy_eV == pytest.approx(by_hand, abs=0.03)  # images of the dipole
    assert 0.2 < row.binding_energy_eV < 2.5
    assert row.dipole_eA == pytest.approx(0.306, abs=0.04)
    assert row.homo_eV == pytest.approx(-6.2, abs=0.8)
    assert row.lumo_eV > row.homo_eV + 4.0
    assert row.lowest_potential_V < -1.0 < row.highest_potential_V
    assert -3.5 < row.work_function_change_eV < -0.5
    assert row.cost_core_s > 0.0
    key = next(key for key, task in plan.tasks.items() if task.kind == "descriptors")
    values = states[key].result.checked(DescriptorValues)
    assert np.isclose(values.homo_eV, row.homo_eV)
