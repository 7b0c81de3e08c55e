"""Figures of reaction energies beside published values, and over the coverage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.energies.uncertainty import deviation_words
from analysis.style import COLOURS, WIDTHS_IN, journal_style, new_figure, plain, wrapped

OURS, PUBLISHED = COLOURS[0], COLOURS[1]
#: Heights of a row, and of what is around the rows of a panel and of a figure.
ROW_IN, PANEL_IN, FRAME_IN = 0.24, 0.5, 0.6
#: Hatches of bars that are not to be relied on.
NOT_CONVERGED, FLAGGED = "/////", "xxxxx"
UNKNOWN_UNCERTAINTY = "uncertainty not known"
NO_VALUE = "no value yet"
#: Energies of a panel that are all closer to zero than this are drawn on an axis of this length.
SMALLEST_SPAN_EV = 0.01
#: Room for the printed values to the right of the bars, as a share of the abscissa.
ROOM = {"single": 1.0, "double": 0.45}


@dataclass(frozen=True)
class EnergyBar:
    """One energy, in the sign convention of its panel, in eV.

    Parameters
    ----------
    label
        What it is.
    energy_eV
        The energy, or None while it is not known.
    uncertainty_eV
        Half the length of its error bar; None where it is not known.
    published_eV
        A published value, or None.
    converged
        Whether the level of theory is meant for publication.
    flagged
        Whether a structure or spin is in doubt.
    """

    label: str
    energy_eV: float | None
    uncertainty_eV: float | None = None
    published_eV: float | None = None
    converged: bool = True
    flagged: bool = False


@dataclass(frozen=True)
class EnergyPanel:
    """Energies with one sign convention.

    Parameters
    ----------
    heading
        What the energies are for.
    quantity
        Label of the abscissa, with the unit and the sign convention.
    bars
        From top to bottom.
    """

    heading: str
    quantity: str
    bars: tuple[EnergyBar, ...]


@journal_style()
def plot_energies(
    panels: Sequence[EnergyPanel], title: str, columns: str = "double", *, lower_bounds: bool
) -> Figure:
    """Energies as bars with error bars, beside published values; one panel per convention.

    Bars of levels that are not converged and of flagged structures are hatched. A row whose
    uncertainty is not known has no error bar and says so.

    Parameters
    ----------
    panels
        From top to bottom.
    title
        Above the panels.
    columns
        ``"single"`` or ``"double"``.
    lower_bounds
        Whether some part of the uncertainties is not known, so that they are lower bounds.
    """
    rows = [len(panel.bars) for panel in panels]
    height = ROW_IN * sum(rows) + PANEL_IN * len(rows) + FRAME_IN
    figure = Figure(figsize=(WIDTHS_IN[columns], height), layout="constrained")
    axes = figure.subplots(
        len(panels), squeeze=False, height_ratios=[n + PANEL_IN / ROW_IN for n in rows]
    )[:, 0]
    for axis, panel in zip(axes, panels, strict=True):
        _draw_panel(axis, panel, ROOM[columns])
    figure.suptitle(wrapped(title, columns))
    bars = [bar for panel in panels for bar in panel.bars]
    ncols = 2 if columns == "single" else 5
    handles = _legend(bars, lower_bounds=lower_bounds)
    figure.legend(handles=handles, loc="outside lower center", ncols=ncols)
    return figure


def _draw_panel(axis: Axes, panel: EnergyPanel, room: float) -> None:
    ends = [0.0]
    for row, bar in enumerate(panel.bars):
        if bar.energy_eV is not None:
            axis.barh(row, bar.energy_eV, 0.62, label=bar.label, **_look(bar))
            spread = bar.uncertainty_eV or 0.0
            ends += [bar.energy_eV - spread, bar.energy_eV + spread]
            if bar.uncertainty_eV is not None:
                axis.errorbar(
                    bar.energy_eV, row, xerr=bar.uncertainty_eV, color="black", capsize=2.0,
                    elinewidth=0.9, capthick=0.9,
                )  # fmt: skip
        if bar.published_eV is not None:
            ends.append(bar.published_eV)
            axis.plot(
                [bar.published_eV], [row], "D", color=PUBLISHED, mec="black", mew=0.5, ms=4.5,
                zorder=4,
            )  # fmt: skip
    low, high = min(ends), max(ends)
    span = max(high - low, SMALLEST_SPAN_EV)
    axis.set_xlim(low - 0.04 * span * (low < 0), high + room * span)
    for row, bar in enumerate(panel.bars):
        axis.text(
            0.99, row, value_words(bar), transform=axis.get_yaxis_transform(), ha="right",
            va="center",
        )  # fmt: skip
    axis.axvline(0.0, color="black", lw=0.6)
    axis.set_yticks(range(len(panel.bars)), [plain(bar.label) for bar in panel.bars])
    axis.tick_params(axis="y", length=0)
    axis.set_ylim(len(panel.bars) - 0.4, -0.6)
    axis.set_xlabel(panel.quantity, loc="right")
    axis.text(0.0, 1.0, plain(panel.heading), transform=axis.transAxes, weight="bold", va="bottom")
    axis.spines[["top", "right"]].set_visible(False)


def _look(bar: EnergyBar) -> dict[str, Any]:
    """Colours and hatches of a bar."""
    if bar.flagged:
        return {"facecolor": "white", "edgecolor": "0.35", "hatch": FLAGGED, "lw": 0.8}
    if not bar.converged:
        return {"facecolor": "#d5e6f1", "edgecolor": OURS, "hatch": NOT_CONVERGED, "lw": 0.8}
    return {"facecolor": OURS, "edgecolor": OURS, "lw": 0.8}


def value_words(bar: EnergyBar) -> str:
    """The value of a bar as it is printed beside it."""
    if bar.energy_eV is None:
        return NO_VALUE
    value = f"{round(bar.energy_eV, 2) + 0.0:+.2f}".replace("-", "\N{MINUS SIGN}")
    if bar.uncertainty_eV is None:
        return f"{value} (\N{PLUS-MINUS SIGN} not known)"
    return f"{value} {deviation_words(bar.uncertainty_eV)}"


def _legend(bars: Sequence[EnergyBar], *, lower_bounds: bool) -> list[Any]:
    """What the marks mean, as far as they occur."""
    shown = [bar for bar in bars if bar.energy_eV is not None]
    handles: list[Any] = []
    for bar, words in (
        (EnergyBar("", 0.0), "this work"),
        (EnergyBar("", 0.0, converged=False), "this work, not converged"),
        (EnergyBar("", 0.0, flagged=True), "this work, flagged"),
    ):
        if any(_look(bar) == _look(each) for each in shown):
            handles.append(Patch(label=words, **_look(bar)))
    if any(bar.published_eV is not None for bar in bars):
        handles.append(
            Line2D([], [], ls="", marker="D", color=PUBLISHED, mec="black", mew=0.5, ms=4.5,
                   label="published")
        )  # fmt: skip
    if any(bar.uncertainty_eV is not None for bar in shown):
        words = "uncertainty (lower bound)" if lower_bounds else "uncertainty"
        handles.append(Line2D([], [], color="black", marker="|", ms=5.0, label=words))
    return handles


@dataclass(frozen=True)
class CoveragePoint:
    """Binding energy per ligand at one coverage.

    Parameters
    ----------
    coverage_per_nm2
        Ligands per square nanometre.
    binding_energy_eV
        Per ligand, positive if it is bound.
    uncertainty_eV
        Half the length of its error bar; None where it is not known.
    converged, flagged
        As of `EnergyBar`.
    """

    coverage_per_nm2: float
    binding_energy_eV: float
    uncertainty_eV: float | None = None
    converged: bool = True
    flagged: bool = False


@journal_style()
def plot_over_coverage(
    lines: Mapping[str, Sequence[CoveragePoint]], title: str, columns: str = "single"
) -> Figure:
    """Binding energy per ligand over the coverage; open marks are not to be relied on.

    Parameters
    ----------
    lines
        Points by label, at least two each.
    title, columns
        Title, and width on the page.
    """
    figure, (axis,) = new_figure(columns)
    open_marks = False
    for (label, points), colour, mark in zip(
        lines.items(), cycle(COLOURS), cycle("osD^v"), strict=False
    ):
        ordered = sorted(points, key=lambda point: point.coverage_per_nm2)
        x = [point.coverage_per_nm2 for point in ordered]
        y = [point.binding_energy_eV for point in ordered]
        axis.plot(x, y, color=colour, marker=mark, label=plain(label), ms=4.5)
        for point in ordered:
            place = point.coverage_per_nm2, point.binding_energy_eV
            if point.flagged or not point.converged:
                open_marks = True
                axis.plot(*place, color=colour, marker=mark, mfc="white", ms=4.5)
            if point.uncertainty_eV is not None:
                axis.errorbar(*place, yerr=point.uncertainty_eV, color=colour, capsize=2.0)
    if any(p.uncertainty_eV is None for points in lines.values() for p in points):
        axis.plot([], [], " ", label=f"without error bar: {UNKNOWN_UNCERTAINTY}")
    if open_marks:
        axis.plot([], [], "o", color="0.3", mfc="white", label="open: not converged or flagged")
    axis.axhline(0.0, color="0.6", lw=0.6, zorder=0)
    axis.set_xlabel(r"coverage / nm$^{-2}$")
    axis.set_ylabel("binding energy per ligand / eV\n(positive: bound)")
    axis.set_title(wrapped(title, columns))
    figure.legend(loc="outside lower center", ncols=1 if columns == "single" else 4)
    return figure
