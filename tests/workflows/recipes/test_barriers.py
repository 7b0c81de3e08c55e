"""Barriers asked for in a study: both ends, what is refused, tables and figures."""

import json
from dataclasses import replace

import numpy as np
import pytest

from analysis.csv_tables import csv_table
from analysis.results import atoms_from_dict, atoms_to_dict
from tests.findings import documents_of, findings_of, rows_of, table_of
from tests.pretended import pretend_results
from workflows.dft.optimise.start import start_structure
from workflows.findings.states import task_folder, task_states
from workflows.planner import make_plan
from workflows.recipes.registry import recipe
from workflows.store import write_result
from workflows.study.errors import StudyError

SLAB = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [2, 2]
layers = 3
frozen_layers = 1
vacuum_A = 8.0

[ligands.NH3]
smiles = "N"
anchor_smarts = "[NX3]"
site = "metal-top"

[vacancies.V_I]
element = "I"
"""
HOPS = """
[[barriers]]
name = "clean"
species = "slab.V_I"
direction = [1, 1, 0]
images = 3

[[barriers]]
name = "beside NH3"
species = "slab.NH3.V_I"
to = "subsurface"
images = 3
compare_with = "clean"
temperature_K = 350.0
"""


@pytest.fixture
def plan(write_study):
    return make_plan(write_study(SLAB, HOPS))


def hop_of(plan, place):
    task = plan.tasks[plan.planned["barriers"][place].key]
    (hop,) = task.spec["hops"]
    return task, hop


@pytest.mark.parametrize("place", [0, 1])
def test_both_ends_are_the_same_atoms_prepared_alike(plan, place):
    task, hop = hop_of(plan, place)
    first, last = plan.tasks[hop["first"]], plan.tasks[hop["last"]]
    assert task.parents == (hop["first"], hop["last"])
    assert first.parents == last.parents
    assert task.spec["images"] == 3
    same = ("level", "kpoints", "spin_polarised", "charge", "dipole_layer")
    assert all(first.spec[key] == last.spec[key] == task.spec[key] for key in same)
    one, other = (atoms_from_dict(each.spec["structure"]) for each in (first, last))
    assert one.numbers.tolist() == other.numbers.tolist()
    fixed = [each.constraints[0].get_indices().tolist() for each in (one, other)]
    assert fixed[0] == fixed[1]
    moments = [each.get_initial_magnetic_moments() for each in (one, other)]
    assert moments[0].sum() == pytest.approx(1.0, abs=1e-4)
    assert moments[1].sum() == pytest.approx(1.0, abs=1e-4)
    # Only one iodine moves, by an edge of the octahedron of lead at a = 6.29 A.
    moved = np.flatnonzero(np.linalg.norm(other.positions - one.positions, axis=1) > 1e-6)
    assert moved.tolist() == [hop["atom"]]
    assert one.symbols[hop["atom"]] == "I"
    assert np.linalg.norm(hop["vector_A"]) == pytest.approx(6.29 / np.sqrt(2), abs=0.02)
    if place == 0:  # the vacancy goes along x + y, the iodine back
        assert np.sign(hop["vector_A"][:2]).tolist() == [-1.0, -1.0]
    else:  # up from the layer below
        assert hop["vector_A"][2] == pytest.approx(6.29 / 2, abs=0.02)
        assert np.flatnonzero(moments[1]).tolist() != np.flatnonzero(moments[0]).tolist()


def test_end_starts_from_the_relaxed_slab_without_the_vacancy(plan):
    _, hop = hop_of(plan, 0)
    last = plan.tasks[hop["last"]]
    slab = plan.species["slab"][0].structure.atoms.copy()
    relaxed = slab.copy()
    relaxed.positions += 0.01 * np.arange(len(slab))[:, None]
    start = start_structure(last.spec, relaxed)
    first = start_structure(plan.tasks[hop["first"]].spec, relaxed)
    (gone,) = set(range(len(slab))) - set(plan.species["slab.V_I"][0].parent_atoms.tolist())
    assert start.positions[hop["atom"]] == pytest.approx(relaxed.positions[gone])
    rest = np.arange(len(first)) != hop["atom"]
    assert start.positions[rest] == pytest.approx(first.positions[rest])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('species = "slab.V_I"', 'species = "slab"', "last part is a vacancy; defined: slab;"),
        ("direction = [1, 1, 0]", "direction = [0, 0, 1]", "no hop makes less than 45"),
        ("direction = [1, 1, 0]", "direction = [0, 0, 0]", "direction must not be"),
        ("direction = [1, 1, 0]", "charge = 1", r"charge = 1: .* refused, .* allowed: 0"),
        ("direction = [1, 1, 0]", 'to = "middle"', "0.to: the layer with I"),
        ('compare_with = "clean"', 'compare_with = "else"', "'else' is no other barrier"),
        ('name = "beside NH3"', 'name = "clean"', "two barriers are called 'clean'"),
        ("frozen_layers = 1", "frozen_layers = 2", "1.to: the I that would .* is kept fixed"),
        ("vacuum_A = 8.0", 'vacuum_A = 8.0\nsides = "two"', "give sides = 'one'"),
        ('element = "I"', 'element = "I"\nstarts = ["rattled"]', "ends of a hop must start alike"),
        ('element = "I"', 'element = "I"\ncharge = 1', "charge"),
    ],
)  # fmt: skip
def test_what_cannot_be_calculated_is_refused(write_study, old, new, words):
    text = SLAB + HOPS
    assert old in text
    if "sides" in new:
        text = text.replace("frozen_layers = 1\n", "")
    with pytest.raises(StudyError, match=words):
        make_plan(write_study(text.replace(old, new, 1)))


BULK = """
[crystals.CsPbI3]
material = "CsPbI3"

[supercells.bulk]
crystal = "CsPbI3"
size = [2, 2, 2]

[vacancies.V_I]
element = "I"

[[barriers]]
name = "bulk"
species = "bulk.V_I"
"""


def test_bulk_vacancy_hops_to_the_next_iodine(write_study):
    plan = make_plan(write_study(BULK))
    task, hop = hop_of(plan, 0)
    assert task.spec["images"] == 5
    assert np.linalg.norm(hop["vector_A"]) == pytest.approx(6.29 / np.sqrt(2), abs=0.02)
    one, other = (
        atoms_from_dict(plan.tasks[hop[end]].spec["structure"]) for end in ("first", "last")
    )
    moved = np.flatnonzero(np.linalg.norm(other.positions - one.positions, axis=1) > 1e-6)
    assert moved.tolist() == [hop["atom"]]
    assert one.pbc.all()
    assert hop["far"]
    (row,) = rows_of("barriers", plan, task_states(plan, plan.file.parent / "results"))
    assert (row.to, row.barrier_eV) == ("bulk", None)
    assert row.status == "waiting"
    with pytest.raises(StudyError, match=r"0\.to: 'bulk' is a supercell, which has no layers"):
        make_plan(write_study(BULK + 'to = "surface"\n'))


def pretend_barrier(plan, results, place, energies_eV, **changes):
    """A path in equal steps, with energies above the first end."""
    task, hop = hop_of(plan, place)
    structures = [plan.tasks[hop[end]].spec["structure"] for end in ("first", "last")]
    first, last = map(atoms_from_dict, structures)
    path = []
    for share in np.linspace(0.0, 1.0, len(energies_eV)):
        image = first.copy()
        image.positions += share * (last.positions - first.positions)
        path.append(atoms_to_dict(image))
    highest = int(np.argmax(energies_eV[1:-1])) + 1
    slopes = np.gradient(energies_eV) / 2.0
    slopes[[0, highest, -1]] = 0.0
    values = {
        **{key: task.spec[key] for key in ("level", "fingerprint", "charge")},
        "structure": path[highest], "path": path, "highest": highest,
        "energies_eV": [-50.0 + e for e in energies_eV], "slopes_eV_per_A": slopes.tolist(),
        "moments_muB": [1.0] * len(path), "saddle_fmax_eV_per_A": 0.04,
        "band_fmax_eV_per_A": 0.08, "fmax_eV_per_A": 0.1, "far_displacement_A": 0.05,
        "far_atoms": 7, "hop_A": 4.5, "first": hop["first"], "steps": 9, "force_calls": 30,
    }  # fmt: skip
    write_result(task_folder(task, results), "barrier", task.key, {**values, **changes})


@pytest.fixture
def found(plan, tmp_path):
    results = tmp_path / "results"
    pretend_results(plan, results, {"slab.V_I": -50.0, "slab.NH3.V_I": -60.0})
    pretend_barrier(plan, results, 0, [0.0, 0.2, 0.4, 0.2, 0.0])
    pretend_barrier(plan, results, 1, [0.0, 0.2, 0.5, 0.4, 0.3])
    return findings_of(plan, task_states(plan, results), results)


def test_barriers_rates_and_their_change_by_a_ligand(found):
    clean, covered = rows_of("barriers", found.plan, found.states)
    assert clean.barrier_eV == pytest.approx(0.4)
    assert (clean.reaction_energy_eV, clean.change_eV) == (0.0, None)
    assert covered.barrier_eV == pytest.approx(0.5)
    assert covered.reverse_barrier_eV == pytest.approx(0.2)
    assert covered.reaction_energy_eV == pytest.approx(0.3)
    assert covered.change_eV == pytest.approx(0.1)
    # exp(-0.4 eV / 25.852 meV), and exp(-0.5 eV / 30.161 meV)
    assert clean.rate_per_s == pytest.approx(1.9e6, rel=0.02)
    assert covered.rate_per_s == pytest.approx(6.3e5, rel=0.02)
    assert clean.force_calls == 30
    json.dumps(documents_of("barriers", found.plan, found.states), allow_nan=False)
    assert recipe("barriers").missing(found) == []
    assert recipe("barriers").notices(found) == []


def test_table_names_what_is_assumed(found):
    table = table_of("barriers", found.plan, found.states)
    columns = dict(zip(table.columns, table.rows[1], strict=True))
    assert columns["E_a / eV"] == "0.500"
    assert columns["Reverse E_a / eV"] == "0.200"
    assert columns["dE_a / eV"] == "+0.100"
    assert columns["Force calls"] == "30"
    words = " ".join(table.footnotes)
    assert "beside NH3 at 350 K with an assumed prefactor of 1e+13 s^-1" in words
    assert "neutral cell" in words
    assert "Compared: beside NH3 (to subsurface) with clean (to surface)." in words
    header = csv_table(table).splitlines()
    (names,) = [line for line in header if "barrier_eV" in line]
    assert "reverse_barrier_eV" in names
    assert "barrier_change_eV" in names
    assert "rate_per_s" in names


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"saddle_fmax_eV_per_A": 0.2}, "largest force on the highest image is 0.200"),
        ({"moments_muB": [1.0, 1.0, 0.2, 1.0, 1.0]}, "magnetic moment changes by 0.80"),
    ],
)
def test_number_is_printed_only_if_the_checks_hold(plan, found, changes, words):
    pretend_barrier(plan, found.results, 0, [0.0, 0.2, 0.4, 0.2, 0.0], **changes)
    states = task_states(plan, found.results)
    clean, covered = rows_of("barriers", plan, states)
    assert (clean.barrier_eV, clean.rate_per_s, covered.change_eV) == (None, None, None)
    assert covered.barrier_eV == pytest.approx(0.5)
    table = table_of("barriers", plan, states)
    assert "0.400" not in table.rows[0]
    assert words in table.rows[0][-1]
    now = findings_of(plan, states, found.results)
    assert words in recipe("barriers").missing(now)[0]
    assert words in recipe("barriers").notices(now)[0].lines[0]
    figure = recipe("barriers").figures(now, "single")["barriers"]
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels == ["beside NH3: 0.50 eV"]


def test_figure_files_and_page(found, tmp_path):
    figure = recipe("barriers").figures(found, "double")["barriers"]
    axes = figure.axes[0]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["clean: 0.40 eV", "beside NH3: 0.50 eV"]
    assert "above the start of the hop / eV" in axes.get_ylabel()
    assert axes.lines[1].get_ydata() == pytest.approx([0.0, 0.2, 0.4, 0.2, 0.0])
    (page,) = recipe("barriers").page_figures(found)
    assert "beside NH3: barrier 0.500 eV, reverse 0.200 eV" in page.words
    files = recipe("barriers").files(found, tmp_path)
    assert [file.name for file in files] == [
        "barrier-1-slab.V_I.xyz", "barrier-1-slab.V_I.csv",
        "barrier-2-slab.NH3.V_I.xyz", "barrier-2-slab.NH3.V_I.csv",
    ]  # fmt: skip
    assert files[0].read_text().count("energy_above_start_eV=") == 5
    assert files[1].read_text().splitlines()[3].split(",")[1] == "0.4"


def test_lower_basin_of_the_start_is_told(plan, found):
    clean = plan.relax_keys["slab.V_I"]
    row = rows_of("barriers", plan, found.states)[0]
    assert row.notes == ()
    lower = replace(plan, relax_keys={**plan.relax_keys, "slab.V_I": (*clean, "lower")})
    states = dict(found.states)
    state = states[clean[0]]
    values = {**state.result.values, "energy_eV": -50.2}
    states["lower"] = replace(state, result=replace(state.result, values=values))
    (row, _) = rows_of("barriers", lower, states)
    assert row.notes == ("the hop begins 0.200 eV above the lowest slab.V_I, which is in another"
                         " tilt basin",)  # fmt: skip
