"""What is known about a study, read from its results once per command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from analysis.energies.rows import Calculated
from workflows.findings.calculated import calculated_candidates, calculated_species
from workflows.findings.flag_store import FLAGS_FILE, FlagStore
from workflows.findings.states import TaskState, study_folder, task_states

if TYPE_CHECKING:
    from workflows.planning.plan import Plan
    from workflows.study.model import Study

Found = TypeVar("Found")


class Findings:
    """A plan with the results of its tasks as far as they are there.

    Parameters
    ----------
    plan
        The plan of a study.
    results
        Results folder.
    states
        State of every task by key, if it has been read already.
    """

    def __init__(
        self, plan: Plan, results: Path, states: Mapping[str, TaskState] | None = None
    ) -> None:
        self.plan, self.results = plan, results
        self.states = task_states(plan, results) if states is None else states
        #: What became of relaxed structures, with what earlier commands found.
        self.flags = FlagStore(self.record / FLAGS_FILE)
        self._memory: dict[str, Any] = {}

    @property
    def study(self) -> Study:
        """The validated study."""
        return self.plan.study

    @cached_property
    def candidates(self) -> dict[str, list[Calculated]]:
        """Every candidate of every species with its result, if there is one."""
        return calculated_candidates(self.plan, self.states)

    @cached_property
    def species(self) -> dict[str, Calculated]:
        """Every species, the lowest of its candidates, with its flags."""
        return calculated_species(self.plan, self.candidates, self.flags)

    @property
    def record(self) -> Path:
        """Folder of the record of this very text of the study."""
        return study_folder(self.plan, self.results)

    def once(self, key: str, compute: Callable[[], Found]) -> Found:
        """What a function without arguments returns, computed for the first call only."""
        if key not in self._memory:
            self._memory[key] = compute()
        found: Found = self._memory[key]
        return found
