"""What a reader of a page must know before the numbers, beside what each recipe says."""

from __future__ import annotations

from workflows.findings.findings import Findings
from workflows.recipes.notices import Notice, caution
from workflows.recipes.registry import recipes

#: What is said of the tasks in a state, and how grave it is.
_STATES = {
    "failed": ("error", "failed"),
    "unconverged": ("error", "did not converge"),
    "blocked": ("missing", "cannot start, since a task before has failed"),
    "running": ("missing", "still running"),
    "waiting": ("missing", "not calculated yet"),
}


def page_notices(found: Findings) -> list[Notice]:
    """All notices of a study."""
    return [
        *_tasks(found),
        *_energies(found),
        *_level(found),
        *(notice for recipe in recipes() for notice in recipe.notices(found)),
        *_flags(found),
        *_species(found),
    ]


def _tasks(found: Findings) -> list[Notice]:
    notices = []
    for name, (kind, words) in _STATES.items():
        here = [state for state in found.states.values() if state.state == name]
        lines = tuple(
            f"{state.task.label}{f': {state.why}' if state.why else ''} (tasks/{state.folder.name})"
            for state in here
        )
        if here:
            count = f"{len(here)} of {len(found.states)} tasks"
            notices.append(Notice(kind, f"{count} {words}", lines))
    return notices


def _energies(found: Findings) -> list[Notice]:
    """Everything that was asked for and has no number."""
    lines = tuple(line for recipe in recipes() for line in recipe.missing(found))
    title = f"{len(lines)} {'energies have' if len(lines) > 1 else 'energy has'} no number"
    return [Notice("missing", title, lines)] if lines else []


def _level(found: Findings) -> list[Notice]:
    study = found.study
    if not study.caveat:
        return []
    return [Notice("caution", f"Level {study.level_name}: {study.caveat}")]


def _flags(found: Findings) -> list[Notice]:
    lines = (flag for each in found.species.values() for flag in each.flags)
    return caution("Relaxed into something else", lines)


def _species(found: Findings) -> list[Notice]:
    """What was cut, balanced or replaced in the structures."""
    notes = dict.fromkeys(
        note
        for made in found.plan.species.values()
        for each in made
        for note in each.structure.notes
    )
    return [Notice("note", "What the species stand for", tuple(notes))] if notes else []
