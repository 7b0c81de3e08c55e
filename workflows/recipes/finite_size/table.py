"""Table of a vacancy in several supercells."""

from __future__ import annotations

from analysis.tables import Table, number
from workflows.findings.uncertainty_words import (
    ABOUT,
    uncertainty_cell,
    uncertainty_notes,
    uncertainty_words,
)
from workflows.findings.words import level_words
from workflows.recipes.finite_size.rows import FiniteSizeRow
from workflows.study.model import Study


def finite_size_table(study: Study, row: FiniteSizeRow) -> Table:
    """One supercell per line, the largest last."""
    lines = [
        (
            each.supercell,
            "x".join(map(str, each.size)),
            str(each.atoms),
            number(each.image_distance_A, 2),
            number(each.change_eV, 3, sign=True),
            uncertainty_cell(each.uncertainty),
            uncertainty_words(each.uncertainty),
            level_words(study),
            each.status,
        )
        for each in row.cells
    ]
    columns = (
        "Supercell", "Size", "Atoms", "Distance of images / A", "E_f - E_f(largest) / eV",
        "Uncertainty / eV", ABOUT, "Level", "Status",
    )  # fmt: skip
    known = [
        (each.supercell, each.uncertainty)
        for each in row.cells
        if each.change_eV is not None and not each.uncertainty.by_definition
    ]
    foot = (
        "E_f - E_f(largest): formation energy of the vacancy against that in the largest supercell;"
        " chemical potentials cancel.",
        trend_sentence(row),
        *uncertainty_notes(known),
    )
    below = (ABOUT, "Level", "Status")
    title = f"Finite size: {row.vacancy} in {row.crystal}"
    return Table(title, columns, tuple(lines), foot, below, (ABOUT,))


def trend_sentence(row: FiniteSizeRow) -> str:
    """Where the energies go, or why that is not known."""
    if row.trend is None:
        return "Three supercells or more would show where the energies go."
    return (
        f"Line over the inverse volume: {row.trend.limit_eV:+.3f} eV for an infinite supercell,"
        f" from which the points are off by {row.trend.deviation_eV:.3f} eV."
    )
