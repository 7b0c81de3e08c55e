"""Formation energies over the Fermi level and potentials at atoms, for journals and pages."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

import numpy as np
from matplotlib.figure import Figure

from analysis.charged.formation import lowest_eV
from analysis.style import COLOURS, journal_style, new_figure, plain, set_caption, wrapped
from workflows.findings.words import level_sentences, level_words
from workflows.recipes.charged_defects.rows import ChargedDefectRow, ChargeRow
from workflows.recipes.charged_defects.table import charge_words
from workflows.recipes.page import Entry, PageFigure, empty_figure
from workflows.recipes.page import plain as as_text
from workflows.study.model import Study

POINTS = 400
FERMI_LEVEL = "Fermi level above the valence-band maximum / eV"


def _groups(rows: Sequence[ChargedDefectRow]) -> dict[tuple[str, str], list[ChargedDefectRow]]:
    """Rows with the energy of a charged state, by host and condition."""
    groups: dict[tuple[str, str], list[ChargedDefectRow]] = {}
    for row in rows:
        for condition in row.conditions:
            if any(row.known_eV(condition)) and row.gap_eV is not None:
                groups.setdefault((row.host, condition), []).append(row)
    return groups


def _label(study: Study, row: ChargedDefectRow) -> str:
    words = study.label_of(row.species)
    return words if row.positions == "relaxed" else f"{words} (neutral positions)"


def _left_out(rows: Sequence[ChargedDefectRow]) -> str:
    """Charge states that have no line."""
    found = [
        f"{row.species} {charge_words(each.charge)}"
        for row in rows
        for each in row.states
        if each.at_vbm_eV is None
    ]
    return f"Without energy: {', '.join(found)}." if found else ""


@journal_style()
def draw_formation(
    study: Study, rows: Sequence[ChargedDefectRow], columns: str
) -> dict[str, Figure]:
    """One figure for each host and condition: the lowest charge state, and all of them dotted."""
    figures = {}
    for (host, condition), own in _groups(rows).items():
        gap_eV = own[0].gap_eV
        assert gap_eV is not None
        levels = np.linspace(0.0, gap_eV, POINTS)
        figure, (axes,) = new_figure(columns)
        for row, colour in zip(own, cycle(COLOURS), strict=False):
            known = row.known_eV(condition)
            axes.plot(
                levels, lowest_eV(known, levels), color=colour, label=plain(_label(study, row))
            )
            for charge, energy_eV in known.items():
                ends = np.array([0.0, gap_eV])
                axes.plot(ends, energy_eV + charge * ends, color=colour, ls=":", lw=0.7)
                axes.annotate(
                    charge_words(charge),
                    (0.5 * gap_eV, energy_eV + 0.5 * charge * gap_eV),
                    fontsize="small", color=colour, ha="center", va="bottom",
                )  # fmt: skip
        axes.set_xlim(0.0, gap_eV)
        axes.set_xlabel(FERMI_LEVEL)
        axes.set_ylabel("formation energy / eV")
        axes.set_title(wrapped(f"Charge states in {host}, {condition} ({level_words(study)})",
                               columns))  # fmt: skip
        axes.legend()
        set_caption(figure, *level_sentences(study), _left_out(own))
        figures[f"charged-defects-{host}-{_stem(condition)}"] = figure
    return figures


@journal_style()
def draw_potentials(
    study: Study, rows: Sequence[ChargedDefectRow], columns: str
) -> dict[str, Figure]:
    """One figure for each charge state: potentials at the atoms over their distance."""
    figures = {}
    for row in rows:
        for state in row.states:
            if not state.charge or not state.distances_A or state.radius_A is None:
                continue
            figure, (axes,) = new_figure(columns)
            rest = np.subtract(state.changes_V, state.model_V)
            for values, marker, colour, words in (
                (state.changes_V, "o", COLOURS[0], "with the defect minus host"),
                (state.model_V, "x", COLOURS[1], "point charge"),
                (rest, "^", COLOURS[2], "difference"),
            ):
                axes.plot(state.distances_A, values, marker, color=colour, label=words, ms=3)
            axes.axvline(state.radius_A, color="0.6", lw=0.7, ls="--")
            if state.offset_V is not None:
                ends = [state.radius_A, max(state.distances_A)]
                axes.plot(ends, [state.offset_V] * 2, color=COLOURS[2], lw=1.0)
            axes.set_xlabel("distance from the defect / Å")
            axes.set_ylabel("potential / V")
            words = f"{_label(study, row)}, charge {charge_words(state.charge)}"
            axes.set_title(wrapped(f"{words} ({level_words(study)})", columns))
            axes.legend()
            set_caption(
                figure, *level_sentences(study), f"Mean right of the dashed line: the alignment,"
                f" {state.offset_V:.3f} V." if state.offset_V is not None else ""
            )  # fmt: skip
            figures[potentials_stem(row, state)] = figure
    return figures


def formation_figures(study: Study, rows: Sequence[ChargedDefectRow]) -> list[PageFigure]:
    """Formation energies for the page."""
    made = []
    for (host, condition), own in _groups(rows).items():
        gap_eV = own[0].gap_eV
        assert gap_eV is not None
        levels = np.linspace(0.0, gap_eV, POINTS)
        figure = empty_figure(FERMI_LEVEL, "formation energy / eV")
        entries = []
        for n, (row, colour) in enumerate(zip(own, cycle(COLOURS), strict=False)):
            known, label = row.known_eV(condition), _label(study, row)
            figure.add_scatter(
                x=levels, y=lowest_eV(known, levels), name=as_text(label), legendgroup=str(n),
                mode="lines", line={"color": colour}, hovertemplate="%{y:.3f} eV",
            )  # fmt: skip
            for charge, energy_eV in known.items():
                figure.add_scatter(
                    x=[0.0, gap_eV], y=[energy_eV, energy_eV + charge * gap_eV],
                    name=as_text(f"{label} {charge_words(charge)}"), legendgroup=str(n),
                    mode="lines", line={"color": colour, "dash": "dot", "width": 1},
                    hoverinfo="skip",
                )  # fmt: skip
            entries.append(Entry(label, colour))
        words = _words(own, condition)
        made.append(
            PageFigure(f"Charge states in {host}, {condition} ({level_words(study)})", words,
                       figure, tuple(entries))
        )  # fmt: skip
    return made


def _words(rows: Sequence[ChargedDefectRow], condition: str) -> str:
    sentences = []
    for row in rows:
        energies = ", ".join(
            f"charge {charge_words(charge)} {energy_eV:.3f} eV"
            for charge, energy_eV in sorted(row.known_eV(condition).items(), reverse=True)
        )
        sentences.append(f"{row.species} with the Fermi level at the VBM: {energies}.")
    return " ".join([*sentences, _left_out(rows)]).strip()


def _stem(condition: str) -> str:
    """A condition as part of the name of a file."""
    return condition.replace(",", "").replace(" ", "-")


def potentials_stem(row: ChargedDefectRow, state: ChargeRow) -> str:
    """Name of the files with the potentials at the atoms."""
    kind = "" if row.positions == "relaxed" else "-neutral-positions"
    return f"site-potentials-{row.species}{kind}-charge{state.charge:+d}"


def as_columns(state: ChargeRow) -> dict[str, Sequence[float]]:
    """Potentials at the atoms, for a CSV file."""
    return {
        "distance_A": state.distances_A,
        "change_V": state.changes_V,
        "point_charge_V": state.model_V,
    }
