"""One page with everything a study has found, in a single HTML file that fetches nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from analysis.tables import Table
from workflows.findings.states import study_folder, task_states
from workflows.findings.words import level_sentences, level_words
from workflows.planning.plan import Plan
from workflows.recipes.chemical_potentials.thermodynamics import thermodynamics
from workflows.recipes.page import PageDensity
from workflows.report.convergence import load_convergence
from workflows.report.densities import GRAIN_A
from workflows.report.dos import dos_figures
from workflows.report.figures import chemical_potential_figures
from workflows.report.outputs import page_densities, page_potentials
from workflows.report.pictures import picture
from workflows.report.provenance import setting_table, task_table, version_table
from workflows.report.structures import page_structures, structure_document
from workflows.report.tables import PageTable, minus, page_table
from workflows.report.warnings import page_notices, sorted_notices
from workflows.store import write_atomic
from workflows.summary import tables


def report_file(plan: Plan, results: Path) -> Path:
    """Where the page of a study is written unless a file is named."""
    record = study_folder(plan, results).name  # the name and a hash of the text
    return results / f"report-{record.rpartition('-')[0]}.html"


def write_report(plan: Plan, results: Path, file: Path | None = None) -> Path:
    """Write the page of a study; returns its file.

    Parameters
    ----------
    plan, results
        The study, and its results as far as they are there.
    file
        Default: `report_file`.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    file = file or report_file(plan, results)
    page = render_report(plan, results)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(file, page)
    return file


def render_report(plan: Plan, results: Path) -> str:
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
        **_content(plan, results),
        plotly=Markup(get_plotlyjs()),
    )


def _content(plan: Plan, results: Path) -> dict[str, Any]:
    """What the template shows."""
    states = task_states(plan, results)
    found = thermodynamics(plan, states)
    structures = page_structures(plan, states)
    structure_data = structure_document(structures)
    curves, curve_tables, curve_notices = load_convergence(plan, results)
    densities, profiles, density_notices = page_densities(plan, states)
    potentials, potential_notices = page_potentials(plan, states)
    sections = {
        "convergence": curves,
        "potentials": chemical_potential_figures(found, level_words(plan.study)),
        "dos": dos_figures(plan, states),
        "densities": profiles,
        "electrostatics": potentials,
    }
    figures = {
        name: [(f"{name}-{n}", figure) for n, figure in enumerate(made)]
        for name, made in sections.items()
    }
    return {
        "study": plan.study,
        "study_file": plan.file.name,
        "study_text": plan.text,
        "sentences": level_sentences(plan.study),
        "done": sum(state.state == "done" for state in states.values()),
        "total": len(states),
        "written": datetime.now(UTC),
        "notices": sorted_notices(
            [
                *page_notices(plan, states, found),
                *curve_notices,
                *density_notices,
                *potential_notices,
            ]
        ),
        "tables": _page_tables("table", _results(plan, results)),
        "geometry": _page_tables("geometry", tables(plan, results, "geometry")),
        "convergence_tables": _page_tables("convergence-table", curve_tables),
        "provenance_tables": _page_tables(
            "provenance",
            [setting_table(plan.study), version_table(states), task_table(plan, states)],
        ),
        "structures": structures,
        "structure_data": structure_data,
        "pictures": [picture(each, structure_data["elements"]) for each in structures],
        "densities": densities,
        "density_data": [_scene(each) for each in densities],
        "figures": figures,
        "figure_data": {
            key: json.loads(figure.figure.to_json())
            for made in figures.values()
            for key, figure in made
        },
    }


def _scene(density: PageDensity) -> dict[str, Any]:
    return {"species": density.species, "surfaces": density.surfaces, "grain_A": GRAIN_A}


def _page_tables(key: str, made: list[Table]) -> list[PageTable]:
    return [page_table(table, f"{key}-{n}") for n, table in enumerate(made) if table.rows]


def _results(plan: Plan, results: Path) -> list[Table]:
    """All tables that are printed; the first one has the title of the study, as the page."""
    made = tables(plan, results)
    return [replace(t, title="Energies") if t.title == plan.study.title else t for t in made]
