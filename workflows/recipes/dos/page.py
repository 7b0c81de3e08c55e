"""Densities of states on a page: total, projections, gap and levels of vacancies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from analysis.dos.band_edges import BandEdges
from analysis.dos.defect_levels import Gap, level_words
from analysis.dos.figures import (
    ABOVE_EV,
    BELOW_EV,
    MARK,
    coupling_words,
    curve_values,
    curve_words,
    default_curves,
    styles_of,
)
from analysis.dos.spectrum import Floats, Spectrum
from workflows.recipes.dos.figures import group_labels
from workflows.recipes.dos.outputs import DosOutput, available_zeros
from workflows.recipes.page import Entry, PageFigure, empty_figure, plain
from workflows.study.model import Study

#: Index of the energy that is the zero, and its name, by the alignment.
ZEROS = {
    "fermi": ("F", "the Fermi level (dotted)"),
    "vbm": ("VBM", "the valence-band maximum"),
    "vacuum": ("vac", "the vacuum level"),
}
TOTAL_COLOUR, MARK_COLOUR = "#8a929b", "#777777"


def dos_figures(study: Study, outputs: Sequence[DosOutput]) -> list[PageFigure]:
    """A figure of each finished density of states, without and with spin-orbit coupling."""
    made = []
    for output in outputs:
        if output.dos is None:
            continue
        align, zeros_eV = available_zeros(output)
        labels = group_labels(study, output.dos.groups)
        for spectrum, gap, zero_eV in zip(output.dos.spectra, output.gaps, zeros_eV, strict=True):
            made.append(_figure(output, spectrum, gap, labels, align=align, zero_eV=zero_eV))
    return made


def _figure(
    output: DosOutput,
    spectrum: Spectrum,
    gap: Gap,
    labels: Mapping[str, str],
    *,
    align: str,
    zero_eV: float,
) -> PageFigure:
    dos = output.dos
    assert dos is not None
    edges = gap.host.edges if gap.host else None
    low_eV, high_eV = _shown(spectrum, edges)
    index, origin = ZEROS[align]
    figure = empty_figure(f"E \N{MINUS SIGN} E<sub>{index}</sub> / eV", "states per eV and cell")
    energies_eV = spectrum.energies_eV - zero_eV
    entries = [Entry("total", TOTAL_COLOUR, "area")]
    _draw(figure, energies_eV, spectrum.total_per_eV, entries)
    shown = default_curves(dos, low_eV, high_eV)
    curves = [*shown, *(name for name in dos.groups if name not in shown)]
    for style, curve in zip(styles_of(curves), curves, strict=True):
        kind = "line" if style.dashes_of_page == "solid" else "dash"
        entries.append(Entry(curve_words(curve, labels), style.colour, kind, curve in shown))
        _draw(figure, energies_eV, curve_values(dos, curve, spectrum), entries)
    inside = (spectrum.energies_eV >= low_eV) & (spectrum.energies_eV <= high_eV)
    top = 1.1 * float(spectrum.total_per_eV[:, inside].max())
    bottom = -top if len(spectrum.total_per_eV) == 2 else 0.0
    if gap.levels:
        entries.append(Entry("levels of the vacancy", MARK_COLOUR))
        _mark_levels(figure, gap, zero_eV, MARK * top, len(entries) - 1)
    if edges is not None:
        for edge_eV in (edges.vbm_eV, edges.cbm_eV):
            figure.add_vline(edge_eV - zero_eV, line={"color": MARK_COLOUR, "width": 1})
    figure.add_vline(spectrum.fermi_level_eV - zero_eV, line={"color": MARK_COLOUR, "dash": "dot"})
    figure.update_xaxes(range=[low_eV - zero_eV, high_eV - zero_eV])
    figure.update_yaxes(range=[bottom, top])
    words = f"Energies from {origin}. {_words(spectrum, gap, zero_eV)}"
    title = f"{output.title}, {coupling_words(spectrum)}"
    return PageFigure(title, words, figure, tuple(entries))


def _shown(spectrum: Spectrum, edges: BandEdges | None) -> tuple[float, float]:
    """Some electronvolts around the gap, as far as they were calculated."""
    low = (edges.vbm_eV if edges else spectrum.fermi_level_eV) - BELOW_EV
    high = (edges.cbm_eV if edges else spectrum.fermi_level_eV) + ABOVE_EV
    first, last = spectrum.energies_eV[[0, -1]]
    return float(max(low, first)), float(min(high, last))


def _draw(figure: go.Figure, energies_eV: Floats, values: Floats, entries: list[Entry]) -> None:
    """Add the last entry, spin down below the axis."""
    entry = entries[-1]
    for data, sign, spin in zip(values, (1.0, -1.0), ("up", "down"), strict=False):
        name = f"{entry.name}, {spin}" if len(values) == 2 else entry.name
        figure.add_scatter(
            x0=energies_eV[0], dx=energies_eV[1] - energies_eV[0], mode="lines",
            y=(sign * data).astype(np.float32), name=plain(name),
            legendgroup=str(len(entries) - 1), visible=entry.shown, hovertemplate="%{y:.2f}",
            line={
                "color": entry.colour,
                "width": 0.5 if entry.style == "area" else 1.5,
                "dash": "dash" if entry.style == "dash" else "solid",
            },
            fill="tozeroy" if entry.style == "area" else None,
        )  # fmt: skip


def _mark_levels(figure: go.Figure, gap: Gap, zero_eV: float, height: float, group: int) -> None:
    """Circles at the levels inside of the gap, full if they are occupied."""
    figure.add_scatter(
        x=[level.energy_eV - zero_eV for level in gap.levels],
        y=[-height if level.spin == "down" else height for level in gap.levels],
        text=[plain(level_words(level)) for level in gap.levels], hovertemplate="%{text}",
        name="level", legendgroup=str(group), mode="markers",
        marker={
            "symbol": [
                "circle" if level.electrons > level.states / 2 else "circle-open"
                for level in gap.levels
            ],
            "size": 9, "color": MARK_COLOUR, "line": {"width": 2, "color": MARK_COLOUR},
        },
    )  # fmt: skip


def _words(spectrum: Spectrum, gap: Gap, zero_eV: float) -> str:
    words = []
    if spectrum.fermi_level_eV != zero_eV:
        words.append(f"Fermi level (dotted) at {spectrum.fermi_level_eV - zero_eV:.2f} eV.")
    if gap.host is None:
        words.append("No gap.")
    else:
        edges = gap.host.edges
        words.append(
            f"Gap (thin lines) of {edges.gap_eV:.2f} eV, from {edges.vbm_eV - zero_eV:.2f} to"
            f" {edges.cbm_eV - zero_eV:.2f} eV."
        )
    if len(spectrum.total_per_eV) == 2:
        words.append("Spin down is drawn below the axis.")
    return " ".join([*words, *(f"Level: {level_words(level)}." for level in gap.levels)])
