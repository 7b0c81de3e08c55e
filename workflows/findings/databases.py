"""Relaxed structures with their energies, in the databases of ASE and pymatgen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator

from workflows.findings.findings import Findings
from workflows.store import write_atomic


def _energies(found: Findings) -> list[tuple[Atoms, dict[str, Any]]]:
    """Relaxed structure of each finished species, with its energy, and what it is."""
    plan, states, rows = found.plan, found.states, []
    for name, keys in plan.species_keys.items():
        for place, key in enumerate(keys):
            result = states[key].result
            if result is None or "same_as" in result.values:
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


def write_databases(found: Findings, folder: Path) -> list[Path]:
    """All energies as an ASE database and as pymatgen entries; total energies in eV.

    Every row or entry names its species, candidate, kind, level, fingerprint and folder.
    """
    from ase.db import connect
    from monty.json import MontyEncoder
    from pymatgen.entries.computed_entries import ComputedStructureEntry
    from pymatgen.io.ase import AseAtomsAdaptor

    rows = _energies(found)
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
