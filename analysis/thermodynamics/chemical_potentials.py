"""Stability of a crystal among competing phases, and the chemical potentials it allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.thermodynamics.competing_phases import CompetingPhase, ConvexHull, StabilityError

#: Energies per formula unit in eV that differ by less are equal.
TOLERANCE_EV = 1e-6


@dataclass(frozen=True, eq=False)
class Stability:
    """A host among its competing phases, energies in eV per formula unit.

    Chemical potentials are relative: dmu = mu - reference, zero in equilibrium with the
    elemental phase and negative below it.

    Parameters
    ----------
    host
        Name of the crystal.
    elements
        Its elements in the order in which it lists them.
    references, references_eV
        For each element the elemental phase with the lowest energy per atom, and this
        energy in eV per atom.
    formation_energies_eV
        Of every phase from the references; negative if heat is released.
    above_hull_eV
        Of every phase over the convex hull of the host and the competing phases. Negative
        only for a polymorph below a stable host.
    decomposition_energy_eV
        E(host) - E(hull of the competing phases); negative for a stable host.
    decomposition, decomposition_amounts
        What the host would decompose into, such as ``"CsI + PbI2"``, and how many formula
        units of each phase.
    polymorph_energies_eV
        E(polymorph) - E(host) of the other phases with the composition of the host, which
        count neither as competing phases nor in the region of stability.
    corners_eV
        Chemical potentials at the corners of the region of stability,
        shape=(n_corners, n_elements); no corner if the host is not stable.
    neighbours
        For each corner the competing phases in equilibrium with the host.
    notes
        Sentences that a reader must know.
    """

    host: str
    elements: tuple[str, ...]
    references: Mapping[str, str]
    references_eV: Mapping[str, float]
    formation_energies_eV: Mapping[str, float]
    above_hull_eV: Mapping[str, float]
    decomposition_energy_eV: float
    decomposition: str
    decomposition_amounts: Mapping[str, float]
    polymorph_energies_eV: Mapping[str, float]
    corners_eV: NDArray[np.float64]
    neighbours: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]

    def potentials_eV(self, element: str) -> NDArray[np.float64]:
        """Chemical potential of one element at the corners, shape=(n_corners,).

        Raises
        ------
        StabilityError
            If the host is not stable or does not hold the element.
        """
        if not len(self.corners_eV):
            raise StabilityError(
                f"{self.host!r} is stable at no chemical potentials: {self.decomposition} is "
                f"{self.decomposition_energy_eV:.3f} eV lower per formula unit"
            )
        if element not in self.elements:
            raise StabilityError(f"{self.host!r} holds {', '.join(self.elements)} and no {element}")
        return self.corners_eV[:, self.elements.index(element)]

    def refuse_foreign(self, what: str, elements: Iterable[str]) -> None:
        """Raise a `StabilityError` if there are elements that the host does not hold."""
        foreign = sorted(set(elements) - set(self.elements))
        if foreign:
            raise StabilityError(
                f"{what} needs a chemical potential of {', '.join(foreign)}, but {self.host!r} "
                f"sets those of {', '.join(self.elements)} only"
            )


def stability(phases: Sequence[CompetingPhase], host: str) -> Stability:
    """Place a host among other phases and find the chemical potentials that it allows.

    In equilibrium with the host, sum_i N_i dmu_i is its formation energy. No other phase
    forms, elements included, where the same sum stays below that phase's formation energy
    (Freysoldt et al., Rev. Mod. Phys. 86, 253 (2014)).

    Parameters
    ----------
    phases
        The host, at least one elemental phase of each of its elements, what competes.
    host
        Name of the host. Other phases of its composition never take its place.

    Raises
    ------
    StabilityError
        If a name is given twice, the host is missing or an element, an element has no
        elemental phase, or a phase holds an element that the host does not.
    """
    crystal = _checked_host(phases, host)
    references = {element: _reference(element, phases, host) for element in crystal.elements}
    references_eV = {e: p.energy_eV / p.elements[e] for e, p in references.items()}
    formation_eV = {p.name: p.formation_energy_eV(references_eV) for p in phases}
    polymorphs = [p for p in phases if p.formula_unit == crystal.formula_unit and p.name != host]
    competing = [p for p in phases if p.formula_unit != crystal.formula_unit]
    others = ConvexHull(competing, formation_eV)
    hull = ConvexHull([crystal, *competing], formation_eV)
    depth_eV = formation_eV[host] - others.energy_eV(crystal)
    corners = hull.corners_eV(crystal) if depth_eV < -TOLERANCE_EV else []
    polymorphs_eV = {p.name: formation_eV[p.name] - formation_eV[host] for p in polymorphs}
    return Stability(
        host=host,
        elements=tuple(crystal.elements),
        references={element: phase.name for element, phase in references.items()},
        references_eV=references_eV,
        formation_energies_eV=formation_eV,
        above_hull_eV={p.name: formation_eV[p.name] - hull.energy_eV(p) for p in phases},
        decomposition_energy_eV=depth_eV,
        decomposition=others.decomposition(crystal),
        decomposition_amounts={n: float(x) for n, x in others.amounts(crystal).items()},
        polymorph_energies_eV=polymorphs_eV,
        corners_eV=np.array([list(c.values()) for c in corners]).reshape(-1, len(references)),
        neighbours=tuple(_neighbours(corner, competing, formation_eV) for corner in corners),
        notes=tuple(
            f"{name!r} is {-energy:.3f} eV lower per formula unit than {host!r}; the stability "
            "region holds for the host as long as it does not transform"
            for name, energy in polymorphs_eV.items()
            if energy < -TOLERANCE_EV
        ),
    )


def _checked_host(phases: Sequence[CompetingPhase], host: str) -> CompetingPhase:
    by_name: dict[str, CompetingPhase] = {}
    for phase in phases:
        if phase.name in by_name:
            raise StabilityError(f"two phases have the name {phase.name!r}")
        by_name[phase.name] = phase
    if host not in by_name:
        raise StabilityError(f"the host {host!r} is not among the phases {', '.join(by_name)}")
    crystal = by_name[host]
    if len(crystal.elements) < 2:
        raise StabilityError(f"the host {host!r} is an element, not a compound")
    for phase in phases:
        foreign = sorted(set(phase.elements) - set(crystal.elements))
        if foreign:
            raise StabilityError(
                f"{phase.name!r} holds {', '.join(foreign)}, which {host!r} does not; it cannot "
                "compete without a reservoir of its own"
            )
    return crystal


def _reference(element: str, phases: Sequence[CompetingPhase], host: str) -> CompetingPhase:
    elemental = [phase for phase in phases if set(phase.elements) == {element}]
    if not elemental:
        raise StabilityError(f"no elemental phase of {element} is given as reference for {host!r}")
    return min(elemental, key=lambda phase: phase.energy_eV / phase.elements[element])


def _neighbours(
    dmu_eV: Mapping[str, float],
    competing: Sequence[CompetingPhase],
    formation_eV: Mapping[str, float],
) -> tuple[str, ...]:
    """Phases whose formation energy is the sum of the chemical potentials of their atoms."""
    sums_eV = {p.name: sum(n * dmu_eV[e] for e, n in p.formula_unit.items()) for p in competing}
    return tuple(name for name, x in sums_eV.items() if formation_eV[name] - x < TOLERANCE_EV)
