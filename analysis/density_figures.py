"""Figures of density differences."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from analysis.density import DensityDifference
from analysis.style import COLOURS, journal_style, new_figure


@journal_style()
def plot_planar_average(density: DensityDifference, title: str, columns: str = "double") -> Figure:
    """Planar density difference and its running integral along the surface normal."""
    z, profile = density.planar_average()
    figure, (axis,) = new_figure(columns)
    axis.axhline(0.0, color="0.6", lw=0.8)
    axis.plot(z, profile, color=COLOURS[0], lw=1.2, label="plane by plane")
    axis.set_xlabel("height z / Å")
    axis.set_ylabel(r"$\Delta n$ / e per Å", color=COLOURS[0])
    axis.set_title(title)
    right = axis.twinx()
    right.plot(z, np.cumsum(profile) * (z[1] - z[0]), color=COLOURS[1], lw=1.2)
    right.set_ylabel("integral from below / e", color=COLOURS[1])
    return figure
