"""Figures of electrostatic potentials."""

from __future__ import annotations

from matplotlib.figure import Figure

from analysis.electrostatics.potential import Electrostatics
from analysis.style import COLOURS, journal_style, new_figure, plain, wrapped

#: Where a vacuum level is drawn and written, as a share of the cell.
PLATEAU = 0.16
#: Height over width, and room above the levels for three lines, as a share of the ordinate.
ASPECT = {"single": 0.9, "double": 0.5}
HEADROOM = {"single": 0.34, "double": 0.3}
WORK_FUNCTION = r"$\Phi$"
LEVEL_COLOUR = COLOURS[2]


@journal_style()
def plot_potential(
    potential: Electrostatics,
    title: str,
    columns: str = "double",
    *,
    faces: tuple[str, str] = ("", ""),
) -> Figure:
    """Planar and macroscopic average, Fermi level, vacuum levels and work functions.

    Parameters
    ----------
    potential
        What is drawn.
    title, columns
        Title, and width on the page.
    faces
        Names of the lower and the upper face, such as ``"PbI2"``.
    """
    figure, (axis,) = new_figure(columns, aspect=ASPECT[columns])
    z = potential.z_A
    axis.plot(z, potential.planar_eV, color=COLOURS[0], label="planar average")
    if potential.macroscopic_eV is not None:
        axis.plot(z, potential.macroscopic_eV, color=COLOURS[1], label="macroscopic average")
    fermi_eV, width = potential.fermi_level_eV, float(z[-1] - z[0])
    axis.axhline(fermi_eV, color="0.3", ls="--", lw=0.8, label="Fermi level")
    sides = ((z[0], 1, "left", "lower"), (z[-1], -1, "right", "upper"))
    for (place, side, anchor, where), name, level, phi in zip(
        sides, faces, potential.vacuum_eV, potential.work_functions_eV, strict=True
    ):
        axis.plot(
            [place, place + side * PLATEAU * width], [level] * 2, color=LEVEL_COLOUR, lw=0.9,
            label="vacuum levels" if side > 0 else None, zorder=1.5,
        )  # fmt: skip
        at = place + side * 0.02 * width
        axis.annotate(
            "", (at, level), (at, fermi_eV),
            arrowprops={"arrowstyle": "<->", "lw": 0.6, "color": "0.3", "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip
        face = f"{where} face" + (f": {plain(name)}" if name else "")
        axis.annotate(
            f"{face}\nvacuum level {level:.2f} eV\n{WORK_FUNCTION} = {phi:.2f} eV", (place, level),
            (side * 3.0, 4.0), textcoords="offset points", ha=anchor, va="bottom",
        )  # fmt: skip
    heights = potential.atoms.positions[:, 2]
    axis.plot(
        heights, [0.02] * len(heights), "|", color="0.4", ms=6.0, label="atoms",
        transform=axis.get_xaxis_transform(),
    )  # fmt: skip
    low, high = axis.get_ylim()
    axis.set_ylim(
        low, high + HEADROOM[columns] * (high - low)
    )  # room for the words above the levels
    axis.set_xlim(z[0], z[-1])
    axis.set_xlabel("height z / Å")
    axis.set_ylabel("potential energy of an electron / eV")
    axis.set_title(wrapped(title, columns))
    figure.legend(loc="outside lower center", ncols=3 if columns == "single" else 5)
    return figure
