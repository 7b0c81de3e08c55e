"""Short ways to what a recipe has found, for tests."""

from pathlib import Path

from workflows.findings.findings import Findings
from workflows.recipes.registry import recipe


def findings_of(plan, states, results=Path()):
    """What is known of a plan, from states that were read or made up."""
    return Findings(plan, results, states)


def rows_of(name, plan, states):
    """Rows of a recipe."""
    return recipe(name).rows(findings_of(plan, states))


def documents_of(name, plan, states):
    """What a recipe adds to the JSON document."""
    return recipe(name).document(findings_of(plan, states))


def table_of(name, plan, states):
    """The only table of a recipe."""
    (only,) = recipe(name).tables(findings_of(plan, states))
    return only
