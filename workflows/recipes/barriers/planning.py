"""Tasks of the barriers of a study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.species_name import SpeciesName
from slabs.errors import InputError
from slabs.surfaces.hops import far_atoms, hop_of
from workflows.planning.cost import NEXT_CYCLE, ONE_CYCLE
from workflows.planning.plan import chosen_later
from workflows.planning.relaxations import SpeciesPlanner
from workflows.species.hops import after_hop
from workflows.species.species import Species
from workflows.study.barrier_table import BarrierEntry
from workflows.study.errors import StudyError

if TYPE_CHECKING:
    from workflows.dft.kinds.barrier import BarrierSpec, HopSpec

#: Steps of a band down to 0.05 eV/A: 3 to 15 of molecules and of copper with EMT, more of slabs.
BAND_STEPS = 20


@dataclass(frozen=True)
class Hops:
    """What one entry has planned.

    Parameters
    ----------
    key
        Of its task.
    ends
        Keys of the relaxations of both ends, by candidate.
    """

    key: str
    ends: tuple[tuple[str, str], ...]


def plan_barrier(planner: SpeciesPlanner, entry: BarrierEntry, place: str) -> Hops:
    """Plan the relaxations of both ends of a hop and the path between them.

    Raises
    ------
    StudyError
        If the species is not a neutral slab with a vacancy of one atom, if its candidate is
        known only after a screening, or if there is no such hop.
    """
    _check(planner, entry, place)
    keys = planner.first(entry.species, f"{place}.species")
    if any(chosen_later(planner.tasks[key]) for key in keys):
        raise StudyError(
            f"{planner.file}: {place}.species: {entry.species!r} is made from a candidate that"
            " a screening chooses; barriers go without promote in [[candidates]]"
        )
    made = planner.species[entry.species][: len(keys)]
    hops = [
        _hop(planner, entry, species, key, place) for species, key in zip(made, keys, strict=True)
    ]
    species = made[0]
    spec: BarrierSpec = {
        **planner.specs.electrons(species, relaxing=True),
        "fmax_eV_per_A": planner.study.level.fmax_eV_per_A,
        "images": entry.images,
        "hops": hops,
    }
    ends = tuple((hop["first"], hop["last"]) for hop in hops)
    parents = tuple(dict.fromkeys(key for pair in ends for key in pair))
    iterations = entry.images * (ONE_CYCLE + BAND_STEPS * NEXT_CYCLE)
    key = planner.add(
        f"barrier {entry.species} ({entry.name})", "barrier", species, spec, parents,
        level=planner.study.level, iterations=iterations,
    )  # fmt: skip
    return Hops(key, ends)


def _check(planner: SpeciesPlanner, entry: BarrierEntry, place: str) -> None:
    """Refuse what cannot hop, and ends that would not be made alike."""
    study, file = planner.study, planner.file
    if entry.charge:
        raise StudyError(
            f"{file}: {place}.charge = {entry.charge}: hops of charged vacancies are refused, as"
            " energies of charged cells are; allowed: 0"
        )
    name = SpeciesName.parse(entry.species)
    defect = study.point_defects.get(name.last)
    heads = [*study.surfaces, *study.supercells]
    if name.head not in heads or defect is None or defect.kind != "vacancy":
        vacancies = [key for key, each in study.point_defects.items() if each.kind == "vacancy"]
        raise StudyError(
            f"{file}: {place}.species: {entry.species!r} must be a slab or supercell whose last"
            f" part is a vacancy; defined: {', '.join(heads) or 'none'}; vacancies:"
            f" {', '.join(vacancies) or 'none'}"
        )
    if name.head in study.supercells:
        if "to" in entry.model_fields_set:
            raise StudyError(
                f"{file}: {place}.to: {name.head!r} is a supercell, which has no layers; leave it"
                " away"
            )
    elif study.surfaces[name.head].sides == "two":
        raise StudyError(
            f"{file}: {place}.species: {name.head!r} has defects on both faces, which would hop"
            " together; give sides = 'one'"
        )
    for key, allowed in (("starts", ["as-cut"]), ("spin_seeds", ["neighbours"])):
        if list(getattr(defect, key)) != allowed:
            raise StudyError(
                f"{file}: {place}.species: {name.last!r} has {key} = {getattr(defect, key)}, but"
                f" both ends of a hop must start alike; allowed: {allowed}"
            )


def _hop(
    planner: SpeciesPlanner, entry: BarrierEntry, species: Species, key: str, place: str
) -> HopSpec:
    """One candidate of the species, and what it is after the hop."""
    try:
        hop = hop_of(species.structure, entry.to, entry.direction, near=entry.near)
    except InputError as error:
        raise StudyError(f"{planner.file}: {place}.{error.key}: {error.message}") from error
    assert species.parent is not None
    parent, number = species.parent
    after = after_hop(species, planner.builder.build(parent)[number], hop)
    parents = planner.tasks[key].parents
    spec = planner.specs.relax(after, True, place)
    label = planner.tasks[key].label
    last = planner.add_relaxation(f"{label} after the hop {entry.name}", after, spec, parents)
    return {
        "first": key,
        "last": last,
        "atom": hop.atom,
        "vector_A": [round(float(x), 6) + 0.0 for x in -hop.vector_A],
        "far": far_atoms(species.structure, hop),
    }
