"""Figures of densities of states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.dos.defect_levels import DefectLevel, Gap, gaps
from analysis.dos.density_of_states import DensityOfStates
from analysis.dos.spectrum import ORBITALS, Floats, Spectrum
from analysis.groups import BESIDE, SLAB
from analysis.palette import CurveStyle, curve_styles
from analysis.style import SMALLEST_PT, journal_style, new_figure, plain, wrapped
from slabs.elements import ELEMENTS
from slabs.errors import InputError
from slabs.structure import SURFACE_GROUP

#: Orbitals of elements that are drawn unless others are named.
ORBITALS_SHOWN = 3
#: What is drawn below and above the edges of the gap.
BELOW_EV, ABOVE_EV = 5.0, 3.0
#: Orbitals are compared where they are within some of this from the Fermi level.
NEAR_EV = 2.0
#: How the zero of energy is written.
ZERO_WORDS = {
    "fermi": r"$E - E_\mathrm{F}$ / eV",
    "vbm": r"$E - E_\mathrm{VBM}$ / eV",
    "vacuum": r"$E - E_\mathrm{vac}$ / eV",
}
ORDINATE = r"DOS / states eV$^{-1}$ cell$^{-1}$"
#: Most curves of a figure that nobody has chosen.
MOST_CURVES = 9
EDGE: Any = {"color": "0.45", "lw": 0.5}
#: Room above the curves for words, as a factor.
HEADROOM = 1.25
#: Room below the curves of spin down, over the highest total.
LOWER_ROOM = 1.1
#: By width, and whether there are two panels: share of the height of a panel for its two lines of
#: words.
WORDS = {
    ("single", False): 0.26, ("single", True): 0.3,
    ("double", False): 0.15, ("double", True): 0.2,
}  # fmt: skip
#: Groups of atoms are called by their names.
NO_LABELS: Mapping[str, str] = {}
#: Height of the marks of defect levels, as a share of the panel.
MARK = 0.3


def split_curve(curve: str) -> tuple[str, str | None]:
    """Group and orbital of ``"Pb:p"``, or the group and None for all orbitals."""
    group, colon, orbital = curve.rpartition(":")
    if not colon:
        return curve, None
    if orbital not in tuple(ORBITALS):
        raise InputError(f"{orbital!r} in {curve!r} is no orbital; allowed: {', '.join(ORBITALS)}")
    return group, orbital


def styles_of(curves: Sequence[str]) -> list[CurveStyle]:
    """Colours by element and dashes by orbital of some curves; see `analysis.palette`."""
    return curve_styles([split_curve(curve) for curve in curves])


def curve_values(dos: DensityOfStates, curve: str, spectrum: Spectrum) -> Floats:
    """Density of states of a curve, shape=(spins, n), in states per eV."""
    group, orbital = split_curve(curve)
    return dos.select(group=group, orbital=orbital, spin_orbit=spectrum.coupled)


def default_curves(dos: DensityOfStates, low_eV: float, high_eV: float) -> list[str]:
    """The largest orbitals of elements, parts of ligands, and the neighbours of vacancies.

    The lone pair of metals on B sites, such as Pb s, is always among them: it makes the
    valence-band maximum of halide perovskites together with the p states of the halide.

    Parameters
    ----------
    dos
        Density of states.
    low_eV, high_eV
        Where they are compared, on the scale of the calculation.
    """
    spectrum = dos.scalar
    energies = spectrum.energies_eV
    near = np.exp(-abs(energies - spectrum.fermi_level_eV) / NEAR_EV)
    near[(energies < low_eV) | (energies > high_eV)] = 0.0
    symbols = np.array(dos.structure.atoms.get_chemical_symbols())
    of_slab = dos.structure.indices(SURFACE_GROUP)
    elements = dict.fromkeys((symbols[of_slab] if len(of_slab) else symbols).tolist())
    weights = {
        f"{element}:{orbital}": float((dos.select(element=element, orbital=orbital) @ near).sum())
        for element in elements
        for orbital in ORBITALS[: spectrum.projections_per_eV.shape[1]]
    }
    chosen = sorted(weights, key=lambda curve: -weights[curve])[:ORBITALS_SHOWN]
    pairs = [f"{e}:s" for e in elements if e in ELEMENTS and ELEMENTS[e].role == "metal"]
    chosen += [curve for curve in pairs if curve not in chosen]
    if SLAB in dos.groups:
        for name in dict.fromkeys(dos.structure.groups):
            if name != SURFACE_GROUP:
                parts = [f"{name}, head", f"{name}, chain"]
                chosen += parts if parts[0] in dos.groups else [name]
    chosen += [name for name in dos.groups if name.startswith(BESIDE)]
    return chosen[:MOST_CURVES]


@journal_style()
def plot_dos(
    dos: DensityOfStates,
    title: str,
    columns: str = "double",
    *,
    align: str = "fermi",
    curves: Sequence[str] | None = None,
    shown_eV: tuple[float, float] | None = None,
    gaps_found: Sequence[Gap] | None = None,
    labels: Mapping[str, str] = NO_LABELS,
) -> Figure:
    """Total and projected densities of states, one panel without and one with coupling.

    Elements have their colours and orbitals their dashes. Spin down is drawn below the axis.
    Thin lines mark the edges of the gap; levels of vacancies inside are marked, full if they
    are occupied.

    Parameters
    ----------
    dos
        What is drawn.
    title, columns
        Title, and width on the page.
    align
        Of `analysis.dos.band_edges.ALIGNMENTS`; each panel has its own zero.
    curves
        Groups of `analysis.groups.atom_groups`, ``"OAm, head"``, or one orbital of them,
        ``"Pb:p"``. Default: `default_curves`.
    shown_eV
        Range from the zero. Default: some volts around the gap, as far as bands are there.
    gaps_found
        From `analysis.dos.defect_levels.gaps`. Default: without a whole slab to compare with.
    labels
        What the legend calls groups of atoms. Default: their names.

    Raises
    ------
    analysis.dos.band_edges.AlignmentError
        If there is no such zero.
    InputError
        If there is no such group, or nothing in the range.
    """
    found = gaps(dos) if gaps_found is None else gaps_found
    spectra = dos.spectra
    zeros = [
        dos.zero_eV(align, spectrum, gap.host.edges if gap.host else None)
        for spectrum, gap in zip(spectra, found, strict=True)
    ]
    low, high = shown_eV or _shown(spectra[0], found[0], zeros[0])
    names = default_curves(dos, low + zeros[0], high + zeros[0]) if curves is None else curves
    aspect = {"single": 0.6, "double": 0.32}[columns] if len(spectra) > 1 else None
    figure, axes = new_figure(columns, rows=len(spectra), aspect=aspect)
    for axis, spectrum, gap, zero in zip(axes, spectra, found, zeros, strict=True):
        draw_curves(axis, dos, spectrum, names, zero, labels=labels)
        top = _limits(axis, spectrum, zero, (low, high), words=WORDS[columns, len(spectra) > 1])
        _mark(axis, spectrum, gap, zero, top)
        axis.set_ylabel(ORDINATE)
    axes[-1].set_xlabel(ZERO_WORDS[align])
    axes[0].set_title(wrapped(title, columns))
    add_legend(figure, axes, columns, levels=[level for gap in found for level in gap.levels])
    return figure


def add_legend(
    figure: Figure,
    axes: Sequence[Axes],
    columns: str,
    *,
    levels: Sequence[DefectLevel],
    title: str = "",
) -> None:
    """One legend for all panels, with each label once, and the marks of levels that are there."""
    entries: dict[str, Any] = {}
    for axis in axes:
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    for label, fill in (("occupied level", "black"), ("empty level", "white")):
        if fill in map(_fill, levels):
            entries[label] = Line2D([], [], color="black", marker="o", mfc=fill, lw=0.8)
    place: Any = {"loc": "outside right upper", "alignment": "left"}
    if columns == "single":
        place = {"loc": "outside lower center", "ncols": 3}
    figure.legend(
        handles=list(entries.values()), labels=list(entries), title=title or None, **place
    )


def _shown(spectrum: Spectrum, gap: Gap, zero_eV: float) -> tuple[float, float]:
    edges = gap.host.edges if gap.host else None
    low = (edges.vbm_eV if edges else spectrum.fermi_level_eV) - BELOW_EV
    high = (edges.cbm_eV if edges else spectrum.fermi_level_eV) + ABOVE_EV
    first, last = spectrum.energies_eV[[0, -1]]
    last = min(last, spectrum.complete_to_eV)
    return float(max(low, first) - zero_eV), float(min(high, last) - zero_eV)


def draw_curves(
    axis: Axes,
    dos: DensityOfStates,
    spectrum: Spectrum,
    names: Sequence[str],
    zero_eV: float,
    *,
    among: Sequence[str] | None = None,
    labels: Mapping[str, str] = NO_LABELS,
) -> None:
    """Draw the total and some projections of a spectrum, spin down below the axis.

    Parameters
    ----------
    axis
        Where.
    dos, spectrum
        Density of states, and the one of its spectra that is drawn.
    names
        Curves.
    zero_eV
        Energy of the calculation that becomes the zero.
    among
        Curves of all panels, which decide on the colours. Default: `names`.
    labels
        What the legend calls groups of atoms. Default: their names.
    """
    energies = spectrum.energies_eV - zero_eV
    for data, sign in zip(spectrum.total_per_eV, (1.0, -1.0), strict=False):
        label = "total" if sign > 0 else None
        axis.fill_between(energies, sign * data, color="0.85", lw=0.0, label=label)
    for style, name in zip(_styles(names, among or names), names, strict=True):
        values = curve_values(dos, name, spectrum)
        for data, sign in zip(values, (1.0, -1.0), strict=False):
            label = plain(curve_words(name, labels)) if sign > 0 else None
            axis.plot(
                energies, sign * data, color=style.colour, ls=style.dashes, lw=0.9, label=label
            )


def curve_words(curve: str, labels: Mapping[str, str]) -> str:
    """What a legend calls a curve, such as ``"Pb p"``."""
    group, orbital = split_curve(curve)
    return " ".join(filter(None, (labels.get(group, group), orbital)))


def coupling_words(spectrum: Spectrum) -> str:
    """Whether a spectrum is with spin-orbit coupling."""
    return f"{'with' if spectrum.coupled else 'without'} spin-orbit coupling"


def _styles(names: Sequence[str], among: Sequence[str]) -> list[CurveStyle]:
    styles = dict(zip(among, styles_of(among), strict=True))
    return [styles[name] for name in names]


def _limits(
    axis: Axes,
    spectrum: Spectrum,
    zero_eV: float,
    shown_eV: tuple[float, float],
    *,
    words: float,
) -> float:
    """Set the limits of the axes, with room for words above the curves.

    Parameters
    ----------
    axis, spectrum, zero_eV, shown_eV
        As in `plot_dos`.
    words
        Share of the height that the words take.

    Returns
    -------
    float
        What the heights of marks are counted from.
    """
    energies = spectrum.energies_eV - zero_eV
    inside = (energies >= shown_eV[0]) & (energies <= shown_eV[1])
    if not inside.any():
        raise InputError(
            f"nothing was calculated from {shown_eV[0]:g} to {shown_eV[1]:g} eV, only from"
            f" {energies[0]:.1f} to {energies[-1]:.1f} eV"
        )
    highest = float(spectrum.total_per_eV[:, inside].max())
    lowest = -LOWER_ROOM * highest if len(spectrum.total_per_eV) == 2 else 0.0
    axis.set_xlim(*shown_eV)
    axis.set_ylim(lowest, (highest - words * lowest) / (1.0 - words))
    return HEADROOM * highest


def _mark(axis: Axes, spectrum: Spectrum, gap: Gap, zero_eV: float, top: float) -> None:
    """Mark the edges, the Fermi level and the levels of vacancies, and say what is shown."""
    axis.axhline(0.0, color="black", lw=0.8, zorder=3)
    axis.axvline(
        spectrum.fermi_level_eV - zero_eV, color="0.3", lw=0.7, ls=":", label=r"$E_\mathrm{F}$"
    )
    words = coupling_words(spectrum)
    if gap.host is not None:
        edges = gap.host.edges
        for number, edge_eV in enumerate((edges.vbm_eV, edges.cbm_eV)):
            label = "band edges" if number == 0 else None
            axis.axvline(edge_eV - zero_eV, label=label, **EDGE)
        words += f"\ngap {edges.gap_eV:.2f} eV"
    style: Any = {"transform": axis.transAxes, "fontsize": SMALLEST_PT}
    ground = {"fc": "white", "ec": "none", "alpha": 0.85, "pad": 0.8}
    axis.text(0.015, 0.95, words, va="top", bbox=ground, **style)
    if len(spectrum.total_per_eV) == 2:
        lowest, highest = axis.get_ylim()
        middle = -lowest / (highest - lowest)
        for height, word in ((middle / 2, "spin down"), ((1 + middle) / 2, "spin up")):
            axis.text(1.01, height, word, rotation=90, va="center", **style)
    for level in gap.levels:
        mark_level(axis, level, level.energy_eV - zero_eV, top)


def _fill(level: DefectLevel) -> str:
    """Colour of the head of a pin."""
    return "black" if level.electrons > level.states / 2 else "white"


def mark_level(axis: Axes, level: DefectLevel, energy_eV: float, top: float) -> None:
    """A pin at a level in the gap, full if it is occupied, downwards for spin down."""
    height = (-MARK if level.spin == "down" else MARK) * top
    fill = _fill(level)
    axis.plot([energy_eV] * 2, [0.0, height], color="black", lw=0.8)
    axis.plot([energy_eV], [height], "o", color="black", mfc=fill, ms=3.0, mew=0.7)
