"""Relaxed structures as files, one set for each candidate."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from slabs.structure import formula
from workflows.findings.relaxed import Relaxed
from workflows.findings.structure_files import fixed_atoms, structure_texts
from workflows.store import write_atomic

FOLDER = "structures"
#: What the files are by their ending.
KINDS = {
    ".xyz": "extended XYZ with energies, groups of atoms and fixed atoms; forces where known",
    ".cif": "CIF",
    ".POSCAR": "POSCAR; fixed atoms by selective dynamics",
}
INDEX = f"{FOLDER}/index.csv"
#: Columns of the index that the info of a structure has.
COLUMNS = (
    "species", "candidate", "chosen", "kind", "energy_eV", "raw_energy_eV",
    "dipole_image_energy_eV", "dispersion_energy_eV", "fmax_eV_per_A", "level", "fingerprint",
    "folder", "relaxation_folder", "forces_are",
)  # fmt: skip


def write_structures(structures: Sequence[Relaxed], folder: Path) -> dict[str, str]:
    """Write all structures and a list of them; returns what each file is by its name."""
    (folder / FOLDER).mkdir(exist_ok=True)
    about = {INDEX: "list of the relaxed structures with their energies"}
    write_atomic(folder / INDEX, index_text(structures))
    for each in structures:
        for ending, text in structure_texts(each.atoms, each.name).items():
            name = f"{FOLDER}/{each.name}{ending}"
            write_atomic(folder / name, text)
            about[name] = f"relaxed structures: {KINDS[ending]}"
    return about


def index_text(structures: Sequence[Relaxed]) -> str:
    """One line for each structure, as CSV; units in the names of the columns."""
    page = StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(["name", "formula", "atoms", "fixed_atoms", *COLUMNS])
    for each in structures:
        about, atoms = each.about, each.atoms
        cells = [each.name, formula(atoms), len(atoms), len(fixed_atoms(atoms))]
        writer.writerow([*cells, *(about.get(column, "") for column in COLUMNS)])
    return page.getvalue()
