"""Heat maps of passivation matrices for journals."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from analysis.energies.matrix_figures import FLAG, Cell, plot_matrix
from analysis.energies.rows import ReactionRow
from analysis.species_name import SpeciesName
from analysis.style import set_caption
from workflows.findings.words import flag_sentences, level_sentences, level_words
from workflows.study.model import PassivationEntry, Study

QUANTITY = "change of the formation energy by the ligand / eV\n(positive: costs more beside it)"


def draw_matrices(study: Study, rows: Sequence[ReactionRow], columns: str) -> dict[str, Figure]:
    """One heat map, vacancies over ligands, of each matrix with at least one energy."""
    figures: dict[str, Figure] = {}
    for number, entry in enumerate(study.passivation, start=1):
        cells = matrix_cells(entry, rows)
        if all(cell.energy_eV is None for line in cells for cell in line):
            continue
        surface = study.label_of(entry.surface)
        figure = plot_matrix(
            cells,
            [study.label_of(name) for name in entry.vacancies],
            [" + ".join(study.label_of(n) for n in SpeciesName("").plus(each).parts)
             for each in entry.ligands],
            f"Vacancies beside ligands on {surface} ({level_words(study)})",
            columns,
            quantity=QUANTITY,
        )  # fmt: skip
        flags = [flag for row in rows for flag in row.flags]
        star = f"{FLAG}: a structure is not what its name says." if flags else ""
        set_caption(figure, *level_sentences(study), star, *flag_sentences(flags))
        stem = f"passivation-{entry.surface}"
        figures[f"{stem}-{number}" if stem in figures else stem] = figure
    return figures


def matrix_cells(entry: PassivationEntry, rows: Sequence[ReactionRow]) -> list[list[Cell]]:
    """Energies by vacancy and ligand."""
    return [[_cell(entry.surface, ligand, vacancy, rows) for ligand in entry.ligands]
            for vacancy in entry.vacancies]  # fmt: skip


def _cell(surface: str, ligand: str, vacancy: str, rows: Sequence[ReactionRow]) -> Cell:
    name = str(SpeciesName(surface).plus(ligand, vacancy))
    row = next(row for row in rows if name in row.reaction.species)
    return Cell(row.reaction_energy_eV, row.uncertainty.total, bool(row.flags))
