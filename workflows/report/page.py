"""One page with everything a study has found, in a single HTML file that fetches nothing."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from analysis.notation import readable
from analysis.set_text import html_text
from workflows.findings.findings import Findings
from workflows.findings.words import level_settings, level_words
from workflows.recipes.page import GRAIN_A, PageDensity
from workflows.recipes.registry import recipe
from workflows.report.chapters import CHAPTERS, section, sections
from workflows.report.convergence import load_convergence
from workflows.report.downloads import downloads, structure_downloads, text_download
from workflows.report.glance import glance, not_publishable
from workflows.report.methods import methods
from workflows.report.notices import page_notices
from workflows.report.pictures import picture
from workflows.report.provenance import setting_table, task_table, version_table
from workflows.report.structures import page_structures, structure_document
from workflows.report.tables import minus
from workflows.store import write_atomic

#: Services of plotly's makers, which its script names as targets of uploads and downloads.
_PLOTLY_SERVERS = re.compile(r"https?://([\w-]+\.)*plot(ly\.com|\.ly)[\w./-]*")


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
    environment.filters["marked"] = lambda text: Markup(html_text(text))
    return environment.get_template("report.html").render(
        **_content(found),
        plotly=Markup(_PLOTLY_SERVERS.sub("", get_plotlyjs())),
    )


def _content(found: Findings) -> dict[str, Any]:
    """What the template shows."""
    structures = page_structures(found)
    structure_data = structure_document(structures)
    curves = load_convergence(found)
    notices = page_notices(found, curves.notices)
    (energies,) = sections(found, "results", curves, notices) or [section("reactions", "", [])]
    paragraph = methods(found)
    chapters = {key: sections(found, key, curves, notices) for key in CHAPTERS}
    parts = [energies, *(part for each in chapters.values() for part in each)]
    densities = [density for part in parts for density in part.densities]
    return {
        "study": found.study,
        "study_file": found.plan.file.name,
        "study_text": found.plan.text,
        "level": level_words(found.study),
        "sentences": [readable(each) for each in level_settings(found.study)],
        "done": sum(state.state == "done" for state in found.states.values()),
        "total": len(found.states),
        "written": datetime.now(UTC),
        "not_publishable": not_publishable(found),
        "downloads": downloads(found),
        "blocks": glance(found, notices),
        "energies": energies,
        "notices": notices,
        "structures": structures,
        "structure_data": structure_data,
        "structure_files": [structure_downloads(found, each.name) for each in structures],
        "pictures": [picture(each, structure_data["elements"]) for each in structures],
        "geometry": section("geometry", "Geometry", recipe("geometry").tables(found)).tables,
        "chapters": [(key, CHAPTERS[key], each) for key, each in chapters.items() if each],
        "methods": paragraph,
        "method_files": [
            text_download(f"{found.plan.file.stem}-methods.txt", "Methods, text", paragraph.text),
            text_download(f"{found.plan.file.stem}.bib", "References, BibTeX", paragraph.bibtex),
        ],
        "provenance": section(
            "provenance",
            "Provenance",
            [setting_table(found.study), version_table(found), task_table(found)],
        ).tables,
        "density_data": [_scene(each) for each in densities],
        "figure_data": {
            key: json.loads(figure.figure.to_json())
            for part in parts
            for key, figure in part.figures
        },
    }


def _scene(density: PageDensity) -> dict[str, Any]:
    return {"species": density.species, "surfaces": density.surfaces, "grain_A": GRAIN_A}
