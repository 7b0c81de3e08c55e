"""The reaction ledger: energies of named, balanced reactions and nothing else."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from analysis.species_name import SpeciesName, head_of

ARROW = "->"
_TERM = re.compile(r"(?:(\d+(?:/\d+)?)\s+)?([A-Za-z][\w+\-]*(?:\.[A-Za-z][\w+\-]*)*)")


class LedgerError(ValueError):
    """A reaction whose energy would mean nothing; the message says why."""


@dataclass(frozen=True)
class Reaction:
    """A chemical equation over species.

    Parameters
    ----------
    equation
        As written, for example ``"slab + OAm -> slab.OAm"``.
    coefficients
        Species and exact stoichiometric coefficients: negative for reactants, positive
        for products.
    """

    equation: str
    coefficients: tuple[tuple[str, Fraction], ...]

    @property
    def species(self) -> tuple[str, ...]:
        """Names of all species in the order in which they are written."""
        return tuple(name for name, _ in self.coefficients)

    @property
    def weights(self) -> dict[str, float]:
        """Factor of the total energy of each species in dE: the coefficients as numbers."""
        return {name: float(n) for name, n in self.coefficients}


@dataclass(frozen=True)
class Term:
    """What the ledger needs to know about one calculated species.

    Parameters
    ----------
    energy_eV
        Total energy per cell in eV.
    elements
        Number of atoms of each element in the cell.
    charge
        Charge of the cell in units of e.
    fingerprint
        Hash of the level of theory.
    """

    energy_eV: float
    elements: Mapping[str, int]
    charge: int
    fingerprint: str


@lru_cache(maxsize=100_000)
def parse_reaction(equation: str) -> Reaction:
    """Read an equation such as ``"slab -> slab.V_I + 1/2 I2"``.

    A coefficient is a whole number or a fraction in front of the species, separated by
    a space.

    Raises
    ------
    LedgerError
        If the text is not an equation.

    Examples
    --------
    >>> parse_reaction("slab -> slab.V_I + 1/2 I2").coefficients
    (('slab', Fraction(-1, 1)), ('slab.V_I', Fraction(1, 1)), ('I2', Fraction(1, 2)))
    """
    sides = equation.split(ARROW)
    if len(sides) != 2:
        raise LedgerError(f"{equation!r} needs exactly one {ARROW!r}")
    coefficients: dict[str, Fraction] = {}
    for sign, side in zip((-1, 1), sides, strict=True):
        for text in side.split(" + "):
            match = _TERM.fullmatch(text.strip())
            if match is None:
                raise LedgerError(
                    f"{text.strip()!r} in {equation!r} is not a term such as 'slab.OAm' or '1/2 I2'"
                )
            number, name = match.groups()
            try:
                amount = Fraction(number or 1)
            except ZeroDivisionError:
                amount = Fraction(0)
            if amount == 0:
                raise LedgerError(f"{text.strip()!r} in {equation!r} has the coefficient zero")
            coefficients[name] = coefficients.get(name, Fraction(0)) + sign * amount
    useless = [name for name, amount in coefficients.items() if amount == 0]
    if useless:
        raise LedgerError(f"{useless[0]!r} cancels in {equation!r}; leave it out")
    return Reaction(equation, tuple(coefficients.items()))


def check_balance(
    reaction: Reaction, elements: Mapping[str, Mapping[str, int]], charges: Mapping[str, int]
) -> None:
    """Refuse a reaction that creates or destroys atoms or charge.

    Parameters
    ----------
    reaction
        The equation.
    elements
        Number of atoms of each element, for each species.
    charges
        Charge in units of e, for each species.

    Raises
    ------
    LedgerError
        With what is left over on the side of the products.
    """
    balance: dict[str, Fraction] = {}
    for name, amount in reaction.coefficients:
        for element, count in elements[name].items():
            balance[element] = balance.get(element, Fraction(0)) + amount * count
        balance["charge"] = balance.get("charge", Fraction(0)) + amount * charges[name]
    left = {what: n for what, n in balance.items() if n != 0}
    if left:
        words = ", ".join(f"{what} {'+' if n > 0 else ''}{n}" for what, n in sorted(left.items()))
        raise LedgerError(
            f"{reaction.equation!r} is not balanced: products minus reactants leave {words}"
        )


def reaction_energy_eV(reaction: Reaction, terms: Mapping[str, Term]) -> float:
    """Energy of a reaction, dE = E(products) - E(reactants), in eV as written.

    Parameters
    ----------
    reaction
        The equation.
    terms
        Every species of the equation.

    Raises
    ------
    LedgerError
        If the equation is not balanced in elements and charge, or if the species were
        calculated at different levels of theory.
    """
    check_balance(
        reaction,
        {name: terms[name].elements for name in reaction.species},
        {name: terms[name].charge for name in reaction.species},
    )
    levels = {terms[name].fingerprint for name in reaction.species}
    if len(levels) > 1:
        raise LedgerError(f"{reaction.equation!r} mixes {len(levels)} levels of theory")
    return float(sum(float(n) * terms[name].energy_eV for name, n in reaction.coefficients))


def question(reaction: Reaction, vacancies: Collection[str], defects: Collection[str] = ()) -> str:
    """What a reaction asks, for grouping: adsorption, formation of vacancies, ...

    Parameters
    ----------
    reaction
        The equation.
    vacancies
        Names of vacancies: ``"V_I"`` in ``"slab.OAm.V_I"``.
    defects
        Names of other point defects.

    Examples
    --------
    >>> question(parse_reaction("slab -> slab.V_I + 1/2 I2"), ["V_I"])
    'Vacancy formation'
    """
    parts = {name: SpeciesName.parse(name).parts for name in reaction.species}
    formed = {
        name: amount * sum(part in vacancies or part in defects for part in parts[name])
        for name, amount in reaction.coefficients
    }
    if any(formed.values()):
        net = sum(formed.values())
        names = ("Vacancy transfer", "Vacancy formation", "Vacancy repair")
        if any(part in defects for all_parts in parts.values() for part in all_parts):
            names = ("Defect transfer", "Defect formation", "Defect repair")
        return names[0 if net == 0 else 1 if net > 0 else 2]
    if not any(parts.values()):
        return "Other reactions"
    slabs = {head_of(name) for name in reaction.species if parts[name]}
    set_free = any(n > 0 and not parts[x] and x not in slabs for x, n in reaction.coefficients)
    return "Exchange" if set_free else "Adsorption"


def quantity(asked: str) -> str:
    """What a reaction energy is called: ``"binding"``, ``"formation"`` or ``"reaction"``.

    Parameters
    ----------
    asked
        Answer of `question`.
    """
    named = {"Adsorption": "binding", "Vacancy formation": "formation"}
    return (named | {"Defect formation": "formation"}).get(asked, "reaction")


def adsorption_equation(name: str, faces: int = 1) -> str:
    """Adsorption of all ligands of a covered slab on the bare one; `faces`: 2 if on both.

    Examples
    --------
    >>> adsorption_equation("slab.OAm.OA")
    'slab + OAm + OA -> slab.OAm.OA'
    >>> adsorption_equation("slab.OAm.OAm")
    'slab + 2 OAm -> slab.OAm.OAm'
    """
    parsed = SpeciesName.parse(name)
    counts = {each: faces * parsed.parts.count(each) for each in parsed.parts}
    terms = [each if n == 1 else f"{n} {each}" for each, n in counts.items()]
    return f"{' + '.join([parsed.head, *terms])} {ARROW} {name}"


def passivation_equations(
    clean: str,
    ligands: Sequence[str],
    vacancies: Mapping[str, int],
    faces: int = 1,
) -> list[tuple[str, str]]:
    """Names and equations that compare a surface with and without ligands; no reservoirs.

    For each vacancy V beside the ligands L: E(L.V) + E(clean) - E(L) - E(V). For each pair
    of two different ligands A.B: E(A.B) + E(clean) - E(A) - E(B). Both count per vacancy and
    per face: the equations are divided by the number of them in a cell.

    Parameters
    ----------
    clean
        Name of the bare surface.
    ligands
        Ligands, or several of them joined by dots.
    vacancies
        Names, with the number of such vacancies that a cell holds.
    faces
        Number of faces that carry the ligands.

    Examples
    --------
    >>> passivation_equations("s", ["A"], {"V": 1})
    [('V beside A', 's.A + s.V -> s.A.V + s')]
    >>> passivation_equations("s", ["A"], {"V": 2}, faces=2)
    [('V beside A', '1/2 s.A + 1/2 s.V -> 1/2 s.A.V + 1/2 s')]
    """
    found = []
    bare = SpeciesName(clean)
    for each in ligands:
        covered = bare.plus(each)
        for vacancy, number in vacancies.items():
            part = _share(number)
            reactants = f"{part}{covered} + {part}{bare.plus(vacancy)}"
            equation = f"{reactants} {ARROW} {part}{covered.plus(vacancy)} + {part}{clean}"
            found.append((f"{vacancy} beside {each}", equation))
        if len(covered.parts) == 2 and covered.parts[0] != covered.parts[1]:
            first, second = covered.parts
            part = _share(faces)
            reactants = f"{part}{bare.plus(first)} + {part}{bare.plus(second)}"
            equation = f"{reactants} {ARROW} {part}{covered} + {part}{clean}"
            found.append((f"{first} and {second} together", equation))
    return found


def _share(number: int) -> str:
    """The coefficient one over a number, as it stands in an equation."""
    return "" if number == 1 else f"1/{number} "
