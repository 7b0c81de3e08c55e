"""The parts of a study file that describe structures: surfaces, ligands, point defects."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from slabs.crystals.phases import PHASES
from slabs.ligands.spins import LARGEST_MULTIPLICITY
from slabs.read import FORMATS, VASP_NAMES

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_+\-]{0,39}$")]
Layers = Annotated[int, Field(ge=1, le=40)]
SlabVacuum = Annotated[float, Field(ge=5, le=100)]
MoleculeVacuum = Annotated[float, Field(ge=3, le=60)]
SurfaceCell = (
    Annotated[list[Annotated[int, Field(ge=1, le=20)]], Field(min_length=2, max_length=2)] | str
)
Cell3 = Annotated[list[Annotated[int, Field(ge=1, le=10)]], Field(min_length=3, max_length=3)]


class Part(BaseModel):
    """A table of the study file: unknown keys are errors, and nothing is converted."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, str_max_length=1000
    )


def check_bulk(bulk: Bulk, source: str) -> None:
    """Keys that describe a crystal from its formula go with a formula only."""
    own = ("phase", "lattice_constants_A", "tilts_deg", "mixing", "cation_axis")
    given = [key for key in own if key in bulk.model_fields_set]
    if source != "material" and given:
        raise ValueError(f"{given[0]} goes with material, not with {source}")


class MixingEntry(Part):
    """Arrangement of ions that share a site, in a formula such as CsPbI2Br."""

    cell: Cell3 = Field([1, 1, 1], description="repetitions of the phase's cell that are arranged")
    arrangement: int = Field(
        0, description="number of the symmetry-distinct ordered arrangement, from 0", ge=0
    )
    seed: int | None = Field(None, description="a random arrangement with this seed instead", ge=0)

    @model_validator(mode="after")
    def _combination(self) -> MixingEntry:
        if self.seed is not None and self.arrangement:
            raise ValueError("give arrangement or seed, not both")
        return self


class Bulk(Part):
    """A crystal by its formula or from a file."""

    material: str | None = Field(
        None,
        description="formula ABX3 with A of Cs, Rb, MA, FA, GA, B of Pb, Sn, Ge and X of Cl, Br,"
        " I, or mixtures such as 'CsPbI2Br'",
    )
    file: str | None = Field(
        None,
        description="instead of material: structure file of the crystal, from the folder of"
        f" the study: {', '.join(VASP_NAMES)}, {', '.join(FORMATS)}; it is only read, and may lie"
        " anywhere",
    )
    phase: Literal["alpha", "beta", "gamma"] = Field(
        "alpha", description="; ".join(f"{k}: {v.space_group}" for k, v in PHASES.items())
    )
    lattice_constants_A: (
        Annotated[list[Annotated[float, Field(ge=3, le=30)]], Field(min_length=1, max_length=3)]
        | None
    ) = Field(
        None,
        description="[a], [a, c] or [a, b, c] of the alpha, beta or gamma cell; default: measured"
        " ones from the table, of mixtures by Vegard's rule",
    )
    tilts_deg: (
        Annotated[list[Annotated[float, Field(ge=-30, le=30)]], Field(min_length=2, max_length=2)]
        | None
    ) = Field(
        None,
        description="[theta, phi]: out-of-phase tilt about b and in-phase tilt about c; default:"
        " from the lattice constants",
    )
    mixing: MixingEntry | None = Field(None, description="for mixed formulas")
    cation_axis: Literal["x", "y", "z"] = Field(
        "x", description="axis along which molecular A cations lie"
    )


class Surface(Bulk):
    """A slab with the named layers outermost."""

    crystal: str | None = Field(
        None,
        description="instead of material or file: one of [crystals], relaxed first at the level"
        " of the study; the slab gets its lattice constants",
    )
    miller: Annotated[
        list[Annotated[int, Field(ge=-4, le=4)]], Field(min_length=3, max_length=3)
    ] = Field(
        [0, 0, 1],
        description="Miller indices in the cell of the crystal; of a prototype, in its"
        " conventional cell",
    )
    slab_file: str | None = Field(
        None,
        description="instead of all of these: structure file of a slab of your own with a vacuum"
        " along its third cell vector; atoms that it fixes stay fixed. size then repeats its cell,"
        " frozen_layers replaces the fixed atoms of the file",
    )
    termination: str | None = Field(
        None,
        description="outermost layer, for example 'PbI2', 'CsI' or 'Pb(SCN)2'; A, B and X stand"
        " for all ions of their site, as in 'PbX2'",
    )
    bottom_termination: str | None = Field(
        None, description="lowest layer; default: as termination"
    )
    size: SurfaceCell | None = Field(
        None, description="repetitions along x and y, or 'sqrt2xsqrt2', '2sqrt2x2sqrt2', ..."
    )
    layers: Layers | None = Field(None, description="number of atomic layers")
    frozen_layers: int = Field(
        0, description="layers kept fixed: the lowest, or the middle ones with sides = 'two'", ge=0
    )
    sides: Literal["one", "two"] = Field(
        "one", description="faces that carry ligands and vacancies"
    )
    vacuum_A: SlabVacuum = Field(description="vacuum above the highest atom, ligands included")
    cell_height_A: float | None = Field(
        None,
        description="one cell height for all slabs of this surface, bare and covered, which leaves"
        " at least vacuum_A; default: what each of them needs",
        gt=0,
        le=1000,
    )
    rattle_A: float = Field(
        0.0,
        description="standard deviation of random displacements that break the symmetry; with"
        " sides = 'two' the faces stay equivalent",
        ge=0,
        le=0.3,
    )
    rattle_seed: int = Field(0, description="seed of these displacements", ge=0)

    @model_validator(mode="after")
    def _combination(self) -> Surface:
        sources = ("material", "file", "crystal", "slab_file")
        given = [key for key in sources if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of material, file, crystal and slab_file")
        check_bulk(self, given[0])
        needed = ("termination", "size", "layers")
        if given[0] != "slab_file":
            for key in needed:
                if getattr(self, key) is None:
                    raise ValueError(f"{key} is missing")
            return self
        for key in ("termination", "bottom_termination", "layers", "miller"):
            if key in self.model_fields_set:
                raise ValueError(f"{key} goes with a crystal that is cut, not with slab_file")
        return self


Multiplicity = Annotated[int, Field(ge=1, le=LARGEST_MULTIPLICITY)]
