"""Keeps results of the study `campaign`: ``python -m docs.tools.kept_results RESULTS``.

Copies the values and arrays of finished tasks, without densities and logs, and the steps of
relaxations that are not finished, into docs/published-study/results. A copy of that folder is a
folder of results: `passivant run campaign --results COPY` goes on from it.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

KEPT = Path(__file__).parent.parent / "published-study" / "results"
FINISHED = ("result.json", "*.npz")
UNFINISHED = ("relax.traj", "progress.json")


def keep(results: Path, kept: Path = KEPT) -> tuple[int, int]:
    """Copy what is new; returns the numbers of finished and of unfinished tasks in the copy."""
    for folder in sorted(results.glob("tasks/*")):
        done = (folder / "result.json").exists()
        files = [f for pattern in (FINISHED if done else UNFINISHED) for f in folder.glob(pattern)]
        target = kept / "tasks" / folder.name
        if done and target.exists():
            shutil.rmtree(target)
        for file in files:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target / file.name)
    finished = len(list(kept.glob("tasks/*/result.json")))
    return finished, len(list(kept.glob("tasks/*"))) - finished


if __name__ == "__main__":
    print("{} finished, {} unfinished tasks are kept".format(*keep(Path(sys.argv[1]))))
