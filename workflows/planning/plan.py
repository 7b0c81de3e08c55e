"""The plan of a study: tasks, each named by a hash of what it computes, and what they are for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.results import Result
    from workflows.planning import cost
    from workflows.species.species import Species
    from workflows.study.model import Study
    from workflows.task_file import Limits


@dataclass(frozen=True, eq=False)
class Task:
    """One calculation.

    Parameters
    ----------
    label
        What it computes, in the words of the study: ``"relax slab.OAm"``.
    kind
        What is calculated, such as ``"relax"``: a module of `workflows.dft.kinds`.
    spec
        Everything that decides the result, as a JSON document.
    key
        Hash of `spec`, 64 hexadecimal digits.
    folder
        Name of its folder inside ``tasks/``.
    parents
        Keys of the tasks it needs.
    limits
        Settings that decide how the result is reached.
    estimate
        Expected cost.
    """

    label: str
    kind: str
    spec: Mapping[str, Any]
    key: str
    folder: str
    parents: tuple[str, ...]
    limits: Limits
    estimate: cost.Estimate


def chosen_later(task: Task) -> bool:
    """Whether a relaxation learns from its parents which candidate it relaxes."""
    return "rank" in task.spec or "starts" in task.spec


@dataclass(frozen=True, eq=False)
class Plan:
    """A study with all that follows from it before any calculation.

    Parameters
    ----------
    file
        Study file.
    text
        Its exact text, the record.
    lists
        Text of the list of ligands that it names, by the name that it gives; empty without one.
    study
        The validated study.
    species
        Every structure by name, parents first; several if there are candidates. See
        `possible` for those that are known only after a screening.
    tasks
        Every calculation by key, parents first.
    screen_keys
        Keys of the tasks that relax the candidates of a species at the screening level, of
        species of which only some are promoted to the level of the study.
    relax_keys
        Keys of the tasks that relax the candidates of each species, or the promoted ones.
    first_keys
        Keys of the relaxations without those from better tilt basins, which come last.
    species_keys
        Keys of the tasks that give their energies: the same, or their single points.
    built
        What the builder has built by name; in `species` the same tasks are listed once.
    refused
        What it could not build, by name and the table that asks for it, and why.
    planned
        By recipe what its `plan` returned; see `workflows.recipes.base.Recipe.planned`.
    """

    file: Path
    text: str
    lists: Mapping[str, str]
    study: Study
    species: Mapping[str, tuple[Species, ...]]
    tasks: Mapping[str, Task]
    screen_keys: Mapping[str, tuple[str, ...]]
    relax_keys: Mapping[str, tuple[str, ...]]
    first_keys: Mapping[str, tuple[str, ...]]
    species_keys: Mapping[str, tuple[str, ...]]
    built: Mapping[str, tuple[Species, ...]]
    refused: Mapping[tuple[str, str], str]
    planned: Mapping[str, Any]

    def possible(self, name: str) -> tuple[Species, ...]:
        """The structures that the calculations of a species may hold.

        After a screening, each of them holds one that is known only from its result, which
        names its number, from 1, as ``candidate``; otherwise they are those of `species`.
        """
        is_open = chosen_later(self.tasks[self.relax_keys[name][0]])
        return self.built[name] if is_open else self.species[name]

    def held(self, name: str, place: int, result: Result | None) -> Species:
        """The structure that one of the calculations of a species holds.

        Parameters
        ----------
        name
            The species.
        place
            Number of the calculation among those of the species, from 0.
        result
            Its result, or None if there is none yet.
        """
        possible = self.possible(name)
        candidate: int | None = result.values.get("candidate") if result else None
        if candidate is None or candidate > len(possible):
            return self.species[name][place]
        return possible[candidate - 1]

    def needed_by(self, names: Iterable[str]) -> set[str]:
        """Keys of the calculations that the energies of species need, with all parents.

        Parameters
        ----------
        names
            Of the species.
        """
        needed: set[str] = set()
        left = [key for name in names for key in self.species_keys[name]]
        while left:
            key = left.pop()
            if key not in needed:
                needed.add(key)
                left.extend(self.tasks[key].parents)
        return needed

    def with_plain_gpaw(self) -> Plan:
        """The same plan, whose tasks run GPAW as it comes; their keys stay."""
        tasks = {
            key: replace(task, limits={**task.limits, "plain_gpaw": True})
            for key, task in self.tasks.items()
        }
        return replace(self, tasks=tasks)
