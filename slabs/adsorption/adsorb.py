"""Ligands on a slab: the best placements of one or several, on one face or on both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from ase.geometry import find_mic
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from slabs.adsorption.contacts import describe_contact
from slabs.adsorption.poses import Search, poses_at
from slabs.adsorption.score import Surroundings, Verdict, ionic_charges_e, judge
from slabs.adsorption.sites import SUBSTITUTIONS, Site, find_sites, has_site, lateral_distance_A
from slabs.composition import ion_sites
from slabs.elements import (
    ALKALI_METALS,
    DATIVE_FACTOR,
    HALOGENS,
    dative_length_A,
    vdw_radii_A,
)
from slabs.errors import InputError
from slabs.ligands.conformers import superposition
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
#: A placement with a higher van der Waals energy overlaps with its surroundings: that of
#: bound ligands is below zero, dative bonds left out.
OVERLAP_EV = 0.5
#: An ion of this charge replaces more than one ion.
MOST_IONS_OF_ONE_SITE = 2
#: Ranks placements that clash behind those that only overlap.
NEVER_SOUND = 1e6
#: Placements that are returned lie within this of the best one.
WINDOW_EV = 1.5
#: Placements that differ by a turn of up to this many azimuth steps are the same.
TURN_TOLERANCE = 1.05
#: Atoms this close to a line lie on it.
COLLINEAR_A = 1e-3
#: A ligand in place of a halide binds the metals up to this far from its site.
METAL_REACH_A = 4.0
#: Counter-ions are tried on this many shells of sites around the ligand, whose distances
#: differ by more than this.
ION_SHELLS, SAME_SHELL_A = 4, 0.1
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
class _Partial:
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
class _Task:
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
    pool = max(POOL, 20 * count)
    if _is_monolayer(task, adsorbates):
        beam = _best(_monolayers(task, beam[0], adsorbates, pool), task, count)
        return [_structure(bare, p, vacuum_A, exchange, len(adsorbates)) for p in beam]
    for number, item in enumerate(adsorbates, start=1):
        last = number == len(adsorbates)
        found = _extended(task, beam, item, pool if last else POOL)
        beam = _best(found, task, count if last else BEAM)
    return [_structure(bare, p, vacuum_A, exchange, len(adsorbates)) for p in beam]


def _is_monolayer(task: _Task, adsorbates: Sequence[Adsorbate]) -> bool:
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
    task: _Task, empty: _Partial, adsorbates: Sequence[Adsorbate], pool: int
) -> list[_Partial]:
    """The poses of one ligand, repeated on all its sites."""
    item = adsorbates[0]
    sites = task.sites(item.site)
    shifts = np.array([site.position_A - sites[0].position_A for site in sites])
    removed = [n for s in sites if s.kind in SUBSTITUTIONS for n in s.atoms]
    here = replace(empty, removed=tuple(removed), taken=tuple(sites))
    found: list[_Partial] = []
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


def _repeated(partial: _Partial, shifts_A: NDArray[np.float64]) -> _Partial:
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


def _choose_sites(task: _Task, partial: _Partial, item: Adsorbate) -> list[Site]:
    """Sites to try: the given one; one of each orbit on an empty slab; or all at the best gap."""
    if item.place is not None:
        return [task.sites(item.site)[item.place]]
    if not partial.taken:
        first: dict[int, Site] = {}
        for site in task.sites(item.site):
            first.setdefault(site.orbit, site)
        return list(first.values())
    free = _free_sites(task, partial, item.site, item.near)
    gaps = _gaps_A(task, partial, free)
    return [site for site, gap in zip(free, gaps, strict=True) if abs(gap - gaps[0]) < 0.05]


def _gaps_A(task: _Task, partial: _Partial, sites: Sequence[Site]) -> list[float]:
    """Distance along the surface from each site to the nearest one that is taken."""
    others = np.array([t.position_A for t in partial.taken])
    return [float(lateral_distance_A(task.bare, s.position_A, others).min()) for s in sites]


def _free_sites(task: _Task, partial: _Partial, kind: str, near: str) -> list[Site]:
    """Sites that are not taken, the nearest or the farthest from those that are first."""
    sites = task.sites(kind)
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
    found: list[_Partial] = []
    worst: tuple[float, str] | None = None
    for site in _choose_sites(task, partial, item):
        for here in _with_site(task, partial, item, site):
            placed: list[_Partial] = []
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

    placed: list[_Partial]
    at_the_top: bool = False


def _poses_of(
    task: _Task,
    here: _Partial,
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
    around, index = _around(task.bare, here)
    verdict = judge(
        poses.positions_A,
        item.ligand,
        Surroundings(around.atoms, _charges(task.bare, here)[index]),
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
                words=(*here.words, f"{item.name}: {_site_words(site)}, {poses.words[n]}"),
                pieces=(*here.pieces, tuple(range(first, first + len(molecule)))),
                anchors=(*here.anchors, first + item.ligand.anchors[0]),
            )
        )
    heights = poses.lifts_A
    top = bool(np.ptp(heights)) and heights[order[0]] == heights.max()
    return _Sound(found, top), None


def _nearest_failure(
    task: _Task, around: Structure, item: Adsorbate, verdict: Verdict
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


def _site_words(site: Site) -> str:
    x, y = site.position_A[:2]
    return f"{site.kind} at x {x:.2f}, y {y:.2f} A"


def _with_site(task: _Task, partial: _Partial, item: Adsorbate, site: Site) -> Iterator[_Partial]:
    """Take a site, remove what is there, and set the counter-ions beside it.

    The counter-ions take the nearest sites first, then sites farther away. An ion of charge
    +2 or -2 that replaces others takes the nearest free sites of the same kind as well.
    """
    here = replace(partial, taken=(*partial.taken, site))
    if site.kind in SUBSTITUTIONS:
        for _ in range(abs(item.ligand.charge) - 1):
            alone = replace(here, taken=(site,))  # nearest to the ligand itself
            free = _free_sites(task, here, site.kind, "nearest")
            gaps = _gaps_A(task, alone, free)
            nearest = free[min(range(len(free)), key=lambda n: (round(gaps[n], 2), n))]
            words = f"{item.name}: second ion replaced, {_site_words(nearest)}"
            here = replace(here, taken=(*here.taken, nearest), words=(*here.words, words))
        gone = [atom for each in here.taken[len(partial.taken) :] for atom in each.atoms]
        here = replace(here, removed=(*partial.removed, *gone))
    if item.counter_ion is None:
        yield here
        return
    if item.counter_ion not in ION_SITES:
        raise InputError(
            f"{item.counter_ion!r} is not a counter-ion; allowed: {', '.join(ION_SITES)}",
            "counter_ion",
        )
    number = max(1, abs(item.ligand.charge))
    for shell in range(ION_SHELLS):
        complete = here
        for _ in range(number):
            found = _ion_site(task, complete, item.counter_ion, shell)
            if found is None:
                return
            ion_site, ion = found
            words = f"{item.counter_ion} of {item.name}: {_site_words(ion_site)}"
            complete = replace(
                complete,
                added=complete.added + ion,
                charges_e=np.append(complete.charges_e, ionic_charges_e(ion)),
                groups=(*complete.groups, item.name),
                taken=(*complete.taken, ion_site),
                words=(*complete.words, words),
            )
        yield complete


def _ion_site(
    task: _Task, partial: _Partial, element: str, shell: int
) -> tuple[Site, Atoms] | None:
    """A site on which a counter-ion does not clash with the ligands before it.

    Shell 0 holds the nearest ones, shell 1 the next nearest; None beyond the last shell.
    """
    there = [kind for kind in ION_SITES[element] if has_site(task.bare, kind)]
    if not there:
        raise InputError(f"this face has no site for {element}", "counter_ion")
    kind = there[0]
    around, _ = _around(task.bare, partial)
    ligands = around.atoms[[g != SURFACE_GROUP for g in around.groups]]
    free = _free_sites(task, partial, kind, "nearest")
    last: list[float] = []
    for site, gap_A in zip(free, _gaps_A(task, partial, free), strict=True):
        ion = _counter_ion(element, task.bare, site)
        if len(ligands):
            gaps = find_mic(ligands.positions - ion.positions, task.bare.cell, [True, True, False])
            touch = vdw_radii_A(ligands.numbers) + vdw_radii_A(ion.numbers)
            if (gaps[1] / touch).min() < task.search.clash_ratio:
                continue
        if not last or gap_A > last[-1] + SAME_SHELL_A:
            last.append(gap_A)
        if len(last) == shell + 1:
            return site, ion
    if shell:
        return None
    raise DoesNotFitError(f"{element} does not fit beside the ligands on any site {kind!r}")


def _counter_ion(element: str, bare: Atoms, site: Site) -> Atoms:
    """A monatomic ion: on its ion at a bond length, or in a hollow like the next A cation."""
    radius = float(covalent_radii[atomic_numbers[element]])
    if not site.atoms:
        return Atoms(
            element, positions=[site.position_A + np.array([0.0, 0.0, DATIVE_FACTOR * radius])]
        )
    below = bare.numbers[site.atoms[0]]
    rise = radius + float(covalent_radii[below])
    if element != "H":
        rise = dative_length_A(atomic_numbers[element], below)
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
    """The best placements that differ from each other, none far above the best."""
    kept: list[_Partial] = []
    for candidate in sorted(found, key=lambda p: round(p.score_eV, 6)):
        if kept and candidate.score_eV > kept[0].score_eV + WINDOW_EV:
            break
        if not any(_are_alike(candidate, other, task) for other in kept):
            kept.append(candidate)
        if len(kept) == count:
            break
    return kept


def _are_alike(first: _Partial, second: _Partial, task: _Task) -> bool:
    """Whether two placements are closer than the diversity under some symmetry.

    Closer is the root mean square distance of like heavy atoms. Each ligand may first turn
    about its anchor by one step of the azimuth: placements that differ by no more are steps
    of one scan.
    """
    heavy = first.added.numbers > 1
    numbers = first.added.numbers[heavy]
    mine, theirs = first.added.positions[heavy], second.added.positions[heavy]
    place = np.cumsum(heavy) - 1
    pieces = [place[[n for n in piece if heavy[n]]] for piece in first.pieces]
    anchors = np.array([place[n] for n in first.anchors])
    rest = np.setdiff1d(np.arange(len(numbers)), np.concatenate(pieces))
    sizes = np.array([len(piece) for piece in pieces])
    limit_A2 = len(numbers) * task.search.diversity_A**2
    cell = task.bare.cell.array
    unlike = numbers[:, None] != numbers
    step_deg = TURN_TOLERANCE * task.search.azimuth_step_deg
    for op in task.symmetry:
        if not op.keeps_normal:
            continue
        image = op.apply(mine)
        # The image may lie in another cell: bring an anchor to the first one.
        for anchor in anchors[sizes == sizes[0]]:
            gap = theirs[anchors[0]] - image[anchor]
            whole = np.linalg.solve(cell[:2, :2].T, gap[:2]).round()
            moved = image + np.append(whole @ cell[:2, :2], 0.0)
            nearest = cdist(moved[anchors], theirs[anchors])
            nearest[unlike[np.ix_(anchors, anchors)]] = np.inf
            if float((sizes * np.square(nearest.min(axis=1))).sum()) > limit_A2:
                continue  # no turn brings the ligands together
            squares = _squares(moved, theirs, unlike)
            total = float(squares[rest].sum())
            for piece, centre in zip(pieces, anchors, strict=True):
                full = float(squares[piece].sum())
                turned = _turned_back(moved[piece], moved[centre], theirs[piece], theirs[centre])
                total += min(full, turned.square_A2) if turned.angle_deg <= step_deg else full
            if total <= limit_A2:
                return True
    return False


@dataclass(frozen=True)
class _Turned:
    """Angle of the turn that superposes two poses, and the sum of squares that is left."""

    angle_deg: float
    square_A2: float


def _turned_back(
    points: NDArray[np.float64],
    centre: NDArray[np.float64],
    others: NDArray[np.float64],
    other_centre: NDArray[np.float64],
) -> _Turned:
    """Superpose two poses by a turn about their anchors, atom on atom."""
    shift = float(np.square(centre - other_centre).sum())
    if len(points) < 2:
        return _Turned(0.0, shift)
    mine, theirs = points - centre, others - other_centre
    turn = superposition(theirs, mine)
    cosine = (np.trace(turn) - 1.0) / 2.0
    if np.linalg.matrix_rank(mine, tol=COLLINEAR_A) < 2:  # no turn about their own line counts
        lengths = np.linalg.norm(mine) * np.linalg.norm(theirs)
        cosine = float((mine * theirs).sum()) / max(float(lengths), COLLINEAR_A)
    left = float(np.square(mine @ turn.T - theirs).sum())
    angle_deg = float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))
    return _Turned(angle_deg, left + len(points) * shift)


def _squares(
    points: NDArray[np.float64], others: NDArray[np.float64], unlike: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Square of the distance of each point from the nearest of like others, shape=(n,)."""
    distance = cdist(points, others)
    distance[unlike] = np.inf
    return np.asarray(np.square(distance.min(axis=1)))


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
        site=_site_words(partial.taken[0]) if partial.taken else "",
    )
