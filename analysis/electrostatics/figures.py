"""Figures of electrostatic potentials."""

from __future__ import annotations

from matplotlib.figure import Figure

from analysis.electrostatics.potential import Electrostatics
from analysis.style import COLOURS, journal_style, new_figure, wrapped


@journal_style()
def plot_potential(potential: Electrostatics, title: str, columns: str = "double") -> Figure:
    """Planar and macroscopic average, Fermi level, and the work functions of both faces."""
    figure, (axis,) = new_figure(columns)
    z = potential.z_A
    axis.plot(z, potential.planar_eV, color=COLOURS[0], label="planar average")
    if potential.macroscopic_eV is not None:
        axis.plot(z, potential.macroscopic_eV, color=COLOURS[1], label="macroscopic average")
    axis.axhline(potential.fermi_level_eV, color="0.3", ls="--", lw=0.8, label="Fermi level")
    for place, level, phi in zip(
        (z[0], z[-1]), potential.vacuum_eV, potential.work_functions_eV, strict=True
    ):
        side = 1 if place == z[0] else -1
        where = place + side * 0.02 * (z[-1] - z[0])
        axis.annotate(
            "", (where, level), (where, potential.fermi_level_eV),
            arrowprops={"arrowstyle": "<->", "lw": 0.6, "color": "0.3", "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip
        axis.text(
            where + side * 0.01 * (z[-1] - z[0]), (level + potential.fermi_level_eV) / 2,
            rf"$\Phi$ = {phi:.2f} eV", ha="left" if side > 0 else "right", va="center",
            bbox={"fc": "white", "ec": "none", "alpha": 0.8, "pad": 1.0},
        )  # fmt: skip
    heights = potential.atoms.positions[:, 2]
    axis.plot(
        heights, [0.02] * len(heights), "|", color="0.4", ms=6.0, label="atoms",
        transform=axis.get_xaxis_transform(),
    )  # fmt: skip
    axis.set_xlim(z[0], z[-1])
    axis.set_xlabel("height z / Å")
    axis.set_ylabel("potential energy of an electron / eV")
    axis.set_title(wrapped(title, columns))
    axis.legend()
    return figure
