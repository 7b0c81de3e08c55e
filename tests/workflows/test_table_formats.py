"""Tables of the studies smoke and tour in every format: nothing broken, nothing too wide."""

import csv
import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from analysis.tables import LEVEL, render
from analysis.text_tables import TextTable
from tests.pretended import pretend_study
from workflows.findings.findings import Findings
from workflows.planner import make_plan
from workflows.recipes.reactions import PUBLISHED
from workflows.recipes.reactions import RECIPE as REACTIONS
from workflows.recipes.registry import recipes
from workflows.study.shipped import shipped_text
from workflows.summary import brief_tables
from workflows.trace import trace_rows, trace_table

ARTICLE = r"""\documentclass[%s]{article}
\usepackage{booktabs,siunitx,tabularx}
\begin{document}
\input{tables.tex}
\end{document}
"""
#: What a log says of a box or float that does not fit, and of anything wrong.
BAD = re.compile(r"^(?:Overfull .*|! .*|.*Float too large.*|.*Missing character.*)$", re.MULTILINE)


@pytest.fixture(scope="module", params=["smoke", "tour"])
def found(request, tmp_path_factory):
    """A shipped study with made-up results."""
    folder = tmp_path_factory.mktemp(request.param)
    file = folder / f"{request.param}.toml"
    file.write_text(shipped_text(request.param))
    plan = make_plan(file, folder / "results")
    pretend_study(plan, folder / "results")
    return Findings(plan, folder / "results")


@pytest.fixture(scope="module")
def tables(found):
    """All tables, the geometry and the trace too."""
    made = [table for recipe in recipes() for table in recipe.tables(found) if table.rows]
    return [*made, trace_table(trace_rows(found, REACTIONS.rows(found)))]


@pytest.mark.parametrize("columns", ["onecolumn", "twocolumn"])
def test_latex_compiles_and_fits_the_page(tables, columns, tmp_path):
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed")
    latex = render(tables, "latex")
    (tmp_path / "tables.tex").write_text(latex, encoding="utf-8")
    (tmp_path / "article.tex").write_text(ARTICLE % columns)
    answer = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "article.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    log = (tmp_path / "article.log").read_text(encoding="latin-1")
    assert BAD.findall(log) == []
    assert answer.returncode == 0
    labels = re.findall(r"\\label\{tab:([^}]*)\}", latex)
    assert len(set(labels)) == len(labels) >= len(tables)
    assert latex.count(r"\begin{tabularx}") >= len(labels)


def test_a_box_that_is_too_wide_is_noticed(tmp_path):
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed")
    (tmp_path / "tables.tex").write_text(r"\noindent\rule{2\linewidth}{1pt}")
    (tmp_path / "article.tex").write_text(ARTICLE % "onecolumn")
    command = ["pdflatex", "-interaction=nonstopmode", "article.tex"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    assert "Overfull" in BAD.findall((tmp_path / "article.log").read_text("latin-1"))[0]


def lines(table, width, *, brief=False):
    return [line.plain for line in TextTable(table, brief=brief).lines(width)]


@pytest.mark.parametrize("width", [60, 80, 100])
def test_text_breaks_no_word_and_keeps_to_its_width(tables, width):
    for table in tables[:-1]:  # as text the trace is no table
        whole = {word for line in lines(table, 3000) for word in line.split()}
        shown = lines(table, width)
        words = {word for line in shown for word in line.split() if "─" not in line}
        assert words <= whole, table.title
        longest = max(len(word) for word in words)
        assert max(map(len, shown)) <= max(width, longest + 6), table.title


def test_what_all_rows_share_is_said_once(tables):
    for table in tables:
        for style in ("text", "md", "latex"):
            made = " ".join(["", *re.split(r"[\s(]+", render([table], style))])
            for name, text in table.common().items():
                times = made.count(f" {text}")
                assert times == 1 or (times < len(table.rows) and name != LEVEL), table.title


def test_overview_of_the_smoke_study_fits_in_a_screen(found):
    shown = [line for table in brief_tables(found) for line in lines(table, 80, brief=True)]
    if found.study.level_name == "smoke":
        assert len(shown) <= 57  # and three that name what is left out
    for table in brief_tables(found):
        assert found.study.caveat in " ".join(lines(table, 80, brief=True))


def test_csv_is_tidy(tables):
    for table in tables:
        header, *rows = csv.reader(io.StringIO(render([table], "csv")))
        assert len(rows) == len(table.rows)
        for name in header:
            assert re.fullmatch(r"[a-z][a-z0-9_]*(?:_[A-Za-z0-9_]+)?", name), name
        assert len(set(header)) == len(header)
        for row in rows:
            assert len(row) == len(header)
            assert "-" not in row


def test_energies_of_a_block_have_one_sign_convention(found):
    (table,) = REACTIONS.tables(found)
    rows = list(csv.DictReader(io.StringIO(render([table], "csv"))))
    by_name = {row["reaction"]: row for row in rows}
    for each in REACTIONS.rows(found):
        shown = by_name[each.name]
        if each.reaction_energy_eV is None:
            assert shown["energy_eV"] == shown["difference_eV"] == ""
            continue
        energy = float(shown["energy_eV"])
        if each.question == "Adsorption":
            assert energy == float(shown["binding_energy_eV"]) == -each.reaction_energy_eV
            assert energy == pytest.approx(0.4)  # as made up, per contact
        elif each.question == "Vacancy formation":
            assert energy == float(shown["formation_energy_eV"]) == each.reaction_energy_eV
        else:
            assert energy == float(shown["reaction_energy_eV"]) == each.reaction_energy_eV
        if each.published is not None:
            # The study gives binding energies of adsorption and formation energies of vacancies.
            assert float(shown["published_eV"]) == each.published.value_eV
            difference = energy - each.published.value_eV
            assert float(shown["difference_eV"]) == pytest.approx(difference)


def test_columns_of_published_values_are_shown_where_there_are_any(found):
    (table,) = REACTIONS.tables(found)
    compared = any(row.published for row in REACTIONS.rows(found))
    assert compared == (found.study.level_name == "smoke")
    shown = {table.columns[n] for n in table.places()}
    assert (set(PUBLISHED) & shown) == (set(PUBLISHED) if compared else set())
    header = render([table], "csv").splitlines()[0].split(",")
    assert {"published_eV", "difference_eV"} <= set(header)


def test_curves_hold_no_tails_of_the_broadening(found, tmp_path):
    dos = next(recipe for recipe in recipes() if recipe.name == "dos")
    files = [file for file in dos.files(found, tmp_path) if Path(file).suffix == ".csv"]
    assert files
    for file in files:
        header, *rows = csv.reader(io.StringIO(file.read_text(encoding="utf-8")))
        assert not any(" " in name or "," in name for name in header)
        numbers = [abs(float(cell)) for row in rows for cell in row[2:]]
        assert min(number for number in numbers if number) >= 1e-6
        assert 0.0 in numbers
