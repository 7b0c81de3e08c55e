"""Structure files that are read: which formats, how large, and nothing else is opened.

A reader that guesses the format of a file may end in one that unpickles it, imports what it
names, or opens other files beside it. Here the name says the format, and the readers get text.
"""

from __future__ import annotations

import io
import re
import warnings
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols

from slabs.errors import InputError
from slabs.labels import with_elements

#: Format of ASE by the ending of the name, in lower case.
FORMATS = {
    ".cif": "cif",
    ".vasp": "vasp",
    ".poscar": "vasp",
    ".xyz": "extxyz",
    ".extxyz": "extxyz",
    ".xsf": "xsf",
    ".gen": "gen",
    ".pdb": "proteindatabank",
}
#: Files of molecules with bonds, which RDKit reads.
MDL_ENDINGS = (".mol", ".sdf")
#: Names without an ending, or with any, that mean the format of VASP.
VASP_NAMES = ("POSCAR", "CONTCAR")
MAX_FILE_BYTES = 5_000_000
LARGEST_COORDINATE_A = 1e5
#: No bond is shorter than that of H2, 0.74 angstrom.
SHORTEST_DISTANCE_A = 0.6
#: No crystal has a smaller distance between its lattice planes.
SMALLEST_HEIGHT_A = 1.0
#: Coordinates this close to one third and the like are meant to be it.
FRACTION_TOLERANCE = 2e-3
#: Radii are tabulated up to lawrencium.
LARGEST_NUMBER = 103


def file_content(file: Path) -> bytes:
    """Content of a structure file.

    Raises
    ------
    InputError
        If it is not a regular file, cannot be read or is too large.
    """
    try:
        if not file.is_file():  # a pipe or a device would be waited for, or never end
            raise InputError(f"{str(file)!r} is not a file", "file")
        with file.open("rb") as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise InputError(f"{str(file)!r} cannot be read: {error}", "file") from error
    if len(content) > MAX_FILE_BYTES:
        raise InputError(f"{str(file)!r} has more than {MAX_FILE_BYTES} bytes", "file")
    return content


def file_text(file: Path) -> str:
    """Text of a structure file; see `file_content`. Names in it may be of any encoding."""
    content = file_content(file)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def ase_format(file: Path, *others: str) -> str:
    """Format of ASE that the name of a file stands for.

    Parameters
    ----------
    file
        Structure file.
    others
        Endings that the caller reads by itself, for the message.

    Raises
    ------
    InputError
        If the name stands for none.
    """
    found = FORMATS.get(file.suffix.lower())
    if found is None and file.name.split(".")[0].split("_")[0].upper() in VASP_NAMES:
        found = "vasp"
    if found is None:
        endings = ", ".join([*others, *FORMATS])
        raise InputError(
            f"{str(file)!r} is not the name of a structure file; allowed endings: {endings};"
            f" allowed names: {', '.join(VASP_NAMES)}",
            "file",
        )
    return found


def read_structure(file: Path, *others: str) -> Atoms:
    """The only structure of a file, by ASE, or by pymatgen if ASE fails on a CIF or POSCAR.

    Parameters
    ----------
    file, others
        See `ase_format`.

    Raises
    ------
    InputError
        If nothing can be read, there are several structures, or atoms or cell make no sense.
    """
    from ase.io import read

    text, kind = file_text(file), ase_format(file, *others)
    if _declared(text, kind) > len(text):  # readers reserve memory for as many
        raise InputError(f"{str(file)!r} announces more atoms than it has characters", "file")
    try:
        text = with_elements(text, kind)
    except InputError as error:
        raise InputError(f"{str(file)!r}: {error.message}", "file") from error
    try:
        with np.errstate(all="ignore"):
            frames = list(read(io.StringIO(text), index=":2", format=kind))
    except Exception as error:  # each format raises its own types
        found = _read_with_pymatgen(text, kind)
        if found is None:
            words = str(error).strip().split("\n")[0] or type(error).__name__
            raise InputError(
                f"{str(file)!r} is not a structure file that can be read ({words})", "file"
            ) from error
        frames = [found]
    if len(frames) != 1:
        several = "several" if frames else "none"
        raise InputError(f"{str(file)!r} must hold one structure, not {several}", "file")
    _check(frames[0], file)
    return Atoms(frames[0])


def _declared(text: str, kind: str) -> float:
    """Number of atoms that a file says it has, or of columns, as far as readers believe it."""
    if kind == "extxyz":
        found = re.findall(r"^\s*(\d+)\s*$|:[RILS]:(\d+)", text, re.MULTILINE)
        return max((float(n) for pair in found for n in pair if n), default=0.0)
    if kind == "vasp":
        return sum(float(n) for line in text.split("\n")[5:7] for n in line.split() if n.isdigit())
    return 0.0


def _check(atoms: Atoms, file: Path) -> None:
    """Refuse what no later step could handle."""
    if not len(atoms):
        raise InputError(f"{str(file)!r} has no atoms", "file")
    if atoms.numbers.min() < 1 or atoms.numbers.max() > LARGEST_NUMBER:
        raise InputError(
            f"{str(file)!r} has an atom that is none of the elements up to"
            f" {chemical_symbols[LARGEST_NUMBER]}",
            "file",
        )
    lengths = np.concatenate([atoms.positions.ravel(), atoms.cell.array.ravel()])
    if not (np.abs(lengths) < LARGEST_COORDINATE_A).all():
        raise InputError(
            f"{str(file)!r} has coordinates that are not numbers below"
            f" {LARGEST_COORDINATE_A:.0f} A",
            "file",
        )
    if atoms.cell.rank == 3:
        with np.errstate(all="ignore"):
            height = 1.0 / np.linalg.norm(atoms.cell.reciprocal().array, axis=1).max()
        if height < SMALLEST_HEIGHT_A:
            raise InputError(
                f"{str(file)!r} has a cell of height {height:.2g} A; at least"
                f" {SMALLEST_HEIGHT_A} A expected",
                "file",
            )


def read_cif_again(file: Path) -> Atoms | None:
    """The structure of a CIF as pymatgen reads it; None for other files and where it fails.

    It knows more settings of space groups than ASE, and takes 0.333 for one third.
    """
    if ase_format(file) != "cif":
        return None
    return _read_with_pymatgen(file_text(file), "cif")


def declared_formula(file: Path) -> dict[str, float]:
    """Formula sum that a CIF states, by element; empty for other files and without one."""
    if file.suffix.lower() != ".cif":
        return {}
    found = re.search(
        r"^\s*_chemical_formula_sum\s+(?:'([^'\n]*)'|\"([^\"\n]*)\"|(\S+)\s*$)",
        file_text(file),
        re.MULTILINE | re.IGNORECASE,
    )
    words = next(filter(None, found.groups()), "") if found else ""
    parts = re.findall(r"([A-Z][a-z]?)(\d*\.?\d*)", words)
    if not parts or any(symbol not in chemical_symbols for symbol, _ in parts if symbol != "D"):
        return {}
    counts: dict[str, float] = {}
    for symbol, number in parts:
        element = "H" if symbol == "D" else symbol
        counts[element] = counts.get(element, 0.0) + float(number or 1)
    return counts


def _read_with_pymatgen(text: str, kind: str) -> Atoms | None:
    from pymatgen.core.structure import Structure
    from pymatgen.io.ase import AseAtomsAdaptor
    from pymatgen.io.cif import CifParser

    if kind not in ("cif", "vasp"):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if kind == "cif":
                parser = CifParser.from_str(text, frac_tolerance=FRACTION_TOLERANCE)
                structure = parser.parse_structures(primitive=False)[0]
            else:
                structure = Structure.from_str(text, fmt="poscar")
            if not structure.is_ordered:
                return None
        atoms = AseAtomsAdaptor.get_atoms(structure)
    except Exception:  # as above: whatever a reader raises, the file is not a structure
        return None
    return Atoms(atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=True)
