"""Heat maps of passivation matrices for journals."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from analysis.energies.matrices import FLAG, Cell, EnergyMatrix
from analysis.energies.matrix_figures import plot_matrix
from analysis.energies.rows import ReactionRow
from analysis.species_name import SpeciesName
from analysis.style import set_caption
from workflows.findings.words import flag_sentences, level_sentences, level_words
from workflows.study.energy_tables import PassivationEntry
from workflows.study.model import Study

QUANTITY = "change of the formation energy by the ligand / eV\n(positive: costs more beside it)"


def draw_matrices(study: Study, rows: Sequence[ReactionRow], columns: str) -> dict[str, Figure]:
    """One heat map, vacancies over ligands, of each matrix with at least one energy."""
    figures: dict[str, Figure] = {}
    flags = [flag for row in rows for flag in row.flags]
    star = f"{FLAG}: a structure or spin is in doubt." if flags else ""
    for number, entry in enumerate(study.passivation, start=1):
        matrix = energy_matrix(study, entry, rows)
        if not matrix.empty:
            stem = f"passivation-{entry.surface}"
            stem = f"{stem}-{number}" if stem in figures else stem
            figures[stem] = plot_matrix(matrix, columns)
            set_caption(figures[stem], *level_sentences(study), star, *flag_sentences(flags))
    return figures


def energy_matrix(
    study: Study, entry: PassivationEntry, rows: Sequence[ReactionRow]
) -> EnergyMatrix:
    """Energies by vacancy and ligand."""
    surface = study.label_of(entry.surface)
    ligands = [SpeciesName("").plus(each).parts for each in entry.ligands]
    return EnergyMatrix(
        f"Vacancies beside ligands on {surface} ({level_words(study)})",
        QUANTITY,
        tuple(study.label_of(name) for name in entry.vacancies),
        tuple(" + ".join(map(study.label_of, parts)) for parts in ligands),
        tuple(
            tuple(_cell(entry.surface, ligand, vacancy, rows) for ligand in entry.ligands)
            for vacancy in entry.vacancies
        ),
    )


def _cell(surface: str, ligand: str, vacancy: str, rows: Sequence[ReactionRow]) -> Cell:
    name = str(SpeciesName(surface).plus(ligand, vacancy))
    row = next(row for row in rows if name in row.reaction.species)
    return Cell(row.reaction_energy_eV, row.uncertainty.total, bool(row.flags))
