"""Everything a report needs, written into one folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator

from analysis.density.difference import CUBE_FILE, load_density_difference
from analysis.dos.density_of_states import DOS_FILE
from analysis.electrostatics.potential import load_electrostatics
from analysis.style import save
from analysis.tables import render
from workflows.figures import KINDS, outputs
from workflows.findings.states import TaskState, task_states
from workflows.planning.plan import Plan
from workflows.recipes.dos.outputs import dos_outputs, write_csv
from workflows.store import write_atomic
from workflows.summary import document, tables


def export_study(plan: Plan, results: Path, folder: Path) -> list[Path]:
    """Write tables, figures and data of a study into a new folder; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "tables.md": render(tables(plan, results), "md"),
        "tables.tex": render(tables(plan, results), "latex"),
        "tables.txt": render(tables(plan, results), "text"),
        "energies.csv": render(tables(plan, results, "energies"), "csv"),
        "geometry.csv": render(tables(plan, results, "geometry"), "csv"),
        "data.json": json.dumps(document(plan, results), indent=1, allow_nan=False) + "\n",
        "study.toml": plan.text,
    }
    if plan.screen_keys:
        for part in ("candidates", "screening"):
            texts[f"{part}.csv"] = render(tables(plan, results, part), "csv")
    for name, text in texts.items():
        write_atomic(folder / name, text)
    files = [folder / name for name in texts]
    states = task_states(plan, results)
    files += _databases(_energies(plan, states), folder)
    for output in dos_outputs(plan, states):
        if output.dos is not None:
            files += write_csv(output, folder)
            files.append(folder / f"{output.stem}.npz")
            shutil.copyfile(output.state.folder / DOS_FILE, files[-1])
    for stem, state_folder, _ in outputs(plan, states, "density-difference"):
        files += _difference(state_folder, folder / stem)
    for stem, state_folder, _ in outputs(plan, states, "electrostatics"):
        files.append(_potential(state_folder, folder / f"{stem}.csv"))
    for draw in KINDS.values():
        for stem, figure in draw(plan, states, "double").items():
            files += save(figure, folder / stem)
    return files


def _energies(plan: Plan, states: Mapping[str, TaskState]) -> list[tuple[Atoms, dict[str, Any]]]:
    """Relaxed structure of each finished species, with its energy, and what it is."""
    rows = []
    for name, keys in plan.species_keys.items():
        for place, key in enumerate(keys):
            result = states[key].result
            if result is None:
                continue
            species = plan.held(name, place, result)
            atoms = result.atoms
            atoms.set_constraint()
            atoms.calc = SinglePointCalculator(atoms, energy=result.energy_eV)
            about = {
                "species": name,
                "candidate": species.candidate + 1,
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
            database.write(atoms, **{key: _no_number(value) for key, value in about.items()})
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


def _no_number(value: Any) -> Any:
    """ASE's databases refuse texts that read as numbers: a level named ``42`` is ``'42'`` there."""
    try:
        number = isinstance(value, str) and (value in ("True", "False") or float(value) is not None)
    except ValueError:
        return value
    return repr(value) if number else value


def _difference(source: Path, stem: Path) -> list[Path]:
    density = load_density_difference(source)
    z, profile = density.planar_average()
    csv, cube = (stem.with_name(stem.name + suffix) for suffix in (".csv", ".cube"))
    columns = {"z_A": z, "difference_e_per_A": profile}
    columns["integral_from_below_e"] = density.cumulated()[1]
    pd.DataFrame(columns).to_csv(csv, index=False, float_format="%.6g")
    shutil.copyfile(source / CUBE_FILE, cube)
    return [csv, cube]


def _potential(source: Path, csv: Path) -> Path:
    potential = load_electrostatics(source)
    columns = {"z_A": potential.z_A, "planar_eV": potential.planar_eV}
    if potential.macroscopic_eV is not None:
        columns["macroscopic_eV"] = potential.macroscopic_eV
    pd.DataFrame(columns).to_csv(csv, index=False, float_format="%.6g")
    return csv
