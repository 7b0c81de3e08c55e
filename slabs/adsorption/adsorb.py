"""Ligands on a slab: the best placements of one or several, on one face or on both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from ase import Atoms
from ase.geometry import find_mic
from numpy.typing import NDArray

from slabs.adsorption.contacts import describe_contact
from slabs.adsorption.counter_ions import MOST_IONS_OF_ONE_SITE, with_site
from slabs.adsorption.distinct import best
from slabs.adsorption.placement import (
    Adsorbate,
    DoesNotFitError,
    Partial,
    Task,
    all_charges_e,
    free_sites,
    gaps_A,
    site_words,
    surroundings,
)
from slabs.adsorption.poses import Search, poses_at
from slabs.adsorption.score import Surroundings, Verdict, judge
from slabs.adsorption.sites import SUBSTITUTIONS, Site
from slabs.elements import (
    ALKALI_METALS,
)
from slabs.errors import InputError
from slabs.molecular_units import ion_sites
from slabs.structure import SURFACE_GROUP, Structure
from slabs.surfaces.slab import set_height
from slabs.surfaces.symmetry import Operation, exchange_of_faces, on_other_face, operations

#: Best poses of one site and partial placement that are looked at for diversity, at least.
POOL = 60
#: Partial placements that are carried on from one ligand to the next.
BEAM = 4
#: A placement with a higher van der Waals energy overlaps with its surroundings: that of
#: bound ligands is below zero, dative bonds left out.
OVERLAP_EV = 0.5
#: Ranks placements that clash behind those that only overlap.
NEVER_SOUND = 1e6
#: A ligand in place of a halide binds the metals up to this far from its site.
METAL_REACH_A = 4.0


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
    task = Task(bare, operations(bare), search or Search())
    exchange = exchange_of_faces(task.symmetry) if sides == "two" else None
    beam = [Partial(Atoms(cell=bare.cell, pbc=bare.pbc), np.zeros(0))]
    pool = max(POOL, 20 * count)
    if _is_monolayer(task, adsorbates):
        beam = best(_monolayers(task, beam[0], adsorbates, pool), task, count)
        return [_structure(bare, p, vacuum_A, exchange, len(adsorbates)) for p in beam]
    for number, item in enumerate(adsorbates, start=1):
        last = number == len(adsorbates)
        found = _extended(task, beam, item, pool if last else POOL)
        beam = best(found, task, count if last else BEAM)
    return [_structure(bare, p, vacuum_A, exchange, len(adsorbates)) for p in beam]


def _is_monolayer(task: Task, adsorbates: Sequence[Adsorbate]) -> bool:
    """Whether equal ligands are to take all sites of their kind, as many as the cell has."""
    if len(adsorbates) < 2:
        return False
    first = adsorbates[0]
    return (
        all(item.name == first.name for item in adsorbates)
        and first.counter_ion is None
        and abs(first.ligand.charge) < MOST_IONS_OF_ONE_SITE
        and len(task.sites(first.site)) == len(adsorbates)
    )


def _monolayers(
    task: Task, empty: Partial, adsorbates: Sequence[Adsorbate], pool: int
) -> list[Partial]:
    """The poses of one ligand, repeated on all its sites."""
    item = adsorbates[0]
    sites = task.sites(item.site)
    shifts = np.array([site.position_A - sites[0].position_A for site in sites])
    removed = [n for s in sites if s.kind in SUBSTITUTIONS for n in s.atoms]
    here = replace(empty, removed=tuple(removed), taken=tuple(sites))
    found: list[Partial] = []
    worst: tuple[float, str] | None = None
    for effort in range(3):
        sound, closest = _poses_of(
            task, here, item, sites[0], effort=effort, pool=pool, copies=shifts
        )
        found += sound.placed
        if closest is not None and (worst is None or closest[0] > worst[0]):
            worst = closest
        if sound.placed and not sound.at_the_top:
            break
    if not found:
        assert worst is not None
        raise DoesNotFitError(
            f"{item.name} does not fit on all {len(sites)} sites at once: at best {worst[1]}"
        )
    return [_repeated(partial, shifts) for partial in found]


def _repeated(partial: Partial, shifts_A: NDArray[np.float64]) -> Partial:
    """The only ligand of a placement on several sites."""
    added = partial.added[:0]
    for shift in shifts_A:
        copy = partial.added.copy()
        copy.positions += shift
        added += copy
    size, number = len(partial.added), len(shifts_A)
    return replace(
        partial,
        added=added,
        charges_e=np.tile(partial.charges_e, number),
        groups=partial.groups * number,
        score_eV=partial.score_eV * number,
        words=(f"{number} times {partial.words[0]}",),
        pieces=tuple(tuple(range(n * size, (n + 1) * size)) for n in range(number)),
        anchors=tuple(partial.anchors[0] + n * size for n in range(number)),
    )


def _choose_sites(task: Task, partial: Partial, item: Adsorbate) -> list[Site]:
    """Sites to try: the given one; one of each orbit on an empty slab; or all at the best gap."""
    if item.place is not None:
        return [task.sites(item.site)[item.place]]
    if not partial.taken:
        first: dict[int, Site] = {}
        for site in task.sites(item.site):
            first.setdefault(site.orbit, site)
        return list(first.values())
    free = free_sites(task, partial, item.site, item.near)
    gaps = gaps_A(task, partial, free)
    return [site for site, gap in zip(free, gaps, strict=True) if abs(gap - gaps[0]) < 0.05]


def _grow(task: Task, partial: Partial, item: Adsorbate, pool: int) -> list[Partial]:
    """A partial placement with one more ligand, in its best ways."""
    found: list[Partial] = []
    worst: tuple[float, str] | None = None
    for site in _choose_sites(task, partial, item):
        for here in with_site(task, partial, item, site):
            placed: list[Partial] = []
            for effort in range(3):
                sound, closest = _poses_of(task, here, item, site, effort=effort, pool=pool)
                placed += sound.placed
                if closest is not None and (worst is None or closest[0] > worst[0]):
                    worst = closest
                if sound.placed and not sound.at_the_top:
                    break
            found += placed
            if placed:
                break
    if not found:
        assert worst is not None
        raise DoesNotFitError(f"{item.name} does not fit: at best {worst[1]}")
    return found


@dataclass(frozen=True, eq=False)
class _Sound:
    """Sound poses at one site, and whether the best is the highest that was tried."""

    placed: list[Partial]
    at_the_top: bool = False


def _poses_of(
    task: Task,
    here: Partial,
    item: Adsorbate,
    site: Site,
    *,
    effort: int,
    pool: int,
    copies: NDArray[np.float64] | None = None,
) -> tuple[_Sound, tuple[float, str] | None]:
    """Sound poses at one site, best first, and how the closest to a sound one fails.

    `copies`: shifts to equal ligands of the same cell, the zero vector first.
    """
    poses = poses_at(item.ligand, task.bare, site, task.search, item.orientation, effort=effort)
    if not len(poses.positions_A):
        return _Sound([]), None
    around, index = surroundings(task.bare, here)
    verdict = judge(
        poses.positions_A,
        item.ligand,
        Surroundings(around.atoms, all_charges_e(task.bare, here)[index]),
        _bonded(task.bare, item, site, index),
        clash_ratio=task.search.clash_ratio,
        copies_A=copies,
    )
    score_eV = verdict.score_eV + item.ligand.conformer_energies_eV[poses.conformers]
    sound = np.flatnonzero(verdict.repulsion_eV <= OVERLAP_EV)
    if not len(sound):
        return _Sound([]), _nearest_failure(task, around, item, verdict)
    order = sound[np.argsort(score_eV[sound].round(6), kind="stable")]
    found = []
    first = len(here.added)
    for n in order[:pool]:
        molecule = item.ligand.atoms.copy()
        molecule.positions = poses.positions_A[n]
        found.append(
            replace(
                here,
                added=here.added + molecule,
                charges_e=np.concatenate([here.charges_e, item.ligand.partial_charges_e]),
                groups=(*here.groups, *[item.name] * len(molecule)),
                score_eV=here.score_eV + float(score_eV[n]),
                words=(*here.words, f"{item.name}: {site_words(site)}, {poses.words[n]}"),
                pieces=(*here.pieces, tuple(range(first, first + len(molecule)))),
                anchors=(*here.anchors, first + item.ligand.anchors[0]),
            )
        )
    heights = poses.lifts_A
    top = bool(np.ptp(heights)) and heights[order[0]] == heights.max()
    return _Sound(found, top), None


def _nearest_failure(
    task: Task, around: Structure, item: Adsorbate, verdict: Verdict
) -> tuple[float, str]:
    """How near the best of several poses is to a sound one, and what is wrong with it."""
    clear = bool(np.isfinite(verdict.repulsion_eV).any())
    best = int(verdict.repulsion_eV.argmin() if clear else verdict.ratio.argmax())
    words = describe_contact(around, item.ligand.atoms, item.name, verdict.contacts[best])
    if clear:
        repulsion_eV = float(verdict.repulsion_eV[best])
        return -repulsion_eV, f"its atoms overlap with others by {repulsion_eV:.1f} eV ({words})"
    share = f"{task.search.clash_ratio:.0%}"
    return (
        float(verdict.ratio[best]) - NEVER_SOUND,
        f"{words}, closer than {share} of the van der Waals radii",
    )


def _bonded(
    bare: Atoms, item: Adsorbate, site: Site, index: NDArray[np.intp]
) -> list[tuple[int, int]]:
    """Pairs of an anchor and a metal that it binds, as they are numbered in `index`."""
    alkali = tuple(n for n in site.atoms if bare.symbols[n] in ALKALI_METALS)
    if site.kind == "metal-top":
        metals = site.atoms
    elif alkali and site.kind not in SUBSTITUTIONS:
        metals = alkali  # far closer to a donor atom than the van der Waals radii
    elif site.kind == "X-site":
        gaps = bare.positions - site.position_A
        _, d = find_mic(gaps, bare.cell, [True, True, False])
        metals = tuple(np.flatnonzero((ion_sites(bare) == "B") & (d < METAL_REACH_A)).tolist())
    else:
        return []
    local = {int(old): new for new, old in enumerate(index)}
    return [(anchor, local[m]) for anchor in item.ligand.anchors for m in metals if m in local]


def _extended(task: Task, beam: Sequence[Partial], item: Adsorbate, pool: int) -> list[Partial]:
    """All partial placements with one more ligand; an error only if none has room for it."""
    found: list[Partial] = []
    failure: DoesNotFitError | None = None
    for partial in beam:
        try:
            found += _grow(task, partial, item, pool)
        except DoesNotFitError as error:
            failure = failure or error
    if failure is not None and not found:
        raise failure
    return found


def _structure(
    bare: Atoms, partial: Partial, vacuum_A: float, exchange: Operation | None, ligands: int
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
        site=site_words(partial.taken[0]) if partial.taken else "",
    )
