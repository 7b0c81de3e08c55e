"""What the chemical potentials of a study have given so far."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from analysis.energies.uncertainty import NOTHING_KNOWN, largest
from analysis.species_name import SpeciesName
from analysis.thermodynamics.competing_phases import CompetingPhase
from analysis.thermodynamics.linear_energies import EV_PER_A2_IN_J_PER_M2, Linear
from workflows.findings.uncertainty import uncertainty_of
from workflows.recipes.chemical_potentials.rows import (
    ChemicalPotentialsRow,
    CornerRow,
    OverPotentialRow,
    PhaseRow,
)
from workflows.recipes.chemical_potentials.thermodynamics import Thermodynamics, elements_of
from workflows.recipes.chemical_potentials.tilts import tilt_words

if TYPE_CHECKING:
    from workflows.findings.findings import Findings


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
    return _over_potential(known, found, name, found.formation.get(name))


def _surface(known: Findings, found: Thermodynamics, name: str) -> OverPotentialRow:
    """Surface energy over the chemical potentials, in J/m^2."""
    energy = found.surfaces.get(name)
    row = _over_potential(known, found, name, energy, factor=EV_PER_A2_IN_J_PER_M2)
    words = tilt_words(found, name)
    return replace(row, remarks=(words,)) if words else row


def slabs_behind(known: Findings, found: Thermodynamics, name: str) -> list[str]:
    """A slab, and with vacancies the whole one: the slabs that an energy over potentials needs."""
    if name not in found.entry.formation:
        return [name]
    return [name, str(SpeciesName.parse(name).without(known.study.point_defects))]


def _over_potential(
    known: Findings,
    found: Thermodynamics,
    name: str,
    energy: Linear | None,
    *,
    factor: float = 1.0,
) -> OverPotentialRow:
    """One energy times a factor at both ends of the region of stability and at the references."""
    needed = slabs_behind(known, found, name)
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
