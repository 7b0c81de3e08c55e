"""What a convergence has found so far: one document, and files with pictures."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from analysis.notation import readable
from workflows.convergence.tables import Line, level_notes, lines, missing_words
from workflows.convergence.variants import ConvergencePlan
from workflows.findings.findings import Findings
from workflows.findings.words import level_words
from workflows.store import write_atomic
from workflows.study.converge_table import PARAMETERS, figure_title, value_words

#: Fields of the CSV file, one row per reaction and value.
CSV_FIELDS = (
    "parameter", "reaction", "value", "own", "reaction_energy_eV", "change_eV", "status",
    "extrapolated_eV", "converged", "level", "caveat",
)  # fmt: skip

ABOUT = (
    "Reaction energies minus the last known one of each. Circles: the value of the study itself;"
    " dotted: extrapolated; band: the tolerance."
)


def document(made: ConvergencePlan, found: Findings) -> dict[str, Any]:
    """Everything that was found, with the folder behind every number.

    Energies are unrounded, in eV.
    """
    return {
        "title": made.study.title,
        "study": str(made.plan.file),
        "level": made.study.level_name,
        "caveat": made.study.caveat,
        "tolerance_eV": made.entry.tolerance_eV,
        "relax_each": made.entry.relax_each,
        "parameters": {
            parameter: [_line_document(line, made.entry.tolerance_eV) for line in made_lines]
            for parameter, made_lines in lines(made, found).items()
        },
        "independent": {name: list(names) for name, names in made.independent.items()},
    }


def _line_document(line: Line, tolerance_eV: float) -> dict[str, Any]:
    series = line.series
    return {
        "name": series.name,
        "equation": line.rows[0].reaction.equation,
        "points": [
            {
                "value": variant.value,
                "own": n == series.own,
                "reaction_energy_eV": row.reaction_energy_eV,
                "change_eV": series.changes_eV[n],
                "status": missing_words(row) or "done",
                "level": variant.plan.study.level_name,
                "caveat": variant.plan.study.caveat,
                "terms": [asdict(term) for term in row.terms],
            }
            for n, (variant, row) in enumerate(zip(line.variants, line.rows, strict=True))
        ],
        "extrapolated_eV": series.limit_eV,
        "not_extrapolated_because": series.why_no_limit,
        "last_change_eV": series.changes_eV[-1],
        "converged": series.converged(tolerance_eV),
        "own_error_eV": series.own_error_eV,
    }


def write_files(made: ConvergencePlan, found: Findings, folder: Path) -> list[Path]:
    """Write ``convergence.json``, ``convergence.csv`` and captioned figures of each parameter.

    A parameter without any energy has no picture.
    """
    from analysis.energies.figures import plot_convergence  # takes half a second to import
    from analysis.style import set_caption
    from workflows.figure_files import write_figures

    folder.mkdir(parents=True, exist_ok=True)
    data = document(made, found)
    files = [folder / "convergence.json", folder / "convergence.csv"]
    write_atomic(files[0], json.dumps(data, indent=1, allow_nan=False) + "\n")
    write_atomic(files[1], _csv(data))
    for parameter, made_lines in lines(made, found).items():
        series = [line.series for line in made_lines if set(line.series.energies_eV) != {None}]
        for old in folder.glob(f"{parameter}[.-]*"):
            old.unlink()
        if series:
            figure = plot_convergence(
                series,
                f"{figure_title(parameter)} ({level_words(made.study)})",
                quantity=readable(PARAMETERS[parameter]),
                ticks=[value_words(v.value) for v in made.variants[parameter]],
                tolerance_eV=made.entry.tolerance_eV,
            )
            set_caption(figure, ABOUT, *level_notes(made, parameter))
            files += write_figures({parameter: figure}, folder)
    return files


def _csv(data: Mapping[str, Any]) -> str:
    page = io.StringIO()
    table = csv.DictWriter(page, CSV_FIELDS, lineterminator="\n", extrasaction="ignore")
    table.writeheader()
    for parameter, found in data["parameters"].items():
        for line in found:
            for point in line["points"]:
                value = value_words(point["value"])
                own = {"parameter": parameter, "reaction": line["name"], "value": value}
                table.writerow({**line, **point, **own})
    return page.getvalue()
