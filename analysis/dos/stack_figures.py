"""Densities of states of related slabs on one axis of energy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    NO_LABELS,
    add_legend,
    coupling_words,
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
        Its gap in the spectrum that is shown.
    coupled
        Whether that is the spectrum with spin-orbit coupling.
    """

    label: str
    dos: DensityOfStates
    gap: Gap
    coupled: bool = False

    @property
    def spectrum(self) -> Spectrum:
        """The spectrum that is shown."""
        return spectrum_of(self.dos, coupled=self.coupled)


def spectrum_of(dos: DensityOfStates, *, coupled: bool) -> Spectrum:
    """Its spectrum with or without spin-orbit coupling."""
    (found,) = (spectrum for spectrum in dos.spectra if spectrum.coupled == coupled)
    return found


def common_zero_eV(
    each: DensityOfStates, clean: DensityOfStates, *, coupled: bool = False
) -> float | None:
    """Zero of the clean slab on the scale of another one: its VBM, or else its Fermi level.

    With spin-orbit coupling it is that of the spectrum with it. None if the two have no atom in
    common.
    """
    spectrum = spectrum_of(clean, coupled=coupled)
    zero_eV = spectrum.edges.vbm_eV if spectrum.edges else spectrum.fermi_level_eV
    if each is clean:
        return zero_eV
    shift = potential_shift(each, clean)
    return None if shift is None else zero_eV + shift.mean_eV


@journal_style()
def plot_stack(
    stack: Sequence[StackedDos],
    title: str,
    columns: str = "double",
    *,
    labels: Mapping[str, str] = NO_LABELS,
) -> Figure:
    """Densities of states one above the other, on one scale.

    All are per cell and have the same scale of the ordinate, with spin down below the axis.
    Their energies are aligned by the electrostatic potential at atoms far from ligands and
    vacancies; the zero is the valence-band maximum of the clean slab, or its Fermi level
    without a gap. The legend says whether they are with spin-orbit coupling.

    Parameters
    ----------
    stack
        The clean slab, and those with its atoms; all with spin-orbit coupling, or none.
    title, columns
        Title, and width on the page.
    labels
        What the legend calls groups of atoms. Default: their names.
    """
    clean, coupled = stack[0].spectrum, stack[0].coupled
    zeros = [common_zero_eV(each.dos, stack[0].dos, coupled=coupled) for each in stack]
    shown = [(e, zero) for e, zero in zip(stack, zeros, strict=True) if zero is not None]
    edges = clean.edges
    first, last = (clean.energies_eV[n] - shown[0][1] for n in (0, -1))
    last = min(last, clean.complete_to_eV - shown[0][1])
    low, high = max(-BELOW_EV, first), min((edges.gap_eV if edges else 0.0) + ABOVE_EV, last)
    names = _curves([each for each, _ in shown], low, high)
    height = PANEL_IN[columns] * len(shown) + FRAME_IN[columns]
    figure = Figure(figsize=(WIDTHS_IN[columns], height), layout="constrained")
    axes = list(figure.subplots(len(shown), sharex=True, squeeze=False)[:, 0])
    top = max(_top(each.spectrum, zero, low, high) for each, zero in shown)
    for axis, (each, zero) in zip(axes, shown, strict=True):
        own = [name for name in names if name.split(":")[0] in each.dos.groups]
        draw_curves(axis, each.dos, each.spectrum, own, zero, among=names, labels=labels)
        _mark(axis, each, zero, top)
    axes[-1].set_xlim(low, high)
    figure.supylabel(r"DOS / states eV$^{-1}$ cell$^{-1}$", fontsize="medium")
    axes[-1].set_xlabel(_abscissa(stack[0].label, clean))
    figure.suptitle(wrapped(title, columns))
    levels = [level for each, _ in shown for level in each.gap.levels]
    add_legend(figure, axes, columns, levels=levels, title=coupling_words(clean))
    return figure


def _abscissa(label: str, clean: Spectrum) -> str:
    index = r"\mathrm{VBM}" if clean.edges else r"\mathrm{F}"
    words = "aligned by the potential at far atoms"
    return rf"$E - E_{{{index}}}$ of {plain(label)} / eV ({words})"


def _curves(stack: Sequence[StackedDos], low: float, high: float) -> list[str]:
    names: dict[str, None] = {}
    for each in stack:
        zero = each.gap.host.edges.vbm_eV if each.gap.host else each.spectrum.fermi_level_eV
        names |= dict.fromkeys(default_curves(each.dos, low + zero, high + zero))
    return list(names)


def _top(spectrum: Spectrum, zero_eV: float, low: float, high: float) -> float:
    energies = spectrum.energies_eV - zero_eV
    inside = (energies >= low) & (energies <= high)
    spins = len(spectrum.total_per_eV)  # which share the height of a panel
    return HEADROOM * spins * float(spectrum.total_per_eV[:, inside].max())


def _mark(axis: Axes, each: StackedDos, zero_eV: float, top: float) -> None:
    spectrum = each.spectrum
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
