"""Tasks of the charge states of a defect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.species_name import SpeciesName
from workflows.planning import cost
from workflows.planning.relaxations import SpeciesPlanner, elements
from workflows.species.charged import charged
from workflows.species.species import Species
from workflows.study.charged_defects_table import ChargedDefectEntry
from workflows.study.errors import StudyError

#: Bands above the occupied ones, half of which are converged.
EMPTY_BANDS = 12


@dataclass(frozen=True)
class StateKeys:
    """Keys of the tasks of one charge state; the neutral one has its energy in the study.

    Parameters
    ----------
    energy
        Of the energy, or None for the neutral one.
    potentials
        Of the potentials at its atoms.
    """

    energy: str | None
    potentials: str


@dataclass(frozen=True)
class PlannedDefect:
    """What one entry has planned.

    Parameters
    ----------
    host
        Name of the supercell without the defect.
    host_potentials
        Key of the potentials at its atoms.
    states
        By charge.
    atoms
        For each atom of the defective cell its number in the host.
    removed
        Number of atoms of each element that left.
    """

    host: str
    host_potentials: str
    states: Mapping[int, StateKeys]
    atoms: tuple[int, ...]
    removed: Mapping[str, int]


def plan_charged_defect(
    planner: SpeciesPlanner, entry: ChargedDefectEntry, place: str
) -> PlannedDefect:
    """Plan host, neutral defect and charge states, and the potentials at the atoms of each.

    Raises
    ------
    StudyError
        If the species is not a supercell with one vacancy, or the energies of the atoms that leave
        have no reservoir.
    """
    name = _checked(planner, entry, place)
    host = str(name.parent)
    relaxed = planner.relax(entry.species, f"{place}.species")
    planner.relax(host, f"{place}.species")
    planner.comparable({planner.study.supercells[host].crystal}, place)
    made = planner.species[entry.species]
    origin = made[0].parent_atoms
    if any(not np.array_equal(each.parent_atoms, origin) for each in made):
        raise StudyError(
            f"{planner.file}: {place}.species: {entry.species!r} has candidates at several sites;"
            f" give {name.last!r} sites = 1"
        )
    before, after = (
        elements(planner.species[each][0].structure.atoms) for each in (host, entry.species)
    )
    removed = {e: n - after.get(e, 0) for e, n in before.items() if n != after.get(e, 0)}
    _check_reservoirs(planner, entry, host, removed, place)
    states = {
        0: StateKeys(None, _potentials(planner, made[0], planner.species_keys[entry.species]))
    }
    for charge in entry.charges:
        if charge:
            states[charge] = _state(planner, entry, made, relaxed, charge)
    whole = planner.species[host][0]
    host_key = _potentials(planner, whole, planner.species_keys[host])
    return PlannedDefect(host, host_key, states, tuple(map(int, origin)), removed)


def _checked(planner: SpeciesPlanner, entry: ChargedDefectEntry, place: str) -> SpeciesName:
    """The name of the species, which must be a supercell with one vacancy."""
    study, name = planner.study, SpeciesName.parse(entry.species)
    if name.head in study.surfaces:
        raise StudyError(
            f"{planner.file}: {place}.species: {entry.species!r} is a slab, whose energy with a"
            " charge depends on the vacuum; give a supercell with a vacancy, such as"
            f" '{next(iter(study.supercells), 'bulk')}.{name.last}'"
        )
    vacancies = [key for key, each in study.point_defects.items() if each.kind == "vacancy"]
    if name.head not in study.supercells or name.last not in vacancies or len(name.parts) != 1:
        raise StudyError(
            f"{planner.file}: {place}.species: {entry.species!r} must be one of [supercells] with"
            f" one vacancy; supercells: {', '.join(study.supercells) or 'none'}; vacancies:"
            f" {', '.join(vacancies) or 'none'}"
        )
    return name


def _check_reservoirs(
    planner: SpeciesPlanner,
    entry: ChargedDefectEntry,
    host: str,
    removed: Mapping[str, int],
    place: str,
) -> None:
    """Refuse atoms without a chemical potential; plan the reservoirs of the others."""
    study, crystal = planner.study, planner.study.supercells[host].crystal
    potentials = study.chemical_potentials
    if potentials is not None:
        if potentials.host != crystal:
            raise StudyError(
                f"{planner.file}: {place}.species: {host!r} is a supercell of {crystal!r}, but"
                f" [chemical_potentials] are those of {potentials.host!r}"
            )
        return
    if set(entry.reservoirs) != set(removed):
        raise StudyError(
            f"{planner.file}: {place}.reservoirs: {', '.join(entry.reservoirs) or 'nothing'} is"
            f" given, but {', '.join(removed)} leaves; give [chemical_potentials], or one molecule"
            " or crystal for each of these elements"
        )
    planner.comparable(entry.reservoirs.values(), place)
    for element, name in entry.reservoirs.items():
        planner.relax(name, f"{place}.reservoirs.{element}")
        found = elements(planner.species[name][0].structure.atoms)
        if set(found) != {element}:
            raise StudyError(
                f"{planner.file}: {place}.reservoirs.{element}: {name!r} holds"
                f" {', '.join(found)}; give a molecule or crystal of {element} alone"
            )


def _state(
    planner: SpeciesPlanner,
    entry: ChargedDefectEntry,
    neutral: tuple[Species, ...],
    relaxed: tuple[str, ...],
    charge: int,
) -> StateKeys:
    """Plan the energy of a charge state and the potentials at its atoms."""
    starts = [charged(each, charge) for each in neutral]
    label = f"{entry.species} charge {charge:+d}"
    if entry.positions == "neutral":
        spec = planner.specs.charged_as_neutral(starts[0])
        parents = planner.species_keys[entry.species]
        words = f"energy {label}, neutral positions"
        key = planner.add(words, "single-point", starts[0], spec, parents)
    else:
        relaxing = planner.specs.charged(starts)
        key = planner.add_relaxation(f"relax {label}", starts[0], relaxing, relaxed)
        if planner.study.single_point is not None:
            point = planner.specs.single_point(starts[0])
            key = planner.add(f"energy {label}", "single-point", starts[0], point, (key,))
    return StateKeys(key, _potentials(planner, starts[0], (key,)))


def _potentials(planner: SpeciesPlanner, species: Species, parents: tuple[str, ...]) -> str:
    """Plan the potentials at the atoms of the lowest of several candidates."""
    electrons = planner.specs.electrons(species, relaxing=False)
    spec = {**electrons, "spin_orbit": False, "empty_bands": EMPTY_BANDS}
    charge = f" charge {species.structure.charge:+d}" if species.structure.charge else ""
    label = f"site potentials {species.name}{charge}"
    return planner.add(label, "site-potentials", species, spec, parents, iterations=cost.ONE_CYCLE)
