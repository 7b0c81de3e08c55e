"""From one of the tables of point defects to structures, and what a reader must know of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from ase import Atoms
from ase.geometry import find_mic

from slabs.composition import site_of
from slabs.errors import InputError
from slabs.structure import SURFACE_GROUP, Structure
from slabs.surfaces.defect_sites import default_face_site, face_places, interstices
from slabs.surfaces.defects import DefectStart, losing_ligands, make_defect
from slabs.surfaces.symmetry import Operation, operations
from slabs.surfaces.vacancies import (
    DefectSite,
    distinct_vacancies,
    host_ions,
    image_distance_A,
    ion_name,
)
from workflows.study.defect_tables import Defect
from workflows.study.structure_tables import Surface

#: End of the note on an ion that is one of several kinds.
UNLIKE = "that no symmetry makes alike"
#: An added ion may fall into a vacancy of its own that is nearer than this.
MAY_FILL_A = 4.0


def with_defect(
    structure: Structure, name: str, entry: Defect, surface: Surface | None, bare: Atoms
) -> list[Structure]:
    """The structure with a single point defect, once for every site, start and spin seed.

    Parameters
    ----------
    structure
        Slab with or without ligands and earlier defects, or a supercell of a crystal.
    name, entry
        The defect, no pair.
    surface
        What the slab was cut as; None for a supercell.
    bare
        The slab or supercell without ligands and defects, before a rattle.

    Raises
    ------
    InputError
        If there is no such site, or the defect cannot be made there.
    """
    symmetry = operations(structure.atoms)
    element = None if entry.kind == "vacancy" else entry.element
    sites = _sites(structure, entry, symmetry)[: entry.sites]
    kinds = _kinds(bare, entry)
    found = []
    for site, start, seed in product(sites, entry.starts, entry.spin_seeds):
        made = make_defect(
            structure,
            site,
            element,
            DefectStart(start, seed, entry.charge, entry.moment),
            sides="one" if surface is None else surface.sides,
            vacuum_A=0.0 if surface is None else surface.vacuum_A,
            symmetry=symmetry,
        )
        notes = (f"{name}: {words}" for words in _notes(structure, site, entry, kinds))
        found.append(replace(made, notes=(*structure.notes, *notes)))
    return found


def _sites(structure: Structure, entry: Defect, symmetry: Sequence[Operation]) -> list[DefectSite]:
    """Distinct places for a defect, the one that counts first in front."""
    if entry.kind == "interstitial":
        return interstices(
            structure, entry.element, entry.depth, near=entry.near, symmetry=symmetry
        )
    if entry.kind == "adatom":
        return face_places(structure, entry.element, entry.site, near=entry.near, symmetry=symmetry)
    leaving = entry.element if entry.on is None else entry.on
    try:
        if entry.on is not None:
            _check_replacement(structure, entry, ion_name(entry.on))
        return distinct_vacancies(
            structure,
            leaving,
            entry.depth,
            near=entry.near,
            bridge_axis=entry.bridge_axis,
            symmetry=symmetry,
        )
    except InputError as error:
        if error.key == "element" and entry.on is not None:
            raise InputError(error.message, "on") from error
        raise


def _kinds(bare: Atoms, entry: Defect) -> int:
    """How many ions of the bare slab or supercell a defect may be made of, but for symmetry."""
    if entry.kind in ("interstitial", "adatom"):
        return 1
    whole = Structure(bare, (SURFACE_GROUP,) * len(bare))
    leaving = entry.element if entry.on is None else entry.on
    return len(distinct_vacancies(whole, leaving, entry.depth, bridge_axis=entry.bridge_axis))


def _check_replacement(structure: Structure, entry: Defect, on: str) -> None:
    """Refuse what has another name: an antisite is made of ions of the slab, a substitution not."""
    element, ions = entry.element, sorted(set(host_ions(structure).names))
    if element == on:
        raise InputError(f"{element} in place of {on} changes nothing", "on")
    if entry.kind == "antisite" and element not in ions:
        raise InputError(
            f"{element} is no ion of this slab ({', '.join(ions)}); another element goes with"
            " kind = 'substitution'",
            "kind",
        )
    if entry.kind == "substitution" and element in ions and site_of(element) != site_of(on):
        raise InputError(
            f"{element} is an ion of this slab; in place of {on} it is kind = 'antisite'", "kind"
        )


def _notes(structure: Structure, site: DefectSite, entry: Defect, kinds: int) -> Iterator[str]:
    """What a reader of its energy must know of a defect."""
    charge = "neutral" if not entry.charge else f"charge {entry.charge:+d}"
    what = {
        "vacancy": f"{site.ion} vacancy",
        "interstitial": f"{entry.element} interstitial",
        "adatom": f"{entry.element} adatom",
        "antisite": f"{entry.element} on {site.ion} antisite",
        "substitution": f"{entry.element} in place of {site.ion}",
    }[entry.kind]
    where = f"{entry.depth} layer, {site.depth_A:.1f} A deep"
    if structure.atoms.pbc.all():
        where = f"{image_distance_A(structure.atoms):.1f} A from its periodic images"
    if entry.kind == "adatom":
        kind = entry.site or default_face_site(structure, entry.element)
        where = f"{kind}, {-site.depth_A:.1f} A above the highest atom"
    note = f"{charge} {what}, {where}"
    if entry.bridge_axis is not None:
        note += f", bridge along {entry.bridge_axis}"
    if entry.moment is not None:
        note += f", started with {entry.moment:g} mu_B"
    yield note + (f", {entry.near} to the ligands" if structure.ligands else "")
    if kinds > 1:
        places = zip("xyz" if structure.atoms.pbc.all() else "xy", site.place_A, strict=False)
        words = ", ".join(f"{axis} {place:.2f}" for axis, place in places)
        more = "" if entry.sites >= kinds else f"; sites = {kinds} takes as many places"
        yield f"at {words} A, one of {kinds} kinds of {site.ion} {UNLIKE}{more}"
    for ligand, (symbol, distance_A) in losing_ligands(structure, site).items():
        yield (
            f"the {site.ion} that leaves is bound by {ligand} ({symbol} at {distance_A:.1f} A),"
            " which loses its binding partner"
        )
    near_A = _own_vacancy_A(structure, entry, site)
    if near_A < MAY_FILL_A:
        yield f"only {near_A:.1f} A from a vacancy of {entry.element}, which it may fill"
    if _kept_fixed(structure, site):
        yield "its surroundings are kept fixed and cannot relax"


def _own_vacancy_A(structure: Structure, entry: Defect, site: DefectSite) -> float:
    """Distance of an atom that is added from the nearest vacancy of the same ion."""
    own = np.array([place for ion, place in structure.vacancies if ion == entry.element])
    if entry.kind == "vacancy" or not len(own):
        return np.inf
    atoms = structure.atoms
    return float(find_mic(own - site.place_A, atoms.cell, atoms.pbc)[1].min())


def _kept_fixed(structure: Structure, site: DefectSite) -> bool:
    """Whether the ion of a site, or the atom nearest to an interstice, is kept fixed."""
    atoms = structure.atoms
    fixed = {int(n) for c in atoms.constraints for n in c.get_indices()}
    own = set(site.atoms)
    if not own:
        own = {int(np.linalg.norm(atoms.positions - site.place_A, axis=1).argmin())}
    return bool(own & fixed)
