"""Reaction energies with every dispersion correction at the same geometries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from analysis.tables import Table, number
from workflows.findings.findings import Findings
from workflows.findings.words import flag_sentences, level_words
from workflows.recipes.base import Recipe
from workflows.recipes.quantities import SIGNS, quantity_words, signed_eV
from workflows.recipes.reactions import RECIPE as REACTIONS


@dataclass(frozen=True)
class DispersionRow:
    """One reaction.

    Parameters
    ----------
    name
        Name of the reaction.
    by_dispersion_eV
        dE in eV by the dispersion correction.
    flags
        Sentences on species whose relaxed structures are not what their names say.
    """

    name: str
    by_dispersion_eV: Mapping[str, float]
    flags: tuple[str, ...]


class DispersionRecipe(Recipe[None, DispersionRow]):
    """Needs no calculation: the energies of all corrections are stored with each result."""

    name: ClassVar[str] = "dispersion"
    title: ClassVar[str] = "Dispersion"
    chapter: ClassVar[str] = "reliability"
    in_brief: ClassVar[bool] = False

    def asked(self, found: Findings) -> bool:
        """Whether there are reactions."""
        return bool(found.study.reactions)

    def evaluate(self, found: Findings) -> Sequence[DispersionRow]:
        """Reactions whose energies are known."""
        return [
            DispersionRow(row.name, row.by_dispersion_eV, row.flags)
            for row in REACTIONS.rows(found)
            if row.by_dispersion_eV
        ]

    def tables(self, found: Findings) -> list[Table]:
        """One column per correction."""
        rows = [row for row in REACTIONS.rows(found) if row.by_dispersion_eV]
        methods = list(dict.fromkeys(method for row in rows for method in row.by_dispersion_eV))
        lines = [
            (
                row.question,
                quantity_words(row),
                row.name,
                *(
                    number(signed_eV(row, row.by_dispersion_eV.get(method)), 3, sign=True)
                    for method in methods
                ),
                level_words(found.study),
            )
            for row in rows
        ]
        columns = (
            "Question", "Quantity", "Reaction", *(f"Energy, {method} / eV" for method in methods),
            "Level",
        )  # fmt: skip
        foot = (
            "The same relaxed geometries, with other dispersion corrections added to the energy."
            " D3 takes Cs for a neutral atom and overestimates its share; 'without Cs' leaves all"
            " of it out.",
            SIGNS,
        )
        return [
            Table(
                self.title,
                columns,
                tuple(lines),
                foot,
                below=("Level",),
                group=("Question", "Quantity"),
                warnings=flag_sentences(flag for row in rows for flag in row.flags),
            )
        ]


RECIPE = DispersionRecipe()
