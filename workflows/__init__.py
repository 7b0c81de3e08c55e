"""Studies: reading, planning, running, and what they have found."""

from workflows.engine import run_plan, task_states
from workflows.plan import Plan
from workflows.planner import make_plan
from workflows.study import StudyError, load_study
from workflows.study_model import Study
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
