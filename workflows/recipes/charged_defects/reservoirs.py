"""Chemical potentials of the atoms that a defect gives away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis.thermodynamics.chemical_potentials import Stability
from analysis.thermodynamics.linear_energies import formation_energy
from workflows.findings.findings import Findings
from workflows.recipes.chemical_potentials import RECIPE as CHEMICAL_POTENTIALS
from workflows.study.charged_defects_table import ChargedDefectEntry


@dataclass(frozen=True)
class Removed:
    """What the atoms that leave are worth where they go.

    Parameters
    ----------
    energies_eV
        Sum of their chemical potentials, by the name of the condition.
    words
        What each condition is.
    missing
        Why there is none; empty if there is one.
    fingerprints
        Levels of theory behind them.
    """

    energies_eV: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    missing: str = ""
    fingerprints: frozenset[str] = frozenset()


def removed_atoms(
    found: Findings, entry: ChargedDefectEntry, removed: Mapping[str, int]
) -> Removed:
    """Chemical potentials from the study's phases, or from the reservoirs of the entry."""
    if found.study.chemical_potentials is not None:
        return _at_the_ends(found, removed)
    missing = [
        f"{name} {found.species[name].state}"
        for name in entry.reservoirs.values()
        if found.species[name].result is None
    ]
    if missing:
        return Removed(missing=", ".join(missing))
    total_eV, fingerprints = 0.0, set()
    for element, count in removed.items():
        result = found.species[entry.reservoirs[element]].result
        assert result is not None
        total_eV += count * result.energy_eV / len(result.atoms)
        fingerprints.add(result.fingerprint)
    name = ", ".join(f"{element} in {entry.reservoirs[element]}" for element in removed)
    words = f"in equilibrium with {', '.join(entry.reservoirs[e] for e in removed)} at 0 K"
    return Removed({name: total_eV}, {name: words}, "", frozenset(fingerprints))


def _at_the_ends(found: Findings, removed: Mapping[str, int]) -> Removed:
    """At the lowest and the highest chemical potential at which the host is stable."""
    known = CHEMICAL_POTENTIALS.thermodynamics(found)
    assert known is not None
    if known.stability is None:
        return Removed(missing=f"chemical potentials: {known.status}")
    if not known.stable:
        return Removed(missing=f"{known.entry.host} is not stable")
    ends = known.ends_eV(formation_energy(0.0, 0.0, removed, known.stability))
    energies: dict[str, float] = {}
    words: dict[str, str] = {}
    sides = (("poor", "lowest"), ("rich", "highest"))
    for (side, what), (low, high) in zip(sides, ends, strict=True):
        name = f"{known.entry.element}-{side}"
        about = (
            f"the {what} chemical potential of {known.entry.element} at which {known.entry.host} is"
            " stable"
        )
        if high - low < SAME_EV:
            energies[name], words[name] = low, about
            continue
        for extreme, value in (("least", low), ("most", high)):
            energies[f"{name}, {extreme}"] = value
            words[f"{name}, {extreme}"] = f"{about}, where the defect costs {extreme}"
    return Removed(energies, words, "", _fingerprints(found, known.stability))


#: Energies that differ by less are one.
SAME_EV = 1e-6


def _fingerprints(found: Findings, stability: Stability) -> frozenset[str]:
    """Levels of theory of the phases, which are one."""
    results = (found.species[name].result for name in stability.formation_energies_eV)
    return frozenset(result.fingerprint for result in results if result is not None)
