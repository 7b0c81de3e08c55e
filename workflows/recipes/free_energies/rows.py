"""Free energies of reactions at the conditions of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.energies.rows import reaction_row
from analysis.species_name import head_of
from analysis.vibrations.thermochemistry import (
    TREATMENTS,
    Thermal,
)
from workflows.findings.findings import Findings
from workflows.recipes.free_energies.planning import PlannedReaction
from workflows.recipes.free_energies.thermal import (
    condition_words,
    thermal_of,
    vibrations_status,
)
from workflows.recipes.vibrations.rows import vibrations_row

#: Free energies with different treatments of low modes that differ by more are flagged.
LARGEST_SPREAD_EV = 0.1


@dataclass(frozen=True)
class FreeEnergyRow:
    """Free energy of one reaction at one temperature: products minus reactants, in eV.

    Parameters
    ----------
    reaction, equation
        Its name and equation.
    temperature_K
        Temperature.
    conditions
        Pressures and concentrations in words.
    reaction_energy_eV
        Electronic dE, as in the table of reactions.
    zero_point_change_eV, heat_change_eV, entropy_change_J_per_mol_K
        Changes of the parts.
    free_energy_eV
        dG, or None while something is missing.
    by_treatment_eV
        dG with each treatment of low modes.
    low_modes_eV
        Part of dG that comes from modes below 100 cm^-1, with the treatment of the study.
    remarks
        Sentences on what makes it doubtful.
    status
        ``"done"``, or what is missing and why.
    """

    reaction: str
    equation: str
    temperature_K: float
    conditions: str
    reaction_energy_eV: float | None
    zero_point_change_eV: float | None
    heat_change_eV: float | None
    entropy_change_J_per_mol_K: float | None
    free_energy_eV: float | None
    by_treatment_eV: Mapping[str, float]
    low_modes_eV: float | None
    remarks: tuple[str, ...]
    status: str


def free_energy_rows(found: Findings, planned: Sequence[PlannedReaction]) -> list[FreeEnergyRow]:
    """The reactions at all temperatures, in the order of the study."""
    return [
        _row(found, each, temperature_K)
        for each in planned
        for temperature_K in found.study.conditions.temperatures_K
    ]


def _row(found: Findings, planned: PlannedReaction, temperature_K: float) -> FreeEnergyRow:
    reaction = planned.reaction
    electronic = reaction_row(planned.name, reaction, found.species)
    states = {n: vibrations_status(found, n, keys) for n, keys in planned.keys.items()}
    words = [f"vibrations of {name} {state}" for name, state in states.items() if state != "done"]
    if electronic.status != "done":
        words.insert(0, electronic.status)
    stated = filter(None, (condition_words(found, name) for name in reaction.species))
    row = FreeEnergyRow(
        planned.name, reaction.equation, temperature_K, ", ".join(stated) or "-",
        electronic.reaction_energy_eV, None, None, None, None, {}, None, (),
        ", ".join(words) or "done",
    )  # fmt: skip
    if words or electronic.reaction_energy_eV is None:
        return row
    change = reaction_thermal(found, planned, temperature_K)
    energy_eV = electronic.reaction_energy_eV
    ways = {
        way: energy_eV + reaction_thermal(found, planned, temperature_K, way).correction_eV
        for way in TREATMENTS
    }
    return replace(
        row,
        zero_point_change_eV=change.zero_point_eV,
        heat_change_eV=change.heat_eV,
        entropy_change_J_per_mol_K=change.entropy_J_per_mol_K,
        free_energy_eV=energy_eV + change.correction_eV,
        by_treatment_eV=ways,
        low_modes_eV=change.low_modes_eV,
        remarks=(*electronic.flags, *_remarks(found, planned), *_spread(ways, temperature_K)),
    )


def reaction_thermal(
    found: Findings, planned: PlannedReaction, temperature_K: float, treatment: str | None = None
) -> Thermal:
    """Change of the thermal part by a reaction whose species are all known."""
    total = Thermal(0.0, 0.0, 0.0, temperature_K)
    for name, coefficient in planned.reaction.coefficients:
        part = thermal_of(found, name, planned.keys[name], temperature_K, treatment)
        assert part is not None
        total = total.plus(part.times(float(coefficient)))
    return total


def _spread(by_treatment_eV: Mapping[str, float], temperature_K: float) -> list[str]:
    """A sentence if the treatment of low modes decides on the free energy."""
    spread_eV = max(by_treatment_eV.values()) - min(by_treatment_eV.values())
    if spread_eV <= LARGEST_SPREAD_EV:
        return []
    return [
        f"at {temperature_K:g} K dG depends on the treatment of low modes by {spread_eV:.2f} eV"
    ]


def _remarks(found: Findings, planned: PlannedReaction) -> list[str]:
    """What makes the modes of the species doubtful."""
    words = []
    for name, keys in planned.keys.items():
        if keys is not None:
            row = vibrations_row(found, name, keys)
            words += [f"{name}: {remark}" for remark in row.remarks]
    heads = {head_of(name) for name in planned.reaction.species}
    bare = [name for name in heads if name in planned.keys and planned.keys[name] is None]
    words += [f"{name}: none of its atoms vibrates, only the ligands do" for name in bare]
    return words
