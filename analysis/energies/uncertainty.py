"""Uncertainty of an energy that is a weighted sum of total energies."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.results import Result

#: Smaller uncertainties are not written as zero.
SMALLEST_SHOWN_EV = 0.01

#: Sources of error; one of convergence also names its parameters, as 'convergence with layers'.
FUNCTIONAL, DISPERSION, BASINS, CONVERGENCE = "functional", "dispersion", "basins", "convergence"
#: Factor of the total energy of each species in an energy.
Weights = Mapping[str, float]
#: Smaller factors are the rounding of factors that cancel.
SMALLEST_WEIGHT = 1e-9
#: The method of a level without dispersion correction, which is no model of dispersion.
NO_DISPERSION = "none"


@dataclass(frozen=True)
class Uncertainty:
    """What is known about the error of an energy, in the unit of that energy.

    Parameters
    ----------
    total
        All parts in quadrature; None if no part is known. Zero only for an energy that is zero by
        definition, which has no parts and lacks nothing, or if all known parts are zero.
    parts
        Estimated size of each independent error, never negative.
    lacks
        Sources of error of which nothing is known.
    """

    total: float | None = None
    parts: Mapping[str, float] = field(default_factory=dict)
    lacks: tuple[str, ...] = ()

    @property
    def by_definition(self) -> bool:
        """Whether the energy is exact, such as the formation energy of an element."""
        return self.total == 0.0 and not self.parts and not self.lacks


#: Of an energy that is not known itself.
NOTHING_KNOWN = Uncertainty()
#: Of an energy that is zero by definition.
EXACT = Uncertainty(0.0)


def combined(parts: Mapping[str, float], lacks: Sequence[str]) -> Uncertainty:
    """Independent errors in quadrature: the root of the sum of their squares.

    Examples
    --------
    >>> combined({"functional": 0.3, "dispersion": -0.4}, ["convergence"]).total
    0.5
    """
    sizes = {name: abs(float(part)) for name, part in parts.items()}
    total = float(np.hypot.reduce(list(sizes.values()))) if sizes else None
    return Uncertainty(total, sizes, tuple(lacks))


def largest(uncertainties: Collection[Uncertainty]) -> Uncertainty:
    """The one with the largest total; one without a total counts as unknown, and is larger."""
    return max(uncertainties, key=lambda u: np.inf if u.total is None else u.total)


def significant(weights: Weights) -> dict[str, float]:
    """The factors that are not zero."""
    return {name: float(w) for name, w in weights.items() if abs(w) > SMALLEST_WEIGHT}


def ensemble_deviation_eV(weights: Weights, results: Mapping[str, Result]) -> float | None:
    """Standard deviation of an energy over the ensemble of the functional, in eV.

    Every member of the ensemble is one functional, so that the sum is taken with each member
    before their deviation: errors that species share cancel (Wellendorff et al., Phys. Rev. B
    85, 235149 (2012)).

    Parameters
    ----------
    weights
        Factor of the total energy of each species.
    results
        Result of each of them.

    Returns
    -------
    float or None
        None if a species has no ensemble, or another number of members.
    """
    members = [results[name].values.get("ensemble_eV") or [] for name in weights]
    if not members or len({len(each) for each in members}) > 1 or not members[0]:
        return None
    return float((np.array(list(weights.values())) @ np.array(members)).std())


def dispersion_changes_eV(weights: Weights, results: Mapping[str, Result]) -> dict[str, float]:
    """Change of an energy if another dispersion correction replaces that of the level, in eV.

    All at the same geometries.

    Parameters
    ----------
    weights
        Factor of the total energy of each species.
    results
        Result of each of them.

    Returns
    -------
    dict
        By method; empty if it is not known for every species. Zero for the method of the level.
    """
    changes: dict[str, float] = {}
    known = [results[name].values.get("dispersion_sensitivity_eV") or {} for name in weights]
    methods = [name for name in (known[0] if known else ()) if all(name in each for each in known)]
    for (name, weight), energies in zip(weights.items(), known, strict=True):
        for method in methods:
            own = energies[results[name].values["level"]["dispersion"]]
            changes[method] = changes.get(method, 0.0) + weight * (energies[method] - own)
    return changes


def dispersion_spread_eV(changes_eV: Mapping[str, float]) -> float | None:
    """Largest change of an energy with another model of dispersion, in eV; None without any.

    Leaving dispersion out is no model of it and does not count.

    Examples
    --------
    >>> dispersion_spread_eV({"none": 0.3, "D3(BJ)": 0.0, "D4": -0.02})
    0.02
    """
    models = [abs(change) for name, change in changes_eV.items() if name != NO_DISPERSION]
    return max(models, default=None)


def deviation_words(uncertainty_eV: float) -> str:
    """An uncertainty behind a value with two decimals; one that is smaller is not zero."""
    if 0.0 < uncertainty_eV < SMALLEST_SHOWN_EV:
        return f"\N{PLUS-MINUS SIGN} <{SMALLEST_SHOWN_EV:g}"
    return f"\N{PLUS-MINUS SIGN} {uncertainty_eV:.2f}"
