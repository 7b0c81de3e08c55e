"""Energies of defects and surfaces that are linear in the chemical potentials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from ase import units
from numpy.typing import NDArray

from analysis.thermodynamics.chemical_potentials import Stability
from analysis.thermodynamics.competing_phases import StabilityError

#: One eV per square angstrom in J/m^2.
EV_PER_A2_IN_J_PER_M2: float = units.m**2 / units.J


@dataclass(frozen=True)
class Linear:
    """An energy that is linear in the relative chemical potentials dmu.

    Parameters
    ----------
    constant_eV
        Energy in eV where every dmu is zero, in equilibrium with all elemental phases.
    coefficients
        Factor of the dmu of each element. An energy per area has this and the constant
        per square angstrom.
    """

    constant_eV: float
    coefficients: Mapping[str, float]

    def at(self, dmu_eV: Mapping[str, float]) -> float:
        """The energy at relative chemical potentials in eV, given for every coefficient."""
        return self.constant_eV + sum(c * dmu_eV[e] for e, c in self.coefficients.items())

    def extremes(self, stability: Stability) -> tuple[float, float]:
        """Lowest and highest value in the region of stability.

        Raises
        ------
        StabilityError
            If the host is not stable or lacks an element with a coefficient.
        """
        energies = self._at_corners(stability)
        return float(energies.min()), float(energies.max())

    def band(
        self, stability: Stability, element: str, values_eV: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lowest and highest value in the region where one element has a given dmu.

        Exact: the extremes of a linear function on a cut through a polytope lie where the
        cut meets its edges, and no line between two corners leaves the polytope.

        Parameters
        ----------
        stability
            Of the host.
        element
            The element whose dmu is given.
        values_eV
            Its relative chemical potentials in eV, shape=(n,).

        Returns
        -------
        lower, upper
            Of shape (n,), NaN outside the region.

        Raises
        ------
        StabilityError
            As `extremes`, and if the host does not hold the element.
        """
        corners = sorted(
            zip(stability.potentials_eV(element), self._at_corners(stability), strict=True)
        )
        lines = [
            np.interp(values_eV, (x0, x1), (y0, y1), left=np.nan, right=np.nan)
            for (x0, y0), (x1, y1) in combinations_with_replacement(corners, 2)
        ]
        return np.fmin.reduce(lines), np.fmax.reduce(lines)

    def _at_corners(self, stability: Stability) -> NDArray[np.float64]:
        stability.refuse_foreign("the energy", self.coefficients)
        energies = np.full(len(stability.corners_eV), float(self.constant_eV))
        for element in stability.elements:
            energies += self.coefficients.get(element, 0.0) * stability.potentials_eV(element)
        return energies


def formation_energy(
    energy_with_eV: float,
    energy_without_eV: float,
    removed: Mapping[str, int],
    stability: Stability,
) -> Linear:
    """Formation energy of a neutral defect in eV.

    E(with) - E(without) + sum_i n_i (reference_i + dmu_i) with the n_i atoms that were
    removed (Zhang and Northrup, Phys. Rev. Lett. 67, 2339 (1991); Freysoldt et al., Rev.
    Mod. Phys. 86, 253 (2014)). A vacancy costs less the lower dmu of its element is.

    Parameters
    ----------
    energy_with_eV, energy_without_eV
        Total energies in eV with and without the defect in the same cell.
    removed
        Number of atoms of each element that left; negative for atoms that were added.
    stability
        Of the host, with the reference energies.

    Raises
    ------
    StabilityError
        If an element is not one of the host.
    """
    stability.refuse_foreign("the defect", removed)
    references = sum(n * stability.references_eV[e] for e, n in removed.items())
    return Linear(
        energy_with_eV - energy_without_eV + references, {e: float(n) for e, n in removed.items()}
    )


def surface_energy(
    energy_eV: float, elements: Mapping[str, int], area_A2: float, stability: Stability
) -> Linear:
    """Energy of a surface in eV per square angstrom, from a slab with two equivalent faces.

    (E - sum_i N_i (reference_i + dmu_i)) / 2A; positive if the surface costs energy. Times
    `EV_PER_A2_IN_J_PER_M2` it is in J/m^2.

    Parameters
    ----------
    energy_eV
        Total energy of the slab in eV.
    elements
        Number of atoms of each element in the slab.
    area_A2
        Area of one face in square angstrom.
    stability
        Of the host, with the reference energies.

    Raises
    ------
    StabilityError
        If an element is not one of the host, as in ligands, or the area is not positive.
    """
    stability.refuse_foreign("the slab", elements)
    if not area_A2 > 0:
        raise StabilityError(f"the area of a face is {area_A2} A^2; it must be positive")
    references = sum(n * stability.references_eV[e] for e, n in elements.items())
    return Linear(
        (energy_eV - references) / (2 * area_A2),
        {e: -n / (2 * area_A2) for e, n in elements.items()},
    )


def combination(terms: Iterable[tuple[float, Linear]]) -> Linear:
    """Sum of linear energies, each times a number."""
    constant_eV, coefficients = 0.0, dict[str, float]()
    for factor, energy in terms:
        constant_eV += factor * energy.constant_eV
        for name, value in energy.coefficients.items():
            coefficients[name] = coefficients.get(name, 0.0) + factor * value
    return Linear(constant_eV, coefficients)
