"""The part of a study file that asks how far energies are converged."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, Field, model_validator

from slabs.surfaces.slab import Size, surface_cell
from workflows.study.level import Cutoff, KpointLength
from workflows.study.structure_tables import Layers, MoleculeVacuum, Part, SlabVacuum, SurfaceCell

#: Parameters that may be varied, in the order of the tables, and what they are called.
PARAMETERS = {
    "ecut_eV": "plane-wave cutoff / eV",
    "kpoint_length_A": "k-point length / A",
    "layers": "layers of the slabs",
    "vacuum_A": "vacuum of the slabs / A",
    "molecule_vacuum_A": "vacuum of the molecules / A",
    "size": "surface cell",
}


def figure_title(parameter: str) -> str:
    """Title of figures: ``"Convergence with the plane-wave cutoff"``."""
    return f"Convergence with the {PARAMETERS[parameter].partition(' / ')[0]}"


#: Species whose calculations depend on a parameter; molecules have one k-point always.
KINDS = {
    "ecut_eV": ("slab", "molecule", "crystal", "supercell"),
    "kpoint_length_A": ("slab", "crystal", "supercell"),
    "layers": ("slab",),
    "vacuum_A": ("slab",),
    "molecule_vacuum_A": ("molecule",),
    "size": ("slab",),
}


def cells(size: Size) -> int:
    """Number of primitive surface cells in a surface cell."""
    return round(abs(float(np.linalg.det(surface_cell(size)))))


def value_words(value: float | Size) -> str:
    """A value of a parameter in tables and names: ``"400"``, ``"2x2"``."""
    if isinstance(value, str):
        return value
    return f"{value:g}" if isinstance(value, float | int) else "x".join(map(str, value))


def _increasing(measure: Callable[[Any], float], what: str) -> AfterValidator:
    def check(values: list[Any]) -> list[Any]:
        measures = [measure(value) for value in values]
        if len(values) < 2 or any(b <= a for a, b in pairwise(measures)):
            raise ValueError(
                f"{values} must be at least two values, each {what} than the one before"
            )
        return values

    return AfterValidator(check)


LARGER = _increasing(float, "larger")
WIDER = _increasing(cells, "with a larger area")


class ConvergeEntry(Part):
    """Reactions whose energies are calculated with several values of a parameter."""

    reactions: Annotated[list[str], Field(min_length=1)] | None = Field(
        None, description="names of [[reactions]]; default: all"
    )
    ecut_eV: Annotated[list[Cutoff], LARGER] = Field(default=[], description="plane-wave cutoffs")
    kpoint_length_A: Annotated[list[KpointLength], LARGER] = Field(
        default=[], description="k-point densities, as in the level"
    )
    layers: Annotated[list[Layers], LARGER] = Field(
        default=[], description="layers of every surface in the reactions"
    )
    vacuum_A: Annotated[list[SlabVacuum], LARGER] = Field(
        default=[], description="vacuum of every surface in the reactions"
    )
    molecule_vacuum_A: Annotated[list[MoleculeVacuum], LARGER] = Field(
        default=[], description="vacuum between the images of isolated molecules"
    )
    size: Annotated[list[SurfaceCell], WIDER] = Field(
        default=[], description="surface cells of every surface in the reactions"
    )
    tolerance_eV: float = Field(
        0.01,
        description="a reaction is converged in a parameter if its last change is smaller",
        gt=0,
        le=1,
    )
    relax_each: bool = Field(
        False,
        description="cutoff and k-points: relax anew with each value; otherwise energies at the"
        " structures relaxed at [level]",
    )

    @model_validator(mode="after")
    def _something(self) -> ConvergeEntry:
        if not any(getattr(self, parameter) for parameter in PARAMETERS):
            raise ValueError(f"give at least one of {', '.join(PARAMETERS)}")
        return self

    def check(self, reactions: Collection[str], single_point: bool) -> None:
        """Refuse reactions that are not in the study, and contradicting levels.

        Raises
        ------
        ValueError
            One sentence that names the key.
        """
        names = list(reactions) if self.reactions is None else self.reactions
        for name in names:
            if name not in reactions or names.count(name) > 1:
                why = "is named twice" if name in reactions else "is no reaction"
                allowed = ", ".join(map(repr, reactions)) or "none"
                raise ValueError(f"converge.reactions: {name!r} {why}; allowed: {allowed}")
        if not names:
            raise ValueError("[converge] needs [[reactions]]")
        if self.relax_each and single_point:
            raise ValueError(
                "converge.relax_each = true goes with a study without [single_point], whose"
                " relaxations and energies have the same level"
            )
