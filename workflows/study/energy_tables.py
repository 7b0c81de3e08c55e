"""Tables of energies: reactions, and what is compared with them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from analysis.energies.reactions import LedgerError, parse_reaction
from workflows.study.structure_tables import Part

Length = Annotated[float, Field(gt=0, le=200)]


class ReactionEntry(Part):
    """A reaction whose energy is wanted, dE = E(products) - E(reactants)."""

    name: str = Field(description="what the row is called", min_length=1, max_length=80)
    equation: str = Field(description="for example 'slab + OAm -> slab.OAm'")
    question: str | None = Field(
        None,
        description="heading under which tables show it; default: from the equation, such as"
        " 'Adsorption' or 'Vacancy formation'",
        min_length=1,
        max_length=80,
    )
    published_binding_energy_eV: float | None = Field(
        None, description="published -dE, shown beside ours"
    )
    published_reaction_energy_eV: float | None = Field(
        None, description="published dE, shown beside ours"
    )
    published_source: str | None = Field(None, description="where it was published")

    @model_validator(mode="after")
    def _combination(self) -> ReactionEntry:
        try:
            parse_reaction(self.equation)
        except LedgerError as error:
            raise ValueError(str(error)) from error
        given = (self.published_binding_energy_eV, self.published_reaction_energy_eV)
        if all(value is not None for value in given):
            raise ValueError(
                "give one of published_binding_energy_eV and published_reaction_energy_eV"
            )
        if any(value is not None for value in given) and self.published_source is None:
            raise ValueError("a published value needs published_source")
        return self


class SpeciesEntry(Part):
    """A species that something is calculated for."""

    species: str = Field(description="name as in reactions")


class SplitEntry(SpeciesEntry):
    """Adsorption energy of a species, split into interaction and deformation."""

    species: str = Field(description="a slab with one kind of ligand or several")


class SpinOrbitCheckEntry(Part):
    """Change of a reaction energy by spin-orbit coupling, at the relaxed structures."""

    reaction: str = Field(description="name of one of [[reactions]]")


class BasinCheckEntry(SpeciesEntry):
    """The bare slab relaxed once more from where a ligand left it; the lower energy counts."""

    species: str = Field(description="a slab with ligands that replace nothing, no vacancies")


class PassivationEntry(Part):
    """How much less a vacancy costs beside each ligand than on the clean surface."""

    surface: str = Field(description="one of [surfaces]")
    ligands: Annotated[list[str], Field(min_length=1)] = Field(
        description="ligands, or several of them joined by dots: 'OAm', 'OAm.OA'"
    )
    vacancies: Annotated[list[str], Field(min_length=1)] = Field(
        description="of [vacancies] or [defects]"
    )
