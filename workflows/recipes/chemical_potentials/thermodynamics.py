"""Chemical potentials of a study, and what depends on them: vacancies and surfaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from analysis.energies.rows import Calculated
from analysis.species_name import SpeciesName
from analysis.thermodynamics.chemical_potentials import TOLERANCE_EV, Stability, stability
from analysis.thermodynamics.competing_phases import CompetingPhase, StabilityError
from analysis.thermodynamics.linear_energies import (
    Linear,
    formation_energy,
    surface_energy,
)
from analysis.thermodynamics.weights import StabilityWeights
from workflows.recipes.defect_counts import defect_count
from workflows.study.reservoir_tables import ChemicalPotentials

if TYPE_CHECKING:
    from workflows.findings.findings import Findings


@dataclass(frozen=True, eq=False)
class Thermodynamics:
    """What the chemical potentials of a study allow.

    Parameters
    ----------
    entry
        As asked for.
    species
        All species of the study with their results.
    stability
        Of the host, or None while an energy is missing.
    status
        ``"done"``, or why there is no stability.
    formation
        Formation energies per vacancy in eV, by species; those whose results are there.
    surfaces
        Surface energies in eV per square angstrom, by surface.
    weights
        Factors of the total energies of the phases, or None without a stability.
    own_weights
        Factors of the total energies of slabs in `formation` and in `surfaces`, by species.
    """

    entry: ChemicalPotentials
    species: Mapping[str, Calculated]
    stability: Stability | None
    status: str
    formation: Mapping[str, Linear] = field(default_factory=dict)
    surfaces: Mapping[str, Linear] = field(default_factory=dict)
    weights: StabilityWeights | None = None
    own_weights: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def stable(self) -> bool:
        """Whether there are chemical potentials at which the host is stable."""
        return self.stability is not None and len(self.stability.corners_eV) > 0

    def end_weights(self, name: str, energy: Linear) -> list[list[dict[str, float]]]:
        """Factors of total energies in an energy at the corners where the element is scarcest.

        And at those where it abounds.

        Parameters
        ----------
        name
            The species of `formation` or `surfaces`.
        energy
            Its energy.
        """
        assert self.stability is not None
        assert self.weights is not None
        dmu_eV = self.stability.potentials_eV(self.entry.element)
        return [
            [
                self.weights.at_corner(energy, self.own_weights[name], int(corner))
                for corner in np.flatnonzero(np.isclose(dmu_eV, end_eV, rtol=0, atol=TOLERANCE_EV))
            ]
            for end_eV in (dmu_eV.min(), dmu_eV.max())
        ]

    def ends_eV(self, energy: Linear) -> list[list[float]]:
        """Lowest and highest value where the element is scarcest, and where it abounds."""
        assert self.stability is not None
        dmu = self.stability.potentials_eV(self.entry.element)
        ends = np.array([dmu.min(), dmu.max()])
        low, high = energy.band(self.stability, self.entry.element, ends)
        return [[float(low[n]), float(high[n])] for n in range(2)]


def thermodynamics(known: Findings) -> Thermodynamics | None:
    """Evaluate the chemical potentials of a study; None if it asks for none."""
    entry = known.study.chemical_potentials
    if entry is None:
        return None
    species = known.species
    names = [entry.host, *entry.phases]
    missing = [f"{name} {species[name].state}" for name in names if species[name].result is None]
    if missing:
        return Thermodynamics(entry, species, None, ", ".join(missing))
    levels = {item.result.fingerprint for n in names if (item := species[n]).result}
    if len(levels) > 1:
        return Thermodynamics(entry, species, None, f"refused: {len(levels)} levels of theory")
    phases = [
        CompetingPhase(name, elements_of(species[name]), _energy_eV(species[name]))
        for name in names
    ]
    try:
        found = stability(phases, entry.host)
    except StabilityError as error:
        return Thermodynamics(entry, species, None, f"refused: {error}")
    formation, surfaces, own = {}, {}, {}
    for name in entry.formation:
        whole = str(SpeciesName.parse(name).without(known.study.point_defects))
        if species[name].result is not None and species[whole].result is not None:
            structures = species[name].structure, species[whole].structure
            count = defect_count(known.study, name, *structures)
            formation[name] = _formation(species[name], species[whole], count, found)
            own[name] = {name: 1.0 / count, whole: -1.0 / count}
    for name in entry.surfaces:
        result = species[name].result
        if result is not None:
            area = float(np.linalg.norm(np.cross(*result.atoms.cell.array[:2])))
            energy = surface_energy(result.energy_eV, elements_of(species[name]), area, found)
            surfaces[name], own[name] = energy, {name: 1.0 / (2 * area)}
    weights = StabilityWeights(phases, found)
    return Thermodynamics(entry, species, found, "done", formation, surfaces, weights, own)


def elements_of(calculated: Calculated) -> dict[str, int]:
    """Number of atoms of each element, metals first."""
    return dict(calculated.structure.atoms.symbols.formula.convert("metal").count())


def _energy_eV(calculated: Calculated) -> float:
    assert calculated.result is not None
    return calculated.result.energy_eV


def _formation(vacant: Calculated, whole: Calculated, count: float, found: Stability) -> Linear:
    """Formation energy per defect."""
    before, after = elements_of(whole), elements_of(vacant)
    changed = {e: before.get(e, 0) - after.get(e, 0) for e in before | after}
    removed = {e: n for e, n in changed.items() if n}
    total = formation_energy(_energy_eV(vacant), _energy_eV(whole), removed, found)
    each = {element: c / count for element, c in total.coefficients.items()}
    return Linear(total.constant_eV / count, each)
