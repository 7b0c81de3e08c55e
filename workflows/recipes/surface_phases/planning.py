"""What a phase diagram of surfaces needs, and whether its energies can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.species_name import head_of
from analysis.thermodynamics.competing_phases import CompetingPhase, StabilityError
from analysis.thermodynamics.potential_plane import conditions
from analysis.thermodynamics.reservoirs import molecules_taken
from workflows.planning.relaxations import SpeciesPlanner, elements
from workflows.recipes.surface_phases.faces import common_face
from workflows.study.errors import StudyError
from workflows.study.surface_phases import SurfacePhasesEntry


@dataclass(frozen=True, eq=False)
class PlannedDiagram:
    """A phase diagram of surfaces before any calculation.

    Parameters
    ----------
    entry
        As asked for.
    against
        Surface whose bare slab the energies are relative to; None if each slab has two faces
        that are alike, and so an energy of its own.
    taken
        For each slab how many molecules of each reservoir it holds.
    """

    entry: SurfacePhasesEntry
    against: str | None
    taken: Mapping[str, Mapping[str, int]]


def plan_diagram(planner: SpeciesPlanner, entry: SurfacePhasesEntry, place: str) -> PlannedDiagram:
    """Plan slabs and reservoirs.

    Raises
    ------
    StudyError
        If the slabs cannot be compared, or the chemical potentials are not all set.
    """
    study, potentials = planner.study, planner.study.chemical_potentials
    assert potentials is not None
    for name in entry.species:
        if head_of(name) not in study.surfaces:
            raise StudyError(
                f"{planner.file}: {place}.species: {name!r} is no slab; defined in [surfaces]:"
                f" {', '.join(study.surfaces) or 'none'}"
            )
    surfaces = list(dict.fromkeys(head_of(name) for name in entry.species))
    for name in (potentials.host, *potentials.phases, *surfaces, *entry.species):
        planner.relax(name, f"{place}.species")
    for name in entry.reservoirs:
        planner.relax(name, f"{place}.reservoirs")
    planner.one_lattice(surfaces, place)
    against = common_face(planner, surfaces, place)
    host = elements(planner.species[potentials.host][0].structure.atoms)
    _check_axes(planner, entry, place, host)
    held = {n: elements(planner.species[n][0].structure.atoms) for n in entry.reservoirs}
    try:
        taken = {
            name: molecules_taken(
                name, elements(planner.species[name][0].structure.atoms), host, held
            )
            for name in (*surfaces, *entry.species)
        }
    except StabilityError as error:
        raise StudyError(f"{planner.file}: {place}.reservoirs: {error}") from error
    return PlannedDiagram(entry, against, taken)


def _check_axes(
    planner: SpeciesPlanner, entry: SurfacePhasesEntry, place: str, host: Mapping[str, int]
) -> None:
    """Refuse axes that nothing has, and conditions that do not set all chemical potentials."""
    potentials = planner.study.chemical_potentials
    assert potentials is not None
    for axis in entry.axes:
        if axis not in (*host, *entry.reservoirs):
            raise StudyError(
                f"{planner.file}: {place}.axes: {axis!r} is not allowed; elements of"
                f" {potentials.host!r}: {', '.join(host)}; reservoirs:"
                f" {', '.join(entry.reservoirs) or 'none'}"
            )
    units = {
        name: CompetingPhase(
            name, elements(planner.species[name][0].structure.atoms), 0.0
        ).formula_unit
        for name in (potentials.host, *entry.equilibrium)
    }
    try:
        conditions(list(host), units, [axis for axis in entry.axes if axis in host])
    except StabilityError as error:
        raise StudyError(f"{planner.file}: {place}.equilibrium: {error}") from error
