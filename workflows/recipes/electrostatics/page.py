"""Electrostatic potentials of slabs on a page."""

from __future__ import annotations

from numpy.typing import ArrayLike

from analysis.electrostatics.potential import Electrostatics
from analysis.style import COLOURS
from workflows.recipes.page import Entry, PageFigure, empty_figure

FERMI_COLOUR, ATOM_COLOUR = "#777777", "#8a929b"


def potential_figure(potential: Electrostatics, title: str) -> PageFigure:
    """Planar and macroscopic average along the normal, Fermi level and atoms."""
    figure = empty_figure("height z / Å", "potential energy of an electron / eV")
    z = potential.z_A
    ends = [float(z[0]), float(z[-1])]
    fermi_eV = potential.fermi_level_eV
    curves: list[tuple[Entry, ArrayLike, ArrayLike]] = [
        (Entry("planar average", COLOURS[0]), z, potential.planar_eV),
    ]
    if potential.macroscopic_eV is not None:
        entry = Entry("macroscopic average", COLOURS[1])
        curves.append((entry, z, potential.macroscopic_eV))
    curves.append((Entry("Fermi level", FERMI_COLOUR, "dash"), ends, [fermi_eV] * 2))
    for n, (entry, x, y) in enumerate(curves):
        figure.add_scatter(
            x=x, y=y, name=entry.name, legendgroup=str(n), mode="lines",
            hovertemplate="%{y:.2f} eV",
            line={"color": entry.colour, "dash": "dash" if entry.style == "dash" else "solid"},
        )  # fmt: skip
    low = float(potential.planar_eV.min())
    heights = potential.atoms.positions[:, 2]
    figure.add_scatter(
        x=heights, y=[low] * len(heights), text=potential.atoms.get_chemical_symbols(),
        name="atoms", legendgroup=str(len(curves)), mode="markers", hovertemplate="%{text}",
        marker={"symbol": "line-ns-open", "size": 12, "color": ATOM_COLOUR},
    )  # fmt: skip
    below, above = potential.work_functions_eV
    words = (
        f"Potential energy of an electron from the bottom of the cell to its top. Work function"
        f" {above:.2f} eV at the upper face and {below:.2f} eV at the lower one; vacuum levels"
        f" {potential.vacuum_eV[1]:.2f} and {potential.vacuum_eV[0]:.2f} eV, Fermi level"
        f" {fermi_eV:.2f} eV."
    )
    entries = (*(entry for entry, _, _ in curves), Entry("atoms", ATOM_COLOUR, "dash"))
    return PageFigure(title, words, figure, entries)
