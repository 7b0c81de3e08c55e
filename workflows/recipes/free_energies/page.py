"""Free energies over temperature on a page."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.style import COLOURS
from analysis.vibrations.figures import FreeEnergyCurve
from workflows.recipes.page import Entry, PageFigure, empty_figure, plain


def free_energy_figure(curves: Sequence[FreeEnergyCurve], title: str) -> PageFigure:
    """DG over temperature: a line and a band for each reaction.

    Parameters
    ----------
    curves
        The reactions, at least one.
    title
        Title.
    """
    figure = empty_figure("temperature / K", "free energy of reaction ΔG / eV")
    entries = []
    for n, curve in enumerate(curves):
        colour = COLOURS[n % len(COLOURS)]
        low, high = curve.band_eV
        shared = {"legendgroup": str(n), "name": plain(curve.name)}
        figure.add_scatter(
            x=[*curve.temperatures_K, *curve.temperatures_K[::-1]], y=[*high, *low[::-1]],
            fill="toself", mode="lines", opacity=0.25, line={"width": 0, "color": colour},
            hoverinfo="skip", **shared,
        )  # fmt: skip
        figure.add_scatter(
            x=curve.temperatures_K, y=curve.values_eV, mode="lines", line={"color": colour},
            hovertemplate="%{y:.3f} eV", **shared,
        )  # fmt: skip
        temperatures, values = zip(*curve.points, strict=True)
        figure.add_scatter(
            x=temperatures, y=values, mode="markers", marker={"color": colour}, hoverinfo="skip",
            **shared,
        )  # fmt: skip
        entries.append(Entry(curve.name, colour))
    parts = (f"{c.name}: {value:+.2f} eV at {t:g} K" for c in curves for t, value in c.points)
    words = (
        "Free energies of reactions over temperature; bands: other treatments of low modes. "
        + "; ".join(parts)
        + "."
    )
    return PageFigure(title, words, figure, tuple(entries))
