"""Free energies of species and reactions at the conditions of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from ase import Atoms

from analysis.energies.rows import reaction_row
from analysis.errors import DamagedResultError
from analysis.species_name import head_of
from analysis.vibrations.measured import STANDARD_K, measured_entropy_J_per_mol_K
from analysis.vibrations.thermochemistry import (
    TREATMENTS,
    HinderedSettings,
    Thermal,
    hindered,
    hindered_motions,
    ideal_gas,
    pressure_of_bar,
    vibrational,
)
from slabs.composition import whole_molecules
from slabs.structure import SURFACE_GROUP
from workflows.findings.findings import Findings
from workflows.findings.words import status_words
from workflows.recipes.free_energies.planning import PlannedReaction
from workflows.recipes.vibrations.planning import VibrationKeys
from workflows.recipes.vibrations.rows import Known, known_vibrations, vibrations_row


@dataclass(frozen=True)
class SpeciesThermal:
    """Thermal part of the free energy of one species at one temperature.

    Parameters
    ----------
    species
        Its name.
    temperature_K
        Temperature.
    condition
        Pressure or concentration in words, of a molecule; what vibrates, of a slab.
    zero_point_eV, heat_eV, entropy_J_per_mol_K, correction_eV
        Zero-point energy, H(T) - H(0), entropy, and their sum: what is added to the electronic
        energy. None while they are not known.
    low_modes_eV
        Part of the correction that comes from modes below 100 cm^-1.
    low_share
        Their share in the entropy.
    measured_entropy_J_per_mol_K, source
        Standard entropy of a gas, at 298.15 K and 1 bar alone.
    status
        ``"done"``, or what is missing.
    """

    species: str
    temperature_K: float
    condition: str
    zero_point_eV: float | None
    heat_eV: float | None
    entropy_J_per_mol_K: float | None
    correction_eV: float | None
    low_modes_eV: float | None
    low_share: float | None
    measured_entropy_J_per_mol_K: float | None
    source: str | None
    status: str


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


def thermal_of(
    found: Findings,
    species: str,
    keys: VibrationKeys | None,
    temperature_K: float,
    treatment: str | None = None,
) -> Thermal | None:
    """Thermal part of one species; None while its modes are not known.

    Parameters
    ----------
    found
        What is known.
    species, keys
        The species and its tasks.
    temperature_K
        Temperature.
    treatment
        Of low modes; None for that of the study.

    Raises
    ------
    DamagedResultError
        If the file of the modes cannot be read.
    """
    if keys is None:
        return Thermal(0.0, 0.0, 0.0, temperature_K)
    known = known_vibrations(found, species, keys.modes)
    if known is None:
        return None
    conditions = found.study.conditions
    way = treatment or conditions.low_modes
    limit = conditions.raise_to_per_cm
    settings = conditions.hindered.get(species)
    if settings is not None and way != "free-rotor":
        return _hindered(found, species, known, temperature_K, way)
    modes = vibrational(known.vibrations.modes.energies_eV, temperature_K, way, limit)
    if known.rotor is None:
        return modes
    pressure = pressure_bar(found, species, temperature_K)
    atoms = known.vibrations.atoms
    return modes.plus(ideal_gas(atoms, known.rotor, known.unpaired, temperature_K, pressure))


def _hindered(
    found: Findings, species: str, known: Known, temperature_K: float, treatment: str
) -> Thermal:
    """A slab whose ligand is a hindered translator and rotor."""
    conditions = found.study.conditions
    given = conditions.hindered[species]
    structure = found.plan.species[species][0].structure
    vibrations = known.vibrations
    own = np.flatnonzero(np.array(structure.groups) != SURFACE_GROUP)
    part: Atoms = whole_molecules(vibrations.atoms[own])
    motions = np.zeros((len(vibrations.moved), 3, 3))
    places = [vibrations.moved.index(int(n)) for n in own]
    motions[places] = hindered_motions(part).reshape(len(own), 3, 3)
    rest = vibrations.without(motions.reshape(-1, 3)).energies_eV
    settings = HinderedSettings(
        given.translation_barrier_eV,
        given.rotation_barrier_eV,
        given.rotation_minima,
        structure.area_nm2 * 100.0 / given.sites,
    )
    modes = vibrational(rest, temperature_K, treatment, conditions.raise_to_per_cm)
    return modes.plus(hindered(part, settings, temperature_K))


def pressure_bar(found: Findings, species: str, temperature_K: float) -> float:
    """Pressure of a molecule as an ideal gas."""
    conditions = found.study.conditions
    if species in conditions.concentrations_M:
        return pressure_of_bar(conditions.concentrations_M[species], temperature_K)
    return conditions.pressures_bar.get(species, 1.0)


def condition_words(found: Findings, species: str) -> str:
    """Pressure or concentration of a molecule; nothing for a slab."""
    conditions = found.study.conditions
    if found.plan.species[species][0].kind != "molecule":
        return ""
    if species in conditions.concentrations_M:
        return f"{species} {conditions.concentrations_M[species]:g} M, ideal"
    return f"{species} {conditions.pressures_bar.get(species, 1.0):g} bar"


def species_thermals(found: Findings, planned: Sequence[PlannedReaction]) -> list[SpeciesThermal]:
    """All species of all reactions at all temperatures; the same atoms in each reaction once."""
    seen: dict[tuple[str, VibrationKeys | None], None] = {}
    for each in planned:
        for name in each.reaction.species:
            seen[name, each.keys[name]] = None
    return [
        _species_thermal(found, name, keys, temperature_K)
        for name, keys in seen
        for temperature_K in found.study.conditions.temperatures_K
    ]


def _species_thermal(
    found: Findings, name: str, keys: VibrationKeys | None, temperature_K: float
) -> SpeciesThermal:
    status = _status(found, name, keys)
    thermal = thermal_of(found, name, keys, temperature_K) if status == "done" else None
    atoms = found.plan.species[name][0].structure.atoms
    gas = found.plan.species[name][0].kind == "molecule"
    standard = abs(temperature_K - STANDARD_K) < 0.01
    listed = measured_entropy_J_per_mol_K(atoms) if gas and standard else None
    if listed is not None and pressure_bar(found, name, temperature_K) != 1.0:
        listed = None
    return SpeciesThermal(
        name,
        temperature_K,
        condition_words(found, name) or _vibrating(found, name, keys),
        thermal.zero_point_eV if thermal else None,
        thermal.heat_eV if thermal else None,
        thermal.entropy_J_per_mol_K if thermal else None,
        thermal.correction_eV if thermal else None,
        thermal.low_modes_eV if thermal else None,
        thermal.low_share if thermal else None,
        listed[0] if listed else None,
        listed[1] if listed else None,
        status,
    )


def _vibrating(found: Findings, name: str, keys: VibrationKeys | None) -> str:
    """How many atoms of a slab vibrate."""
    if keys is None:
        return "no atom vibrates"
    lists = found.plan.tasks[keys.modes].spec["moved"]
    kind = "; ligand hindered" if name in found.study.conditions.hindered else ""
    return f"{len(lists[0])} atoms vibrate{kind}"


def _status(found: Findings, name: str, keys: VibrationKeys | None) -> str:
    """``"done"``, or the state of the vibrations with the reason."""
    if keys is None:
        return "done"
    state = found.states[keys.modes]
    try:
        known_vibrations(found, name, keys.modes)
    except DamagedResultError as error:
        return f"failed: {error}"
    return status_words(state.state, state.why)


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
    states = {n: _status(found, n, keys) for n, keys in planned.keys.items()}
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
    return replace(
        row,
        zero_point_change_eV=change.zero_point_eV,
        heat_change_eV=change.heat_eV,
        entropy_change_J_per_mol_K=change.entropy_J_per_mol_K,
        free_energy_eV=energy_eV + change.correction_eV,
        by_treatment_eV={
            way: energy_eV + reaction_thermal(found, planned, temperature_K, way).correction_eV
            for way in TREATMENTS
        },
        low_modes_eV=change.low_modes_eV,
        remarks=(*electronic.flags, *_remarks(found, planned)),
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
