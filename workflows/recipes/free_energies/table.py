"""Tables of free energies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.tables import MISSING, Shown, Table, number
from analysis.vibrations.modes import LOW_PER_CM
from analysis.vibrations.thermochemistry import TREATMENTS
from workflows.findings.findings import Findings
from workflows.findings.words import flag_sentences, level_words
from workflows.recipes.vibrations.planning import level_of, vibration_level_words

if TYPE_CHECKING:
    from workflows.recipes.free_energies.rows import FreeEnergyRow
    from workflows.recipes.free_energies.thermal import SpeciesThermal

IDEAL = (
    "Concentrations are those of an ideal gas of as many molecules per litre: free energies of"
    " solvation are not included."
)


def free_energy_table(found: Findings, rows: Sequence[FreeEnergyRow]) -> Table:
    """One reaction at one temperature per row."""
    lines = [
        (
            row.reaction,
            number(row.temperature_K, 2),
            row.conditions,
            number(row.reaction_energy_eV, 3, sign=True),
            number(row.zero_point_change_eV, 3, sign=True),
            number(row.heat_change_eV, 3, sign=True),
            number(_entropy_term_eV(row), 3, sign=True),
            number(row.free_energy_eV, 3, sign=True),
            number(row.low_modes_eV, 3, sign=True),
            *(number(row.by_treatment_eV.get(way), 3, sign=True) for way in TREATMENTS),
            row.equation,
            level_words(found.study),
            row.status,
        )
        for row in rows
    ]
    columns = (
        "Reaction", "Temperature / K", "Conditions", "dE / eV", "dZPE / eV", "dH(T) - dH(0) / eV",
        "-T dS / eV", "dG / eV", "dG of low modes / eV",
        *(f"dG, {way} / eV" for way in TREATMENTS), "Equation", "Level", "Status",
    )  # fmt: skip
    below = (
        "Conditions",
        *(f"dG, {way} / eV" for way in TREATMENTS),
        "Equation",
        "Level",
        "Status",
    )
    detail = ("dH(T) - dH(0) / eV", *(f"dG, {way} / eV" for way in TREATMENTS), "Equation")
    return Table(
        "Free energies of reactions",
        columns,
        tuple(lines),
        _foot(found),
        below,
        detail=detail,
        warnings=flag_sentences(
            f"{row.reaction}: {words}" for row in rows for words in row.remarks
        ),
        key="free_energies",
    )


def _entropy_term_eV(row: FreeEnergyRow) -> float | None:
    """-T dS in eV."""
    if row.free_energy_eV is None or row.reaction_energy_eV is None:
        return None
    assert row.zero_point_change_eV is not None
    assert row.heat_change_eV is not None
    rest = row.reaction_energy_eV + row.zero_point_change_eV + row.heat_change_eV
    return row.free_energy_eV - rest


def _foot(found: Findings) -> tuple[str, ...]:
    conditions = found.study.conditions
    way = conditions.low_modes
    limit = f" to {conditions.raise_to_per_cm:g} cm^-1" if way == "raised" else ""
    levels = {level_of(found.study, each).name for each in found.study.free_energies}
    geometry = f" Vibrations at the level {' or '.join(sorted(levels))}."
    return (
        "dG = G(products) - G(reactants) = dE + dZPE + (dH(T) - dH(0)) - T dS, with the electronic"
        " dE of the table of energies; binding if negative. Molecules are ideal gases, slabs"
        f" harmonic.{geometry}",
        f"Low modes, {way}{limit}: {TREATMENTS[way]}. The other columns of dG show what this"
        f" choice changes. dG of low modes: what the modes below {LOW_PER_CM:g} cm^-1, the least"
        " certain ones, add to it.",
        *([IDEAL] if conditions.concentrations_M else []),
    )


def thermal_table(found: Findings, rows: Sequence[SpeciesThermal]) -> Table:
    """One species at one temperature per row."""
    lines = [
        (
            row.species,
            number(row.temperature_K, 2),
            row.condition,
            number(row.zero_point_eV, 3),
            number(row.heat_eV, 3),
            number(row.entropy_J_per_mol_K, 1),
            number(row.measured_entropy_J_per_mol_K, 1),
            number(row.correction_eV, 3, sign=True),
            MISSING if row.low_share is None else Shown(
                f"{100 * row.low_share:.0f}", 100 * row.low_share
            ),
            vibration_level_words(found.study, found.study.free_energies),
            row.status,
        )
        for row in rows
    ]  # fmt: skip
    columns = (
        "Species", "Temperature / K", "Conditions", "ZPE / eV", "H(T) - H(0) / eV",
        "Entropy / J/(mol K)", "Measured / J/(mol K)", "G - E / eV", "Low modes / %",
        "Level", "Status",
    )  # fmt: skip
    sources = dict.fromkeys(f"{row.species}: {row.source}" for row in rows if row.source)
    foot = (
        "G - E = ZPE + (H(T) - H(0)) - T S. Of slabs only the atoms that vibrate count. Low modes:"
        f" share of the modes below {LOW_PER_CM:g} cm^-1 in the entropy S.",
        *(["Measured: standard entropies; " + "; ".join(sources) + "."] if sources else []),
    )
    return Table(
        "Thermal parts of free energies", columns, tuple(lines), foot,
        below=("Level", "Status"), key="free_energies_species",
    )  # fmt: skip
