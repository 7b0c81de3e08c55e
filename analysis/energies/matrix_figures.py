"""Heat maps of energies over two choices, such as ligands and vacancies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from analysis.energies.bar_figures import deviation_words
from analysis.style import COLOURS, WIDTHS_IN, journal_style, plain, wrapped

#: Positive energies are blue, negative ones orange.
NEGATIVE_TO_POSITIVE = LinearSegmentedColormap.from_list(
    "negative-to-positive", [COLOURS[1], "white", COLOURS[0]]
)
#: Text is white on cells whose size is above this share of the largest.
DARK = 0.7
ROW_IN, FRAME_IN = 0.5, 1.25
UNKNOWN_COLOUR = "0.85"
FLAG = "*"


@dataclass(frozen=True)
class Cell:
    """One energy of a matrix in eV; None while it is not known, or without uncertainty."""

    energy_eV: float | None
    uncertainty_eV: float | None = None
    flagged: bool = False


@journal_style()
def plot_matrix(
    cells: Sequence[Sequence[Cell]],
    rows: Sequence[str],
    names: Sequence[str],
    title: str,
    columns: str = "single",
    *,
    quantity: str,
) -> Figure:
    """Energies as a heat map with their values in the cells; grey where none is known.

    Parameters
    ----------
    cells
        By row and column.
    rows, names
        Labels of the rows and of the columns.
    title, columns
        Title, and width on the page.
    quantity
        Label of the colours, with the unit.
    """
    known = [abs(c.energy_eV) for line in cells for c in line if c.energy_eV is not None]
    limit = max(known, default=0.0) or 1.0
    height = ROW_IN * len(rows) + FRAME_IN
    figure = Figure(figsize=(WIDTHS_IN[columns], height), layout="constrained")
    axis = figure.add_subplot()
    values = [
        [float("nan") if c.energy_eV is None else c.energy_eV for c in line] for line in cells
    ]
    colours = NEGATIVE_TO_POSITIVE.with_extremes(bad=UNKNOWN_COLOUR)
    picture = axis.imshow(values, cmap=colours, vmin=-limit, vmax=limit, aspect="auto")
    for y, line in enumerate(cells):
        for x, cell in enumerate(line):
            dark = cell.energy_eV is not None and abs(cell.energy_eV) > DARK * limit
            colour = "white" if dark else "black"
            axis.text(x, y, cell_words(cell), ha="center", va="center", color=colour)
    axis.set_xticks(range(len(names)), [plain(name) for name in names])
    axis.set_yticks(range(len(rows)), [plain(name) for name in rows])
    axis.tick_params(length=0)
    bar = figure.colorbar(picture, ax=axis, location="bottom", shrink=0.9, aspect=40)
    bar.set_label(quantity)
    axis.set_title(wrapped(title, columns))
    return figure


def cell_words(cell: Cell) -> str:
    """What is printed in a cell; a flagged energy has a star."""
    if cell.energy_eV is None:
        return "no value"
    value = f"{cell.energy_eV:+.2f}".replace("-", "\N{MINUS SIGN}") + FLAG * cell.flagged
    if cell.uncertainty_eV is None:
        return f"{value}\n(± not known)"
    return f"{value}\n{deviation_words(cell.uncertainty_eV)}"
