"""Geometry of the relaxed slabs of a study: rows, table, flags with the energies, files."""

import csv
import io
import json

import numpy as np
import pytest

from analysis.results import atoms_to_dict
from analysis.tables import render
from slabs.crystals.perovskite import perovskite
from tests.findings import documents_of, rows_of, table_of
from workflows.execution.engine import prepare
from workflows.export import export_study
from workflows.findings.findings import Findings
from workflows.findings.states import task_folder, task_states
from workflows.planner import make_plan
from workflows.store import write_result
from workflows.summary import document, tables

A_A = perovskite("CsPbI3").cell.lengths()[0]

STUDY = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [2, 1]
layers = 3
frozen_layers = {frozen}
sides = "{sides}"
vacuum_A = 8.0
rattle_A = 0.02
rattle_seed = 3

[ligands.MA]
molecule = "MA"
state = "neutral"
site = "metal-top"

[ligands.GAI]
molecule = "GA"
balance = "counter-ion"
counter_ion = "I"

[vacancies.V]
element = "I"
bridge_axis = "x"

[molecules.I2]
smiles = "II"

[[reactions]]
name = "MA adsorption"
equation = "slab + {faces} MA -> slab.MA"

[[reactions]]
name = "GAI adsorption"
equation = "slab + {faces} GAI -> slab.GAI"

[[passivation]]
surface = "slab"
ligands = ["MA"]
vacancies = ["V"]
"""


def study(sides="one"):
    one = sides == "one"
    return STUDY.format(sides=sides, frozen=2 if one else 1, faces=1 if one else 2)


def pretend(plan, results, changes=None):
    """Store the plans of all species as their relaxed structures, changed where asked for."""
    prepare(plan, results)
    for name, keys in plan.species_keys.items():
        for number, key in enumerate(keys):
            task, species = plan.tasks[key], plan.species[name][number]
            atoms = species.structure.atoms.copy()
            if changes and name in changes:
                changes[name](atoms, species.structure)
            values = {
                "energy_eV": -1.0,
                **{k: task.spec[k] for k in ("level", "fingerprint", "charge")},
                "structure": atoms_to_dict(atoms),
            }
            write_result(task_folder(task, results), task.kind, key, values)
    return task_states(plan, results)


def lift(group, by_A):
    def change(atoms, structure):
        moved = structure.indices(group)
        atoms.positions[moved, 2] += by_A

    return change


def test_rows_of_a_study_that_did_not_move(write_study, tmp_path):
    plan = make_plan(write_study(study()))
    states = pretend(plan, tmp_path / "results")
    rows = {row["species"]: row for row in documents_of("geometry", plan, states)}
    assert list(rows) == ["slab", "slab.MA", "slab.GAI", "slab.V", "slab.MA.V"]
    assert all(row["flags"] == [] for row in rows.values())
    for row in rows.values():
        assert row["network"]["planned"] == pytest.approx(row["network"]["relaxed"], abs=1e-4)
        # Only the rattle is between the plan and the crystal.
        assert row["layers"]["relaxed"]["bulk_spacings_A"] == pytest.approx([A_A / 2] * 2)
        assert np.abs(row["layers"]["relaxed"]["changes_percent"]).max() < 1.0
    assert rows["slab"]["ligands"] == rows["slab"]["vacancies"] == []
    (amine,) = rows["slab.MA.V"]["ligands"]
    assert list(amine) == ["ligand", "planned", "relaxed"]
    assert (amine["relaxed"]["metal"], amine["relaxed"]["anchor"]) == ("Pb", "N")
    assert amine["relaxed"]["metal_distance_A"] == pytest.approx(2.495, abs=0.05)
    (guanidinium,) = rows["slab.GAI"]["ligands"]
    bonds = guanidinium["relaxed"]["hydrogen_bonds"]
    assert {"surface", "GAI"} >= {bond["acceptor_of"] for bond in bonds}
    assert any(bond["acceptor_of"] == "GAI" for bond in bonds)  # its own iodide
    assert guanidinium["relaxed"]["plane_tilt_deg"] == pytest.approx(0.0, abs=0.01)
    (vacancy_row,) = rows["slab.MA.V"]["vacancies"]
    assert vacancy_row["across"] == ["Pb", "Pb"]
    assert vacancy_row["across_after_A"] == pytest.approx(vacancy_row["across_before_A"])


def test_flags_go_with_the_energies_of_the_species_only(write_study, tmp_path):
    plan = make_plan(write_study(study()))
    states = pretend(plan, tmp_path / "results", {"slab.MA": lift("MA", 3.0)})
    by_name = {row.name: row for row in rows_of("reactions", plan, states)}
    start = "slab.MA: MA left its metal, nearest Pb-N 5."
    assert [flag for flag in by_name["MA adsorption"].flags if flag.startswith(start)]
    assert by_name["MA adsorption"].notes[-1] == by_name["MA adsorption"].flags[0]
    assert by_name["GAI adsorption"].flags == ()
    assert any(note.startswith(start) for note in table_of("reactions", plan, states).warnings)
    (row,) = rows_of("passivation", plan, states)
    assert row.flags[0].startswith(start)
    assert table_of("passivation", plan, states).warnings[-1].startswith(start)
    data = document(plan, tmp_path / "results")
    assert data["reactions"][0]["flags"][0].startswith(start)
    assert data["reactions"][1]["flags"] == []


def test_an_ion_pair_that_leaves_together_is_flagged(write_study, tmp_path):
    plan = make_plan(write_study(study()))
    for rise_A, kinds in ((1.0, []), (4.0, ["left"])):
        changes = {"slab.GAI": lift("GAI", rise_A)}
        states = pretend(plan, tmp_path / f"{rise_A:g}", changes)
        (row,) = [
            row for row in documents_of("geometry", plan, states) if row["species"] == "slab.GAI"
        ]
        assert [flag["kind"] for flag in row["flags"]] == kinds
        assert row["ligands"][0]["relaxed"]["hydrogen_bonds"]  # to its own iodide


def test_a_molecule_that_dissociates_in_its_box_is_flagged(write_study, tmp_path):
    def to_iodide(atoms, structure):
        iodine = int(np.flatnonzero(atoms.symbols == "I")[0])
        hydrogen = atoms.symbols == "H"
        gaps = np.linalg.norm(atoms.positions - atoms.positions[iodine], axis=1)
        proton = int(np.where(hydrogen, gaps, np.inf).argmin())
        away = atoms.positions[proton] - atoms.positions[iodine]
        atoms.positions[proton] = atoms.positions[iodine] + 1.65 * away / np.linalg.norm(away)

    plan = make_plan(write_study(study()))
    states = pretend(plan, tmp_path / "results", {"GAI": to_iodide})
    by_name = {row.name: row for row in rows_of("reactions", plan, states)}
    assert by_name["GAI adsorption"].flags == ("GAI: a proton moved from N of GAI to I of GAI",)
    assert by_name["MA adsorption"].flags == ()


def test_table_of_known_changes(write_study, tmp_path):
    def around_vacancy(atoms, structure):
        """Both Pb come 0.25 A closer; the ligand rises by 0.1 A."""
        atoms.positions[structure.indices("MA"), 2] += 0.1
        surface = structure.indices("surface")
        lead = [n for n in surface[atoms.symbols[surface] == "Pb"] if atoms.positions[n, 2] > 9.0]
        (place,) = structure.vacancies_A
        for n in lead:
            gap = place - atoms.positions[n]
            gap[0] -= 2 * A_A * np.round(gap[0] / (2 * A_A))
            atoms.positions[n] += 0.25 * np.array([np.sign(gap[0]), 0.0, 0.0])

    plan = make_plan(write_study(study()))
    pretend(plan, tmp_path / "results", {"slab.MA.V": around_vacancy})
    (table,) = tables(plan, tmp_path / "results", "geometry")
    lines = list(csv.DictReader(io.StringIO(render([table], "csv"))))
    found = {line["quantity"]: line for line in lines if line["species"] == "slab.MA.V"}
    assert float(found["MA: height of N / A"]["change"]) == pytest.approx(0.1, abs=1e-6)
    across = found["V(I): Pb-Pb across it / A"]
    assert float(across["before"]) == pytest.approx(A_A, abs=0.1)
    assert float(across["change"]) == pytest.approx(-0.5, abs=5e-4)
    towards = [line["change"] for name, line in found.items() if name.endswith("towards it / A")]
    assert len(towards) == 3
    assert all(float(x) == pytest.approx(0.25, abs=0.002) for x in towards[:2])
    assert {line["level"] for line in lines} == {"test"}
    assert "Only for tests." in table.footnotes
    assert any("110 degrees" in note for note in table.footnotes)
    assert "Geometry" not in [t.title for t in tables(plan, tmp_path / "results")]


def test_document_and_export_hold_the_geometry(write_study, tmp_path):
    plan = make_plan(write_study(study()))
    pretend(plan, tmp_path / "results")
    data = json.loads(json.dumps(document(plan, tmp_path / "results"), allow_nan=False))
    assert len(data["geometry"]) == 5
    assert data["geometry"][0]["layers"]["relaxed"]["rumplings_A"][0] is not None
    files = export_study(Findings(plan, tmp_path / "results"), tmp_path / "out")
    (file,) = [f for f in files if f.name == "geometry.csv"]
    assert file.read_text().startswith("species,quantity,unit,before,after,change,level\n")


def test_unfinished_slabs_have_no_row(write_study, tmp_path):
    plan = make_plan(write_study(study()))
    prepare(plan, tmp_path / "results")
    states = task_states(plan, tmp_path / "results")
    assert documents_of("geometry", plan, states) == []
    (table,) = tables(plan, tmp_path / "results", "geometry")
    assert table.rows == ()


def test_two_faces_show_the_upper_one_and_are_flagged_if_they_differ(write_study, tmp_path):
    plan = make_plan(write_study(study(sides="two")))
    states = pretend(plan, tmp_path / "same")
    rows = {row["species"]: row for row in documents_of("geometry", plan, states)}
    assert [row["flags"] for row in rows.values()] == [[]] * 5
    assert len(rows["slab.MA"]["ligands"]) == len(rows["slab.MA.V"]["vacancies"]) == 1

    def one_face(atoms, structure):
        group = structure.indices("MA")
        upper = group[: len(group) // 2]
        assert (
            atoms.positions[upper, 2].min()
            > atoms.positions[structure.indices("surface"), 2].mean()
        )
        atoms.positions[upper, 2] += 0.2

    states = pretend(plan, tmp_path / "differ", {"slab.MA": one_face})
    rows = {row["species"]: row for row in documents_of("geometry", plan, states)}
    (ligand_row,) = rows["slab.MA"]["ligands"]
    change = ligand_row["relaxed"]["height_A"] - ligand_row["planned"]["height_A"]
    assert change == pytest.approx(0.2, abs=1e-5)
    (flag,) = rows["slab.MA"]["flags"]
    assert flag["kind"] == "faces"
    assert flag["words"].startswith("the two faces differ, by up to 0.1")
    assert rows["slab"]["flags"] == rows["slab.MA.V"]["flags"] == []
    (energy, _) = rows_of("reactions", plan, states)
    assert energy.flags == (f"slab.MA: {flag['words']}",)


CUT = """
[crystals.bulk]
material = "CsPbI3"

[surfaces.slab]
crystal = "bulk"
termination = "PbI2"
size = [1, 1]
layers = 3
vacuum_A = 6.0

[vacancies.V]
element = "Cs"

[[dos]]
species = "slab.V"
"""


def test_layers_are_compared_with_the_relaxed_crystal(write_study, tmp_path):
    plan = make_plan(write_study(CUT))

    def stretched(atoms, structure):
        atoms.set_cell(atoms.cell.array * [[1.02], [1.02], [1.02 if atoms.pbc[2] else 1.0]])
        atoms.positions *= 1.02

    changes = dict.fromkeys(("bulk", "slab", "slab.V"), stretched)
    states = pretend(plan, tmp_path / "results", changes)
    rows = {row["species"]: row for row in documents_of("geometry", plan, states)}
    for row in rows.values():
        found = row["layers"]["relaxed"]
        assert found["bulk_spacings_A"] == pytest.approx([1.02 * A_A / 2] * 2, abs=1e-5)
        assert found["changes_percent"] == pytest.approx([0.0, 0.0], abs=1e-3)
    # A layer of one kind of ion has no rumpling; a missing cation leaves no metals across.
    assert rows["slab.V"]["layers"]["relaxed"]["rumplings_A"][1] is None
    (found,) = rows["slab.V"]["vacancies"]
    assert found["element"] == "Cs"
    assert set(found["across"]) == {"I"}
