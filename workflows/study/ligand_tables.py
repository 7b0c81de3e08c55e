"""Tables of ligands, of how they are placed, and of candidates."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from slabs.adsorption.contacts import CLASH_RATIO
from slabs.adsorption.counter_ions import ION_SITES
from slabs.adsorption.sites import SITES
from slabs.errors import InputError
from slabs.ligands.catalogue import CATALOGUE
from slabs.ligands.molecules import split_salt
from slabs.read import MDL_ENDINGS
from workflows.study.structure_tables import Multiplicity, Part

#: The key of [ligands] that names a list.
LIST = "list"
#: Keys of a ligand that a list may have as columns, beside its name.
COLUMNS = (
    "smiles", "molecule", "state", "balance", "counter_ion", "anchor_smarts", "site",
    "orientation", "conformers", "truncate_to_carbons", "multiplicity",
)  # fmt: skip


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
                " as '[NX3;H2]' of an amine, or 'auto'"
            )
        if (self.balance == "counter-ion") != (self.counter_ion is not None):
            raise ValueError("counter_ion goes with balance = 'counter-ion', and only with it")
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


def schema_with_list(schema: dict[str, Any]) -> None:
    """Tell the JSON schema of ``[ligands]`` that ``list`` is no ligand but the name of a file."""
    ((pattern, ligand),) = schema["patternProperties"].items()
    schema["patternProperties"] = {f"^(?!{LIST}$){pattern.removeprefix('^')}": ligand}
    schema["properties"] = {LIST: {"type": "string"}}
