"""Formulas and parts of a halide perovskite ABX3: sites, ions, molecules, layers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from ase.data import atomic_numbers, chemical_symbols
from ase.formula import Formula

from slabs.elements import (
    ALKALI_METALS,
    ELEMENTS,
    HALOGENS,
    IONS,
    MOLECULAR_ANIONS,
    MOLECULAR_CATIONS,
    MOLECULAR_ELEMENTS,
    ROLE_CHARGES_E,
    Element,
)
from slabs.errors import InputError

#: Number of ions on each site in one formula unit.
PER_FORMULA = {"A": 1, "B": 1, "X": 3}
#: Sites of ions, and the letter of neutral molecules such as water, which have none.
SITE_LETTERS = "ABXM"
#: Prototypes of crystals that are no perovskites, by the number of A, B and X.
_OTHER_PROTOTYPES = {(2, 1, 4): "K2NiF4", (2, 2, 6): "elpasolite", (4, 1, 6): "K4CdCl6",
                     (0, 1, 2): "CdI2", (1, 0, 1): "cesiumchloride"}  # fmt: skip
_NAMES = {ion.hill: name for name, ion in (MOLECULAR_CATIONS | MOLECULAR_ANIONS).items()}
_MOLECULE_CHARGES_E = dict.fromkeys(MOLECULAR_CATIONS, 1) | {
    name: ion.charge_e for name, ion in MOLECULAR_ANIONS.items()
}
_TOKEN = re.compile(
    rf"(?:({'|'.join(MOLECULAR_CATIONS)}|[A-Z][a-z]?)|\(([A-Za-z0-9]+)\))(\d*\.?\d*)"
)
#: Elements whose atoms take a known number of bonds, with that number.
_VALENCES = {"H": 1, "F": 1, "Cl": 1, "Br": 1, "I": 1, "O": 2, "S": 2, "B": 3, "N": 3, "P": 3,
             "C": 4, "Si": 4, "Se": 2}  # fmt: skip


def parse_formula(text: str, *, letters: bool = False) -> list[tuple[str, float]]:
    """Split a formula into ions and counts, in the written order.

    Molecules stand in parentheses, by name or by any formula of theirs; MA, FA and GA need
    none. With `letters`, A, B and X may stand for ions.

    Raises
    ------
    InputError
        If `text` is not a plain formula of known elements and molecules.

    Examples
    --------
    >>> parse_formula("CsPbI3")
    [('Cs', 1), ('Pb', 1), ('I', 3)]
    >>> parse_formula("MA0.5Cs0.5PbI3")
    [('MA', 0.5), ('Cs', 0.5), ('Pb', 1), ('I', 3)]
    >>> parse_formula("Pb(SCN)2")
    [('Pb', 1), ('SCN', 2)]
    """
    parts = _TOKEN.findall(text)
    whole = "".join(a + (f"({m})" if m else "") + n for a, m, n in parts)
    if not parts or whole != text or any(n == "." for _, _, n in parts):
        raise InputError(f"{text!r} is not a chemical formula such as 'CsPbI3' or 'Pb(SCN)2'")
    found = []
    known = (*chemical_symbols[1:], *MOLECULAR_CATIONS, *(IONS if letters else ()))
    for plain, molecule, count in parts:
        name = _molecule_named(molecule, text) if molecule else plain
        if plain and plain not in known:
            raise InputError(f"{text!r} contains {plain!r}, which is not a chemical element")
        number = float(count or 1)
        if not 0 < number < 1000:
            raise InputError(f"{text!r} contains {name} {count} times; give a number above zero")
        found.append((name, int(number) if number.is_integer() else number))
    return found


def _molecule_named(words: str, text: str) -> str:
    """Name of the molecule in parentheses, as `unit_names` has it."""
    if words in MOLECULAR_CATIONS or words in MOLECULAR_ANIONS or words in chemical_symbols[1:]:
        return words
    try:
        counts = Formula(words).count()
    except ValueError:
        counts = {}
    if not counts or not set(counts) <= {*MOLECULAR_ELEMENTS, *HALOGENS}:
        raise InputError(
            f"{text!r} has {words!r} in parentheses, where a molecule is expected:"
            f" {', '.join(MOLECULAR_ANIONS)}, or a formula such as 'C2H8N'"
        )
    return molecule_name(Formula.from_dict(counts))


def molecule_name(formula: Formula) -> str:
    """Name of a molecular ion where it has one, such as MA, else its Hill formula."""
    hill = str(formula.format("hill"))
    return _NAMES.get(hill, hill)


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
                f"{text!r}: {name} is no ion of a halide perovskite ABX3; allowed: {allowed}"
                f"{_other_prototype(parts)}",
                "material",
            )
        counts[site][name] += count  # type: ignore[assignment]
    totals = {site: sum(c.values()) for site, c in counts.items()}
    units = totals["B"]
    if not units or any(abs(totals[s] - PER_FORMULA[s] * units) > 1e-6 for s in IONS):
        raise InputError(
            f"{text!r} is not a perovskite ABX3 such as 'CsPbI3': it has {totals['A']:g} A,"
            f" {totals['B']:g} B and {totals['X']:g} X{_other_prototype(parts)}",
            "material",
        )
    shares = {s: {name: n / totals[s] for name, n in c.items()} for s, c in counts.items()}
    return PerovskiteFormula(text, shares)


def _other_prototype(parts: Iterable[tuple[str, float]]) -> str:
    """How a crystal that is no perovskite is built, for the end of a message."""
    sites: Counter[str] = Counter()
    for name, count in parts:
        sites[site_of(name)] += count  # type: ignore[assignment]
    prototype = _OTHER_PROTOTYPES.get((sites["A"], sites["B"], sites["X"]))
    if prototype is None:
        return ""
    return (
        f"; a crystal of this formula is one of [crystals] with prototype = {prototype!r}, from"
        " which surfaces can be cut"
    )


def charge_e(name: str) -> int:
    """Formal charge of an ion or molecule by the name that `unit_names` gives it.

    That of the tables of `slabs.elements`; of another molecule by its formula. With an even
    number of electrons and no more atoms than its valences hold it is neutral. With more
    hydrogen than they hold it is a cation, such as dimethylammonium C2H8N, and so are other
    odd ones of nitrogen or phosphorus, which carry a proton; those of oxygen, boron or sulfur
    lack one, such as benzoate C7H5O2.

    Raises
    ------
    InputError
        If the formula does not tell, as for C2H4NO2, the anion of glycine.

    Examples
    --------
    >>> [charge_e(name) for name in ("Cs", "Pb", "Bi", "MA", "SCN", "C2H8N", "H2O")]
    [1, 2, 3, 1, -1, 1, 0]
    """
    if name in atomic_numbers:
        element = ELEMENTS.get(name, Element("metal"))
        charge = element.charge_e
        return ROLE_CHARGES_E[element.role] if charge is None else charge
    known = _MOLECULE_CHARGES_E.get(name)
    return _charge_by_formula(name) if known is None else known


def _charge_by_formula(hill: str) -> int:
    counts = Formula(hill).count()
    # Rings and double bonds that the formula allows for; a proton more or less is half of one.
    unsaturation = 1 + sum((_VALENCES.get(e, 2) - 2) * n for e, n in counts.items()) / 2
    basic, acid = {"N", "P"} & set(counts), {"O", "B", "S"} & set(counts)
    if unsaturation >= 0 and unsaturation.is_integer():
        return 0
    if unsaturation < 0 and "H" in counts:
        return round(-2 * unsaturation)
    if unsaturation >= 0 and bool(basic) != bool(acid):
        return 1 if basic else -1
    known = ", ".join((*MOLECULAR_CATIONS, *MOLECULAR_ANIONS))
    raise InputError(
        f"the charge of the molecule {hill} in the crystal is not known; known molecular ions:"
        f" {known}"
    )


def site_of(name: str) -> str:
    """Site of an ion in ABX3, or ``"M"`` for a molecule that is neutral or of unknown charge.

    Metals are B, but alkali metals and H are A; molecular cations A; anions X.
    """
    if name in atomic_numbers:
        if name in HALOGENS or charge_e(name) < 0:
            return "X"
        return "A" if name in ("H", *ALKALI_METALS) else "B"
    try:
        charge = charge_e(name)
    except InputError:
        return "M"
    return "A" if charge > 0 else "X" if charge < 0 else "M"


def in_order(names: Iterable[str]) -> list[str]:
    """Ions of A before those of B and X, and by name."""
    return sorted(set(names), key=lambda n: (SITE_LETTERS.index(site_of(n)), n))


def reduced(names: Iterable[str]) -> dict[str, int]:
    """Counts divided by their greatest common divisor, A before B before X."""
    counts = Counter(names)
    smallest = int(np.gcd.reduce(list(counts.values())))
    return {name: counts[name] // smallest for name in in_order(counts)}


def fits(composition: Mapping[str, int], text: str) -> bool:
    """Whether a formula names a composition, up to a common factor.

    The letters A, B and X stand for all ions of their site that the formula does not name.

    Raises
    ------
    InputError
        If `text` is no formula.

    Examples
    --------
    >>> layer = {"Pb": 2, "Br": 1, "I": 3}
    >>> [fits(layer, text) for text in ("Pb2BrI3", "PbX2", "BX2", "PbI2")]
    [True, True, True, False]
    """
    wanted: Counter[str] = Counter()
    for name, count in parse_formula(text, letters=True):
        wanted[name] += count  # type: ignore[assignment]
    named = set(wanted) - set(IONS)
    found: Counter[str] = Counter()
    for name, number in composition.items():
        found[name if name in named else site_of(name)] += number
    factor = sum(wanted.values()) / sum(found.values())
    return set(found) == set(wanted) and all(
        abs(wanted[name] - factor * n) < 1e-6 * wanted[name] for name, n in found.items()
    )


def formula_words(counts: Mapping[str, float]) -> str:
    """Counts as a formula that `parse_formula` reads, for example ``PbI2`` or ``Pb(SCN)2``."""
    return "".join(
        (name if name in atomic_numbers or name in MOLECULAR_CATIONS else f"({name})")
        + ("" if n == 1 else str(n) if isinstance(n, int) else f"{n:.3g}")
        for name, n in counts.items()
    )
