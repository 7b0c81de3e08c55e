"""The table of a study file that asks for a phase diagram of surfaces."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated

from pydantic import Field, model_validator

from workflows.study.structure_tables import Name, Part

Potential = Annotated[float, Field(ge=-20, le=5)]


class ReservoirEntry(Part):
    """Chemical potential of a molecule, relative to its energy at 0 K."""

    dmu_eV: Potential | None = Field(None, description="its value; 0: the molecule at 0 K")
    activity: float | None = Field(
        None,
        description="instead of dmu_eV: concentration or pressure over that of the standard state;"
        " dmu = standard_free_energy_eV + kT ln(activity)",
        gt=0,
        le=1e6,
    )
    standard_free_energy_eV: Potential = Field(
        0.0,
        description="free energy of a molecule in the standard state at temperature_K minus its"
        " energy at 0 K: translation, rotation, vibration, solvation",
    )
    range_eV: Annotated[list[Potential], Field(min_length=2, max_length=2)] = Field(
        default=[-2.0, 0.0], description="range of dmu that is drawn where it is an axis"
    )

    @model_validator(mode="after")
    def _combination(self) -> ReservoirEntry:
        if (self.dmu_eV is None) == (self.activity is None):
            raise ValueError("give exactly one of dmu_eV and activity")
        if self.activity is None and "standard_free_energy_eV" in self.model_fields_set:
            raise ValueError("standard_free_energy_eV goes with activity, not with dmu_eV")
        if self.range_eV[0] >= self.range_eV[1]:
            raise ValueError(
                f"range_eV = {self.range_eV} must give the lower end first, and two different ones"
            )
        return self


class SurfacePhasesEntry(Part):
    """Which of several surfaces is stable over two chemical potentials."""

    name: str = Field(description="what it is called", min_length=1, max_length=80)
    species: Annotated[list[str], Field(min_length=2)] = Field(
        description="slabs, bare or with ligands and point defects, that are compared. Their faces"
        " must be alike (no frozen_layers, or sides = 'two'), or else their lower faces the same"
    )
    axes: Annotated[list[str], Field(min_length=2, max_length=2)] = Field(
        description="two elements of the host of [chemical_potentials], or reservoirs"
    )
    equilibrium: list[str] = Field(
        default=[],
        description="of its phases: those in equilibrium with it, one for each chemical potential"
        " that is left open by the host and the axes",
    )
    temperature_K: float | None = Field(
        None, description="temperature in kelvin; goes with activity", gt=0, le=3000
    )
    reservoirs: dict[Name, ReservoirEntry] = Field(
        default={}, description="of [ligands] and [molecules], which slabs take molecules from"
    )

    @model_validator(mode="after")
    def _combination(self) -> SurfacePhasesEntry:
        for key in ("species", "axes", "equilibrium"):
            names = getattr(self, key)
            for each in names:
                if names.count(each) > 1:
                    raise ValueError(f"{key}: {each!r} is named twice")
        with_activity = [n for n, each in self.reservoirs.items() if each.activity is not None]
        if with_activity and self.temperature_K is None:
            raise ValueError(
                f"reservoirs.{with_activity[0]}.activity needs temperature_K, which is missing"
            )
        for name, each in self.reservoirs.items():
            if name not in self.axes and "range_eV" in each.model_fields_set:
                raise ValueError(f"reservoirs.{name}.range_eV goes with an axis; axes: {self.axes}")
        return self


def check_surface_phases(
    entries: Sequence[SurfacePhasesEntry],
    phases: Collection[str] | None,
    reservoirs: Collection[str],
) -> None:
    """Refuse diagrams without chemical potentials, and names that the study does not define.

    Parameters
    ----------
    entries
        Of the study.
    phases
        Competing phases of its chemical potentials; None without these.
    reservoirs
        Its ligands and molecules.
    """
    for number, entry in enumerate(entries):
        if phases is None:
            raise ValueError(
                f"surface_phases.{number}: needs [chemical_potentials], whose host and phases set"
                " the chemical potentials"
            )
        for key, names, allowed in (
            ("equilibrium", entry.equilibrium, phases),
            ("reservoirs", entry.reservoirs, reservoirs),
        ):
            for name in names:
                if name not in allowed:
                    raise ValueError(
                        f"surface_phases.{number}.{key}: {name!r} is not allowed; allowed:"
                        f" {', '.join(allowed) or 'none'}"
                    )
    titles = [entry.name for entry in entries]
    for title in titles:
        if titles.count(title) > 1:
            raise ValueError(f"two [[surface_phases]] are called {title!r}")
