"""Density differences on a page: isosurfaces with their atoms, and averages over planes."""

from __future__ import annotations

import base64
import io

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from analysis.density.ball_and_stick import around
from analysis.density.difference import DensityDifference
from analysis.density.figures import GAIN, LOSS, SATURATION_PERCENT
from analysis.density.isosurface_figures import plot_isosurfaces
from analysis.density.isosurfaces import ISOVALUE_E_PER_A3, Isosurface, isosurfaces
from analysis.density.slices import anchor_bond, bond_slice
from analysis.geometry.drawn_bonds import bond_ends
from analysis.style import COLOURS
from workflows.recipes.page import AXIS, GRAIN_A, Entry, PageDensity, PageFigure, empty_figure

#: Isovalues to choose from, as factors of the usual one, which comes first.
FACTORS = (1.0, 0.5, 2.0)
#: Resolution of still pictures, dots per inch.
DPI = 110
#: Shades of one colour in a slice.
SHADES = 15
#: Height of figures in pixels, that of tall ones in the style sheet of the page.
TALL = 560
#: Every which point of a slice is kept.
COARSER = 3


def page_density(density: DensityDifference, title: str) -> PageDensity:
    """Isosurfaces and atoms in the cell around the first contact."""
    bond = anchor_bond(density, density.names[1])
    x, y, _ = np.linalg.solve(density.cell_A.T, (bond.start_A + bond.end_A) / 2)
    surfaces = []
    for value in (factor * ISOVALUE_E_PER_A3 for factor in FACTORS):
        gained, lost = (_packed(each) for each in isosurfaces(density, value, (x, y)))
        surfaces.append({"value_e_per_A3": value, "gained": gained, "lost": lost})
    shown = around(density.atoms, (x, y))
    alone = Atoms(shown.numbers, positions=shown.positions)
    origin = np.array([x - 0.5, y - 0.5, 0.0]) @ density.cell_A
    species = {
        "symbols": list(shown.get_chemical_symbols()),
        "positions_A": np.round(shown.positions, 3).tolist(),
        "cell_A": density.cell_A.tolist(),
        "origin_A": origin.tolist(),
        "fixed": [],
        "bonds": bond_ends(alone),
        "vacancies_A": [],
    }
    parts = ", ".join(density.names)
    words = (
        f"Electrons gained and lost when {parts} come together, in the cell around the contact of"
        f" {bond.length_A:.2f} Å."
    )
    return PageDensity(title, words, species, surfaces, _still(density, title))


def _packed(surface: Isosurface) -> dict[str, str]:
    corners = np.round(surface.vertices_A / GRAIN_A).astype("<i4")
    return {"corners": _base64(corners), "triangles": _base64(surface.faces.astype("<i4"))}


def _base64(values: NDArray[np.int32]) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")


def _still(density: DensityDifference, title: str) -> str:
    picture = io.BytesIO()
    plot_isosurfaces(density, title).savefig(picture, format="png", dpi=DPI)
    return base64.b64encode(picture.getvalue()).decode("ascii")


def profile_figure(density: DensityDifference, title: str) -> PageFigure:
    """Average over planes along the normal, and below it the electrons gained below each height."""
    z, profile = density.planar_average()
    _, below = density.cumulated()
    figure = empty_figure("", "")
    figure.set_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.06)
    figure.update_xaxes(**AXIS)
    figure.update_yaxes(**AXIS)
    figure.update_xaxes(title_text="height z / Å", row=2)
    figure.update_yaxes(title_text="Δn / e Å<sup>\N{MINUS SIGN}1</sup>", row=1)
    figure.update_yaxes(title_text="electrons gained below z / e", row=2)
    figure.update_layout(height=TALL)
    entries = (
        Entry("density difference, summed over planes", GAIN),
        Entry("electrons gained below z", LOSS),
        *(
            Entry(f"atoms of {name}", COLOURS[(2 + n) % len(COLOURS)], "dash")
            for n, name in enumerate(density.names)
        ),
    )
    for n, (values, unit) in enumerate(((profile, "e/Å"), (below, "e"))):
        figure.add_scatter(
            x=z, y=values.astype(np.float32), name=entries[n].name, legendgroup=str(n),
            mode="lines", line_color=entries[n].colour, hovertemplate=f"%{{y:+.3f}} {unit}",
            row=n + 1, col=1,
        )  # fmt: skip
    symbols = np.array(density.atoms.get_chemical_symbols())
    for n in range(len(density.names)):
        own = density.fragment_of == n
        figure.add_scatter(
            x=density.atoms.positions[own, 2], y=[float(profile.min())] * int(own.sum()),
            text=symbols[own], name=f"fragment {n + 1}", legendgroup=str(2 + n), mode="markers",
            hovertemplate="%{text}", row=1, col=1,
            marker={"symbol": "line-ns-open", "size": 12, "color": entries[2 + n].colour},
        )  # fmt: skip
    most, least = int(profile.argmax()), int(profile.argmin())
    words = (
        f"Most electrons are gained at {z[most]:.1f} Å ({profile[most]:+.2f} e/Å) and lost at"
        f" {z[least]:.1f} Å ({profile[least]:+.2f} e/Å)."
    )
    return PageFigure(f"{title}, along the normal", words, figure, entries)


def slice_figure(density: DensityDifference, fragment: str, title: str) -> PageFigure:
    """Density difference in the upright plane of the contact of one fragment."""
    cut = bond_slice(density, anchor_bond(density, fragment))
    values = cut.difference_e_per_A3
    limit = float(np.percentile(abs(values), SATURATION_PERCENT))
    figure = empty_figure("distance in the plane / Å", "height z / Å")
    figure.add_contour(  # as a heat map it would need a canvas, which not every viewer has
        x=np.round(cut.across_A[::COARSER], 3), y=np.round(cut.z_A[::COARSER], 3),
        z=np.round(values[::COARSER, ::COARSER], 4), zmin=-limit, zmax=limit,
        contours={"coloring": "fill", "showlines": False, "start": -limit, "end": limit,
                  "size": limit / SHADES},
        line={"width": 0}, colorscale=[[0.0, LOSS], [0.5, "#ffffff"], [1.0, GAIN]],
        colorbar={
            "title": {"text": "Δn / e Å<sup>\N{MINUS SIGN}3</sup>", "side": "bottom"},
            "orientation": "h", "y": -0.16, "yanchor": "top", "thickness": 14, "nticks": 5,
        },
        legendgroup="0",
        hovertemplate="%{z:+.4f} e/Å³<extra></extra>", name="density difference",
    )  # fmt: skip
    across, heights = cut.places_A.T if len(cut.symbols) else np.zeros((2, 0))
    figure.add_scatter(
        x=across, y=heights, text=list(cut.symbols), mode="markers+text", name="atoms",
        legendgroup="1", hovertemplate="%{text}<extra></extra>", textfont={"color": "#1b1f24"},
        marker={"size": 19, "color": "#ffffff", "line": {"width": 1, "color": "#333333"}},
    )  # fmt: skip
    figure.update_layout(hovermode="closest", height=TALL)
    figure.update_yaxes(scaleanchor="x", constrain="domain")
    figure.update_xaxes(constrain="domain")
    entries = (Entry("density difference", GAIN, "area"), Entry("atoms", "#333333", "mark"))
    words = (
        f"Electrons gained (blue) and lost (orange) in the {cut.words}. Colours end at"
        f" {limit:.3f} e/Å³, which nuclei exceed."
    )
    return PageFigure(f"{title}: {cut.words}", words, figure, entries)
