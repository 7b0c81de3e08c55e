"""Table of charged point defects in the bulk."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from workflows.study.energy_tables import SpeciesEntry
from workflows.study.structure_tables import Part

Permittivity = Annotated[float, Field(ge=1, le=10000)]
#: The two ways to give a permittivity, as pydantic names them in places of errors.
TENSOR_KINDS = ("one number", "three numbers")
Tensor = Annotated[
    Annotated[Permittivity, Tag(TENSOR_KINDS[0])]
    | Annotated[list[Permittivity], Field(min_length=3, max_length=3), Tag(TENSOR_KINDS[1])],
    Discriminator(lambda given: TENSOR_KINDS[isinstance(given, list)]),
]
Charge = Annotated[int, Field(ge=-4, le=4)]


class DielectricConstant(Part):
    """Relative permittivities of a crystal, which no task calculates."""

    electronic: Tensor = Field(
        description="at fixed nuclei: one number, or those along x, y and z of the supercell;"
        " used with positions = 'neutral'"
    )
    static: Tensor = Field(
        description="of electrons and nuclei together, in the same way; used with positions ="
        " 'relaxed'"
    )
    source: str = Field(description="where the two come from", min_length=1)

    @model_validator(mode="after")
    def _order(self) -> Self:
        pairs = zip(diagonal(self.electronic), diagonal(self.static), strict=True)
        if any(electronic > static for electronic, static in pairs):
            raise ValueError(
                f"electronic = {self.electronic} is larger than static = {self.static}; static"
                " counts the response of the electrons too"
            )
        return self


def diagonal(tensor: Tensor) -> tuple[float, float, float]:
    """A permittivity along x, y and z."""
    x, y, z = tensor if isinstance(tensor, list) else [tensor] * 3
    return x, y, z


class ChargedDefectEntry(SpeciesEntry):
    """Charge states of a point defect in a supercell: formation energies, transition levels."""

    species: str = Field(description="a supercell with one vacancy, such as 'bulk.V_I'")
    charges: Annotated[list[Charge], Field(min_length=1, max_length=9)] = Field(
        description="in units of e, such as [0, 1]: +1 has an electron less than the neutral one"
    )
    dielectric_constant: DielectricConstant = Field(
        description="relative permittivities of the crystal, for the interaction of periodic images"
    )
    positions: Literal["relaxed", "neutral"] = Field(
        "relaxed",
        description="relaxed: each charge state is relaxed, starting from the neutral one; neutral:"
        " all keep the positions of the neutral one, for vertical transitions",
    )
    reservoirs: dict[str, str] = Field(
        default={},
        description="without [chemical_potentials]: for each element that leaves the molecule or"
        ' crystal of this element alone that it goes to, such as {I = "I2"}',
    )

    @model_validator(mode="after")
    def _combination(self) -> Self:
        if len(set(self.charges)) != len(self.charges):
            raise ValueError(f"charges = {self.charges} names one of them twice")
        if not any(self.charges):
            raise ValueError(
                "charges = [0] asks for the neutral defect alone; give a charge such as 1 too"
            )
        return self


def check_charged_defects(
    entries: Sequence[ChargedDefectEntry],
    phases: Collection[str],
    *,
    has_potentials: bool,
) -> None:
    """Refuse what is asked for twice, and reservoirs that are not known or not used.

    Parameters
    ----------
    entries
        Of the study.
    phases
        Names of its crystals and molecules.
    has_potentials
        Whether it has [chemical_potentials].
    """
    asked = [(entry.species, entry.positions) for entry in entries]
    for number, entry in enumerate(entries):
        place = f"charged_defects.{number}"
        if asked.count((entry.species, entry.positions)) > 1:
            raise ValueError(
                f"{place}.species: {entry.species!r} with positions = {entry.positions!r} is asked"
                " for twice; give one entry with all charges"
            )
        if entry.reservoirs and has_potentials:
            raise ValueError(
                f"{place}.reservoirs: [chemical_potentials] gives the chemical potentials; leave"
                " reservoirs away"
            )
        for element, name in entry.reservoirs.items():
            if name not in phases:
                raise ValueError(
                    f"{place}.reservoirs.{element}: {name!r} is not allowed; allowed:"
                    f" {', '.join(phases) or 'none'}"
                )
