"""Planning of convergence: the reactions of a study with other values of one parameter."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from analysis.energies.reactions import Reaction, parse_reaction
from analysis.species_name import SpeciesName, head_of
from slabs.errors import InputError
from slabs.surfaces.slab import HEIGHT_STEP_A
from workflows.planner import plan_study
from workflows.planning.plan import Plan, Task
from workflows.recipes.reactions import RECIPE as REACTIONS
from workflows.species.builder import SpeciesBuilder
from workflows.study.converge_table import (
    KINDS,
    PARAMETERS,
    ConvergeEntry,
    cells,
    value_words,
)
from workflows.study.energy_tables import ReactionEntry
from workflows.study.errors import StudyError
from workflows.study.file import load_study
from workflows.study.level import Level
from workflows.study.model import Study
from workflows.study.structure_tables import Surface
from workflows.study.supercells import SupercellEntry

#: Parameters of slabs that are cut from a crystal.
CUT_ONLY = ("layers", "size")
#: What the reactions need of a study; everything else that it asks for is left out.
NEEDED = (
    "title", "level", "single_point", "screening", "molecule_vacuum_A", "surfaces", "ligands",
    "vacancies", "defects", "molecules", "placement", "supercells",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Variant:
    """A study with one value changed.

    Parameters
    ----------
    value
        The value, as in the study file.
    plan
        The reactions that depend on the parameter, planned with this value.
    """

    value: Any
    plan: Plan


@dataclass(frozen=True, eq=False)
class ConvergencePlan:
    """Everything that the table ``[converge]`` of a study asks for.

    Parameters
    ----------
    study
        The whole study.
    entry
        Its table ``[converge]``.
    plan
        The tasks of all variants, each once.
    variants
        Variants of the study by parameter, in the order of the values.
    independent
        By parameter the names of the reactions that do not depend on it.
    """

    study: Study
    entry: ConvergeEntry
    plan: Plan
    variants: Mapping[str, tuple[Variant, ...]]
    independent: Mapping[str, tuple[str, ...]]


def plan_convergence(file: Path) -> ConvergencePlan:
    """Read a study file and plan its reactions with all values of ``[converge]``.

    Raises
    ------
    StudyError
        As `workflows.planner.make_plan`, if there is no such table, if a value cannot be
        built, or if it changes nothing.
    """
    study, text = load_study(file)
    entry = study.converge
    if entry is None:
        raise StudyError(
            f"{file}: converge is missing; give a table [converge] with at least one of"
            f" {', '.join(PARAMETERS)}"
        )
    names = entry.reactions or [reaction.name for reaction in study.reactions]
    chosen = restricted(study, names)
    builder = SpeciesBuilder(chosen, file)
    own = plan_study(chosen, text, file, builder)
    variants, independent = {}, {}
    for parameter in PARAMETERS:
        if not getattr(entry, parameter):
            continue
        affected = [name for name in names if _depends(own, name, parameter)]
        if not affected:
            kinds = " or ".join(KINDS[parameter])
            raise StudyError(f"{file}: converge.{parameter}: no {kinds} is in the chosen reactions")
        own_slabs = _own_slabs(study, affected) if parameter in CUT_ONLY else []
        if own_slabs:
            raise StudyError(
                f"{file}: converge.{parameter}: {own_slabs[0]!r} is a slab from a file; only slabs"
                " that are cut from a crystal can vary it"
            )
        independent[parameter] = tuple(name for name in names if name not in affected)
        part = restricted(study, affected)
        variants[parameter] = _variants(part, entry, parameter, own, builder)
    return ConvergencePlan(study, entry, _merged(own, variants), variants, independent)


def restricted(study: Study, names: Collection[str]) -> Study:
    """The study with nothing but some of its reactions and what they need."""
    reactions = [reaction for reaction in study.reactions if reaction.name in names]
    species = {name for each in reactions for name in parse_reaction(each.equation).species}
    whole = {str(SpeciesName.parse(name).without(study.point_defects)) for name in species}
    heads = {head_of(name) for name in species}
    tables: tuple[Mapping[str, Surface | SupercellEntry], ...] = (study.surfaces, study.supercells)
    cut_from = {e.crystal for table in tables for name, e in table.items() if name in heads}
    update = {
        name: field.get_default(call_default_factory=True)
        for name, field in Study.model_fields.items()
        if name not in NEEDED
    }
    update["reactions"] = reactions
    update["candidates"] = [c for c in study.every_candidate if c.species in whole]
    update["crystals"] = {k: v for k, v in study.crystals.items() if k in species | cut_from}
    return study.model_copy(update=update)


def _own_slabs(study: Study, names: Collection[str]) -> list[str]:
    """Slabs from files that take part in some reactions."""
    heads = {
        head_of(species)
        for reaction in study.reactions
        if reaction.name in names
        for species in parse_reaction(reaction.equation).species
    }
    return [n for n, s in study.surfaces.items() if n in heads and s.slab_file is not None]


def own_value(study: Study, reaction: Reaction, parameter: str, value: Any) -> bool:
    """Whether a reaction has this value of a parameter in the study itself."""
    if parameter in Surface.model_fields:
        heads = {head_of(name) for name in reaction.species}
        used = [surface for name, surface in study.surfaces.items() if name in heads]
        return all(getattr(surface, parameter) == value for surface in used)
    owner = study.energy_level if parameter in Level.model_fields else study
    return bool(getattr(owner, parameter) == value)


def position(plan: Plan, reaction: Reaction, parameter: str, value: Any) -> list[float]:
    """What a value means for a reaction: two values with equal positions are the same.

    For k-points their numbers, which are integers, and for a vacuum the lengths of the
    cells, which are rounded.
    """
    if parameter == "size":
        return [float(cells(value))]
    kinds = KINDS[parameter]
    species = [n for n in reaction.species if plan.species[n][0].kind in kinds]
    if parameter == "kpoint_length_A":
        tasks = [plan.tasks[plan.species_keys[name][0]] for name in species]
        return [float(number) for task in tasks for number in task.spec["kpoints"]]
    if parameter in ("vacuum_A", "molecule_vacuum_A"):
        made = [plan.species[name][0].structure.atoms for name in species]
        return [float(length) for atoms in made for length in atoms.cell.lengths()]
    return [float(value)]


def reactions(plan: Plan) -> list[tuple[ReactionEntry, Reaction]]:
    """The reactions of a plan as written and as parsed."""
    return list(zip(plan.study.reactions, REACTIONS.planned(plan), strict=True))


def _depends(plan: Plan, name: str, parameter: str) -> bool:
    (reaction,) = (parsed for entry, parsed in reactions(plan) if entry.name == name)
    return any(plan.species[each][0].kind in KINDS[parameter] for each in reaction.species)


def _varied(study: Study, entry: ConvergeEntry, parameter: str, value: Any) -> Study:
    """The study with another value of one parameter."""
    if parameter in Surface.model_fields:
        surfaces = {
            name: surface.model_copy(update={parameter: value})
            for name, surface in study.surfaces.items()
        }
        return study.model_copy(update={"surfaces": surfaces})
    if parameter not in Level.model_fields:
        return study.model_copy(update={parameter: value})
    own = study.energy_level
    if getattr(own, parameter) == value:
        return study
    name = f"{own.name}, {parameter} = {value_words(value)}"
    changed = own.model_copy(update={parameter: value, "name": name})
    return study.model_copy(update={"level" if entry.relax_each else "single_point": changed})


def _variants(
    study: Study, entry: ConvergeEntry, parameter: str, own: Plan, builder: SpeciesBuilder
) -> tuple[Variant, ...]:
    """The study with all values of one parameter, planned."""
    # The level changes no structure: the search for placements need not be repeated.
    known = builder if parameter in Level.model_fields else None
    made = []
    for value in getattr(entry, parameter):
        try:
            varied = _varied(study, entry, parameter, value)
            made.append(Variant(value, plan_study(varied, own.text, own.file, known)))
        except InputError as error:
            reason = error.message.removeprefix(f"{own.file}: ")
            raise StudyError(f"{own.file}: converge.{parameter} = {value}: {reason}") from error
    for before, after in pairwise(made):
        _refuse_equal(parameter, before, after)
    return tuple(made)


def _refuse_equal(parameter: str, before: Variant, after: Variant) -> None:
    """Refuse a value that changes nothing: it would look like convergence."""
    for entry, reaction in reactions(after.plan):
        old, new = (position(v.plan, reaction, parameter, v.value) for v in (before, after))
        if old == new:
            points = parameter == "kpoint_length_A"
            what = "k-points" if points else f"cells, with lengths in steps of {HEIGHT_STEP_A} A,"
            raise StudyError(
                f"{after.plan.file}: converge.{parameter} = {after.value} gives {entry.name!r} the"
                f" same {what} as {before.value}"
            )


def _merged(own: Plan, variants: Mapping[str, tuple[Variant, ...]]) -> Plan:
    """One plan with the tasks of all variants; their labels name what was changed."""
    tasks: dict[str, Task] = {}
    for parameter, made in variants.items():
        for variant in made:
            for key, task in variant.plan.tasks.items():
                label = f"{task.label}, {parameter} = {value_words(variant.value)}"
                named = task if key in own.tasks else replace(task, label=label)
                tasks.setdefault(key, named)
    return replace(
        own, tasks=tasks, species={}, relax_keys={}, first_keys={}, species_keys={}, planned={}
    )
