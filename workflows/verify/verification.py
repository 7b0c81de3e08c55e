"""One reaction with two programs: what is calculated, and with which tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.energies.rows import ReactionRow
from workflows.planning.plan import Plan, Task
from workflows.study.level import Level
from workflows.verify.settings import Settings


@dataclass(frozen=True)
class Parts:
    """Keys of the two energies of one part of a covered slab.

    Parameters
    ----------
    alone
        With its own basis functions.
    with_ghosts
        With those of the whole slab.
    """

    alone: str
    with_ghosts: str


@dataclass(frozen=True, eq=False)
class Verification:
    """One reaction with two programs.

    Parameters
    ----------
    row
        The reaction as the study has it.
    settings
        What is calculated with.
    plan
        The plan of the study with the tasks of the verification in place of its own.
    gpaw_level
        Level of GPAW in the shared convention.
    gpaw, code
        Keys of the energies of each species.
    parts
        By species the parts that its counterpoise correction is made of, by their names.
    symbols
        Elements of all species.
    """

    row: ReactionRow
    settings: Settings
    plan: Plan
    gpaw_level: Level
    gpaw: Mapping[str, str]
    code: Mapping[str, str]
    parts: Mapping[str, Mapping[str, Parts]]
    symbols: tuple[str, ...]

    @property
    def program(self) -> str:
        """Name and version of the other program."""
        level = next(iter(self.code_tasks)).spec["level"]
        return f"{self.settings.program.name} {level['codes'][self.settings.code]}"

    @property
    def code_tasks(self) -> list[Task]:
        """Tasks of the other program."""
        return [task for task in self.plan.tasks.values() if task.kind == self.settings.code]
