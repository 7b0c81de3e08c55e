"""Goldschmidt tolerance factor and octahedral factor of ABX3 halides, mixtures included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, sqrt

from slabs.composition import charge_e
from slabs.elements import ALKALI_METALS, HALOGENS, METAL_RADII_A, MOLECULAR_CATIONS
from slabs.errors import InputError

SHANNON = "Shannon, Acta Cryst. A 32, 751 (1976)"
KIESLICH_2014 = "Kieslich, Sun and Cheetham, Chem. Sci. 5, 4712 (2014)"
KIESLICH_2015 = "Kieslich, Sun and Cheetham, Chem. Sci. 6, 3430 (2015)"
TRAVIS = "Travis et al., Chem. Sci. 7, 4548 (2016)"

#: Shannon lists no twelve-fold Li+.
TWELVE_FOLD = tuple(element for element in ALKALI_METALS if element != "Li")
#: Radius of B in angstrom next to the halide X, which covalency shrinks (`TRAVIS`).
TRAVIS_RADII_A = {("Pb", "Cl"): 0.99, ("Pb", "Br"): 0.98, ("Pb", "I"): 1.03}
RADII_SETS = ("Shannon", "Travis")


@dataclass(frozen=True)
class ToleranceFactor:
    """Tolerance factor and octahedral factor, and the radii they stand on.

    Parameters
    ----------
    t
        Goldschmidt tolerance factor (r_A + r_X) / (sqrt(2) (r_B + r_X)).
    mu
        Octahedral factor r_B / r_X.
    r_A_A, r_B_A, r_X_A
        Radii in angstrom, averaged over the ions of each site.
    sources
        One sentence per radius that went into the average: ion, value, publication.
    """

    t: float
    mu: float
    r_A_A: float
    r_B_A: float
    r_X_A: float
    sources: tuple[str, ...]


@dataclass(frozen=True)
class _Radius:
    value_A: float
    sources: tuple[str, ...]


def _shannon(element: str, charge: int, coordination: str) -> _Radius:
    from pymatgen.core.periodic_table import Species  # takes a second to import

    value = float(Species(element, charge).get_shannon_radius(coordination))
    sign = "+" if charge > 0 else "-"
    ion = f"{element}{abs(charge) if abs(charge) > 1 else ''}{sign}"
    return _Radius(value, (f"{ion} ({coordination}) {value:.2f} A: {SHANNON}",))


def _radius_a(ion: str) -> _Radius:
    if ion in MOLECULAR_CATIONS:
        value = MOLECULAR_CATIONS[ion].radius_A
        return _Radius(value, (f"{ion}+ {value:.2f} A: {KIESLICH_2014}",))
    return _shannon(ion, 1, "XII")


def _radius_b(metal: str, halide: str, radii: str) -> _Radius:
    if radii == "Travis":
        if (metal, halide) not in TRAVIS_RADII_A:
            known = ", ".join(f"{b} with {x}" for b, x in TRAVIS_RADII_A)
            raise InputError(
                f"the Travis set has no radius for {metal} with {halide}, only {known}"
            )
        value = TRAVIS_RADII_A[metal, halide]
        return _Radius(value, (f"{metal}2+ with {halide}- {value:.2f} A: {TRAVIS}",))
    if metal == "Sn":
        value = METAL_RADII_A["Sn"]
        source = f"Sn2+ {value:.2f} A: {KIESLICH_2015}, as Shannon has no Sn2+"
        return _Radius(value, (source,))
    return _shannon(metal, charge_e(metal), "VI")


def _fractions(
    amounts: Mapping[str, float], site: str, allowed: tuple[str, ...]
) -> dict[str, float]:
    """Amounts on one site as fractions that add up to one."""
    for ion, amount in amounts.items():
        if ion not in allowed:
            raise InputError(
                f"{ion!r} has no radius on the {site} site; allowed: {', '.join(allowed)}"
            )
        if not (isfinite(amount) and amount > 0):
            raise InputError(f"the amount of {ion} is {amount}; it must be a positive number")
    if not amounts:
        raise InputError(f"the {site} site is empty; allowed: {', '.join(allowed)}")
    total = sum(amounts.values())
    return {ion: amount / total for ion, amount in amounts.items()}


def _average(parts: list[tuple[float, _Radius]]) -> _Radius:
    sources = dict.fromkeys(source for _, radius in parts for source in radius.sources)
    return _Radius(sum(share * radius.value_A for share, radius in parts), tuple(sources))


def _framework(
    b: Mapping[str, float], x: Mapping[str, float], radii: str
) -> tuple[_Radius, _Radius]:
    """Mean radii of the B and the X site."""
    if radii not in RADII_SETS:
        raise InputError(f"{radii!r} is not a set of radii; allowed: {', '.join(RADII_SETS)}")
    metals, halides = _fractions(b, "B", tuple(METAL_RADII_A)), _fractions(x, "X", HALOGENS)
    # Where the radius of B depends on X, each halide counts with its share.
    r_b = _average(
        [
            (share_b * share_x, _radius_b(metal, halide, radii))
            for metal, share_b in metals.items()
            for halide, share_x in halides.items()
        ]
    )
    r_x = _average([(share, _shannon(halide, -1, "VI")) for halide, share in halides.items()])
    return r_b, r_x


def tolerance_factor(
    a: Mapping[str, float],
    b: Mapping[str, float],
    x: Mapping[str, float],
    radii: str = "Shannon",
) -> ToleranceFactor:
    """Goldschmidt tolerance factor t and octahedral factor mu of ABX3.

    For GAPbI3 t is 1.04 with the Shannon radii and 1.09 with those of Travis; a published
    value near 1.5 follows from neither, see `cation_radius_for`.

    Parameters
    ----------
    a, b, x
        Amounts of the ions on each site, for example ``{"Cs": 0.8, "GA": 0.2}``,
        ``{"Pb": 1}`` and ``{"I": 3}``; only their ratios count. The radius of a site is
        the mean over its ions.
    radii
        ``"Shannon"``: alkali metals twelve-fold, metals and halides six-fold. ``"Travis"``
        replaces the radius of the metal by one that depends on the halide. Molecular
        cations are those of Kieslich in both.

    Raises
    ------
    InputError
        If an ion has no radius in the set, or an amount is not positive.

    Examples
    --------
    >>> round(tolerance_factor({"GA": 1}, {"Pb": 1}, {"I": 3}).t, 3)
    1.039
    """
    cations = _fractions(a, "A", (*TWELVE_FOLD, *MOLECULAR_CATIONS))
    r_b, r_x = _framework(b, x, radii)
    r_a = _average([(share, _radius_a(ion)) for ion, share in cations.items()])
    return ToleranceFactor(
        t=(r_a.value_A + r_x.value_A) / (sqrt(2) * (r_b.value_A + r_x.value_A)),
        mu=r_b.value_A / r_x.value_A,
        r_A_A=r_a.value_A,
        r_B_A=r_b.value_A,
        r_X_A=r_x.value_A,
        sources=r_a.sources + r_b.sources + r_x.sources,
    )


def cation_radius_for(
    t: float, b: Mapping[str, float], x: Mapping[str, float], radii: str = "Shannon"
) -> float:
    """Radius of A in angstrom that a tolerance factor would require.

    The value 1.5 claimed for GAPbI3 would need 4.99 angstrom (Shannon) or 4.65 angstrom
    (Travis), against 2.78 angstrom of guanidinium.

    Parameters
    ----------
    t
        Tolerance factor.
    b, x, radii
        As for `tolerance_factor`.

    Raises
    ------
    InputError
        As for `tolerance_factor`, or if no positive radius gives `t`.
    """
    r_b, r_x = _framework(b, x, radii)
    scale_A = sqrt(2) * (r_b.value_A + r_x.value_A)
    radius_A = t * scale_A - r_x.value_A
    if not (isfinite(radius_A) and radius_A > 0):
        least = r_x.value_A / scale_A
        raise InputError(f"t = {t} needs no cation at all; it must be above {least:.3f}")
    return radius_A
