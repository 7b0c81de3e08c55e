"""A screen of ligands on a page."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.style import COLOURS
from workflows.recipes.ligand_screen.rows import LigandScreenRow
from workflows.recipes.ligand_screen.table import FLAG
from workflows.recipes.page import Entry, PageFigure, empty_figure, plain
from workflows.study.ligand_screen_table import LigandScreenEntry


def screen_figures(entry: LigandScreenEntry, rows: Sequence[LigandScreenRow]) -> list[PageFigure]:
    """What the vacancy costs beside each ligand over how strongly the ligand is bound."""
    known = [
        (row, row.binding_energy_eV, row.passivation_energy_eV)
        for row in rows
        if row.binding_energy_eV is not None and row.passivation_energy_eV is not None
    ]
    if not known:
        return []
    figure = empty_figure("binding energy / eV", "vacancy costs more beside it / eV")
    names = [plain(row.ligand) + FLAG * bool(row.flags) for row, _, _ in known]
    figure.add_scatter(
        x=[x for _, x, _ in known], y=[y for _, _, y in known], text=names, name="ligands",
        legendgroup="0", mode="markers+text", textposition="top center",
        marker={"color": COLOURS[0], "size": 8},
        hovertemplate="%{text}: %{x:.3f} eV, %{y:.3f} eV<extra></extra>",
    )  # fmt: skip
    figure.update_layout(hovermode="closest")
    words = "; ".join(
        f"{row.ligand}{FLAG * bool(row.flags)}: bound by {x:.3f} eV, {y:+.3f} eV"
        for row, x, y in known
    )
    if any(row.flags for row, _, _ in known):
        words += f". {FLAG}: a structure or spin is in doubt"
    title = f"{entry.vacancy} beside ligands on {entry.surface}, over their binding"
    return [PageFigure(title, f"{words}.", figure, (Entry("ligands", COLOURS[0], "mark"),))]
