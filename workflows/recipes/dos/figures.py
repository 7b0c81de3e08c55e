"""Figures of densities of states for journals."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from analysis.dos.figures import plot_dos, split_curve
from slabs.errors import InputError
from workflows.recipes.dos.outputs import DosOutput, available_zeros


def draw_dos(
    outputs: Sequence[DosOutput],
    columns: str,
    *,
    align: str | None = None,
    curves: Sequence[str] = (),
    shown_eV: tuple[float, float] | None = None,
) -> dict[str, Figure]:
    """Densities of states; see `analysis.dos.figures.plot_dos`.

    Parameters
    ----------
    outputs
        Finished or not.
    columns
        Width on the page of a journal.
    align
        Zero of energy of all. Default: what the study says for each, or the Fermi level
        where that does not exist.
    curves
        What is drawn, as far as a species has it.
    shown_eV
        Range of energies.

    Raises
    ------
    analysis.dos.band_edges.AlignmentError
        If a species does not have the zero that was asked for.
    InputError
        If no species has a curve.
    """
    made = [output for output in outputs if output.dos is not None]
    groups = dict.fromkeys(name for o in made if o.dos is not None for name in o.dos.groups)
    for curve in curves:
        if made and split_curve(curve)[0] not in groups:
            raise InputError(f"{curve!r} is no group of atoms; groups: {'; '.join(groups)}")
    figures = {}
    for output in made:
        assert output.dos is not None
        if align is not None:
            output.zeros_eV(align)
        figures[output.stem] = plot_dos(
            output.dos,
            output.title,
            columns,
            align=align or available_zeros(output)[0],
            curves=[c for c in curves if split_curve(c)[0] in output.dos.groups] or None,
            shown_eV=shown_eV,
            gaps_found=output.gaps,
        )
    return figures
