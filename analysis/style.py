"""How figures look: sizes, colours and file formats of journals."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from contextlib import ContextDecorator
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

#: Colour-blind safe (Okabe and Ito), used in this order.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
#: Widths of one and of two columns of a journal, in inches.
WIDTHS_IN = {"single": 3.4, "double": 7.0}
#: Height over width of one panel.
ASPECT = {"single": 0.75, "double": 0.5}
#: Characters of a title that fit above a panel.
TITLE_WIDTH = {"single": 58, "double": 120}
FORMATS = ("pdf", "svg", "png")
#: Resolution of PNG files, dots per inch.
DPI = 300
#: Text stays text in vector files, in sizes that journals ask for.
_STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 7.0,
    "axes.titlesize": 7.0,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.0,
    "lines.markersize": 3.5,
    "legend.frameon": False,
    "legend.fontsize": 6.0,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "passivant",
}


class journal_style(ContextDecorator):  # noqa: N801  used as a function
    """The style of all figures, as a context or as the decorator of a drawing function."""

    def __enter__(self) -> None:
        """Set the style."""
        self._context = rc_context(_STYLE)
        self._context.__enter__()

    def __exit__(self, *error: Any) -> None:
        """Restore what was before."""
        self._context.__exit__(*error)


def new_figure(
    columns: str = "double", *, rows: int = 1, aspect: float | None = None
) -> tuple[Figure, list[Axes]]:
    """An empty figure and its panels, one above the other, with a common abscissa.

    To be called, and drawn into, inside of `journal_style`.

    Parameters
    ----------
    columns
        ``"single"`` or ``"double"``: the columns of the page that it fills.
    rows
        Number of panels.
    aspect
        Height over width of one panel. Default: `ASPECT`.
    """
    width = WIDTHS_IN[columns]
    height = width * (ASPECT[columns] if aspect is None else aspect) * rows
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, list(figure.subplots(rows, sharex=True, squeeze=False)[:, 0])


def wrapped(title: str, columns: str) -> str:
    """A title in as many lines as it needs; see `plain`."""
    return plain(textwrap.fill(title, TITLE_WIDTH[columns]))


def plain(name: str) -> str:
    """A name from a study as it is: no formulas between dollar signs, never hidden in a legend."""
    shown = name.replace("$", r"\$")
    return f" {shown}" if shown.startswith("_") else shown


def save(figure: Figure, stem: Path, formats: Sequence[str] = ("pdf", "png")) -> list[Path]:
    """Write a figure as one file per format; returns the files.

    Parameters
    ----------
    figure
        The figure.
    stem
        Path without the suffix.
    formats
        Of `FORMATS`.
    """
    files = [stem.with_name(f"{stem.name}.{name}") for name in formats]
    with journal_style():
        for file in files:
            # Without dates, equal figures are equal files.
            metadata = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}
            figure.savefig(file, dpi=DPI, metadata=metadata.get(file.suffix[1:]))
    return files
