"""Machine-learned potentials that may rank placements in place of a level of theory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

from workflows.task_file import Limits

#: What installs the packages of potentials.
EXTRA = "passivant[mlip]"
#: What none of them knows.
BLIND = "machine-learned, knows no charge and no spin"


@dataclass(frozen=True, eq=False)
class Potential:
    """A potential whose weights come with its package, so that nothing is downloaded.

    Parameters
    ----------
    package
        Package that holds it, and its calculator for ASE.
    calculator
        Class of that calculator, as ``module:Class``.
    arguments
        Arguments of the class.
    weights
        Name of the weights.
    tried
        Version of the package that keys name where none is installed.
    """

    package: str
    calculator: str
    weights: str
    tried: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def installed(self) -> str | None:
        """Installed version of the package; None without it."""
        try:
            return version(self.package)
        except PackageNotFoundError:
            return None

    @property
    def version(self) -> str:
        """Installed version of the package; without it, the one that was tried."""
        return self.installed or self.tried

    @property
    def missing(self) -> str:
        """A sentence without its subject if the package is missing, else empty."""
        if self.installed:
            return ""
        return (
            f"needs the package {self.package}, which is not installed here; pip install '{EXTRA}'"
        )


#: By the name in the study file. All were trained on PBE energies of crystals (MPtrj), which
#: contain no dispersion.
POTENTIALS = {
    "7net-0": Potential(
        "sevenn",
        "sevenn.calculator:SevenNetCalculator",
        "SevenNet-0 (11 July 2024)",
        "0.13.0",
        {"model": "7net-0", "device": "cpu"},
    ),
}
#: The functional whose dispersion correction goes with them.
FUNCTIONAL: Literal["PBE"] = "PBE"


class PotentialLevel(BaseModel):
    """A machine-learned potential in place of a level of theory: it orders and starts."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, str_max_length=1000
    )

    potential: Literal[tuple(POTENTIALS)] = Field(  # type: ignore[valid-type]
        description=f"machine-learned potential; pip install '{EXTRA}' brings its package"
    )
    name: str = Field(
        "",
        description="name printed with its ranking; default: that of the potential",
        max_length=40,
    )
    caveat: str = Field(BLIND, description="warning printed with its ranking", max_length=200)
    dispersion: Literal["none", "D3(BJ)"] = Field(
        "D3(BJ)", description="dispersion correction of PBE, which the potential lacks"
    )
    fmax_eV_per_A: float = Field(
        0.02,
        description="largest force on a free atom; larger ones leave tilts of the slab unfinished,"
        " and these then decide the order",
        gt=0,
        le=1,
    )
    max_steps: int = Field(500, description="ionic steps before a task counts as failed", ge=1)
    max_step_A: float = Field(0.4, description="longest ionic step", gt=0, le=0.5)

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: Any) -> Any:
        named = isinstance(data, dict) and data.get("potential") in list(POTENTIALS)
        return {"name": data["potential"], **data} if named else data

    @property
    def about(self) -> Potential:
        """Its package and weights."""
        return POTENTIALS[self.potential]

    @property
    def functional(self) -> str:
        """The functional that it was trained on."""
        return FUNCTIONAL

    def physics(self) -> dict[str, Any]:
        """What changes the energy of a relaxed structure."""
        codes = {self.about.package: self.about.version}
        if self.dispersion != "none":
            codes["dftd3"] = version("dftd3")
        return {
            "potential": self.potential,
            "weights": self.about.weights,
            "functional": self.functional,
            "dispersion": self.dispersion,
            "fmax_eV_per_A": self.fmax_eV_per_A,
            "codes": codes,
        }

    def limits(self) -> Limits:
        """How a minimum is reached; not part of any key."""
        return cast(Limits, self.model_dump(include={"max_steps", "max_step_A"}))
