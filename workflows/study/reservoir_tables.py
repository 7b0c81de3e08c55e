"""Tables of what exchanges atoms with a slab: molecules, crystals, their chemical potentials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from slabs.crystals.prototypes import PROTOTYPES
from workflows.study.structure_tables import Bulk, Multiplicity, Part, Surface, check_bulk

Length = Annotated[float, Field(gt=0, le=200)]


class Reservoir(Part):
    """What crystals and molecules have in common as phases."""

    published_formation_energy_eV: float | None = Field(
        None, description="per formula unit from the elements, shown beside ours"
    )
    published_formation_source: str | None = Field(None, description="where it was published")

    @model_validator(mode="after")
    def _source(self) -> Self:
        energy = self.published_formation_energy_eV
        if energy is not None and self.published_formation_source is None:
            raise ValueError("published_formation_energy_eV needs published_formation_source")
        return self


class Molecule(Reservoir):
    """An isolated molecule that takes part in reactions, such as I2."""

    smiles: str = Field(
        description="SMILES of a neutral molecule or of an ion pair such as 'CCCC[NH3+].[I-]'",
        max_length=3000,
    )
    multiplicity: Multiplicity | None = Field(
        None,
        description="2S + 1; default: 1, for odd electrons 2, for O2 and the like that of the"
        " ground state; needed for magnetic ions",
    )


class CrystalEntry(Reservoir, Bulk):
    """A bulk crystal that is relaxed: its volume, or its cell with all atoms."""

    prototype: Literal[tuple(PROTOTYPES)] = Field(  # type: ignore[valid-type]
        "perovskite", description="; ".join(f"{k}: {v}" for k, v in PROTOTYPES.items())
    )
    relax: Literal["volume", "cell"] = Field(
        "volume",
        description="volume: equation of state of a crystal whose atoms all sit on symmetry"
        " positions; cell: cell and atoms by their stress and forces",
    )
    strains: list[Annotated[float, Field(ge=-0.2, le=0.2)]] = Field(
        default=[-0.03, -0.015, 0.0, 0.015, 0.03],
        description="relative changes of the lattice constant, at least five",
        min_length=5,
        max_length=25,
    )
    kpoint_length_A: float | None = Field(
        None,
        description="k-point density of this crystal; without it the level's. A crystal"
        " with a density of its own is a check and cannot take part in reactions",
        ge=1,
        le=200,
    )
    published_lattice_constant_A: Length | None = Field(None, description="shown beside ours")
    published_source: str | None = Field(None, description="where it was published")

    @model_validator(mode="after")
    def _combination(self) -> CrystalEntry:
        if (self.material is None) == (self.file is None):
            raise ValueError("give exactly one of material and file")
        check_bulk(self, "material" if self.material else "file")
        own = ("file", "phase", "tilts_deg", "mixing", "cation_axis")
        given = [key for key in own if key in self.model_fields_set]
        if self.prototype != "perovskite" and given:
            raise ValueError(
                f"{given[0]} goes with prototype = 'perovskite', not {self.prototype!r}"
            )
        if self.relax == "cell" and "strains" in self.model_fields_set:
            raise ValueError("strains go with relax = 'volume', not with 'cell'")
        return self


class ChemicalPotentials(Part):
    """Chemical potentials at which a crystal is stable, and energies that depend on them."""

    host: str = Field(description="the crystal, one of [crystals]")
    phases: Annotated[list[str], Field(min_length=1)] = Field(
        description="competing phases, and at least one elemental phase of each element: of"
        " [crystals] or [molecules]"
    )
    element: str = Field(
        "I", description="whose chemical potential is poor or rich, and varied in the figures"
    )
    formation: list[str] = Field(
        default=[],
        description="slabs with point defects and supercells with vacancies, for formation"
        " energies per defect",
    )
    surfaces: list[str] = Field(
        default=[], description="of [surfaces], cut from the host and alike on both faces"
    )

    def check(
        self, crystals: Iterable[str], molecules: Iterable[str], surfaces: Mapping[str, Surface]
    ) -> None:
        """Refuse names that the study does not define, and surfaces whose energy has no meaning.

        Parameters
        ----------
        crystals, molecules
            Names of the study.
        surfaces
            Its surfaces by name.
        """
        for key, names, allowed in (
            ("host", [self.host], list(crystals)),
            ("phases", self.phases, [n for n in (*crystals, *molecules) if n != self.host]),
            ("surfaces", self.surfaces, list(surfaces)),
        ):
            for name in names:
                if name not in allowed or names.count(name) > 1:
                    why = "is named twice" if name in allowed else "is not allowed"
                    raise ValueError(
                        f"chemical_potentials.{key}: {name!r} {why}; allowed:"
                        f" {', '.join(allowed) or 'none'}"
                    )
        for name in self.surfaces:
            surface = surfaces[name]
            if surface.crystal != self.host:
                raise ValueError(
                    f"chemical_potentials.surfaces: {name!r} must be cut from the relaxed host,"
                    " whose strain would count as surface energy otherwise; give"
                    f" surfaces.{name}.crystal = {self.host!r}"
                )
            if surface.bottom_termination not in (None, surface.termination):
                raise ValueError(
                    f"chemical_potentials.surfaces: {name!r} has two terminations, whose energies"
                    " cannot be told apart; leave bottom_termination away"
                )
