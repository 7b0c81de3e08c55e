"""Candidates that are screened at a cheap level, of which only the best are relaxed further."""

import json
from pathlib import Path

import pytest
from ase.build import molecule
from ase.db import connect

from analysis.energies.dipole_images import without_images
from analysis.energies.funnel import funnel_check
from analysis.energies.ranking import ranking
from analysis.last_step import TRAJECTORY_FILE
from analysis.results import Result, atoms_to_dict
from tests.findings import rows_of
from workflows.dft.optimise.checkpoints import read_frames
from workflows.dft.optimise.start import start_structure
from workflows.dft.parents import chosen_start, place_of
from workflows.execution.engine import run_plan
from workflows.export import export_study
from workflows.findings.findings import Findings
from workflows.planner import make_plan
from workflows.study.errors import StudyError
from workflows.summary import document

SCREENING = """
[screening]
name = "cheap"
caveat = "only ranks"
functional = "PBE"
ecut_eV = 220.0
kpoint_length_A = 6.0
smearing_eV = 0.1
dispersion = "none"
scf_energy_eV = 1e-3
scf_density = 1e-2
scf_eigenstates_eV2 = 1e-4
fmax_eV_per_A = 0.9
max_steps = 77
"""

MOLECULES = """
[ligands.BA]
molecule = "BA"
conformers = 4

[[candidates]]
species = "BA"
count = 3
promote = 2
"""

SLABS = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [2, 2]
layers = 1
vacuum_A = 8.0

[ligands.MA]
molecule = "MA"
state = "neutral"

[vacancies.V_I]
element = "I"
starts = ["as-cut", "dimer"]

[[candidates]]
species = "slab.MA"
count = 3
promote = 2
promote_within_eV = 0.1

[[reactions]]
name = "vacancies"
equation = "slab.MA -> slab.MA.V_I.V_I + I2"

[molecules.I2]
smiles = "II"

[[dos]]
species = "slab.MA.V_I"

[[density_differences]]
species = "slab.MA"
vacancy = "V_I"

[[basin_checks]]
species = "slab.MA"

[placement]
diversity_A = 0.2
"""


def by_label(plan):
    return {task.label: task for task in plan.tasks.values()}


def test_all_are_screened_and_each_promoted_one_waits_for_all(write_study):
    plan = make_plan(write_study(SCREENING, SLABS))
    tasks = by_label(plan)
    screened = [tasks[f"screen slab.MA #{n}"] for n in (1, 2, 3)]
    promoted = [tasks[f"relax slab.MA rank {n}"] for n in (1, 2)]
    keys = tuple(task.key for task in screened)
    assert plan.screen_keys == {"slab.MA": keys}
    assert plan.relax_keys["slab.MA"] == tuple(task.key for task in promoted)
    assert "relax slab.MA rank 3" not in tasks
    for task in screened:
        assert task.parents == (tasks["relax slab"].key,)
        assert (task.spec["level"]["ecut_eV"], task.spec["fmax_eV_per_A"]) == (220.0, 0.9)
        assert task.limits["max_steps"] == 77
    for rank, task in enumerate(promoted, start=1):
        assert task.parents == keys
        assert (task.spec["rank"], task.spec["candidates"]) == (rank, [1, 2, 3])
        assert (task.spec["level"]["ecut_eV"], task.spec["fmax_eV_per_A"]) == (300.0, 0.1)
        assert task.limits["max_steps"] == 40
    levels = {plan.tasks[k].spec["fingerprint"] for ks in plan.species_keys.values() for k in ks}
    assert len(levels) == 1
    assert screened[0].spec["fingerprint"] not in levels


def test_more_promoted_ones_keep_the_tasks_of_fewer(write_study):
    two = make_plan(write_study(SCREENING, SLABS))
    three = make_plan(write_study(SCREENING, SLABS.replace("promote = 2", "promote = 3")))
    assert three.screen_keys == two.screen_keys
    assert three.relax_keys["slab.MA"][:2] == two.relax_keys["slab.MA"]
    assert len(three.relax_keys["slab.MA"]) == 3
    window = make_plan(write_study(SCREENING, SLABS.replace("within_eV = 0.1", "within_eV = 0.2")))
    assert window.relax_keys == two.relax_keys


def test_children_start_from_the_lowest_of_the_promoted(write_study):
    plan = make_plan(write_study(SCREENING, SLABS))
    tasks = by_label(plan)
    one = plan.possible("slab.MA.V_I")
    assert len(one) == 3 * 2  # candidates times starts
    made = [tasks[f"relax slab.MA.V_I #{n}"] for n in (1, 2)]
    for place, task in enumerate(made):
        assert task.parents == plan.relax_keys["slab.MA"]
        starts = task.spec["starts"]
        assert [each["from_candidate"] for each in starts] == [1, 2, 3]
        assert [each["candidate"] for each in starts] == [place + 1, place + 3, place + 5]
        for each in starts:
            planned = one[each["candidate"] - 1].structure.atoms
            assert each["structure"] == atoms_to_dict(planned)
    assert made[0].spec["spin_polarised"]
    two = [task for label, task in tasks.items() if label.startswith("relax slab.MA.V_I.V_I")]
    assert [task.parents for task in two] == [(made[0].key,)] * 2 + [(made[1].key,)] * 2
    assert [s["from_candidate"] for s in two[0].spec["starts"]] == [1, 3, 5]
    (dos,) = (tasks[label] for label in tasks if label.startswith("DOS"))
    assert len(dos.spec["planned"]) == 3 * 2
    assert dos.parents == plan.relax_keys["slab.MA.V_I"]
    (difference,) = (tasks[label] for label in tasks if label.startswith("density"))
    assert len(difference.spec["removed"]) == len(difference.spec["groups"]) == 3
    assert tasks["relax slab from slab.MA"].parents == plan.relax_keys["slab.MA"]


def test_conformers_of_a_molecule_can_be_screened(write_study):
    plan = make_plan(write_study(SCREENING, MOLECULES))
    assert list(by_label(plan)) == [
        "screen BA #1", "screen BA #2", "screen BA #3", "relax BA rank 1", "relax BA rank 2",
    ]  # fmt: skip
    assert all(task.spec["fix_centre_of_mass"] for task in plan.tasks.values())


CRYSTAL = """
[crystals.bulk]
material = "CsPbI3"

[[candidates]]
species = "bulk"
count = 3
promote = 2
"""
COUNT_ONE = MOLECULES.replace("count = 3", "count = 1")
SAME = "[screening]\n" + "\n".join(
    ['name = "other"', 'functional = "PBE"', "ecut_eV = 300.0", "kpoint_length_A = 6.0",
     "smearing_eV = 0.05", 'dispersion = "none"', "scf_energy_eV = 1e-5", "scf_density = 1e-4",
     "scf_eigenstates_eV2 = 1e-7", "fmax_eV_per_A = 0.1", "max_steps = 7", ""]
)  # fmt: skip


@pytest.mark.parametrize(
    ("screening", "rest", "words"),
    [
        (SCREENING, MOLECULES.replace("promote = 2", "promote = 4"),
         "candidates.0: promote = 4 is more than count = 3; allowed: 2 to 3"),
        (SCREENING, MOLECULES.replace("promote = 2", "promote = 1"),
         "candidates.0.promote = 1 is not allowed: input should be greater than or equal to 2"),
        (SCREENING, COUNT_ONE, "candidates.0: promote goes with a count of at least 2, not 1"),
        (SCREENING, MOLECULES + "promote_within_eV = 0.0\n",
         "candidates.0.promote_within_eV = 0.0 is not allowed: input should be greater than 0"),
        (SCREENING, MOLECULES.replace("promote = 2", "promote_within_eV = 0.1"),
         "candidates.0: promote_within_eV goes with promote, which is missing"),
        ("", MOLECULES, "candidates.0.promote = 2 needs a table [screening], the level at which"
         " all candidates are relaxed first"),
        (SCREENING, MOLECULES.replace("promote = 2", ""),
         "screening: goes with promote in [[candidates]] or [ligand_screen], which none has"),
        (SAME, MOLECULES, "screening: 'other' is the same as [level]; give a cheaper level"),
        (SCREENING.replace('"cheap"', '"test"'), MOLECULES,
         "screening.name = 'test' is the name of [level] too; give another one"),
        ('[screening]\nbase = "coarse"\n', MOLECULES,
         "screening.base = 'coarse' is not allowed: input should be 'smoke', 'draft' or"
         " 'production'"),
        (SCREENING.replace('"PBE"', '"HSE06"'), MOLECULES,
         "screening.functional: 'HSE06' is for single points, its stress and its cost forbid"
         " relaxations; give it in [single_point]"),
        (SCREENING, MOLECULES.replace("promote", "promoted"),
         "candidates.0.promoted is not a key; did you mean 'promote'?; allowed: species, count,"
         " promote, promote_within_eV"),
        (SCREENING, CRYSTAL, "candidates.0.species: 'bulk' must be a slab with ligands and without"
         " vacancies, or a ligand alone"),
    ],
)  # fmt: skip
def test_what_is_no_funnel_is_refused(write_study, screening, rest, words):
    file = write_study(screening, rest)
    with pytest.raises(StudyError) as error:
        make_plan(file)
    assert str(error.value) == f"{file}: {words}"


def result(energy_eV, atoms=None, **values):
    atoms = molecule("H2O") if atoms is None else atoms
    data = {"energy_eV": energy_eV, "fingerprint": "f", "structure": atoms_to_dict(atoms)}
    return Result(Path(), "relax", f"key {energy_eV}", {**data, **values})


def stretched(by_A):
    atoms = molecule("H2O")
    atoms.positions[1, 0] += by_A
    return atoms


def test_lowest_energy_first_and_twins_last():
    found = [result(-1.0, stretched(0.5)), result(-3.0), result(-2.9995), result(-2.0)]
    ranked = ranking(found)
    assert (ranked.order, ranked.twins) == ((1, 3, 0, 2), {2})
    turned = molecule("H2O")
    turned.rotate(70, "x")
    assert ranking([result(-3.0, turned), result(-3.0)]).twins == {1}
    other = ranking([result(-3.0, stretched(0.9)), result(-3.0)])  # equal energies in their order
    assert (other.order, other.twins) == ((0, 1), frozenset())
    assert ranking([result(-3.0), result(-2.998)]).twins == frozenset()


def test_a_rank_takes_a_candidate_with_its_structure_and_says_which():
    found = [result(-1.0), result(-3.0, stretched(0.4)), result(-2.0, stretched(0.9))]
    spec = {"kind": "relax", "rank": 2, "candidates": [1, 2, 4], "parents": []}
    own, parent, about = chosen_start(spec, found)
    assert parent is found[2]
    assert about["candidate"] == 4
    assert about["screening"]["energies_eV"] == [-1.0, -3.0, -2.0]
    assert about["screening"]["rank"] == 2
    start = start_structure(own, parent.atoms)
    assert start.positions == pytest.approx(stretched(0.9).positions, abs=1e-6)


def test_a_child_takes_the_start_of_the_candidate_that_is_lowest():
    found = [result(-1.0, candidate=3), result(-3.0, candidate=2)]
    starts = [{"from_candidate": n, "candidate": 10 + n, "cut": f"cut {n}"} for n in (1, 2, 3)]
    own, parent, about = chosen_start({"kind": "relax", "starts": starts}, found)
    assert (parent, about, own["cut"]) == (found[1], {"candidate": 12}, "cut 2")
    # What is calculated at this structure is of the same candidate; another species is not.
    assert chosen_start({"kind": "single-point"}, found)[2] == {"candidate": 2}
    assert chosen_start({"kind": "relax"}, found)[2] == {}
    assert chosen_start({"kind": "dos"}, [result(-1.0)])[2] == {}
    assert place_of({"parents": ["no"]}, found[0]) == 2
    assert place_of({"parents": ["no", "key -1.0"]}, result(-1.0)) == 1


def test_margin_against_the_largest_change():
    check = funnel_check([0.0, 0.05, 0.08], [-7.0, -7.02, -6.9], [0.1, 0.3])
    assert check.margin_eV == pytest.approx(0.1)
    # energies change by -7.00, -7.07, -6.98
    assert check.largest_change_eV == pytest.approx(0.09)
    assert check.rank_correlation == pytest.approx(0.5)
    assert check.sufficient is True
    assert funnel_check([0.0, 0.05], [-7.0, -7.1], [0.1]).sufficient is False
    assert funnel_check([0.0, 0.05], [-7.0, -7.1], [0.1]).rank_correlation == pytest.approx(-1.0)
    everything = funnel_check([0.0, 0.05], [-7.0, -7.1], [])
    assert (everything.margin_eV, everything.sufficient) == (None, True)
    alone = funnel_check([0.0], [-7.0], [0.1])
    assert (alone.margin_eV, alone.largest_change_eV, alone.sufficient) == (0.1, None, None)


TINY = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 1
vacuum_A = 5.0

[ligands.MA]
molecule = "MA"
state = "neutral"
orientation = "any"

[vacancies.V_I]
element = "I"

[[candidates]]
species = "slab.MA"
count = 3
promote = 2

[[reactions]]
name = "adsorption"
equation = "slab + MA -> slab.MA"

[[electrostatics]]
species = "slab.MA.V_I"

[placement]
diversity_A = 0.2
azimuth_step_deg = 15.0
"""


def test_only_promoted_ones_enter_the_energies_with_gpaw(write_study, tmp_path):
    plan = make_plan(write_study(SCREENING, TINY, ecut=230.0, fmax=0.9, vacuum=3.0))
    results = tmp_path / "results"
    states = run_plan(plan, results, cores=2)
    assert {state.state for state in states.values()} == {"done"}
    screened = [states[key].result for key in plan.screen_keys["slab.MA"]]
    final = [states[key].result for key in plan.relax_keys["slab.MA"]]
    order = ranking(screened).order
    assert [each.values["candidate"] - 1 for each in final] == list(order[:2])
    for place, each in zip(order, final, strict=False):
        record = each.values["screening"]
        assert record["energies_eV"] == [other.energy_eV for other in screened]
        assert record["fingerprint"] == screened[place].fingerprint != each.fingerprint
        first = read_frames(each.folder / TRAJECTORY_FILE)[0]
        assert first.positions == pytest.approx(screened[place].atoms.positions, abs=1e-5)
    lowest = min(final, key=lambda each: each.energy_eV)
    molecule = without_images(states[plan.species_keys["MA"][0]].result)
    slab = states[plan.species_keys["slab"][0]].result
    (row,) = rows_of("reactions", plan, states)
    assert row.reaction_energy_eV == pytest.approx(
        lowest.energy_eV - slab.energy_eV - molecule.energy_eV
    )
    assert any("2 of 3 candidates promoted by their energies at 'cheap'" in n for n in row.notes)
    (child,) = (states[key].result for key in plan.relax_keys["slab.MA.V_I"])
    assert plan.possible("slab.MA.V_I")[child.values["candidate"] - 1].parent == (
        "slab.MA", lowest.values["candidate"] - 1,
    )  # fmt: skip
    data = json.loads(json.dumps(document(plan, results)))
    rows = [each for each in data["candidates"] if each["species"] == "slab.MA"]
    assert [each["energy_eV"] for each in rows if each["promoted"] is False] == [None]
    assert min(each["above_lowest_eV"] for each in rows if each["promoted"]) == 0.0
    geometry = {each["species"]: each["candidate"] for each in data["geometry"]}
    assert geometry["slab.MA"] == lowest.values["candidate"]
    assert data["level"]["screening"]["ecut_eV"] == 220.0
    (check,) = data["screening"]
    screened_eV, final_eV = ([each.energy_eV for each in es] for es in (screened, final))
    change = (final_eV[1] - final_eV[0]) - (screened_eV[order[1]] - screened_eV[order[0]])
    assert check["largest_change_eV"] == pytest.approx(abs(change), abs=1e-9)
    export_study(Findings(plan, results), tmp_path / "export")
    lines = (tmp_path / "export" / "candidates.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + 3
    assert "screened_eV" in lines[0].split(",")
    assert "slab.MA,2 of 3" in (tmp_path / "export" / "screening.csv").read_text(encoding="utf-8")
    with connect(tmp_path / "export" / "energies.db") as database:
        rows = list(database.select(species="slab.MA"))
    named = {(row.candidate, row.level): row.energy for row in rows}
    assert named == {
        **{(each.values["candidate"], "test"): each.energy_eV for each in final},
        **{(n, "cheap"): each.energy_eV for n, each in enumerate(screened, 1)},
    }
    (chosen,) = (row for row in rows if row.chosen)
    assert (chosen.energy, chosen.level) == (lowest.energy_eV, "test")
    stems = {path.stem for path in (tmp_path / "export" / "structures").glob("slab.MA-*.xyz")}
    ends = {"test": "", "cheap": "-screening"}
    assert stems == {f"slab.MA-{number}{ends[level]}" for number, level in named}
