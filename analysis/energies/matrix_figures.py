"""Heat maps of energies over two choices, such as ligands and vacancies."""

from __future__ import annotations

from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from analysis.energies.matrices import EnergyMatrix
from analysis.style import COLOURS, WIDTHS_IN, journal_style, plain, wrapped

#: Positive energies are blue, negative ones orange.
NEGATIVE_TO_POSITIVE = LinearSegmentedColormap.from_list(
    "negative-to-positive", [COLOURS[1], "white", COLOURS[0]]
)
#: Text is white on cells whose size is above this share of the largest.
DARK = 0.7
ROW_IN, FRAME_IN = 0.5, 1.25
UNKNOWN_COLOUR = "0.85"


@journal_style()
def plot_matrix(matrix: EnergyMatrix, columns: str = "single") -> Figure:
    """Energies as a heat map with their values in the cells; grey where none is known.

    Parameters
    ----------
    matrix
        The energies.
    columns
        Width on the page.
    """
    limit = matrix.largest_eV
    height = ROW_IN * len(matrix.rows) + FRAME_IN
    figure = Figure(figsize=(WIDTHS_IN[columns], height), layout="constrained")
    axis = figure.add_subplot()
    values = [
        [float("nan") if c.energy_eV is None else c.energy_eV for c in line]
        for line in matrix.cells
    ]
    colours = NEGATIVE_TO_POSITIVE.with_extremes(bad=UNKNOWN_COLOUR)
    picture = axis.imshow(values, cmap=colours, vmin=-limit, vmax=limit, aspect="auto")
    for y, line in enumerate(matrix.cells):
        for x, cell in enumerate(line):
            dark = cell.energy_eV is not None and abs(cell.energy_eV) > DARK * limit
            colour = "white" if dark else "black"
            axis.text(x, y, matrix.words(cell), ha="center", va="center", color=colour)
    axis.set_xticks(range(len(matrix.columns)), [plain(name) for name in matrix.columns])
    axis.set_yticks(range(len(matrix.rows)), [plain(name) for name in matrix.rows])
    axis.tick_params(length=0)
    bar = figure.colorbar(picture, ax=axis, location="bottom", shrink=0.9, aspect=40)
    bar.set_label(matrix.quantity)
    axis.set_title(wrapped(matrix.title, columns))
    return figure
