"""Chemical potentials of a study, and what depends on them: vacancies and surfaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from analysis.energies.rows import Calculated
from analysis.thermodynamics.chemical_potentials import Stability, stability
from analysis.thermodynamics.competing_phases import Phase, StabilityError
from analysis.thermodynamics.linear_energies import (
    EV_PER_A2_IN_J_PER_M2,
    Linear,
    formation_energy,
    surface_energy,
)
from workflows.findings.calculated import calculated_candidates, calculated_species
from workflows.findings.states import TaskState
from workflows.planning.plan import Plan
from workflows.study.model import ChemicalPotentials


@dataclass(frozen=True, eq=False)
class Thermodynamics:
    """What the chemical potentials of a study allow.

    Parameters
    ----------
    spec
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
    """

    spec: ChemicalPotentials
    species: Mapping[str, Calculated]
    stability: Stability | None
    status: str
    formation: Mapping[str, Linear] = field(default_factory=dict)
    surfaces: Mapping[str, Linear] = field(default_factory=dict)

    @property
    def stable(self) -> bool:
        """Whether there are chemical potentials at which the host is stable."""
        return self.stability is not None and len(self.stability.corners_eV) > 0

    def ends_eV(self, energy: Linear) -> list[list[float]]:
        """Lowest and highest value where the element is scarcest, and where it abounds."""
        assert self.stability is not None
        dmu = self.stability.potentials_eV(self.spec.element)
        ends = np.array([dmu.min(), dmu.max()])
        low, high = energy.band(self.stability, self.spec.element, ends)
        return [[float(low[n]), float(high[n])] for n in range(2)]


def thermodynamics(plan: Plan, states: Mapping[str, TaskState]) -> Thermodynamics | None:
    """Evaluate the chemical potentials of a study; None if it asks for none."""
    spec = plan.study.chemical_potentials
    if spec is None:
        return None
    species = calculated_species(plan, calculated_candidates(plan, states))
    names = [spec.host, *spec.phases]
    missing = [f"{name} {species[name].state}" for name in names if species[name].result is None]
    if missing:
        return Thermodynamics(spec, species, None, ", ".join(missing))
    levels = {item.result.fingerprint for n in names if (item := species[n]).result}
    if len(levels) > 1:
        return Thermodynamics(spec, species, None, f"refused: {len(levels)} levels of theory")
    phases = [Phase(name, _elements(species[name]), _energy_eV(species[name])) for name in names]
    try:
        found = stability(phases, spec.host)
    except StabilityError as error:
        return Thermodynamics(spec, species, None, f"refused: {error}")
    formation, surfaces = {}, {}
    for name in spec.formation:
        whole = plan.without_vacancies(name)
        if species[name].result is not None and species[whole].result is not None:
            formation[name] = _formation(species[name], species[whole], found)
    for name in spec.surfaces:
        result = species[name].result
        if result is not None:
            area = float(np.linalg.norm(np.cross(*result.atoms.cell.array[:2])))
            energy = surface_energy(result.energy_eV, _elements(species[name]), area, found)
            surfaces[name] = energy
    return Thermodynamics(spec, species, found, "done", formation, surfaces)


def _elements(calculated: Calculated) -> dict[str, int]:
    """Number of atoms of each element, metals first."""
    return dict(calculated.structure.atoms.symbols.formula.convert("metal").count())


def _energy_eV(calculated: Calculated) -> float:
    assert calculated.result is not None
    return calculated.result.energy_eV


def _formation(vacant: Calculated, whole: Calculated, found: Stability) -> Linear:
    """Formation energy per vacancy."""
    before, after = _elements(whole), _elements(vacant)
    removed = {e: n - after.get(e, 0) for e, n in before.items() if n != after.get(e, 0)}
    total = formation_energy(_energy_eV(vacant), _energy_eV(whole), removed, found)
    count = len(vacant.structure.vacancies) - len(whole.structure.vacancies)
    each = {element: c / count for element, c in total.coefficients.items()}
    return Linear(total.constant_eV / count, each)


def phase_rows(plan: Plan, found: Thermodynamics | None) -> list[dict[str, Any]]:
    """The host and its competing phases, energies in eV per formula unit."""
    if found is None:
        return []
    rows = []
    for name in (found.spec.host, *found.spec.phases):
        spec = plan.study.crystals.get(name) or plan.study.molecules[name]
        item, stable = found.species[name], found.stability
        unit = Phase(name, _elements(item), 0.0).formula_unit
        rows.append(
            {
                "phase": name,
                "formula": "".join(f"{e}{n}" if n > 1 else e for e, n in unit.items()),
                "kind": plan.species[name][0].kind,
                "formation_energy_eV": stable and stable.formation_energies_eV[name],
                "above_hull_eV": stable and stable.above_hull_eV[name],
                "published_formation_energy_eV": spec.published_formation_energy_eV,
                "published_source": spec.published_formation_source,
                "folder": str(item.folder),
                "status": item.state if item.result is None else found.status,
            }
        )
    return rows


def formation_rows(plan: Plan, found: Thermodynamics | None) -> list[dict[str, Any]]:
    """Formation energies per vacancy over the chemical potentials, in eV."""
    if found is None:
        return []
    return [
        _over_mu(found, name, found.formation.get(name), [name, plan.without_vacancies(name)])
        for name in found.spec.formation
    ]


def surface_rows(found: Thermodynamics | None) -> list[dict[str, Any]]:
    """Surface energies over the chemical potentials, in J/m^2."""
    if found is None:
        return []
    rows = []
    for name in found.spec.surfaces:
        energy = found.surfaces.get(name)
        if energy is not None:
            factors = {e: c * EV_PER_A2_IN_J_PER_M2 for e, c in energy.coefficients.items()}
            energy = Linear(energy.constant_eV * EV_PER_A2_IN_J_PER_M2, factors)
        rows.append(_over_mu(found, name, energy, [name]))
    return rows


def _over_mu(
    found: Thermodynamics, name: str, energy: Linear | None, needed: list[str]
) -> dict[str, Any]:
    """One energy at both ends of the region of stability and at the references."""
    row: dict[str, Any] = {
        "species": name,
        "element": found.spec.element,
        "at_references": None,
        "poor": None,
        "rich": None,
        "range": None,
        "flags": [flag for each in needed for flag in found.species[each].flags],
        "status": found.status,
    }
    missing = [f"{n} {found.species[n].state}" for n in needed if found.species[n].result is None]
    if missing:
        row["status"] = ", ".join(missing)
    if energy is None or found.stability is None:
        return row
    row["at_references"] = energy.constant_eV
    if found.stable:
        row["poor"], row["rich"] = found.ends_eV(energy)
        row["range"] = list(energy.extremes(found.stability))
    else:
        row["status"] = f"{found.spec.host} is not stable"
    return row


def stability_document(plan: Plan, found: Thermodynamics | None) -> dict[str, Any] | None:
    """All of it for programs: energies in eV, surface energies in J/m^2."""
    if found is None:
        return None
    stable = found.stability
    corners: list[dict[str, Any]] = []
    if stable is not None:
        corners = [
            {"dmu_eV": dict(zip(stable.elements, map(float, c), strict=True)), "phases": list(n)}
            for c, n in zip(stable.corners_eV, stable.neighbours, strict=True)
        ]
    return {
        "host": found.spec.host,
        "status": found.status,
        "references_eV": dict(stable.references_eV) if stable else None,
        "decomposition": stable.decomposition if stable else None,
        "decomposition_energy_eV": stable.decomposition_energy_eV if stable else None,
        "phases": phase_rows(plan, found),
        "corners": corners,
        "formation_eV": formation_rows(plan, found),
        "surfaces_J_per_m2": surface_rows(found),
    }
