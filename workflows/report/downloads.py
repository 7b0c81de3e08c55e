"""Files that a page carries in itself: tables, data, structures and the study file."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
from ase import Atoms
from ase.io import write

from analysis.csv_tables import csv_table
from analysis.energies.rows import Calculated
from workflows.export import named_tables
from workflows.findings.findings import Findings
from workflows.findings.words import level_words
from workflows.recipes.reactions import RECIPE as REACTIONS
from workflows.recipes.registry import recipes
from workflows.summary import document_of


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
    (energies,) = REACTIONS.tables(found)
    tables = {
        f"{stem}.csv": csv_table(table)
        for recipe in recipes()
        for stem, table in named_tables(recipe, recipe.tables(found))
    }
    data = json.dumps(_relative(document_of(found), found.results), indent=1, allow_nan=False)
    structures = {
        file: text
        for species, item in found.species.items()
        for file, text in structure_files(found, species, item).items()
    }
    made = []
    if energies.rows:
        made.append(
            text_download(f"{name}-energies.csv", "Energies, CSV", csv_table(energies), "text/csv")
        )
    if tables:
        made.append(_archive(f"{name}-tables.zip", "All tables, CSV", tables))
    made.append(text_download(f"{name}.json", "All data, JSON", data + "\n", "application/json"))
    if structures:
        made.append(_archive(f"{name}-structures.zip", "Structures, CIF and XYZ", structures))
    return [*made, text_download(found.plan.file.name, "Study file", found.plan.text)]


def structure_downloads(found: Findings, species: str) -> list[Download]:
    """One structure as CIF and as extended XYZ."""
    files = structure_files(found, species, found.species[species])
    return [
        text_download(file, label, text)
        for label, (file, text) in zip(("CIF", "XYZ"), files.items(), strict=True)
    ]


def structure_files(found: Findings, species: str, item: Calculated) -> dict[str, str]:
    """Name and text of the CIF and the extended XYZ file of a species, in angstrom.

    It is relaxed if its result is there, else as planned; the extended XYZ says which, and holds
    the group of each atom and which atoms are fixed.
    """
    atoms = (item.structure.atoms if item.result is None else item.result.atoms).copy()
    periodic = Atoms(atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=True)
    cif = BytesIO()
    write(cif, periodic, format="cif")
    atoms.set_array("group", np.array(item.structure.groups))
    atoms.info = {
        "species": species,
        "shown": "as planned" if item.result is None else "relaxed",
        "level": level_words(found.study),
    }
    xyz = StringIO()
    write(xyz, atoms, format="extxyz")
    return {f"{species}.cif": cif.getvalue().decode(), f"{species}.xyz": xyz.getvalue()}


def _relative(value: Any, results: Path) -> Any:
    """A document whose paths begin at the folder of the results, as those of the page."""
    if isinstance(value, Mapping):
        return {key: _relative(each, results) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_relative(each, results) for each in value]
    if isinstance(value, str) and value.startswith(f"{results}/"):
        return value.removeprefix(f"{results}/")
    return value


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
