"""Studies: reading, planning, running, and what they have found."""

from typing import TYPE_CHECKING

from slabs.lazy import loader

if TYPE_CHECKING:
    from workflows.execution.engine import run_plan
    from workflows.export import export_study
    from workflows.findings.findings import Findings
    from workflows.findings.states import task_states
    from workflows.planner import make_plan
    from workflows.planning.plan import Plan
    from workflows.study.errors import StudyError
    from workflows.study.file import load_study
    from workflows.study.model import Study
    from workflows.summary import document, tables

__all__ = [
    "Findings",
    "Plan",
    "Study",
    "StudyError",
    "document",
    "export_study",
    "load_study",
    "make_plan",
    "run_plan",
    "tables",
    "task_states",
]

__getattr__ = loader(
    __name__,
    {
        "Findings": "workflows.findings.findings",
        "Plan": "workflows.planning.plan",
        "Study": "workflows.study.model",
        "StudyError": "workflows.study.errors",
        "document": "workflows.summary",
        "export_study": "workflows.export",
        "load_study": "workflows.study.file",
        "make_plan": "workflows.planner",
        "run_plan": "workflows.execution.engine",
        "tables": "workflows.summary",
        "task_states": "workflows.findings.states",
    },
)


def __dir__() -> list[str]:
    return __all__
