"""Phases, chemical potentials, vacancies and surfaces of a study in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.energies.uncertainty import NOTHING_KNOWN, Uncertainty


@dataclass(frozen=True)
class PhaseRow:
    """The host or one of its competing phases, energies in eV per formula unit.

    Parameters
    ----------
    phase
        Its name in the study.
    formula
        Its formula unit.
    kind
        ``"crystal"`` or ``"molecule"``.
    formation_energy_eV
        From the elemental phases; None while it is not known, as the next one.
    above_hull_eV
        Energy above the convex hull of all phases.
    published_formation_energy_eV, published_source
        Published value, or None.
    folder
        Folder of its task.
    status
        ``"done"``, or what is missing and why.
    uncertainty
        Of the formation energy.
    """

    phase: str
    formula: str
    kind: str
    formation_energy_eV: float | None
    above_hull_eV: float | None
    published_formation_energy_eV: float | None
    published_source: str | None
    folder: str
    status: str
    uncertainty: Uncertainty


@dataclass(frozen=True)
class CornerRow:
    """A corner of the region in which the host is stable.

    Parameters
    ----------
    dmu_eV
        Chemical potential of each element, zero in its elemental phase.
    phases
        What the host is in equilibrium with there.
    uncertainty_of_dmu
        Of the chemical potential of each element.
    """

    dmu_eV: Mapping[str, float]
    phases: tuple[str, ...]
    uncertainty_of_dmu: Mapping[str, Uncertainty]


@dataclass(frozen=True)
class OverPotentialRow:
    """An energy that depends on chemical potentials: in eV per vacancy, or in J/m^2.

    Parameters
    ----------
    species
        The slab.
    element
        The element that is poor or rich.
    at_references
        Value in equilibrium with all elemental phases; None while it is not known.
    poor, rich
        Lowest and highest value where the element is scarcest, and where it abounds; None if
        the host is not stable.
    range
        Lowest and highest value of the whole region.
    flags
        Sentences on species whose relaxed structures are not what their names say.
    status
        ``"done"``, or what is missing and why.
    remarks
        Sentences, without full stop, on what makes the energy doubtful.
    poor_uncertainty, rich_uncertainty
        Of the values at both ends; of a range of values the larger one.
    """

    species: str
    element: str
    at_references: float | None
    poor: Sequence[float] | None
    rich: Sequence[float] | None
    range: Sequence[float] | None
    flags: tuple[str, ...]
    status: str
    remarks: tuple[str, ...] = ()
    poor_uncertainty: Uncertainty = NOTHING_KNOWN
    rich_uncertainty: Uncertainty = NOTHING_KNOWN


@dataclass(frozen=True)
class ChemicalPotentialsRow:
    """All of it; energies in eV, surface energies in J/m^2.

    Parameters
    ----------
    host
        The crystal.
    status
        ``"done"``, or why there is no stability.
    references_eV
        Energy per atom of each elemental phase; None while there is no stability, as the two
        that follow.
    decomposition, decomposition_energy_eV, decomposition_uncertainty
        What the host would decompose into, E(host) minus the energy of that per formula unit,
        and what is known about the error of this difference.
    phases, corners
        Phases, and corners of the region of stability.
    formation_eV
        Formation energies per vacancy.
    surfaces_J_per_m2
        Surface energies.
    """

    host: str
    status: str
    references_eV: Mapping[str, float] | None
    decomposition: str | None
    decomposition_energy_eV: float | None
    decomposition_uncertainty: Uncertainty
    phases: tuple[PhaseRow, ...]
    corners: tuple[CornerRow, ...]
    formation_eV: tuple[OverPotentialRow, ...]
    surfaces_J_per_m2: tuple[OverPotentialRow, ...]
