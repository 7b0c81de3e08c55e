"""Convergence: limits by hand, what is planned and shared, refusals, and real GPAW."""

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.energies.convergence import (
    NoLimitError,
    Series,
    exponential_limit_eV,
    inverse_limit_eV,
)
from analysis.energies.dipole_images import without_images
from analysis.energies.figures import plot_convergence
from analysis.style import save
from tests.conftest import HCL
from tests.workflows.cli.test_main import passivant
from workflows.convergence.tables import tables
from workflows.convergence.variants import plan_convergence
from workflows.findings.findings import Findings
from workflows.findings.states import task_folder, task_states
from workflows.planner import make_plan
from workflows.recipes.reactions import RECIPE as REACTIONS
from workflows.store import write_failure
from workflows.study.errors import StudyError

SLAB = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 3
frozen_layers = 2
vacuum_A = 6.0

[ligands.A]
smiles = "N"
anchor_smarts = "[NX3]"

[ligands.B]
molecule = "MA"
state = "neutral"

[vacancies.V]
element = "I"

[crystals.bulk]
material = "CsPbI3"

[[candidates]]
species = "slab.A"
count = 2

[[candidates]]
species = "slab.B"
count = 2

[[reactions]]
name = "A adsorption"
equation = "slab + A -> slab.A"

[[reactions]]
name = "B adsorption"
equation = "slab + B -> slab.B"

[[reactions]]
name = "V moves"
equation = "slab.V + slab.A -> slab + slab.A.V"

[[passivation]]
surface = "slab"
ligands = ["B"]
vacancies = ["V"]

[[basin_checks]]
species = "slab.A"

[[dos]]
species = "slab"

[[splits]]
species = "slab.A"
"""

ISOMERS = """
[molecules.HCN]
smiles = "C#N"

[molecules.HNC]
smiles = "[C-]#[NH+]"

[[reactions]]
name = "HCN to HNC"
equation = "HCN -> HNC"
"""


def wanted(*rows):
    return "\n".join(["", "[converge]", *rows, ""])


# ---- limits -----------------------------------------------------------------------------


def test_aitken_is_exact_for_an_exponential_approach():
    # -2 + 1, -2 + 1/2, -2 + 1/4: changes -0.5, -0.25; -1.75 - 0.25^2 / (0.5 - 0.25) = -2
    assert exponential_limit_eV([300, 400, 500], [-1.0, -1.5, -1.75]) == pytest.approx(-2.0)
    n = np.arange(5)
    assert exponential_limit_eV(n, -0.7 - 0.3 * 0.4**n) == pytest.approx(-0.7)
    assert exponential_limit_eV(n, 0.2 + 0.3 * 0.4**n) == pytest.approx(0.2)
    # The last three of a series count: the jump before them does not matter.
    assert exponential_limit_eV([1, 2, 3, 4], [9.0, -1.0, -1.5, -1.75]) == pytest.approx(-2.0)


def test_grids_must_be_equally_spaced_in_every_direction():
    energies = [-1.0, -1.5, -1.75]
    assert exponential_limit_eV([[1, 1, 1], [2, 2, 1], [3, 3, 1]], energies) == pytest.approx(-2)
    with pytest.raises(NoLimitError, match="not equally spaced"):
        exponential_limit_eV([[1, 1, 1], [2, 2, 1], [3, 4, 1]], energies)


@pytest.mark.parametrize(
    ("positions", "energies", "words"),
    [
        ([3, 5], [-1.0, -1.5], "it takes 3 values"),
        ([3, 5, 7], [-1.0, None, -1.75], "one of the last 3 energies is missing"),
        ([3, 5, 9], [-1.0, -1.5, -1.75], "not equally spaced"),
        ([3, 5, 7], [-1.0, -1.5, -1.4], "opposite signs"),
        ([3, 5, 7], [-1.0, -1.5, -2.0], "not smaller than the one before"),
        ([3, 5, 7], [-1.0, -1.0, -2.0], "not smaller than the one before"),
    ],
)
def test_no_limit_is_invented(positions, energies, words):
    with pytest.raises(NoLimitError, match=words):
        exponential_limit_eV(positions, energies)


def test_energies_that_no_longer_change_are_their_limit():
    assert exponential_limit_eV([3, 5, 7], [-1.0, -1.5, -1.5]) == -1.5


def test_line_in_inverse_area_by_hand():
    # E = -0.2 - 0.8 / A: at 1 -1.0, at 4 -0.4
    assert inverse_limit_eV([1, 4], [-1.0, -0.4]) == pytest.approx(-0.2)
    assert inverse_limit_eV([1, 4, 9], [77.0, -0.2 - 0.8 / 4, -0.2 - 0.8 / 9]) == pytest.approx(
        -0.2
    )
    with pytest.raises(NoLimitError, match="one of the last 2 energies is missing"):
        inverse_limit_eV([1, 4], [-1.0, None])


def test_changes_verdict_and_error_of_the_own_value():
    series = Series("x", (3.0, 5.0, 7.0), (-1.0, -1.5, -1.75), own=1, limit_eV=-2.0)
    assert series.changes_eV == (None, -0.5, -0.25)
    assert series.converged(0.3) is True
    assert series.converged(0.25) is False
    assert series.own_error_eV == pytest.approx(+0.5)
    without = Series("x", (3.0, 5.0, 7.0), (-1.0, -1.5, -1.75), own=1)
    assert without.own_error_eV == pytest.approx(+0.25)
    assert Series("x", (3.0, 5.0), (-1.0, -1.5), own=1).own_error_eV is None
    gap = Series("x", (3.0, 5.0, 7.0), (-1.0, None, -1.75))
    assert gap.changes_eV == (None, None, None)
    assert gap.converged(10.0) is None
    assert gap.own_error_eV is None


def test_picture_of_a_series_with_gaps(tmp_path):
    series = [
        Series("a", (3.0, 5.0, 7.0), (-1.0, -1.5, -1.75), own=1, limit_eV=-2.0),
        Series("b", (3.0, 5.0, 7.0), (None, -1.5, None)),
    ]
    figure = plot_convergence(
        series, "title", quantity="layers", ticks=["3", "5", "7"], tolerance_eV=0.01
    )
    pdf, png = save(figure, tmp_path / "x")
    assert pdf.read_bytes()[:4] == b"%PDF"
    assert png.read_bytes()[:4] == b"\x89PNG"


# ---- planning ---------------------------------------------------------------------------


def specs(plan, kind):
    return {task.label: task.spec for task in plan.tasks.values() if task.kind == kind}


def test_cutoffs_are_single_points_at_the_same_structures(write_study):
    file = write_study(HCL, wanted("ecut_eV = [250, 300, 350]"))
    own, made = make_plan(file), plan_convergence(file)
    assert set(own.tasks) < set(made.plan.tasks)
    assert len(made.plan.tasks) == 3 + 2 * 3
    low, same, high = made.variants["ecut_eV"]
    assert set(same.plan.tasks) == set(own.tasks)
    assert low.plan.study.level_name == "test, ecut_eV = 250//test"
    assert same.plan.study.level_name == "test"
    for variant, ecut in ((low, 250.0), (high, 350.0)):
        assert variant.plan.relax_keys == own.species_keys
        for spec in specs(variant.plan, "single-point").values():
            assert spec["level"]["ecut_eV"] == ecut
            assert spec["level"]["geometry"]["ecut_eV"] == 300.0
    labels = [task.label for task in made.plan.tasks.values()]
    assert {"relax H2", "energy H2, ecut_eV = 250", "energy H2, ecut_eV = 350"} < set(labels)
    assert len(labels) == len(set(labels))


def test_a_study_with_single_points_varies_their_cutoff(write_study):
    single = '\n[single_point]\nbase = "draft"\nname = "better"\n'
    file = write_study(HCL, single, wanted("ecut_eV = [340, 400]"))
    own, made = make_plan(file), plan_convergence(file)
    same, high = made.variants["ecut_eV"]
    assert set(same.plan.tasks) == set(own.tasks)
    assert high.plan.study.level_name == "better, ecut_eV = 400//test"
    assert len(made.plan.tasks) == 3 + 2 * 3


def test_relax_each_relaxes_with_every_cutoff(write_study):
    file = write_study(HCL, wanted("ecut_eV = [250, 300]", "relax_each = true"))
    own, made = make_plan(file), plan_convergence(file)
    low, same = made.variants["ecut_eV"]
    assert low.plan.study.level_name == "test, ecut_eV = 250"
    assert {task.kind for task in made.plan.tasks.values()} == {"relax"}
    assert set(same.plan.tasks) == set(own.tasks)
    assert not set(low.plan.tasks) & set(own.tasks)


def test_only_what_a_value_decides_gets_new_keys(write_study):
    rows = ['reactions = ["A adsorption"]', "layers = [3, 5]", "molecule_vacuum_A = [5.0, 8.0]"]
    rows += ["vacuum_A = [6.0, 9.0]", "size = [[1, 1], [2, 1]]", "kpoint_length_A = [6.0, 12.0]"]
    made = plan_convergence(write_study(SLAB, wanted(*rows)))
    for parameter, (same, other) in made.variants.items():
        old, new = same.plan.species_keys, other.plan.species_keys
        changed = {name for name in old if old[name] != new[name]}
        if parameter == "kpoint_length_A":  # part of the level of every species
            assert changed == {"slab", "A", "slab.A"}
            assert same.plan.relax_keys == other.plan.relax_keys
        else:
            assert changed == ({"A"} if parameter == "molecule_vacuum_A" else {"slab", "slab.A"})
    atoms = {
        parameter: len(variants[1].plan.species["slab"][0].structure.atoms)
        for parameter, variants in made.variants.items()
    }
    assert (atoms["layers"], atoms["size"], atoms["vacuum_A"]) == (13, 16, 8)


def test_only_the_chosen_reactions_are_planned(write_study):
    file = write_study(SLAB, wanted('reactions = ["V moves"]', "ecut_eV = [250, 300]"))
    own, made = make_plan(file), plan_convergence(file)
    plan = made.variants["ecut_eV"][1].plan
    assert set(plan.species) == {"slab", "slab.A", "slab.V", "slab.A.V"}
    assert len(plan.species["slab.A"]) == len(own.species["slab.A"])  # candidates stay
    assert len(plan.species["slab"]) == 1  # the basin check is left out
    assert {task.kind for task in plan.tasks.values()} == {"relax"}
    assert set(plan.tasks) < set(own.tasks)
    (table,) = tables(made, Findings(made.plan, Path("nowhere")))
    assert any("Without the basin checks" in note for note in table.footnotes)


def test_reactions_that_do_not_depend_are_named(write_study):
    more = HCL.replace("published", "# published")
    file = write_study(SLAB, more, wanted("layers = [3, 5]", "molecule_vacuum_A = [5.0, 8.0]"))
    made = plan_convergence(file)
    assert made.independent == {
        "layers": ("formation of HCl",),
        "molecule_vacuum_A": ("V moves",),
    }
    assert "HCl" not in made.variants["layers"][0].plan.species
    layers, _ = tables(made, Findings(made.plan, Path("nowhere")))
    assert "formation of HCl: does not depend on layers." in layers.footnotes


# ---- refusals ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["ecut_eV = [300]"], r"converge.ecut_eV: \[300.0\] must be at least two values"),
        (["ecut_eV = []"], r"converge.ecut_eV: \[\] must be at least two values"),
        (["vacuum_A = [9, 6]"], r"converge.vacuum_A: \[9.0, 6.0\] .* larger than the one before"),
        (["layers = [3, 3]"], r"converge.layers: \[3, 3\] .* larger than the one before"),
        (["layers = [3.5, 5]"], r"converge.layers.0 = 3.5 is not allowed: .* valid integer"),
        (["ecut_eV = [100, 300]"], r"converge.ecut_eV.0 = 100 .* greater than or equal to 150"),
        (["ecut_eV = [300, nan]"], r"converge.ecut_eV.1 = nan"),
        (["size = [[2, 1], [1, 2]]"], r"converge.size: .* with a larger area than the one before"),
        (["size = [[1, 1], 'x']"], r"converge.size: 'x' is not a surface cell"),
        (["molecule_vacuum_A = [2, 5]"], r"converge.molecule_vacuum_A.0 = 2"),
        (["tolerance_eV = 0.01"], r"converge: give at least one of ecut_eV, kpoint_length_A, la"),
        (["layers = [3, 5]", "tolerance_eV = 0"], r"converge.tolerance_eV = 0 .* greater than 0"),
        (["ecut = [300, 400]"], r"converge.ecut is not a key; did you mean 'ecut_eV'"),
        (
            ["layers = [3, 5]", 'reactions = ["C"]'],
            r"converge.reactions: 'C' is no reaction; allowed: 'A adsorption', 'B adsorption', 'V",
        ),
        (
            ["layers = [3, 5]", 'reactions = ["V moves", "V moves"]'],
            r"converge.reactions: 'V moves' is named twice",
        ),
        (["layers = [1, 3]"], r"converge.layers = 1: surfaces.slab.frozen_layers: .* below"),
        (["layers = [3, 4]"], r"converge.layers = 4: surfaces.slab.layers: .* may be 1, 3, 5"),
        (
            ["kpoint_length_A = [6.0, 6.1]"],
            r"converge.kpoint_length_A = 6.1 gives 'A adsorption' the same k-points as 6.0",
        ),
        (
            ["vacuum_A = [6.0, 6.1]"],
            r"converge.vacuum_A = 6.1 gives 'A adsorption' the same cells, .* 0.5 A, as 6.0",
        ),
        (
            ['reactions = ["V moves"]', "molecule_vacuum_A = [5.0, 8.0]"],
            r"converge.molecule_vacuum_A: no molecule is in the chosen reactions",
        ),
        (["ecut_eV = [300, 400]", "relax_each = 1"], r"converge.relax_each = 1 is not allowed"),
    ],
)
def test_bad_tables_are_refused_in_one_sentence(write_study, tmp_path, rows, words):
    file = write_study(SLAB, wanted(*rows))
    with pytest.raises(StudyError, match=words) as caught:
        plan_convergence(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == [file]


def test_ligands_must_fit_every_cell(write_study):
    long = 'molecule = "DDDMA"\ntruncate_to_carbons = 10\nbalance = "electron"'
    text = SLAB.replace('molecule = "MA"\nstate = "neutral"', long)
    text = text.replace("size = [1, 1]", "size = [2, 2]")
    rows = ['reactions = ["B adsorption"]', "size = [[1, 1], [2, 2]]"]
    with pytest.raises(StudyError, match=r"converge.size = \[1, 1\]: slab.B: B does not fit: .*"):
        plan_convergence(write_study(text, wanted(*rows)))


def test_table_is_needed_and_relax_each_excludes_single_points(write_study):
    with pytest.raises(StudyError, match=r"converge is missing; give a table \[converge\]"):
        plan_convergence(write_study(HCL))
    single = '\n[single_point]\nbase = "draft"\n'
    rows = wanted("ecut_eV = [300, 400]", "relax_each = true")
    with pytest.raises(StudyError, match="relax_each = true goes with a study without"):
        plan_convergence(write_study(HCL, single, rows))
    with pytest.raises(StudyError, match=r"\[converge\] needs \[\[reactions\]\]"):
        plan_convergence(write_study(wanted("ecut_eV = [300, 400]")))


def test_command_refuses_bad_input_and_writes_nothing(write_study, tmp_path):
    good = write_study(HCL, wanted("ecut_eV = [250, 300]"), name="good")
    bad = write_study(HCL, wanted("ecut_eV = [300, 250]"), name="bad")
    before = {p: p.read_bytes() for p in tmp_path.iterdir()}
    for arguments, words in (
        ((bad,), "bad.toml: converge.ecut_eV: [300.0, 250.0] must be"),
        ((good, "--output", "good.toml"), "--output good.toml: is a file"),
        ((good, "--profile", "none"), "has no config.yaml"),
    ):
        answer = passivant("converge", *arguments, cwd=tmp_path)
        assert answer.returncode == 2
        assert words in answer.stderr.replace("\n", "")
    assert {p: p.read_bytes() for p in tmp_path.iterdir()} == before


# ---- results ----------------------------------------------------------------------------


def test_missing_energies_are_dashes_with_their_reason(write_study, tmp_path):
    file = write_study(HCL, wanted("ecut_eV = [250, 300]"))
    results = tmp_path / "results"
    made = plan_convergence(file)
    (failed,) = (task for task in made.plan.tasks.values() if task.label == "relax Cl2")
    folder = task_folder(failed, results)
    folder.mkdir(parents=True)
    write_failure(folder, "forces of 0.3 eV/A after 40 steps", True, 40)
    (table,) = tables(made, Findings(made.plan, results))
    low, own, last = table.rows
    assert low[2:] == (
        "-",
        "-",
        "H2 waiting; Cl2 blocked: needs relax Cl2; HCl waiting",
    )
    assert own[-1].startswith("own value; H2 waiting; Cl2 unconverged: forces of 0.3 eV/A")
    assert last[1:] == ("extrapolated", "-", "-", "converged within 0.010 eV: not known")
    before = sorted(tmp_path.rglob("*"))
    answer = passivant("converge", file, "--show", cwd=tmp_path)
    assert answer.returncode == 1
    assert "own value" in answer.stdout
    answer = passivant("converge", file, "--show", "--json", cwd=tmp_path)
    assert answer.returncode == 1
    (line,) = json.loads(answer.stdout)["parameters"]["ecut_eV"]
    assert [point["reaction_energy_eV"] for point in line["points"]] == [None, None]
    assert line["extrapolated_eV"] is line["converged"] is None
    assert sorted(tmp_path.rglob("*")) == before


def test_convergence_with_gpaw(write_study, tmp_path):
    rows = wanted("ecut_eV = [350, 400, 450]", "molecule_vacuum_A = [3.0, 3.5]")
    file = write_study(ISOMERS, rows, ecut=350.0, fmax=0.3, vacuum=3.0)
    answer = passivant("converge", file, "--json", "--cores", "2", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    data = json.loads(answer.stdout)
    made, results = plan_convergence(file), tmp_path / "results"
    states = task_states(made.plan, results)
    assert {state.state for state in states.values()} == {"done"}
    assert len(states) == 2 + 2 * 2 + 2
    (cutoffs,) = data["parameters"]["ecut_eV"]
    # Thermochemistry at 0 K has HNC 0.646 eV above HCN (Nguyen et al., J. Phys. Chem. A 119,
    # 10929 (2015)). PBE comes close, but only beyond these cutoffs.
    assert cutoffs["extrapolated_eV"] == pytest.approx(+0.646, abs=0.08)
    assert cutoffs["converged"] is False
    first, _, last = cutoffs["points"]
    assert first["own"]
    assert first["reaction_energy_eV"] > last["reaction_energy_eV"] > cutoffs["extrapolated_eV"]
    error = first["reaction_energy_eV"] - cutoffs["extrapolated_eV"]
    assert cutoffs["own_error_eV"] == pytest.approx(error)
    for variant, point in zip(made.variants["ecut_eV"], cutoffs["points"], strict=True):
        energy = {
            name: without_images(states[key].result).energy_eV
            for name, (key,) in variant.plan.species_keys.items()
        }
        assert point["reaction_energy_eV"] == pytest.approx(energy["HNC"] - energy["HCN"])
        assert (tmp_path / point["terms"][0]["folder"] / "gpaw.txt").exists()
    levels = [point["level"] for point in cutoffs["points"]]
    assert levels == ["test", "test, ecut_eV = 400//test", "test, ecut_eV = 450//test"]
    (boxes,) = data["parameters"]["molecule_vacuum_A"]
    assert boxes["not_extrapolated_because"] == "it takes 3 values"
    folder = results / "convergence"
    names = {
        *("convergence.json", "convergence.csv"),
        *(
            f"{name}{ending}"
            for name in ("ecut_eV", "molecule_vacuum_A")
            for ending in (".pdf", ".png", "-caption.txt")
        ),
    }
    assert {path.name for path in folder.iterdir()} == names
    assert json.loads((folder / "convergence.json").read_text()) == data
    assert len((folder / "convergence.csv").read_text().splitlines()) == 1 + 3 + 2
    # The study takes the errors over: of the cutoff against the limit, of the box the last change.
    (row,) = REACTIONS.rows(Findings(make_plan(file), results))
    parts = dict(row.uncertainty.parts)
    del parts["dispersion"]
    assert parts == {
        "convergence with ecut_eV": pytest.approx(abs(error)),
        "convergence with molecule_vacuum_A": pytest.approx(
            abs(boxes["points"][1]["reaction_energy_eV"] - boxes["points"][0]["reaction_energy_eV"])
        ),
    }
    assert row.uncertainty.lacks == ("functional",)
    # The study itself needs nothing more, and what there is can be shown anywhere.
    assert {s.state for s in task_states(make_plan(file), results).values()} == {"done"}
    answer = passivant("converge", file, "--show", "--output", "here", cwd=tmp_path)
    assert answer.returncode == 0
    assert "Convergence with molecule_vacuum_A" in answer.stdout
    assert {path.name for path in (tmp_path / "here").iterdir()} == names
