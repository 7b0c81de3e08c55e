"""How many defects a cell holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.species_name import SpeciesName

if TYPE_CHECKING:
    from slabs.structure import Structure
    from workflows.planning.relaxations import SpeciesPlanner
    from workflows.study.model import Study


def defect_count(study: Study, name: str, defective: Structure, whole: Structure) -> float:
    """Number of defects of a cell, on both faces if both have them; a pair is one.

    Parameters
    ----------
    study
        The study.
    name
        Name of the defective species.
    defective, whole
        Its structure, and that without its defects.
    """
    parts = SpeciesName.parse(name).only(study.point_defects)
    single = sum(max(1, len(study.point_defects[part].parts)) for part in parts)
    made = [len(s.vacancies) + len(s.added) for s in (defective, whole)]
    return (made[0] - made[1]) * len(parts) / single


def defects_per_cell(planner: SpeciesPlanner, surface: str, vacancy: str, place: str) -> int:
    """How many of one defect a cell holds: two on two faces, but one in the very middle."""
    name = str(SpeciesName(surface).plus(vacancy))
    vacant, whole = (planner.builder.build(each, place)[0].structure for each in (name, surface))
    return round(defect_count(planner.study, name, vacant, whole))
