"""Maps of what is most stable over two chemical potentials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import units
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon as Patch

from analysis.style import COLOURS, journal_style, new_figure, plain, wrapped
from analysis.thermodynamics.half_planes import Polygon

#: Patterns of the second and third round of colours.
HATCHES = ("", "///", "...")
ASPECT = {"single": 1.0, "double": 0.6}


@dataclass(frozen=True, eq=False)
class Region:
    """Where one phase is the most stable one: its label, and corners in eV, shape=(n, 2)."""

    label: str
    corners_eV: Polygon


@dataclass(frozen=True)
class Scale:
    """An axis of a map.

    Parameters
    ----------
    name
        The element or reservoir whose dmu it shows.
    marked_eV
        A value at which a dashed line is drawn if it is shown, or None.
    standard_eV
        Of a reservoir the free energy of the standard state: with a temperature a second scale
        shows the decadic logarithm of its activity. None without a second scale.
    """

    name: str
    marked_eV: float | None = None
    standard_eV: float | None = None


@journal_style()
def plot_regions(
    regions: Sequence[Region],
    host: Region,
    window_eV: Polygon,
    title: str,
    columns: str = "double",
    *,
    scales: tuple[Scale, Scale],
    temperature_K: float | None = None,
) -> Figure:
    """Most stable phases over two chemical potentials, with the region of the host.

    Parameters
    ----------
    regions
        The phases; those without corners are left out.
    host
        The host and where it is stable.
    window_eV
        Corners of what is drawn, shape=(4, 2).
    title, columns
        Title, and width on the page.
    scales
        Abscissa and ordinate.
    temperature_K
        Temperature of activities in kelvin.
    """
    figure, (axis,) = new_figure(columns, aspect=ASPECT[columns])
    shown = [region for region in regions if len(region.corners_eV)]
    for n, region in enumerate(shown):
        round_, place = divmod(n, len(COLOURS))
        axis.add_patch(
            Patch(
                region.corners_eV, facecolor=f"{COLOURS[place]}70", edgecolor=COLOURS[place],
                lw=1.0, hatch=HATCHES[round_ % len(HATCHES)], label=plain(region.label),
            )
        )  # fmt: skip
    label = f"{plain(host.label)} is stable"
    axis.add_patch(Patch(host.corners_eV, fill=False, edgecolor="black", lw=1.4, label=label))
    (x0, y0), (x1, y1) = window_eV.min(axis=0), window_eV.max(axis=0)
    axis.set_xlim(x0, x1)
    axis.set_ylim(y0, y1)
    words = [f"{_potential(scale.name)} / eV" for scale in scales]
    axis.set_xlabel(words[0])
    axis.set_ylabel(words[1])
    lines = (axis.axvline, axis.axhline)
    for scale, line, low, high in zip(scales, lines, (x0, y0), (x1, y1), strict=True):
        if scale.marked_eV is not None and low <= scale.marked_eV <= high:
            given = f"given: {plain(scale.name)}"
            line(scale.marked_eV, color="0.2", lw=0.8, ls="--", label=given)
        if scale.standard_eV is not None and temperature_K is not None:
            _activity_scale(axis, scale, scales.index(scale), temperature_K)
    axis.set_title(wrapped(title, columns))
    figure.legend(loc="outside lower center", ncols=2 if columns == "single" else 4)
    return figure


def _activity_scale(axis: Axes, scale: Scale, place: int, temperature_K: float) -> None:
    """A second scale of an axis: the decadic logarithm of the activity."""
    decade_eV = units.kB * temperature_K * float(np.log(10.0))
    standard_eV = scale.standard_eV

    def activity(dmu_eV: Any) -> Any:
        return (dmu_eV - standard_eV) / decade_eV

    def potential_eV(logarithm: Any) -> Any:
        return standard_eV + decade_eV * logarithm

    words = rf"$\log_{{10}}a$({plain(scale.name)}) at {temperature_K:g} K"
    if place == 0:
        axis.secondary_xaxis("top", functions=(activity, potential_eV)).set_xlabel(words)
    else:
        axis.secondary_yaxis("right", functions=(activity, potential_eV)).set_ylabel(words)


def _potential(name: str) -> str:
    """The symbol of a chemical potential; a label of several words stands in brackets."""
    return rf"$\Delta\mu_\mathrm{{{name}}}$" if name.isalnum() else rf"$\Delta\mu$({plain(name)})"
