"""Files that a page carries in itself: tables, data, structures and the study file."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np

from analysis.csv_tables import csv_table
from analysis.energies.rows import Calculated
from workflows.findings.findings import Findings
from workflows.findings.relaxed import relaxed_structures
from workflows.findings.structure_files import level_info, structure_texts
from workflows.summary import document_of, named_tables, relative


@dataclass(frozen=True)
class Download:
    """A file in a page.

    Parameters
    ----------
    name
        Of the file.
    label
        Of its button.
    address
        Its content as a ``data:`` address.
    """

    name: str
    label: str
    address: str


def downloads(found: Findings) -> list[Download]:
    """The files of a study: energies, all tables, all data, all structures, the study file."""
    name = found.plan.file.stem
    tables = {f"{stem}.csv": csv_table(table) for stem, table in named_tables(found).items()}
    data = json.dumps(relative(document_of(found), found.results), indent=1, allow_nan=False)
    structures = {
        file: text
        for species, item in found.species.items()
        for file, text in structure_files(found, species, item).items()
    }
    made = []
    if "reactions.csv" in tables:
        text = tables["reactions.csv"]
        made.append(text_download(f"{name}-energies.csv", "Energies, CSV", text, "text/csv"))
    if tables:
        made.append(_archive(f"{name}-tables.zip", "All tables, CSV", tables))
    made.append(text_download(f"{name}.json", "All data, JSON", data + "\n", "application/json"))
    if structures:
        made.append(_archive(f"{name}-structures.zip", "Structures, CIF, XYZ, POSCAR", structures))
    for listed, text in found.plan.lists.items():
        made.append(text_download(Path(listed).name, "List of ligands", text, "text/csv"))
    return [*made, text_download(found.plan.file.name, "Study file", found.plan.text)]


def structure_downloads(found: Findings, species: str) -> list[Download]:
    """One structure as CIF, as extended XYZ and as POSCAR."""
    files = structure_files(found, species, found.species[species])
    return [
        text_download(file, label, text)
        for label, (file, text) in zip(("CIF", "XYZ", "POSCAR"), files.items(), strict=True)
    ]


def structure_files(found: Findings, species: str, item: Calculated) -> dict[str, str]:
    """Name and text of the files of a species, see `structure_texts`.

    It is relaxed if its result is there, with energy and forces as `passivant export` writes
    them; else it is as planned, and the extended XYZ says so.
    """
    chosen = {each.species.name: each.atoms for each in relaxed_structures(found) if each.chosen}
    atoms = chosen.get(species)
    if atoms is None:
        atoms = item.structure.atoms.copy()
        atoms.set_array("group", np.array(item.structure.groups))
        level = level_info(found.study.level_name, found.study.caveat)
        atoms.info = {"species": species, "shown": "as planned", **level}
    texts = structure_texts(atoms, species)
    return {f"{species}{ending}": text for ending, text in texts.items()}


def text_download(name: str, label: str, text: str, kind: str = "text/plain") -> Download:
    """A file with a text."""
    return Download(name, label, _address(f"{kind};charset=utf-8", text.encode()))


def _archive(name: str, label: str, texts: Mapping[str, str]) -> Download:
    """A ZIP archive whose bytes depend on the texts only."""
    page = BytesIO()
    with ZipFile(page, "w", ZIP_DEFLATED) as archive:
        for file, text in texts.items():
            archive.writestr(ZipInfo(file), text, ZIP_DEFLATED)
    return Download(name, label, _address("application/zip", page.getvalue()))


def _address(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
