"""Table of barriers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from slabs.surfaces.vacancies import DEPTHS
from workflows.study.energy_tables import SpeciesEntry

Length = Annotated[float, Field(gt=0, le=200)]


class BarrierEntry(SpeciesEntry):
    """Barrier of the hop of a vacancy to a neighbouring site."""

    name: str = Field(description="what the row is called", min_length=1, max_length=80)
    species: str = Field(
        description="slab or supercell whose last part is a vacancy of a single atom, such as"
        " 'slab.OAm.V_I' or 'bulk.V_I': where the hop begins"
    )
    to: Literal[tuple(DEPTHS)] = Field(  # type: ignore[valid-type]
        "surface",
        description="layer of a slab that the vacancy goes to, to the nearest ion of its kind; "
        + "; ".join(f"{k}: {v}" for k, v in DEPTHS.items()),
    )
    direction: Annotated[list[float], Field(min_length=3, max_length=3)] | None = Field(
        None,
        description="only hops of the vacancy along this vector, x, y and z, such as [1, 1, 0]:"
        " of those up to a quarter longer than the shortest the one closest to it",
    )
    near: Literal["nearest", "farthest"] = Field(
        "nearest",
        description="which of equally long hops, by the distance of its end from the ligands",
    )
    images: int = Field(
        5, description="structures between both ends; the highest one climbs", ge=3, le=31
    )
    charge: int = Field(
        0, description="of the cell; other than 0 is refused, as energies of charged slabs are"
    )
    compare_with: str | None = Field(
        None,
        description="name of another of [[barriers]], such as that of the clean surface, whose"
        " barrier is subtracted",
    )
    temperature_K: float = Field(300.0, description="for rates", gt=0, le=5000)
    prefactor_per_s: float = Field(
        1e13,
        description="for rates: that of harmonic transition-state theory, assumed and not"
        " calculated",
        ge=1e10,
        le=1e15,
    )

    @model_validator(mode="after")
    def _no_null_vector(self) -> Self:
        if self.direction is not None and not any(self.direction):
            raise ValueError("direction must not be [0, 0, 0]")
        return self


def check_barriers(entries: Sequence[BarrierEntry]) -> None:
    """Refuse equal names, and comparisons with what is no other barrier."""
    names = [entry.name for entry in entries]
    for number, entry in enumerate(entries):
        if names.count(entry.name) > 1:
            raise ValueError(f"two barriers are called {entry.name!r}")
        others = [name for name in names if name != entry.name]
        if entry.compare_with is not None and entry.compare_with not in others:
            raise ValueError(
                f"barriers.{number}.compare_with: {entry.compare_with!r} is no other barrier;"
                f" names: {', '.join(others) or 'none'}"
            )
