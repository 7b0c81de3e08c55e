"""Energies over chemical potentials for journals."""

from __future__ import annotations

from matplotlib.figure import Figure

from analysis.energies.figures import plot_over_chemical_potential
from analysis.style import set_caption
from analysis.thermodynamics.linear_energies import EV_PER_A2_IN_J_PER_M2
from workflows.findings.words import flag_sentences, level_sentences, level_words
from workflows.recipes.chemical_potentials.rows import ChemicalPotentialsRow
from workflows.recipes.chemical_potentials.thermodynamics import Thermodynamics
from workflows.study.model import Study

#: Titles of the figures, here and on the page.
VACANCIES, SURFACES = "Formation energies of vacancies", "Surface energies"
GAMMA = r"surface energy $\gamma$ / J m$^{-2}$"


def draw_over_chemical_potential(
    study: Study, found: Thermodynamics, row: ChemicalPotentialsRow, columns: str
) -> dict[str, Figure]:
    """Formation and surface energies over the chemical potential of one element.

    Parameters
    ----------
    study
        With the labels of species.
    found, row
        What the chemical potentials allow: a stable host; and the same in numbers.
    columns
        Width on the page of a journal.
    """
    stable, element = found.stability, found.entry.element
    assert stable is not None
    references = ", ".join(f"{e}: {study.label_of(n)}" for e, n in stable.references.items())
    about = (
        f"Where {study.label_of(found.entry.host)} is stable; dmu = 0 in equilibrium with the"
        f" elemental phase ({references})."
    )
    figures = {}
    for stem, title, energies, quantity, factor, rows in (
        ("vacancies-over-mu", VACANCIES, found.formation, "formation energy per vacancy / eV", 1.0,
         row.formation_eV),
        ("surfaces-over-mu", SURFACES, found.surfaces, GAMMA, EV_PER_A2_IN_J_PER_M2,
         row.surfaces_J_per_m2),
    ):  # fmt: skip
        if not energies:
            continue
        figures[stem] = plot_over_chemical_potential(
            {study.label_of(name): energy for name, energy in energies.items()},
            stable,
            element,
            f"{title} over \N{GREEK CAPITAL LETTER DELTA}\N{GREEK SMALL LETTER MU} of {element}"
            f" ({level_words(study)})",
            columns,
            quantity=quantity,
            factor=factor,
        )
        doubts = flag_sentences(words for each in rows for words in (*each.remarks, *each.flags))
        set_caption(figures[stem], about, *level_sentences(study), *doubts)
    return figures
