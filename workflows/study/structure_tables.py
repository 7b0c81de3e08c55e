"""The parts of a study file that describe structures: surfaces, ligands, point defects."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from slabs.adsorption.adsorb import ION_SITES
from slabs.adsorption.contacts import CLASH_RATIO
from slabs.adsorption.sites import SITES, SUBSTITUTIONS
from slabs.crystals.phases import PHASES
from slabs.elements import HIGH_SPIN
from slabs.errors import InputError
from slabs.ligands.catalogue import CATALOGUE
from slabs.ligands.molecules import split_salt
from slabs.ligands.spins import LARGEST_MULTIPLICITY
from slabs.read import FORMATS, MDL_ENDINGS, VASP_NAMES
from slabs.surfaces.defects import SPIN_SEEDS, STARTS
from slabs.surfaces.vacancies import DEPTHS

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


class LigandEntry(Part):
    """A ligand and the way it binds."""

    molecule: str | None = Field(None, description=f"catalogue name: {', '.join(CATALOGUE)}")
    smiles: str | None = Field(
        None,
        description="any molecule instead of a catalogue name; a salt such as 'CCCC[NH3+].[I-]' is"
        " an ion with its counter-ion",
        max_length=3000,
    )
    file: str | None = Field(
        None,
        description=f"a structure file ({', '.join(MDL_ENDINGS)}, or as for crystals) instead of"
        " a catalogue name, from the folder of the study",
    )
    state: Literal["neutral", "cation", "anion", "zwitterion"] | None = Field(
        None, description="charge state of a catalogue molecule; default: its first"
    )
    charge: int | None = Field(
        None,
        description="charge in e; checked against the SMILES, and needed for an ion from a file",
        ge=-4,
        le=4,
    )
    anchor_smarts: str | None = Field(
        None,
        description="SMARTS of the head group; its atoms with map numbers, or else its first"
        " atom, touch the surface; 'auto': the first head group that is known, named in a note",
    )
    truncate_to_carbons: int | None = Field(
        None, description="keep this many carbon atoms, those nearest to the head group", ge=1
    )
    conformers: int = Field(
        1,
        description="shapes that are tried: the stretched one and others of low energy",
        ge=1,
        le=50,
    )
    balance: Literal["electron", "counter-ion", "substitution"] | None = Field(
        None,
        description="what balances the charge of an ion: an electron (or a hole) in the neutral"
        " cell; a counter-ion beside it; or the ion of equal charge that it replaces",
    )
    counter_ion: str | None = Field(
        None, description=f"element of the counter-ion: {', '.join(ION_SITES)}"
    )
    site: Literal[tuple(SITES)] | None = Field(  # type: ignore[valid-type]
        None,
        description="default: metal-top for a neutral ligand or an anion, hollow for a cation, on"
        " a face of A cations A-top and X-top, and A-site or X-site with balance ="
        " 'substitution'; " + "; ".join(f"{k}: {v}" for k, v in SITES.items()),
    )
    orientation: Literal["upright", "tilted", "flat", "any"] | None = Field(
        None, description="default from the catalogue, else upright"
    )
    near: Literal["farthest", "nearest"] = Field(
        "farthest", description="which free site, by distance from the ligands before it"
    )
    multiplicity: Multiplicity | None = Field(
        None,
        description="2S + 1 of the isolated ligand; default: 1, for odd electrons 2, for O2 and"
        " the like that of the ground state; needed for magnetic ions",
    )

    @field_validator("smiles")
    @classmethod
    def _one_molecule(cls, smiles: str | None) -> str | None:
        if smiles is not None and "." in smiles:
            split_salt(smiles)
        return smiles

    @model_validator(mode="before")
    @classmethod
    def _salt(cls, data: Any) -> Any:
        """An ion and its counter-ion in one SMILES are the same as in two keys."""
        smiles = data.get("smiles") if isinstance(data, dict) else None
        if not isinstance(smiles, str) or "." not in smiles:
            return data
        try:
            ion, counter_ion = split_salt(smiles)
        except InputError:  # said of the key itself, below
            return data
        if counter_ion is None:
            return data
        given = {"balance": "counter-ion", "counter_ion": counter_ion}
        for key, value in given.items():
            if data.get(key, value) != value:
                raise ValueError(
                    f"smiles = {smiles!r} says {key} = {value!r}, not {data[key]!r}; leave {key}"
                    " away"
                )
        return data | given | {"smiles": ion}

    @model_validator(mode="after")
    def _combination(self) -> LigandEntry:
        if sum(x is not None for x in (self.molecule, self.smiles, self.file)) != 1:
            raise ValueError("give exactly one of molecule, smiles and file")
        if self.molecule is None and self.anchor_smarts is None:
            raise ValueError(
                "smiles and file need anchor_smarts, a SMARTS pattern of the group that binds, such"
                " as '[NX3;H2]' of an amine"
            )
        if (self.balance == "counter-ion") != (self.counter_ion is not None):
            raise ValueError("counter_ion goes with balance = 'counter-ion', and only with it")
        return self


class Vacancy(Part):
    """One ion removed from the upper face, or from both faces with sides = 'two'."""

    element: str = Field(
        description="ion that is removed: an element, or a molecular ion such as 'MA' or 'CH6N',"
        " which leaves as a whole",
    )
    depth: Literal[tuple(DEPTHS)] = Field(  # type: ignore[valid-type]
        "surface", description="; ".join(f"{k}: {v}" for k, v in DEPTHS.items())
    )
    near: Literal["nearest", "farthest"] = Field(
        "nearest",
        description="which place of that layer, by distance from the ligands and from defects"
        " before it",
    )
    bridge_axis: Literal["x", "y", "z"] | None = Field(
        None,
        description="only halides whose metal-halide-metal bridge runs along this axis; in a"
        " cell that is not square these are different vacancies",
    )
    sites: int = Field(
        1, description="symmetry-distinct places that are tried, each a candidate", ge=1, le=50
    )
    starts: Annotated[list[Literal[tuple(STARTS)]], Field(min_length=1)] = Field(  # type: ignore[valid-type]
        ["as-cut"],
        description="geometries that are tried, each a candidate; "
        + "; ".join(f"{k}: {v}" for k, v in STARTS.items()),
    )
    spin_seeds: Annotated[list[Literal[tuple(SPIN_SEEDS)]], Field(min_length=1)] = Field(  # type: ignore[valid-type]
        ["neighbours"],
        description="for odd electrons, spins that are tried, each a candidate; "
        + "; ".join(f"{k}: {v}" for k, v in SPIN_SEEDS.items()),
    )
    charge: int = Field(
        0,
        description="charge per defect; only structures of charged slabs are built, their"
        " energies are refused",
        ge=-3,
        le=3,
    )


DEFECT_KINDS = {
    "vacancy": "the ion `element` is removed, as in [vacancies]",
    "interstitial": "an atom of `element` is put into the widest interstice of a layer",
    "adatom": "an atom of `element` is put onto the upper face",
    "antisite": "an ion of the slab, `element`, replaces an ion of another kind, `on`",
    "substitution": "another element replaces the ion `on`",
    "pair": "several defects of these two tables, `parts`, made one after the other, such as a"
    " Schottky or a Frenkel pair",
}
_COMMON = {"element", "near", "sites", "starts", "spin_seeds", "charge"}
#: Keys that go with each kind of defect.
DEFECT_KEYS = {
    "vacancy": _COMMON | {"depth", "bridge_axis"},
    "interstitial": _COMMON | {"depth", "moment"},
    "adatom": _COMMON | {"site", "moment"},
    "antisite": _COMMON | {"on", "depth", "bridge_axis", "moment"},
    "substitution": _COMMON | {"on", "depth", "bridge_axis", "moment"},
    "pair": {"parts"},
}


class Defect(Vacancy):
    """A point defect: ions removed, added or replaced."""

    kind: Literal[tuple(DEFECT_KINDS)] = Field(  # type: ignore[valid-type]
        description="; ".join(f"{k}: {v}" for k, v in DEFECT_KINDS.items())
    )
    element: str = Field(
        "",
        description="what is removed (a molecular ion such as 'MA' too), added, or put in place of"
        " `on`; all kinds but pairs need it",
    )
    on: str | None = Field(None, description="ion that is replaced, for antisite and substitution")
    site: Literal[tuple(k for k in SITES if k not in SUBSTITUTIONS)] | None = Field(  # type: ignore[valid-type]
        None,
        description="place of an adatom; default: metal-top or A-top for anions, hollow or X-top"
        " for cations; its height follows from radii",
    )
    moment: float | None = Field(
        None,
        description="moment in Bohr magnetons that an added ion starts with; needed for open"
        f" shells ({', '.join(HIGH_SPIN)}), whatever the number of electrons",
        ge=0,
        le=10,
    )
    parts: list[str] = Field(
        default=[], description="of [vacancies] and [defects], for a pair", max_length=10
    )

    @model_validator(mode="after")
    def _combination(self) -> Defect:
        allowed = DEFECT_KEYS[self.kind]
        wrong = sorted(self.model_fields_set - allowed - {"kind"})
        if wrong:
            raise ValueError(
                f"{wrong[0]} does not go with kind = {self.kind!r}; allowed:"
                f" {', '.join(sorted(allowed))}"
            )
        needed = sorted({"element", "on", "parts"} & allowed - self.model_fields_set)
        if needed:
            raise ValueError(f"kind = {self.kind!r} needs {needed[0]}")
        if self.kind == "pair" and len(self.parts) < 2:
            raise ValueError("a pair needs at least two parts")
        if self.kind != "vacancy" and "dimer" in self.starts:
            raise ValueError("starts = 'dimer' goes with kind = 'vacancy'")
        return self


class Placement(Part):
    """How placements of ligands are searched and chosen."""

    azimuth_step_deg: float = Field(15.0, description="step of the azimuth", ge=1, le=120)
    clash_ratio: float = Field(
        CLASH_RATIO,
        description="shortest allowed distance, as a share of the van der Waals radii",
        ge=0.4,
        le=1,
    )
    diversity_A: float = Field(
        0.5, description="root mean square distance by which candidates must differ", ge=0, le=10
    )


class CandidatesEntry(Part):
    """A species of which several placements or conformers are calculated; the lowest counts."""

    species: str = Field(
        description="a slab with ligands and without vacancies, or a ligand alone, whose"
        " conformers are then calculated"
    )
    count: int = Field(description="largest number of candidates", ge=1, le=200)
    promote: int | None = Field(
        None,
        description="relax all of them at the level of [screening], and only this many, those of"
        " lowest energy, from there at the level of the study; two show how far the order"
        " changes, one would not",
        ge=2,
        le=200,
    )
    promote_within_eV: float | None = Field(
        None,
        description="all within this energy of the lowest at [screening] should be promoted;"
        " tables say how many were left behind",
        gt=0,
        le=10,
    )

    @model_validator(mode="after")
    def _funnel(self) -> CandidatesEntry:
        if self.promote is None:
            if self.promote_within_eV is not None:
                raise ValueError("promote_within_eV goes with promote, which is missing")
        elif self.count < 2:
            raise ValueError(f"promote goes with a count of at least 2, not {self.count}")
        elif self.promote > self.count:
            raise ValueError(
                f"promote = {self.promote} is more than count = {self.count}; allowed: 2 to"
                f" {self.count}"
            )
        return self
