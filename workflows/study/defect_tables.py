"""Tables of vacancies and other point defects."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from slabs.adsorption.sites import SITES, SUBSTITUTIONS
from slabs.elements import HIGH_SPIN
from slabs.surfaces.defects import SPIN_SEEDS, STARTS
from slabs.surfaces.vacancies import DEPTHS
from workflows.study.structure_tables import Part


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
        " energies are refused; [[charged_defects]] has charge states in the bulk",
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
