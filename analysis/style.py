"""How figures look: sizes, colours and file formats of journals."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import ContextDecorator, ExitStack, contextmanager
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator

from analysis.notation import readable
from analysis.set_text import drawn_text

#: Colour-blind safe (Okabe and Ito), used in this order.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
#: Widths of one and of two columns of a journal.
WIDTHS_CM = {"single": 8.6, "double": 17.8}
WIDTHS_IN = {name: width / 2.54 for name, width in WIDTHS_CM.items()}
#: Height over width of one panel.
ASPECT = {"single": 0.75, "double": 0.5}
#: Characters of a title that fit above a panel.
TITLE_WIDTH = {"single": 50, "double": 105}
FORMATS = ("pdf", "svg", "png")
#: Resolution of PNG files, dots per inch.
DPI = 300
#: The smallest text of a figure at print size, in points.
SMALLEST_PT = 7.0
#: Text stays text in vector files, in sizes that journals ask for. The last font comes with
#: matplotlib, and has what the first one lacks.
_STYLE: Any = {
    "font.family": ["sans-serif", "DejaVu Sans"],
    "font.sans-serif": ["Arial", "Helvetica", "Liberation Sans", "DejaVu Sans"],
    "font.size": SMALLEST_PT,
    "axes.titlesize": SMALLEST_PT,
    "axes.labelsize": SMALLEST_PT,
    "figure.titlesize": SMALLEST_PT,
    "xtick.labelsize": SMALLEST_PT,
    "ytick.labelsize": SMALLEST_PT,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.0,
    "lines.markersize": 3.5,
    "legend.frameon": False,
    "legend.fontsize": SMALLEST_PT,
    "legend.title_fontsize": SMALLEST_PT,
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


def set_caption(figure: Figure, *sentences: str) -> None:
    """Keep what a reader must know beside the figure; `save` writes it into the files too.

    Units get their letters; see `analysis.notation.readable`.
    """
    figure.set_label(" ".join(readable(sentence) for sentence in sentences if sentence))


def caption_of(figure: Figure) -> str:
    """What `set_caption` kept, or an empty text."""
    return str(figure.get_label())


def title_of(figure: Figure) -> str:
    """The title of a figure, or of its first panel, in one line."""
    titles = [figure.get_suptitle(), *(axes.get_title() for axes in figure.axes)]
    return " ".join(next(filter(None, titles), "").replace(r"\$", "$").split())


def without_title(figure: Figure) -> Figure:
    """The same figure without its title, for papers, whose captions say what it shows."""
    figure.suptitle("")
    for axes in figure.axes:
        axes.set_title("")
    return figure


def wrapped(title: str, columns: str) -> str:
    """A title in as many lines as it needs; see `plain`."""
    return plain(textwrap.fill(title, TITLE_WIDTH[columns]))


def plain(name: str) -> str:
    """A name from a study as it is: no formulas between dollar signs, never hidden in a legend."""
    shown = name.replace("$", r"\$")
    return f" {shown}" if shown.startswith("_") else shown


@contextmanager
def _set_texts(figure: Figure) -> Iterator[None]:
    """Give indices and formulas of all texts their place, such as V_I and PbI2, for a while."""
    with ExitStack() as restored:
        for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
            if isinstance(axis.get_major_locator(), FixedLocator):
                labels = [label.get_text() for label in axis.get_ticklabels()]
                drawn = [drawn_text(label) for label in labels]
                if drawn != labels:
                    axis.set_ticklabels(drawn)
                    restored.callback(axis.set_ticklabels, labels)
        for text in figure.findobj(Text):
            before = text.get_text()
            if (after := drawn_text(before)) != before:
                text.set_text(after)
                restored.callback(text.set_text, before)
        yield


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
    with journal_style(), _set_texts(figure):
        for file in files:
            # Without dates, equal figures are equal files.
            metadata: dict[str, dict[str, Any]] = {
                "pdf": {"CreationDate": None, "Subject": caption_of(figure)},
                "svg": {"Date": None, "Description": caption_of(figure)},
                "png": {"Description": caption_of(figure)},
            }
            figure.savefig(file, dpi=DPI, metadata=metadata[file.suffix[1:]])
    return files
