"""Formulas and parts of a halide perovskite ABX3: sites, ions, molecules, layers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, chemical_symbols, covalent_radii
from ase.neighborlist import neighbor_list
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from slabs.elements import (
    ALKALI_METALS,
    BOND_FACTOR,
    HALOGENS,
    IONS,
    MOLECULAR_CATIONS,
    MOLECULAR_ELEMENTS,
)
from slabs.errors import InputError

#: Number of ions on each site in one formula unit.
PER_FORMULA = {"A": 1, "B": 1, "X": 3}
#: Carbon and a halogen are bonded below this factor times their covalent radii, which is
#: closer than two parts that do not clash.
CARBON_HALOGEN_FACTOR = 1.1
_NAMES = {cation.hill: name for name, cation in MOLECULAR_CATIONS.items()}
_TOKEN = re.compile(rf"({'|'.join(MOLECULAR_CATIONS)}|[A-Z][a-z]?)(\d*\.?\d*)")


def parse_formula(text: str) -> list[tuple[str, float]]:
    """Split a formula into ions and counts, in the written order.

    Raises
    ------
    InputError
        If `text` is not a plain formula of known elements and of MA, FA, GA.

    Examples
    --------
    >>> parse_formula("CsPbI3")
    [('Cs', 1), ('Pb', 1), ('I', 3)]
    >>> parse_formula("MA0.5Cs0.5PbI3")
    [('MA', 0.5), ('Cs', 0.5), ('Pb', 1), ('I', 3)]
    """
    parts = _TOKEN.findall(text)
    if not parts or "".join(a + b for a, b in parts) != text or any(n == "." for _, n in parts):
        raise InputError(f"{text!r} is not a chemical formula such as 'CsPbI3'")
    found = []
    for name, count in parts:
        if name not in chemical_symbols[1:] and name not in MOLECULAR_CATIONS:
            raise InputError(f"{text!r} contains {name!r}, which is not a chemical element")
        number = float(count or 1)
        if not 0 < number < 1000:
            raise InputError(f"{text!r} contains {name} {count} times; give a number above zero")
        found.append((name, int(number) if number.is_integer() else number))
    return found


@dataclass(frozen=True)
class PerovskiteFormula:
    """Share of each ion on each site of ABX3.

    Parameters
    ----------
    text
        As written.
    shares
        For ``"A"``, ``"B"`` and ``"X"`` the share of each ion; they sum to one.
    """

    text: str
    shares: Mapping[str, Mapping[str, float]]

    @property
    def mixed(self) -> bool:
        """True if two ions share a site."""
        return any(len(ions) > 1 for ions in self.shares.values())


def parse_perovskite(text: str) -> PerovskiteFormula:
    """Read a formula ABX3; several ions may share a site.

    Raises
    ------
    InputError
        If an ion is none of `IONS` or the counts are not 1 : 1 : 3.

    Examples
    --------
    >>> parse_perovskite("CsPbI2Br").shares["X"]["Br"] * 3
    1.0
    """
    try:
        parts = parse_formula(text)
    except InputError as error:
        raise InputError(error.message, "material") from error
    counts: dict[str, Counter[str]] = {site: Counter() for site in IONS}
    for name, count in parts:
        site = next((s for s, ions in IONS.items() if name in ions), None)
        if site is None:
            allowed = "; ".join(f"{s}: {', '.join(ions)}" for s, ions in IONS.items())
            raise InputError(
                f"{text!r}: {name} is no ion of a halide perovskite ABX3; allowed: {allowed}",
                "material",
            )
        counts[site][name] += count  # type: ignore[assignment]
    totals = {site: sum(c.values()) for site, c in counts.items()}
    units = totals["B"]
    if not units or any(abs(totals[s] - PER_FORMULA[s] * units) > 1e-6 for s in IONS):
        raise InputError(
            f"{text!r} is not a perovskite ABX3 such as 'CsPbI3': it has {totals['A']:g} A,"
            f" {totals['B']:g} B and {totals['X']:g} X",
            "material",
        )
    shares = {s: {name: n / totals[s] for name, n in c.items()} for s, c in counts.items()}
    return PerovskiteFormula(text, shares)


def molecular_units(atoms: Atoms) -> NDArray[np.intp]:
    """Label of the molecule or ion each atom belongs to, shape=(n,).

    Bonded atoms, through the cell boundary or not, share a label; every other atom has its
    own. See `molecular_bonds`.
    """
    i, j, _ = molecular_bonds(atoms)
    if not len(i):
        return np.arange(len(atoms))
    pairs = coo_array((np.ones(len(i)), (i, j)), shape=(len(atoms), len(atoms)))
    return np.asarray(connected_components(pairs, directed=False)[1])


def molecular_bonds(
    atoms: Atoms,
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Bonds within molecules, both ways: the two atoms and the vector between them.

    Elements of `MOLECULAR_ELEMENTS` bond to each other, and halogens to carbon only: a
    halide that touches hydrogen or nitrogen stays an ion.
    """
    numbers = atoms.numbers
    molecular = np.isin(numbers, [atomic_numbers[e] for e in MOLECULAR_ELEMENTS])
    if not molecular.any():
        return np.zeros(0, dtype=int), np.zeros(0, dtype=int), np.zeros((0, 3))
    halogen = np.isin(numbers, [atomic_numbers[e] for e in HALOGENS]) & (numbers == 6).any()
    kept = np.flatnonzero(molecular | halogen)
    part = atoms[kept]
    i, j, d, vectors = neighbor_list("ijdD", part, BOND_FACTOR * covalent_radii[part.numbers])
    i, j = kept[i], kept[j]
    to_carbon = (halogen[i] & (numbers[j] == 6)) | (halogen[j] & (numbers[i] == 6))
    short = d < CARBON_HALOGEN_FACTOR * (covalent_radii[numbers[i]] + covalent_radii[numbers[j]])
    bonded = (molecular[i] & molecular[j]) | (to_carbon & short)
    return i[bonded], j[bonded], vectors[bonded]


def whole_molecules(atoms: Atoms) -> Atoms:
    """A copy in which no molecule is cut by the cell boundary."""
    copy: Atoms = atoms.copy()
    i, j, vectors = molecular_bonds(copy)
    placed: set[int] = set()
    for start in np.unique(i).tolist():
        waiting = [] if start in placed else [start]
        placed.update(waiting)
        while waiting:
            here = waiting.pop()
            for n in np.flatnonzero(i == here):
                other = int(j[n])
                if other not in placed:
                    copy.positions[other] = copy.positions[here] + vectors[n]
                    placed.add(other)
                    waiting.append(other)
    return copy


def unit_names(atoms: Atoms, labels: NDArray[np.intp]) -> dict[int, str]:
    """Name of every unit by its label: an element, MA, FA, GA, or a Hill formula."""
    names = {}
    symbols = np.array(atoms.get_chemical_symbols())
    order = np.argsort(labels, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(labels[order])) + 1):
        if len(members) == 1:
            names[int(labels[members[0]])] = str(symbols[members[0]])
        else:
            hill = str(atoms[members].symbols.formula.format("hill"))
            names[int(labels[members[0]])] = _NAMES.get(hill, hill)
    return names


def site_of(name: str) -> str:
    """Site of an ion in ABX3: halogens X, other elements B, but alkali metals, H, molecules A."""
    if name in HALOGENS:
        return "X"
    return "B" if name in atomic_numbers and name not in ("H", *ALKALI_METALS) else "A"


def ion_sites(atoms: Atoms) -> NDArray[np.str_]:
    """Site of each atom, ``"A"``, ``"B"`` or ``"X"``; all atoms of a molecule are A, shape=(n,)."""
    labels = molecular_units(atoms)
    names = unit_names(atoms, labels)
    return np.array([site_of(names[int(n)]) for n in labels], dtype="<U1")


def reduced(names: Iterable[str]) -> dict[str, int]:
    """Counts divided by their greatest common divisor, A before B before X."""
    counts = Counter(names)
    smallest = int(np.gcd.reduce(list(counts.values())))
    order = sorted(counts, key=lambda n: ("ABX".index(site_of(n)), n))
    return {name: counts[name] // smallest for name in order}


def formula_words(counts: Mapping[str, int]) -> str:
    """Counts as a formula, for example ``PbI2``."""
    return "".join(name + (str(n) if n > 1 else "") for name, n in counts.items())


def stoichiometry(atoms: Atoms) -> tuple[int, dict[str, int]]:
    """Whole formula units ABX3 in a structure and the ions beyond them.

    Returns
    -------
    int
        Number of formula units.
    dict
        Number of ions on each site, ``"A"``, ``"B"``, ``"X"``, in excess.
    """
    sites = Counter(site_of(n) for n in unit_names(atoms, molecular_units(atoms)).values())
    units = min(sites[s] // PER_FORMULA[s] for s in IONS)
    return units, {s: sites[s] - units * PER_FORMULA[s] for s in IONS}


def stoichiometry_words(atoms: Atoms) -> str:
    """For example ``4 CsPbI3 + 4 PbI2``; an ion that shares its site is written A, B or X."""
    units, excess = stoichiometry(atoms)
    names = set(unit_names(atoms, molecular_units(atoms)).values())
    label = {}
    for site in IONS:
        found = sorted(n for n in names if site_of(n) == site)
        label[site] = found[0] if len(found) == 1 else site
    words = [f"{units} {label['A']}{label['B']}{label['X']}3"] if units else []
    rest = {label[s]: n for s, n in excess.items() if n}
    if rest:
        common = int(np.gcd.reduce(list(rest.values())))
        rest = {k: n // common for k, n in rest.items()}
        words.append(f"{common} {formula_words(rest)}")
    return " + ".join(words)
