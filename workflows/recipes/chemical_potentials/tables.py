"""Tables of phases, chemical potentials, vacancies and surfaces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.tables import MISSING, Shown, Table, number
from workflows.findings.words import flag_sentences, level_words
from workflows.recipes.chemical_potentials.rows import OverPotentialRow, PhaseRow
from workflows.recipes.chemical_potentials.thermodynamics import Thermodynamics
from workflows.study.model import Study


def phase_table(study: Study, found: Thermodynamics | None, rows: Sequence[PhaseRow]) -> Table:
    """Formation energies of the phases, and whether the host is stable among them."""
    lines = [
        (
            row.phase,
            row.formula,
            number(row.formation_energy_eV, 3, sign=True),
            number(row.published_formation_energy_eV, 3, sign=True),
            number(row.above_hull_eV, 3, sign=True),
            level_words(study),
            row.status,
        )
        for row in rows
    ]
    columns = (
        "Phase", "Formula", "E_f / eV", "Published / eV", "Above hull / eV", "Level", "Status",
    )  # fmt: skip
    foot = ["Energies per formula unit, from the elemental phases with the lowest energy per atom."]
    if found is not None and found.stability is not None:
        stable = found.stability
        sign = "gains" if stable.decomposition_energy_eV > 0 else "costs"
        foot.append(
            f"{stable.host} -> {stable.decomposition} {sign}"
            f" {abs(stable.decomposition_energy_eV):.3f} eV per formula unit."
        )
        foot += [f"{note}." for note in stable.notes]
    foot += [
        f"{row.phase}: published value from {row.published_source}."
        for row in rows
        if row.published_source
    ]
    below = ("Level", "Status")
    return Table("Phases", columns, tuple(lines), tuple(foot), below=below)


def corner_table(study: Study, found: Thermodynamics | None) -> Table:
    """Corners of the region in which the host is stable."""
    columns: tuple[str, ...] = ("Corner", "In equilibrium with", "Level")
    if found is None or not found.stable:
        return Table("Chemical potentials", columns, ())
    assert found.stability is not None
    stable = found.stability
    order = np.argsort(stable.potentials_eV(found.entry.element), kind="stable")
    rows = [
        (
            f"{place + 1}",
            ", ".join(stable.neighbours[corner]),
            *(number(float(x), 3, sign=True) for x in stable.corners_eV[corner]),
            level_words(study),
        )
        for place, corner in enumerate(order)
    ]
    columns = ("Corner", "In equilibrium with", *(f"dmu {e} / eV" for e in stable.elements))
    references = ", ".join(f"{e}: {name}" for e, name in stable.references.items())
    foot = (
        f"Chemical potentials at which {stable.host} is stable against all other phases; dmu = 0"
        f" in equilibrium with the elemental phase ({references}).",
    )
    title = "Chemical potentials"
    return Table(title, (*columns, "Level"), tuple(rows), foot, below=("Level",))


def _range(values: Sequence[float] | None, digits: int) -> str:
    if values is None:
        return MISSING
    low, high = (number(value, digits, sign=True) for value in values)
    return low if low == high else Shown(f"{low} to {high}", *values)


def formation_table(study: Study, rows: Sequence[OverPotentialRow]) -> Table:
    """Formation energies of vacancies at both ends of the chemical potential."""
    foot = "E_f = E(with) - E(without) + sum of n (reference + dmu) over the n atoms removed, per"
    return _ends_table(study, "Vacancies", rows, ("E_f", "eV"), f"{foot} vacancy.")


def surface_table(study: Study, rows: Sequence[OverPotentialRow]) -> Table:
    """Surface energies at both ends of the chemical potential."""
    foot = "gamma = (E - sum of N mu) / 2A, the mean of the two faces of the slab"
    frozen = [n for row in rows if study.surfaces[n := row.species].frozen_layers]
    if any(study.surfaces[name].sides == "one" for name in frozen):
        foot += "; where lower layers are kept fixed, one of them is not relaxed"
    return _ends_table(study, "Surfaces", rows, ("gamma", "J m^-2"), f"{foot}.")


def _ends_table(
    study: Study, title: str, rows: Sequence[OverPotentialRow], quantity: tuple[str, str], foot: str
) -> Table:
    symbol, unit = quantity
    element = rows[0].element if rows else "X"
    columns = (
        "Species", f"{symbol}, {element}-poor / {unit}", f"{symbol}, {element}-rich / {unit}",
        "Level", "Status",
    )  # fmt: skip
    lines = [
        (
            row.species,
            _range(row.poor, 3),
            _range(row.rich, 3),
            level_words(study),
            row.status,
        )
        for row in rows
    ]
    notes = (
        foot,
        f"{element}-poor and {element}-rich: the lowest and the highest chemical potential of"
        f" {element} at which the host is stable.",
        *flag_sentences(words for row in rows for words in (*row.remarks, *row.flags)),
    )
    return Table(title, columns, tuple(lines), notes, below=("Level", "Status"))
