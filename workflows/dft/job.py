"""One task as the job program hands it to the module of its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from ase import Atoms

from analysis.result_values import ResultValues
from analysis.results import Result
from workflows.store import LOG_FILE
from workflows.task_file import Limits, Progress, TaskSpec

Spec = TypeVar("Spec", bound=TaskSpec)
#: What a kind of task returns: a model that names what its result holds, see
#: `analysis.result_values`.
Values = ResultValues


@dataclass(frozen=True, eq=False)
class Job(Generic[Spec]):
    """A task that runs.

    Parameters
    ----------
    folder
        Folder of the task, the only place that is written to.
    spec
        Everything that decides the result.
    limits
        How it is reached.
    parent
        Result that it starts from, or None.
    note
        Called with the progress.
    parents
        All results that it needs, by their keys.
    """

    folder: Path
    spec: Spec
    limits: Limits
    parent: Result | None
    note: Callable[[Progress], None]
    parents: Mapping[str, Result] = field(default_factory=dict)

    @property
    def about(self) -> dict[str, Any]:
        """What every result says of its task."""
        spec: Mapping[str, Any] = self.spec
        return {key: spec[key] for key in ("level", "fingerprint", "charge") if key in spec}

    @property
    def log(self) -> Path:
        """GPAW's log; it is continued, never overwritten."""
        return self.folder / LOG_FILE

    @property
    def origin(self) -> Result:
        """The result that it starts from.

        Raises
        ------
        RuntimeError
            If there is none.
        """
        if self.parent is None:
            raise RuntimeError("this kind of task starts from another one")
        return self.parent

    @property
    def relaxed(self) -> Atoms:
        """The structure that the parent has relaxed."""
        return self.origin.atoms
