"""Phase diagrams of surfaces for journals."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from analysis.energies.phase_figures import Region, Scale, plot_regions
from analysis.style import set_caption
from workflows.findings.words import flag_sentences, level_sentences, level_words
from workflows.recipes.surface_phases.evaluation import Diagram
from workflows.recipes.surface_phases.rows import DiagramRow
from workflows.recipes.surface_phases.tables import (
    LEFT_OUT,
    below_zero,
    condition_sentences,
    undecided,
)
from workflows.study.model import Study
from workflows.study.surface_phases import SurfacePhasesEntry


def draw_diagrams(study: Study, diagrams: Sequence[Diagram], columns: str) -> dict[str, Figure]:
    """One map of stable surfaces for each diagram that has one, by the name of its file."""
    if study.chemical_potentials is None:
        return {}
    figures, host = {}, study.chemical_potentials.host
    for number, each in enumerate(diagrams, start=1):
        if each.plane is None or each.cells is None:
            continue
        row, entry = each.row, study.surface_phases[number - 1]
        figure = plot_regions(
            [Region(study.label_of(name), cell) for name, cell in each.cells.items()],
            Region(study.label_of(host), each.plane.region),
            each.plane.window,
            f"{row.name} ({level_words(study)})",
            columns,
            scales=(_scale(row, entry, row.axes[0]), _scale(row, entry, row.axes[1])),
            temperature_K=entry.temperature_K,
        )
        flags = flag_sentences(flag for one in row.surfaces for flag in one.flags)
        doubts = (f"{words}." for words in (*row.remarks, *below_zero(row), *undecided(row)))
        set_caption(
            figure, *level_sentences(study), *condition_sentences(study, row), LEFT_OUT, *doubts,
            *flags,
        )  # fmt: skip
        stem = "surface-phases" if len(study.surface_phases) == 1 else f"surface-phases-{number}"
        figures[stem] = figure
    return figures


def _scale(row: DiagramRow, entry: SurfacePhasesEntry, axis: str) -> Scale:
    reservoir = entry.reservoirs.get(axis)
    if reservoir is None:
        return Scale(axis)
    return Scale(axis, row.fixed_eV[axis], reservoir.standard_free_energy_eV)
