"""The parts of a study file that describe vibrations and free energies."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from workflows.study.level import HYBRID_FUNCTIONALS, Level
from workflows.study.structure_tables import Part


class FiniteDifferences(Part):
    """How force constants are calculated."""

    near_A: float = Field(
        3.5,
        description="of a slab with ligands or point defects: atoms of the slab vibrate too if they"
        " are this near to an atom of a ligand, or to where a defect removed or added one; fixed"
        " atoms never do",
        ge=0,
        le=20,
    )
    displacement_A: float = Field(
        0.01, description="displacement of each atom, back and forth", ge=0.001, le=0.1
    )
    fmax_eV_per_A: float = Field(
        0.01,
        description="largest force of the structure, which is relaxed further for its vibrations",
        ge=0.001,
        le=0.02,
    )
    level: Literal["relaxation", "single_point"] = Field(
        "relaxation",
        description="level of the further relaxation and of the forces: that of [level], or that of"
        " [single_point], whose cutoff stretches of H with C, N and O may need",
    )


class VibrationsEntry(FiniteDifferences):
    """Harmonic modes of a species."""

    species: str = Field(
        description="a molecule, of which all atoms vibrate; a slab with ligands or point defects,"
        " of which these and the atoms near them do; or a bare slab, all of whose free atoms do"
    )
    follow_imaginary: bool = Field(
        False,
        description="move along the first imaginary mode, if there is one, relax from there, and"
        " calculate the modes of what is found; the energies of the study stay as they are",
    )


class FreeEnergyEntry(FiniteDifferences):
    """Free energy of one of [[reactions]], from the vibrations of its species."""

    reaction: str = Field(description="name of one of [[reactions]], without crystals")


class Hindered(Part):
    """A ligand that moves over its surface as a hindered translator and rotor."""

    translation_barrier_eV: float = Field(description="barrier to the next site", ge=0.001, le=2)
    rotation_barrier_eV: float = Field(
        description="barrier of a turn about the normal", ge=0.001, le=2
    )
    rotation_minima: int = Field(1, description="equal minima of a full turn", ge=1, le=24)
    sites: int = Field(1, description="sites for the ligand on a face of the cell", ge=1, le=400)


SpeciesName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_+.\-]{0,199}$")]
Pressure = Annotated[float, Field(ge=1e-20, le=1e3)]
Concentration = Annotated[float, Field(ge=1e-20, le=1e3)]
Temperature = Annotated[float, Field(ge=20, le=2000)]


class Conditions(Part):
    """Temperatures, pressures and the treatment of low modes of all free energies."""

    temperatures_K: list[Temperature] = Field(
        default=[298.15], description="temperatures in kelvin", min_length=1, max_length=20
    )
    pressures_bar: dict[SpeciesName, Pressure] = Field(
        default={}, description="of molecules by name, as ideal gases; 1 bar for all others"
    )
    concentrations_M: dict[SpeciesName, Concentration] = Field(
        default={},
        description="instead of a pressure: mol/l of an ideal gas of this concentration; the free"
        " energy of solvation is not included",
    )
    low_modes: Literal["raised", "free-rotor", "harmonic"] = Field(
        "raised",
        description="raised: modes below raise_to_per_cm, imaginary ones too, count as modes there;"
        " free-rotor: Grimme's interpolation; harmonic: as they are, without imaginary ones",
    )
    raise_to_per_cm: float = Field(
        100.0, description="wave number to which low modes are raised", ge=1, le=500
    )
    hindered: dict[SpeciesName, Hindered] = Field(
        default={}, description="slabs with one ligand that is a hindered translator and rotor"
    )

    @model_validator(mode="after")
    def _combination(self) -> Conditions:
        both = [name for name in self.pressures_bar if name in self.concentrations_M]
        if both:
            raise ValueError(f"{both[0]!r} has a pressure and a concentration; give one of them")
        if len(set(self.temperatures_K)) < len(self.temperatures_K):
            raise ValueError("temperatures_K names a temperature twice")
        if self.low_modes != "raised" and "raise_to_per_cm" in self.model_fields_set:
            raise ValueError(
                f"raise_to_per_cm goes with low_modes = 'raised', not {self.low_modes!r}"
            )
        if self.low_modes == "free-rotor" and self.hindered:
            raise ValueError("hindered goes with low_modes = 'raised' or 'harmonic'")
        return self


def check_vibrations(
    vibrations: Sequence[VibrationsEntry],
    free_energies: Sequence[FreeEnergyEntry],
    reactions: Collection[str],
    single_point: Level | None,
) -> None:
    """Refuse reactions that are not there, and a level that is not there or has no forces.

    Parameters
    ----------
    vibrations, free_energies
        Of the study.
    reactions
        Names of its reactions.
    single_point
        Its level of single points.
    """
    for each in free_energies:
        if each.reaction not in reactions:
            raise ValueError(
                f"free_energies.reaction: {each.reaction!r} is no reaction; names:"
                f" {', '.join(reactions) or 'none'}"
            )
    for entry in (*vibrations, *free_energies):
        if entry.level == "relaxation":
            continue
        key = "vibrations" if isinstance(entry, VibrationsEntry) else "free_energies"
        if single_point is None:
            raise ValueError(f"{key}.level: 'single_point' needs a table [single_point]")
        if single_point.functional in HYBRID_FUNCTIONALS:
            raise ValueError(
                f"{key}.level: {single_point.functional} has no forces here; leave level away"
            )
