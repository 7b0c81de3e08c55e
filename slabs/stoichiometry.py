"""What a structure consists of, in formula units and ions beyond them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
from ase import Atoms

from slabs.composition import PER_FORMULA, SITE_LETTERS, formula_words, in_order, reduced, site_of
from slabs.elements import IONS
from slabs.molecular_units import molecular_units, unit_names


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


def stoichiometry_words(atoms: Atoms, crystal: Atoms | None = None) -> str:
    """For example ``4 CsPbI3 + 4 PbI2`` or ``2 Cs2AgBiBr6 + 2 CsBr``.

    Parameters
    ----------
    atoms
        Any structure.
    crystal
        Crystal it is cut from, whose formula units are counted. Without it, and where these
        leave whole units ABX3 over, those of ABX3 are: ions that share a site are written with
        their shares (``8 CsPb0.75Sn0.25Br3``), or, where this site holds more ions than ABX3
        has, in brackets, and all ions follow (``1 CsPb(Br,I)3 + 1 Pb(Br,I)2: CsPb2Br2I3``).
    """
    if crystal is not None:
        found = _in_units_of(crystal, atoms)
        if found is not None:
            return found
    counts = Counter(unit_names(atoms, molecular_units(atoms)).values())
    ions = {s: {n: counts[n] for n in in_order(counts) if site_of(n) == s} for s in SITE_LETTERS}
    units, excess = stoichiometry(atoms)
    unclear = any(excess[s] and units and len(ions[s]) > 1 for s in IONS)
    words = []
    if units:
        unit = "".join(_on_site(ions[s], PER_FORMULA[s], unclear) for s in IONS)
        words.append(f"{units} {unit}")
    whole = {name: n for s in IONS for name, n in ions[s].items()}
    beyond = {s: n for s, n in excess.items() if n}
    if beyond:
        common = int(np.gcd.reduce(list((beyond if units else whole).values())))
        rest = "".join(_on_site(ions[s], n // common, unclear) for s, n in beyond.items())
        alone = formula_words({name: n // common for name, n in whole.items()})
        words.append(f"{common} {rest if units else alone}")
    words += [f"{n} {formula_words({name: 1})}" for name, n in ions["M"].items()]
    text = " + ".join(words)
    return f"{text}: {formula_words(whole)}" if unclear else text


def _in_units_of(crystal: Atoms, atoms: Atoms) -> str | None:
    """The formula units of a crystal in a structure and the ions beyond them, in words."""
    unit = reduced(unit_names(crystal, molecular_units(crystal)).values())
    counts = Counter(unit_names(atoms, molecular_units(atoms)).values())
    units = min(counts[name] // n for name, n in unit.items())
    rest = {name: counts[name] - units * unit.get(name, 0) for name in in_order(counts)}
    rest = {name: n for name, n in rest.items() if n}
    sites = Counter(dict.fromkeys(IONS, 0))
    for name, n in rest.items():
        sites[site_of(name)] += n
    if not units or all(sites[site] >= n for site, n in PER_FORMULA.items()):
        return None
    words = [f"{units} {formula_words(unit)}"]
    if rest:
        common = int(np.gcd.reduce(list(rest.values())))
        words.append(f"{common} {formula_words({name: n // common for name, n in rest.items()})}")
    return " + ".join(words)


def _on_site(ions: Mapping[str, int], number: int, unclear: bool) -> str:
    """The ions of one site, `number` of them, as they stand in a formula."""
    if unclear and len(ions) > 1:
        return f"({','.join(ions)}){number if number > 1 else ''}"
    total = sum(ions.values())
    return formula_words({name: number * n / total for name, n in ions.items()})
