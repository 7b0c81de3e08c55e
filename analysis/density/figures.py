"""Figures of density differences: along the normal, and in the plane of a bond."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.density.difference import DensityDifference
from analysis.density.slices import DensitySlice, anchor_bond, bond_slice
from analysis.style import COLOURS, SMALLEST_PT, journal_style, new_figure, wrapped

#: Electrons are gained where it is blue and lost where it is orange.
GAIN, LOSS = COLOURS[0], COLOURS[1]
LOSS_TO_GAIN = LinearSegmentedColormap.from_list("loss-to-gain", [LOSS, "white", GAIN])
#: The colours of a slice end at this percentile of its absolute values; nuclei exceed it.
SATURATION_PERCENT = 98.0
#: Height over width of each panel of the profile along the normal.
PROFILE_ASPECT = {"single": 0.42, "double": 0.24}
_FILL: Any = {"interpolate": True, "alpha": 0.35, "lw": 0}


@journal_style()
def plot_planar_average(density: DensityDifference, title: str, columns: str = "double") -> Figure:
    """Planar density difference along the normal, and the electrons gained below a height."""
    z, profile = density.planar_average()
    _, below = density.cumulated()
    figure, (upper, lower) = new_figure(columns, rows=2, aspect=PROFILE_ASPECT[columns])
    upper.fill_between(z, profile, 0.0, where=profile > 0, color=GAIN, **_FILL)
    upper.fill_between(z, profile, 0.0, where=profile < 0, color=LOSS, **_FILL)
    upper.plot(z, profile, color="0.15")
    upper.set_ylabel(r"$\Delta n$ / e Å$^{-1}$")
    upper.set_title(wrapped(title, columns))
    lower.plot(z, below, color="0.15")
    lower.set_ylabel("electrons gained\nbelow z / e")
    lower.set_xlabel("height z / Å")
    for axis in (upper, lower):
        axis.axhline(0.0, color="0.6", lw=0.6, zorder=0)
        axis.set_xlim(z[0], z[-1])
    _mark_fragments(density, upper, lower)
    figure.align_ylabels([upper, lower])
    figure.legend(loc="outside lower center", ncols=2 if columns == "single" else 5)
    return figure


def _mark_fragments(density: DensityDifference, upper: Axes, lower: Axes) -> None:
    """Ticks at the heights of the atoms, and a line half-way along each upright contact."""
    for number, name in enumerate(density.names):
        heights = density.atoms.positions[density.fragment_of == number, 2]
        colour = "0.4" if number == 0 else COLOURS[1 + number]
        upper.plot(
            heights, [0.03] * len(heights), "|", color=colour, ms=6.0, label=f"atoms of {name}",
            transform=upper.get_xaxis_transform(),
        )  # fmt: skip
        if number:
            bond = anchor_bond(density, name)
            low, high = bond.start_A[2], bond.end_A[2]
            # An atom beside the others is divided from them by no height.
            if abs(high - low) > bond.length_A / 2:
                words = f"half-way between slab and {name}"
                lower.axvline((low + high) / 2, color=colour, ls="--", lw=0.8, label=words)


@journal_style()
def plot_bond_slice(
    density: DensityDifference, fragment: str, title: str, columns: str = "single"
) -> Figure:
    """Density difference in the upright plane of the contact of one fragment."""
    cut = bond_slice(density, anchor_bond(density, fragment))
    shape = (cut.z_A[-1] - cut.z_A[0]) / (cut.across_A[-1] - cut.across_A[0])
    beside = columns == "double"  # the bar of the colours
    aspect = 0.72 * shape + 0.1 if beside else 0.9 * shape + 0.35
    figure, (axis,) = new_figure(columns, aspect=aspect)
    limit = float(np.percentile(abs(cut.difference_e_per_A3), SATURATION_PERCENT))
    edges = (cut.across_A[0], cut.across_A[-1], cut.z_A[0], cut.z_A[-1])
    picture = axis.imshow(
        cut.difference_e_per_A3, origin="lower", extent=edges, cmap=LOSS_TO_GAIN, vmin=-limit,
        vmax=limit, interpolation="bilinear",
    )  # fmt: skip
    _draw_atoms(axis, cut)
    bar = figure.colorbar(
        picture, ax=axis, extend="both", location="right" if beside else "bottom", shrink=0.8,
        ticks=MaxNLocator(5),
    )  # fmt: skip
    bar.set_label(r"$\Delta n$ / e Å$^{-3}$ (blue: electrons gained, orange: lost)")
    axis.set_xlabel("distance in the plane / Å")
    axis.set_ylabel("height z / Å")
    figure.suptitle(wrapped(f"{title}: {cut.words}", columns))
    return figure


def _draw_atoms(axis: Axes, cut: DensitySlice) -> None:
    for symbol, (across, height) in zip(cut.symbols, cut.places_A, strict=True):
        axis.text(
            across, height, symbol, ha="center", va="center", fontsize=SMALLEST_PT,
            bbox={"boxstyle": "circle,pad=0.15", "fc": "white", "ec": "0.2", "lw": 0.5},
        )  # fmt: skip
