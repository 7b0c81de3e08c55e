"""Panels of reaction energies: sign conventions, published values, coverages, labels."""

import pytest

from analysis.energies.reactions import parse_reaction
from analysis.energies.rows import Published, ReactionRow
from analysis.energies.uncertainty import combined
from analysis.style import caption_of
from tests.pretended import pretend_dos
from workflows.execution.engine import prepare
from workflows.findings.findings import Findings
from workflows.findings.states import task_folder
from workflows.planner import make_plan
from workflows.recipes.passivation.figures import energy_matrix
from workflows.recipes.reactions.figures import BINDING, FORMATION, coverage_lines, energy_panels
from workflows.recipes.registry import recipe
from workflows.study.errors import StudyError
from workflows.study.file import load_study, parse_study
from workflows.study.shipped import shipped_text

SMOKE = shipped_text("smoke")
LABEL = '\n[species."slab.OAm"]\nlabel = "OAm / CsPbI3(001)"\n'


def row(name, equation, energy_eV, asked, *, published=None, flags=(), coverage=2.5, parts=None):
    uncertainty = combined(parts or {}, [])
    return ReactionRow(
        name, parse_reaction(equation), energy_eV, "done", 15, coverage, published, (), (), asked,
        flags=flags, uncertainty=uncertainty,
    )  # fmt: skip


def test_binding_is_positive_for_bound_and_formation_keeps_its_sign():
    study = parse_study(SMOKE)
    rows = [
        row("a", "slab + OAm -> slab.OAm", -0.4, "Adsorption", parts={"basins": 0.1},
            published=Published(0.9, "binding", "x")),
        row("b", "slab + OA -> slab.OA", 0.2, "Adsorption", flags=("flag",),
            published=Published(-0.5, "reaction", "x")),
        row("c", "wide -> wide.V_I + 1/2 I2", 1.9, "Vacancy formation",
            published=Published(-2.8, "binding", "x")),
    ]  # fmt: skip
    adsorption, formation = energy_panels(study, rows)
    assert (adsorption.heading, adsorption.quantity) == ("Adsorption", BINDING)
    assert [bar.energy_eV for bar in adsorption.bars] == [0.4, -0.2]
    assert [bar.published_eV for bar in adsorption.bars] == [0.9, 0.5]
    assert [bar.uncertainty_eV for bar in adsorption.bars] == [0.1, None]
    assert [bar.flagged for bar in adsorption.bars] == [False, True]
    assert formation.quantity == FORMATION
    assert [(bar.energy_eV, bar.published_eV) for bar in formation.bars] == [(1.9, 2.8)]
    assert not any(bar.converged for bar in adsorption.bars)  # the smoke level has a caveat


def test_a_heading_of_the_study_does_not_mix_signs():
    study = parse_study(SMOKE)
    rows = [row("a", "slab + OAm -> slab.OAm", -0.4, "Mine"),
            row("c", "wide -> wide.V_I + 1/2 I2", 1.9, "Mine")]  # fmt: skip
    panels = energy_panels(study, rows)
    assert [(panel.heading, panel.bars[0].energy_eV) for panel in panels] == [
        ("Mine", 0.4),
        ("Mine", 1.9),
    ]


def test_coverages_of_one_surface_are_one_line_per_ligand():
    study = parse_study(SMOKE)
    rows = [
        row("a", "slab + OAm -> slab.OAm", -0.4, "Adsorption", parts={"basins": 0.1}),
        row("b", "wide + 2 OAm -> wide.OAm.OAm", -1.0, "Adsorption", coverage=2.0,
            parts={"basins": 0.3}),
        row("c", "slab + OA -> slab.OA", -0.3, "Adsorption"),
        row("d", "wide + OA -> wide.OA", None, "Adsorption", coverage=1.3),
    ]  # fmt: skip
    lines = coverage_lines(study, rows)
    assert list(lines) == ["OAm"]
    found = [(p.coverage_per_nm2, p.binding_energy_eV, p.uncertainty_eV) for p in lines["OAm"]]
    assert found == [(2.5, 0.4, 0.1), pytest.approx((2.0, 0.5, 0.15))]


def test_cells_of_a_matrix_are_those_of_their_equations():
    text = SMOKE + (
        '\n[[passivation]]\nsurface = "wide"\nligands = ["OAm.OA", "OAm"]\nvacancies = ["V_I"]\n'
    )
    study = parse_study(text)
    rows = [
        row("x", "wide.OAm + wide.V_I -> wide.OAm.V_I + wide", -0.7, ""),
        row("y", "wide.OAm.OA + wide.V_I -> wide.OAm.OA.V_I + wide", 0.24, ""),
    ]
    matrix = energy_matrix(study, study.passivation[0], rows)
    pair, amine = matrix.all_cells
    assert (pair.energy_eV, amine.energy_eV) == (0.24, -0.7)
    assert (matrix.rows, matrix.columns) == (("V_I",), ("OAm + OA", "OAm"))


STACK = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 1
vacuum_A = 6.0

[ligands.L]
smiles = "N"
anchor_smarts = "[NX3]"

[species.L]
label = "ammonia"

[species."slab.L"]
label = "covered"

[[dos]]
species = "slab"
spin_orbit = {bare}

[[dos]]
species = "slab.L"
spin_orbit = true
"""


@pytest.mark.parametrize("bare", ["true", "false"])
def test_stacks_are_coupled_if_all_slabs_are_and_use_labels(write_study, tmp_path, bare):
    plan = make_plan(write_study(STACK.format(bare=bare)))
    results = tmp_path / "results"
    prepare(plan, results)
    for place, name in enumerate(("slab", "slab.L")):
        pretend_dos(plan, results, name, place)
    if bare == "false":
        forget_coupling(plan, results)
    figure = recipe("dos").figures(Findings(plan, results), "double")["DOS-stack-slab"]
    (legend,) = figure.legends
    with_or_without = "with" if bare == "true" else "without"
    assert legend.get_title().get_text() == f"{with_or_without} spin-orbit coupling"
    assert "ammonia" in [text.get_text() for text in legend.get_texts()]
    assert [axis.texts[0].get_text() for axis in figure.axes] == ["slab", "covered"]
    reason = "All without spin-orbit coupling, since that is how slab was calculated."
    assert (reason in caption_of(figure)) == (bare == "false")


def forget_coupling(plan, results):
    """Results of the first density of states as those without spin-orbit coupling."""
    task = plan.tasks[plan.planned["dos"][0]]
    file = task_folder(task, results) / "result.json"
    file.write_text(file.read_text().replace('"spin_orbit": true', '"spin_orbit": false'))


def test_labels_change_no_task(tmp_path):
    head, rest = SMOKE.split("[level]", 1)
    keys = []
    for name, text in (("without", SMOKE), ("with", f"{head}{LABEL}\n[level]{rest}")):
        file = tmp_path / f"{name}.toml"
        file.write_text(text)
        keys.append(list(make_plan(file).tasks))
    assert keys[0] == keys[1]
    study, _ = load_study(file)
    assert study.label_of("slab.OAm") == "OAm / CsPbI3(001)"
    assert study.label_of("slab.OA") == "slab.OA"


def test_labels_do_not_decide_on_the_order_of_ligands():
    head, rest = SMOKE.split("[level]", 1)
    study = parse_study(f'{head}[species."wide.OA.OAm"]\nlabel = "both"\n[level]{rest}')
    assert study.label_of("wide.OAm.OA") == "both"
    assert "wide.OAm.OA ->" in next(r.equation for r in study.reactions if "OAm/OA" in r.name)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('[species."slab.X"]\nlabel = "x"', "species.slab.X: 'X' is not defined; defined: slab, w"),
        ('[species.nothing]\nlabel = "x"', "species.nothing: 'nothing' is not defined; defined"),
        ('[species.slab]\nlabel = ""', "species.slab.label = '' is not allowed"),
        (f'[species.slab]\nlabel = "{"x" * 41}"', "at most 40 characters"),
        (
            '[species.slab]\nlabel = " a"',
            "species.slab.label: ' a' is not allowed; give a text without",
        ),
        ('[species.slab]\nname = "a"', "species.slab.name is not a key; .*allowed: label"),
        (
            '[species.slab]\nlabel = "a"\n[species.wide]\nlabel = "a"',
            "species.wide.label: 'a' is that of slab too",
        ),
    ],
)
def test_bad_labels_are_refused(table, words):
    with pytest.raises(StudyError, match=words) as caught:
        parse_study(f"{SMOKE}\n{table}\n", "study.toml")
    assert str(caught.value).startswith("study.toml: ")
    assert "\n" not in str(caught.value)
