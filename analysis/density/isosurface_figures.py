"""Three-dimensional figures of density differences with their atoms."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from analysis.density.ball_and_stick import Triangles, around, ball_and_stick, frame
from analysis.density.difference import DensityDifference
from analysis.density.figures import GAIN, LOSS
from analysis.density.isosurfaces import ISOVALUE_E_PER_A3, isosurfaces
from analysis.density.slices import centre_of_bonds
from analysis.style import WIDTHS_IN, journal_style, wrapped
from slabs.elements import rgb_of

#: Opacity of the surfaces.
ALPHA = 0.55
#: From where the cell is seen, above the surface and around its normal.
ELEVATION_DEG, AZIMUTH_DEG = 10.0, -65.0
#: Brightness of what is turned away from the light, which comes from the upper left.
SHADE = 0.5
_LIGHT = np.array([-0.4, 0.6, 0.7]) / np.sqrt(0.4**2 + 0.6**2 + 0.7**2)
#: Bounds on height over width, and space for title and legend in inches.
HEIGHT_RANGE = {"single": (0.6, 1.7), "double": (0.4, 0.95)}
FRAME_IN = 1.0
#: The outline of the cell ends this far below and above the atoms.
AROUND_ATOMS_A = 1.0
FRAME_GREY = 0.45
#: Distance of the points between which surfaces are triangulated.
SMOOTH_A = 0.08
SCALE_BAR_A = 2.0
MARGIN_A = 0.15
_LEGEND: Any = {"handlelength": 1.2, "columnspacing": 1.2}


@journal_style()
def plot_isosurfaces(
    density: DensityDifference,
    title: str,
    columns: str = "single",
    isovalue_e_per_A3: float = ISOVALUE_E_PER_A3,
) -> Figure:
    """Isosurfaces of gained and lost electrons in the cell around the anchor bonds.

    The outline of the surface cell ends above and below the atoms.
    """
    centre = centre_of_bonds(density)
    atoms = around(density.atoms, centre)
    shapes, colours = ball_and_stick(atoms)
    triangles, tints = [shapes], [np.column_stack([colours, np.ones(len(colours))])]
    heights = atoms.positions[:, 2]
    low, high = heights.min() - AROUND_ATOMS_A, heights.max() + AROUND_ATOMS_A
    outline = frame(density.cell_A, centre, low, high)
    triangles.append(outline)
    tints.append(np.tile([FRAME_GREY] * 3 + [1.0], (len(outline), 1)))
    normals = [_flat_normals(each) for each in triangles]
    surfaces = isosurfaces(density, isovalue_e_per_A3, centre, smooth_A=SMOOTH_A)
    for surface, colour in zip(surfaces, (GAIN, LOSS), strict=True):
        triangles.append(surface.vertices_A[surface.faces])
        tints.append(np.tile([*to_rgb(colour), ALPHA], (len(surface.faces), 1)))
        normals.append(surface.normals[surface.faces].mean(axis=1))
    value = rf"{isovalue_e_per_A3:g} e Å$^{{-3}}$"
    handles: list[Any] = [
        Patch(fc=GAIN, alpha=ALPHA, label=rf"electrons gained, $\Delta n$ = +{value}"),
        Patch(fc=LOSS, alpha=ALPHA, label=rf"electrons lost, $\Delta n$ = $-${value}"),
    ]
    ball: Any = {"ls": "", "marker": "o", "ms": 5.0, "mec": "0.3", "mew": 0.4}
    for symbol in dict.fromkeys(atoms.symbols):
        handles.append(Line2D([], [], mfc=rgb_of(symbol), label=symbol, **ball))
    figure = _stage(
        np.concatenate(triangles), np.concatenate(normals), np.concatenate(tints), columns
    )
    figure.legend(
        handles=handles, loc="outside lower center", ncols=-(-len(handles) // 2), **_LEGEND
    )
    figure.suptitle(wrapped(title, columns), fontsize="medium")
    return figure


def _flat_normals(triangles: Triangles) -> NDArray[np.float64]:
    """Normals of triangles, shape=(n, 3), of any length."""
    return np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])


def _stage(
    triangles: Triangles,
    normals: NDArray[np.float64],
    colours: NDArray[np.float64],
    columns: str,
) -> Figure:
    """Triangles drawn from the farthest to the nearest, so that those in front hide others."""
    seen, turned = triangles @ _view(), normals @ _view()
    length = np.maximum(np.linalg.norm(turned, axis=1), 1e-12)
    shade = SHADE + (1.0 - SHADE) * abs(turned @ _LIGHT) / length
    order = np.argsort(seen[:, :, 2].mean(axis=1))
    lit = np.column_stack([colours[:, :3] * shade[:, None], colours[:, 3]])
    flat = seen[order, :, :2]
    low, high = flat.min(axis=(0, 1)), flat.max(axis=(0, 1))
    width = WIDTHS_IN[columns]
    height = width * float(np.clip((high[1] - low[1]) / (high[0] - low[0]), *HEIGHT_RANGE[columns]))
    figure = Figure(figsize=(width, height + FRAME_IN), layout="constrained")
    axis = figure.add_subplot(aspect="equal")
    # Edges close the seams of solid bodies, but would show as a net on transparent surfaces.
    # Vector triangles would make files that no viewer opens.
    lit = lit[order]
    solid = lit[:, 3] == 1.0
    axis.add_collection(
        PolyCollection(
            list(flat), facecolors=lit, edgecolors=lit * solid[:, None], lw=0.2, rasterized=True,
            antialiaseds=solid.tolist(),
        )
    )  # fmt: skip
    axis.set(xlim=(low[0] - MARGIN_A, high[0] + MARGIN_A), ylim=(low[1] - 1.0, high[1] + MARGIN_A))
    axis.plot([low[0], low[0] + SCALE_BAR_A], [low[1] - 0.4] * 2, color="0.2", lw=1.5)
    axis.text(low[0] + SCALE_BAR_A + 0.2, low[1] - 0.4, f"{SCALE_BAR_A:g} Å", va="center")
    axis.set_axis_off()
    return figure


def _view() -> NDArray[np.float64]:
    """Columns: the directions to the right, up and towards the reader."""
    elevation, azimuth = np.deg2rad([ELEVATION_DEG, AZIMUTH_DEG])
    reader = np.array(
        [
            np.cos(elevation) * np.cos(azimuth),
            np.cos(elevation) * np.sin(azimuth),
            np.sin(elevation),
        ]
    )
    right = np.array([-np.sin(azimuth), np.cos(azimuth), 0.0])
    return np.column_stack([right, np.cross(reader, right), reader])
