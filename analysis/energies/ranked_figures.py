"""Several quantities of many candidates side by side, in the order of their ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from analysis.energies.bar_figures import FLAGGED
from analysis.style import COLOURS, WIDTHS_IN, journal_style, plain, wrapped

#: Heights of a row, and of what is around the rows.
ROW_IN, FRAME_IN = 0.17, 0.9


@dataclass(frozen=True)
class Quantity:
    """One quantity of all candidates.

    Parameters
    ----------
    label
        Below its axis, with the unit.
    values
        In the order of the candidates; None for what is not known.
    errors
        Half the lengths of the error bars, or None for none at all.
    """

    label: str
    values: tuple[float | None, ...]
    errors: tuple[float | None, ...] | None = None


@journal_style()
def plot_ranked(
    names: Sequence[str],
    quantities: Sequence[Quantity],
    title: str,
    columns: str = "double",
    *,
    flagged: Sequence[bool],
) -> Figure:
    """Bars of each quantity in a panel of its own, the best candidate at the top.

    Parameters
    ----------
    names
        Candidates from the best to the worst.
    quantities
        From left to right.
    title, columns
        Title, and width on the page.
    flagged
        Whether the bars of a candidate are hatched, as not to be relied on.
    """
    height = ROW_IN * len(names) + FRAME_IN
    figure = Figure(figsize=(WIDTHS_IN[columns], height), layout="constrained")
    panels = figure.subplots(1, len(quantities), sharey=True, squeeze=False)[0]
    rows = range(len(names))
    hatches = [FLAGGED if flag else "" for flag in flagged]
    for n, (panel, quantity) in enumerate(zip(panels, quantities, strict=True)):
        values = [value or 0.0 for value in quantity.values]
        panel.barh(
            rows, values, height=0.7, color=COLOURS[n % len(COLOURS)], edgecolor="white",
            linewidth=0.0, hatch=hatches,
        )  # fmt: skip
        if quantity.errors is not None:
            known = [row for row in rows if quantity.errors[row] is not None]
            panel.errorbar(
                [values[row] for row in known], known,
                xerr=[quantity.errors[row] or 0.0 for row in known],
                fmt="none", ecolor="0.2", elinewidth=0.7, capsize=1.5,
            )  # fmt: skip
        low, high = panel.get_xlim()
        side = "left" if high >= -low else "right"  # of the words, with more room from zero on
        for row, value in zip(rows, quantity.values, strict=True):
            if value is None:
                panel.text(0.0, row, " no value ", va="center", ha=side, color="0.4")
        panel.axvline(0.0, color="0.2", lw=0.6)
        panel.set_xlabel(quantity.label)
        panel.tick_params(axis="y", length=0)
    panels[0].set_yticks(rows, [plain(name) for name in names])
    panels[0].invert_yaxis()
    figure.suptitle(wrapped(title, columns))
    return figure
