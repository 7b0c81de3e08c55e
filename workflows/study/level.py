"""The level of theory: every choice that changes an energy, and its fingerprint."""

from __future__ import annotations

import hashlib
import json
import tomllib
from functools import cache
from importlib import resources
from importlib.metadata import version
from typing import Annotated, Any, Literal, cast

import numpy as np
from ase import Atoms
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from workflows.task_file import Limits

#: Settings that decide how a minimum is reached, not what it is.
PATH_SETTINGS = (
    "max_steps",
    "max_step_A",
    "optimizer",
    "scf_follows_forces",
    "pre_relaxation",
    "pre_relaxation_options",
    "max_scf_iterations",
    "plain_gpaw",
)
LABELS = ("name", "caveat", "base")
#: Levels that come with the package, in `levels.toml`.
NAMED_LEVELS = ("smoke", "draft", "production")
#: Dispersion corrections that are compared at the relaxed geometry.
DISPERSION_METHODS = ("none", "D3(BJ)", "D4")
#: D3 takes every Cs for a neutral atom. Without any share of Cs, whose cation is much less
#: polarisable, the other bound.
WITHOUT_CESIUM = "D3(BJ) without Cs"
#: Functionals that GPAW names but cannot converge here, and why.
FAILING_FUNCTIONALS = {
    "r2SCAN": "the releases of libxc before 7 bound the density gradient in it (Fermi-hole"
    " curvature) without the matching derivatives, and the SCF cycle does not converge",
    "mBEEF": "one SCF cycle of H2 does not end within minutes",
}
#: Exact exchange: energies, forces and levels, but GPAW's stress and fixed-density bands lack it.
HYBRID_FUNCTIONALS = ("HSE06",)
#: Functionals without PAW datasets of their own, and the functional whose datasets they use.
BORROWED_DATASETS = {"PBEsol": "PBE", "BEEF-vdW": "PBE", "HSE06": "PBE"}
#: The functional that comes with an ensemble for error bars.
ENSEMBLE_FUNCTIONAL = "BEEF-vdW"

Cutoff = Annotated[float, Field(ge=150, le=2000)]
KpointLength = Annotated[float, Field(ge=1, le=200)]
CalculatorName = Annotated[str, Field(pattern=r"^(none|[A-Za-z_][\w.]*:[A-Za-z_]\w*)$")]
#: Arguments by which calculators run other programs.
PROGRAM_OPTIONS = ("command", "profile")


installed_version = cache(version)


@cache
def named_levels() -> dict[str, dict[str, Any]]:
    """Settings of the levels that come with the package, by name."""
    text = (resources.files("workflows.study") / "levels.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


class Level(BaseModel):
    """Level of theory. Units are in the names; nothing is chosen elsewhere."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, str_max_length=1000
    )

    base: Literal[NAMED_LEVELS] | None = Field(  # type: ignore[valid-type]
        None, description="named level whose settings are taken where no key replaces them"
    )
    name: str = Field(
        description="name printed with every number; default: that of the base",
        min_length=1,
        max_length=40,
    )
    caveat: str = Field(
        "",
        description="warning printed with every number, for example 'not converged'",
        max_length=200,
    )
    functional: Literal["PBE", "PBEsol", "RPBE", "BEEF-vdW", "HSE06"] = Field(
        description="exchange and correlation; BEEF-vdW contains dispersion and gives an error bar"
        " from its ensemble; HSE06 is for single points"
    )
    ecut_eV: Cutoff = Field(description="plane-wave cutoff")
    kpoint_length_A: KpointLength = Field(
        description="each periodic direction of a crystal or slab of length a gets at least"
        " kpoint_length_A / a k-points, in a grid that contains Gamma; a is the distance of the"
        " lattice planes"
    )
    smearing_eV: float = Field(description="width of the Fermi-Dirac smearing", ge=0.001, le=0.5)
    dispersion: Literal["none", "D3(BJ)", "D4"] = Field(description="dispersion correction")
    spin: Literal["odd-electrons", "all"] = Field(
        "odd-electrons", description="which species are spin-polarised"
    )
    dipole_correction: bool = Field(True, description="dipole layer in the vacuum of every slab")
    scf_energy_eV: float = Field(
        0.0005, description="energy change per valence electron", gt=0, le=0.01
    )
    scf_density: float = Field(
        1e-4, description="density change per valence electron", gt=0, le=0.01
    )
    scf_eigenstates_eV2: float = Field(
        4e-8, description="eigenstate residual per valence electron", gt=0, le=1e-3
    )
    fmax_eV_per_A: float = Field(description="largest force on a free atom", gt=0, le=1)
    max_steps: int = Field(200, description="ionic steps before a task counts as failed", ge=1)
    max_step_A: float = Field(
        0.4,
        description="longest ionic step; model-BFGS goes beyond 0.2 when steps do as expected",
        gt=0,
        le=0.5,
    )
    optimizer: Literal["model-BFGS", "BFGS", "FIRE"] = Field(
        "model-BFGS",
        description="model-BFGS knows bonds and angles from the start; BFGS and FIRE are those of"
        " ASE. Cells of crystals are relaxed by BFGS in place of model-BFGS",
    )
    scf_follows_forces: bool = Field(
        True,
        description="converge the SCF cycles of a relaxation no further than the remaining forces"
        " need; the last one meets the tolerances above",
    )
    pre_relaxation: CalculatorName = Field(
        "none",
        description="class of an ASE calculator, as module:Class, that relaxes every start of a"
        " slab or molecule before GPAW does; the package that holds it must be installed",
    )
    pre_relaxation_options: dict[str, str | int | float | bool] = Field(
        {}, description="arguments of that class", max_length=20
    )
    max_scf_iterations: int = Field(200, description="iterations before a task fails", ge=10)
    plain_gpaw: bool = Field(
        False,
        description="calculate with GPAW as it comes, for comparison: without the parts that this"
        " package replaces by faster ones, and with every SCF cycle at the tolerances above",
    )

    @model_validator(mode="before")
    @classmethod
    def _from_base(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("base") not in NAMED_LEVELS:
            return data
        return {"name": data["base"], **named_levels()[data["base"]], **data}

    @field_validator("functional", mode="before")
    @classmethod
    def _known_failures(cls, functional: Any) -> Any:
        if isinstance(functional, str) and functional in FAILING_FUNCTIONALS:
            raise ValueError(
                f"{functional!r} is refused: {FAILING_FUNCTIONALS[functional]}; allowed: 'PBE',"
                " 'PBEsol', 'RPBE', 'BEEF-vdW', 'HSE06'"
            )
        return functional

    @field_validator("pre_relaxation_options")
    @classmethod
    def _no_programs(cls, options: dict[str, Any]) -> dict[str, Any]:
        for key in PROGRAM_OPTIONS:
            if key in options:
                raise ValueError(f"{key!r} would run another program, which is not allowed")
        return options

    @model_validator(mode="after")
    def _combination(self) -> Level:
        if self.name in NAMED_LEVELS:
            given = self.model_dump()
            named = named_levels()[self.name]
            other = [k for k in named if given[k] != named[k] and k not in PATH_SETTINGS]
            if other:
                raise ValueError(
                    f"{other[0]} = {given[other[0]]!r} differs from the named level {self.name!r}"
                    f" ({named[other[0]]!r}); give the level a name of its own"
                )
        if self.functional == ENSEMBLE_FUNCTIONAL and self.dispersion != "none":
            raise ValueError(
                f"{self.functional} contains dispersion; dispersion must be 'none', not"
                f" {self.dispersion!r}"
            )
        return self

    @property
    def dataset_caveat(self) -> str:
        """Whose PAW datasets are used if the functional has none of its own, or empty."""
        other = BORROWED_DATASETS.get(self.functional)
        return f"{self.functional} on PAW datasets of {other}" if other else ""

    @property
    def caveats(self) -> list[str]:
        """What stands with every number at this level, behind its name."""
        own = self.caveat.removeprefix(f"{self.name}: ")
        return [words for words in (own, self.dataset_caveat) if words]

    def physics(self) -> dict[str, Any]:
        """What changes the energy of a relaxed structure: settings, code and datasets."""
        settings = self.model_dump(exclude={*PATH_SETTINGS, *LABELS})
        extra = {"none": [], "D3(BJ)": ["dftd3"], "D4": ["dftd4"]}[self.dispersion]
        codes = {name: installed_version(name) for name in ["gpaw", "gpaw-data", *extra]}
        hybrid = self.functional in HYBRID_FUNCTIONALS
        exchange = {"exchange": "nearest image"} if hybrid else {}
        return {"mode": "PW", **settings, **exchange, "codes": codes}

    def physics_at(self, geometry: Level) -> dict[str, Any]:
        """The same for a single point at a structure that was relaxed at another level."""
        own = {k: v for k, v in self.physics().items() if k != "fmax_eV_per_A"}
        return {**own, "geometry": geometry.physics()}

    def limits(self) -> Limits:
        """How a minimum is reached; not part of any key."""
        return cast(Limits, self.model_dump(include=set(PATH_SETTINGS)))


def digest(data: Any) -> str:
    """SHA-256 of a JSON document with sorted keys, 64 hexadecimal digits."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def kpoints(atoms: Atoms, kpoint_length_A: float) -> list[int]:
    """Size of the Gamma-centred grid; 1 along directions without periodicity.

    The number along a reciprocal vector follows from the distance of its lattice planes, which
    in skewed and hexagonal cells is shorter than the cell vector. Isolated molecules sit in a
    large box and are meant to be sampled at Gamma: pass a length of zero.
    """
    distances_A = 1.0 / np.linalg.norm(atoms.cell.reciprocal().array, axis=1)
    return [
        max(1, int(np.ceil(kpoint_length_A / distance - 1e-6))) if periodic else 1
        for distance, periodic in zip(distances_A, atoms.pbc, strict=True)
    ]
