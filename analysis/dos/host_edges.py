"""The gap in which the levels of a vacancy are looked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase.geometry import get_distances

from analysis.dos.band_edges import BandEdges
from analysis.dos.density_of_states import DensityOfStates
from analysis.dos.spectrum import Spectrum
from analysis.groups import Indices
from slabs.structure import SURFACE_GROUP

#: Atoms of two slabs correspond to each other within this distance of where they were planned.
SAME_PLACE_A = 0.5
#: Share of the atoms, those farthest from what differs, on which two slabs are aligned, and
#: how many there are at least.
FAR_SHARE, FAR_ATOMS = 0.25, 3
#: Without a reference: a band is apart from the others if this far from the next one.
ISOLATED_EV = 0.3


@dataclass(frozen=True)
class HostEdges:
    """Band edges that count for a slab with a vacancy, on its own scale.

    Parameters
    ----------
    edges
        Edges of the gap in which levels are looked for.
    source
        Name of the whole slab that they are from; empty: the slab with the vacancy itself,
        between its bands.
    shift_eV
        What was added to the energies of the whole slab.
    spread_eV
        Standard deviation of the shift over the atoms behind it.
    atoms
        Number of these atoms.
    """

    edges: BandEdges
    source: str = ""
    shift_eV: float = 0.0
    spread_eV: float = 0.0
    atoms: int = 0


@dataclass(frozen=True)
class PotentialShift:
    """Difference of the electrostatic potentials of two slabs in eV.

    Parameters
    ----------
    mean_eV, spread_eV
        Mean and standard deviation over the atoms behind it.
    atoms
        Number of these atoms.
    """

    mean_eV: float
    spread_eV: float
    atoms: int


def host_edges(
    vacant: DensityOfStates, whole: DensityOfStates, source: str, *, spin_orbit: bool
) -> HostEdges | None:
    """Band edges of the whole slab on the scale of the one with a vacancy.

    The two scales differ by the electrostatic potential at atoms far from the vacancy.
    None if the whole slab has no gap, or no atom in common.
    """
    reference = whole.spin_orbit if spin_orbit else whole.scalar
    if reference is None or reference.edges is None:
        return None
    shift = potential_shift(vacant, whole)
    if shift is None:
        return None
    edges = reference.edges.shifted(shift.mean_eV)
    return HostEdges(edges, source, shift.mean_eV, shift.spread_eV, shift.atoms)


def potential_shift(changed: DensityOfStates, whole: DensityOfStates) -> PotentialShift | None:
    """Electrostatic potential of one slab minus that of another, at atoms far from changes.

    None if they have no atom in common. Added to energies of the second it brings them on the
    scale of the first.
    """
    own, theirs = _far_pairs(changed, whole)
    if not len(own):
        return None
    shifts_eV = changed.potentials_eV[own] - whole.potentials_eV[theirs]
    return PotentialShift(float(shifts_eV.mean()), float(shifts_eV.std()), len(own))


def _far_pairs(vacant: DensityOfStates, whole: DensityOfStates) -> tuple[Indices, Indices]:
    """Atoms in the same place of two slabs, the quarter that is farthest from what differs."""
    first, second = vacant.structure, whole.structure
    own, theirs = (s.indices(SURFACE_GROUP) for s in (first, second))
    positions, others = first.atoms.positions[own], second.atoms.positions[theirs].copy()
    others[:, 2] += positions[:, 2].min() - others[:, 2].min()
    cell = {"cell": first.atoms.cell, "pbc": first.atoms.pbc}
    _, gaps_A = get_distances(positions, others, **cell)
    gaps_A[first.atoms.numbers[own][:, None] != second.atoms.numbers[theirs]] = np.inf
    nearest = gaps_A.argmin(axis=1)
    same = gaps_A[np.arange(len(own)), nearest] < SAME_PLACE_A
    ligands = np.array(first.groups) != SURFACE_GROUP
    changed = np.concatenate(
        [positions[~same], first.atoms.positions[ligands], first.vacancies_A], axis=0
    )
    if not same.any():
        return own[same], theirs[nearest[same]]
    places = positions[same]
    far_A = np.full(len(places), np.inf)
    if len(changed):
        far_A = get_distances(places, changed, **cell)[1].min(axis=1)
    count = min(len(places), max(FAR_ATOMS, round(FAR_SHARE * len(places))))
    # All atoms as far as the last one that is needed: a layer is not cut.
    chosen = far_A > np.sort(far_A)[-count] - SAME_PLACE_A
    return own[same][chosen], theirs[nearest[same]][chosen]


def own_edges(spectrum: Spectrum) -> HostEdges | None:
    """Edges of the bands around the Fermi level, without the single bands between them.

    For a slab with a vacancy whose whole slab is not there to compare with.
    """
    if spectrum.edges is None:
        return None
    levels = spectrum.eigenvalues_eV
    bottoms, tops = levels.min(axis=1).ravel(), levels.max(axis=1).ravel()
    order = np.argsort(tops)
    bottoms, tops = bottoms[order], tops[order]
    high = int(np.searchsorted(tops, (spectrum.edges.vbm_eV + spectrum.edges.cbm_eV) / 2))
    low = high - 1
    while low > 0 and bottoms[low] - tops[low - 1] > ISOLATED_EV:
        low -= 1
    while high < len(tops) - 1 and bottoms[high + 1] - tops[high] > ISOLATED_EV:
        high += 1
    gap_eV = float(bottoms[high] - tops[low])
    return HostEdges(BandEdges(float(tops[low]), float(bottoms[high]), gap_eV))
