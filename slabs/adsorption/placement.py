"""What is placed on a slab, and the sites that are free for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from slabs.adsorption.poses import Search
from slabs.adsorption.score import ionic_charges_e
from slabs.adsorption.sites import SUBSTITUTIONS, Site, find_sites, lateral_distance_A
from slabs.errors import InputError
from slabs.ligands.ligand import Ligand
from slabs.structure import SURFACE_GROUP, Structure
from slabs.surfaces.symmetry import Operation

#: Two ligands cannot take sites closer than this along the surface.
SITE_DISTANCE_A = 2.0


class DoesNotFitError(InputError):
    """A ligand that clashes in every placement that was tried."""


@dataclass(frozen=True, eq=False)
class Adsorbate:
    """A ligand, the name of its group, where it goes and what accompanies it.

    Parameters
    ----------
    name
        Group of its atoms.
    ligand
        The molecule with its conformers.
    site
        One of `slabs.adsorption.sites.SITES`.
    counter_ion
        Element of a monatomic counter-ion on a site beside it, see `ION_SITES`.
    orientation
        See `slabs.adsorption.poses.poses_at`.
    near
        ``"farthest"`` or ``"nearest"``: which of the free sites, by the distance from the
        ligands placed before it.
    place
        Number of its site among all of this kind, in the order of
        `slabs.adsorption.sites.find_sites`, instead of `near`.
    """

    name: str
    ligand: Ligand
    site: str
    counter_ion: str | None = None
    orientation: str | None = None
    near: str = "farthest"
    place: int | None = None


@dataclass(frozen=True, eq=False)
class Partial:
    """A slab on which some of the ligands are placed."""

    added: Atoms
    charges_e: NDArray[np.float64]
    groups: tuple[str, ...] = ()
    removed: tuple[int, ...] = ()
    taken: tuple[Site, ...] = ()
    score_eV: float = 0.0
    words: tuple[str, ...] = ()
    #: For each ligand, of the atoms that were added: all of them, and the first anchor.
    pieces: tuple[tuple[int, ...], ...] = ()
    anchors: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Task:
    """What stays the same while ligands are placed."""

    bare: Atoms
    symmetry: list[Operation]
    search: Search
    known: dict[str, list[Site]] = field(default_factory=dict)

    def sites(self, kind: str) -> list[Site]:
        """All sites of one kind on the bare slab."""
        if kind not in self.known:
            self.known[kind] = find_sites(self.bare, kind, self.symmetry)
        return self.known[kind]


def gaps_A(task: Task, partial: Partial, sites: Sequence[Site]) -> list[float]:
    """Distance along the surface from each site to the nearest one that is taken."""
    others = np.array([t.position_A for t in partial.taken])
    return [float(lateral_distance_A(task.bare, s.position_A, others).min()) for s in sites]


def free_sites(task: Task, partial: Partial, kind: str, near: str) -> list[Site]:
    """Sites that are not taken, the nearest or the farthest from those that are first."""
    sites = task.sites(kind)
    used = {a for t in partial.taken if t.kind in SUBSTITUTIONS for a in t.atoms}
    gaps = gaps_A(task, partial, sites)
    free = [
        n
        for n, site in enumerate(sites)
        if gaps[n] > SITE_DISTANCE_A and not used & set(site.atoms)
    ]
    if not free:
        raise InputError(
            f"all {len(sites)} such sites of the cell are taken; choose a larger size", "site"
        )
    sign = 1.0 if near == "nearest" else -1.0
    return [sites[n] for n in sorted(free, key=lambda n: (round(sign * gaps[n], 2), n))]


def site_words(site: Site) -> str:
    """Kind and place of a site."""
    x, y = site.position_A[:2]
    return f"{site.kind} at x {x:.2f}, y {y:.2f} A"


def all_charges_e(bare: Atoms, partial: Partial) -> NDArray[np.float64]:
    """Charges of all atoms of the slab, and of what was added to it, in e."""
    return np.concatenate([ionic_charges_e(bare), partial.charges_e])


def surroundings(bare: Atoms, partial: Partial) -> tuple[Structure, NDArray[np.intp]]:
    """Slab and ligands placed so far, and the index of each atom in the two together."""
    both = bare + partial.added
    keep = np.setdiff1d(np.arange(len(both)), partial.removed)
    groups = (SURFACE_GROUP,) * len(bare) + partial.groups
    return Structure(both[keep], tuple(groups[n] for n in keep)), keep
