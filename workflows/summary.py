"""What a study has found so far: tables for people, one document for programs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from analysis.tables import Shown, Table
from slabs.text import unused_name
from workflows.findings.findings import Findings
from workflows.planning.plan import Plan
from workflows.recipes.base import Recipe
from workflows.recipes.registry import recipe, recipes
from workflows.study.model import Study


def tables(plan: Plan, results: Path, part: str | None = None) -> list[Table]:
    """The tables of one recipe, or all that are not empty, but for the geometry, which is long.

    Parameters
    ----------
    plan
        The plan of a study.
    results
        Results folder.
    part
        One of `workflows.recipes.registry.NAMES`.
    """
    return tables_of(Findings(plan, results), part)


def tables_of(found: Findings, part: str | None = None) -> list[Table]:
    """The same of what has been read already; see `tables`."""
    if part is not None:
        return recipe(part).tables(found)
    return _filled(found, [each for each in recipes() if each.in_overview])


def brief_tables(found: Findings) -> list[Table]:
    """The tables of an overview without notes and details."""
    return _filled(found, [each for each in recipes() if each.in_overview and each.in_brief])


def left_out(found: Findings) -> list[str]:
    """Names of the recipes that are not in this overview although the study asks for them."""
    aside = [each for each in recipes() if not (each.in_overview and each.in_brief)]
    return [each.name for each in aside if each.asked(found)]


def _filled(found: Findings, chosen: Iterable[Recipe[Any, Any]]) -> list[Table]:
    made = (table for each in chosen for table in each.tables(found))
    return [table for table in made if table.rows]


def named_tables(found: Findings) -> dict[str, Table]:
    """Every table that is not empty by the name of its file; no two have the same.

    Folders begin at that of the results.
    """
    named: dict[str, Table] = {}
    for each in recipes():
        made = each.tables(found)
        for table in made:
            if table.rows:
                words = re.sub(r"\W+", "-", table.title.lower()).strip("-")
                own = len(made) == 1 or table.key == each.name
                stem = each.name if own else f"{each.name}-{words}"
                named[unused_name(stem, named)] = relative(table, found.results)
    return named


def relative(value: Any, results: Path) -> Any:
    """A document, table or text whose paths begin at the folder of the results."""
    if isinstance(value, Table):
        return Table(**{key: relative(each, results) for key, each in vars(value).items()})
    if isinstance(value, Mapping):
        return {key: relative(each, results) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(relative(each, results) for each in value)
    if isinstance(value, str) and not isinstance(value, Shown):
        return value.replace(f"{results}/", "")
    return value


def document(plan: Plan, results: Path) -> dict[str, Any]:
    """Everything a study has found, with the folder behind every number.

    Energies are unrounded, in eV.
    """
    return document_of(Findings(plan, results))


def document_of(found: Findings) -> dict[str, Any]:
    """The same of what has been read already; see `document`."""
    return {
        "title": found.study.title,
        "study": str(found.record / "study.toml"),
        "level": _level_document(found.study),
        **{each.name: each.document(found) for each in recipes()},
    }


def _level_document(study: Study) -> dict[str, Any]:
    """Name, caveat and all settings, of the energies and of the relaxation."""
    levels = {"relaxation": study.level, "energy": study.energy_level, "screening": study.screening}
    settings = {
        name: {**level.physics(), **level.model_dump()}
        for name, level in levels.items()
        if level is not None
    }
    return {"name": study.level_name, "caveat": study.caveat, **settings}
