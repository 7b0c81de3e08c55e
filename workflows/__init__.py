"""Studies: reading, planning, running, and what they have found."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflows.execution.engine import run_plan
    from workflows.findings.findings import Findings
    from workflows.findings.states import task_states
    from workflows.planner import make_plan
    from workflows.planning.plan import Plan
    from workflows.study.file import StudyError, load_study
    from workflows.study.model import Study
    from workflows.summary import document, tables

#: Where the public names are; they are loaded when they are used.
_MODULES = {
    "Findings": "workflows.findings.findings",
    "Plan": "workflows.planning.plan",
    "Study": "workflows.study.model",
    "StudyError": "workflows.study.file",
    "document": "workflows.summary",
    "load_study": "workflows.study.file",
    "make_plan": "workflows.planner",
    "run_plan": "workflows.execution.engine",
    "tables": "workflows.summary",
    "task_states": "workflows.findings.states",
}

__all__ = [
    "Findings",
    "Plan",
    "Study",
    "StudyError",
    "document",
    "load_study",
    "make_plan",
    "run_plan",
    "tables",
    "task_states",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return __all__
