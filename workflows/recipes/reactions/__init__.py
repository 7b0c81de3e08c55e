"""Energies of reactions: adsorption, formation of vacancies, exchange."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.energies.reactions import Reaction, parse_reaction, quantity, question
from analysis.energies.rows import Published, ReactionRow, reaction_row
from analysis.tables import MISSING, Shown, Table, number
from workflows.findings.findings import Findings
from workflows.findings.uncertainty import uncertainty_of
from workflows.findings.uncertainty_words import (
    ABOUT,
    uncertainty_cell,
    uncertainty_notes,
    uncertainty_words,
)
from workflows.findings.words import flag_sentences, grouped_notes, level_sentences, level_words
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.base import Recipe, RowEnergy, plain
from workflows.recipes.quantities import (
    SIGNS,
    difference_eV,
    published_eV,
    quantity_words,
    signed_eV,
)
from workflows.study.energy_tables import ReactionEntry
from workflows.study.model import Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workflows.recipes.page import PageFigure

#: Columns of CSV that hold one quantity alone.
BY_QUANTITY = {"E_b / eV": "binding", "E_f / eV": "formation"}


class ReactionsRecipe(Recipe[tuple[Reaction, ...], ReactionRow]):
    """``[[reactions]]``: the energies that are wanted, as equations."""

    name: ClassVar[str] = "reactions"
    title: ClassVar[str] = "Energies"
    chapter: ClassVar[str] = "results"

    def plan(self, planner: SpeciesPlanner) -> tuple[Reaction, ...]:
        """Plan all species of all equations, in the order of the study."""
        reactions = []
        for number_, entry in enumerate(planner.study.reactions):
            place = f"reactions.{number_} ({entry.name})"
            planner.comparable(parse_reaction(entry.equation).species, place)
            reactions.append(planner.balanced(entry.equation, place))
        return tuple(reactions)

    def evaluate(self, found: Findings) -> Sequence[ReactionRow]:
        """The reactions of the study, those of one question after each other."""
        rows = []
        known = found.study.point_defects
        vacancies = [name for name, each in known.items() if each.kind == "vacancy"]
        others = [name for name in known if name not in vacancies]
        for entry, reaction in zip(found.study.reactions, self.planned(found.plan), strict=True):
            asked = question(reaction, vacancies, others)
            row = reaction_row(
                entry.name,
                reaction,
                found.species,
                published(entry),
                entry.question or asked,
                quantity=quantity(asked),
                uncertainty=uncertainty_of(found, reaction.weights),
            )
            rows.append(row)
        order = list(dict.fromkeys((row.question, row.quantity) for row in rows))
        return sorted(rows, key=lambda row: order.index((row.question, row.quantity)))

    def document(self, found: Findings) -> list[dict[str, Any]]:
        """The rows with the level of theory."""
        return [reaction_document(row, found.study) for row in self.rows(found)]

    def tables(self, found: Findings) -> list[Table]:
        """Adsorption and formation energies."""
        return [_table(found, self.rows(found))]

    def missing(self, found: Findings) -> list[str]:
        """Reactions without an energy."""
        return missing_energies(self.rows(found))

    def row_energies(self, found: Findings) -> list[RowEnergy]:
        """All reactions."""
        return energies_of_rows(self.rows(found), found.study.title)

    def figures(self, found: Findings, columns: str, **options: Any) -> dict[str, Figure]:
        """Energies beside published values, and binding energies over the coverage."""
        from workflows.recipes.reactions.figures import draw_energies

        return draw_energies(found.study, self.rows(found), columns)

    def page_figures(self, found: Findings) -> list[PageFigure]:
        """Energies beside published values."""
        from workflows.recipes.reactions.page import energy_figures

        return energy_figures(found.study, self.rows(found))


RECIPE = ReactionsRecipe()


def published(entry: ReactionEntry) -> Published | None:
    """The published value that the study gives for a reaction."""
    source = entry.published_source or ""
    if entry.published_binding_energy_eV is not None:
        return Published(entry.published_binding_energy_eV, "binding", source)
    if entry.published_reaction_energy_eV is not None:
        return Published(entry.published_reaction_energy_eV, "reaction", source)
    return None


def missing_energies(rows: Sequence[ReactionRow]) -> list[str]:
    """Reactions without an energy, each with the reason."""
    return [
        f"{row.name} ({row.reaction.equation}): {row.status}"
        for row in rows
        if row.reaction_energy_eV is None
    ]


def energies_of_rows(rows: Sequence[ReactionRow], table: str) -> list[RowEnergy]:
    """Rows of the table with this title, in which they stand in the same order."""
    return [
        RowEnergy(row.name, row.reaction.species, "".join(missing_energies([row])), table, place)
        for place, row in enumerate(rows)
    ]


def reaction_document(row: ReactionRow, study: Study) -> dict[str, Any]:
    """A reaction for programs; energies are unrounded, in eV."""
    given = row.published
    return {
        "name": row.name,
        "question": row.question,
        "equation": row.reaction.equation,
        "quantity": f"{row.quantity}_energy",
        "reaction_energy_eV": row.reaction_energy_eV,
        "binding_energy_eV": row.binding_energy_eV,
        "uncertainty_eV": row.uncertainty.total,
        "uncertainty_parts_eV": dict(row.uncertainty.parts),
        "uncertainty_lacks": list(row.uncertainty.lacks),
        "functional_error_eV": row.functional_error_eV,
        "by_dispersion_eV": dict(row.by_dispersion_eV),
        "published_eV": given.value_eV if given else None,
        "published_quantity": given.quantity if given else None,
        "published_source": given.source if given else None,
        "difference_eV": row.difference_eV,
        "level": study.level_name,
        "caveat": study.caveat,
        "status": row.status,
        "atoms": row.atoms,
        "coverage_per_nm2": row.coverage_per_nm2,
        "notes": list(row.notes),
        "flags": list(row.flags),
        "terms": plain(row.terms),
    }


def _table(found: Findings, rows: Sequence[ReactionRow]) -> Table:
    study = found.study
    columns = (
        "Question", "Quantity", "Reaction", "Equation", "Energy / eV", "Uncertainty / eV",
        "Published / eV", "Difference / eV", "Atoms", "Coverage / nm^-2", ABOUT, *BY_QUANTITY,
        "dE / eV", "Level", "Status",
    )  # fmt: skip
    flags = [flag for row in rows for flag in row.flags]
    foot = (
        *level_sentences(study),
        SIGNS,
        *(["Difference: this work minus the published value."] if _compared(rows) else []),
        *uncertainty_notes([(row.name, row.uncertainty) for row in rows]),
        *(f"{n}." for n in grouped_notes(n for r in rows for n in r.notes if n not in flags)),
        *dict.fromkeys(f"Published: {row.published.source}." for row in rows if row.published),
    )
    return Table(
        study.title,
        columns,
        tuple(_cells(study, row) for row in rows),
        foot,
        below=("Equation", ABOUT, "Level", "Status"),
        not_in_print=(ABOUT,),
        group=("Question", "Quantity"),
        detail=("Atoms", "Coverage / nm^-2"),
        warnings=flag_sentences(flags),
        only_in_csv=(*BY_QUANTITY, "dE / eV", *(() if _compared(rows) else PUBLISHED)),
        key="reactions",
    )


#: Columns that nobody needs to see where the study gives no published value.
PUBLISHED = ("Published / eV", "Difference / eV")


def _compared(rows: Sequence[ReactionRow]) -> bool:
    return any(row.published for row in rows)


def _cells(study: Study, row: ReactionRow) -> tuple[str, ...]:
    """A row of the table, its energies in the sign convention of its quantity."""
    energy, given = signed_eV(row, row.reaction_energy_eV), published_eV(row)
    return (
        row.question,
        quantity_words(row),
        row.name,
        row.reaction.equation,
        number(energy, 3, sign=True),
        uncertainty_cell(row.uncertainty),
        MISSING if given is None else Shown(f"{given:+g}", given),
        number(difference_eV(row), 3, sign=True),
        str(row.atoms),
        number(row.coverage_per_nm2, 2),
        uncertainty_words(row.uncertainty),
        *(number(energy if row.quantity == each else None, 3) for each in BY_QUANTITY.values()),
        number(row.reaction_energy_eV, 3, sign=True),
        level_words(study),
        row.status,
    )
