"""The table of a study file about the coverage of a surface with ligands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Annotated

from pydantic import Field, model_validator

from workflows.study.structure_tables import Part

#: A number of ligands may differ from a whole number by this much.
WHOLE = 1e-3
#: Shares add up to one within this.
SHARES = 1e-6


class CoverageEntry(Part):
    """Ligands on a share of the sites of a cell, in every distinct arrangement."""

    surface: str = Field(description="one of [surfaces]; its size is the cell")
    ligands: Annotated[
        dict[str, Annotated[float, Field(gt=0, le=1)]], Field(min_length=1, max_length=10)
    ] = Field(description="share of each ligand: {OAm = 1.0}, or {OAm = 0.5, OA = 0.5}")
    coverage: Annotated[
        list[Annotated[float, Field(gt=0, le=1)]], Field(min_length=1, max_length=20)
    ] = Field(
        description="ligands per site of the first ligand's kind on the upper face, rising; each"
        " must give whole numbers of ligands"
    )
    arrangements: int = Field(
        10,
        description="largest number of arrangements that are relaxed at each coverage, those of"
        " the best scores",
        ge=1,
        le=200,
    )

    @model_validator(mode="after")
    def _combination(self) -> CoverageEntry:
        total = sum(self.ligands.values())
        if abs(total - 1.0) > SHARES:
            raise ValueError(f"ligands: the shares add up to {total:g}; they must add up to 1")
        if list(self.coverage) != sorted(set(self.coverage)):
            raise ValueError(f"coverage = {self.coverage} must rise")
        return self

    def numbers(self, coverage: float, sites: int) -> dict[str, int] | None:
        """How many of each ligand are on a number of sites; None if these are no whole numbers.

        Examples
        --------
        >>> pair = CoverageEntry(
        ...     surface="slab", ligands={"OAm": 0.5, "OA": 0.5}, coverage=[0.25, 0.5]
        ... )
        >>> pair.numbers(0.5, 4), pair.numbers(0.25, 4)
        ({'OAm': 1, 'OA': 1}, None)
        """
        exact = {name: coverage * sites * share for name, share in self.ligands.items()}
        whole = {name: round(number) for name, number in exact.items()}
        good = all(n > 0 and abs(n - exact[name]) < WHOLE for name, n in whole.items())
        return whole if good else None

    def allowed(self, sites: int) -> list[float]:
        """Coverages that give whole numbers of all ligands on a number of sites."""
        shares = [number / sites for number in range(1, sites + 1)]
        return [share for share in shares if self.numbers(share, sites) is not None]

    def holds(self, surface: str, ligands: Sequence[str], sites: int) -> bool:
        """Whether a covered slab is one of these coverages."""
        if surface != self.surface or set(ligands) != set(self.ligands):
            return False
        return any(self.numbers(each, sites) == Counter(ligands) for each in self.coverage)

    def check(self, place: str, surfaces: Collection[str], ligands: Collection[str]) -> None:
        """Refuse names that the study does not define."""
        for key, names, known in (
            ("surface", [self.surface], surfaces),
            ("ligands", self.ligands, ligands),
        ):
            for name in names:
                if name not in known:
                    raise ValueError(
                        f"{place}.{key}: {name!r} is not defined; defined:"
                        f" {', '.join(known) or 'none'}"
                    )
