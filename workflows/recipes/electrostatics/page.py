"""Electrostatic potentials of slabs on a page."""

from __future__ import annotations

from typing import Any

from analysis.electrostatics.figures import LEVEL_COLOUR, PLATEAU
from analysis.electrostatics.potential import Electrostatics
from analysis.style import COLOURS
from workflows.recipes.page import Entry, PageFigure, empty_figure

FERMI_COLOUR, ATOM_COLOUR = "#777777", "#8a929b"


def potential_figure(potential: Electrostatics, title: str, faces: tuple[str, str]) -> PageFigure:
    """Planar and macroscopic average along the normal, Fermi and vacuum levels, and atoms.

    Parameters
    ----------
    potential, title
        What is drawn, and its title.
    faces
        Names of the lower and the upper face.
    """
    figure = empty_figure("height z / Å", "potential energy of an electron / eV")
    z = potential.z_A
    ends = [float(z[0]), float(z[-1])]
    fermi_eV = potential.fermi_level_eV
    curves: list[tuple[Entry, Any, Any]] = [
        (Entry("planar average", COLOURS[0]), z, potential.planar_eV),
    ]
    if potential.macroscopic_eV is not None:
        entry = Entry("macroscopic average", COLOURS[1])
        curves.append((entry, z, potential.macroscopic_eV))
    curves.append((Entry("Fermi level", FERMI_COLOUR, "dash"), ends, [fermi_eV] * 2))
    width = PLATEAU * (ends[1] - ends[0])
    plateaus = [ends[0], ends[0] + width, None, ends[1] - width, ends[1]]
    low_eV, high_eV = potential.vacuum_eV
    levels = [low_eV, low_eV, None, high_eV, high_eV]
    curves.append((Entry("vacuum levels", LEVEL_COLOUR), plateaus, levels))
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
        f" {above:.2f} eV at the upper face ({faces[1]}) and {below:.2f} eV at the lower one"
        f" ({faces[0]}); vacuum levels {high_eV:.2f} and {low_eV:.2f} eV, Fermi level"
        f" {fermi_eV:.2f} eV."
    )
    entries = (*(entry for entry, _, _ in curves), Entry("atoms", ATOM_COLOUR, "dash"))
    return PageFigure(title, words, figure, entries)
