"""Texts with their symbols and formulas, as HTML and as matplotlib draws them."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from analysis.notation import SYMBOLS, formula_of, pieces

#: What stands for commands of LaTeX in HTML.
_COMMANDS = {
    "Delta": "\N{GREEK CAPITAL LETTER DELTA}",
    "Phi": "\N{GREEK CAPITAL LETTER PHI}",
    "gamma": "\N{GREEK SMALL LETTER GAMMA}",
    "mu": "\N{GREEK SMALL LETTER MU}",
    "varepsilon": "\N{GREEK SMALL LETTER EPSILON}",
    "langle": "\N{MATHEMATICAL LEFT ANGLE BRACKET}",
    "rangle": "\N{MATHEMATICAL RIGHT ANGLE BRACKET}",
    "rightarrow": "\N{RIGHTWARDS ARROW}",
    "pm": "\N{PLUS-MINUS SIGN}",
}
#: One command, index, letter or sign of a symbol in LaTeX.
_PART = re.compile(
    r"(?P<low>_(?:\\mathrm\{(?P<word>\w+)\}|(?P<letter>\w)))|\\(?P<command>[A-Za-z]+) ?"
    r"|(?P<name>[A-Za-z])|(?P<sign>.)"
)
#: Formulas of matplotlib, and dollar signs that are none.
_MATH = re.compile(r"(\\\$|\$[^$]*\$)")
_HALF = "\N{VULGAR FRACTION ONE HALF}"


def html_text(text: str) -> str:
    """A header or sentence as HTML: escaped, with symbols, formulas and indices.

    Examples
    --------
    >>> html_text("E_b of GA+ on PbI2"), html_text("V_I & I2 < 1")
    ('<i>E</i><sub>b</sub> of GA<sup>+</sup> on PbI<sub>2</sub>',
    'V<sub>I</sub> &amp; I<sub>2</sub> &lt; 1')
    """
    return "".join(
        _html_token(each) if token else escape(each, quote=False) for each, token in pieces(text)
    )


def drawn_text(text: str) -> str:
    r"""A text as matplotlib draws it: indices and numbers of formulas low, charges high.

    Formulas between dollar signs stay as they are, and so do escaped dollar signs.

    Examples
    --------
    >>> drawn_text("V_I on PbI2")
    'V$_\\mathregular{I}$ on PbI$_\\mathregular{2}$'
    """

    def low(words: str) -> str:
        return rf"$_\mathregular{{{words}}}$"

    def high(words: str) -> str:
        return rf"$^\mathregular{{{words}}}$"

    return "".join(
        part
        if n % 2
        else "".join((token and _indexed(each, low, high)) or each for each, token in pieces(part))
        for n, part in enumerate(_MATH.split(text))
    )


def _html_token(token: str) -> str:
    if token == "1/2":
        return _HALF
    if token in SYMBOLS:
        return "".join(map(_html_part, _PART.finditer(SYMBOLS[token].latex.strip("$"))))
    words = _indexed(token, lambda low: f"<sub>{low}</sub>", lambda high: f"<sup>{high}</sup>")
    return words or escape(token, quote=False)


def _html_part(part: re.Match[str]) -> str:
    if part["low"]:
        return f"<sub>{part['word'] or part['letter']}</sub>"
    if part["command"]:
        return _COMMANDS[part["command"]]
    if part["name"]:
        return f"<i>{part['name']}</i>"
    return "\N{MINUS SIGN}" if part["sign"] == "-" else escape(part["sign"])


def _indexed(token: str, low: Callable[[str], str], high: Callable[[str], str]) -> str:
    """A name with an index, or a formula; empty for anything else."""
    if token in SYMBOLS:
        return ""
    head, index, tail = token.partition("_")
    if index and head.isalpha() and tail.isalpha() and head != "mu":
        return f"{head}{low(tail)}"
    formula = formula_of(token)
    if formula is None:
        return ""
    parts, charge = formula
    if charge == "-":
        charge = "\N{MINUS SIGN}"
    return re.sub(r"(\d+(?:\.\d+)?)", lambda n: low(n[0]), parts) + (high(charge) if charge else "")
