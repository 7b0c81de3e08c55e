"""Passivation matrices and basin checks: what is planned, signs, and real GPAW."""

import json

import numpy as np
import pytest
from ase.db import connect
from monty.json import MontyDecoder

from analysis.energies.dipole_images import without_images
from analysis.results import atoms_from_dict
from tests.findings import documents_of, rows_of
from workflows.dft.optimise.start import start_structure
from workflows.execution.engine import run_plan
from workflows.export import export_study
from workflows.findings.findings import Findings
from workflows.planner import make_plan
from workflows.recipes.passivation import MIXED as MIXED_WORDS
from workflows.recipes.passivation import RECIPE
from workflows.species.stripped import stripped_words
from workflows.study.errors import StudyError
from workflows.summary import document, tables

TINY = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = {layers}
vacuum_A = 6.0
sides = "{sides}"

[ligands.A]
smiles = "N"
anchor_smarts = "[NX3]"

[ligands.B]
molecule = "MA"
state = "neutral"

[ligands.X]
molecule = "AcOH"
state = "anion"
balance = "substitution"

[vacancies.V]
element = "I"

[[passivation]]
surface = "slab"
ligands = ["{ligands}"]
vacancies = ["V"]

[[basin_checks]]
species = "slab.A"

[[splits]]
species = "slab.A"
"""


MIXED = """
[surfaces.slab]
material = "CsPbI2Br"
mixing = {cell = [2, 2, 2], seed = 3}
termination = "PbX2"
size = [1, 1]
layers = 3
vacuum_A = 6.0

[ligands.A]
smiles = "CN"
anchor_smarts = "[NX3]"

[vacancies.V]
element = "I"

[[passivation]]
surface = "slab"
ligands = ["A"]
vacancies = ["V"]
"""


def test_vacancies_of_different_ions_of_a_mixed_crystal_are_said(write_study, tmp_path):
    plan = make_plan(write_study(MIXED))
    places = [plan.species[n][0].structure.vacancies[0][1][:2] for n in ("slab.V", "slab.A.V")]
    assert np.linalg.norm(np.subtract(*places)) > 3.0
    (table,) = RECIPE.tables(Findings(plan, tmp_path))
    assert MIXED_WORDS in table.footnotes
    for name, (x, y) in zip(("slab.V", "slab.A.V"), places, strict=True):
        words = (
            f"{name}: at x {x:.2f}, y {y:.2f} A, one of 3 kinds of I that no symmetry makes alike"
        )
        assert any(note.startswith(words) for note in table.footnotes)


@pytest.mark.parametrize("rattle_A", [0.0, 0.05])
def test_vacancies_of_equal_ions_need_no_words(write_study, tmp_path, rattle_A):
    text = MIXED.replace("CsPbI2Br", "CsPbI3").replace(
        "mixing = {cell = [2, 2, 2], seed = 3}\n", ""
    )
    plan = make_plan(write_study(text.replace("layers = 3", f"layers = 3\nrattle_A = {rattle_A}")))
    (table,) = RECIPE.tables(Findings(plan, tmp_path))
    assert MIXED_WORDS not in table.footnotes


def study(**changes):
    return TINY.format(**{"layers": 1, "sides": "one", "ligands": "A", **changes})


def test_matrix_is_made_of_balanced_reactions_without_reservoirs(write_study):
    plan = make_plan(write_study(study(ligands='A", "B", "A.B').replace("[1, 1]", "[2, 1]")))
    assert [(name, r.equation) for name, r in plan.planned["passivation"]] == [
        ("V beside A", "slab.A + slab.V -> slab.A.V + slab"),
        ("V beside B", "slab.B + slab.V -> slab.B.V + slab"),
        ("V beside A.B", "slab.A.B + slab.V -> slab.A.B.V + slab"),
        ("A and B together", "slab.A + slab.B -> slab.A.B + slab"),
    ]
    for _, reaction in plan.planned["passivation"]:
        assert sum(n for _, n in reaction.coefficients) == 0
        assert all(name.startswith("slab") for name in reaction.species)


@pytest.mark.parametrize("sides", ["one", "two"])
def test_stripped_slab_starts_where_the_ligand_left_it(write_study, sides):
    plan = make_plan(write_study(study(layers=3, sides=sides)))
    own, stripped = plan.species["slab"]
    (covered,) = plan.species["slab.A"]
    spec = plan.tasks[plan.species_keys["slab"][1]].spec
    assert spec["parents"] == list(plan.species_keys["slab.A"])
    relaxed = covered.structure.atoms.copy()
    moved = np.random.default_rng(0).normal(scale=0.1, size=relaxed.positions.shape)
    moved[:, 2] -= moved[covered.parent_atoms >= 0, 2].mean()
    relaxed.positions += moved
    relaxed.positions[:, 2] += 1.7  # as another candidate might hold it
    start = start_structure(spec, relaxed)
    bare = own.structure.atoms
    assert (start.numbers == bare.numbers).all()
    assert start.cell.array == pytest.approx(bare.cell.array)
    order = covered.parent_atoms
    expected = bare.positions.copy()
    expected[order[order >= 0]] += moved[order >= 0]
    assert start.positions == pytest.approx(expected, abs=1e-5)
    assert atoms_from_dict(spec["structure"]).positions == pytest.approx(bare.positions, abs=1e-5)
    assert stripped.structure.placement == stripped_words("slab.A")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('surface = "slab"', 'surface = "slap"', "passivation.0.surface: 'slap' is not defined"),
        ('ligands = ["A"]', 'ligands = ["A.C"]', "passivation.0.ligands: 'C' is not defined; def"),
        ('vacancies = ["V"]', 'vacancies = ["W"]', "passivation.0.vacancies: 'W' is not defined"),
        ('species = "slab.A"', 'species = "slab"', "basin_checks.0.species: 'slab' must be a sl"),
        ('species = "slab.A"', 'species = "A"', "basin_checks.0.species: 'A' must be a slab"),
        ('splits]]\nspecies = "slab.A"', 'splits]]\nspecies = "slab"', "splits.0.species: 'slab'"),
        ('splits]]\nspecies = "slab.A"', 'splits]]\nspecies = "slab.A.V"', "splits.0.species: .*"),
    ],
)
def test_bad_matrices_and_checks_are_refused(write_study, old, new, words):
    text = study(layers=3)
    assert old in text
    with pytest.raises(StudyError, match=words):
        make_plan(write_study(text.replace(old, new, 1)))


def test_matrix_and_basin_check_with_gpaw(write_study, tmp_path):
    reaction = '\n[[reactions]]\nname = "A"\nequation = "slab + A -> slab.A"\n'
    plan = make_plan(write_study(study(), reaction, ecut=220.0, fmax=0.9, vacuum=3.0))
    results = tmp_path / "results"
    states = run_plan(plan, results, cores=2)
    assert {s.state for s in states.values()} == {"done"}
    energy = {
        name: [without_images(states[key].result).energy_eV for key in keys]
        for name, keys in plan.species_keys.items()
    }
    own, stripped = energy["slab"]
    basin, other = documents_of("basin_checks", plan, states)
    assert basin["change_eV"] == pytest.approx(stripped - own)
    assert basin["own_angle_deg"] is not None
    reference = min(own, stripped)
    (matrix,) = rows_of("passivation", plan, states)
    expected = energy["slab.A.V"][0] + reference - energy["slab.A"][0] - min(energy["slab.V"])
    assert matrix.reaction_energy_eV == pytest.approx(expected)
    (adsorption,) = rows_of("reactions", plan, states)
    expected = energy["slab.A"][0] - reference - energy["A"][0]
    assert adsorption.reaction_energy_eV == pytest.approx(expected)
    assert "slab: lowest of 2 candidates" in adsorption.notes
    (split,) = documents_of("splits", plan, states)
    assert split["status"] == "done"
    assert split["adsorption_eV"] == pytest.approx(adsorption.reaction_energy_eV, abs=0.01)
    deformation = split["deformation_eV"]
    total = split["interaction_eV"] + deformation["surface"] + deformation["A"]
    assert total == pytest.approx(split["adsorption_eV"])
    assert split["interaction_eV"] < 0.0
    data = document(plan, results)
    assert data["splits"] == [split]
    assert data["passivation"][0]["reaction_energy_eV"] == matrix.reaction_energy_eV
    assert data["basin_checks"] == [basin, other]
    assert [t.title for t in tables(plan, results)][1:] == [
        "Dispersion",
        "Passivation",
        "Candidates",
        "Spins",
        "Basin checks",
        "Adsorption energies, split",
    ]
    files = export_study(Findings(plan, results), tmp_path / "out")
    assert {"energies.db", "entries.json"} <= {f.name for f in files}
    rows = list(connect(tmp_path / "out" / "energies.db").select(species="slab"))
    assert [row.energy for row in rows] == [own, stripped]
    entries = json.loads((tmp_path / "out" / "entries.json").read_text(), cls=MontyDecoder)
    found = {entry.entry_id: entry for entry in entries}
    assert found["slab.A.V-1"].energy == energy["slab.A.V"][0]
    assert found["slab.A.V-1"].composition.reduced_formula == "H3PbIN"
