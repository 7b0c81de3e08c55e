"""Figures of densities of states."""

from __future__ import annotations

from matplotlib.figure import Figure

from analysis.dos import DensityOfStates
from analysis.style import COLOURS, journal_style, new_figure

#: Projections that are drawn, the largest first.
SHOWN_PROJECTIONS = 6


@journal_style()
def plot_dos(dos: DensityOfStates, title: str, columns: str = "double") -> Figure:
    """Total and largest projected densities of states, spin down below the axis."""
    figure, (axis,) = new_figure(columns)
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
    axis.set_title(title)
    axis.legend()
    return figure
