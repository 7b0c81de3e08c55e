"""What recipes show on the page of a study: interactive figures, and surfaces in space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from analysis.set_text import html_text

#: Plain axes on whatever ground the page has; its style sheet colours text and lines.
LAYOUT: dict[str, Any] = {
    "template": "none",
    "height": 400,
    "margin": {"l": 70, "r": 20, "t": 20, "b": 60},
    "showlegend": False,
    "hovermode": "x unified",
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "font": {"family": "inherit", "size": 13},
    "hoverlabel": {"bgcolor": "#ffffff", "font": {"color": "#1b1f24"}},
}
AXIS: dict[str, Any] = {
    "showline": True, "mirror": True, "ticks": "outside", "zeroline": False, "automargin": True,
}  # fmt: skip
#: Corners of triangles of isosurfaces are rounded to this.
GRAIN_A = 0.002


@dataclass(frozen=True)
class Entry:
    """A line or band of a figure, which the page can show and hide.

    Parameters
    ----------
    name
        What it shows.
    colour
        As in CSS.
    style
        ``"line"``, ``"dash"``, ``"area"`` or ``"mark"``.
    shown
        Whether it is visible at first.
    """

    name: str
    colour: str
    style: str = "line"
    shown: bool = True


@dataclass(frozen=True, eq=False)
class PageFigure:
    """A figure of a page.

    Parameters
    ----------
    title
        Above it.
    words
        Its content, for those who cannot see it.
    figure
        What plotly draws; traces of entry n have the legend group ``"n"``.
    entries
        The legend.
    """

    title: str
    words: str
    figure: go.Figure
    entries: tuple[Entry, ...]


def plain(text: str) -> str:
    """A text for plotly: nothing in it is a tag, and formulas and indices have their places."""
    return html_text(text)


def empty_figure(x_title: str, y_title: str) -> go.Figure:
    """Axes in the style of the page; the titles are not escaped."""
    figure = go.Figure(layout=LAYOUT)
    figure.update_xaxes(title_text=x_title, **AXIS)
    figure.update_yaxes(title_text=y_title, **AXIS)
    return figure


@dataclass(frozen=True)
class PageDensity:
    """A density difference in space.

    Parameters
    ----------
    title
        What it is.
    words
        Its content, for those who cannot see it.
    species
        Atoms of the cell around the first contact, as in
        `workflows.report.structures.PageStructure`.
    surfaces
        For each isovalue in e/A^3 the surfaces of gained and of lost electrons: packed
        corners in units of `GRAIN_A`, and packed triangles.
    still
        A picture of it, PNG in base64.
    """

    title: str
    words: str
    species: dict[str, Any]
    surfaces: list[dict[str, Any]]
    still: str
