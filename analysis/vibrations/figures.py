"""Figures of free energies over temperature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from analysis.style import COLOURS, journal_style, new_figure, plain, wrapped
from analysis.vibrations.modes import Floats


@dataclass(frozen=True, eq=False)
class FreeEnergyCurve:
    """Free energy of one reaction over temperature, dG = G(products) - G(reactants).

    Parameters
    ----------
    name
        Of the reaction.
    temperatures_K
        Abscissa, shape=(n,).
    by_treatment_eV
        dG with each treatment of low modes, each shape=(n,).
    treatment
        The one that counts.
    reaction_energy_eV
        Electronic dE.
    points
        Temperatures of the study with dG.
    """

    name: str
    temperatures_K: Floats
    by_treatment_eV: Mapping[str, Floats]
    treatment: str
    reaction_energy_eV: float
    points: Sequence[tuple[float, float]]

    @property
    def values_eV(self) -> Floats:
        """DG with the treatment that counts."""
        return self.by_treatment_eV[self.treatment]

    @property
    def band_eV(self) -> tuple[Floats, Floats]:
        """Lowest and highest dG of all treatments."""
        values = list(self.by_treatment_eV.values())
        low, high = values[0].copy(), values[0].copy()
        for each in values[1:]:
            low, high = low.clip(max=each), high.clip(min=each)
        return low, high


@journal_style()
def plot_free_energies(
    curves: Sequence[FreeEnergyCurve], title: str, columns: str = "double"
) -> Figure:
    """DG over temperature: a line per reaction, a band for the treatments of low modes.

    Parameters
    ----------
    curves
        The reactions.
    title, columns
        Title, and width on the page.
    """
    figure, (axis,) = new_figure(columns)
    for n, curve in enumerate(curves):
        colour = COLOURS[n % len(COLOURS)]
        style = "-" if n < len(COLOURS) else "--"
        axis.fill_between(curve.temperatures_K, *curve.band_eV, color=colour, alpha=0.2, lw=0)
        axis.plot(
            curve.temperatures_K, curve.values_eV, style, color=colour, label=plain(curve.name)
        )
        axis.plot(*zip(*curve.points, strict=True), "o", color=colour)
        axis.plot([0.0], [curve.reaction_energy_eV], "_", color=colour, ms=8, clip_on=False)
    axis.axhline(0.0, color="0.5", lw=0.6, zorder=0)
    axis.set_xlim(0.0, max(curve.temperatures_K[-1] for curve in curves))
    axis.set_xlabel("temperature / K")
    axis.set_ylabel(r"free energy of reaction $\Delta G$ / eV")
    axis.set_title(wrapped(title, columns))
    figure.legend(loc="outside lower center", ncols=2 if columns == "single" else 4)
    return figure
