"""Largest forces that the relaxations have left."""

from __future__ import annotations

from analysis.tables import MISSING, Table, number
from workflows.findings.findings import Findings
from workflows.findings.words import level_words


def force_table(found: Findings) -> Table:
    """Largest force on a free atom after each relaxation, beside its limit, in eV/A."""
    rows = []
    for state in found.states.values():
        values = state.result.values if state.result else {}
        if "fmax_eV_per_A" not in values:
            continue
        steps = values.get("steps")
        rows.append(
            (
                state.task.label,
                number(values["fmax_eV_per_A"], 3),
                number(values.get("level", {}).get("fmax_eV_per_A"), 3),
                MISSING if steps is None else str(steps),
                level_words(found.study),
            )
        )
    columns = ("Task", "Largest force / eV/A", "Limit / eV/A", "Steps", "Level")
    foot = ("Forces on the atoms that are free to move, after the last ionic step.",)
    return Table("Forces", columns, tuple(rows), foot, below=("Level",))
