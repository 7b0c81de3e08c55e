"""Commands before a calculation: doctor, init, schema, check, build, plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table as RichTable

from workflows.cli_common import (
    JsonOption,
    ResultsOption,
    StudyArgument,
    load_plan,
    out,
    print_json,
    results_folder,
)
from workflows.study import SHIPPED, Study, StudyError, shipped_text


def doctor(json_: JsonOption = False) -> None:
    """Show what this machine has, what is missing, and the command that mends it."""
    from workflows.doctor import as_json, examine

    checks = examine()
    if json_:
        print_json(as_json(checks))
    else:
        table = RichTable("", "Found", "To mend", title="passivant doctor", title_justify="left")
        for check in checks:
            style = "" if check.ok else "bold red"
            mend = "" if check.ok else check.mend
            table.add_row(check.name, escape(check.found), mend, style=style)
        out.print(table)
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


def init(
    name: Annotated[str, typer.Argument(help=f"Shipped study: {', '.join(SHIPPED)}.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the copy.")],
) -> None:
    """Copy a shipped study, with its comments, into DIR to edit it there."""
    from workflows.store import write_atomic

    if name not in SHIPPED:
        raise StudyError(f"{name!r} is not a shipped study; allowed: {', '.join(SHIPPED)}")
    file = folder / f"{name}.toml"
    if file.exists():
        raise StudyError(f"{file}: is there already; it is left as it is")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomic(file, shipped_text(name))
    except OSError as error:
        raise StudyError(f"{file}: cannot be written: {error.strerror}") from error
    out.print(f"{file}", highlight=False)


def schema() -> None:
    """Print the JSON schema of study files: every key, its unit and what is allowed."""
    print_json(Study.model_json_schema())


def check(study: StudyArgument, json_: JsonOption = False) -> None:
    """Validate a study and show what it would calculate and what that costs, roughly."""
    from workflows.summary import level_sentence

    plan = load_plan(study)
    level = plan.study.level
    species: list[dict[str, Any]] = [
        {
            "species": name,
            "kind": each.kind,
            "atoms": len(each.structure.atoms),
            "electrons": each.structure.electrons,
            "cell_A": [round(float(x), 3) for x in each.structure.atoms.cell.lengths()],
            "notes": list(each.structure.notes),
        }
        for name, each in plan.species.items()
    ]
    hours = sum(t.estimate.core_seconds for t in plan.tasks.values()) / 3600
    if json_:
        tasks = len(plan.tasks)
        print_json({"species": species, "tasks": tasks, "core_hours": round(hours, 2)})
        return
    table = RichTable("Species", "Kind", "Atoms", "Electrons", "Cell / A", title=plan.study.title)
    for row in species:
        cell = " x ".join(f"{x:.1f}" for x in row["cell_A"])
        table.add_row(row["species"], row["kind"], str(row["atoms"]), str(row["electrons"]), cell)
    out.print(table)
    for note in dict.fromkeys(n for row in species for n in row["notes"]):
        out.print(f"  {escape(note)}", highlight=False)
    out.print(level_sentence(level), highlight=False)
    out.print(
        f"{len(plan.reactions)} reactions, {len(plan.tasks)} tasks, roughly {hours:.1f}"
        " core-hours (a first guess)",
        highlight=False,
    )


def build(
    study: StudyArgument,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder. Default: 'structures' in the results."),
    ] = None,
    results: ResultsOption = None,
) -> None:
    """Write all structures as CIF, POSCAR and extended XYZ with a picture each; no DFT."""
    from slabs.files import write_picture, write_structure

    plan = load_plan(study)
    folder = output or results_folder(study, results) / "structures"
    folder.mkdir(parents=True, exist_ok=True)
    for name, species in plan.species.items():
        write_structure(species.structure, folder / name)
        write_picture(species.structure.atoms, folder / f"{name}.png", name)
    out.print(f"{len(plan.species)} structures in {folder}", highlight=False)


def plan(study: StudyArgument, results: ResultsOption = None, json_: JsonOption = False) -> None:
    """Show every task with its folder, what it needs and its rough cost; nothing is written."""
    from workflows.engine import plan_document

    made = load_plan(study)
    data = plan_document(made)
    if json_:
        print_json(data)
        return
    folder = results_folder(study, results)
    table = RichTable("Task", "Folder", "Ranks", "Core-s", title=f"Tasks in {folder}")
    for task in data["tasks"]:
        table.add_row(task["label"], task["folder"], str(task["ranks"]), str(task["core_seconds"]))
    out.print(table)
