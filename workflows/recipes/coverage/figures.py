"""Energies over the coverage, for journals and for a page."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from analysis.energies.bar_figures import CoveragePoint, plot_over_coverage
from analysis.style import COLOURS, set_caption
from workflows.findings.words import flag_sentences, level_sentences, level_words
from workflows.recipes.coverage.rows import CoverageRow, PerLigand
from workflows.recipes.page import Entry, PageFigure, empty_figure
from workflows.study.coverage_table import CoverageEntry
from workflows.study.model import Study

LINES = {"all ligands": "binding", "added ligands": "differential"}


def draw_coverage(study: Study, rows: Sequence[CoverageRow], columns: str) -> dict[str, Figure]:
    """Binding energies per ligand, of all and of the added ones; of entries with two or more."""
    figures = {}
    for number, entry in enumerate(study.coverage):
        own = _known(rows, number)
        if len(own) < 2:
            continue
        lines = {label: _points(study, own, name) for label, name in LINES.items()}
        title = f"{_words(study, entry)} ({level_words(study)})"
        stem = f"coverage-{number + 1}" if len(study.coverage) > 1 else "coverage"
        figures[stem] = plot_over_coverage(lines, title, columns)
        lateral = ", ".join(
            f"{row.lateral.energy_eV:+.3f} eV at {row.coverage_per_nm2:.2f} per nm^2"
            for row in own
            if row.lateral.energy_eV is not None and row.ligands > 1
        )
        words = "Interaction of the ligands with each other, per ligand (positive: repulsion):"
        set_caption(
            figures[stem],
            f"{words} {lateral}." if lateral else "",
            *level_sentences(study),
            *flag_sentences(flag for row in own for flag in row.flags),
        )
    return figures


def coverage_page(study: Study, rows: Sequence[CoverageRow]) -> list[PageFigure]:
    """The same as interactive figures, with the lateral interaction."""
    made = []
    names = {**LINES, "interaction with each other (positive: repulsion)": "lateral"}
    for number, entry in enumerate(study.coverage):
        own = _known(rows, number)
        if not own:
            continue
        figure = empty_figure("coverage / nm<sup>-2</sup>", "energy per ligand / eV")
        entries = []
        for n, (label, name) in enumerate(names.items()):
            x = [row.coverage_per_nm2 for row in own]
            y = [_of(row, name).energy_eV for row in own]
            figure.add_scatter(
                x=x, y=y, name=label, legendgroup=str(n), mode="lines+markers",
                hovertemplate="%{y:.3f} eV", line={"color": COLOURS[n]},
            )  # fmt: skip
            entries.append(Entry(label, COLOURS[n]))
        words = "; ".join(
            f"{row.coverage:g}: {row.binding.energy_eV:+.3f} eV per ligand" for row in own
        )
        title = _words(study, entry)
        made.append(PageFigure(title, f"{words}.", figure, tuple(entries)))
    return made


def _known(rows: Sequence[CoverageRow], number: int) -> list[CoverageRow]:
    return [row for row in rows if row.entry == number and row.binding.energy_eV is not None]


def _words(study: Study, entry: CoverageEntry) -> str:
    shares = [
        study.label_of(name) if share == 1.0 else f"{share:g} {study.label_of(name)}"
        for name, share in entry.ligands.items()
    ]
    return f"{' + '.join(shares)} on {study.label_of(entry.surface)} over the coverage"


def _of(row: CoverageRow, name: str) -> PerLigand:
    found: PerLigand = getattr(row, name)
    return found


def _points(study: Study, rows: Sequence[CoverageRow], name: str) -> list[CoveragePoint]:
    return [
        CoveragePoint(
            row.coverage_per_nm2,
            energy_eV,
            each.uncertainty.total,
            converged=not study.caveat,
            flagged=bool(row.flags),
        )
        for row in rows
        for each in [_of(row, name)]
        if (energy_eV := each.energy_eV) is not None
    ]
