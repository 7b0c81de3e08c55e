"""Energies along hops, for journals."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

import numpy as np
from matplotlib.figure import Figure

from analysis.barriers.path import HopPath
from analysis.style import COLOURS, journal_style, new_figure, plain, wrapped

MARKERS = ("o", "s", "^", "D", "v", "P")


@journal_style()
def plot_paths(paths: Sequence[tuple[str, HopPath]], title: str, columns: str = "single") -> Figure:
    """Energy of each image over the share of the path, with the curve through slopes and energies.

    Parameters
    ----------
    paths
        What each is called, and the path.
    title
        Title of the figure.
    columns
        Width on the page of a journal.
    """
    figure, (axes,) = new_figure(columns)
    for (name, path), colour, marker in zip(paths, cycle(COLOURS), cycle(MARKERS), strict=False):
        whole = path.distances_A[-1]
        dense, energies = path.curve()
        axes.plot(dense / whole, energies, color=colour)
        label = plain(f"{name}: {path.barrier_eV:.2f} eV")
        axes.plot(
            path.distances_A / whole, path.energies_eV, color=colour, marker=marker,
            linestyle="none", label=label,
        )  # fmt: skip
    axes.axhline(0.0, color="0.7", linewidth=0.5, zorder=0)
    highest = max(float(np.max(path.energies_eV)) for _, path in paths)
    axes.set_ylim(top=highest * (1.15 + 0.12 * len(paths)))  # room for the legend
    axes.set_xlim(-0.02, 1.02)
    axes.set_xlabel("share of the path")
    axes.set_ylabel("energy above the start of the hop / eV")
    axes.set_title(wrapped(title, columns))
    axes.legend(loc="upper left")
    return figure
