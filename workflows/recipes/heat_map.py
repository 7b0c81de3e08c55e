"""Heat maps of energies on a page."""

from __future__ import annotations

import textwrap

from analysis.energies.matrices import FLAG, EnergyMatrix
from analysis.style import COLOURS
from workflows.recipes.page import PageFigure, empty_figure, plain

#: Heights of a row, and of what is around the rows, in pixels.
ROW_PX, FRAME_PX = 64, 90
#: Characters of a line of a label.
LABEL_WIDTH = 16
#: How much of the ground the strongest colour covers, so that text is read on it, dark or light.
STRONGEST = 0.6


def heat_map(matrix: EnergyMatrix) -> PageFigure:
    """Energies over two choices, with the values in the cells; positive ones are blue."""
    figure = empty_figure("", "")
    figure.add_heatmap(
        z=[[cell.energy_eV for cell in line] for line in matrix.cells],
        text=[
            [f"{plain(row)}, {plain(column)}<br>{_lines(matrix.words(cell))} eV"
             for column, cell in zip(matrix.columns, line, strict=True)]
            for row, line in zip(matrix.rows, matrix.cells, strict=True)
        ],
        zmin=-matrix.largest_eV, zmax=matrix.largest_eV, xgap=2, ygap=2, showscale=False,
        colorscale=[
            [0.0, _colour(COLOURS[1], STRONGEST)],
            [0.5, _colour("#888888", 0.0)],
            [1.0, _colour(COLOURS[0], STRONGEST)],
        ],
        hoverinfo="text",
    )  # fmt: skip
    for y, line in enumerate(matrix.cells):
        for x, cell in enumerate(line):
            figure.add_annotation(x=x, y=y, text=_lines(matrix.words(cell)), showarrow=False)
    axis = {"ticks": "", "showgrid": False, "fixedrange": True, "title_text": None}
    figure.update_xaxes(tickvals=list(range(len(matrix.columns))),
                        ticktext=[_label(name) for name in matrix.columns], **axis)  # fmt: skip
    figure.update_yaxes(tickvals=list(range(len(matrix.rows))), autorange="reversed",
                        ticktext=[_label(name) for name in matrix.rows], **axis)  # fmt: skip
    figure.update_layout(
        height=ROW_PX * len(matrix.rows) + FRAME_PX, hovermode="closest",
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
    )  # fmt: skip
    quantity = " ".join(matrix.quantity.split())
    words = (
        f"{quantity[0].upper()}{quantity[1:]}. Positive energies are blue, negative ones orange."
    )
    if any(cell.flagged for cell in matrix.all_cells):
        words += f" {FLAG}: a structure or spin is in doubt."
    return PageFigure(matrix.title, words, figure, ())


def _label(name: str) -> str:
    return "<br>".join(map(plain, textwrap.wrap(name, LABEL_WIDTH)))


def _lines(words: str) -> str:
    return plain(words).replace("\n", "<br>")


def _colour(code: str, opacity: float) -> str:
    red, green, blue = (int(code[n : n + 2], 16) for n in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"
