"""The study file: one TOML document, strictly validated."""

from __future__ import annotations

import difflib
import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from analysis.reactions import LedgerError, parse_reaction
from slabs.adsorption import SITES
from slabs.crystal import PROTOTYPES
from slabs.errors import InputError
from slabs.vacancy import DEPTHS
from workflows.level import Level

SHIPPED = ("smoke", "paper")
#: Parts of a structure and of a density difference are called so.
RESERVED_NAMES = ("surface", "whole")
#: Larger files are not study files.
MAX_STUDY_BYTES = 1_000_000

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_+\-]{0,39}$")]
Length = Annotated[float, Field(gt=0, le=200)]


class StudyError(InputError):
    """A study file that cannot be used; the message names file, key and value."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Surface(_Part):
    """A (001) slab of a cubic perovskite with the same termination on both faces."""

    material: str = Field(description="formula ABX3, for example 'CsPbI3'")
    lattice_constant_A: float | None = Field(
        None, description="edge of the cubic cell; default: tabulated experiment", ge=4, le=9
    )
    termination: str = Field(description="outermost layer on both faces: 'PbI2' or 'CsI'")
    size: Annotated[list[Annotated[int, Field(ge=1, le=20)]], Field(min_length=2, max_length=2)] = (
        Field(description="repetitions of the surface cell along x and y")
    )
    layers: int = Field(description="number of atomic layers", ge=1, le=40)
    frozen_layers: int = Field(0, description="layers kept fixed, from below", ge=0)
    vacuum_A: float = Field(
        description="vacuum above the highest atom, ligands included", ge=5, le=100
    )
    rattle_A: float = Field(
        0.0,
        description="standard deviation of random displacements that break the symmetry",
        ge=0,
        le=0.3,
    )
    rattle_seed: int = Field(0, description="seed of these displacements", ge=0)


class Ligand(_Part):
    """A ligand and the way it binds."""

    molecule: str | None = Field(None, description="catalogue name: OAm, OA, GA")
    smiles: str | None = Field(None, description="any molecule instead of a catalogue name")
    anchor_smarts: str | None = Field(
        None, description="SMARTS whose first atom touches the surface"
    )
    truncate_to_carbons: int | None = Field(
        None, description="keep this many carbon atoms, those nearest to the head group", ge=1
    )
    state: Literal["molecule", "neutral-cell", "ion-pair"] = Field(
        "molecule",
        description="neutral molecule; ion with the balancing electrons in a neutral cell;"
        " or ion together with its counter-ion",
    )
    counter_ion: str | None = Field(None, description="element of the counter-ion")
    site: Literal["metal-top", "hollow", "A-site", "X-site"] = Field(
        description="; ".join(f"{k}: {v}" for k, v in SITES.items())
    )
    orientation: Literal["upright", "flat"] | None = Field(
        None, description="default from the catalogue"
    )

    @model_validator(mode="after")
    def _combination(self) -> Ligand:
        if (self.molecule is None) == (self.smiles is None):
            raise ValueError("give exactly one of molecule and smiles")
        if self.smiles is not None and self.anchor_smarts is None:
            raise ValueError("smiles needs anchor_smarts")
        if (self.state == "ion-pair") != (self.counter_ion is not None):
            raise ValueError("counter_ion goes with state = 'ion-pair', and only with it")
        return self


class Vacancy(_Part):
    """One neutral atom removed from the upper face."""

    element: str = Field(description="element that is removed")
    depth: Literal["surface", "subsurface"] = Field(
        "surface", description=f"which layer that holds the element: {', '.join(DEPTHS)}"
    )
    near: Literal["nearest", "farthest"] = Field(
        "nearest", description="which atom of that layer, by distance from the ligands"
    )
    bridge_axis: Literal["x", "y", "z"] | None = Field(
        None,
        description="only halides whose metal-halide-metal bridge runs along this axis; in a"
        " cell that is not square these are different vacancies",
    )


class Molecule(_Part):
    """An isolated molecule that takes part in reactions, such as I2."""

    smiles: str = Field(description="SMILES of a neutral molecule")


class CrystalSpec(_Part):
    """A cubic bulk crystal; its lattice constant is found from an equation of state."""

    material: str = Field(description="formula, for example 'CsPbI3'")
    prototype: Literal["perovskite", "cesiumchloride", "rocksalt"] = Field(
        description="; ".join(f"{k}: {v}" for k, v in PROTOTYPES.items())
    )
    lattice_constant_A: float | None = Field(
        None, description="centre of the scanned range; default: tabulated experiment", ge=3, le=15
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


class ReactionSpec(_Part):
    """A reaction whose energy is wanted, dE = E(products) - E(reactants)."""

    name: str = Field(description="what the row is called", min_length=1, max_length=80)
    equation: str = Field(description="for example 'slab + OAm -> slab.OAm'")
    published_binding_energy_eV: float | None = Field(
        None, description="published -dE, shown beside ours"
    )
    published_reaction_energy_eV: float | None = Field(
        None, description="published dE, shown beside ours"
    )
    published_source: str | None = Field(None, description="where it was published")

    @model_validator(mode="after")
    def _combination(self) -> ReactionSpec:
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


class DosSpec(_Part):
    """Density of states of one species at its relaxed geometry."""

    species: str = Field(description="which species")
    spin_orbit: bool = Field(False, description="with spin-orbit coupling")
    width_eV: float = Field(0.1, description="width of the Gaussian broadening", gt=0, le=1)
    from_eV: float = Field(-15.0, description="start of the window, from the Fermi level", ge=-100)
    to_eV: float = Field(6.0, description="end of the window, from the Fermi level", le=30)
    empty_bands: int = Field(20, description="bands above the occupied ones", ge=4, le=2000)
    kpoint_length_A: float | None = Field(
        None, description="k-point density of the DOS; without it the level's", ge=1, le=200
    )

    @model_validator(mode="after")
    def _window(self) -> DosSpec:
        if self.from_eV >= self.to_eV:
            raise ValueError("from_eV must be below to_eV")
        return self


class DensityDifferenceSpec(_Part):
    """Density of a covered slab minus the densities of its parts, at fixed positions."""

    species: str = Field(description="a slab with at least one ligand")
    grid_refinement: Literal[1, 2, 4] = Field(2, description="finer grid than the density's own")


class Study(_Part):
    """A whole study: what is built, at which level, and what is computed from it."""

    title: str = Field(description="one line for the tables", max_length=200)
    level: Level = Field(description="level of theory")
    molecule_vacuum_A: float = Field(
        description="vacuum between the images of an isolated molecule", ge=4, le=60
    )
    surfaces: dict[Name, Surface] = Field(default={}, description="slabs by name")
    ligands: dict[Name, Ligand] = Field(default={}, description="ligands by name")
    vacancies: dict[Name, Vacancy] = Field(default={}, description="vacancies by name")
    molecules: dict[Name, Molecule] = Field(default={}, description="molecules by name")
    crystals: dict[Name, CrystalSpec] = Field(default={}, description="bulk crystals by name")
    reactions: list[ReactionSpec] = Field(default=[], description="energies that are wanted")
    dos: list[DosSpec] = Field(default=[], description="densities of states")
    density_differences: list[DensityDifferenceSpec] = Field(
        default=[], description="charge-density differences"
    )

    @model_validator(mode="after")
    def _names(self) -> Study:
        seen: dict[str, str] = {}
        for table in ("surfaces", "ligands", "vacancies", "molecules", "crystals"):
            for name in getattr(self, table):
                if name in RESERVED_NAMES:
                    raise ValueError(f"[{table}.{name}]: {name!r} has a meaning of its own here")
                if name in seen:
                    raise ValueError(
                        f"{name!r} is used in [{seen[name]}] and in [{table}]; names must differ"
                    )
                seen[name] = table
        titles = [reaction.name for reaction in self.reactions]
        twice = {name for name in titles if titles.count(name) > 1}
        if twice:
            raise ValueError(f"two reactions are called {sorted(twice)[0]!r}")
        return self


def shipped_text(name: str) -> str:
    """Text of a study that comes with the package: ``"smoke"`` or ``"paper"``."""
    return (resources.files("workflows") / "studies" / f"{name}.toml").read_text(encoding="utf-8")


def _sentence(error: ValidationError, file: str) -> str:
    # An unknown key comes first: it is often the reason why another one is missing.
    first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    parts = [str(p) for p in first["loc"]]
    key = ".".join(parts) or "the study"
    kind, context = first["type"], first.get("ctx", {})
    value = first.get("input")
    if kind == "extra_forbidden":
        allowed = _allowed_keys(first["loc"][:-1])
        near = difflib.get_close_matches(parts[-1], allowed, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}? " if near else ""
        return f"{file}: {key} is not a key; {hint}allowed: {', '.join(allowed)}"
    if kind == "missing":
        return f"{file}: {key} is missing"
    if kind == "value_error":
        return f"{file}: {key}: {context['error']}"
    if kind == "string_pattern_mismatch" and parts[-1] == "[key]":
        return (
            f"{file}: {'.'.join(parts[:-2])}: {value!r} is not a name; allowed: a letter, then up"
            " to 39 letters, digits, '_', '+' or '-'"
        )
    message = first["msg"][0].lower() + first["msg"][1:]
    shown = repr(value)
    if len(shown) > 80:
        shown = shown[:77] + "..."
    return f"{file}: {key} = {shown} is not allowed: {message}"


def _allowed_keys(location: tuple[int | str, ...]) -> list[str]:
    """Keys that the study model allows at a place in the document."""
    schema: dict[str, Any] = Study.model_json_schema()
    node = schema
    for step in location:
        node = _resolve(node, schema)
        if isinstance(step, int):
            node = node.get("items", {})
        else:
            properties = node.get("properties", {})
            extra = node.get("patternProperties") or {"": node.get("additionalProperties", {})}
            node = properties.get(step) or next(iter(extra.values()))
    return list(_resolve(node, schema).get("properties", {}))


def _resolve(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in node:
        return dict(schema["$defs"][node["$ref"].rsplit("/", 1)[1]])
    return node


def parse_study(text: str, file: str = "study") -> Study:
    """Validate the text of a study file.

    Raises
    ------
    StudyError
        One sentence with the file, the key, the value and what is allowed.
    """
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise StudyError(f"{file}: not a TOML document: {error}") from error
    try:
        return Study.model_validate(data)
    except ValidationError as error:
        raise StudyError(_sentence(error, file)) from error


def load_study(path: Path) -> tuple[Study, str]:
    """Read and validate a study file; returns the study and its exact text."""
    try:
        if path.stat().st_size > MAX_STUDY_BYTES:
            raise StudyError(f"{path}: larger than {MAX_STUDY_BYTES} bytes; not a study file")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"{path}: cannot be read: {error}") from error
    return parse_study(text, str(path)), text
