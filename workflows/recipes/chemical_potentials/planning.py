"""What the energies over chemical potentials need: phases, vacancies, surfaces."""

from __future__ import annotations

from analysis.species_name import head_of
from workflows.planning.relaxations import SpeciesPlanner, elements
from workflows.study.errors import StudyError
from workflows.study.model import ChemicalPotentials

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
        if head_of(name) not in planner.study.surfaces or not planner.builder.split(name)[2]:
            raise StudyError(
                f"{planner.file}: {PLACE}.formation: {name!r} must be a slab with vacancies"
            )
        planner.relax(name, f"{PLACE}.formation")
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
