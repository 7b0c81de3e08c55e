"""Everything a report needs, written into one folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator

from analysis.density import load_density_difference
from analysis.dos import load_dos
from analysis.figures import plot_dos, plot_planar_average
from analysis.tables import render
from workflows.calculated import level_words
from workflows.engine import TaskState, task_states
from workflows.phase_tables import plots
from workflows.plan import Plan
from workflows.store import write_atomic
from workflows.summary import document, tables
from workflows.thermodynamics import thermodynamics


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
    files += _databases(_energies(plan, states), folder)
    files += plots(plan, thermodynamics(plan, states), folder)
    caveat = level_words(plan.study)
    for kind in ("dos", "density-difference"):
        for key in plan.output_keys[kind]:
            state = states[key]
            if state.result is not None:
                stem = folder / state.task.label.replace(" ", "-")
                if stem.with_name(stem.name + ".csv") in files:  # the same with other settings
                    stem = stem.with_name(f"{stem.name}-{key[:6]}")
                write = _dos if kind == "dos" else _difference
                files += write(state, stem, f"{state.task.label} ({caveat})")
    return files


def _energies(plan: Plan, states: Mapping[str, TaskState]) -> list[tuple[Atoms, dict[str, Any]]]:
    """Relaxed structure of each finished species, with its energy, and what it is."""
    rows = []
    for name, keys in plan.species_keys.items():
        for number, (key, species) in enumerate(zip(keys, plan.species[name], strict=True)):
            result = states[key].result
            if result is None:
                continue
            atoms = result.atoms
            atoms.set_constraint()
            atoms.calc = SinglePointCalculator(atoms, energy=result.energy_eV)
            about = {
                "species": name,
                "candidate": number + 1,
                "kind": species.kind,
                "level": plan.study.level_name,
                "fingerprint": result.fingerprint,
                "folder": f"tasks/{states[key].task.folder}",
            }
            rows.append((atoms, about))
    return rows


def _databases(rows: list[tuple[Atoms, dict[str, Any]]], folder: Path) -> list[Path]:
    """All energies as an ASE database and as pymatgen entries; total energies in eV.

    Every row or entry names its species, candidate, kind, level, fingerprint and folder.
    """
    from ase.db import connect
    from monty.json import MontyEncoder
    from pymatgen.entries.computed_entries import ComputedStructureEntry
    from pymatgen.io.ase import AseAtomsAdaptor

    if not rows:
        return []
    with connect(folder / "energies.db", append=False) as database:
        for atoms, about in rows:
            database.write(atoms, **about)
    entries = []
    for atoms, about in rows:
        bare = Atoms(atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=atoms.pbc)
        structure = AseAtomsAdaptor.get_structure(bare)
        energy_eV = float(atoms.get_potential_energy())
        name = f"{about['species']}-{about['candidate']}"
        entries.append(ComputedStructureEntry(structure, energy_eV, data=about, entry_id=name))
    text = json.dumps(entries, cls=MontyEncoder, allow_nan=False)
    write_atomic(folder / "entries.json", text + "\n")
    return [folder / "energies.db", folder / "entries.json"]


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
