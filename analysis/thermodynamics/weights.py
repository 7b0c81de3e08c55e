"""Energies over chemical potentials as weighted sums of total energies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from analysis.thermodynamics.chemical_potentials import Stability
from analysis.thermodynamics.competing_phases import CompetingPhase
from analysis.thermodynamics.linear_energies import Linear


class StabilityWeights:
    """Factor of the total energy of every phase in energies that a stability gives.

    The sum of the factors times the total energies is the energy itself. An error of the total
    energies, given as a number for each of them, goes through the same sum; phases in
    equilibrium are taken to stay the same.

    Parameters
    ----------
    phases
        The host and the competing phases.
    stability
        Of the host among them.
    """

    def __init__(self, phases: Sequence[CompetingPhase], stability: Stability) -> None:
        self.phases = {phase.name: phase for phase in phases}
        self.stability = stability

    def reference(self, element: str) -> dict[str, float]:
        """Of the energy of one atom in the elemental phase."""
        name = self.stability.references[element]
        return {name: 1.0 / self.phases[name].elements[element]}

    def formation(self, name: str) -> dict[str, float]:
        """Of the formation energy per formula unit of a phase."""
        phase = self.phases[name]
        units = sum(phase.elements.values()) / sum(phase.formula_unit.values())
        elements = [(-n / units, self.reference(e)) for e, n in phase.elements.items()]
        return weighted_sum([(1.0 / units, {name: 1.0}), *elements])

    def decomposition(self) -> dict[str, float]:
        """Of E(host) - E(hull of the competing phases), per formula unit."""
        parts = self.stability.decomposition_amounts.items()
        own = self.formation(self.stability.host)
        return weighted_sum([(1.0, own), *((-n, self.formation(name)) for name, n in parts)])

    def potential(self, element: str, corner: int) -> dict[str, float]:
        """Of the relative chemical potential dmu of an element at a corner.

        The host and its neighbours there fix all dmu: for each of them the sum over its atoms
        is its formation energy.
        """
        elements = self.stability.elements
        names = [self.stability.host, *self.stability.neighbours[corner]]
        units = [self.phases[name].formula_unit for name in names]
        atoms = np.array([[unit.get(e, 0) for e in elements] for unit in units], dtype=float)
        # More phases than elements say the same several times; each then has a share.
        shares = np.linalg.pinv(atoms)[elements.index(element)]
        return weighted_sum(
            (x, self.formation(name)) for x, name in zip(shares, names, strict=True)
        )

    def at_corner(self, energy: Linear, own: Mapping[str, float], corner: int) -> dict[str, float]:
        """Of an energy at a corner that is linear in the chemical potentials.

        Parameters
        ----------
        energy
            Of a defect or surface; its constant contains the energies of the elemental phases
            with the same coefficients as it has for dmu.
        own
            Factors of the total energies besides those of the phases, such as that of the slab.
        corner
            Number of the corner.
        """
        terms: list[tuple[float, Mapping[str, float]]] = [(1.0, own)]
        for element, factor in energy.coefficients.items():
            terms.append((factor, self.reference(element)))
            terms.append((factor, self.potential(element, corner)))
        return weighted_sum(terms)


def weighted_sum(terms: Iterable[tuple[float, Mapping[str, float]]]) -> dict[str, float]:
    """Sum of factors, each times a number."""
    total: dict[str, float] = {}
    for number, weights in terms:
        for name, weight in weights.items():
            total[name] = total.get(name, 0.0) + float(number * weight)
    return total
