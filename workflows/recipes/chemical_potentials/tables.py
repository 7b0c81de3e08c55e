"""Tables of phases, chemical potentials, vacancies and surfaces."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.energies.uncertainty import Uncertainty
from analysis.tables import MISSING, Shown, Table, number
from analysis.thermodynamics.chemical_potentials import Stability
from workflows.findings.uncertainty_words import (
    ABOUT,
    uncertainty_cell,
    uncertainty_notes,
    uncertainty_words,
)
from workflows.findings.words import flag_sentences, level_words
from workflows.recipes.chemical_potentials.rows import (
    ChemicalPotentialsRow,
    CornerRow,
    OverPotentialRow,
)
from workflows.recipes.chemical_potentials.thermodynamics import Thermodynamics
from workflows.study.model import Study

#: Titles of tables.
PHASES, VACANCIES, SURFACES = "Phases", "Vacancies", "Surfaces"


def phase_table(
    study: Study, found: Thermodynamics | None, row: ChemicalPotentialsRow | None
) -> Table:
    """Formation energies of the phases, and whether the host is stable among them."""
    phases = row.phases if row else ()
    lines = [
        (
            each.phase,
            each.formula,
            number(each.formation_energy_eV, 3, sign=True),
            uncertainty_cell(each.uncertainty),
            number(each.published_formation_energy_eV, 3, sign=True),
            number(each.above_hull_eV, 3, sign=True),
            uncertainty_words(each.uncertainty),
            level_words(study),
            each.status,
        )
        for each in phases
    ]
    columns = (
        "Phase", "Formula", "E_f / eV", "Uncertainty / eV", "Published / eV", "Above hull / eV",
        ABOUT, "Level", "Status",
    )  # fmt: skip
    foot = ["Energies per formula unit, from the elemental phases with the lowest energy per atom."]
    doubts: tuple[str, ...] = ()
    if row is not None and found is not None and found.stability is not None:
        words = f"{decomposition_words(found.stability, row.decomposition_uncertainty)}."
        if found.stability.decomposition_energy_eV > 0:
            doubts = (words,)
        else:
            foot.append(words)
        foot += [f"{note}." for note in found.stability.notes]
    foot += uncertainty_notes([(each.phase, each.uncertainty) for each in phases])
    foot += [
        f"{each.phase}: published value from {each.published_source}."
        for each in phases
        if each.published_source
    ]
    below = (ABOUT, "Level", "Status")
    return Table(PHASES, columns, tuple(lines), tuple(foot), below, (ABOUT,), warnings=doubts)


def decomposition_words(stable: Stability, uncertainty: Uncertainty) -> str:
    """What the decomposition of the host costs or gains, with its uncertainty."""
    sign = "gains" if stable.decomposition_energy_eV > 0 else "costs"
    words = uncertainty_words(uncertainty)
    doubt = f" (uncertainty {words})"
    if uncertainty.total is not None:
        doubt = f", with an uncertainty of {uncertainty_cell(uncertainty)} eV ({words})"
    return (
        f"{stable.host} -> {stable.decomposition} {sign}"
        f" {abs(stable.decomposition_energy_eV):.3f} eV per formula unit{doubt}"
    )


def corner_table(study: Study, found: Thermodynamics | None, rows: Sequence[CornerRow]) -> Table:
    """Corners of the region in which the host is stable, sorted by the dmu of the element."""
    columns: tuple[str, ...] = ("Corner", "In equilibrium with", "Level")
    if found is None or not found.stable:
        return Table("Chemical potentials", columns, ())
    assert found.stability is not None
    stable, element = found.stability, found.entry.element
    ordered = sorted(rows, key=lambda row: row.dmu_eV[element])
    lines = [
        (
            f"{place + 1}",
            ", ".join(row.phases),
            *(number(row.dmu_eV[e], 3, sign=True) for e in stable.elements),
            uncertainty_cell(row.uncertainty_of_dmu[element]),
            uncertainty_words(row.uncertainty_of_dmu[element]),
            level_words(study),
        )
        for place, row in enumerate(ordered)
    ]
    columns = (
        "Corner", "In equilibrium with", *(f"dmu {e} / eV" for e in stable.elements),
        f"Uncertainty, {element} / eV", ABOUT, "Level",
    )  # fmt: skip
    references = ", ".join(f"{e}: {name}" for e, name in stable.references.items())
    foot = (
        f"Chemical potentials at which {stable.host} is stable against all other phases; dmu = 0"
        f" in equilibrium with the elemental phase ({references}).",
        *uncertainty_notes(
            [
                (f"corner {place + 1}", row.uncertainty_of_dmu[element])
                for place, row in enumerate(ordered)
            ]
        ),
    )
    return Table("Chemical potentials", columns, tuple(lines), foot, (ABOUT, "Level"), (ABOUT,))


def _range(values: Sequence[float] | None, digits: int) -> str:
    if values is None:
        return MISSING
    low, high = (number(value, digits, sign=True) for value in values)
    return low if low == high else Shown(f"{low} to {high}", *values)


def formation_table(study: Study, rows: Sequence[OverPotentialRow]) -> Table:
    """Formation energies of vacancies at both ends of the chemical potential."""
    foot = "E_f = E(with) - E(without) + sum of n (reference + dmu) over the n atoms removed, per"
    return _ends_table(study, VACANCIES, rows, ("E_f", "eV"), f"{foot} vacancy.")


def surface_table(study: Study, rows: Sequence[OverPotentialRow]) -> Table:
    """Surface energies at both ends of the chemical potential."""
    foot = "gamma = (E - sum of N mu) / (2 area), the mean of the two faces of the slab"
    frozen = [n for row in rows if study.surfaces[n := row.species].frozen_layers]
    if any(study.surfaces[name].sides == "one" for name in frozen):
        foot += "; where lower layers are kept fixed, one of them is not relaxed"
    return _ends_table(study, SURFACES, rows, ("gamma", "J m^-2"), f"{foot}.")


def _ends_table(
    study: Study, title: str, rows: Sequence[OverPotentialRow], quantity: tuple[str, str], foot: str
) -> Table:
    symbol, unit = quantity
    element = rows[0].element if rows else "X"
    columns = (
        "Species",
        f"{symbol}, {element}-poor / {unit}", f"Uncertainty, {element}-poor / {unit}",
        f"{symbol}, {element}-rich / {unit}", f"Uncertainty, {element}-rich / {unit}",
        f"{ABOUT}, {element}-poor", f"{ABOUT}, {element}-rich", "Level", "Status",
    )  # fmt: skip
    lines = [
        (
            row.species,
            _range(row.poor, 3),
            uncertainty_cell(row.poor_uncertainty),
            _range(row.rich, 3),
            uncertainty_cell(row.rich_uncertainty),
            uncertainty_words(row.poor_uncertainty),
            uncertainty_words(row.rich_uncertainty),
            level_words(study),
            row.status,
        )
        for row in rows
    ]
    notes = (
        foot,
        f"{element}-poor and {element}-rich: the lowest and the highest chemical potential of"
        f" {element} at which the host is stable.",
        *uncertainty_notes(
            [
                (f"{row.species} ({row.element}-{end})", each)
                for row in rows
                for end, each in (("poor", row.poor_uncertainty), ("rich", row.rich_uncertainty))
            ]
        ),
    )
    flags = flag_sentences(words for row in rows for words in (*row.remarks, *row.flags))
    below, about = columns[5:], columns[5:7]
    return Table(title, columns, tuple(lines), notes, below, about, warnings=flags)
