"""A screen of ligands on the page of the report."""

import re
from types import SimpleNamespace

import pytest

from analysis.species_name import SpeciesName
from tests.conftest import LISTED
from tests.pretended import pretend_results
from workflows.findings.findings import Findings
from workflows.planner import make_plan
from workflows.recipes.ligand_screen.page import screen_figures
from workflows.recipes.ligand_screen.rows import LigandScreenRow, _with_gap
from workflows.report.page import write_report
from workflows.study.ligand_screen_table import LigandScreenEntry

STUDY = (
    LISTED
    + """
[ligand_screen]
surface = "slab"
work_function = false
gap_levels = false
descriptors = false
"""
)


def test_flagged_ligands_are_marked_in_the_figure_and_in_its_words():
    entry = LigandScreenEntry(surface="slab", ligands=["AI", "MA"], vacancy="V_I")
    rows = [
        LigandScreenRow(
            "AI",
            "[NH4+].[I-]",
            binding_energy_eV=0.81,
            passivation_energy_eV=0.5,
            flags=("slab.AI: a proton",),
        ),
        LigandScreenRow("MA", "CN", binding_energy_eV=0.9, passivation_energy_eV=-0.125),
    ]
    (page,) = screen_figures(entry, rows)
    (trace,) = page.figure.data
    assert list(trace.text) == ["AI*", "MA"]
    assert (list(trace.x), list(trace.y)) == ([0.81, 0.9], [0.5, -0.125])
    assert page.words == (
        "AI*: bound by 0.810 eV, +0.500 eV; MA: bound by 0.900 eV, -0.125 eV."
        " *: a structure or spin is in doubt."
    )
    (page,) = screen_figures(entry, rows[1:])
    assert "*" not in page.words


def test_the_page_leads_from_its_beginning_to_the_screen(write_study, tmp_path):
    (tmp_path / "ligands.csv").write_text("name,smiles\nNH3,N\n", encoding="utf-8")
    plan = make_plan(write_study(STUDY))
    energies = {"slab": -100.0, "NH3": -20.0, "slab.NH3": -120.7}
    pretend_results(plan, tmp_path / "results", energies)
    page = write_report(Findings(plan, tmp_path / "results")).read_text(encoding="utf-8")
    (first,) = re.findall(r'<section id="results".*?</section>', page, re.DOTALL)
    assert " ".join(re.sub(r"<[^>]+>", "", first).split()) == (
        "Result The study asks for no reaction energies. Screen of ligands."
    )
    assert '<a href="#ligand_screen">' in first
    assert 'id="ligand_screen"' in page


@pytest.mark.parametrize("rows", [[], [LigandScreenRow("MA", "CN", binding_energy_eV=0.9)]])
def test_there_is_no_figure_before_the_first_pair_of_energies(rows):
    entry = LigandScreenEntry(surface="slab", ligands=["MA"], vacancy="V_I")
    assert screen_figures(entry, rows) == []


def density(*levels_eV, gap_eV=2.5, dos="loaded"):
    """What is known of a density of states."""
    host = SimpleNamespace(edges=SimpleNamespace(gap_eV=gap_eV))
    levels = [SimpleNamespace(above_vbm_eV=level) for level in levels_eV]
    return SimpleNamespace(dos=dos, gaps=[SimpleNamespace(host=host, levels=levels)])


def test_levels_are_given_only_in_the_gap_of_their_own_slab():
    entry = LigandScreenEntry(surface="slab", ligands=["MA"], vacancy="V_I")
    row, covered = LigandScreenRow("MA", "CN"), SpeciesName("slab").plus("MA")
    done = {
        "slab": density(gap_eV=3.0), "slab.V_I": density(2.52, 2.74),
        "slab.MA": density(gap_eV=2.86), "slab.MA.V_I": density(2.66),
    }  # fmt: skip
    whole = _with_gap(row, entry, covered, done)
    assert whole.vacancy_levels_eV == (2.66,)
    assert whole.clean_vacancy_levels_eV == (2.52, 2.74)
    assert whole.gap_change_eV == pytest.approx(-0.14)
    early = _with_gap(row, entry, covered, done | {"slab.MA": density(dos=None)})
    assert (early.vacancy_levels_eV, early.gap_change_eV) == (None, None)
    assert early.clean_vacancy_levels_eV == (2.52, 2.74)
    early = _with_gap(row, entry, covered, done | {"slab": density(dos=None)})
    assert early.clean_vacancy_levels_eV is None
    assert early.vacancy_levels_eV == (2.66,)
