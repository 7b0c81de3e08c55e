"""Energies over chemical potentials, as a page shows them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.style import COLOURS
from analysis.tables import number
from analysis.thermodynamics.linear_energies import EV_PER_A2_IN_J_PER_M2, Linear
from workflows.findings.words import level_words
from workflows.recipes.chemical_potentials.figures import SURFACES, VACANCIES
from workflows.recipes.chemical_potentials.thermodynamics import Thermodynamics
from workflows.recipes.page import Entry, PageFigure, empty_figure, plain
from workflows.study.model import Study

GAMMA = "\N{GREEK SMALL LETTER GAMMA} / J m<sup>\N{MINUS SIGN}2</sup>"


def chemical_potential_figures(study: Study, found: Thermodynamics) -> list[PageFigure]:
    """Formation and surface energies over the chemical potential of one element.

    Parameters
    ----------
    study
        With the labels of species, and the level of theory for the titles.
    found
        What the chemical potentials allow.
    """
    if not found.stable:
        return []
    wanted = (
        (VACANCIES, found.formation, "E<sub>f</sub> per vacancy / eV", 1.0),
        (SURFACES, found.surfaces, GAMMA, EV_PER_A2_IN_J_PER_M2),
    )
    return [
        _over_chemical_potential(study, found, title, energies, quantity=quantity, factor=factor)
        for title, energies, quantity, factor in wanted
        if energies
    ]


def _over_chemical_potential(
    study: Study,
    found: Thermodynamics,
    title: str,
    energies: Mapping[str, Linear],
    *,
    quantity: str,
    factor: float,
) -> PageFigure:
    assert found.stability is not None
    element = found.entry.element
    dmu_eV = np.unique(found.stability.potentials_eV(element))  # straight lines in between
    figure = empty_figure(f"Δμ<sub>{element}</sub> / eV", quantity)
    entries, words = [], []
    for n, (species, energy) in enumerate(energies.items()):
        name = study.label_of(species)
        colour = COLOURS[n % len(COLOURS)]
        lower, upper = (factor * edge for edge in energy.band(found.stability, element, dmu_eV))
        edges = ((lower, None), (upper, "tonexty"))
        for edge, fill in edges[:1] if np.allclose(lower, upper) else edges:
            figure.add_scatter(
                x=dmu_eV, y=edge, name=plain(name), legendgroup=str(n), line_color=colour,
                fill=fill, mode="lines", hovertemplate="%{y:+.3f}",
            )  # fmt: skip
        entries.append(Entry(name, colour))
        ends = [_between(lower[i], upper[i]) for i in (0, -1)]
        words.append(f"{name} goes from {ends[0]} ({element}-poor) to {ends[1]} ({element}-rich)")
    span = f"{dmu_eV[0]:.2f} to {dmu_eV[-1]:.2f} eV"
    heading = f"{title} over Δμ of {element} ({level_words(study)})"
    about = f"Where {study.label_of(found.entry.host)} is stable, {span}: {'; '.join(words)}."
    return PageFigure(heading, about, figure, tuple(entries))


def _between(low: float, high: float) -> str:
    texts = [number(float(value), 3, sign=True) for value in (low, high)]
    return texts[0] if texts[0] == texts[1] else " to ".join(texts)
