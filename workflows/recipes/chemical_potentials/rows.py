"""Phases, chemical potentials, vacancies and surfaces of a study in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.energies.uncertainty import NOTHING_KNOWN, Uncertainty, largest
from analysis.species_name import SpeciesName
from analysis.thermodynamics.competing_phases import CompetingPhase
from analysis.thermodynamics.linear_energies import EV_PER_A2_IN_J_PER_M2, Linear
from workflows.findings.findings import Findings
from workflows.findings.uncertainty import uncertainty_of
from workflows.recipes.chemical_potentials.thermodynamics import Thermodynamics, elements_of
from workflows.recipes.chemical_potentials.tilts import tilt_words


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


def chemical_potentials_row(known: Findings, found: Thermodynamics) -> ChemicalPotentialsRow:
    """What the chemical potentials of a study have given so far."""
    stable, weights = found.stability, found.weights
    return ChemicalPotentialsRow(
        found.entry.host,
        found.status,
        dict(stable.references_eV) if stable else None,
        stable.decomposition if stable else None,
        stable.decomposition_energy_eV if stable else None,
        uncertainty_of(known, weights.decomposition()) if weights else NOTHING_KNOWN,
        tuple(_phase(known, found, name) for name in (found.entry.host, *found.entry.phases)),
        tuple(_corners(known, found)),
        tuple(_formation(known, found, name) for name in found.entry.formation),
        tuple(_surface(known, found, name) for name in found.entry.surfaces),
    )


def _corners(known: Findings, found: Thermodynamics) -> list[CornerRow]:
    stable, weights = found.stability, found.weights
    if stable is None or weights is None:
        return []
    rows = []
    for number, dmu_eV in enumerate(stable.corners_eV):
        errors = {
            element: uncertainty_of(known, weights.potential(element, number))
            for element in stable.elements
        }
        values = dict(zip(stable.elements, map(float, dmu_eV), strict=True))
        rows.append(CornerRow(values, tuple(stable.neighbours[number]), errors))
    return rows


def _phase(known: Findings, found: Thermodynamics, name: str) -> PhaseRow:
    entry = known.study.crystals.get(name) or known.study.molecules[name]
    item, stable = found.species[name], found.stability
    unit = CompetingPhase(name, elements_of(item), 0.0).formula_unit
    return PhaseRow(
        name,
        "".join(f"{e}{n}" if n > 1 else e for e, n in unit.items()),
        known.plan.species[name][0].kind,
        stable.formation_energies_eV[name] if stable else None,
        stable.above_hull_eV[name] if stable else None,
        entry.published_formation_energy_eV,
        entry.published_formation_source,
        str(item.folder),
        item.state if item.result is None else found.status,
        uncertainty_of(known, found.weights.formation(name)) if found.weights else NOTHING_KNOWN,
    )


def _formation(known: Findings, found: Thermodynamics, name: str) -> OverPotentialRow:
    """Formation energy per vacancy over the chemical potentials, in eV."""
    whole = str(SpeciesName.parse(name).without(known.study.point_defects))
    return _over_potential(known, found, name, found.formation.get(name), [name, whole])


def _surface(known: Findings, found: Thermodynamics, name: str) -> OverPotentialRow:
    """Surface energy over the chemical potentials, in J/m^2."""
    energy = found.surfaces.get(name)
    row = _over_potential(known, found, name, energy, [name], factor=EV_PER_A2_IN_J_PER_M2)
    words = tilt_words(found, name)
    return replace(row, remarks=(words,)) if words else row


def _over_potential(
    known: Findings,
    found: Thermodynamics,
    name: str,
    energy: Linear | None,
    needed: list[str],
    *,
    factor: float = 1.0,
) -> OverPotentialRow:
    """One energy times a factor at both ends of the region of stability and at the references."""
    missing = [f"{n} {found.species[n].state}" for n in needed if found.species[n].result is None]
    row = OverPotentialRow(
        species=name,
        element=found.entry.element,
        at_references=None,
        poor=None,
        rich=None,
        range=None,
        flags=tuple(flag for each in needed for flag in found.species[each].flags),
        status=", ".join(missing) or found.status,
    )
    if energy is None or found.stability is None:
        return row
    row = replace(row, at_references=factor * energy.constant_eV)
    if not found.stable:
        return replace(row, status=f"{found.entry.host} is not stable")
    poor, rich = ([factor * value for value in end] for end in found.ends_eV(energy))
    poor_error, rich_error = (
        largest([uncertainty_of(known, {n: factor * w for n, w in each.items()}) for each in end])
        for end in found.end_weights(name, energy)
    )
    return replace(
        row,
        poor=poor,
        rich=rich,
        range=[factor * value for value in energy.extremes(found.stability)],
        poor_uncertainty=poor_error,
        rich_uncertainty=rich_error,
    )
