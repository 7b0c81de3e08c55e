"""Tasks of a screen of ligands; a ligand that cannot be built becomes a reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from analysis.energies.reactions import (
    ARROW,
    LedgerError,
    Reaction,
    check_balance,
    parse_reaction,
    passivation_equations,
)
from analysis.species_name import SpeciesName
from slabs.ligands.ligand import conjugate_acid
from workflows.planning.bands import bands_spec
from workflows.planning.relaxations import SpeciesPlanner, elements
from workflows.recipes.defect_counts import defects_per_cell
from workflows.recipes.dos.planning import plan_dos
from workflows.recipes.electrostatics.planning import Keys, plan_potential
from workflows.species.parts import build_ligand
from workflows.study.datasets import missing_datasets
from workflows.study.electronic_tables import DosEntry
from workflows.study.errors import StudyError
from workflows.study.ligand_screen_table import LigandScreenEntry

if TYPE_CHECKING:
    from workflows.dft.kinds.descriptors import DescriptorsSpec

PLACE = "ligand_screen"
#: Empty levels of an isolated ligand, half of which are converged.
EMPTY_LEVELS = 8


@dataclass(frozen=True, eq=False)
class PlannedLigand:
    """What is calculated for one ligand, None for what is not asked for or cannot be built.

    Parameters
    ----------
    ligand
        Its name.
    adsorption, passivation
        The reactions.
    potential
        Keys of the potentials of the covered and the bare slab.
    descriptors
        Key of the task of its descriptors.
    tasks
        Keys of all tasks that are for this ligand alone.
    reason
        Why something cannot be built, or an empty string.
    """

    ligand: str
    adsorption: Reaction | None = None
    passivation: Reaction | None = None
    potential: Keys | None = None
    descriptors: str | None = None
    tasks: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, eq=False)
class PlannedScreen:
    """All ligands, and the densities of states with the keys of their tasks."""

    ligands: tuple[PlannedLigand, ...]
    dos: tuple[tuple[DosEntry, str], ...]


def plan_screen(planner: SpeciesPlanner, entry: LigandScreenEntry) -> PlannedScreen:
    """Plan everything about every ligand that can be built.

    Raises
    ------
    StudyError
        If the surface itself, with or without the vacancy, cannot be calculated.
    """
    bare = SpeciesName(entry.surface)
    defect = (entry.vacancy,) if entry.vacancy else ()
    for name in (bare, bare.plus(*defect)):
        planner.relax(str(name), PLACE)
    shared = set(planner.tasks)
    dos: list[tuple[DosEntry, str]] = []
    if entry.gap_levels:
        dos += [_dos(planner, name) for name in dict.fromkeys((bare, bare.plus(*defect)))]
    if entry.work_function:
        plan_potential(planner, entry.surface, PLACE)
    shared |= set(planner.tasks)
    made = []
    for ligand in entry.ligands:
        planned, own = _ligand(planner, entry, ligand)
        dos += own
        tasks = tuple(key for key in _keys(planner, planned, own) if key not in shared)
        made.append(replace(planned, tasks=tasks))
    return PlannedScreen(tuple(made), tuple(dos))


def _ligand(
    planner: SpeciesPlanner, entry: LigandScreenEntry, ligand: str
) -> tuple[PlannedLigand, list[tuple[DosEntry, str]]]:
    """What is planned for one ligand, and its densities of states."""
    study = planner.study
    faces = 2 if study.surfaces[entry.surface].sides == "two" else 1
    covered = SpeciesName(entry.surface).plus(ligand)
    part = "" if faces == 1 else f"1/{faces} "  # per ligand
    equation = f"{part}{entry.surface} + {ligand} {ARROW} {part}{covered}"
    try:
        _check(planner, equation)
    except StudyError as error:
        return PlannedLigand(ligand, reason=_reason(planner, error)), []
    adsorption = planner.balanced(equation, PLACE)
    slabs, passivation, reason = [covered], None, ""
    if entry.vacancy:
        count = {entry.vacancy: defects_per_cell(planner, entry.surface, entry.vacancy, PLACE)}
        ((_, equation),) = passivation_equations(entry.surface, [ligand], count, faces)
        try:
            _check(planner, equation)
        except StudyError as error:
            reason = _reason(planner, error)
        else:
            passivation = planner.balanced(equation, PLACE)
            slabs.append(covered.plus(entry.vacancy))
    potential = plan_potential(planner, str(covered), PLACE) if entry.work_function else None
    descriptors = _plan_descriptors(planner, ligand) if entry.descriptors else None
    dos = [_dos(planner, name) for name in slabs] if entry.gap_levels else []
    planned = PlannedLigand(ligand, adsorption, passivation, potential, descriptors, reason=reason)
    return planned, dos


def _check(planner: SpeciesPlanner, equation: str) -> None:
    """Build all species of an equation without planning anything.

    Raises
    ------
    StudyError
        If one of them cannot be built, has an element without PAW dataset, or the equation
        is not balanced.
    """
    reaction = parse_reaction(equation)
    made = {name: planner.builder.build(name, PLACE)[0].structure for name in reaction.species}
    for name, structure in made.items():
        missing = missing_datasets(structure.atoms.symbols, planner.study.level.functional)
        if missing:
            raise StudyError(f"{name} contains {missing[0]}, for which GPAW has no PAW dataset")
    try:
        check_balance(
            reaction,
            {name: elements(each.atoms) for name, each in made.items()},
            {name: each.charge for name, each in made.items()},
        )
    except LedgerError as error:
        raise StudyError(str(error)) from error


def _reason(planner: SpeciesPlanner, error: StudyError) -> str:
    """What an error says, without the file."""
    return str(error).removeprefix(f"{planner.file}: ")


def _dos(planner: SpeciesPlanner, name: SpeciesName) -> tuple[DosEntry, str]:
    entry = DosEntry.model_validate({"species": str(name)})
    return entry, plan_dos(planner, entry, PLACE)


def _plan_descriptors(planner: SpeciesPlanner, ligand: str) -> str:
    """Plan the levels of an isolated ligand, and the potential around its anchors."""
    parents = planner.calculated(ligand, PLACE)
    species = planner.species[ligand][0]
    wanted = DosEntry.model_validate({"species": ligand, "empty_bands": EMPTY_LEVELS})
    spec = {**bands_spec(planner, wanted, species), "anchors": _anchors(planner, ligand)}
    return planner.add(
        f"descriptors {ligand}", "descriptors", species, cast("DescriptorsSpec", spec), parents
    )


def _anchors(planner: SpeciesPlanner, ligand: str) -> list[int]:
    """Indices of the anchors in the isolated ligand, which may be the acid of an anion."""
    entry = planner.study.ligands[ligand]
    built = build_ligand(entry, planner.builder.folder)
    if entry.counter_ion == "H":
        built = conjugate_acid(built)
    return [int(n) for n in built.anchors]


def _keys(
    planner: SpeciesPlanner, planned: PlannedLigand, dos: list[tuple[DosEntry, str]]
) -> dict[str, None]:
    """Keys of all tasks behind the rows of a ligand."""
    names = [
        name
        for reaction in (planned.adsorption, planned.passivation)
        if reaction is not None
        for name in reaction.species
    ]
    keys = [
        key
        for name in names
        for table in (
            planner.screen_keys, planner.first_keys, planner.relax_keys, planner.species_keys
        )
        for key in table.get(name, ())
    ]  # fmt: skip
    keys += [key for _, key in dos]
    keys += [planned.potential.own] if planned.potential else []
    keys += [planned.descriptors] if planned.descriptors else []
    return dict.fromkeys(keys)
