"""Relaxed structures with their energies, in the databases of ASE and pymatgen."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from workflows.findings.relaxed import RELAXATION_FORCES, Relaxed
from workflows.findings.structure_files import fixed_atoms
from workflows.store import write_atomic
from workflows.study.level import digest

ASE_FILE = "energies.db"
PYMATGEN_FILE = "entries.json"
#: Name of the adjustment that turns the energy of a calculation into that of the tables.
IMAGES = "interaction of dipole images"


def write_ase_database(structures: Sequence[Relaxed], folder: Path) -> Path:
    """All structures as an SQLite database of ASE; equal structures give equal bytes.

    Rows hold energy, forces, moments, fixed atoms, and name and parameters of the calculator.
    Their keys say what the structure is, and hold the energies in eV.

    Parameters
    ----------
    structures
        What is written.
    folder
        New folder of the file.
    """
    from ase.db import connect  # loads GPAW

    file = folder / ASE_FILE
    with connect(file, append=False) as database:
        for each in structures:
            keys = {key: _no_number(value) for key, value in each.about.items()}
            forces = each.relaxation_forces_eV_per_A
            data = {} if forces is None else {RELAXATION_FORCES: forces}
            database.write(each.atoms, key_value_pairs=keys, data=data)
    with closing(sqlite3.connect(file)) as rows:
        # Neither who wrote it nor when, and no random names.
        rows.execute("UPDATE systems SET ctime = 0, mtime = 0, username = ''")
        rows.executemany(
            "UPDATE systems SET unique_id = ? WHERE id = ?",
            [
                (digest([each.name, each.result.key])[:32], n)
                for n, each in enumerate(structures, 1)
            ],
        )
        rows.commit()
        rows.execute("VACUUM")
    return file


def _no_number(value: Any) -> Any:
    """ASE's databases refuse texts that read as numbers: a level named ``42`` is ``'42'`` there."""
    try:
        number = isinstance(value, str) and (value in ("True", "False") or float(value) is not None)
    except ValueError:
        return value
    return repr(value) if number else value


def write_pymatgen_entries(structures: Sequence[Relaxed], folder: Path) -> Path:
    """All structures as a list of pymatgen's ``ComputedStructureEntry``.

    ``uncorrected_energy`` is that of the calculation, ``energy`` that of the tables; between
    them stands the adjustment for the dipole images of a molecule. ``parameters`` are the
    settings of the calculation, ``data`` says what the structure is. Fixed atoms are the site
    property ``selective_dynamics``.

    Parameters
    ----------
    structures
        What is written.
    folder
        New folder of the file.
    """
    from monty.json import MontyEncoder

    entries = [_entry(each) for each in structures]
    text = json.dumps(entries, cls=MontyEncoder, allow_nan=False)
    file = folder / PYMATGEN_FILE
    write_atomic(file, text + "\n")
    return file


def _entry(each: Relaxed) -> Any:
    from pymatgen.core.lattice import Lattice
    from pymatgen.core.structure import Structure
    from pymatgen.entries.computed_entries import (
        ComputedStructureEntry,
        ConstantEnergyAdjustment,
    )

    atoms, about = each.atoms, each.about
    own = ("group", RELAXATION_FORCES)
    properties = {key: atoms.arrays[key].tolist() for key in own if key in atoms.arrays}
    fixed = fixed_atoms(atoms)
    if fixed:
        moves = [n not in fixed for n in range(len(atoms))]
        properties["selective_dynamics"] = [[free] * 3 for free in moves]
    for key, name in (("forces", "forces"), ("magmoms", "magmom")):
        if key in atoms.calc.results:
            properties[name] = atoms.calc.results[key].tolist()
    x, y, z = atoms.pbc
    structure = Structure(
        Lattice(atoms.cell.array, pbc=(bool(x), bool(y), bool(z))),
        atoms.get_chemical_symbols(),
        atoms.positions,
        coords_are_cartesian=True,
        site_properties=properties,
    )
    images_eV = about["dipole_image_energy_eV"]
    adjustments = [ConstantEnergyAdjustment(-images_eV, 0.0, IMAGES, {}, IMAGES)]
    return ComputedStructureEntry(
        structure,
        about["raw_energy_eV"],
        energy_adjustments=adjustments if images_eV else [],
        parameters=each.parameters,
        data=about,
        entry_id=each.name,
    )
