"""Basis sets and pseudopotentials in the data files of CP2K."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workflows.study.errors import StudyError

#: Where Debian's cp2k-data puts them; the variable is CP2K's own.
DATA_VARIABLE, DEBIAN_FOLDER = "CP2K_DATA_DIR", Path("/usr/share/cp2k")
BASIS_FILES = ("BASIS_MOLOPT", "BASIS_MOLOPT_UCL")
POTENTIAL_FILE = "GTH_POTENTIALS"
#: Sizes of basis sets by their names in the data files.
SIZES = ("TZV2P", "TZVP", "DZVP")
_HEAD = re.compile(r"^\s*([A-Z][a-z]?)((?:\s+\S+)+)$")


@dataclass(frozen=True)
class Element:
    """What CP2K uses for an element.

    Parameters
    ----------
    symbol
        Of the element.
    basis
        Name of the basis set.
    potential
        Name of the pseudopotential.
    electrons
        Valence electrons.
    """

    symbol: str
    basis: str
    potential: str
    electrons: int


def data_folder() -> Path:
    """Folder with the data files.

    Raises
    ------
    StudyError
        If it is not there.
    """
    folder = Path(os.environ.get(DATA_VARIABLE, "") or DEBIAN_FOLDER)
    for name in (*BASIS_FILES, POTENTIAL_FILE):
        if not (folder / name).is_file():
            raise StudyError(
                f"CP2K: {folder / name} is missing; Debian: apt-get install cp2k-data,"
                f" otherwise set {DATA_VARIABLE} to the folder with CP2K's data files"
            )
    return folder


@cache
def _names(file: Path) -> frozenset[tuple[str, str]]:
    """Elements and names of the entries of a data file."""
    found = set()
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        head = _HEAD.match(line)
        if head:
            found |= {(head[1], name) for name in head[2].split()}
    return frozenset(found)


def element(symbol: str, size: str, functional: str) -> Element:
    """The MOLOPT basis set of an element, the short-range one if there is no other.

    Raises
    ------
    StudyError
        If there is no such basis set, or no pseudopotential that belongs to it.
    """
    folder = data_folder()
    bases = frozenset[tuple[str, str]]().union(*(_names(folder / name) for name in BASIS_FILES))
    potentials = _names(folder / POTENTIAL_FILE)
    names = [f"{size}-MOLOPT-{kind}GTH" for kind in ("", "SR-")]
    for name in names:
        numbered = re.compile(rf"{re.escape(name)}-q(\d+)")
        matches = (numbered.fullmatch(full) for own, full in bases if own == symbol)
        for electrons in sorted(int(match[1]) for match in matches if match):
            potential = f"GTH-{functional}-q{electrons}"
            if (symbol, potential) in potentials:
                return Element(symbol, f"{name}-q{electrons}", potential, electrons)
    raise StudyError(
        f"CP2K: {symbol} has no basis set {' or '.join(names)} with a pseudopotential"
        f" GTH-{functional} in {folder}"
    )
