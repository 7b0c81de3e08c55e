"""Phase diagrams of surfaces, as a page shows them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.style import COLOURS
from workflows.findings.words import level_words
from workflows.recipes.page import Entry, PageFigure, empty_figure, plain
from workflows.recipes.surface_phases.evaluation import Diagram
from workflows.study.model import Study

FRAME = "#333333"


def diagram_figures(study: Study, diagrams: Sequence[Diagram]) -> list[PageFigure]:
    """A map of stable surfaces for each diagram that has one."""
    return [_figure(study, each) for each in diagrams if each.plane is not None]


def _figure(study: Study, diagram: Diagram) -> PageFigure:
    row, plane, cells = diagram.row, diagram.plane, diagram.cells
    assert plane is not None
    assert cells is not None
    assert study.chemical_potentials is not None
    figure = empty_figure(*(f"Δμ<sub>{plain(axis)}</sub> / eV" for axis in row.axes))
    figure.update_layout(hovermode="closest")
    entries = []
    shown = [(name, cell) for name, cell in cells.items() if len(cell)]
    for n, (name, cell) in enumerate(shown):
        colour, label = COLOURS[n % len(COLOURS)], study.label_of(name)
        x, y = np.vstack([cell, cell[:1]]).T
        figure.add_scatter(
            x=x, y=y, name=plain(label), legendgroup=str(n), line_color=colour, fill="toself",
            mode="lines", hoveron="fills", text=plain(label), hoverinfo="text",
        )  # fmt: skip
        entries.append(Entry(label, colour, "area"))
    x, y = np.vstack([plane.region, plane.region[:1]]).T
    host = study.label_of(study.chemical_potentials.host)
    figure.add_scatter(
        x=x, y=y, name=plain(host), legendgroup=str(len(entries)), line_color=FRAME,
        mode="lines", hoverinfo="skip",
    )  # fmt: skip
    entries.append(Entry(f"{host} is stable", FRAME))
    stable = [each.species for each in row.surfaces if each.stable_eV is not None]
    about = (
        f"Most stable slab over Δμ of {row.axes[0]} and {row.axes[1]}; where {host} is stable:"
        f" {', '.join(stable)}."
    )
    return PageFigure(f"{row.name} ({level_words(study)})", about, figure, tuple(entries))
