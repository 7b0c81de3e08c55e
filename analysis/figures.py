"""Figures of densities of states, density differences and energies of open systems."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from analysis.chemical_potentials import Stability
from analysis.density import DensityDifference
from analysis.dos import DensityOfStates
from analysis.linear_energies import Linear

#: Colour-blind safe (Okabe and Ito), used in this order.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
#: Width and height in inches.
FIGURE_SIZE_IN = (6.3, 3.6)
#: Projections that are drawn, the largest first.
SHOWN_PROJECTIONS = 6


def plot_dos(dos: DensityOfStates, file: Path, title: str) -> Path:
    """Total and largest projected densities of states, spin down below the axis."""
    figure = Figure(figsize=FIGURE_SIZE_IN, layout="constrained")
    axis = figure.subplots()
    signs = (1.0, -1.0)
    for data, sign in zip(dos.total, signs, strict=False):
        label = "total" if sign > 0 else None
        axis.fill_between(dos.energies_eV, sign * data, color="0.85", label=label)
    ranked = sorted(dos.projections, key=lambda k: -float(dos.projections[k].sum()))
    for colour, name in zip(COLOURS, ranked[:SHOWN_PROJECTIONS], strict=False):
        for data, sign in zip(dos.projections[name], signs, strict=False):
            label = f"{name[0]}: {name[1]} {name[2]}" if sign > 0 else None
            axis.plot(dos.energies_eV, sign * data, color=colour, lw=1.0, label=label)
    axis.axvline(0.0, color="0.3", lw=0.8, ls="--")
    axis.set_xlim(dos.energies_eV[0], dos.energies_eV[-1])
    axis.set_xlabel(r"$E - E_\mathrm{F}$ / eV")
    axis.set_ylabel("DOS / states per eV and cell")
    axis.set_title(title, fontsize=9)
    axis.legend(fontsize=7, frameon=False)
    figure.savefig(file, dpi=200)
    return file


def plot_planar_average(density: DensityDifference, file: Path, title: str) -> Path:
    """Planar density difference and its running integral along the surface normal."""
    z, profile = density.planar_average()
    figure = Figure(figsize=FIGURE_SIZE_IN, layout="constrained")
    axis = figure.subplots()
    axis.axhline(0.0, color="0.6", lw=0.8)
    axis.plot(z, profile, color=COLOURS[0], lw=1.2, label="plane by plane")
    axis.set_xlabel("height z / Å")
    axis.set_ylabel(r"$\Delta n$ / e per Å", color=COLOURS[0])
    axis.set_title(title, fontsize=9)
    right = axis.twinx()
    right.plot(z, np.cumsum(profile) * (z[1] - z[0]), color=COLOURS[1], lw=1.2)
    right.set_ylabel("integral from below / e", color=COLOURS[1])
    figure.savefig(file, dpi=200)
    return file


def plot_over_chemical_potential(
    energies: Mapping[str, Linear],
    stability: Stability,
    element: str,
    file: Path,
    title: str,
    *,
    quantity: str = "formation energy / eV",
    factor: float = 1.0,
) -> Path:
    """Energies over the dmu of one element in the region where the host is stable.

    An energy that the dmu of this element does not fix is a band between its lowest and
    highest value.

    Parameters
    ----------
    energies
        By label, in the order of the legend.
    stability
        Of the host.
    element
        The element on the abscissa.
    file
        Its suffix decides the format.
    title
        Above the axes.
    quantity
        Label of the ordinate, with the unit after the factor.
    factor
        Multiplies the energies, such as `analysis.linear_energies.EV_PER_A2_IN_J_PER_M2`.

    Raises
    ------
    StabilityError
        If the host is not stable or does not hold the element.
    """
    figure = Figure(figsize=FIGURE_SIZE_IN, layout="constrained")
    axis = figure.subplots()
    dmu_eV = np.unique(stability.potentials_eV(element))  # straight lines in between
    for (label, energy), colour in zip(energies.items(), cycle(COLOURS), strict=False):
        lower, upper = (factor * edge for edge in energy.band(stability, element, dmu_eV))
        axis.fill_between(dmu_eV, lower, upper, color=colour, alpha=0.2, lw=0.0)
        axis.plot(dmu_eV, lower, color=colour, lw=1.2, label=label)
        axis.plot(dmu_eV, upper, color=colour, lw=1.2)
    axis.set_xlim(dmu_eV[0], dmu_eV[-1])
    axis.margins(y=0.12)  # room for the two words below
    for x, name, side in ((0.01, "poor", "left"), (0.99, "rich", "right")):
        axis.text(x, 0.02, f"{element}-{name}", transform=axis.transAxes, ha=side, fontsize=7)
    axis.set_xlabel(rf"$\Delta\mu_\mathrm{{{element}}}$ / eV")
    axis.set_ylabel(quantity)
    axis.set_title(title, fontsize=9)
    axis.legend(fontsize=7, frameon=False)
    figure.savefig(file, dpi=200)
    return file
