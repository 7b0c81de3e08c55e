"""Tasks that cannot run have failed, with the reason; they do not wait for ever."""

import pytest

from tests.conftest import HCL
from workflows import planner
from workflows.execution import engine
from workflows.execution.engine import LOST, run_plan
from workflows.findings.states import task_states
from workflows.planner import make_plan


@pytest.fixture
def plan(write_study):
    return make_plan(write_study(HCL, ecut=200.0, fmax=0.9))


def test_missing_dataset_is_a_failure_with_its_reason(write_study, tmp_path, monkeypatch):
    monkeypatch.setattr(planner, "missing_datasets", lambda symbols, functional: [])
    text = '[molecules.At2]\nsmiles = "[At][At]"\n[[dos]]\nspecies = "At2"\n'
    plan = make_plan(write_study(text, ecut=200.0, fmax=0.9))
    states = run_plan(plan, tmp_path / "results", cores=1)
    failed = [s for s in states.values() if s.state == "failed"]
    assert failed
    assert {s.state for s in states.values()} <= {"failed", "blocked"}
    assert all("FileNotFoundError" in s.why and "At" in s.why for s in failed)


def broken_program(folder, words):
    program = folder / "gpaw"
    folder.mkdir()
    program.write_text(f"#!/bin/sh\necho '{words}' >&2\nexit 127\n")
    program.chmod(0o755)
    return folder


def test_program_that_ends_at_once_is_a_failure_that_is_tried_again(plan, tmp_path, monkeypatch):
    words = "libxc.so.12: cannot open shared object file"
    own = engine.environment()
    broken = broken_program(tmp_path / "bin", words)
    with monkeypatch.context() as patch:
        patch.setattr(engine, "environment", lambda: own | {"PATH": f"{broken}:{own['PATH']}"})
        states = run_plan(plan, tmp_path / "results", cores=1)
    failed = [s for s in states.values() if s.state == "failed"]
    assert failed
    assert [s.why for s in failed if not (s.why.startswith(LOST) and words in s.why)] == []
    # They stay failed until they are run again, and need no option for that.
    assert any(s.state == "failed" for s in task_states(plan, tmp_path / "results").values())
    states = run_plan(plan, tmp_path / "results", cores=2)
    assert {s.state for s in states.values()} == {"done"}
