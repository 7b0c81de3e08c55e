"""What a running study shows in the terminal."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Collection
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from slabs.text import duration_words
from workflows.findings.states import TaskState, task_states
from workflows.planning.pace import measured_pace, wall_seconds_left
from workflows.planning.plan import Plan
from workflows.store import LOG_FILE, PROGRESS_FILE

_ITERATION = re.compile(rb"\|iter:\s*(\d+)\|")
_TAIL_BYTES = 4000
#: How often the pace of finished calculations is looked up.
PACE_PERIOD_S = 60.0
#: States of tasks that count for the time left.
OPEN_STATES = ("waiting", "running")
#: Changes to these states are printed where there is no terminal.
SHOWN_STATES = ("running", "done", "failed", "unconverged")


def scf_iteration(log: Path) -> int | None:
    """Number of the last SCF iteration in a GPAW log, or None."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            found = _ITERATION.findall(file.read())
    except OSError:
        return None
    return int(found[-1]) if found else None


def running_words(state: TaskState) -> str:
    """A running task in one line: ionic step, largest force, SCF iteration."""
    words = [state.task.label]
    try:
        data = json.loads((state.folder / PROGRESS_FILE).read_text(encoding="utf-8"))
        words.append(f"step {int(data['step'])}")
        if "fmax_eV_per_A" in data:
            words.append(f"fmax {data['fmax_eV_per_A']:.2f} of {data['target_eV_per_A']:.2f} eV/A")
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        words.append("starting")
    iteration = scf_iteration(state.folder / LOG_FILE)
    if iteration is not None:
        words.append(f"SCF {iteration}")
    return ", ".join(words)


class Watcher:
    """Shows the progress of a run; a plain line per change when there is no terminal.

    Parameters
    ----------
    plan, results
        What is run and where.
    cores
        Cores in use, for the time left; None on a cluster.
    console
        Where to print.
    only
        Keys of the tasks that this run is for; default: every task.
    """

    def __init__(
        self,
        plan: Plan,
        results: Path,
        cores: int | None,
        console: Console,
        only: Collection[str] | None = None,
    ) -> None:
        self.plan, self.results, self.cores, self.console = plan, results, cores, console
        self.only = plan.tasks.keys() if only is None else only
        self.began = time.monotonic()
        self.bar = Progress(
            TextColumn("tasks"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}")
        )
        self.line = self.bar.add_task("", total=len(self.only))
        self.live = Live(console=console, refresh_per_second=2, transient=True)
        self.last: dict[str, str] = {}
        self.pace = measured_pace(results)
        self.look_again = self.began + PACE_PERIOD_S
        self.left, self.end = -1, 0.0

    def __enter__(self) -> Watcher:
        if self.console.is_terminal:
            self.live.start()
        self.update()
        return self

    def __exit__(self, *_: object) -> None:
        self.update()
        if self.console.is_terminal:
            self.live.stop()

    def _states(self) -> dict[str, TaskState]:
        states = task_states(self.plan, self.results)
        return {key: state for key, state in states.items() if key in self.only}

    def _time_left(self, states: dict[str, TaskState]) -> str:
        """From the estimates, at the pace of what is finished; empty where a cluster decides."""
        if self.cores is None:
            return ""
        left = {key: state.task for key, state in states.items() if state.state in OPEN_STATES}
        now = time.monotonic()
        if now >= self.look_again:  # it reads all results
            self.pace, self.look_again = measured_pace(self.results), now + PACE_PERIOD_S
        if len(left) != self.left:
            self.left = len(left)
            self.end = now + wall_seconds_left(left, self.pace, self.cores)
        words = duration_words(max(0.0, self.end - now) / 3600)
        return f"{words} left" if words.startswith("less") else f"about {words} left"

    def update(self) -> None:
        """Look at the folders and show what has changed."""
        states = self._states()
        if self.console.is_terminal:
            self.live.update(self._view(states))
            return
        for key, state in states.items():
            if self.last.get(key) != state.state and state.state in SHOWN_STATES:
                why = f": {state.why}" if state.why else ""
                words = f"{state.state:8} {state.task.label}{why}"
                if state.state == "done" and self.last:
                    words += f" ({self._so_far(states)})"
                self.console.print(words, highlight=False, soft_wrap=True)
        self.last = {key: state.state for key, state in states.items()}

    def _so_far(self, states: dict[str, TaskState]) -> str:
        """How many tasks are done, the minutes since the start, and the time left."""
        done = sum(s.state == "done" for s in states.values())
        minutes = (time.monotonic() - self.began) / 60
        words = [f"{done} of {len(states)} done after {minutes:.0f} min", self._time_left(states)]
        return ", ".join(filter(None, words))

    def _view(self, states: dict[str, TaskState]) -> RenderableType:
        done = sum(s.state == "done" for s in states.values())
        self.bar.update(self.line, completed=done, description=self._time_left(states))
        running = [s for s in states.values() if s.state == "running"]
        return Group(self.bar, *(Text(f"  {running_words(s)}") for s in running))
