"""What the energies over chemical potentials need: phases, vacancies, surfaces."""

from __future__ import annotations

from collections.abc import Collection

from analysis.species_name import SpeciesName, head_of
from workflows.planning.relaxations import SpeciesPlanner, elements
from workflows.study.errors import StudyError
from workflows.study.reservoir_tables import ChemicalPotentials

PLACE = "chemical_potentials"


def plan_phases(planner: SpeciesPlanner, entry: ChemicalPotentials) -> None:
    """Plan the phases, vacancies and surfaces whose energies depend on the reservoirs.

    Raises
    ------
    StudyError
        If an element has no elemental phase, or a phase has an element that the host lacks.
    """
    names = (entry.host, *entry.phases)
    planner.comparable(names, PLACE)
    for name in (*names, *entry.surfaces):
        planner.relax(name, PLACE)
    composition = elements(planner.species[entry.host][0].structure.atoms)
    if entry.element not in composition:
        raise StudyError(
            f"{planner.file}: {PLACE}.element: {entry.element!r} is not in {entry.host}; allowed:"
            f" {', '.join(composition)}"
        )
    for name in entry.formation:
        head, supercells = head_of(name), planner.study.supercells
        known = (*planner.study.surfaces, *supercells)
        if head not in known or not planner.builder.split(name)[2]:
            raise StudyError(
                f"{planner.file}: {PLACE}.formation: {name!r} must be a slab with vacancies or"
                " other point defects, or a supercell with vacancies"
            )
        if head in supercells and supercells[head].crystal != entry.host:
            raise StudyError(
                f"{planner.file}: {PLACE}.formation: {name!r} must be a supercell of the host"
                f" {entry.host!r}, not of {supercells[head].crystal!r}"
            )
        planner.relax(name, f"{PLACE}.formation")
        _refuse_foreign(planner, name, composition, entry.host)
    given = {name: elements(planner.species[name][0].structure.atoms) for name in entry.phases}
    for name, found in given.items():
        if not set(found) <= set(composition):
            raise StudyError(
                f"{planner.file}: {PLACE}.phases: {name!r} has elements that {entry.host} lacks"
            )
    for element in composition:
        if [element] not in [list(found) for found in given.values()]:
            raise StudyError(
                f"{planner.file}: {PLACE}.phases: no elemental phase of {element} among"
                f" {', '.join(entry.phases)}"
            )


def _refuse_foreign(
    planner: SpeciesPlanner, name: str, composition: Collection[str], host: str
) -> None:
    """Refuse a defect that adds or removes what has no chemical potential."""
    whole = str(SpeciesName.parse(name).without(planner.study.point_defects))
    before, after = (elements(planner.species[each][0].structure.atoms) for each in (whole, name))
    for element in sorted({*before, *after} - set(composition)):
        if before.get(element, 0) != after.get(element, 0):
            raise StudyError(
                f"{planner.file}: {PLACE}.formation: {name!r} changes the number of {element}"
                f" atoms, which have no chemical potential in {host!r}; give its formation as one"
                " of [[reactions]]"
            )
