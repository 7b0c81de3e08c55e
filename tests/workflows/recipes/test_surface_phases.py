"""Phase diagrams of surfaces: hand-made energies with known crossings, refusals, real GPAW."""

import json
import re

import numpy as np
import pytest

from docs.tools.validation import keep
from tests.conftest import LEVEL
from tests.findings import findings_of
from tests.pretended import pretend_results
from workflows.execution.engine import run_plan
from workflows.export import export_study
from workflows.findings.findings import Findings
from workflows.planner import make_plan
from workflows.recipes.registry import recipe
from workflows.recipes.surface_phases import RECIPE
from workflows.report.page import render_report
from workflows.study.errors import StudyError

RESERVOIRS = """
[crystals.Pb]
material = "Pb"
prototype = "fcc"

[crystals.Cs]
material = "Cs"
prototype = "bcc"

[molecules.I2]
smiles = "II"
"""
PHASES = (
    RESERVOIRS
    + """
[crystals.CsPbI3]
material = "CsPbI3"

[crystals.CsI]
material = "CsI"
prototype = "cesiumchloride"

[crystals.PbI2]
material = "PbI2"
prototype = "CdI2"
relax = "cell"

[ligands.L]
smiles = "N"
anchor_smarts = "[NX3]"

[vacancies.V]
element = "I"

[chemical_potentials]
host = "CsPbI3"
phases = ["CsI", "PbI2", "Pb", "Cs", "I2"]
"""
)

SLABS = """
[surfaces.slab]
crystal = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 3
vacuum_A = 6.0

[surfaces.cesium]
crystal = "CsPbI3"
termination = "CsI"
size = [1, 1]
layers = 3
vacuum_A = 6.0
"""

DIAGRAMS = """
[[surface_phases]]
name = "terminations"
species = ["slab", "cesium"]
axes = ["I", "Cs"]

[[surface_phases]]
name = "coverages"
species = ["slab", "cesium", "slab.L"]
axes = ["I", "L"]
equilibrium = ["CsI"]
temperature_K = 300.0

[surface_phases.reservoirs.L]
activity = 0.1
range_eV = [-1.5, 0.0]
"""

#: Made up, as in the tests of the chemical potentials: Cs -1, Pb -3, I -2 per atom; formation
#: energies CsI -3.5, PbI2 -2.5, CsPbI3 -6.2 eV. No calculation.
ENERGIES = {
    "Cs": -1.0, "Pb": -3.0, "I2": -4.0, "CsI": -6.5, "PbI2": -9.5, "CsPbI3": -16.2,
    "slab": -30.0, "cesium": -27.0, "slab.L": -51.0, "L": -20.0,
}  # fmt: skip
AREA_A2 = 6.29**2
J_PER_M2 = 16.0217663


def diagrams(write_study, tmp_path, text=DIAGRAMS, *, slabs=SLABS, energies=None):
    plan = make_plan(write_study(PHASES, slabs, text))
    given = ENERGIES | (energies or {})
    pretend_results(plan, tmp_path, {n: given[n] for n in plan.species_keys})
    return Findings(plan, tmp_path)


def test_terminations_cross_at_a_line_known_by_hand(write_study, tmp_path):
    row, _ = RECIPE.rows(diagrams(write_study, tmp_path))
    assert (row.status, row.against, row.axes) == ("done", None, ("I", "Cs"))
    # With dmu_Pb = -6.2 - c - 3 i, both faces of slab (Cs Pb2 I5) have -0.6 + c + i, those of
    # cesium (Cs2 Pb I4) -7.8 - c - i: equal at c + i = -3.6, in the middle between CsI (-3.5) and
    # PbI2 (-3.7), where each has -4.2.
    slab, cesium = row.surfaces
    sums = [np.array(each.cell_eV).sum(axis=1) for each in (slab, cesium)]
    assert sums[0].max() == pytest.approx(-3.6)
    assert sums[1].min() == pytest.approx(-3.6)
    # Iodine: from lead metal with c + i = -3.6, 2 i = -2.6, to zero.
    assert slab.stable_eV["I"] == pytest.approx((-1.3, 0.0))
    assert cesium.stable_eV["I"] == pytest.approx((-1.35, 0.0))
    assert slab.stable_eV["Cs"] == pytest.approx((-3.7, -2.3))
    assert cesium.stable_eV["Cs"] == pytest.approx((-3.6, -2.15))


def test_energies_at_the_corners_by_hand(write_study, tmp_path):
    row, _ = RECIPE.rows(diagrams(write_study, tmp_path))
    points = {(frozenset(each.phases), each.species): each for each in row.points}
    assert len(points) == 8
    for phase, sum_eV in (("CsI", -3.5), ("PbI2", -3.7)):
        for end in ("Pb", "I2"):
            slab, cesium = (points[frozenset((phase, end)), name] for name in ("slab", "cesium"))
            by_hand = (-0.6 + sum_eV, -7.8 - sum_eV)
            for each, both_eV in zip((slab, cesium), by_hand, strict=True):
                both = both_eV / AREA_A2 * J_PER_M2
                assert each.both_faces_J_per_m2 == pytest.approx(both, abs=1e-4)
                assert each.gamma_J_per_m2 == pytest.approx(both / 2, abs=1e-4)
            lower, upper = (slab, cesium) if phase == "PbI2" else (cesium, slab)
            assert lower.above_lowest_J_per_m2 == 0.0
            difference = 0.2 / 2 / AREA_A2 * J_PER_M2
            assert upper.above_lowest_J_per_m2 == pytest.approx(difference, abs=1e-4)
    first = [each.species for each in row.points[::2]]
    assert first == ["slab" if "PbI2" in each.phases else "cesium" for each in row.points[::2]]


def test_ligand_covers_the_surface_above_a_chemical_potential_known_by_hand(write_study, tmp_path):
    _, row = RECIPE.rows(diagrams(write_study, tmp_path))
    # With CsI, c + i = -3.5: one face of slab has -2.05 eV and of cesium -2.15 eV. The ligand is
    # bound by 1.0 eV, -51 + 30 + 20: slab.L has -3.05 - dmu_L, less than cesium above -0.9.
    slab, cesium, covered = row.surfaces
    assert slab.stable_eV is None
    assert slab.cell_eV == ()
    assert covered.stable_eV["L"] == pytest.approx((-0.9, 0.0))
    assert cesium.stable_eV["L"] == pytest.approx((-1.5, -0.9))
    for each in (covered, cesium):
        assert each.stable_eV["I"] == pytest.approx((-1.35, 0.0))
    assert (slab.taken, covered.taken) == ({"L": 0}, {"L": 1})
    assert covered.coverage_per_nm2 == pytest.approx(100 / AREA_A2)
    # kT ln 0.1 at 300 K.
    assert row.fixed_eV == pytest.approx({"L": -0.059527}, abs=1e-5)
    assert [each.species for each in row.points] == ["slab.L", "cesium", "slab"] * 2
    lowest = row.points[0]
    assert lowest.gamma_J_per_m2 == pytest.approx((-3.05 + 0.059527) / AREA_A2 * J_PER_M2, abs=1e-4)
    # Both faces: the lower one is that of the bare slab.
    assert lowest.both_faces_J_per_m2 == pytest.approx(
        (-5.1 + 0.059527) / AREA_A2 * J_PER_M2, abs=1e-4
    )


TWO = SLABS.replace("vacuum_A = 6.0", 'vacuum_A = 6.0\nsides = "two"')


def test_two_covered_faces_have_the_energy_of_one(write_study, tmp_path):
    # Two molecules on two faces of slab.L, each bound by 1.0 eV.
    found = diagrams(write_study, tmp_path, slabs=TWO, energies={"slab.L": -72.0})
    _, row = RECIPE.rows(found)
    _, cesium, covered = row.surfaces
    assert covered.taken == {"L": 2}
    assert covered.stable_eV["L"] == pytest.approx((-0.9, 0.0))
    assert cesium.stable_eV["L"] == pytest.approx((-1.5, -0.9))


FROZEN = """
[surfaces.slab]
crystal = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 3
frozen_layers = 1
vacuum_A = 6.0

[surfaces.cesium]
crystal = "CsPbI3"
termination = "CsI"
bottom_termination = "PbI2"
size = [1, 1]
layers = 4
frozen_layers = 1
vacuum_A = 6.0
"""


def test_slabs_with_the_same_fixed_lower_face_are_compared_without_their_own_energies(
    write_study, tmp_path
):
    # cesium, Cs2 Pb2 I6, is stoichiometric: -32.4 + x, its excess energy over two formula units.
    found = diagrams(write_study, tmp_path, slabs=FROZEN, energies={"cesium": -32.4 - 4.2})
    row, covered = RECIPE.rows(found)
    assert row.against == covered.against == "slab"
    # Against -0.6 + c + i of the slab: equal at c + i = -3.6 again.
    slab, cesium = row.surfaces
    assert np.array(slab.cell_eV).sum(axis=1).max() == pytest.approx(-3.6)
    assert np.array(cesium.cell_eV).sum(axis=1).min() == pytest.approx(-3.6)
    points = {(each.phases, each.species): each for each in row.points}
    for (phases, name), each in points.items():
        sum_eV = -3.5 if "CsI" in phases else -3.7
        by_hand = 0.0 if name == "slab" else -4.2 + 0.6 - sum_eV
        assert each.gamma_J_per_m2 == pytest.approx(by_hand / AREA_A2 * J_PER_M2, abs=1e-4)
    surfaces, energies = RECIPE.tables(found)[:2]
    assert "gamma - gamma(slab) / J m^-2" in energies.columns
    assert "gamma / J m^-2" not in energies.columns
    assert any("gamma itself is not defined" in note for note in energies.footnotes)
    assert surfaces.rows[0][0] == "slab"


def test_vacancies_beside_the_clean_surface(write_study, tmp_path):
    text = """
[[surface_phases]]
name = "vacancies"
species = ["slab", "slab.V"]
axes = ["I", "Cs"]
"""
    slabs = FROZEN.partition("[surfaces.cesium]")[0].replace('crystal = "CsPbI3"\nterm',
                                                         'material = "CsPbI3"\nterm')  # fmt: skip
    found = diagrams(write_study, tmp_path, text, slabs=slabs, energies={"slab.V": -27.4})
    (row,) = RECIPE.rows(found)
    # -27.4 + 30 - 2 = 0.6 eV and dmu_I: the vacancy is stable below -0.6 eV.
    whole, vacant = row.surfaces
    assert vacant.stable_eV["I"] == pytest.approx((-1.35, -0.6))
    assert whole.stable_eV["I"] == pytest.approx((-0.6, 0.0))
    assert row.against == "slab"
    assert row.remarks == ()


def test_tables_notes_and_document(write_study, tmp_path):
    found = diagrams(write_study, tmp_path)
    surfaces, energies, coverages, _ = RECIPE.tables(found)
    assert surfaces.title == "Surface phases: terminations"
    place = surfaces.columns.index("Stable at dmu I / eV")
    assert [line[place] for line in surfaces.rows] == ["-1.300 to +0.000", "-1.350 to +0.000"]
    assert energies.rows[0][0] == "With CsI, Pb: dmu I -1.350 eV, dmu Cs -2.150 eV"
    places = [coverages.columns.index(name) for name in ("Molecules", "Stable at dmu L / eV")]
    cells = [[line[n] for n in places] for line in coverages.rows]
    assert cells == [["-", "nowhere"], ["-", "-1.500 to -0.900"], ["L", "-0.900 to +0.000"]]
    assert (
        "dmu L = -0.060 eV from the molecule at 0 K: kT ln a with a = 0.1 at 300 K, without the"
        " free energy of the standard state (translation, rotation, vibration)."
    ) in coverages.footnotes
    assert "Elements: in equilibrium with CsPbI3 and CsI." in coverages.footnotes
    data = json.loads(json.dumps(RECIPE.document(found), allow_nan=False))
    assert [each["name"] for each in data] == ["terminations", "coverages"]
    assert data[1]["surfaces"][2]["stable_eV"]["L"] == pytest.approx([-0.9, 0.0])


def test_figures_show_regions_and_the_host(write_study, tmp_path):
    found = diagrams(write_study, tmp_path)
    figures = RECIPE.figures(found, "double")
    assert list(figures) == ["surface-phases-1", "surface-phases-2"]
    first, second = (figure.axes[0] for figure in figures.values())
    assert [patch.get_label() for patch in first.patches] == ["slab", "cesium", "CsPbI3 is stable"]
    assert [patch.get_label() for patch in second.patches] == [
        "cesium", "slab.L", "CsPbI3 is stable",
    ]  # fmt: skip
    host = first.patches[-1].get_xy()[:-1]
    assert sorted(map(tuple, np.round(host, 6) + 0.0)) == [
        (-1.35, -2.15), (-1.25, -2.45), (0.0, -3.7), (0.0, -3.5),
    ]  # fmt: skip
    (line,) = second.lines
    assert line.get_label() == "given: L"
    assert line.get_ydata()[0] == pytest.approx(-0.0595, abs=1e-4)
    (scale,) = second.child_axes  # -0.0595 eV is a tenth
    assert scale._functions[0](-0.059527) == pytest.approx(-1.0, abs=1e-4)
    names = {file.name for file in export_study(found, tmp_path / "out")}
    assert {
        "surface-phases-1.pdf",
        "surface-phases-2.png",
        "surface_phases-surface-phases-terminations.csv",
        "surface_phases-surface-free-energies-coverages.csv",
    } <= names
    assert '<section id="surface_phases"' in render_report(found)
    page = RECIPE.page_figures(found)
    assert [each.title.split(" (")[0] for each in page] == ["terminations", "coverages"]
    assert [entry.name for entry in page[1].entries] == ["cesium", "slab.L", "CsPbI3 is stable"]


def test_missing_energies_and_an_unstable_host_give_no_diagram(write_study, tmp_path):
    plan = make_plan(write_study(PHASES, SLABS, DIAGRAMS))
    known = {name: energy for name, energy in ENERGIES.items() if name not in ("slab.L", "cesium")}
    pretend_results(plan, tmp_path / "missing", known)
    found = Findings(plan, tmp_path / "missing")
    assert RECIPE.missing(found) == [
        "terminations: cesium waiting", "coverages: cesium waiting, slab.L waiting",
    ]  # fmt: skip
    assert RECIPE.figures(found, "double") == {}
    assert RECIPE.page_figures(found) == []
    pretend_results(plan, tmp_path / "unstable", {**ENERGIES, "CsPbI3": -15.9})
    found = Findings(plan, tmp_path / "unstable")
    assert RECIPE.missing(found)[0] == "terminations: CsPbI3 is not stable"
    (table, *_) = RECIPE.tables(found)
    assert {line[-1] for line in table.rows} == {"CsPbI3 is not stable"}


def test_order_within_the_uncertainty_is_announced(write_study, tmp_path):
    file = write_study(PHASES, SLABS, DIAGRAMS)
    file.write_text(file.read_text().replace('"PBE"', '"BEEF-vdW"'))
    plan = make_plan(file)
    # Errors that all members share, with both signs. Both faces of slab minus those of cesium have
    # 2 (c + i): with CsI the error 2 * 0.2 of its formation energy, and 0.4 - 0.9 + 0.2 of -1 Cs,
    # +1 Pb, +1 I beside the slabs.
    errors = {"Cs": 0.1, "Pb": 0.2, "I2": 0.4, "CsI": 0.5, "PbI2": 0.9, "CsPbI3": 1.5,
              "slab": 0.4, "cesium": 0.9, "slab.L": 0.4, "L": 0.0}  # fmt: skip
    pretend_results(plan, tmp_path, ENERGIES,
                    {n: {"ensemble_eV": [e, -e]} for n, e in errors.items()})  # fmt: skip
    found = Findings(plan, tmp_path)
    row, _ = RECIPE.rows(found)
    points = {(frozenset(each.phases), each.species): each for each in row.points}
    above = points[frozenset(("CsI", "I2")), "slab"].uncertainty_above
    # E(slab) - E(cesium) - (mu_Pb + mu_I - mu_Cs) = -0.5 - (0.6 - 0.2 + 0.2 + 0.2 - 0.2 - 0.1).
    assert above.total == pytest.approx(abs(-0.5 - 0.5) / 2 / AREA_A2 * J_PER_M2, abs=1e-4)
    assert points[frozenset(("CsI", "I2")), "cesium"].uncertainty_above.by_definition
    negative, notice = RECIPE.notices(found)
    assert negative.title == "Surface energies below zero"
    assert negative.lines[0].startswith("terminations: gamma of 'cesium' falls to -0.871 J m^-2")
    assert notice.title == "The uncertainty leaves open which surface is stable"
    assert any(line.startswith("terminations, with CsI, I2: 'slab' lies 0.040 J m^-2 above")
               for line in notice.lines)  # fmt: skip
    linked = {(each.table, each.name): each for each in RECIPE.row_energies(found)}
    table = "Surface free energies: terminations"
    second = linked[table, "terminations: slab with CsI, I2"]
    (words,) = (line for line in notice.lines if line.startswith("terminations, with CsI, I2"))
    assert words in second.doubts
    other = {name for (title, name), each in linked.items()
             if title == table and words in each.doubts}  # fmt: skip
    assert other == {"terminations: slab with CsI, I2", "terminations: cesium with CsI, I2"}
    assert negative.lines[0] in linked["Surface phases: terminations",
                                       "terminations: cesium"].doubts  # fmt: skip


def test_rows_name_the_energies_that_they_are_made_of(write_study, tmp_path):
    found = diagrams(write_study, tmp_path)
    rows = RECIPE.row_energies(found)
    tables = {table.title: table for table in RECIPE.tables(found)}
    for row in rows:
        line = tables[row.table].rows[row.place]
        assert row.name.split(": ")[1].split(" with ")[0] in line
    stable = {row.name: set(row.species) for row in rows
              if row.table == "Surface phases: coverages"}  # fmt: skip
    assert stable["coverages: slab.L"] >= {"slab.L", "slab", "L", "CsPbI3", "CsI"}
    assert "slab.L" in stable["coverages: cesium"]  # the lowest one, which decides where
    at_lead = next(row for row in rows if row.name == "terminations: cesium with CsI, Pb")
    # Cs2PbI4 is CsPbI3 and CsI, whose energies are in equilibrium with Pb: it cancels.
    assert set(at_lead.species) == {"cesium", "CsPbI3", "CsI"}


def test_rows_without_a_diagram_link_to_what_is_missing(write_study, tmp_path):
    plan = make_plan(write_study(PHASES, SLABS, DIAGRAMS))
    known = {name: energy for name, energy in ENERGIES.items() if name != "slab.L"}
    pretend_results(plan, tmp_path, known)
    found = Findings(plan, tmp_path)
    rows = {row.name: row for row in RECIPE.row_energies(found)}
    covered = rows["coverages: slab.L"]
    assert covered.species == ("slab.L", "slab", "L")
    assert covered.missing == "coverages: slab.L waiting"
    page = render_report(found)
    (row,) = re.findall(
        r'<tr id="surface_phases-energy-\d+">\s*<th[^>]*>slab\.L.*?</tr>', page, re.S
    )
    assert len(re.findall(r'href="#warning-\d+"', row)) >= 2  # the task, and the missing diagram


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('crystal = "CsPbI3"\ntermination = "CsI"', 'material = "CsPbI3"\ntermination = "CsI"',
         "'slab' and 'cesium' cannot be compared: 'cesium' is not cut from the relaxed host"),
        ('termination = "CsI"', 'termination = "CsI"\nfrozen_layers = 1',
         "'slab' and 'cesium' cannot be compared: 'cesium' has fixed layers at one of its faces, so"
         " that only the energy of both its faces is defined; give them faces that are alike"),
        ('termination = "CsI"\nsize = [1, 1]\nlayers = 3',
         'termination = "CsI"\nbottom_termination = "PbI2"\nsize = [1, 1]\nlayers = 4',
         "'cesium' has two faces that no symmetry exchanges"),
        ('layers = 3\nvacuum_A = 6.0\n\n[surfaces.cesium]\ncrystal = "CsPbI3"\n'
         'termination = "CsI"\nsize = [1, 1]\nlayers = 3',
         'layers = 3\nfrozen_layers = 1\nsides = "two"\nvacuum_A = 6.0\n\n[surfaces.cesium]\n'
         'crystal = "CsPbI3"\ntermination = "CsI"\nbottom_termination = "PbI2"\nsize = [1, 1]\n'
         "layers = 4\nfrozen_layers = 1",
         "'slab' and 'cesium' cannot be compared: 'cesium' has two faces that no symmetry exch"),
        ('["slab", "cesium"]', '["slab", "CsI"]', "species: 'CsI' is no slab; defined in"
         " .surfaces.: slab, cesium"),
        ('["slab", "cesium"]', '["slab", "slab"]', "species: 'slab' is named twice"),
        ('["I", "Cs"]', '["I", "Br"]', "axes: 'Br' is not allowed; elements of 'CsPbI3': Pb, Cs, I;"
         " reservoirs: none"),
        ('["I", "Cs"]', '["I"]', "surface_phases.0.axes"),
        ('equilibrium = ["CsI"]', 'equilibrium = ["HI"]', "surface_phases.1.equilibrium: 'HI' is"
         " not allowed; allowed: CsI, PbI2, Pb, Cs, I2"),
        ('equilibrium = ["CsI"]', "", "surface_phases.1 .coverages..equilibrium: the 3 chemical"
         " potentials of Pb, Cs, I need as many independent conditions"),
        ("reservoirs.L]\nactivity = 0.1\nrange_eV = [-1.5, 0.0]", "reservoirs.M]\ndmu_eV = 0.0",
         "surface_phases.1.reservoirs: 'M' is not allowed"),
        ("reservoirs.L]\nactivity = 0.1\nrange_eV = [-1.5, 0.0]", "reservoirs.I2]\ndmu_eV = 0.0",
         "surface_phases.1 .coverages..axes: 'L' is not"),
        ("activity = 0.1", "", "reservoirs.L: give exactly one of dmu_eV and activity"),
        ("activity = 0.1", "activity = 0.0", "reservoirs.L.activity = 0.0 is not allowed"),
        ("activity = 0.1", "dmu_eV = 0.1\nstandard_free_energy_eV = 0.1",
         "standard_free_energy_eV goes with activity"),
        ("temperature_K = 300.0", "", "reservoirs.L.activity needs temperature_K"),
        ("[-1.5, 0.0]", "[0.0, -1.5]", "must give the lower end first"),
        ('axes = ["I", "L"]\nequilibrium = ["CsI"]', 'axes = ["I", "Cs"]',
         "reservoirs.L.range_eV goes with an axis"),
        ("[chemical_potentials]\nhost", "[other]\nhost", "other is not a key"),
        ('name = "coverages"', 'name = "terminations"', "two .*surface_phases.* are called"),
    ],
)  # fmt: skip
def test_bad_diagrams_are_refused(write_study, old, new, words):
    text = PHASES + SLABS + DIAGRAMS
    assert text.count(old) >= 1
    file = write_study(text.replace(old, new, 1))
    with pytest.raises(StudyError, match=words) as caught:
        make_plan(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


MIXED = """
[crystals.host]
material = "CsPbI2Br"
mixing = {cell = [1, 1, 4], seed = 1}
relax = "cell"

[molecules.Br2]
smiles = "BrBr"

[chemical_potentials]
host = "host"
phases = ["Pb", "Cs", "I2", "Br2"]

[[surface_phases]]
name = "terminations"
species = ["iodide", "bromide"]
axes = ["I", "Cs"]
equilibrium = ["Pb"]
"""
MIXED_SLABS = """
[surfaces.iodide]
crystal = "host"
termination = "CsI"
bottom_termination = "PbX2"
layers = 4
frozen_layers = 1
size = [1, 1]
vacuum_A = 6.0

[surfaces.bromide]
crystal = "host"
termination = "CsBr"
bottom_termination = "PbX2"
layers = 4
frozen_layers = 1
size = [1, 1]
vacuum_A = 6.0
"""


def test_lower_faces_of_one_name_and_different_ions_are_not_compared(write_study):
    with pytest.raises(StudyError, match="'iodide' and 'bromide' cannot be compared"):
        make_plan(write_study(RESERVOIRS, MIXED, MIXED_SLABS))


def test_slabs_with_atoms_without_a_reservoir_are_refused(write_study):
    text = DIAGRAMS.replace('species = ["slab", "cesium"]', 'species = ["slab", "slab.L"]')
    with pytest.raises(StudyError, match=r"reservoirs: 'slab.L' holds 3 H, 1 N, which no whole"):
        make_plan(write_study(PHASES, SLABS, text))


def test_a_diagram_needs_chemical_potentials(write_study):
    text = PHASES.partition("[chemical_potentials]")[0]
    with pytest.raises(StudyError, match=r"surface_phases.0: needs \[chemical_potentials\]"):
        make_plan(write_study(text, SLABS, DIAGRAMS))


ROCKSALT = """
[crystals.NaCl]
material = "NaCl"
prototype = "rocksalt"
lattice_constants_A = [5.68]

[crystals.Na]
material = "Na"
prototype = "bcc"
lattice_constants_A = [4.2]

[molecules.Cl2]
smiles = "ClCl"

[ligands.W]
smiles = "O"
anchor_smarts = "[OX2]"

[surfaces.slab]
crystal = "NaCl"
termination = "NaCl"
size = [1, 1]
layers = 2
vacuum_A = 6.0

[[reactions]]
name = "water"
equation = "slab + W -> slab.W"

[chemical_potentials]
host = "NaCl"
phases = ["Na", "Cl2"]
element = "Cl"

[[surface_phases]]
name = "water on NaCl"
species = ["slab", "slab.W"]
axes = ["Cl", "W"]

[surface_phases.reservoirs.W]
dmu_eV = -0.6
range_eV = [-2.0, 0.5]
"""


def test_water_on_rock_salt_with_gpaw(tmp_path):
    level = LEVEL.format(ecut=250.0, fmax=0.3, max_steps=40, dispersion="none", vacuum=3.5)
    file = tmp_path / "study.toml"
    file.write_text(level.replace("length_A = 6.0", "length_A = 12.0") + ROCKSALT)
    plan = make_plan(file)
    states = run_plan(plan, tmp_path / "results", cores=1)
    assert {s.state for s in states.values()} == {"done"}, [s.why for s in states.values()]
    found = findings_of(plan, states)
    (row,) = RECIPE.rows(found)
    (reaction,) = recipe("reactions").rows(found)
    # The coverage changes where the ligand's chemical potential is its adsorption energy.
    bare, covered = row.surfaces
    crossing = reaction.reaction_energy_eV
    assert bare.stable_eV["W"] == pytest.approx((-2.0, crossing))
    assert covered.stable_eV["W"] == pytest.approx((crossing, 0.5))
    # 0.2 to 0.4 eV per molecule (Yang et al., Phys. Rev. B 74, 245409 (2006)), in larger cells.
    assert -0.7 < crossing < -0.15
    # The slab is stoichiometric: its surface energy is the same at both corners. Published: 9 to
    # 15 meV/A^2, 0.14 to 0.24 J/m^2 (Li et al., Phys. Rev. B 76, 075401 (2007)).
    gammas = [each.gamma_J_per_m2 for each in row.points if each.species == "slab"]
    assert gammas == pytest.approx([0.15, 0.15], abs=0.06)
    assert gammas[0] == pytest.approx(gammas[1], abs=1e-9)
    words = "0.14 to 0.24 J/m^2, Li et al., Phys. Rev. B 76, 075401 (2007)"
    keep("surfaces", "surface energy of NaCl (001), 250 eV", gammas[0], words, unit="J/m^2")
