"""Ions that accompany a ligand, and ions that it replaces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from ase.geometry import find_mic

from slabs.adsorption.placement import (
    Adsorbate,
    DoesNotFitError,
    Partial,
    Task,
    free_sites,
    gaps_A,
    site_words,
    surroundings,
)
from slabs.adsorption.score import ionic_charges_e
from slabs.adsorption.sites import SUBSTITUTIONS, Site, has_site
from slabs.elements import (
    ALKALI_METALS,
    DATIVE_FACTOR,
    HALOGENS,
    dative_length_A,
    vdw_radii_A,
)
from slabs.errors import InputError
from slabs.structure import SURFACE_GROUP

#: An ion of this charge replaces more than one ion.
MOST_IONS_OF_ONE_SITE = 2
#: Counter-ions are tried on this many shells of sites around the ligand, whose distances
#: differ by more than this.
ION_SHELLS, SAME_SHELL_A = 4, 0.1
#: Sites of a monatomic counter-ion, by what it is: the first kind that the face has.
ION_SITES = dict.fromkeys(HALOGENS, ("metal-top", "A-top")) | {
    "H": ("X-top",),
    **dict.fromkeys(ALKALI_METALS, ("hollow", "X-top")),
}


def with_site(task: Task, partial: Partial, item: Adsorbate, site: Site) -> Iterator[Partial]:
    """Take a site, remove what is there, and set the counter-ions beside it.

    The counter-ions take the nearest sites first, then sites farther away. An ion of charge
    +2 or -2 that replaces others takes the nearest free sites of the same kind as well.
    """
    here = replace(partial, taken=(*partial.taken, site))
    if site.kind in SUBSTITUTIONS:
        for _ in range(abs(item.ligand.charge) - 1):
            alone = replace(here, taken=(site,))  # nearest to the ligand itself
            free = free_sites(task, here, site.kind, "nearest")
            gaps = gaps_A(task, alone, free)
            nearest = free[min(range(len(free)), key=lambda n: (round(gaps[n], 2), n))]
            words = f"{item.name}: second ion replaced, {site_words(nearest)}"
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
            words = f"{item.counter_ion} of {item.name}: {site_words(ion_site)}"
            complete = replace(
                complete,
                added=complete.added + ion,
                charges_e=np.append(complete.charges_e, ionic_charges_e(ion)),
                groups=(*complete.groups, item.name),
                taken=(*complete.taken, ion_site),
                words=(*complete.words, words),
            )
        yield complete


def _ion_site(task: Task, partial: Partial, element: str, shell: int) -> tuple[Site, Atoms] | None:
    """A site on which a counter-ion does not clash with the ligands before it.

    Shell 0 holds the nearest ones, shell 1 the next nearest; None beyond the last shell.
    """
    there = [kind for kind in ION_SITES[element] if has_site(task.bare, kind)]
    if not there:
        raise InputError(f"this face has no site for {element}", "counter_ion")
    kind = there[0]
    around, _ = surroundings(task.bare, partial)
    ligands = around.atoms[[g != SURFACE_GROUP for g in around.groups]]
    free = free_sites(task, partial, kind, "nearest")
    last: list[float] = []
    for site, gap_A in zip(free, gaps_A(task, partial, free), strict=True):
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
