"""Energies of vacancies over the inverse volume of supercells, for journals and pages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from analysis.style import COLOURS, journal_style, new_figure, plain, set_caption, wrapped
from workflows.findings.words import level_sentences, level_words
from workflows.recipes.finite_size.rows import FiniteSizeRow
from workflows.recipes.finite_size.table import trend_sentence
from workflows.recipes.page import Entry, PageFigure, empty_figure
from workflows.recipes.page import plain as as_text
from workflows.study.model import Study

#: Inverse volumes are shown in units of one over this.
VOLUME_A3 = 1000.0


def _points(row: FiniteSizeRow) -> tuple[list[float], list[float]]:
    """Inverse volumes, times `VOLUME_A3`, and energies in eV."""
    known = [(VOLUME_A3 / c.volume_A3, c.change_eV) for c in row.cells if c.change_eV is not None]
    return [x for x, _ in known], [y for _, y in known]


def _title(study: Study, row: FiniteSizeRow) -> str:
    vacancy, crystal = study.label_of(row.vacancy), study.label_of(row.crystal)
    return f"{vacancy} in supercells of {crystal} ({level_words(study)})"


@journal_style()
def draw_trends(study: Study, rows: Sequence[FiniteSizeRow], columns: str) -> dict[str, Figure]:
    """One figure for each vacancy with energies in two supercells or more."""
    figures: dict[str, Figure] = {}
    for row in rows:
        x, y = _points(row)
        if len(x) < 2:
            continue
        figure, (axis,) = new_figure(columns)
        axis.plot(x, y, "o", color=COLOURS[0], label=plain(study.label_of(row.vacancy)))
        if row.trend is not None:
            ends = np.array([0.0, max(x)])
            line = row.trend.limit_eV + row.trend.slope_eV_A3 / VOLUME_A3 * ends
            axis.plot(ends, line, color=COLOURS[0], lw=1.0, ls=":", label="line")
        axis.set_xlim(left=0.0)
        axis.set_xlabel(r"1000 Å$^3$ / volume")
        axis.set_ylabel(r"$E_\mathrm{f} - E_\mathrm{f}$(largest) / eV")
        axis.set_title(wrapped(_title(study, row), columns))
        axis.legend()
        set_caption(figure, *level_sentences(study), trend_sentence(row))
        stem = f"finite-size-{row.vacancy}"
        figures[stem if stem not in figures else f"{stem}-{row.crystal}"] = figure
    return figures


def trend_figures(study: Study, rows: Sequence[FiniteSizeRow]) -> list[PageFigure]:
    """The same for the page."""
    made = []
    for row in rows:
        x, y = _points(row)
        if len(x) < 2:
            continue
        figure = empty_figure(
            "1000 Å<sup>3</sup> / volume",
            "E<sub>f</sub> \N{MINUS SIGN} E<sub>f</sub>(largest) / eV",
        )
        label = study.label_of(row.vacancy)
        figure.add_scatter(
            x=x, y=y, name=as_text(label), legendgroup="0", mode="markers",
            marker_color=COLOURS[0], hovertemplate="%{y:+.3f}",
        )  # fmt: skip
        figure.update_xaxes(rangemode="tozero")
        words = f"{label} against the largest of {len(x)} supercells. {trend_sentence(row)}"
        made.append(
            PageFigure(_title(study, row), words, figure, (Entry(label, COLOURS[0], "mark"),))
        )
    return made
