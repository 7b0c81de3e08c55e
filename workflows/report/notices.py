"""What a reader of a page must know before the numbers, with links to the numbers it touches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analysis.notation import readable
from workflows.findings.findings import Findings
from workflows.recipes.base import RowEnergy
from workflows.recipes.notices import GRAVITY, Notice, energy_caution, sorted_notices
from workflows.recipes.reactions import RECIPE as REACTIONS
from workflows.recipes.registry import recipes

#: What is said of the tasks in a state, and how grave it is.
_STATES = {
    "failed": ("error", "failed"),
    "unconverged": ("error", "did not converge"),
    "blocked": ("missing", "cannot start, since a task before has failed"),
    "running": ("missing", "still running"),
    "waiting": ("missing", "not calculated yet"),
}


@dataclass(frozen=True)
class PageLine:
    """One case of a notice.

    Parameters
    ----------
    text
        The case.
    rows
        Key and name of each row whose energy it touches.
    """

    text: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class PageNotice:
    """A notice of a page.

    Parameters
    ----------
    key
        Name in the page, for links.
    kind, title
        As of `workflows.recipes.notices.Notice`.
    lines
        The cases.
    """

    key: str
    kind: str
    title: str
    lines: tuple[PageLine, ...]

    @property
    def word(self) -> str:
        """What its kind is called."""
        return GRAVITY[self.kind]


Links = tuple[tuple[str, str], ...]
#: Key, kind, word and title of each warning that touches a row.
Flags = tuple[tuple[str, str, str, str], ...]


def linked_rows(found: Findings) -> dict[str, RowEnergy]:
    """The rows that warnings link to, by their names in the page; those of reactions first."""
    rows = {f"energy-{n}": each for n, each in enumerate(REACTIONS.row_energies(found))}
    for recipe in recipes():
        if recipe is not REACTIONS:
            energies = recipe.row_energies(found)
            rows |= {f"{recipe.name}-energy-{n}": each for n, each in enumerate(energies)}
    return rows


def flags_of_row(key: str, notices: Iterable[PageNotice]) -> Flags:
    """The warnings that touch the row with this name."""
    return tuple(
        (notice.key, notice.kind, notice.word, notice.title)
        for notice in notices
        if any(key == own for line in notice.lines for own, _ in line.rows)
    )


def page_notices(found: Findings, more: Iterable[Notice] = ()) -> list[PageNotice]:
    """All notices of a study, the gravest first.

    Parameters
    ----------
    found
        What is known.
    more
        Other notices.
    """
    notices = [
        *_tasks(found),
        *_energies(found),
        *_level(found),
        *(notice for recipe in recipes() for notice in recipe.notices(found)),
        *_flags(found),
        *_cells(found),
        *_species(found),
        *more,
    ]
    return [_placed(found, n, notice) for n, notice in enumerate(sorted_notices(notices))]


def _placed(found: Findings, place: int, notice: Notice) -> PageNotice:
    """A notice with its links and with the letters of its units."""
    touched = notice.touched or ((),) * len(notice.lines)
    rows = linked_rows(found)
    lines = tuple(
        PageLine(readable(line), _links(rows, line, species))
        for line, species in zip(notice.lines, touched, strict=True)
    )
    return PageNotice(f"warning-{place}", notice.kind, notice.title, lines)


def _links(rows: Mapping[str, RowEnergy], line: str, species: Iterable[str]) -> Links:
    """Key and name of the rows that some species enter, or that a line is about."""
    wanted = set(species)
    return tuple(
        (key, row.name)
        for key, row in rows.items()
        if wanted & set(row.species) or line in (row.missing, *row.doubts)
    )


def _tasks(found: Findings) -> list[Notice]:
    notices = []
    of_task: dict[str, list[str]] = {}
    for name, keys in found.plan.species_keys.items():
        for key in keys:
            of_task.setdefault(key, []).append(name)
    for name, (kind, words) in _STATES.items():
        here = {key: state for key, state in found.states.items() if state.state == name}
        lines = tuple(
            f"{state.task.label}{f': {state.why}' if state.why else ''} (tasks/{state.folder.name})"
            for state in here.values()
        )
        if here:
            count = f"{len(here)} of {len(found.states)} tasks"
            touched = tuple(tuple(of_task.get(key, ())) for key in here)
            notices.append(Notice(kind, f"{count} {words}", lines, touched))
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
    lines = ((name, flag) for name, each in found.species.items() for flag in each.flags)
    return energy_caution("Structure or spin in doubt", lines)


def _cells(found: Findings) -> list[Notice]:
    """What the results say of cells: strain, heights that differ, images of dipoles."""
    planned = _planned_notes(found)
    touched: dict[str, list[str]] = {}  # a species has the notes of those that it was made of
    for name, each in found.species.items():
        for note in each.structure.notes:
            if note not in planned:
                touched.setdefault(note, []).append(name)
    title = "Strain, heights of cells, and periodic images"
    species = tuple(map(tuple, touched.values()))
    return [Notice("caution", title, tuple(touched), species)] if touched else []


def _species(found: Findings) -> list[Notice]:
    """What was cut, balanced or replaced in the structures."""
    notes = _planned_notes(found)
    return [Notice("note", "What the species stand for", tuple(notes))] if notes else []


def _planned_notes(found: Findings) -> dict[str, None]:
    return dict.fromkeys(
        note
        for made in found.plan.species.values()
        for each in made
        for note in each.structure.notes
    )
