"""Energies along hops on a page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

from analysis.barriers.path import HopPath
from analysis.style import COLOURS
from workflows.recipes.page import Entry, PageFigure, empty_figure, plain


def path_figure(paths: Sequence[tuple[str, HopPath]], title: str) -> PageFigure:
    """Energies of the images of all hops over the share of their path.

    Parameters
    ----------
    paths
        What each is called, and the path.
    title
        Title of the figure.
    """
    figure = empty_figure("share of the path", "energy above the start of the hop / eV")
    entries, words = [], []
    for n, ((name, path), colour) in enumerate(zip(paths, cycle(COLOURS), strict=False)):
        whole = float(path.distances_A[-1])
        dense, energies = path.curve()
        figure.add_scatter(
            x=dense / whole, y=energies, name=plain(name), legendgroup=str(n), mode="lines",
            line={"color": colour}, hoverinfo="skip",
        )  # fmt: skip
        figure.add_scatter(
            x=path.distances_A / whole, y=path.energies_eV, name=plain(name), legendgroup=str(n),
            mode="markers", marker={"color": colour, "size": 8}, hovertemplate="%{y:.3f} eV",
        )  # fmt: skip
        entries.append(Entry(name, colour))
        words.append(
            f"{name}: barrier {path.barrier_eV:.3f} eV, reverse {path.reverse_barrier_eV:.3f} eV"
        )
    return PageFigure(title, "; ".join(words) + ".", figure, tuple(entries))
