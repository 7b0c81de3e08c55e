"""Densities of states of related slabs on one axis of energy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.dos.defect_levels import Gap
from analysis.dos.density_of_states import DensityOfStates
from analysis.dos.figures import (
    ABOVE_EV,
    BELOW_EV,
    EDGE,
    HEADROOM,
    add_legend,
    default_curves,
    draw_curves,
    mark_level,
)
from analysis.dos.host_edges import potential_shift
from analysis.dos.spectrum import Spectrum
from analysis.style import WIDTHS_IN, journal_style, plain, wrapped

#: Height of a panel, and of what is around the panels, in inches.
PANEL_IN = {"single": 0.95, "double": 1.1}
FRAME_IN = {"single": 1.5, "double": 0.75}


@dataclass(frozen=True, eq=False)
class StackedDos:
    """One panel of a stack.

    Parameters
    ----------
    label
        What it shows.
    dos
        Density of states of a slab.
    gap
        Its gap without spin-orbit coupling.
    """

    label: str
    dos: DensityOfStates
    gap: Gap


def common_zero_eV(each: DensityOfStates, clean: DensityOfStates) -> float | None:
    """Zero of the clean slab on the scale of another one: its VBM, or else its Fermi level.

    None if the two have no atom in common.
    """
    spectrum = clean.scalar
    zero_eV = spectrum.edges.vbm_eV if spectrum.edges else spectrum.fermi_level_eV
    if each is clean:
        return zero_eV
    shift = potential_shift(each, clean)
    return None if shift is None else zero_eV + shift.mean_eV


@journal_style()
def plot_stack(stack: Sequence[StackedDos], title: str, columns: str = "double") -> Figure:
    """Densities of states without spin-orbit coupling, one above the other, on one scale.

    All are per cell and have the same scale of the ordinate, with spin down below the axis.
    Their energies are aligned by the electrostatic potential at atoms far from ligands and
    vacancies; the zero is the valence-band maximum of the clean slab, or its Fermi level
    without a gap.

    Parameters
    ----------
    stack
        The clean slab, and those with its atoms.
    title, columns
        Title, and width on the page.
    """
    clean = stack[0].dos
    shown = [(each, zero) for each in stack
             if (zero := common_zero_eV(each.dos, clean)) is not None]  # fmt: skip
    edges = clean.scalar.edges
    first, last = (clean.scalar.energies_eV[n] - shown[0][1] for n in (0, -1))
    last = min(last, clean.scalar.complete_to_eV - shown[0][1])
    low, high = max(-BELOW_EV, first), min((edges.gap_eV if edges else 0.0) + ABOVE_EV, last)
    names = _curves([each for each, _ in shown], low, high)
    height = PANEL_IN[columns] * len(shown) + FRAME_IN[columns]
    figure = Figure(figsize=(WIDTHS_IN[columns], height), layout="constrained")
    axes = list(figure.subplots(len(shown), sharex=True, squeeze=False)[:, 0])
    top = max(_top(each.dos.scalar, zero, low, high) for each, zero in shown)
    for axis, (each, zero) in zip(axes, shown, strict=True):
        own = [name for name in names if name.split(":")[0] in each.dos.groups]
        draw_curves(axis, each.dos, each.dos.scalar, own, zero, among=names)
        _mark(axis, each, zero, top)
    axes[-1].set_xlim(low, high)
    figure.supylabel(r"DOS / states eV$^{-1}$ cell$^{-1}$", fontsize="medium")
    axes[-1].set_xlabel(_abscissa(shown[0][0].label, clean))
    figure.suptitle(wrapped(title, columns))
    add_legend(figure, axes, columns, levels=any(each.gap.levels for each, _ in shown))
    return figure


def _abscissa(label: str, clean: DensityOfStates) -> str:
    index = r"\mathrm{VBM}" if clean.scalar.edges else r"\mathrm{F}"
    words = "aligned by the potential at far atoms"
    return rf"$E - E_{{{index}}}$ of {plain(label)} / eV ({words})"


def _curves(stack: Sequence[StackedDos], low: float, high: float) -> list[str]:
    names: dict[str, None] = {}
    for each in stack:
        zero = each.gap.host.edges.vbm_eV if each.gap.host else each.dos.scalar.fermi_level_eV
        names |= dict.fromkeys(default_curves(each.dos, low + zero, high + zero))
    return list(names)


def _top(spectrum: Spectrum, zero_eV: float, low: float, high: float) -> float:
    energies = spectrum.energies_eV - zero_eV
    inside = (energies >= low) & (energies <= high)
    spins = len(spectrum.total_per_eV)  # which share the height of a panel
    return HEADROOM * spins * float(spectrum.total_per_eV[:, inside].max())


def _mark(axis: Axes, each: StackedDos, zero_eV: float, top: float) -> None:
    spectrum = each.dos.scalar
    spins = len(spectrum.total_per_eV)
    top /= spins
    axis.set_ylim(-top if spins == 2 else 0.0, top)
    axis.axhline(0.0, color="black", lw=0.6, zorder=3)
    if each.gap.host is not None:
        edges = each.gap.host.edges
        for number, edge_eV in enumerate((edges.vbm_eV, edges.cbm_eV)):
            axis.axvline(edge_eV - zero_eV, label="band edges" if number == 0 else None, **EDGE)
    axis.axvline(
        spectrum.fermi_level_eV - zero_eV, color="0.3", lw=0.7, ls=":", label=r"$E_\mathrm{F}$"
    )
    for level in each.gap.levels:
        mark_level(axis, level, level.energy_eV - zero_eV, top)
    ground: Any = {"fc": "white", "ec": "none", "alpha": 0.85, "pad": 0.8}
    axis.text(
        0.015, 0.94, plain(each.label), weight="bold", va="top", transform=axis.transAxes,
        bbox=ground,
    )  # fmt: skip
