"""Lists of ligands as CSV files: each line becomes a ligand of the study."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from slabs.errors import InputError
from slabs.ligands.head_groups import AUTO
from slabs.ligands.molecules import parse_smiles, split_salt
from slabs.ligands.toolkit import Chem
from slabs.text import hidden_character, one_line
from workflows.study.document import read_text
from workflows.study.errors import StudyError
from workflows.study.ligand_tables import COLUMNS, LIST, LigandEntry
from workflows.study.names import NAME

_NUMBERS = ("conformers", "truncate_to_carbons", "multiplicity")
#: States by the sign of the charge of a SMILES.
_STATES = {-1: ("anion",), 0: ("neutral", "zwitterion"), 1: ("cation",)}
#: Longer files are no lists.
MAX_LIST_BYTES = 1_000_000
MOST_ROWS = 1000


def with_listed_ligands(document: dict[str, Any], file: Path) -> dict[str, Any]:
    """The tables of a study file with the ligands of its list as tables of their own.

    ``list`` leaves ``[ligands]``, and ``[ligand_screen]`` without ``ligands`` gets all of
    the list.

    Parameters
    ----------
    document
        The study as read, not yet validated.
    file
        The study file, where relative file names start.

    Raises
    ------
    StudyError
        If the list cannot be read, with its line, column and value.
    """
    ligands = document.get("ligands")
    if not isinstance(ligands, dict) or LIST not in ligands:
        return document
    name = ligands[LIST]
    if not isinstance(name, str):
        raise StudyError(
            f"{file}: ligands.{LIST} = {one_line(repr(name), 80)} is not allowed: give the name of"
            " a CSV file"
        )
    own = {key: each for key, each in ligands.items() if key != LIST}
    listed = read_list(file.parent / name, f"{file}: ligands.{LIST}", own)
    changed = {**document, "ligands": {**own, **listed}}
    screen = document.get("ligand_screen")
    if isinstance(screen, dict) and "ligands" not in screen:
        changed["ligand_screen"] = {**screen, "ligands": list(listed)}
    return changed


def list_texts(text: str, file: Path) -> dict[str, str]:
    """Text of the list that a valid study names, by the name that it gives; empty without one.

    Parameters
    ----------
    text
        The study.
    file
        Its file, where relative file names start.
    """
    name = tomllib.loads(text).get("ligands", {}).get(LIST)
    return {} if name is None else {name: _text(file.parent / name, f"{file}: ligands.{LIST}")}


def beside_study(name: str) -> str:
    """Where a copy of a list lies beside a copy of its study, as it is named there if possible.

    A list in a folder above that of the study, or with another ending than ``.csv`` and
    ``.tsv``, gets another name.
    """
    path = Path(name)
    if path.is_absolute() or ".." in path.parts:
        path = Path(path.name)
    return str(path) if path.suffix.lower() in (".csv", ".tsv") else f"{path}.csv"


def read_list(path: Path, asked_by: str, taken: Collection[str] = ()) -> dict[str, dict[str, Any]]:
    """The ligands of a CSV file by name, as tables of a study file.

    The first line names the columns: ``name``, ``smiles`` or ``molecule`` of the catalogue,
    and any of `COLUMNS`. Empty lines and lines that begin with ``#`` are left out. Without an
    ``anchor_smarts`` the head group is found when the ligand is built.

    Parameters
    ----------
    path
        The file.
    asked_by
        What names the file, for messages about the file itself.
    taken
        Names that are in use already.

    Raises
    ------
    StudyError
        One sentence with the file, the line, the column, the value and what is allowed.
    """
    lines = _lines(_text(path, asked_by))
    number, header = next(lines, (1, []))
    columns = [cell.strip().lower() for cell in header]
    _check_columns(columns, f"{path}: line {number}")
    found: dict[str, dict[str, Any]] = {}
    names = {name.lower(): name for name in taken}
    for number, cells in lines:
        place = f"{path}: line {number}"
        if len(cells) != len(columns):
            raise StudyError(
                f"{place} has {len(cells)} cells, the first line {len(columns)}; a cell with a"
                " comma needs quotation marks"
            )
        row = {key: cell.strip() for key, cell in zip(columns, cells, strict=True) if cell.strip()}
        name = _name(row.pop("name", ""), names, place)
        found[name] = _ligand(row, place)
        names[name.lower()] = name
        if len(found) > MOST_ROWS:
            raise StudyError(f"{path}: more than {MOST_ROWS} ligands; split the list")
    if not found:
        raise StudyError(f"{path}: holds no ligand below its first line")
    return found


def _text(path: Path, asked_by: str) -> str:
    text = read_text(path, f"{asked_by}: {path}", MAX_LIST_BYTES, "a list of ligands")
    for number, line in enumerate(text.splitlines(), start=1):
        hidden = hidden_character(line.replace("\t", " "))
        if hidden:
            raise StudyError(f"{path}: line {number} contains the character {hidden}")
    return text


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line that is neither empty nor a comment."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, next(csv.reader(io.StringIO(line)))


def _check_columns(columns: list[str], place: str) -> None:
    allowed = ("name", *COLUMNS)
    for column in columns:
        if column not in allowed:
            raise StudyError(
                f"{place}: {one_line(repr(column), 60)} is not a column; allowed:"
                f" {', '.join(allowed)}"
            )
        if columns.count(column) > 1:
            raise StudyError(f"{place}: two columns are called {column!r}")
    if "name" not in columns or not {"smiles", "molecule"} & set(columns):
        raise StudyError(f"{place}: must name the columns, among them name and smiles or molecule")


def _name(name: str, taken: dict[str, str], place: str) -> str:
    place = f"{place}, column name"
    if not re.fullmatch(NAME, name):
        raise StudyError(
            f"{place}: {one_line(repr(name), 80)} is not a name; allowed: a letter, then up to 39"
            " letters, digits, '_', '+' or '-'"
        )
    if name.lower() in taken:
        raise StudyError(
            f"{place}: {name!r} is in use already ({taken[name.lower()]!r}); names must differ, not"
            " only by upper and lower case"
        )
    return name


def _ligand(row: dict[str, str], place: str) -> dict[str, Any]:
    """A row without its name as a table of the study file."""
    entry: dict[str, Any] = dict(row)
    for key in _NUMBERS:
        if key in entry:
            if not re.fullmatch(r"[+-]?\d{1,9}", entry[key]):
                raise _refused(place, key, entry[key], "give a whole number")
            entry[key] = int(entry[key])
    if "smiles" in entry:
        _check_smiles(entry, place)
        entry.setdefault("anchor_smarts", AUTO)
    try:
        LigandEntry.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"]:
            raise StudyError(f"{place}: {first['ctx']['error']}") from error
        key, message = str(first["loc"][0]), first["msg"]
        raise _refused(place, key, entry[key], message[0].lower() + message[1:]) from error
    return entry


def _check_smiles(entry: dict[str, Any], place: str) -> None:
    """Refuse what is no molecule, and a state or a balance that does not go with its charge."""
    try:
        ion, counter_ion = split_salt(entry["smiles"])
        charge = Chem.GetFormalCharge(parse_smiles(ion))
    except InputError as error:
        raise StudyError(f"{place}, column smiles: {error.message}") from error
    state, words = entry.pop("state", None), f"the SMILES has the charge {charge:+d}"
    allowed = _STATES[(charge > 0) - (charge < 0)]
    if state is not None and state not in allowed:
        raise _refused(place, "state", state, f"{words}; allowed: {' or '.join(allowed)}")
    balance = entry.get("balance")
    if charge and counter_ion is None and balance is None:
        raise _refused(
            place, "balance", "", f"{words}; allowed: electron, counter-ion or substitution"
        )
    if not charge and balance is not None:
        raise _refused(place, "balance", balance, f"{words}; leave it empty")


def _refused(place: str, column: str, value: object, why: str) -> StudyError:
    return StudyError(
        f"{place}, column {column}: {one_line(repr(value), 80)} is not allowed: {why}"
    )
