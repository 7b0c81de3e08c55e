"""The energy of one structure from CP2K."""

from __future__ import annotations

from workflows.codes.spec import CodeSpec
from workflows.dft.job import Job, Values
from workflows.dft.other_code import code_energy


def run(job: Job[CodeSpec]) -> Values:
    """Energy from CP2K at the structure that another task has relaxed; see `code_energy`."""
    return code_energy(job)
