"""Vacancies in the bulk: structures, segregation, finite size, formation energies, real GPAW."""

import json

import numpy as np
import pytest
from ase.geometry import find_mic

from analysis.energies.finite_size import trend
from tests.conftest import LEVEL
from tests.findings import findings_of
from tests.pretended import pretend_results
from workflows.dft.optimise.start import start_structure
from workflows.execution.engine import run_plan
from workflows.export import export_study
from workflows.findings.findings import Findings
from workflows.planner import make_plan
from workflows.recipes.finite_size import RECIPE
from workflows.recipes.registry import recipe
from workflows.report.page import render_report
from workflows.study.errors import StudyError
from workflows.summary import document

ROCKSALT = """
[crystals.NaCl]
material = "NaCl"
prototype = "rocksalt"
lattice_constants_A = [5.68]

[molecules.Cl2]
smiles = "ClCl"

[supercells.small]
crystal = "NaCl"
size = [2, 1, 1]

[surfaces.slab]
crystal = "NaCl"
termination = "NaCl"
size = [1, 1]
layers = 2
vacuum_A = 6.0

[vacancies.V]
element = "Cl"

[[reactions]]
name = "to the surface"
equation = "small.V + slab -> small + slab.V"
"""

TREND = """
[supercells.middle]
crystal = "NaCl"
size = [2, 2, 1]

[supercells.large]
crystal = "NaCl"
size = [2, 2, 2]

[[finite_size]]
vacancy = "V"
supercells = ["small", "middle", "large"]
"""

POTENTIALS = """
[crystals.Na]
material = "Na"
prototype = "bcc"
lattice_constants_A = [4.2]

[chemical_potentials]
host = "NaCl"
phases = ["Na", "Cl2"]
element = "Cl"
formation = ["small.V", "slab.V"]
"""


def test_a_supercell_repeats_the_crystal_and_has_no_surface(write_study):
    plan = make_plan(write_study(ROCKSALT, TREND))
    crystal, large, vacant = (plan.species[n][0] for n in ("NaCl", "large", "large.V"))
    atoms = large.structure.atoms
    assert (large.kind, vacant.kind, len(atoms)) == ("supercell", "supercell", 16)
    assert atoms.get_volume() == pytest.approx(8 * crystal.structure.atoms.get_volume())
    assert atoms.pbc.all()
    assert sorted(vacant.structure.atoms.symbols) == ["Cl"] * 7 + ["Na"] * 8
    assert vacant.structure.coverage_per_nm2 == 0.0
    # Images along the primitive vectors of two cells: 8.03 A.
    assert "V: neutral Cl vacancy, 8.0 A from its periodic images" in vacant.structure.notes
    spec = plan.tasks[plan.relax_keys["large.V"][0]].spec
    assert (spec["bulk"], spec["dipole_layer"], spec["spin_polarised"]) == (True, False, True)
    slab = plan.tasks[plan.relax_keys["slab.V"][0]].spec
    assert "bulk" not in slab


def test_relaxations_start_from_the_relaxed_crystal_and_the_relaxed_supercell(write_study):
    plan = make_plan(write_study(ROCKSALT))
    crystal, whole, vacant = (plan.species[n][0] for n in ("NaCl", "small", "small.V"))
    relaxed = crystal.structure.atoms.copy()
    relaxed.set_cell(1.02 * relaxed.cell.array, scale_atoms=True)
    start = start_structure(plan.tasks[plan.relax_keys["small"][0]].spec, relaxed)
    planned = whole.structure.atoms
    assert start.cell.array == pytest.approx(1.02 * planned.cell.array)
    assert start.positions == pytest.approx(1.02 * planned.positions)
    start.positions += 0.01 * np.arange(len(start))[:, None]
    after = start_structure(plan.tasks[plan.relax_keys["small.V"][0]].spec, start)
    assert after.cell.array == pytest.approx(start.cell.array)
    assert after.positions == pytest.approx(start.positions[vacant.parent_atoms])


#: Made up, in eV: a vacancy costs 3.0 in the infinite crystal, and 12 / V more in a supercell of V
#: primitive cells: 9.0, 6.0 and 4.5 against 1/2 Cl2 of -1.0.
ENERGIES = {
    "NaCl": -8.0, "Cl2": -2.0, "small": -16.0, "middle": -32.0, "large": -64.0,
    "small.V": -16.0 + 9.0 + 1.0, "middle.V": -32.0 + 6.0 + 1.0, "large.V": -64.0 + 4.5 + 1.0,
    "slab": -31.0, "slab.V": -31.0 + 2.5 + 1.0, "Na": -3.0,
}  # fmt: skip


@pytest.fixture
def known(write_study, tmp_path):
    """Findings with made-up energies."""
    plan = make_plan(write_study(ROCKSALT, TREND, POTENTIALS))
    pretend_results(plan, tmp_path, {name: ENERGIES[name] for name in plan.species_keys})
    return Findings(plan, tmp_path)


def test_segregation_is_one_reaction(known):
    (row,) = recipe("reactions").rows(known)
    # 2.5 eV at the surface, 9.0 eV in the small supercell.
    assert row.reaction_energy_eV == pytest.approx(-6.5)
    assert (row.question, row.status) == ("Vacancy transfer", "done")


def test_bulk_and_surface_stand_in_one_table(known):
    (row,) = recipe("chemical_potentials").rows(known)
    # E_f(NaCl) = -8 + 3 + 1 = -4 eV: less by that at the chlorine-poor end.
    energies = {each.species: (each.poor[0], each.rich[0]) for each in row.formation_eV}
    assert energies == {
        "small.V": (pytest.approx(5.0), pytest.approx(9.0)),
        "slab.V": (pytest.approx(-1.5), pytest.approx(2.5)),
    }


def test_trend_over_the_size_of_the_supercell(known, tmp_path):
    (row,) = RECIPE.rows(known)
    assert (row.vacancy, row.crystal) == ("V", "NaCl")
    assert [each.change_eV for each in row.cells] == pytest.approx([4.5, 1.5, 0.0])
    assert [each.atoms for each in row.cells] == [4, 8, 16]
    assert [each.image_distance_A for each in row.cells] == pytest.approx([4.016, 4.016, 8.033],
                                                                          abs=1e-3)  # fmt: skip
    # 3.0 eV against 4.5 in the largest one.
    assert row.trend.limit_eV == pytest.approx(-1.5)
    assert row.trend.deviation_eV == pytest.approx(0.0, abs=1e-9)
    assert row.cells[-1].uncertainty.by_definition
    (table,) = RECIPE.tables(known)
    assert [line[:3] for line in table.rows] == [
        ("small", "2x1x1", "4"), ("middle", "2x2x1", "8"), ("large", "2x2x2", "16"),
    ]  # fmt: skip
    assert [line[4] for line in table.rows] == ["+4.500", "+1.500", "+0.000"]
    assert any(note.startswith("Line over the inverse volume: -1.500 eV") for note in
               table.footnotes)  # fmt: skip
    assert list(RECIPE.figures(known, "single")) == ["finite-size-V"]
    (figure,) = RECIPE.page_figures(known)
    assert "against the largest of 3 supercells" in figure.words
    names = {file.name for file in export_study(known, tmp_path / "out")}
    assert {"finite-size-V.pdf", "finite_size.csv"} <= names
    data = json.loads(json.dumps(document(known.plan, known.results), allow_nan=False))
    assert data["finite_size"][0]["trend"]["slope_eV_A3"] > 0


def test_the_report_shows_supercells(known):
    page = render_report(known)
    assert '<section id="finite_size"' in page
    assert '<optgroup label="Supercells">' in page
    assert "Supercell middle: 2x2x1 cells of NaCl." in page


def test_a_line_needs_three_supercells():
    assert trend([1.0, 2.0], [1.0, 0.5]) is None
    # 1/V = 1, 1/2, 1/4; off the best line by (-1, 3, -2) / 14 of 0.3 eV.
    found = trend([1.0, 2.0, 4.0], [1.0, 0.6, 0.25])
    off = np.array([-1.0, 3.0, -2.0]) / 14 * 0.3
    assert found.deviation_eV == pytest.approx(np.sqrt(np.square(off).sum()), rel=1e-6)


def test_missing_supercells_are_named(write_study, tmp_path):
    plan = make_plan(write_study(ROCKSALT, TREND))
    known = {n: e for n, e in ENERGIES.items() if n in plan.species_keys and n != "middle.V"}
    pretend_results(plan, tmp_path, known)
    found = Findings(plan, tmp_path)
    assert RECIPE.missing(found) == ["V in middle: middle.V waiting"]
    (row,) = RECIPE.rows(found)
    assert row.trend is None
    (table,) = RECIPE.tables(found)
    assert "Three supercells or more would show where the energies go." in table.footnotes


PEROVSKITE = """
[crystals.CsPbI3]
material = "CsPbI3"
{phase}
[supercells.bulk]
crystal = "CsPbI3"
size = [2, 2, 2]

[vacancies.V]
element = "I"

[[finite_size]]
vacancy = "V"
supercells = ["bulk", "more"]

[supercells.more]
crystal = "CsPbI3"
size = [3, 2, 2]
"""


def test_a_vacancy_in_the_bulk_has_its_neighbours_on_all_sides(write_study):
    plan = make_plan(write_study(PEROVSKITE.format(phase="")))
    (vacant,) = plan.species["bulk.V"]
    # All I are equivalent; each has two Pb, one of them perhaps across the border of the cell.
    assert vacant.structure.placement.startswith("V_I: in the bulk, 2-coordinated, bonds along")
    # An electron is left behind, half on each of them.
    atoms = vacant.structure.atoms
    moments = atoms.get_initial_magnetic_moments()
    near = np.flatnonzero(moments)
    assert moments[near] == pytest.approx([0.5, 0.5])
    assert list(atoms.symbols[near]) == ["Pb", "Pb"]
    (place,) = vacant.structure.vacancies_A
    _, distances = find_mic(atoms.positions[near] - place, atoms.cell, True)
    assert distances == pytest.approx([6.29 / 2] * 2, abs=0.01)


@pytest.mark.parametrize(
    ("phase", "said"), [("", True), ('phase = "gamma"\nrelax = "cell"\n', False)]
)
def test_tilts_that_a_vacancy_sets_free_are_announced(write_study, phase, said):
    plan = make_plan(write_study(PEROVSKITE.format(phase=phase)))
    notes = plan.species["bulk.V"][0].structure.notes
    assert any("gains tilt energy that is not its own" in note for note in notes) == said


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('crystal = "NaCl"\nsize = [2, 1, 1]', 'crystal = "KCl"\nsize = [2, 1, 1]',
         "supercells.small.crystal: 'KCl' is not allowed; allowed: NaCl"),
        ("size = [2, 1, 1]", "size = [2, 1]", "supercells.small.size"),
        ('vacancy = "V"', 'vacancy = "W"', "finite_size.0.vacancy: 'W' is not allowed; allowed: V"),
        ('["small", "middle", "large"]', '["small", "slab"]', "supercells: 'slab' is not allowed"),
        ('["small", "middle", "large"]', '["large", "small"]',
         "finite_size.0.supercells: large, small must become larger"),
        ('["small", "middle", "large"]', '["small"]', "finite_size.0.supercells"),
        ("small.V + slab -> small + slab.V", "small.L -> small + L", "'L' in 'small.L' is neither"),
        ('element = "Cl"\n', 'element = "Br"\n', "vacancies.V.element: .*no Br; its ions: Cl, Na"),
        ("[molecules.Cl2]", "[molecules.small]",
         "'small' is used in .molecules. and in .supercells."),
    ],
)  # fmt: skip
def test_bad_supercells_are_refused(write_study, old, new, words):
    text = ROCKSALT + TREND
    assert old in text
    text = text.replace(old, new, 1)
    file = write_study(text)
    with pytest.raises(StudyError, match=words) as caught:
        make_plan(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_supercells_and_slabs_of_different_lattices_are_refused(write_study):
    other = ROCKSALT.partition("[molecules.Cl2]")[0].replace("crystals.NaCl", "crystals.other")
    text = ROCKSALT.replace('crystal = "NaCl"\ntermination', 'crystal = "other"\ntermination')
    words = "'small' is a supercell of 'NaCl' and 'slab' is not made from it"
    with pytest.raises(StudyError, match=words):
        make_plan(write_study(text, other))


OTHERS = """
[ligands.L]
smiles = "N"
anchor_smarts = "[NX3]"

[defects.Br_Cl]
kind = "substitution"
element = "Br"
on = "Cl"
"""


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('[[reactions]]\nname = "x"\nequation = "small + L -> small.L"\n',
         "'small.L' has the ligand 'L'; a supercell can hold vacancies only"),
        ('[[reactions]]\nname = "x"\nequation = "small -> small.Br_Cl"\n',
         "defects.Br_Cl.kind: 'substitution' goes with slabs; the supercell 'small' can hold"),
        ('[[dos]]\nspecies = "small.V"\n', "'small.V' is a supercell, which has energies only"),
    ],
)  # fmt: skip
def test_what_supercells_cannot_hold_is_refused(write_study, more, words):
    with pytest.raises(StudyError, match=words):
        make_plan(write_study(ROCKSALT, OTHERS, more))


def test_vacancies_of_another_crystal_have_no_chemical_potentials(write_study):
    other = POTENTIALS.replace("small.V", "more.V") + PEROVSKITE.format(phase="").partition(
        "[vacancies.V]")[0].replace("bulk", "more").replace("[2, 2, 2]", "[1, 1, 1]")  # fmt: skip
    with pytest.raises(StudyError, match=r"'more.V' must be a supercell of the host 'NaCl'"):
        make_plan(write_study(ROCKSALT.replace('element = "Cl"', 'element = "I"').replace(
            "small.V + slab -> small + slab.V", "2 NaCl -> small"), other))  # fmt: skip


@pytest.mark.long
def test_rock_salt_and_its_vacancy_with_gpaw(tmp_path):
    level = LEVEL.format(ecut=220.0, fmax=0.3, max_steps=40, dispersion="none", vacuum=3.5)
    file = tmp_path / "study.toml"
    # 4x4x4 k-points for the crystal and 2x4x4 for two cells of it: the same points.
    file.write_text(level.replace("length_A = 6.0", "length_A = 12.8") + ROCKSALT + """
[[reactions]]
name = "the same crystal"
equation = "2 NaCl -> small"
""")  # fmt: skip
    plan = make_plan(file)
    kpoints = {name: plan.tasks[plan.relax_keys[name][0]].spec["kpoints"] for name in
               ("NaCl", "small")}  # fmt: skip
    assert kpoints == {"NaCl": [4, 4, 4], "small": [2, 4, 4]}
    states = run_plan(plan, tmp_path / "results", cores=1)
    assert {s.state for s in states.values()} == {"done"}, [s.why for s in states.values()]
    found = findings_of(plan, states)
    transfer, same = recipe("reactions").rows(found)
    # But for the grids, which are a little finer for one of them.
    assert same.reaction_energy_eV == pytest.approx(0.0, abs=0.03)
    # Missing bonds: the vacancy costs less at the surface, by no more than its whole energy.
    assert -3.0 < transfer.reaction_energy_eV < 0.0
    values = states[plan.relax_keys["small.V"][0]].result.values
    assert values["dipole_moment_eA"] == [None] * 3
