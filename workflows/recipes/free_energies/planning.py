"""Tasks of free energies: the vibrations of all species of a reaction, of the same atoms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.energies.reactions import Reaction, parse_reaction
from analysis.species_name import SpeciesName, head_of
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.vibrations.planning import VibrationKeys, near_atoms, plan_vibrations
from workflows.study.errors import StudyError
from workflows.study.vibration_tables import FreeEnergyEntry


@dataclass(frozen=True)
class PlannedReaction:
    """A reaction with the vibrations of its species.

    Parameters
    ----------
    name
        As in [[reactions]].
    reaction
        The equation.
    keys
        Tasks by species; None for a slab of which no atom vibrates.
    """

    name: str
    reaction: Reaction
    keys: Mapping[str, VibrationKeys | None]


def plan_free_energy(
    planner: SpeciesPlanner, entry: FreeEnergyEntry, place: str
) -> PlannedReaction:
    """Plan the vibrations of all species of a reaction.

    In all slabs that were made from the same bare one, the same atoms of it vibrate: those near
    to a ligand or defect of any of them. So the modes of the slab cancel where nothing happens.

    Raises
    ------
    StudyError
        If the reaction contains a crystal.
    """
    (equation,) = (e.equation for e in planner.study.reactions if e.name == entry.reaction)
    reaction = parse_reaction(equation)
    for name in reaction.species:
        planner.relax(name, place)
        if planner.species[name][0].kind == "crystal":
            raise StudyError(
                f"{planner.file}: {place}: {entry.reaction!r} contains the crystal {name!r}, whose"
                " phonons are not calculated; name a reaction of slabs and molecules"
            )
    slabs = [n for n in reaction.species if planner.species[n][0].kind == "slab"]
    near: dict[str, set[int]] = {head_of(name): set() for name in slabs}
    for name in slabs:
        if name != head_of(name):
            near[head_of(name)] |= near_atoms(planner, name, entry.near_A)
    keys = {
        name: plan_vibrations(planner, name, place, entry, near.get(head_of(name), set()))
        for name in reaction.species
    }
    return PlannedReaction(entry.reaction, reaction, keys)


def check_conditions(planner: SpeciesPlanner, planned: tuple[PlannedReaction, ...]) -> None:
    """Refuse conditions of what takes part in no reaction, or has none.

    Raises
    ------
    StudyError
        With the key.
    """
    study, conditions = planner.study, planner.study.conditions
    used = list(dict.fromkeys(name for each in planned for name in each.reaction.species))
    molecules = [name for name in used if planner.species[name][0].kind == "molecule"]
    slabs = [name for name in used if len(SpeciesName.parse(name).only(study.ligands)) == 1]
    covered = [name for name in slabs if planner.species[name][0].kind == "slab"]
    for key, names, known, what in (
        ("pressures_bar", conditions.pressures_bar, molecules, "molecule"),
        ("concentrations_M", conditions.concentrations_M, molecules, "molecule"),
        ("hindered", conditions.hindered, covered, "slab with one ligand"),
    ):
        for name in names:
            if name not in known:
                raise StudyError(
                    f"{planner.file}: conditions.{key}: {name!r} is no {what} of [[free_energies]];"
                    f" allowed: {', '.join(known) or 'none'}"
                )
    for name in conditions.hindered:
        if study.surfaces[head_of(name)].sides == "two":
            raise StudyError(
                f"{planner.file}: conditions.hindered: {name!r} has a ligand on each of its two"
                " faces; a hindered ligand is allowed on a surface with sides = 'one'"
            )
