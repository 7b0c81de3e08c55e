"""The tables of a study file on point defects in the bulk."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated

from pydantic import Field

from workflows.study.structure_tables import Cell3, Part


class SupercellEntry(Part):
    """A repeated crystal, for point defects in the bulk."""

    crystal: str = Field(
        description="one of [crystals], relaxed first at the level of the study; the supercell"
        " keeps its lattice, and all atoms move"
    )
    size: Cell3 = Field(description="repetitions of its cell along the three vectors")


class FiniteSizeEntry(Part):
    """Energies of one vacancy in several supercells."""

    vacancy: str = Field(description="one of [vacancies]")
    supercells: Annotated[list[str], Field(min_length=2)] = Field(
        description="of [supercells], all of one crystal, from the smallest to the largest"
    )


def check_supercells(
    supercells: Mapping[str, SupercellEntry],
    trends: Sequence[FiniteSizeEntry],
    crystals: Collection[str],
    vacancies: Collection[str],
) -> None:
    """Refuse names that the study does not define, and trends over several crystals.

    Parameters
    ----------
    supercells, trends
        Of the study.
    crystals, vacancies
        Names that it defines.
    """
    for name, entry in supercells.items():
        if entry.crystal not in crystals:
            raise ValueError(
                f"supercells.{name}.crystal: {entry.crystal!r} is not allowed; allowed:"
                f" {', '.join(crystals) or 'none'}"
            )
    for number, trend in enumerate(trends):
        for key, names, allowed in (
            ("vacancy", [trend.vacancy], vacancies),
            ("supercells", trend.supercells, supercells),
        ):
            for name in names:
                if name not in allowed:
                    raise ValueError(
                        f"finite_size.{number}.{key}: {name!r} is not allowed; allowed:"
                        f" {', '.join(allowed) or 'none'}"
                    )
        different = dict.fromkeys(supercells[name].crystal for name in trend.supercells)
        if len(different) > 1:
            raise ValueError(
                f"finite_size.{number}.supercells: of {' and '.join(different)}; give supercells of"
                " one crystal"
            )
