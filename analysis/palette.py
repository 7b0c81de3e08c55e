"""Colours of elements, orbitals and groups of atoms in all figures."""

from __future__ import annotations

from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import dataclass

from ase.data import atomic_numbers

from slabs.elements import rgb_of

#: Lines of light elements, such as H, are darkened until this luminance, to be seen on white.
LIGHTEST = 0.5
#: How the orbitals of an element differ: the dashes of lines, for matplotlib and plotly.
ORBITAL_DASHES = {"s": ("--", "dash"), "p": ("-", "solid"), "d": ("-.", "dashdot"),
                  "f": (":", "dot")}  # fmt: skip
#: Colours of groups of atoms, which are neither gained nor lost electrons nor elements.
GROUP_COLOURS = ("#E69F00", "#56B4E9", "#D55E00", "#CC79A7", "#0072B2", "#009E73")


@dataclass(frozen=True)
class CurveStyle:
    """How a curve of a group of atoms or an orbital is drawn.

    Parameters
    ----------
    colour
        As in CSS.
    dashes
        Dashes of the line, as matplotlib names them.
    dashes_of_page
        The same, as plotly names them.
    """

    colour: str
    dashes: str = "-"
    dashes_of_page: str = "solid"


def line_colour(symbol: str) -> str:
    """Colour of the lines of an element, as in CSS: that of its atoms, dark enough for white."""
    red, green, blue = rgb_of(symbol)
    hue, light, saturation = rgb_to_hls(red, green, blue)
    while luminance(red, green, blue) > LIGHTEST:
        light *= 0.97
        red, green, blue = hls_to_rgb(hue, light, saturation)
    return "#" + "".join(f"{round(255 * share):02x}" for share in (red, green, blue))


def luminance(red: float, green: float, blue: float) -> float:
    """How bright a colour looks, from 0 (black) to 1 (white), by its shares from 0 to 1."""
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def curve_styles(curves: list[tuple[str, str | None]]) -> list[CurveStyle]:
    """Colours by element and dashes by orbital; other groups of atoms have colours by order.

    Parameters
    ----------
    curves
        Group of atoms, and orbital or None for all of them.
    """
    others = list(dict.fromkeys(group for group, _ in curves if group not in atomic_numbers))
    styles = []
    for group, orbital in curves:
        dashes = ORBITAL_DASHES[orbital] if orbital else ("-", "solid")
        if group in atomic_numbers:
            styles.append(CurveStyle(line_colour(group), *dashes))
        else:
            colour = GROUP_COLOURS[others.index(group) % len(GROUP_COLOURS)]
            styles.append(CurveStyle(colour, *dashes))
    return styles
