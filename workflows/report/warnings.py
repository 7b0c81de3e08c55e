"""What a reader of a study must know before the numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workflows.findings.calculated import calculated_candidates, calculated_species
from workflows.findings.states import TaskState
from workflows.planning.plan import Plan
from workflows.recipes.chemical_potentials.thermodynamics import (
    Thermodynamics,
    formation_rows,
    phase_rows,
    surface_rows,
)
from workflows.recipes.comparisons import basin_rows, passivation_rows, spin_orbit_rows, split_rows
from workflows.recipes.old_electrostatics import electrostatics_rows
from workflows.summary import energy_rows

#: Kinds of notices, the gravest first, and what each is called.
KINDS = {"error": "Failed", "missing": "Missing", "caution": "Caution", "note": "Note"}
#: What is said of the tasks in a state, and how grave it is.
_STATES = {
    "failed": ("error", "failed"),
    "unconverged": ("error", "did not converge"),
    "blocked": ("missing", "cannot start, since a task before has failed"),
    "running": ("missing", "still running"),
    "waiting": ("missing", "not calculated yet"),
}


@dataclass(frozen=True)
class Notice:
    """Something that a reader must know.

    Parameters
    ----------
    kind
        One of `KINDS`.
    title
        What is wrong.
    lines
        The cases, each with its reason.
    """

    kind: str
    title: str
    lines: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """What its kind is called."""
        return KINDS[self.kind]


def page_notices(
    plan: Plan, states: Mapping[str, TaskState], found: Thermodynamics | None
) -> list[Notice]:
    """All notices of a study."""
    return [
        *_tasks(states),
        *_energies(plan, states, found),
        *_level(plan),
        *_stability(found),
        *_basins(plan, states),
        *_flags(plan, states),
        *_potentials(plan, states),
        *_species(plan),
    ]


def sorted_notices(notices: Iterable[Notice]) -> list[Notice]:
    """The gravest first."""
    return sorted(notices, key=lambda each: list(KINDS).index(each.kind))


def _tasks(states: Mapping[str, TaskState]) -> list[Notice]:
    notices = []
    for name, (kind, words) in _STATES.items():
        here = [state for state in states.values() if state.state == name]
        lines = tuple(
            f"{state.task.label}{f': {state.why}' if state.why else ''} (tasks/{state.folder.name})"
            for state in here
        )
        if here:
            count = f"{len(here)} of {len(states)} tasks"
            notices.append(Notice(kind, f"{count} {words}", lines))
    return notices


def _energies(
    plan: Plan, states: Mapping[str, TaskState], found: Thermodynamics | None
) -> list[Notice]:
    """Everything that was asked for and has no number."""
    rows = [*energy_rows(plan, states), *passivation_rows(plan, states)]
    lines = [
        f"{row.name} ({row.reaction.equation}): {row.status}"
        for row in rows
        if row.reaction_energy_eV is None
    ]
    others = [
        *((f"phase {row['phase']}", row["status"]) for row in phase_rows(plan, found)),
        *((f"vacancies in {row['species']}", row["status"]) for row in formation_rows(plan, found)),
        *((f"surface {row['species']}", row["status"]) for row in surface_rows(found)),
        *((f"split of {row['species']}", row["status"]) for row in split_rows(plan, states)),
        *((f"spin-orbit {row['name']}", row["status"]) for row in spin_orbit_rows(plan, states)),
    ]
    lines += [f"{name}: {status}" for name, status in others if status != "done"]
    title = f"{len(lines)} {'energies have' if len(lines) > 1 else 'energy has'} no number"
    return [Notice("missing", title, tuple(lines))] if lines else []


def _level(plan: Plan) -> list[Notice]:
    study = plan.study
    if not study.caveat:
        return []
    return [Notice("caution", f"Level {study.level_name}: {study.caveat}")]


def _stability(found: Thermodynamics | None) -> list[Notice]:
    if found is None or found.stability is None:
        return []
    stable, notices = found.stability, []
    if not found.stable:
        words = (
            f"{stable.host} -> {stable.decomposition} gains"
            f" {stable.decomposition_energy_eV:.3f} eV per formula unit; nothing that depends on"
            " chemical potentials has a value"
        )
        notices.append(Notice("error", f"{stable.host} is not stable", (words,)))
    if stable.notes:
        title = f"About the stability of {stable.host}"
        notices.append(Notice("caution", title, stable.notes))
    return notices


def _basins(plan: Plan, states: Mapping[str, TaskState]) -> list[Notice]:
    lines = tuple(
        f"{row['surface']}: {row['change_eV']:+.3f} eV when relaxed from {row['from']}; this lower"
        " energy is the reference everywhere"
        for row in basin_rows(plan, states)
        if row["change_eV"] is not None and row["change_eV"] < 0
    )
    title = "Covered slabs know a better basin of the bare surface"
    return [Notice("caution", title, lines)] if lines else []


def _flags(plan: Plan, states: Mapping[str, TaskState]) -> list[Notice]:
    species = calculated_species(plan, calculated_candidates(plan, states)).values()
    lines = tuple(dict.fromkeys(flag for each in species for flag in each.flags))
    return [Notice("caution", "Relaxed into something else", lines)] if lines else []


def _potentials(plan: Plan, states: Mapping[str, TaskState]) -> list[Notice]:
    lines = tuple(
        f"{row['species']}: {words}"
        for row in electrostatics_rows(plan, states)
        for words in row.get("warnings", [])
    )
    title = "Vacuum levels to be careful with"
    return [Notice("caution", title, lines)] if lines else []


def _species(plan: Plan) -> list[Notice]:
    """What was cut, balanced or replaced in the structures."""
    notes = dict.fromkeys(
        note for made in plan.species.values() for each in made for note in each.structure.notes
    )
    return [Notice("note", "What the species stand for", tuple(notes))] if notes else []
