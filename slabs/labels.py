"""Names of atoms in structure files: numbers, labels, capitals and columns as elements."""

from __future__ import annotations

import re

from ase.data import chemical_symbols

from slabs.errors import InputError

_SYMBOLS = frozenset(chemical_symbols[1:])
_LABEL = re.compile(r"([A-Za-z]{1,2})([^A-Za-z]\S*)?$")
#: Elements that names of atoms in PDB files mean with both letters; others such as CA are a
#: carbon atom in position alpha unless they start in the first of the four columns.
_TWO_LETTERS = frozenset(("CL", "BR"))


def with_elements(text: str, kind: str) -> str:
    """The text of a structure file with an element symbol for every atom.

    Parameters
    ----------
    text
        Content of the file.
    kind
        Its format, as ASE calls it. XYZ files may have atomic numbers or labels such as
        ``N1``, POSCAR and CIF files symbols in capitals, PDB files no column for the element.

    Raises
    ------
    InputError
        If a label may be two elements, or a POSCAR names none.
    """
    change = {"extxyz": _xyz, "vasp": _poscar, "proteindatabank": _pdb, "cif": _cif}.get(kind)
    return text if change is None else change(text)


def element_of(label: str) -> str | None:
    """Element that a label means; None if it is none.

    Raises
    ------
    InputError
        If it may be two, such as ``CA1``.

    Examples
    --------
    >>> [element_of(label) for label in ("N1", "PB", "cs", "6", "D", "Pb2+")]
    ['N', 'Pb', 'Cs', 'C', 'H', 'Pb']
    """
    if label.isdigit():
        number = int(label)
        return chemical_symbols[number] if 0 < number < len(chemical_symbols) else None
    match = _LABEL.match(label)
    if match is None:
        return None
    letters, rest = match.groups()
    if letters in ("D", "T"):
        return "H"
    two, one = letters.capitalize(), letters[0].upper()
    if letters in _SYMBOLS or rest is None or len(letters) == 1:
        return two if two in _SYMBOLS else None
    if two in _SYMBOLS and one in _SYMBOLS and letters.upper() not in _TWO_LETTERS:
        raise InputError(
            f"the label {label!r} may be {two} or {one}; write the element alone", "file"
        )
    return two if two in _SYMBOLS else one if one in _SYMBOLS else None


def _replaced(line: str, labels: int) -> str:
    """A line whose first words are elements instead of labels."""
    words = re.split(r"(\s+)", line)
    done = 0
    for n, word in enumerate(words):
        if word.strip() and done < labels:
            done += 1
            words[n] = element_of(word) or word
    return "".join(words)


def _xyz(text: str) -> str:
    lines = text.split("\n")
    if len(lines) < 3 or not lines[0].strip().isdigit():
        return text
    properties = re.search(r"Properties=(\S+)", lines[1], re.IGNORECASE)
    if properties and not properties[1].strip("'\"").lower().startswith("species:s:1"):
        return text
    end = 2 + int(lines[0])
    return "\n".join([*lines[:2], *(_replaced(x, 1) for x in lines[2:end]), *lines[end:]])


def _poscar(text: str) -> str:
    lines = text.split("\n")
    if len(lines) < 7:
        return text
    named = bool(re.match(r"\s*[A-Za-z]", lines[5]))
    # Files of VASP 4 name the elements in their title, if anywhere.
    words = (lines[5] if named else lines[0]).split("!")[0].split()
    found = [element_of(re.split(r"[_/]", word)[0]) for word in words]
    numbers = lines[6 if named else 5].split()
    if not all(found) or not found or len(found) != len(numbers):
        if named or not numbers or not all(number.isdigit() for number in numbers):
            return text
        raise InputError(
            "it names no elements; write their symbols in a line above the numbers of atoms",
            "file",
        )
    symbols = " ".join(str(element) for element in found)
    lines[5 if named else 0] = symbols
    return "\n".join(lines if named else [*lines[:5], symbols, *lines[5:]])


def _cif(text: str) -> str:
    """Element symbols in capitals, in the loop of the atoms of a CIF."""
    lines = text.split("\n")
    columns: list[str] = []
    for n, line in enumerate(lines):
        word = line.strip()
        if word.lower().startswith("loop_"):
            columns = []
        elif word.startswith("_"):
            columns.append(word.split()[0].lower())
        elif "_atom_site_type_symbol" in columns and word and not word.startswith(("#", "data_")):
            parts = re.split(r"(\s+)", line.strip())
            place = 2 * columns.index("_atom_site_type_symbol")
            if place < len(parts) and len(parts) >= 2 * len(columns) - 1:
                element = element_of(parts[place])
                if element is not None and parts[place].isupper() and len(element) == 2:
                    parts[place] = element
                    lines[n] = "".join(parts)
    return "\n".join(lines)


def _pdb(text: str) -> str:
    lines = text.split("\n")
    for n, line in enumerate(lines):
        if line.startswith(("ATOM  ", "HETATM")) and not line[76:78].strip():
            lines[n] = f"{line.rstrip():<76.76}{_pdb_element(line[12:16]):>2}"
    return "\n".join(lines)


def _pdb_element(name: str) -> str:
    """Element of a name in the columns 13 to 16 of a PDB file."""
    letters = re.match(r"[A-Za-z]*", name.strip().lstrip("0123456789"))
    word = letters[0] if letters else ""
    two = word[:2].capitalize()
    first_column = name[:1].isalpha() and not (len(name.strip()) == 4 and word[:1] in "Hh")
    if two in _SYMBOLS and (word[:2].upper() in _TWO_LETTERS or (first_column and len(word) > 1)):
        return two
    return word[:1].upper()
