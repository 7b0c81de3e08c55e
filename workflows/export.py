"""Everything a study has found, written into one folder for use elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from analysis.tables import Table, render
from workflows.figure_files import write_figures
from workflows.findings.databases import write_databases
from workflows.findings.findings import Findings
from workflows.recipes.base import Recipe
from workflows.recipes.registry import recipes
from workflows.store import write_atomic
from workflows.summary import document_of, tables_of


def export_study(found: Findings, folder: Path, *, titles: bool = True) -> list[Path]:
    """Write tables, figures and data of a study into a new folder; returns the files.

    Parameters
    ----------
    found
        What is known.
    folder
        New folder.
    titles
        Whether figures have titles.
    """
    folder.mkdir(parents=True, exist_ok=True)
    overview = tables_of(found)
    texts = {
        "tables.md": render(overview, "md"),
        "tables.tex": render(overview, "latex"),
        "tables.txt": render(overview, "text"),
        "data.json": json.dumps(document_of(found), indent=1, allow_nan=False) + "\n",
        "study.toml": found.plan.text,
    }
    for recipe in recipes():
        for name, table in named_tables(recipe, recipe.tables(found)):
            texts[f"{name}.csv"] = render([table], "csv")
    for name, text in texts.items():
        write_atomic(folder / name, text)
    files = [folder / name for name in texts]
    files += write_databases(found, folder)
    for recipe in recipes():
        files += recipe.files(found, folder)
    drawn = {stem: f for each in recipes() for stem, f in each.figures(found, "double").items()}
    return files + write_figures(drawn, folder, titles=titles)


def named_tables(
    recipe: Recipe[object, object], tables: list[Table]
) -> Iterator[tuple[str, Table]]:
    """Tables that are not empty, each with the name of its file."""
    for table in tables:
        if table.rows:
            words = re.sub(r"\W+", "-", table.title.lower()).strip("-")
            own = len(tables) == 1 or table.key == recipe.name
            yield (recipe.name if own else f"{recipe.name}-{words}"), table
