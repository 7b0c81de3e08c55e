"""Thermal parts of the free energies of species."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms

from analysis.errors import DamagedResultError
from analysis.vibrations.measured import STANDARD_K, measured_entropy_J_per_mol_K
from analysis.vibrations.thermochemistry import (
    HinderedSettings,
    Thermal,
    hindered,
    hindered_motions,
    ideal_gas,
    pressure_of_bar,
    vibrational,
)
from slabs.molecular_units import whole_molecules
from slabs.structure import SURFACE_GROUP
from workflows.findings.findings import Findings
from workflows.findings.words import status_words
from workflows.recipes.free_energies.planning import PlannedReaction
from workflows.recipes.vibrations.planning import VibrationKeys
from workflows.recipes.vibrations.rows import Known, known_vibrations


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
    status = vibrations_status(found, name, keys)
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
    count = len(lists[0])
    return f"{count} atom{'s vibrate' if count > 1 else ' vibrates'}{kind}"


def vibrations_status(found: Findings, name: str, keys: VibrationKeys | None) -> str:
    """``"done"``, or the state of the vibrations with the reason."""
    if keys is None:
        return "done"
    state = found.states[keys.modes]
    try:
        known_vibrations(found, name, keys.modes)
    except DamagedResultError as error:
        return f"failed: {error}"
    return status_words(state.state, state.why)
