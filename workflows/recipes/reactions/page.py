"""Reaction energies on a page: bars with error bars beside published values."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from analysis.energies.bar_figures import OURS, PUBLISHED, EnergyBar, EnergyPanel, value_words
from analysis.energies.rows import ReactionRow
from workflows.findings.words import level_words
from workflows.recipes.page import AXIS, LAYOUT, Entry, PageFigure, plain
from workflows.recipes.reactions.figures import energy_panels
from workflows.study.model import Study

#: Heights of a row, and of what is around the rows of a panel, in pixels.
ROW_PX, PANEL_PX, FRAME_PX = 34, 78, 20
#: Characters of a line of a label.
LABEL_WIDTH = 22
#: Colour and pattern of bars of converged levels, of others, and of flagged structures.
_LOOKS = {
    "this work": (OURS, ""),
    "this work, not converged": (OURS, "/"),
    "this work, flagged": ("#777777", "x"),
}
PUBLISHED_WORDS = "published"


def energy_figures(study: Study, rows: Sequence[ReactionRow]) -> list[PageFigure]:
    """One figure with a panel for each sign convention, or none without an energy."""
    if all(row.reaction_energy_eV is None for row in rows):
        return []
    panels = energy_panels(study, rows)
    bars = [bar for panel in panels for bar in panel.bars]
    looks = [word for word in _LOOKS if any(_look(bar) == word for bar in bars)]
    entries = [Entry(word, _LOOKS[word][0], "area") for word in looks]
    if any(bar.published_eV is not None for bar in bars):
        entries.append(Entry(PUBLISHED_WORDS, PUBLISHED, "mark"))
    heights = [ROW_PX * len(panel.bars) + PANEL_PX for panel in panels]
    figure = make_subplots(
        len(panels),
        1,
        row_heights=heights,
        vertical_spacing=PANEL_PX / sum(heights) if len(panels) > 1 else 0.0,
    )
    figure.update_layout(LAYOUT, height=sum(heights) + FRAME_PX, hovermode="closest")
    figure.update_layout(margin={"l": 10, "r": 15, "t": 50, "b": 30}, barmode="overlay")
    for place, panel in enumerate(panels, 1):
        _draw(figure, place, panel, [entry.name for entry in entries])
    bound = any(row.uncertainty.lacks for row in rows if row.uncertainty.total is not None)
    error_bars = "Error bars: uncertainty" + (", a lower bound." if bound else ".")
    return [
        PageFigure(
            f"Energies ({level_words(study)})",
            f"{error_bars} The table has the numbers.",
            figure,
            tuple(entries),
        )
    ]


def _look(bar: EnergyBar) -> str:
    if bar.flagged:
        return "this work, flagged"
    return "this work" if bar.converged else "this work, not converged"


def _draw(figure: go.Figure, place: int, panel: EnergyPanel, entries: list[str]) -> None:
    labels = ["<br>".join(map(plain, textwrap.wrap(b.label, LABEL_WIDTH))) for b in panel.bars]
    rows = list(range(len(panel.bars)))
    for look, (colour, pattern) in _LOOKS.items():
        drawn = [n for n in rows if _look(panel.bars[n]) == look]
        known = [n for n in drawn if panel.bars[n].energy_eV is not None]
        if known:
            bars = [panel.bars[n] for n in known]
            figure.add_bar(
                x=[bar.energy_eV for bar in bars],
                y=known,
                orientation="h",
                width=0.6,
                marker={
                    "color": colour,
                    "line": {"color": colour, "width": 1},
                    "pattern": {"shape": pattern, "fillmode": "overlay", "size": 6},
                },
                error_x={"array": [bar.uncertainty_eV for bar in bars], "color": "#777777"},
                text=[f"{plain(bar.label)}<br>{value_words(bar)} eV" for bar in bars],
                textposition="none",
                hoverinfo="text",
                legendgroup=str(entries.index(look)),
                row=place,
                col=1,
            )
    given = [n for n in rows if panel.bars[n].published_eV is not None]
    if given:
        figure.add_scatter(
            x=[panel.bars[n].published_eV for n in given],
            y=given,
            mode="markers",
            marker={
                "symbol": "diamond", "size": 10, "color": PUBLISHED,
                "line": {"color": "#1b1f24", "width": 1},
            },
            text=[
                f"{plain(panel.bars[n].label)}<br>published {panel.bars[n].published_eV:+g} eV"
                for n in given
            ],
            hoverinfo="text",
            legendgroup=str(entries.index(PUBLISHED_WORDS)),
            row=place,
            col=1,
        )  # fmt: skip
    figure.update_xaxes(**{**AXIS, "zeroline": True}, row=place, col=1)
    figure.update_yaxes(
        **{**AXIS, "ticks": ""},
        tickvals=rows,
        ticktext=labels,
        range=[len(rows) - 0.4, -0.6],
        showgrid=False,
        fixedrange=True,
        row=place,
        col=1,
    )
    number = "" if place == 1 else str(place)
    figure.add_annotation(
        text=f"<b>{plain(panel.heading)}</b><br>{plain(panel.quantity)}",
        font={"size": 12},
        align="right",
        x=1.0,
        y=1.0,
        xref=f"x{number} domain",
        yref=f"y{number} domain",
        xanchor="right",
        yanchor="bottom",
        showarrow=False,
    )
