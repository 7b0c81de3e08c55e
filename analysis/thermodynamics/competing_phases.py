"""Calculated phases, their formation energies and their convex hull."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymatgen.core.composition import Composition

#: The formula unit of these elements has two atoms.
DIATOMIC = ("H", "N", "O", "F", "Cl", "Br", "I")
#: Decimals of chemical potentials in eV; corners on a common edge share their value.
DECIMALS = 9


class StabilityError(ValueError):
    """Phases or energies without a chemical potential; the message says why."""


@dataclass(frozen=True)
class CompetingPhase:
    """A calculated phase.

    Parameters
    ----------
    name
        Unlike that of every other phase; several may have one composition.
    elements
        Number of atoms of each element in the cell.
    energy_eV
        Total energy per cell in eV.
    """

    name: str
    elements: Mapping[str, int]
    energy_eV: float

    def __post_init__(self) -> None:
        if not self.elements or min(self.elements.values()) < 1:
            raise StabilityError(f"{self.name!r} needs at least one atom of each of its elements")
        if not isfinite(self.energy_eV):
            raise StabilityError(f"{self.name!r} has the energy {self.energy_eV} eV")

    @property
    def formula_unit(self) -> dict[str, int]:
        """Atoms of the reduced formula: CsPbI3 for Cs4Pb4I12, I2 for iodine."""
        if len(self.elements) == 1:
            return {element: 2 if element in DIATOMIC else 1 for element in self.elements}
        divisor = gcd(*self.elements.values())
        return {element: count // divisor for element, count in self.elements.items()}

    def formation_energy_eV(self, references_eV: Mapping[str, float]) -> float:
        """Energy of a formula unit minus that of its elements, given in eV per atom."""
        energy = self.energy_eV - sum(n * references_eV[e] for e, n in self.elements.items())
        return energy * sum(self.formula_unit.values()) / sum(self.elements.values())


class ConvexHull:
    """Lower convex hull of formation energies over the composition.

    Parameters
    ----------
    phases
        One or more phases of each element, and compounds.
    formation_energies_eV
        By name, in eV per formula unit.
    """

    def __init__(
        self, phases: Sequence[CompetingPhase], formation_energies_eV: Mapping[str, float]
    ) -> None:
        from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram  # takes a second

        self._diagram = PhaseDiagram(
            [PDEntry(_composition(p), formation_energies_eV[p.name], p.name) for p in phases]
        )

    def energy_eV(self, phase: CompetingPhase) -> float:
        """Energy of the hull at the composition of a phase, in eV per formula unit."""
        return float(self._diagram.get_hull_energy(_composition(phase)))

    def amounts(self, phase: CompetingPhase) -> dict[str, Fraction]:
        """Formula units of each phase of the hull that a formula unit of a phase is made of."""
        shares: dict[Any, float] = self._diagram.get_decomposition(_composition(phase))
        atoms = sum(phase.formula_unit.values())
        amounts = {
            entry.name: Fraction(share * atoms / entry.composition.num_atoms)
            for entry, share in shares.items()
        }
        return {name: n.limit_denominator(1000) for name, n in sorted(amounts.items())}

    def decomposition(self, phase: CompetingPhase) -> str:
        """The phases of the hull that a formula unit of a phase is made of, in words."""
        amounts = self.amounts(phase).items()
        return " + ".join(name if n == 1 else f"{n} {name}" for name, n in amounts)

    def corners_eV(self, phase: CompetingPhase) -> list[dict[str, float]]:
        """Relative chemical potentials by element, for each facet that meets at a phase.

        These are the corners of the region in which the phase is stable; nothing else
        bounds it (Ong et al., Chem. Mater. 20, 1798 (2008)). The phase must be on the hull.
        """
        facets = self._diagram.get_all_chempots(_composition(phase)).values()
        potentials = [{element.symbol: mu for element, mu in facet.items()} for facet in facets]
        # Where more phases meet than there are elements, several facets have the same corner.
        corners = {
            tuple(round(facet[e], DECIMALS) + 0.0 for e in phase.elements)  # no -0.0
            for facet in potentials
        }
        return [dict(zip(phase.elements, corner, strict=True)) for corner in sorted(corners)]


def _composition(phase: CompetingPhase) -> Composition:
    from pymatgen.core.composition import Composition

    return Composition(phase.formula_unit)
