"""Surface free energies of slabs that exchange atoms and molecules with reservoirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analysis.thermodynamics.chemical_potentials import Stability
from analysis.thermodynamics.competing_phases import StabilityError
from analysis.thermodynamics.linear_energies import Linear, combination
from analysis.thermodynamics.weights import StabilityWeights, weighted_sum


@dataclass(frozen=True)
class SurfaceFreeEnergy:
    """An energy per area that is linear in the chemical potentials of elements and molecules.

    Parameters
    ----------
    per_A2
        In eV per square angstrom, over the relative chemical potentials dmu.
    own
        Factor of the total energy of each slab and molecule in it, per square angstrom; the
        elemental phases come on top.
    """

    per_A2: Linear
    own: Mapping[str, float]

    def weights(
        self, of_phases: StabilityWeights, elements: Iterable[str], corner: int
    ) -> dict[str, float]:
        """Factor of every total energy at a corner of the region in which the host is stable.

        Parameters
        ----------
        of_phases
            Factors of the phases.
        elements
            Those of the host; dmu of molecules is given and has no error.
        corner
            Number of the corner.
        """
        factors = {e: self.per_A2.coefficients.get(e, 0.0) for e in elements}
        return of_phases.at_corner(Linear(0.0, factors), self.own, corner)


def both_faces(
    name: str,
    energy_eV: float,
    elements: Mapping[str, int],
    area_A2: float,
    *,
    taken: Mapping[str, int],
    molecules: Mapping[str, tuple[float, Mapping[str, int]]],
    stability: Stability,
) -> SurfaceFreeEnergy:
    """Energy of both faces of a slab per area of one.

    (E - sum_i N_i mu_i) / A over the atoms i, those of molecules taken from a reservoir being
    counted as molecules (Reuter and Scheffler, Phys. Rev. B 65, 035406 (2001)). Positive if the
    surface costs energy. Vibrations and the entropy of the slab are left out.

    Parameters
    ----------
    name
        Of the slab.
    energy_eV
        Its total energy in eV.
    elements
        Number of its atoms of each element.
    area_A2
        Area of one face in square angstrom.
    taken
        Number of molecules of each reservoir in it; see
        `analysis.thermodynamics.reservoirs.molecules_taken`.
    molecules
        Total energy in eV of each of these, and its atoms.
    stability
        Of the host, with the reference energies.

    Raises
    ------
    StabilityError
        If atoms are left that neither the host nor the molecules hold, or the area is not
        positive.
    """
    if not area_A2 > 0:
        raise StabilityError(f"the area of a face is {area_A2} A^2; it must be positive")
    left = dict(elements)
    for each, count in taken.items():
        for element, n in molecules[each][1].items():
            left[element] = left.get(element, 0) - count * n
    left = {element: n for element, n in left.items() if n}
    stability.refuse_foreign(f"{name!r}", left)
    references_eV = sum(n * stability.references_eV[e] for e, n in left.items())
    references_eV += sum(n * molecules[each][0] for each, n in taken.items())
    return SurfaceFreeEnergy(
        Linear(
            (energy_eV - references_eV) / area_A2,
            {each: -n / area_A2 for each, n in (left | dict(taken)).items()},
        ),
        weighted_sum([(1 / area_A2, {name: 1.0}), (-1 / area_A2, dict(taken))]),
    )


def combined_faces(terms: Iterable[tuple[float, SurfaceFreeEnergy]]) -> SurfaceFreeEnergy:
    """Sum of surface free energies, each times a number."""
    known = list(terms)
    return SurfaceFreeEnergy(
        combination([(factor, each.per_A2) for factor, each in known]),
        weighted_sum([(factor, each.own) for factor, each in known]),
    )
