"""Studies: reading, planning, running, and what they have found."""

from workflows.execution.engine import run_plan
from workflows.findings.states import task_states
from workflows.planner import make_plan
from workflows.planning.plan import Plan
from workflows.study.file import StudyError, load_study
from workflows.study.model import Study
from workflows.summary import document, tables

__all__ = [
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
