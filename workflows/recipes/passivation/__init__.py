"""Vacancies beside ligands against the clean surface; no chemical potential enters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.energies.reactions import Reaction, passivation_equations
from analysis.energies.rows import ReactionRow, reaction_row
from analysis.species_name import SpeciesName
from analysis.tables import Table, number
from workflows.findings.findings import Findings
from workflows.findings.uncertainty import uncertainty_of
from workflows.findings.uncertainty_words import (
    ABOUT,
    uncertainty_cell,
    uncertainty_notes,
    uncertainty_words,
)
from workflows.findings.words import flag_sentences, grouped_notes, level_words
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.base import Recipe, RowEnergy
from workflows.recipes.defect_counts import defects_per_cell
from workflows.recipes.reactions import energies_of_rows, missing_energies, reaction_document
from workflows.species.point_defects import UNLIKE
from workflows.study.energy_tables import PassivationEntry
from workflows.study.errors import StudyError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workflows.recipes.page import PageFigure

FOOT = (
    "'V beside L': E(L.V) + E(clean) - E(L) - E(V) > 0 means that the vacancy costs more"
    " beside the ligands than on the clean surface; 'A and B together': > 0 means that the two"
    " ligands repel each other. Both count per vacancy and per face."
)
#: Below the table of a slab with several kinds of the ion that leaves.
MIXED = (
    "Where the vacancies beside the ligands and of the clean surface are ions of different kinds,"
    " the difference of these kinds is part of dE."
)


class PassivationRecipe(Recipe[tuple[tuple[str, Reaction], ...], ReactionRow]):
    """``[[passivation]]``: a matrix of vacancies and ligands."""

    name: ClassVar[str] = "passivation"
    title: ClassVar[str] = "Passivation"
    chapter: ClassVar[str] = "passivation"

    def plan(self, planner: SpeciesPlanner) -> tuple[tuple[str, Reaction], ...]:
        """Plan all equations of all matrices; returns their names and reactions."""
        found: list[tuple[str, Reaction]] = []
        for number_, entry in enumerate(planner.study.passivation):
            place = f"passivation.{number_}"
            _check(planner, entry, place)
            faces = 2 if planner.study.surfaces[entry.surface].sides == "two" else 1
            numbers = {
                v: defects_per_cell(planner, entry.surface, v, place) for v in entry.vacancies
            }
            equations = passivation_equations(entry.surface, entry.ligands, numbers, faces)
            found += [(name, planner.balanced(equation, place)) for name, equation in equations]
        return tuple(found)

    def evaluate(self, found: Findings) -> Sequence[ReactionRow]:
        """One row per equation."""
        return [
            reaction_row(
                name,
                reaction,
                found.species,
                uncertainty=uncertainty_of(found, reaction.weights),
            )
            for name, reaction in self.planned(found.plan)
        ]

    def document(self, found: Findings) -> list[dict[str, Any]]:
        """The rows with the level of theory."""
        return [reaction_document(row, found.study) for row in self.rows(found)]

    def tables(self, found: Findings) -> list[Table]:
        """One equation per row."""
        rows = self.rows(found)
        lines = [
            (
                row.name,
                row.reaction.equation,
                number(row.reaction_energy_eV, 3, sign=True),
                uncertainty_cell(row.uncertainty),
                uncertainty_words(row.uncertainty),
                level_words(found.study),
                row.status,
            )
            for row in rows
        ]
        columns = (
            "Comparison", "Equation", "dE / eV", "Uncertainty / eV", ABOUT, "Level", "Status",
        )  # fmt: skip
        uncertain = uncertainty_notes([(row.name, row.uncertainty) for row in rows])
        foot = (FOOT, *uncertain, *_unlike(found, rows))
        below = ("Equation", ABOUT, "Level", "Status")
        flags = flag_sentences(flag for row in rows for flag in row.flags)
        return [Table(self.title, columns, tuple(lines), foot, below, (ABOUT,), warnings=flags)]

    def missing(self, found: Findings) -> list[str]:
        """Equations without an energy."""
        return missing_energies(self.rows(found))

    def row_energies(self, found: Findings) -> list[RowEnergy]:
        """All equations."""
        return energies_of_rows(self.rows(found), self.title)

    def figures(self, found: Findings, columns: str, **options: Any) -> dict[str, Figure]:
        """A heat map of each matrix."""
        from workflows.recipes.passivation.figures import draw_matrices

        return draw_matrices(found.study, self.rows(found), columns)

    def page_figures(self, found: Findings) -> list[PageFigure]:
        """A heat map of each matrix of more than one energy."""
        from workflows.recipes.passivation.page import passivation_figures

        return passivation_figures(found.study, self.rows(found))


def _unlike(found: Findings, rows: Sequence[ReactionRow]) -> list[str]:
    """Sentences on vacancies of ions of several kinds, which a comparison may mix."""
    notes = [
        f"{name}: {note.partition(': ')[2]}"
        for row in rows
        for name in row.reaction.species
        for note in found.species[name].structure.notes
        if UNLIKE in note
    ]
    return [*([MIXED] if notes else []), *(f"{note}." for note in grouped_notes(notes))]


def _check(planner: SpeciesPlanner, entry: PassivationEntry, place: str) -> None:
    """Refuse names that the study does not define."""
    study = planner.study
    ligands = [part for each in entry.ligands for part in SpeciesName("").plus(each).parts]
    for key, names, known in (
        ("surface", [entry.surface], study.surfaces),
        ("ligands", ligands, study.ligands),
        ("vacancies", entry.vacancies, study.point_defects),
    ):
        for name in names:
            if name not in known:
                raise StudyError(
                    f"{planner.file}: {place}.{key}: {name!r} is not defined; defined:"
                    f" {', '.join(known) or 'none'}"
                )


RECIPE = PassivationRecipe()
