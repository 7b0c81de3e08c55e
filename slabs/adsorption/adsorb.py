"""Ligands on a slab: the best placements of one or several, on one face or on both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from ase.geometry import find_mic
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from slabs.adsorption.contacts import describe_contact
from slabs.adsorption.poses import Search, poses_at
from slabs.adsorption.score import Surroundings, ionic_charges_e, judge
from slabs.adsorption.sites import SUBSTITUTIONS, Site, find_sites, has_site, lateral_distance_A
from slabs.composition import ion_sites
from slabs.elements import ALKALI_METALS, DATIVE_FACTOR, HALOGENS, vdw_radii_A
from slabs.errors import InputError
from slabs.ligands.ligand import Ligand
from slabs.structure import SURFACE_GROUP, Structure
from slabs.surfaces.slab import set_height
from slabs.surfaces.symmetry import Operation, exchange_of_faces, on_other_face, operations

#: Two ligands cannot take sites closer than this along the surface.
SITE_DISTANCE_A = 2.0
#: Best poses of one site and partial placement that are looked at for diversity, at least.
POOL = 60
#: Partial placements that are carried on from one ligand to the next.
BEAM = 4
#: A ligand in place of a halide binds the metals up to this far from its site.
METAL_REACH_A = 4.0
#: Sites of a monatomic counter-ion, by what it is: the first kind that the face has.
ION_SITES = dict.fromkeys(HALOGENS, ("metal-top", "A-top")) | {
    "H": ("X-top",),
    **dict.fromkeys(ALKALI_METALS, ("hollow", "X-top")),
}


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
    """

    name: str
    ligand: Ligand
    site: str
    counter_ion: str | None = None
    orientation: str | None = None
    near: str = "farthest"


@dataclass(frozen=True, eq=False)
class _Partial:
    """A slab on which some of the ligands are placed."""

    added: Atoms
    charges_e: NDArray[np.float64]
    groups: tuple[str, ...] = ()
    removed: tuple[int, ...] = ()
    taken: tuple[Site, ...] = ()
    score_eV: float = 0.0
    words: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Task:
    """What stays the same while ligands are placed."""

    bare: Atoms
    symmetry: list[Operation]
    search: Search


def adsorb(
    bare: Atoms,
    adsorbates: Sequence[Adsorbate],
    vacuum_A: float,
    *,
    sides: str = "one",
    count: int = 1,
    search: Search | None = None,
) -> list[Structure]:
    """The best placements of ligands on a bare slab.

    The first ligand is tried on every symmetry-distinct site, the following ones on the
    free sites that are farthest from (or nearest to) those before, each in every
    conformer and orientation. Placements that clash are dropped; the others are ranked
    by `slabs.adsorption.score.judge` and kept if they differ from all better ones.

    Parameters
    ----------
    bare
        Slab without ligands; it is not changed.
    adsorbates
        Ligands in the order in which they take their sites.
    vacuum_A
        Vacuum above the highest atom in angstrom.
    sides
        ``"one"``: the upper face; ``"two"``: the same on the lower face, by a symmetry of
        the slab that exchanges its faces, the inversion if there is one.
    count
        Largest number of placements that is returned.
    search
        Steps and limits.

    Returns
    -------
    list
        Structures by rising score. Surface atoms come first, in their order, then the
        ligands in theirs, each behind its counter-ion, the upper face before the lower.

    Raises
    ------
    InputError
        If a site does not exist, a ligand cannot be placed without a clash
        (`DoesNotFitError`; the sentence names the two atoms and their distance), or the
        faces are not equivalent.
    """
    task = _Task(bare, operations(bare), search or Search())
    exchange = exchange_of_faces(task.symmetry) if sides == "two" else None
    beam = [_Partial(Atoms(cell=bare.cell, pbc=bare.pbc), np.zeros(0))]
    for number, item in enumerate(adsorbates, start=1):
        last = number == len(adsorbates)
        pool = max(POOL, 20 * count) if last else POOL
        beam = _best(_extended(task, beam, item, pool), task, count if last else BEAM)
    return [_structure(bare, p, vacuum_A, exchange, len(adsorbates)) for p in beam]


def _choose_sites(task: _Task, partial: _Partial, kind: str, near: str) -> list[Site]:
    """Sites to try: one of each orbit on an empty slab, else all at the best distance."""
    if not partial.taken:
        first: dict[int, Site] = {}
        for site in find_sites(task.bare, kind, task.symmetry):
            first.setdefault(site.orbit, site)
        return list(first.values())
    free = _free_sites(task, partial, kind, near)
    gaps = _gaps_A(task, partial, free)
    return [site for site, gap in zip(free, gaps, strict=True) if abs(gap - gaps[0]) < 0.05]


def _gaps_A(task: _Task, partial: _Partial, sites: Sequence[Site]) -> list[float]:
    """Distance along the surface from each site to the nearest one that is taken."""
    others = np.array([t.position_A for t in partial.taken])
    return [float(lateral_distance_A(task.bare, s.position_A, others).min()) for s in sites]


def _free_sites(task: _Task, partial: _Partial, kind: str, near: str) -> list[Site]:
    """Sites that are not taken, the nearest or the farthest from those that are first."""
    sites = find_sites(task.bare, kind, task.symmetry)
    used = {a for t in partial.taken if t.kind in SUBSTITUTIONS for a in t.atoms}
    gaps = _gaps_A(task, partial, sites)
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


def _grow(task: _Task, partial: _Partial, item: Adsorbate, pool: int) -> list[_Partial]:
    """A partial placement with one more ligand, in its best ways."""
    bare, search = task.bare, task.search
    found: list[_Partial] = []
    worst: tuple[float, str] | None = None
    for site in _choose_sites(task, partial, item.site, item.near):
        here = _with_site(task, partial, item, site)
        around, index = _around(bare, here)
        surroundings = Surroundings(around.atoms, _charges(bare, here)[index])
        poses = poses_at(item.ligand, bare, site, search, item.orientation)
        verdict = judge(
            poses.positions_A,
            item.ligand,
            surroundings,
            _bonded(bare, item, site, index),
            search.clash_ratio,
        )
        best = int(verdict.ratio.argmax())
        if worst is None or verdict.ratio[best] > worst[0]:
            molecule = item.ligand.atoms
            words = describe_contact(around, molecule, item.name, verdict.contacts[best])
            worst = (float(verdict.ratio[best]), words)
        order = np.argsort(verdict.score_eV.round(6), kind="stable")
        for n in order[np.isfinite(verdict.score_eV[order])][:pool]:
            molecule = item.ligand.atoms.copy()
            molecule.positions = poses.positions_A[n]
            found.append(
                replace(
                    here,
                    added=here.added + molecule,
                    charges_e=np.concatenate([here.charges_e, item.ligand.partial_charges_e]),
                    groups=(*here.groups, *[item.name] * len(molecule)),
                    score_eV=here.score_eV + float(verdict.score_eV[n]),
                    words=(*here.words, f"{item.name}: {_site_words(site)}, {poses.words[n]}"),
                )
            )
    if not found:
        assert worst is not None
        raise DoesNotFitError(
            f"{item.name} does not fit: at best {worst[1]}, closer than"
            f" {search.clash_ratio:.0%} of the van der Waals radii"
        )
    return found


def _site_words(site: Site) -> str:
    x, y = site.position_A[:2]
    return f"{site.kind} at x {x:.2f}, y {y:.2f} A"


def _with_site(task: _Task, partial: _Partial, item: Adsorbate, site: Site) -> _Partial:
    """Take a site, remove what is there, and set the counter-ion beside it."""
    removed = site.atoms if site.kind in SUBSTITUTIONS else ()
    here = replace(partial, removed=(*partial.removed, *removed), taken=(*partial.taken, site))
    if item.counter_ion is None:
        return here
    if item.counter_ion not in ION_SITES:
        raise InputError(
            f"{item.counter_ion!r} is not a counter-ion; allowed: {', '.join(ION_SITES)}",
            "counter_ion",
        )
    ion_site, ion = _ion_site(task, here, item.counter_ion)
    return replace(
        here,
        added=here.added + ion,
        charges_e=np.append(here.charges_e, ionic_charges_e(ion)),
        groups=(*here.groups, item.name),
        taken=(*here.taken, ion_site),
        words=(*here.words, f"{item.counter_ion} of {item.name}: {_site_words(ion_site)}"),
    )


def _ion_site(task: _Task, partial: _Partial, element: str) -> tuple[Site, Atoms]:
    """The nearest site on which a counter-ion does not clash with the ligands before it."""
    there = [kind for kind in ION_SITES[element] if has_site(task.bare, kind)]
    if not there:
        raise InputError(f"this face has no site for {element}", "counter_ion")
    kind = there[0]
    around, _ = _around(task.bare, partial)
    ligands = around.atoms[[g != SURFACE_GROUP for g in around.groups]]
    for site in _free_sites(task, partial, kind, "nearest"):
        ion = _counter_ion(element, task.bare, site)
        if not len(ligands):
            return site, ion
        gaps = find_mic(ligands.positions - ion.positions, task.bare.cell, [True, True, False])[1]
        touch = vdw_radii_A(ligands.numbers) + vdw_radii_A(ion.numbers)
        if (gaps / touch).min() >= task.search.clash_ratio:
            return site, ion
    raise DoesNotFitError(f"{element} does not fit beside the ligands on any site {kind!r}")


def _counter_ion(element: str, bare: Atoms, site: Site) -> Atoms:
    """A monatomic ion: on its ion at a bond length, or in a hollow like the next A cation."""
    radius = float(covalent_radii[atomic_numbers[element]])
    if not site.atoms:
        return Atoms(
            element, positions=[site.position_A + np.array([0.0, 0.0, DATIVE_FACTOR * radius])]
        )
    factor = 1.0 if element == "H" else DATIVE_FACTOR
    rise = factor * (radius + float(covalent_radii[bare.numbers[site.atoms[0]]]))
    return Atoms(element, positions=[site.position_A + np.array([0.0, 0.0, rise])])


def _charges(bare: Atoms, partial: _Partial) -> NDArray[np.float64]:
    return np.concatenate([ionic_charges_e(bare), partial.charges_e])


def _around(bare: Atoms, partial: _Partial) -> tuple[Structure, NDArray[np.intp]]:
    """Slab and ligands placed so far, and the index of each atom in the two together."""
    both = bare + partial.added
    keep = np.setdiff1d(np.arange(len(both)), partial.removed)
    groups = (SURFACE_GROUP,) * len(bare) + partial.groups
    return Structure(both[keep], tuple(groups[n] for n in keep)), keep


def _bonded(
    bare: Atoms, item: Adsorbate, site: Site, index: NDArray[np.intp]
) -> list[tuple[int, int]]:
    """Pairs of an anchor and a metal that it binds, as they are numbered in `index`."""
    if site.kind == "metal-top":
        metals = site.atoms
    elif site.kind == "X-site":
        gaps = bare.positions - site.position_A
        _, d = find_mic(gaps, bare.cell, [True, True, False])
        metals = tuple(np.flatnonzero((ion_sites(bare) == "B") & (d < METAL_REACH_A)).tolist())
    else:
        return []
    local = {int(old): new for new, old in enumerate(index)}
    return [(anchor, local[m]) for anchor in item.ligand.anchors for m in metals if m in local]


def _extended(task: _Task, beam: Sequence[_Partial], item: Adsorbate, pool: int) -> list[_Partial]:
    """All partial placements with one more ligand; an error only if none has room for it."""
    found: list[_Partial] = []
    failure: DoesNotFitError | None = None
    for partial in beam:
        try:
            found += _grow(task, partial, item, pool)
        except DoesNotFitError as error:
            failure = failure or error
    if failure is not None and not found:
        raise failure
    return found


def _best(found: Sequence[_Partial], task: _Task, count: int) -> list[_Partial]:
    """The best placements that differ from each other."""
    kept: list[_Partial] = []
    for candidate in sorted(found, key=lambda p: round(p.score_eV, 6)):
        gaps = (_difference_A(candidate, other, task) for other in kept)
        if all(gap > task.search.diversity_A for gap in gaps):
            kept.append(candidate)
        if len(kept) == count:
            break
    return kept


def _difference_A(first: _Partial, second: _Partial, task: _Task) -> float:
    """Smallest root mean square distance of like heavy atoms under all symmetries."""
    heavy = first.added.numbers > 1
    numbers = first.added.numbers[heavy]
    mine, theirs = first.added.positions[heavy], second.added.positions[heavy]
    cell = task.bare.cell.array
    smallest = np.inf
    other = numbers[:, None] != numbers
    for op in task.symmetry:
        if not op.keeps_normal:
            continue
        image = op.apply(mine)
        # The image may lie in another cell: bring the first atoms together.
        for anchor in np.flatnonzero(numbers == numbers[0]):
            gap = theirs[0] - image[anchor]
            whole = np.linalg.solve(cell[:2, :2].T, gap[:2]).round()
            distance = cdist(image + np.append(whole @ cell[:2, :2], 0.0), theirs)
            distance[other] = np.inf
            smallest = min(smallest, float(np.sqrt(np.square(distance.min(axis=1)).mean())))
    return smallest


def _structure(
    bare: Atoms, partial: _Partial, vacuum_A: float, exchange: Operation | None, ligands: int
) -> Structure:
    added, groups, removed = partial.added, partial.groups, partial.removed
    if exchange is not None:
        added, groups = added + on_other_face(added, bare, exchange), groups + groups
        opposite = tuple(int(exchange.permutation[n]) for n in removed)
        if set(opposite) & set(removed):
            raise InputError(
                "both faces would replace the same ion; use more layers or sides = 'one'", "sides"
            )
        removed = removed + opposite
    atoms: Atoms = bare + added
    keep = np.setdiff1d(np.arange(len(atoms)), removed)
    atoms = atoms[keep]
    all_groups = (SURFACE_GROUP,) * len(bare) + groups
    atoms.positions[:, 2] += bare.positions[:, 2].min() - atoms.positions[:, 2].min()
    set_height(atoms, vacuum_A)
    return Structure(
        atoms,
        tuple(all_groups[n] for n in keep),
        ligands=ligands,
        score_eV=partial.score_eV,
        placement="; ".join(partial.words),
    )
