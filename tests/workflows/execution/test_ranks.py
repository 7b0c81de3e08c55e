"""How many ranks a task gets on one machine."""

import pytest

from workflows.execution.engine import environment
from workflows.execution.resources import most_ranks
from workflows.planning.cost import Estimate


def estimates(**core_seconds):
    return {key: Estimate(seconds, 16, 1000) for key, seconds in core_seconds.items()}


@pytest.mark.parametrize(
    ("waiting", "parents", "expected"),
    [
        # A chain runs one after the other, and each task has all cores.
        ({"a": 100.0, "b": 100.0}, {"a": (), "b": ("a",)}, 8),
        # Eight tasks fill eight cores.
        ({f"t{n}": 50.0 for n in range(8)}, {f"t{n}": () for n in range(8)}, 1),
        # Two at once share them.
        ({"a": 100.0, "b": 100.0}, {"a": (), "b": ()}, 4),
        # One long task beside a short one has almost all; its parent is done.
        ({"a": 100.0, "b": 5.0}, {"a": ("done",), "b": ()}, 8),
        # A hundred tasks never get less than one rank each.
        ({f"t{n}": 1.0 for n in range(100)}, {f"t{n}": () for n in range(100)}, 1),
    ],
)
def test_cores_go_to_tasks_that_can_run_at_once(waiting, parents, expected):
    assert most_ranks(estimates(**waiting), parents, 8) == expected


def test_ranks_that_wait_leave_the_core_to_others():
    assert environment()["OMPI_MCA_mpi_yield_when_idle"] == "1"
