"""Cells and sentences about uncertainties in tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analysis.energies.uncertainty import (
    BASINS,
    CONVERGENCE,
    DISPERSION,
    FUNCTIONAL,
    Uncertainty,
)
from analysis.tables import MISSING, Shown, number

#: Column below the name of a row that says what its uncertainty is made of.
ABOUT = "About the uncertainty"
#: Smaller numbers in eV are rounding errors of floats.
ROUNDING = 5e-13
#: What no uncertainty holds.
NEVER = "Never included: residual forces, other minima, thermal and zero-point energies."
#: What the parts are, in the order in which they are explained.
_PARTS = {
    FUNCTIONAL: "standard deviation over the ensemble of BEEF-vdW, whose members differ in exchange"
    " and local correlation, not in the nonlocal one (Wellendorff et al., Phys. Rev. B 85, 235149"
    " (2012))",
    DISPERSION: "largest change with another dispersion correction at the same geometries",
    BASINS: "energy between the tilt basins of its slabs, from the basin checks",
    CONVERGENCE: "own value against the extrapolated or else the last one of 'passivant converge'",
}


def uncertainty_cell(uncertainty: Uncertainty) -> str:
    """The total: three decimals, more if they were all zero; a dash if nothing is known."""
    if uncertainty.total is None or uncertainty.by_definition:
        return MISSING
    return _number(uncertainty.total)


def uncertainty_words(uncertainty: Uncertainty) -> str:
    """What the total is made of, and what it lacks."""
    if uncertainty.by_definition:
        return "zero by definition"
    made = ", ".join(f"{name} {_number(part)}" for name, part in uncertainty.parts.items())
    lacks = ", ".join(uncertainty.lacks)
    if made:
        return made + (f"; without {lacks}" if lacks else "")
    return f"not known; without {lacks}" if lacks else MISSING


def uncertainty_notes(rows: Sequence[tuple[str, Uncertainty]]) -> tuple[str, ...]:
    """How the parts that occur were put together, and what they lack.

    Parameters
    ----------
    rows
        Name of each row with its uncertainty.
    """
    lacking: dict[tuple[str, ...], list[str]] = {}
    for name, each in rows:
        if each.parts or each.lacks:
            lacking.setdefault(each.lacks, []).append(name)
    if not lacking:
        return ()
    parts = {name for _, each in rows for name in each.parts}
    words = "Uncertainty: not known."
    if parts:
        bound = ", a lower bound where one is not known" if any(lacking) else ""
        words = f"Uncertainty: root of the sum of squares of its parts{bound}."
    about = [f"{_capital(n)}: {what}." for n, what in _PARTS.items() if _occurs(n, parts)]
    excluded = [
        f"Not included{_for(names if len(lacking) > 1 else ())}: {', '.join(lacks)}."
        for lacks, names in lacking.items()
        if lacks
    ]
    exact = [name for name, each in rows if each.by_definition]
    return (
        " ".join([words, *about, NEVER]),
        *excluded,
        *([f"Zero by definition: {', '.join(exact)}."] if exact else []),
    )


def _for(names: Sequence[str]) -> str:
    return f" for {', '.join(names)}" if names else ""


def _occurs(part: str, names: Iterable[str]) -> bool:
    return any(name == part or name.startswith(f"{part} ") for name in names)


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


def _number(value: float) -> str:
    """Three decimals, or one digit that is not zero; zero if it is only rounding of floats."""
    if ROUNDING <= value < 0.0005:
        return Shown(f"{float(f'{value:.0e}'):.12f}".rstrip("0"), value)
    return number(value, 3)
