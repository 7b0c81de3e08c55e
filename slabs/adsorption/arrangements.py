"""Ligands on chosen sites: every arrangement that no symmetry of the slab turns into another."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import comb

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from slabs.adsorption.adsorb import adsorb
from slabs.adsorption.placement import Adsorbate, DoesNotFitError
from slabs.adsorption.poses import Search
from slabs.adsorption.sites import SAME_SITE_A, Site, find_sites, lateral_distance_A
from slabs.errors import InputError
from slabs.structure import Structure
from slabs.surfaces.symmetry import operations

#: More ways to put ligands on sites than this are not enumerated.
MOST_WAYS = 50_000
#: A site without a ligand.
EMPTY = ""


@dataclass(frozen=True, eq=False)
class Arranged:
    """Ligands in every distinct arrangement.

    Parameters
    ----------
    structures
        Those without a clash, by rising score.
    distinct
        Number of distinct arrangements.
    clashing
        How many of them leave no room for a ligand.
    """

    structures: tuple[Structure, ...]
    distinct: int
    clashing: int


def arranged(
    bare: Atoms,
    adsorbates: Sequence[Adsorbate],
    vacuum_A: float,
    *,
    sides: str = "one",
    search: Search | None = None,
) -> Arranged:
    """Put ligands on the sites of a bare slab in every distinct arrangement.

    In each the ligands take their best poses, one after the other; see
    `slabs.adsorption.adsorb.adsorb`, which has the same parameters.

    Raises
    ------
    InputError
        If there are too few sites, too many ways, or no arrangement without a clash.
    """
    ways = distinct_arrangements(bare, [(item.name, item.site) for item in adsorbates])
    found: list[Structure] = []
    failure: DoesNotFitError | None = None
    for places in ways:
        items = [replace(item, place=n) for item, n in zip(adsorbates, places, strict=True)]
        try:
            found += adsorb(bare, items, vacuum_A, sides=sides, search=search)
        except DoesNotFitError as error:
            failure = failure or error
    if failure is not None and not found:
        raise failure
    order = sorted(found, key=lambda each: round(each.score_eV or 0.0, 6))
    return Arranged(tuple(order), len(ways), len(ways) - len(found))


def distinct_arrangements(bare: Atoms, ligands: Sequence[tuple[str, str]]) -> list[tuple[int, ...]]:
    """Numbers of the sites that ligands take, one tuple per arrangement.

    Arrangements that a symmetry of the bare slab turns into each other, its upper face kept,
    count once. Ligands of one name are alike.

    Parameters
    ----------
    bare
        Slab without ligands.
    ligands
        Name and kind of site, of `slabs.adsorption.sites.SITES`, of each ligand.

    Raises
    ------
    InputError
        If a kind of site has fewer places than ligands, or there are more than `MOST_WAYS`
        ways.
    """
    symmetry = operations(bare)
    kinds = list(dict.fromkeys(kind for _, kind in ligands))
    sites = {kind: find_sites(bare, kind, symmetry) for kind in kinds}
    every = [site for kind in kinds for site in sites[kind]]
    names = {kind: [name for name, own in ligands if own == kind] for kind in kinds}
    _check_number(sites, names)
    images = _images(bare, every)
    seen: set[tuple[str, ...]] = set()
    found = []
    for parts in itertools.product(
        *(list(_labellings(names[kind], len(sites[kind]))) for kind in kinds)
    ):
        labels = tuple(label for part in parts for label in part)
        if labels in seen:
            continue
        seen |= {tuple(labels[n] for n in image) for image in images}
        found.append(_places(ligands, kinds, parts))
    return found


def _check_number(sites: dict[str, list[Site]], names: dict[str, list[str]]) -> None:
    """Refuse what has no room or too many ways."""
    ways = 1
    for kind, own in names.items():
        free = len(sites[kind])
        if len(own) > free:
            raise InputError(
                f"{len(own)} ligands on {free} sites {kind!r} of the cell; choose a larger size",
                "size",
            )
        for name in dict.fromkeys(own):
            ways *= comb(free, own.count(name))
            free -= own.count(name)
    if ways > MOST_WAYS:
        raise InputError(
            f"there are {ways} ways to put {sum(map(len, names.values()))} ligands on these sites;"
            f" at most {MOST_WAYS} are enumerated, choose a smaller size",
            "size",
        )


def _labellings(names: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    """Every way to put named ligands on a number of sites, equal ones being alike."""

    def placed(labels: tuple[str, ...], left: list[str]) -> Iterator[tuple[str, ...]]:
        if not left:
            yield labels
            return
        name, free = left[0], [n for n, label in enumerate(labels) if label == EMPTY]
        for chosen in itertools.combinations(free, left.count(name)):
            filled = tuple(name if n in chosen else label for n, label in enumerate(labels))
            yield from placed(filled, [each for each in left if each != name])

    yield from placed((EMPTY,) * size, list(names))


def _places(
    ligands: Sequence[tuple[str, str]], kinds: Sequence[str], parts: Sequence[tuple[str, ...]]
) -> tuple[int, ...]:
    """The site of each ligand, in their order; equal ones take theirs by rising number."""
    free = {
        (label, kind): [n for n, own in enumerate(part) if own == label]
        for kind, part in zip(kinds, parts, strict=True)
        for label in set(part)
    }
    return tuple(free[ligand].pop(0) for ligand in ligands)


def _images(bare: Atoms, sites: Sequence[Site]) -> list[NDArray[np.intp]]:
    """For each symmetry that keeps the upper face, the site that each site comes from."""
    places = np.array([site.position_A for site in sites])
    kinds = np.array([site.kind for site in sites])
    found = {}
    for operation in operations(bare):
        if not operation.keeps_normal:
            continue
        image = np.empty(len(sites), dtype=np.intp)
        for n, moved in enumerate(operation.apply(places)):
            gaps_A = lateral_distance_A(bare, moved, places.copy())
            gaps_A[kinds != kinds[n]] = np.inf
            image[n] = int(gaps_A.argmin())
            if gaps_A[image[n]] > SAME_SITE_A:
                break
        else:
            found[tuple(image.tolist())] = np.argsort(image)
    return list(found.values())
