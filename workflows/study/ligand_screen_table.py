"""The table of a study file that compares many ligands."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

from pydantic import Field, model_validator

from workflows.study.ligand_tables import LIST, CandidatesEntry
from workflows.study.structure_tables import Part


class LigandScreenEntry(Part):
    """Many ligands on one surface and beside one vacancy, ranked."""

    surface: str = Field(description="one of [surfaces]")
    ligands: list[str] = Field(
        default=[],
        description="ligands that are compared; default: all of the list that [ligands] names",
    )
    vacancy: str | None = Field(
        None,
        description="of [vacancies] or [defects]: what it costs beside each ligand, against the"
        " clean surface; default: none",
    )
    rank_by: Literal["adsorption", "passivation"] = Field(
        "adsorption",
        description="adsorption: the ligand that is bound most strongly comes first; passivation:"
        " the one beside which the vacancy costs most",
    )
    placements: int = Field(
        1,
        description="largest number of placements of each ligand, as in [[candidates]]",
        ge=1,
        le=200,
    )
    promote: int | None = Field(
        None,
        description="relax all placements at the level of [screening], and only this many from"
        " there at the level of the study",
        ge=2,
        le=200,
    )
    work_function: bool = Field(
        True, description="change of the work function of the upper face by each ligand"
    )
    gap_levels: bool = Field(
        True,
        description="change of the gap by each ligand, and levels of the vacancy in it",
    )
    descriptors: bool = Field(
        True,
        description="frontier levels of each isolated ligand, and the potential around its anchors",
    )

    @model_validator(mode="after")
    def _combination(self) -> LigandScreenEntry:
        if self.rank_by == "passivation" and self.vacancy is None:
            raise ValueError("rank_by = 'passivation' needs vacancy, which is missing")
        if self.promote is not None and self.promote > self.placements:
            raise ValueError(
                f"promote = {self.promote} is more than placements = {self.placements}"
            )
        return self

    def candidates(self) -> list[CandidatesEntry]:
        """The placements of every covered slab, if there are several."""
        if self.placements == 1:
            return []
        given: dict[str, Any] = {"count": self.placements}
        if self.promote is not None:
            given["promote"] = self.promote
        return [
            CandidatesEntry.model_validate({"species": f"{self.surface}.{name}", **given})
            for name in self.ligands
        ]

    def check(
        self, surfaces: Collection[str], ligands: Collection[str], defects: Collection[str]
    ) -> None:
        """Refuse names that the study does not define, and a screen without ligands."""
        if not self.ligands:
            raise ValueError(
                "ligand_screen.ligands is missing; name ligands, or give a list of them:"
                f" {LIST} = 'FILE.csv' in [ligands]"
            )
        for key, names, known in (
            ("surface", [self.surface], surfaces),
            ("ligands", self.ligands, ligands),
            ("vacancy", [self.vacancy] if self.vacancy else [], defects),
        ):
            for name in names:
                if name not in known or names.count(name) > 1:
                    why = "is named twice" if name in known else "is not defined"
                    raise ValueError(
                        f"ligand_screen.{key}: {name!r} {why}; defined:"
                        f" {', '.join(known) or 'none'}"
                    )
