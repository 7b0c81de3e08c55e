"""Figures of energies over chemical potentials and over parameters of a calculation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle

import numpy as np
from matplotlib.figure import Figure

from analysis.energies.convergence import Series
from analysis.style import COLOURS, journal_style, new_figure, plain, wrapped
from analysis.thermodynamics.chemical_potentials import Stability
from analysis.thermodynamics.linear_energies import Linear


@journal_style()
def plot_over_chemical_potential(
    energies: Mapping[str, Linear],
    stability: Stability,
    element: str,
    title: str,
    columns: str = "double",
    *,
    quantity: str = "formation energy / eV",
    factor: float = 1.0,
) -> Figure:
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
    title
        Above the axes.
    columns
        ``"single"`` or ``"double"``.
    quantity
        Label of the ordinate, with the unit after the factor.
    factor
        Multiplies the energies, such as `EV_PER_A2_IN_J_PER_M2` of
        `analysis.thermodynamics.linear_energies`.

    Raises
    ------
    StabilityError
        If the host is not stable or does not hold the element.
    """
    figure, (axis,) = new_figure(columns)
    dmu_eV = np.unique(stability.potentials_eV(element))  # straight lines in between
    for (label, energy), colour in zip(energies.items(), cycle(COLOURS), strict=False):
        lower, upper = (factor * edge for edge in energy.band(stability, element, dmu_eV))
        axis.fill_between(dmu_eV, lower, upper, color=colour, alpha=0.2, lw=0.0)
        axis.plot(dmu_eV, lower, color=colour, lw=1.2, label=label)
        axis.plot(dmu_eV, upper, color=colour, lw=1.2)
    axis.set_xlim(dmu_eV[0], dmu_eV[-1])
    axis.margins(y=0.12)  # room for the two words below
    for x, name, side in ((0.01, "poor", "left"), (0.99, "rich", "right")):
        axis.text(x, 0.02, f"{element}-{name}", transform=axis.transAxes, ha=side)
    axis.set_xlabel(rf"$\Delta\mu_\mathrm{{{element}}}$ / eV")
    axis.set_ylabel(quantity)
    axis.set_title(wrapped(title, columns))
    axis.legend()
    return figure


@journal_style()
def plot_convergence(
    series: Sequence[Series],
    title: str,
    columns: str = "double",
    *,
    quantity: str,
    ticks: Sequence[str],
    tolerance_eV: float,
) -> Figure:
    """Energies minus the last known one of each, over a parameter.

    A band shows the tolerance.

    Parameters
    ----------
    series
        Energies at the same values of one parameter, each with at least one known.
    title
        Above the axes.
    columns
        ``"single"`` or ``"double"``.
    quantity
        Label of the abscissa.
    ticks
        Label of each value.
    tolerance_eV
        Half the height of the band.
    """
    figure, (axis,) = new_figure(columns)
    band = axis.axhspan(-tolerance_eV, tolerance_eV, color="0.88", lw=0.0)
    band.set_label(f"within {tolerance_eV:g} eV")
    for each, colour, marker in zip(series, cycle(COLOURS), cycle("osD^v"), strict=False):
        reference = [energy for energy in each.energies_eV if energy is not None][-1]
        # An unknown energy leaves a gap in the line.
        y = np.array([np.nan if e is None else e for e in each.energies_eV]) - reference
        axis.plot(each.values, y, color=colour, marker=marker, ms=4, lw=1.2, label=plain(each.name))
        if each.own is not None:
            axis.plot(each.values[each.own], y[each.own], "o", ms=10, mfc="none", mec=colour)
        if each.limit_eV is not None:
            axis.axhline(each.limit_eV - reference, color=colour, lw=1.0, ls=":")
    if any(each.own is not None for each in series):
        axis.plot([], [], "o", ms=10, mfc="none", mec="0.3", label="study's own value")
    if any(each.limit_eV is not None for each in series):
        axis.plot([], [], color="0.3", lw=1.0, ls=":", label="extrapolated")
    axis.set_xticks(series[0].values, ticks)
    axis.set_xlabel(quantity)
    axis.set_ylabel(r"$\Delta E - \Delta E_\mathrm{last}$ / eV")
    axis.set_title(wrapped(title, columns))
    axis.legend()
    return figure
