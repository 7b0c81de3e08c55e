"""Phase diagrams of surfaces in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from analysis.energies.uncertainty import NOTHING_KNOWN, Uncertainty


@dataclass(frozen=True)
class SurfaceRow:
    """One slab of a diagram.

    Parameters
    ----------
    species
        Its name.
    taken
        Number of molecules of each reservoir in it.
    coverage_per_nm2
        Ligands per nm^2 of the upper face.
    stable_eV
        For each axis the lowest and highest dmu at which it is the most stable one while the
        host is stable; None if it is so nowhere, or while that is not known.
    cell_eV
        Corners of the polygon of the window in which it is the most stable one.
    flags
        Sentences on what its relaxed structure is instead of what its name says.
    status
        ``"done"``, or what is missing and why.
    """

    species: str
    taken: Mapping[str, int]
    coverage_per_nm2: float
    stable_eV: Mapping[str, tuple[float, float]] | None
    cell_eV: Sequence[tuple[float, float]]
    flags: tuple[str, ...]
    status: str


@dataclass(frozen=True)
class PointRow:
    """One slab at a corner of the region in which the host is stable, energies in J/m^2.

    Parameters
    ----------
    phases
        What the host is in equilibrium with there.
    dmu_eV
        Chemical potential of each element and of each reservoir.
    species
        The slab.
    gamma_J_per_m2
        Energy of its upper face; against the bare slab `DiagramRow.against`, if there is one.
    uncertainty
        Of this energy.
    both_faces_J_per_m2
        Energy of both faces, per area of one.
    above_lowest_J_per_m2
        What the face has more than the most stable one there; zero for that one.
    uncertainty_above
        Of this difference.
    """

    phases: tuple[str, ...]
    dmu_eV: Mapping[str, float]
    species: str
    gamma_J_per_m2: float
    uncertainty: Uncertainty
    both_faces_J_per_m2: float
    above_lowest_J_per_m2: float
    uncertainty_above: Uncertainty = NOTHING_KNOWN


@dataclass(frozen=True)
class DiagramRow:
    """A phase diagram of surfaces over two chemical potentials.

    Parameters
    ----------
    name
        What the study calls it.
    axes
        The two elements or reservoirs.
    against
        Bare slab that energies are relative to; None for surface energies of their own.
    equilibrium
        Phases in equilibrium with the host all over.
    fixed_eV
        For each reservoir the dmu of the study.
    status
        ``"done"``, or why there is no diagram.
    surfaces
        The slabs.
    points
        All slabs at each corner, the most stable one first.
    region_eV
        Corners of the polygon in which the host is stable, over the axes.
    window_eV
        Corners of what is drawn.
    remarks
        Sentences, without full stop, on what makes the energies doubtful.
    """

    name: str
    axes: tuple[str, str]
    against: str | None
    equilibrium: tuple[str, ...]
    fixed_eV: Mapping[str, float]
    status: str
    surfaces: tuple[SurfaceRow, ...]
    points: tuple[PointRow, ...] = ()
    region_eV: Sequence[tuple[float, float]] = field(default=())
    window_eV: Sequence[tuple[float, float]] = field(default=())
    remarks: tuple[str, ...] = ()
