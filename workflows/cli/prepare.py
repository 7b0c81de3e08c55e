"""Commands before a calculation: doctor, init, levels, schema, check, build, plan."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table as RichTable

from analysis.notation import readable
from slabs.errors import InputError
from slabs.text import duration_words
from workflows.cli.common import (
    JsonOption,
    NoTitleOption,
    ResultsOption,
    StudyArgument,
    err,
    load_plan,
    name_column,
    out,
    print_json,
    results_folder,
    study_file,
)
from workflows.cli.left import core_words, expected, next_steps
from workflows.study.errors import StudyError
from workflows.study.shipped import SHIPPED, shipped_text


def doctor(json_: JsonOption = False) -> None:
    """Show what this machine has, what is missing, and the command that mends it."""
    from workflows.cli.doctor import as_json, examine

    checks = examine()
    if json_:
        print_json(as_json(checks))
    else:
        table = RichTable("", "Found", "To mend", title="passivant doctor", title_justify="left")
        for check in checks:
            style = "" if check.ok else "bold red"
            mend = "" if check.ok else check.mend
            table.add_row(check.name, check.found, mend, style=style)
        out.print(table)
    if not all(check.ok for check in checks):
        raise typer.Exit(1)
    if not json_:
        err.print("next: passivant init smoke mystudy", highlight=False)


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
    next_steps(folder, None, "check", "run")


def levels(json_: JsonOption = False) -> None:
    """Show the named levels of theory: what ``base = "draft"`` in [level] stands for."""
    from workflows.study.level import NAMED_LEVELS, Level

    found = {name: Level.model_validate({"base": name}).model_dump() for name in NAMED_LEVELS}
    if json_:
        print_json(found)
        return
    table = RichTable("Setting", *NAMED_LEVELS)
    for key in Level.model_fields:
        if key != "base":
            table.add_row(key, *(str(found[name][key]) for name in NAMED_LEVELS))
    out.print(table)


def schema() -> None:
    """Print the JSON schema of study files: every key, its unit and what is allowed."""
    from workflows.study.model import Study

    print_json(Study.model_json_schema())


def check(
    study: StudyArgument,
    cores: Annotated[
        int | None, typer.Option("--cores", min=1, help="Cores to estimate the wall time for.")
    ] = None,
    results: ResultsOption = None,
    json_: JsonOption = False,
) -> None:
    """Validate a study and show what it would calculate and what is left of its cost, roughly.

    Of each species it shows the cell and the grid of k-points. If keys of a table are wrong, all of
    them are named at once.

    Finished calculations in the results folder, of this study or another one, tell how fast this
    machine is.
    """
    from workflows.findings.states import task_states
    from workflows.findings.words import level_sentences
    from workflows.recipes.registry import recipes
    from workflows.study.installed import missing_potential
    from workflows.study.pre_relaxation import check_pre_relaxation

    plan = load_plan(study, results)
    check_pre_relaxation(study, plan.study)
    species: list[dict[str, Any]] = [
        {
            "species": name,
            "kind": made[0].kind,
            "candidates": len(plan.screen_keys.get(name, made)),
            "atoms": len(made[0].structure.atoms),
            "electrons": made[0].structure.electrons,
            "cell_A": [round(float(x), 3) for x in made[0].structure.atoms.cell.lengths()],
            "kpoints": list(plan.tasks[plan.species_keys[name][0]].spec["kpoints"]),
            "kpoints_of_relaxation": list(plan.tasks[plan.relax_keys[name][0]].spec["kpoints"]),
            "notes": list(made[0].structure.notes),
        }
        for name, made in plan.species.items()
    ]
    used = cores or len(os.sched_getaffinity(0))
    folder = results_folder(study, results)
    cost = expected(plan, folder, used, task_states(plan, folder))
    remarks = [words for recipe in recipes() for words in recipe.remarks(plan)]
    if words := missing_potential(plan.study):
        remarks.append(words)
    if json_:
        print_json({"species": species, "remarks": remarks, "tasks": len(plan.tasks), **cost})
        return
    columns = ("Kind", "Atoms", "Electrons", "Cell / Å", "k-points")
    table = RichTable("Species", *columns, title=plan.study.title)
    for row in species:
        cell = " x ".join(f"{x:.1f}" for x in row["cell_A"])
        several = f" ({row['candidates']} candidates)" if row["candidates"] > 1 else ""
        numbers = (str(row["atoms"]), str(row["electrons"]))
        table.add_row(row["species"] + several, row["kind"], *numbers, cell, _kpoint_words(row))
    out.print(table)
    if any(row["kpoints"] != row["kpoints_of_relaxation"] for row in species):
        out.print("  k-points: energy//relaxation", highlight=False)
    for note in dict.fromkeys([*(n for row in species for n in row["notes"]), *remarks]):
        out.print(f"  {readable(note)}", highlight=False)
    for sentence in level_sentences(plan.study):
        out.print(readable(sentence), highlight=False)
    finished = f", {cost['finished']} of them finished" if cost["finished"] else ""
    out.print(
        f"{len(plan.study.reactions)} reactions, {len(plan.tasks)} tasks{finished}", highlight=False
    )
    if cost["largest"] is None:
        next_steps(study, results, "table")
        return
    of_them = ""
    if plan.study.screening is not None:
        name = plan.study.screening.name
        of_them = f" ({cost['screening_core_hours']:.2g} of them for the screening at {name!r})"
    out.print(
        f"expected, within a factor of two or so: {cost['core_hours']:.2g} core-hours{of_them},"
        f" {duration_words(cost['wall_hours'])} on {core_words(used)}; the largest task,"
        f" {cost['largest']}, takes {cost['memory_MB']:,} MB",
        highlight=False,
    )
    if cost["pace_calculations"]:
        out.print(
            f"calculations here take {cost['pace']:.2g} of that on the machine of the"
            f" benchmarks ({cost['pace_calculations']} finished ones), which is counted in",
            highlight=False,
        )
    next_steps(study, results, "build", "run")


def _kpoint_words(row: dict[str, Any]) -> str:
    """The grid of k-points of the energy, and behind it that of the relaxation if they differ."""
    grids = ("x".join(map(str, row[key])) for key in ("kpoints", "kpoints_of_relaxation"))
    return "//".join(dict.fromkeys(grids))


def build(
    study: StudyArgument,
    species: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SPECIES...",
            help="Structures to build, such as slab.OAm.V_I; also ones that no reaction names."
            " Default: all of the study.",
        ),
    ] = None,
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder. Default: 'structures' in the results."),
    ] = None,
    results: ResultsOption = None,
    no_title: NoTitleOption = False,
    json_: JsonOption = False,
) -> None:
    """Write structures as CIF, POSCAR and extended XYZ with pictures and numbers; no DFT."""
    from workflows.species.builder import SpeciesBuilder
    from workflows.species.descriptions import write_structures

    file = study_file(study)
    if species:
        from workflows.study.file import load_study

        wanted, _ = load_study(file)
        builder = SpeciesBuilder(wanted, file)
        made = [builder.build(name, "build") for name in dict.fromkeys(species)]
    else:
        plan = load_plan(study, results)
        wanted, made = plan.study, [plan.possible(name) for name in plan.species]
    folder = output or results_folder(study, results) / "structures"
    try:
        rows = write_structures(made, wanted, folder, titles=not no_title)
    except OSError as error:
        raise StudyError(f"{folder}: cannot be written: {error.strerror}") from error
    if json_:
        print_json(rows)
        return
    table = RichTable(
        name_column("Structure", [row["structure"] for row in rows]),
        *("Formula", "Atoms", "Cell / Å", "Closest contact", "Score / eV"),
    )
    for row in rows:
        contact = row.get("closest_contact")
        near = f"{' ... '.join(contact['atoms'])} {contact['distance_A']:.2f} Å" if contact else ""
        score = row.get("score_eV")
        cell = " x ".join(f"{x:.1f}" for x in row["cell_A"])
        table.add_row(
            row["structure"], row["formula"], str(row["atoms"]), cell, near,
            "" if score is None else f"{score:+.2f}",
        )  # fmt: skip
    out.print(table)
    for note in dict.fromkeys(note for row in rows for note in row["notes"]):
        out.print(f"  {readable(note)}", highlight=False)
    out.print(f"{len(rows)} structures in {folder}", highlight=False)
    next_steps(study, results, "check", "run")


def tolerance(
    material: Annotated[
        list[str], typer.Argument(help="Formulas ABX3, for example GAPbI3 or Cs0.8GA0.2PbI3.")
    ],
    claimed: Annotated[
        float | None,
        typer.Option(
            "--claimed", min=0.5, max=3, help="A claimed t; shows the radius of A it would need."
        ),
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Show Goldschmidt and octahedral factors, and which radii give them."""
    from workflows.species.descriptions import tolerance_rows

    try:
        rows = tolerance_rows(material, claimed)
    except InputError as error:
        raise StudyError(error.message) from error
    if json_:
        print_json(rows)
        return
    table = RichTable("Material", "Radii", "t", "mu", "r_A / Å", "r_B / Å", "r_X / Å")
    for row in rows:
        if "missing" in row:
            table.add_row(row["material"], row["radii"], row["missing"])
            continue
        table.add_row(
            row["material"], row["radii"],
            *(f"{row[k]:.3f}" for k in ("tolerance_factor", "octahedral_factor")),
            *(f"{row[k]:.3f}" for k in ("r_A_A", "r_B_A", "r_X_A")),
        )  # fmt: skip
    out.print(table)
    for row in rows:
        if "claimed_needs_r_A_A" in row:
            out.print(
                f"{row['material']}: t = {claimed:g} would need r_A ="
                f" {row['claimed_needs_r_A_A']:.2f} Å ({row['radii']} radii), not"
                f" {row['r_A_A']:.2f} Å",
                highlight=False,
            )
    out.print(
        "t = (r_A + r_X) / (sqrt(2) (r_B + r_X)), mu = r_B / r_X; mixed sites: mean radii.",
        highlight=False,
    )
    for source in dict.fromkeys(s for row in rows for s in row.get("sources", [])):
        out.print(f"  {source}", highlight=False)


def plan(study: StudyArgument, results: ResultsOption = None, json_: JsonOption = False) -> None:
    """Show every task with its folder, what it needs and its rough cost; nothing is written."""
    from workflows.execution.engine import plan_document

    made = load_plan(study)
    data = plan_document(made)
    if json_:
        print_json(data)
        return
    folder = results_folder(study, results)
    folders = name_column("Folder", [task["folder"] for task in data["tasks"]])
    table = RichTable("Task", folders, "Ranks", "Core-s", title=f"Tasks in {folder}")
    for task in data["tasks"]:
        table.add_row(task["label"], task["folder"], str(task["ranks"]), str(task["core_seconds"]))
    out.print(table)
    next_steps(study, results, "run")
