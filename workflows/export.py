"""Everything a report needs, written into one folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.density import load_density_difference
from analysis.dos import load_dos
from analysis.figures import plot_dos, plot_planar_average
from analysis.tables import render
from workflows.engine import TaskState, task_states
from workflows.plan import Plan
from workflows.store import write_atomic
from workflows.summary import document, level_words, tables


def export_study(plan: Plan, results: Path, folder: Path) -> list[Path]:
    """Write tables, figures and data of a study into a new folder; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "tables.md": render(tables(plan, results), "md"),
        "tables.tex": render(tables(plan, results), "latex"),
        "tables.txt": render(tables(plan, results), "text"),
        "energies.csv": render(tables(plan, results, "energies"), "csv"),
        "data.json": json.dumps(document(plan, results), indent=1, allow_nan=False) + "\n",
        "study.toml": plan.text,
    }
    for name, text in texts.items():
        write_atomic(folder / name, text)
    files = [folder / name for name in texts]
    states = task_states(plan, results)
    caveat = level_words(plan.study.level)
    for kind, keys in plan.output_keys.items():
        for key in keys:
            state = states[key]
            if state.result is not None:
                stem = folder / state.task.label.replace(" ", "-")
                if stem.with_name(stem.name + ".csv") in files:  # the same with other settings
                    stem = stem.with_name(f"{stem.name}-{key[:6]}")
                write = _dos if kind == "dos" else _difference
                files += write(state, stem, f"{state.task.label} ({caveat})")
    return files


def _dos(state: TaskState, stem: Path, title: str) -> list[Path]:
    dos = load_dos(state.folder)
    columns = {"energy_eV": dos.energies_eV}
    series = {"total": dos.total} | {" ".join(k): v for k, v in dos.projections.items()}
    for name, data in series.items():
        for spin, values in enumerate(data):
            suffix = "" if len(data) == 1 else ("_up", "_down")[spin]
            columns[f"{name}{suffix}_per_eV"] = values
    csv = stem.with_name(stem.name + ".csv")
    pd.DataFrame(columns).to_csv(csv, index=False, float_format="%.6g")
    return [csv, plot_dos(dos, stem.with_name(stem.name + ".png"), title)]


def _difference(state: TaskState, stem: Path, title: str) -> list[Path]:
    assert state.result is not None
    density = load_density_difference(state.folder)
    z, profile = density.planar_average()
    csv = stem.with_name(stem.name + ".csv")
    columns = {"z_A": z, "difference_e_per_A": profile}
    columns["integral_from_below_e"] = np.cumsum(profile) * (z[1] - z[0])
    pd.DataFrame(columns).to_csv(csv, index=False, float_format="%.6g")
    cube = stem.with_name(stem.name + ".cube")
    shutil.copyfile(state.folder / state.result.values["cube"], cube)
    picture = stem.with_name(stem.name + ".png")
    return [csv, cube, plot_planar_average(density, picture, title)]
