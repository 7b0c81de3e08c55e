"""Charge states of a vacancy in the bulk: plan, energies, checks, files."""

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.charged.ewald import PointCharge
from analysis.results import Result, atoms_to_dict
from tests.conftest import LEVEL
from tests.pretended import pretend_results
from workflows.dft.optimise.start import start_structure
from workflows.dft.parents import chosen_start
from workflows.execution.engine import run_plan
from workflows.export import export_study
from workflows.findings.findings import Findings
from workflows.findings.states import task_folder
from workflows.planner import make_plan
from workflows.recipes.charged_defects import RECIPE
from workflows.report.page import render_report
from workflows.store import write_result
from workflows.study.errors import StudyError
from workflows.summary import document

CRYSTAL = """
[crystals.NaCl]
material = "NaCl"
prototype = "rocksalt"
lattice_constants_A = [5.64]

[molecules.Cl2]
smiles = "ClCl"

[supercells.bulk]
crystal = "NaCl"
size = [3, 2, 2]

[vacancies.V]
element = "Cl"
"""
ENTRY = """
[[charged_defects]]
species = "bulk.V"
charges = [0, 1, -1]
dielectric_constant = {electronic = 2.4, static = 5.9, source = "a handbook"}
"""
RESERVOIRS = 'reservoirs = {Cl = "Cl2"}\n'
POTENTIALS = """
[crystals.Na]
material = "Na"
prototype = "bcc"
lattice_constants_A = [4.2]

[chemical_potentials]
host = "NaCl"
phases = ["Na", "Cl2"]
element = "Cl"
"""
SETTINGS = LEVEL.format(ecut=300.0, fmax=0.1, max_steps=40, dispersion="none", vacuum=3.5)
#: Made up, in eV.
ENERGIES = {"NaCl": -8.0, "Cl2": -2.0, "Na": -3.0, "bulk": -96.0, "bulk.V": -88.0}
CHARGED = {1: -90.0, -1: -81.0}
VBM, CBM = -1.0, 4.0
#: Highest filled and lowest empty level by charge.
LEVELS = {1: (-1.0, 2.5), 0: (2.0, 4.0), -1: (4.2, 4.3)}
OFFSET = 0.2


def test_charge_states_start_from_the_neutral_defect(plans):
    plan = plans()
    (planned,) = plan.planned["charged_defects"]
    assert (planned.host, dict(planned.removed)) == ("bulk", {"Cl": 1})
    assert list(planned.states) == [0, 1, -1]
    neutral = plan.tasks[plan.relax_keys["bulk.V"][0]]
    plus, minus = (plan.tasks[planned.states[q].energy] for q in (1, -1))
    for task, charge in ((plus, 1), (minus, -1)):
        assert (task.kind, task.parents) == ("relax", (neutral.key,))
        assert (task.spec["charge"], task.spec["bulk"]) == (charge, True)
        # The neutral vacancy has an odd electron, these have none.
        assert not task.spec["spin_polarised"]
        assert not any(task.spec["starts"][0]["structure"]["magnetic_moments_muB"])
        assert task.spec["kpoints"] == neutral.spec["kpoints"]
    assert neutral.spec["spin_polarised"]
    states = [plan.tasks[each.potentials] for each in planned.states.values()]
    assert [task.spec["charge"] for task in states] == [0, 1, -1]
    assert [task.parents for task in states] == [(neutral.key,), (plus.key,), (minus.key,)]
    host = plan.tasks[planned.host_potentials]
    assert host.parents == plan.species_keys["bulk"]


def test_the_start_is_the_relaxed_neutral_structure(plans):
    plan = plans()
    (planned,) = plan.planned["charged_defects"]
    spec = plan.tasks[planned.states[1].energy].spec
    relaxed = plan.species["bulk.V"][0].structure.atoms.copy()
    relaxed.positions += 0.01 * np.arange(len(relaxed))[:, None]
    neutral = pretended(relaxed, plan.relax_keys["bulk.V"][0])
    own, parent, about = chosen_start(spec, [neutral])
    assert parent is neutral
    assert about == {"candidate": 1}
    assert start_structure(own, relaxed).positions == pytest.approx(relaxed.positions)


def pretended(atoms, key):
    """A result with a structure."""
    return Result(Path(), "relax", key, {"energy_eV": 0.0, "structure": atoms_to_dict(atoms)})


def test_an_odd_electron_starts_beside_the_vacancy(plans):
    text = CRYSTAL + ENTRY.replace("[0, 1, -1]", "[2]") + RESERVOIRS
    plan = plans(text)
    (planned,) = plan.planned["charged_defects"]
    task = plan.tasks[planned.states[2].energy]
    assert task.spec["spin_polarised"]
    structure = task.spec["starts"][0]["structure"]
    moments = np.array(structure["magnetic_moments_muB"])
    near = np.flatnonzero(moments)
    assert moments.sum() == pytest.approx(1.0, abs=1e-5)
    # The six sodium ions around the vacancy.
    assert np.array(structure["numbers"])[near].tolist() == [11] * 6


def test_vertical_states_keep_the_positions_of_the_neutral_one(plans):
    text = CRYSTAL + ENTRY + RESERVOIRS + 'positions = "neutral"\n'
    plan = plans(text)
    (planned,) = plan.planned["charged_defects"]
    task = plan.tasks[planned.states[1].energy]
    assert (task.kind, task.parents) == ("single-point", plan.species_keys["bulk.V"])
    assert (task.spec["charge"], task.spec["bulk"]) == (1, True)
    assert task.spec["moments_muB"] == [0.0] * 23


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    """Plans by the text of the study, each made once."""
    made = {}

    def make(text=CRYSTAL + ENTRY + RESERVOIRS):
        if text not in made:
            file = tmp_path_factory.mktemp("study") / "study.toml"
            file.write_text(SETTINGS + text, encoding="utf-8")
            made[text] = make_plan(file)
        return made[text]

    return make


@pytest.fixture
def study(plans, tmp_path):
    """Findings with made-up energies and potentials; `change` edits the values of a task."""

    def make(entry=ENTRY + RESERVOIRS, change=None, dielectric=5.9):
        plan = plans(CRYSTAL + entry)
        known = {name: ENERGIES[name] for name in plan.species_keys}
        pretend_results(plan, tmp_path, known, more={"bulk.V": {"magnetic_moment_muB": 1.0}})
        (planned,) = plan.planned["charged_defects"]
        host = plan.species["bulk"][0].structure.atoms
        atoms = plan.species["bulk.V"][0].structure.atoms
        (gone,) = set(range(len(host))) - set(planned.atoms)
        points = atoms.positions - host.positions[gone]
        model = PointCharge(host.cell.array, [dielectric] * 3).potential_V(points)
        own = np.linspace(-5.0, 5.0, len(host))
        common = {"grid": [30, 30, 30]}
        edges = {"vbm_eV": VBM, "cbm_eV": CBM}
        written = [
            (planned.host_potentials, {
                **common, **edges, "structure": atoms_to_dict(host),
                "site_potentials_V": own.tolist(), "valence_electrons": 168.0,
                "highest_filled_eV": VBM, "lowest_empty_eV": CBM,
            })
        ]  # fmt: skip
        for charge, keys in planned.states.items():
            filled, empty = LEVELS[charge]
            potentials = own[list(planned.atoms)] + charge * (model + OFFSET)
            values = {
                **common, "structure": atoms_to_dict(atoms), "valence_electrons": 161.0 - charge,
                "site_potentials_V": potentials.tolist(),
                "highest_filled_eV": filled - charge * OFFSET,
                "lowest_empty_eV": empty - charge * OFFSET,
            }  # fmt: skip
            written.append((keys.potentials, values))
            if keys.energy is not None:
                spec = plan.tasks[keys.energy].spec
                about = {key: spec[key] for key in ("level", "fingerprint", "charge")}
                structure = {"structure": atoms_to_dict(atoms)}
                written.append((keys.energy, {"energy_eV": CHARGED[charge], **structure, **about}))
        for key, values in written:
            task = plan.tasks[key]
            kept = values if change is None else change(task, dict(values))
            if kept is not None:
                write_result(task_folder(task, tmp_path), task.kind, key, kept)
        return Findings(plan, tmp_path)

    return make


def states_of(found):
    (row,) = RECIPE.rows(found)
    return {each.charge: each for each in row.states}


def test_formation_energies_have_all_their_terms(study):
    found = study()
    (row,) = RECIPE.rows(found)
    (condition,) = row.conditions
    assert condition == "Cl in Cl2"
    states = states_of(found)
    # -88 + 96 - 1
    assert states[0].at_vbm_eV[condition] == pytest.approx(7.0)
    assert states[0].at_cbm_eV[condition] == pytest.approx(7.0)
    # -90 + 96 - 1 + VBM, and the correction.
    plus = states[1]
    assert plus.uncorrected_at_vbm_eV[condition] == pytest.approx(4.0)
    cell = found.plan.species["bulk"][0].structure.atoms.cell.array
    lattice_eV = PointCharge(cell, [5.9] * 3).energy_eV()
    assert plus.point_charge_eV == pytest.approx(-lattice_eV)
    assert plus.point_charge_eV > 0
    assert plus.alignment_eV == pytest.approx(-OFFSET)
    assert plus.at_vbm_eV[condition] == pytest.approx(4.0 - lattice_eV - OFFSET)
    assert plus.at_cbm_eV[condition] == pytest.approx(9.0 - lattice_eV - OFFSET)
    assert (plus.spread_V, plus.slope) == (pytest.approx(0.0, abs=1e-9), pytest.approx(1.0))
    # Levels are on the scale of the host again, from its VBM.
    assert (plus.highest_filled_eV, plus.lowest_empty_eV) == (
        pytest.approx(0.0),
        pytest.approx(3.5),
    )
    assert states[0].magnetic_moment_muB == 1.0


def test_levels_between_states_and_a_shallow_one(study):
    (row,) = RECIPE.rows(study())
    deep, shallow = row.transitions
    plus, neutral = (row.known_eV("Cl in Cl2")[q] for q in (1, 0))
    assert (deep.charges, deep.words) == ((1, 0), "in the gap")
    # Below the level 1+ is lower.
    assert deep.level_eV == pytest.approx(neutral - plus)
    assert deep.below_cbm_eV == pytest.approx(5.0 - (neutral - plus))
    # The electron of 1- lies above the conduction-band minimum.
    assert (shallow.charges, shallow.level_eV) == ((0, -1), None)
    assert shallow.words == "above the CBM: shallow donor"
    minus = row.states[-1]
    assert minus.charge == -1
    assert minus.at_vbm_eV is None
    assert minus.status.startswith("refused: shallow donor: its highest electron lies +0.20 eV")


def test_vertical_states_are_corrected_by_the_electrons_alone(study):
    text = ENTRY + RESERVOIRS + 'positions = "neutral"\n'
    found = study(text, dielectric=2.4)
    (row,) = RECIPE.rows(found)
    assert row.dielectric == (2.4, 2.4, 2.4)
    plus = states_of(found)[1]
    cell = found.plan.species["bulk"][0].structure.atoms.cell.array
    assert plus.point_charge_eV == pytest.approx(-PointCharge(cell, [2.4] * 3).energy_eV())
    assert plus.slope == pytest.approx(1.0)


def test_chemical_potentials_of_the_study(study):
    found = study(ENTRY + POTENTIALS)
    (row,) = RECIPE.rows(found)
    # E_f(NaCl) = -8 + 3 + 1 = -4 eV: less by that at the chlorine-poor end.
    assert row.known_eV("Cl-rich")[0] == pytest.approx(7.0)
    assert row.known_eV("Cl-poor")[0] == pytest.approx(3.0)
    assert row.known_eV("Cl-rich")[1] - row.known_eV("Cl-poor")[1] == pytest.approx(4.0)


def edited(kind, of, **changes):
    """Change values of the task of a kind and charge."""

    def change(task, values):
        if task.kind == kind and task.spec["charge"] == of and "V" in task.label:
            values |= {key: new(values[key]) for key, new in changes.items()}
        return values

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (edited("site-potentials", 1, grid=lambda _: [32, 30, 30]),
         "refused: its grid is [32, 30, 30], that of bulk [30, 30, 30]"),
        (edited("site-potentials", 1, valence_electrons=lambda n: n + 2),
         "refused: 162 valence electrons, where the charge +1 leaves 160"),
        (edited("relax", 1, fingerprint=lambda _: "0" * 64), "refused: 2 levels of theory"),
        (edited("relax", 1, charge=lambda q: -q), "refused: 160 valence electrons, where"),
        # The potential of an electron instead of that of a positive charge.
        (edited("site-potentials", 1,
                site_potentials_V=lambda v: (2 * np.linspace(-5, 5, 24)[1:] - v).tolist()),
         "refused: "),
        (edited("site-potentials", 1,
                site_potentials_V=lambda v: (np.array(v) + 0.2 * (-1.0) ** np.arange(23)).tolist()),
         "refused: far from the defect the potential varies by"),
        (edited("site-potentials", 1, structure=lambda s: {**s, "cell_A": (
            1.01 * np.array(s["cell_A"])).tolist()}), "refused: its cell is not that of bulk"),
    ],
)  # fmt: skip
def test_numbers_whose_checks_fail_are_refused(study, change, words):
    found = study(change=change)
    plus = states_of(found)[1]
    assert plus.status.startswith(words)
    assert plus.at_vbm_eV is None
    assert plus.at_cbm_eV is None
    assert any("charge +1: refused" in line for line in RECIPE.missing(found))
    # The neutral state alone is no figure over the Fermi level.
    assert not [name for name in RECIPE.figures(found, "single") if name.startswith("charged")]
    (notice,) = RECIPE.notices(found)
    assert notice.title == "Charge states without a formation energy"


def test_a_wrong_permittivity_is_refused(study):
    # Potentials of a crystal with 2.4, where 5.9 is given.
    plus = states_of(study(dielectric=2.4))[1]
    assert plus.slope == pytest.approx(5.9 / 2.4)
    assert "changes 2.46 times as much as that of the point charge" in plus.status
    assert plus.at_vbm_eV is None


def test_without_a_gap_there_is_no_zero_of_the_fermi_level(study):
    def change(task, values):
        if task.kind == "site-potentials" and task.label.endswith("bulk"):
            del values["vbm_eV"], values["cbm_eV"]
        return values

    found = study(change=change)
    assert {s.status for s in states_of(found).values()} == {"bulk has no gap at its k-points"}


def test_what_is_missing_is_named(study):
    def change(task, values):
        return None if task.kind == "relax" and task.spec["charge"] == 1 else values

    found = study(change=change)
    assert states_of(found)[1].status == "waiting"
    assert states_of(found)[0].at_vbm_eV is not None


def test_it_is_shown_everywhere(study, tmp_path):
    found = study()
    states, levels = RECIPE.tables(found)
    assert [line[:3] for line in states.rows] == [
        ("bulk.V", "+1", "Cl in Cl2"), ("bulk.V", "0", "Cl in Cl2"), ("bulk.V", "-1", "Cl in Cl2"),
    ]  # fmt: skip
    assert any("static permittivity 5.9, from a handbook" in note for note in states.footnotes)
    assert [line[:2] for line in levels.rows] == [("bulk.V", "+1/0"), ("bulk.V", "0/-1")]
    names = {file.name for file in export_study(found, tmp_path / "out")}
    assert {
        "charged_defects-charged-defects.csv", "charged_defects-transition-levels.csv",
        "charged-defects-bulk-Cl-in-Cl2.pdf",
        "site-potentials-bulk.V-charge+1.csv", "site-potentials-bulk.V-charge+1.pdf",
    } <= names  # fmt: skip
    (row,) = json.loads(json.dumps(document(found.plan, found.results), allow_nan=False))[
        "charged_defects"
    ]
    assert row["transitions"][0]["charges"] == [1, 0]
    page = render_report(found)
    assert '<section id="charged_defects"' in page
    assert "shallow donor" in page


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('species = "bulk.V"', 'species = "bulk"', "'bulk' must be one of .supercells. with one"),
        ("charges = [0, 1, -1]", "charges = [0]", "charges = .0. asks for the neutral defect"),
        ("charges = [0, 1, -1]", "charges = [1, 1]", "names one of them twice"),
        ("charges = [0, 1, -1]", "charges = [7]", "charged_defects.0.charges.0"),
        ("electronic = 2.4", "electronic = -1.0", "electronic = -1.0 is not allowed: .* to 1"),
        ("electronic = 2.4", "electronic = [2, -1, 2]", "electronic.1 = -1 is not allowed"),
        ("electronic = 2.4", 'electronic = "a"', "electronic = 'a' is not allowed: .* a valid"),
        ("static = 5.9", "static = 1.9", "electronic = 2.4 is larger than static = 1.9"),
        (", source = \"a handbook\"", "", "charged_defects.0.dielectric_constant.source"),
        ('reservoirs = {Cl = "Cl2"}', "", "reservoirs: nothing is given, but Cl leaves"),
        ('{Cl = "Cl2"}', '{Cl = "Br2"}', "reservoirs.Cl: 'Br2' is not allowed; allowed: NaCl, Cl2"),
        ('{Cl = "Cl2"}', '{Cl = "NaCl"}', "'NaCl' holds Na, Cl; give a molecule or crystal of Cl"),
        ('{Cl = "Cl2"}\n', '{Cl = "Cl2"}\n' + POTENTIALS, "leave reservoirs away"),
        ('element = "Cl"\n', 'element = "Cl"\ncharge = 1\n',
         "'bulk.V' has the charge .1; give charge = 0 there, and its charge states in"),
        ('element = "Cl"\n', 'element = "Cl"\nsites = 2\n', None),
    ],
)  # fmt: skip
def test_bad_entries_are_refused(write_study, old, new, words):
    text = CRYSTAL + ENTRY + RESERVOIRS
    assert old in text
    file = write_study(text.replace(old, new, 1))
    if words is None:  # all chlorine ions are alike
        make_plan(file)
        return
    with pytest.raises(StudyError, match=words) as caught:
        make_plan(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


SLAB = """
[surfaces.slab]
crystal = "NaCl"
termination = "NaCl"
size = [1, 1]
layers = 2
vacuum_A = 6.0
"""


def test_slabs_stay_refused_and_are_told_what_is_possible(write_study):
    text = CRYSTAL + SLAB + ENTRY.replace("bulk.V", "slab.V") + RESERVOIRS
    words = (
        r"'slab.V' is a slab, whose energy with a charge depends on the vacuum; give a supercell"
    )
    with pytest.raises(StudyError, match=words):
        make_plan(write_study(text))
    reaction = '[[reactions]]\nname = "x"\nequation = "slab + 1/2 Cl2 -> slab.V + Cl2"\n'
    text = CRYSTAL.replace('element = "Cl"', 'element = "Cl"\ncharge = 1') + SLAB + reaction
    with pytest.raises(StudyError, match=r"possible in the bulk: in .supercells., with ..charged_"):
        make_plan(write_study(text))


@pytest.mark.long
def test_two_supercells_give_one_energy_with_gpaw(tmp_path):
    """Without the correction it depends on the size; NaCl, V_Cl of charge +1."""
    sizes = {"small": (4, 2, 2), "large": (3, 3, 3)}
    text = CRYSTAL.partition("[supercells.bulk]")[0] + '[vacancies.V]\nelement = "Cl"\n'
    for name, size in sizes.items():
        text += f'\n[supercells.{name}]\ncrystal = "NaCl"\nsize = {list(size)}\n'
        entry = ENTRY.replace("bulk.V", f"{name}.V").replace("[0, 1, -1]", "[0, 1]")
        text += entry + RESERVOIRS + 'positions = "neutral"\n'
    level = LEVEL.format(ecut=220.0, fmax=0.9, max_steps=40, dispersion="none", vacuum=3.5)
    file = tmp_path / "study.toml"
    file.write_text(level.replace("kpoint_length_A = 6.0", "kpoint_length_A = 7.5") + text)
    plan = make_plan(file)
    states = run_plan(plan, tmp_path / "results", cores=2)
    assert {state.state for state in states.values()} == {"done"}, [s.why for s in states.values()]
    rows = RECIPE.rows(Findings(plan, tmp_path / "results"))
    plus = {row.species: {s.charge: s for s in row.states}[1] for row in rows}
    (condition,) = rows[0].conditions
    corrected = {name: each.at_vbm_eV[condition] for name, each in plus.items()}
    bare = {name: each.uncorrected_at_vbm_eV[condition] for name, each in plus.items()}
    assert corrected["small.V"] == pytest.approx(corrected["large.V"], abs=0.09)
    # Point charges in the background bind by 0.8 eV; the alignment takes 0.2 eV back.
    for name, energy in bare.items():
        assert 0.5 < corrected[name] - energy < 0.75
    for row in rows:
        (transition,) = row.transitions
        assert transition.level_eV == pytest.approx(2.9, abs=0.2)
