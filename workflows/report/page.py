"""One page with everything a study has found, in a single HTML file that fetches nothing."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from analysis.notation import readable
from analysis.tables import Table
from workflows.findings.findings import Findings
from workflows.findings.words import level_sentences
from workflows.recipes.notices import Notice, sorted_notices
from workflows.recipes.page import GRAIN_A, PageDensity, PageFigure
from workflows.recipes.registry import recipe, recipes
from workflows.report.convergence import load_convergence
from workflows.report.notices import page_notices
from workflows.report.pictures import picture
from workflows.report.provenance import setting_table, task_table, version_table
from workflows.report.structures import page_structures, structure_document
from workflows.report.tables import PageTable, minus, page_table
from workflows.store import write_atomic
from workflows.summary import tables_of

#: Services of plotly's makers, which its script names as targets of uploads and downloads.
_PLOTLY_SERVERS = re.compile(r"https?://([\w-]+\.)*plot(ly\.com|\.ly)[\w./-]*")


@dataclass(frozen=True, eq=False)
class Section:
    """Figures of one recipe.

    Parameters
    ----------
    key
        Name of the section in the page, for links.
    title
        Its heading.
    figures
        With their names in the page.
    densities
        Isosurfaces.
    tables
        Tables that stand here and not among the others.
    """

    key: str
    title: str
    figures: list[tuple[str, PageFigure]]
    densities: list[PageDensity]
    tables: list[PageTable]


def report_file(found: Findings) -> Path:
    """Where the page of a study is written unless a file is named."""
    name, _, _ = found.record.name.rpartition("-")  # the rest is a hash of the text
    return found.results / f"report-{name}.html"


def write_report(found: Findings, file: Path | None = None) -> Path:
    """Write the page of a study; returns its file.

    Parameters
    ----------
    found
        The study with its results as far as they are there.
    file
        Default: `report_file`.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    file = file or report_file(found)
    page = render_report(found)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(file, page)
    return file


def render_report(found: Findings) -> str:
    """The page of a study as HTML."""
    environment = Environment(
        loader=PackageLoader("workflows.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["minus"] = minus
    return environment.get_template("report.html").render(
        **_content(found),
        plotly=Markup(_PLOTLY_SERVERS.sub("", get_plotlyjs())),
    )


def _content(found: Findings) -> dict[str, Any]:
    """What the template shows."""
    structures = page_structures(found)
    structure_data = structure_document(structures)
    curves, curve_tables, curve_notices = load_convergence(found)
    sections = [
        _section("convergence", "Convergence", curves, tables=curve_tables),
        *(
            _section(each.name, each.title, each.page_figures(found), each.page_densities(found))
            for each in recipes()
        ),
    ]
    densities = [density for section in sections for density in section.densities]
    return {
        "study": found.study,
        "study_file": found.plan.file.name,
        "study_text": found.plan.text,
        "sentences": [readable(each) for each in level_sentences(found.study)],
        "done": sum(state.state == "done" for state in found.states.values()),
        "total": len(found.states),
        "written": datetime.now(UTC),
        "notices": [_shown(n) for n in sorted_notices([*page_notices(found), *curve_notices])],
        "tables": _page_tables("table", _results(found)),
        "geometry": _page_tables("geometry", recipe("geometry").tables(found)),
        "provenance_tables": _page_tables(
            "provenance", [setting_table(found.study), version_table(found), task_table(found)]
        ),
        "structures": structures,
        "structure_data": structure_data,
        "pictures": [picture(each, structure_data["elements"]) for each in structures],
        "sections": [s for s in sections if s.figures or s.densities or s.tables],
        "density_data": [_scene(each) for each in densities],
        "figure_data": {
            key: json.loads(figure.figure.to_json())
            for section in sections
            for key, figure in section.figures
        },
    }


def _shown(notice: Notice) -> Notice:
    """A notice with the letters of its units."""
    return replace(notice, lines=tuple(map(readable, notice.lines)))


def _section(
    key: str,
    title: str,
    figures: list[PageFigure],
    densities: list[PageDensity] | None = None,
    tables: list[Table] | None = None,
) -> Section:
    named = [(f"{key}-{n}", figure) for n, figure in enumerate(figures)]
    return Section(key, title, named, densities or [], _page_tables(f"{key}-table", tables or []))


def _scene(density: PageDensity) -> dict[str, Any]:
    return {"species": density.species, "surfaces": density.surfaces, "grain_A": GRAIN_A}


def _page_tables(key: str, made: list[Table]) -> list[PageTable]:
    return [page_table(table, f"{key}-{n}") for n, table in enumerate(made) if table.rows]


def _results(found: Findings) -> list[Table]:
    """All tables that are printed; the first one has the title of the study, as the page."""
    made = tables_of(found)
    return [replace(t, title="Energies") if t.title == found.study.title else t for t in made]
