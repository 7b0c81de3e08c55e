"""Symbols and units of tables: how text, headers of CSV files and LaTeX write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple


class Symbol(NamedTuple):
    """How a symbol begins the name of a column of a CSV file, and how LaTeX sets it."""

    csv: str
    latex: str


class Unit(NamedTuple):
    """How a unit ends the name of a column of a CSV file, and how readers see it."""

    csv: str
    text: str
    latex: str


#: Symbols in headers and sentences.
SYMBOLS = {
    "dE": Symbol("reaction_energy", r"$\Delta E$"),
    "dG": Symbol("reaction_free_energy", r"$\Delta G$"),
    "dZPE": Symbol("zero_point_change", r"$\Delta E_\mathrm{ZP}$"),
    "ZPE": Symbol("zero_point_energy", r"$E_\mathrm{ZP}$"),
    "dH(T) - dH(0)": Symbol("heat_change", r"$\Delta H(T)-\Delta H(0)$"),
    "H(T) - H(0)": Symbol("heat", r"$H(T)-H(0)$"),
    "-T dS": Symbol("entropy_term", r"$-T\Delta S$"),
    "G - E": Symbol("free_energy_correction", r"$G-E$"),
    "E_b": Symbol("binding_energy", r"$E_\mathrm{b}$"),
    "E_f": Symbol("formation_energy", r"$E_\mathrm{f}$"),
    "E_a": Symbol("barrier", r"$E_\mathrm{a}$"),
    "dE_a": Symbol("barrier_change", r"$\Delta E_\mathrm{a}$"),
    "E_F": Symbol("fermi_level", r"$E_\mathrm{F}$"),
    "E - E_min": Symbol("energy_above_lowest", r"$E-E_\mathrm{min}$"),
    "E - E_own": Symbol("energy_change", r"$E-E_\mathrm{own}$"),
    "<S_z>": Symbol("spin", r"$\langle S_z\rangle$"),
    "|m|": Symbol("absolute_moment", r"$|m|$"),
    "|dn|": Symbol("absolute_density_difference", r"$|\Delta n|$"),
    "Phi_top": Symbol("work_function_top", r"$\Phi_\mathrm{top}$"),
    "Phi_bottom": Symbol("work_function_bottom", r"$\Phi_\mathrm{bottom}$"),
    "dPhi_top": Symbol("work_function_change_top", r"$\Delta\Phi_\mathrm{top}$"),
    "dPhi_bottom": Symbol("work_function_change_bottom", r"$\Delta\Phi_\mathrm{bottom}$"),
    "I_top": Symbol("ionisation_energy_top", r"$I_\mathrm{top}$"),
    "mu_z": Symbol("dipole_moment_z", r"$\mu_z$"),
    "dmu_z": Symbol("dipole_moment_change_z", r"$\Delta\mu_z$"),
    "V_top": Symbol("potential_top", r"$V_\mathrm{top}$"),
    "V_bottom": Symbol("potential_bottom", r"$V_\mathrm{bottom}$"),
    "V_low": Symbol("lowest_potential", r"$V_\mathrm{low}$"),
    "V_high": Symbol("highest_potential", r"$V_\mathrm{high}$"),
    "gamma": Symbol("surface_energy", r"$\gamma$"),
    "dmu": Symbol("chemical_potential", r"$\Delta\mu$"),
    "mu": Symbol("mu", r"$\mu$"),
    "eps0": Symbol("eps0", r"$\varepsilon_0$"),
    "->": Symbol("to", r"$\rightarrow$"),
    "+-": Symbol("plus_minus", r"$\pm$"),
    "1/2": Symbol("half", r"$^1\!/_2$"),
}
UNITS = {
    "eV": Unit("eV", "eV", "eV"),
    "meV": Unit("meV", "meV", "meV"),
    "eV/A^2": Unit("eV_per_A2", "eV/Å²", r"eV/\AA{}$^2$"),
    "cm^-1": Unit("per_cm", "cm⁻¹", r"cm$^{-1}$"),
    "K": Unit("K", "K", "K"),
    "bar": Unit("bar", "bar", "bar"),
    "J/(mol K)": Unit("J_per_mol_K", "J/(mol K)", "J/(mol K)"),
    "eV/A": Unit("eV_per_A", "eV/Å", r"eV/\AA{}"),
    "A": Unit("A", "Å", r"\AA{}"),
    "e A": Unit("eA", "e Å", r"$e$\,\AA{}"),
    "e": Unit("e", "e", r"$e$"),
    "e/A^3": Unit("e_per_A3", "e/Å³", r"$e$/\AA{}$^3$"),
    "nm^-2": Unit("per_nm2", "nm⁻²", r"nm$^{-2}$"),
    "J m^-2": Unit("J_per_m2", "J m⁻²", r"J\,m$^{-2}$"),
    "mu_B": Unit("muB", "μ_B", r"$\mu_\mathrm{B}$"),
    "hbar": Unit("hbar", "ħ", r"$\hbar$"),
    "GPa": Unit("GPa", "GPa", "GPa"),
    "deg": Unit("deg", "deg", r"$^\circ$"),
    "deg^2": Unit("deg2", "deg²", r"$^{\circ 2}$"),
    "s": Unit("s", "s", "s"),
    "core-s": Unit("core_s", "core-s", "core-s"),
    "V": Unit("V", "V", "V"),
    "s^-1": Unit("per_s", "s⁻¹", r"s$^{-1}$"),
    "%": Unit("percent", "%", r"\%"),
}

#: Keeps a unit or a symbol in one line while headers are wrapped.
HARD_BLANK = "\N{NO-BREAK SPACE}"

#: Characters that mean something else in LaTeX, or another glyph in its old fonts.
_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
        "<": r"$<$", ">": r"$>$", "|": r"$|$", "\N{EN DASH}": "--", "Å": r"\AA{}",
        **{character: f"\\{character}" for character in "&%$#_{}"},
    }
)  # fmt: skip
#: A number with a unit that is a letter or a word; ``A-site`` is none, nor is a species of that
#: name in an equation.
_QUANTITY = re.compile(r"(?<! \+ )(?<!-> )(?<![\w.])(\d+(?:\.\d+)?) (A|e ?A|deg)(?![\w-]| \+ | ->)")
_UNIT = re.compile(
    r"(?<![\w/^])(?:nm\^-2|cm\^-1|s\^-1|J m\^-2|eV/A\^2|e/A\^3|eV/A|mu_B|hbar)(?!\w)"
)


def _bounded(symbol: str) -> str:
    return rf"(?<![\w/]){re.escape(symbol)}(?![\w/])" if symbol[-1].isalnum() else re.escape(symbol)


_SYMBOL = re.compile("|".join(map(_bounded, sorted(SYMBOLS, key=len, reverse=True))))


@cache
def _parts() -> tuple[str, ...]:
    """Molecular cations and elements, which formulas are made of."""
    from ase.data import chemical_symbols  # takes long to import, as the next

    from slabs.elements import MOLECULAR_CATIONS

    return (*MOLECULAR_CATIONS, *chemical_symbols[1:])


@cache
def _formula() -> re.Pattern[str]:
    """A formula and its charge."""
    part = "|".join(sorted(_parts(), key=len, reverse=True))
    return re.compile(rf"(?<![\w.])((?:(?:{part})(?:\d+(?:\.\d+)?)?)+)([+-]?)(?!\w|\.\d)")


@cache
def _token() -> re.Pattern[str]:
    """What LaTeX sets in another way inside of a sentence; the first one that fits counts."""
    index = r"(?<!\w)(?:[A-Z][a-z]?|[A-Z]{2,3})_[A-Za-z]{1,3}(?!\w)"
    minus = r"(?<![\w.)-])-(?=\d|dE\b|e\b|E_)|(?<= )-(?= )"
    kinds = (_SYMBOL, _UNIT, _QUANTITY)
    return re.compile(
        "|".join([*(each.pattern for each in kinds), index, minus, _formula().pattern])
    )


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The pieces of a sentence, and whether each is set in another way than plain words."""
    end = 0
    for found in _token().finditer(text):
        yield text[end : found.start()], False
        yield found[0], True
        end = found.end()
    yield text[end:], False


def formula_of(token: str) -> tuple[str, str] | None:
    """A formula without its charge, and the charge; None for anything else."""
    found = _formula().fullmatch(token)
    return (found[1], found[2]) if found else None


def split_unit(header: str) -> tuple[str, str]:
    """A header without its unit, and the unit, empty if it has none."""
    words, _, unit = header.rpartition(" / ")
    return (words, unit) if words and unit in UNITS else (header, "")


def unbroken(words: str) -> str:
    """Words of a header whose symbols stay in one line."""
    return _SYMBOL.sub(lambda found: found[0].replace(" ", HARD_BLANK), words)


def csv_name(header: str) -> str:
    """A header as the name of a column: snake case, with the unit at its end.

    Examples
    --------
    >>> csv_name("E_b / eV"), csv_name("Coverage / nm^-2"), csv_name("gamma, I-poor / J m^-2")
    ('binding_energy_eV', 'coverage_per_nm2', 'surface_energy_i_poor_J_per_m2')
    """
    words, unit = split_unit(header)
    named = _SYMBOL.sub(lambda found: SYMBOLS[found[0]].csv, words)
    snake = re.sub(r"[^a-z0-9]+", "_", named.lower()).strip("_")
    return f"{snake}_{UNITS[unit].csv}" if unit else snake


def readable(text: str) -> str:
    """A header or sentence with the letters of its units.

    Examples
    --------
    >>> readable("Cell / A"), readable("below 0.9 eV/A, 3.15 A deep, A-site, 2.53 nm^-2")
    ('Cell / Å', 'below 0.9 eV/Å, 3.15 Å deep, A-site, 2.53 nm⁻²')
    """
    words, unit = split_unit(text)
    words = _QUANTITY.sub(lambda found: f"{found[1]} {UNITS[_spaced(found[2])].text}", words)
    words = _UNIT.sub(lambda found: UNITS[found[0]].text, words).replace(" +- ", " ± ")
    return f"{words} / {UNITS[unit].text}" if unit else words


def latex_text(text: str) -> str:
    """A sentence as LaTeX sets it: symbols, units, arrows, formulas and signs.

    Examples
    --------
    >>> latex_text("2.5 nm^-2 of GA+ on CsPbI3")
    '2.5 nm$^{-2}$ of GA$^{+}$ on CsPbI$_{3}$'
    """
    words, unit = split_unit(text)
    if unit and unit != "%":  # of a row
        return f"{latex_text(words)} ({UNITS[unit].latex})"
    text = re.sub(r"(?<!\w)'(?=\w)", "`", text)
    return "".join(_set(each) if token else each.translate(_LATEX) for each, token in pieces(text))


def _spaced(unit: str) -> str:
    return "e A" if unit == "eA" else unit


def _set(token: str) -> str:
    """One token of a sentence."""
    if token in SYMBOLS:
        return SYMBOLS[token].latex
    if token == "-" or token in UNITS:
        return "$-$" if token == "-" else UNITS[token].latex
    quantity = _QUANTITY.fullmatch(token)
    if quantity is not None:
        unit = _spaced(quantity[2])
        return f"{quantity[1]}{'' if unit == 'deg' else '~'}{UNITS[unit].latex}"
    if "_" in token:
        head, tail = token.split("_")
        return rf"{head}$_\mathrm{{{tail}}}$"
    formula = formula_of(token)
    assert formula is not None
    parts, charge = formula
    if not charge and not any(map(str.isdigit, parts)):
        return token
    return re.sub(r"(\d+(?:\.\d+)?)", r"$_{\1}$", parts) + (f"$^{{{charge}}}$" if charge else "")
