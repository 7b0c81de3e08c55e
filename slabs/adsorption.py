"""Ligands on a surface: sites, placement by the anchor atom, and the clash test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii, vdw_radii
from ase.geometry import get_distances
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from slabs.contacts import CLASH_RATIO, Surroundings, describe_contact
from slabs.errors import InputError
from slabs.ligands import Ligand
from slabs.structure import SURFACE_GROUP, Structure
from slabs.surface import layer_numbers, set_height

#: Dative bonds are longer than the sum of covalent radii by about this factor
#: (Pb-N about 2.5 angstrom, Pb-O about 2.5 angstrom).
DATIVE_FACTOR = 1.15
#: Where atoms that a ligand replaces are moved to while the ligand is placed.
FAR_BELOW_A = 1000.0
AZIMUTHS_DEG = np.arange(0.0, 360.0, 15.0)
TILTS_DEG = (0.0, 15.0, 30.0)

SITES = {
    "metal-top": "above a metal atom of the outermost layer (L-type bond to Pb)",
    "hollow": "four-fold hollow of the outermost layer, where the next A cation would sit",
    "A-site": "in place of an A cation of the first layer below the surface",
    "X-site": "in place of a halide of the outermost layer (X-type)",
}
SUBSTITUTIONS = ("A-site", "X-site")


@dataclass(frozen=True, eq=False)
class Site:
    """A place on the upper face.

    Parameters
    ----------
    position_A
        Where the anchor would be at zero height, shape=(3,), in angstrom.
    atom
        Index of the surface atom at the site, or -1 for a hollow.
    """

    position_A: NDArray[np.float64]
    atom: int


def _is_halogen(numbers: NDArray[np.int_]) -> NDArray[np.bool_]:
    return np.isin(numbers, [atomic_numbers[x] for x in ("F", "Cl", "Br", "I")])


def find_sites(slab: Atoms, kind: str) -> list[Site]:
    """All sites of one kind on the upper face of a bare slab, in order of x, then y.

    Parameters
    ----------
    slab
        Bare slab; the outermost layer must contain a metal and a halogen.
    kind
        One of `SITES`.

    Raises
    ------
    InputError
        If the kind is unknown or this face has no such site.
    """
    if kind not in SITES:
        raise InputError(f"{kind!r} is not a site; allowed: {', '.join(SITES)}", "site")
    layers = layer_numbers(slab)
    top = layers == layers.max()
    below = layers == layers.max() - 1
    metal = ~_is_halogen(slab.numbers)
    found = np.flatnonzero(
        {"metal-top": top & metal, "X-site": top & ~metal}.get(kind, below & metal)
    )
    if not len(found) or not (top & ~metal).any():
        raise InputError(f"this face has no site {kind!r}", "site")
    if kind == "hollow":
        height = float(slab.positions[top, 2].mean())
        return [Site(np.array([*slab.positions[n, :2], height]), -1) for n in found]
    return [Site(slab.positions[n].copy(), int(n)) for n in found]


def _upright(ligand: Ligand) -> NDArray[np.float64]:
    """Molecule-fixed axis that will point away from the surface, shape=(3,)."""
    heavy = ligand.atoms.numbers > 1
    body = ligand.atoms.positions[heavy if heavy.sum() > 1 else slice(None)]
    axis = body.mean(axis=0) - ligand.atoms.positions[ligand.anchor]
    return np.asarray(axis, dtype=float)


def _plane_normal(ligand: Ligand) -> NDArray[np.float64]:
    """Normal of the plane that fits the atoms best, shape=(3,)."""
    centred = ligand.atoms.positions - ligand.atoms.positions.mean(axis=0)
    return np.asarray(np.linalg.svd(centred)[2][2], dtype=float)


def orientations(ligand: Ligand) -> list[NDArray[np.float64]]:
    """Positions relative to the anchor for every tried azimuth and tilt, shape=(n, 3) each."""
    axis = _plane_normal(ligand) if ligand.orientation == "flat" else _upright(ligand)
    if np.linalg.norm(axis) < 1e-6:
        axis = np.array([0.0, 0.0, 1.0])
    align, _ = Rotation.align_vectors([[0.0, 0.0, 1.0]], [axis])
    centred = align.apply(ligand.atoms.positions - ligand.atoms.positions[ligand.anchor])
    tilts = (0.0,) if ligand.orientation == "flat" else TILTS_DEG
    return [
        Rotation.from_euler("zyz", [turn, tilt, spin], degrees=True).apply(centred)
        for tilt in tilts
        for spin in ((0.0,) if tilt == 0.0 else AZIMUTHS_DEG[::4])
        for turn in AZIMUTHS_DEG
    ]


def anchor_height_A(ligand: Ligand, slab: Atoms, site: Site, kind: str) -> float:
    """Height of the anchor above its site in angstrom.

    On a metal: the dative distance, `DATIVE_FACTOR` times the covalent radii. In a
    hollow: the distance at which the anchor touches the halogens around it, which is
    where the next layer of the crystal would be. In place of an ion: zero.
    """
    if kind in SUBSTITUTIONS:
        return 0.0
    if kind == "metal-top":
        metal = covalent_radii[slab.numbers[site.atom]]
        anchor = covalent_radii[ligand.atoms.numbers[ligand.anchor]]
        return DATIVE_FACTOR * float(metal + anchor)
    layers = layer_numbers(slab)
    top = np.flatnonzero((layers == layers.max()) & _is_halogen(slab.numbers))
    _, d = get_distances(site.position_A, slab.positions[top], cell=slab.cell, pbc=slab.pbc)
    lateral = float(d.min())
    touch = float(vdw_radii[slab.numbers[top[0]]] + vdw_radii[ligand.atoms.numbers[ligand.anchor]])
    return max(2.5, float(np.sqrt(max(0.0, touch**2 - lateral**2))))


def _choose_site(sites: Sequence[Site], slab: Atoms, taken: list[Site]) -> Site:
    """The free site that is farthest from those already taken."""
    free = [s for s in sites if all(s.atom < 0 or s.atom != t.atom for t in taken)]
    if not free:
        raise InputError(
            f"all {len(sites)} such sites of the cell are taken; choose a larger size", "site"
        )
    if not taken:
        return free[0]

    def gap(site: Site) -> float:
        others = np.array([t.position_A for t in taken])
        flat = [True, True, False]
        _, d = get_distances(site.position_A, others, cell=slab.cell, pbc=flat)
        return float(d.min())

    return max(free, key=lambda s: round(gap(s), 6))


@dataclass(frozen=True, eq=False)
class Adsorbate:
    """A ligand, the name of its group, where it goes and what accompanies it."""

    name: str
    ligand: Ligand
    site: str
    counter_ion: str | None = None


def adsorb(bare: Atoms, adsorbates: Sequence[Adsorbate], vacuum_A: float) -> Structure:
    """Place ligands on the upper face of a bare slab, each as far from the others as possible.

    Of all tried orientations the one with the largest shortest contact (in units of the
    van der Waals radii, periodic images and the surface included) is kept; the anchor
    stays at its distance from the site.

    Parameters
    ----------
    bare
        Slab without ligands; it is not changed.
    adsorbates
        Ligands in the order in which they take their sites.
    vacuum_A
        Vacuum above the highest atom in angstrom.

    Returns
    -------
    Structure
        Surface atoms first, in their order, then the ligands in theirs, each behind its
        counter-ion.

    Raises
    ------
    InputError
        If a site does not exist, or a ligand cannot be placed without a clash; the
        sentence names the two atoms and their distance.
    """
    slab: Atoms = bare.copy()
    groups = [SURFACE_GROUP] * len(slab)
    taken: list[Site] = []
    removed: list[int] = []
    for item in adsorbates:
        site = _choose_site(find_sites(bare, item.site), bare, taken)
        taken.append(site)
        if item.site in SUBSTITUTIONS:
            removed.append(site.atom)
        if item.counter_ion is not None:
            ion_site = _choose_site(find_sites(bare, "metal-top"), bare, taken)
            taken.append(ion_site)
            slab += _counter_ion(item.counter_ion, bare, ion_site)
            groups.append(item.name)
        here = Structure(slab, tuple(groups))
        slab = slab + _place(item, here, bare, site, removed)
        groups += [item.name] * len(item.ligand.atoms)
    keep = [n for n in range(len(slab)) if n not in removed]
    slab = slab[keep]
    set_height(slab, vacuum_A)
    return Structure(slab, tuple(groups[n] for n in keep), ligands=len(adsorbates))


def _counter_ion(element: str, bare: Atoms, site: Site) -> Atoms:
    """A monatomic ion on a metal atom, at the distance of a dative bond."""
    radii = covalent_radii[[bare.numbers[site.atom], atomic_numbers[element]]]
    lift = [0.0, 0.0, DATIVE_FACTOR * float(radii.sum())]
    return Atoms(element, positions=[site.position_A + lift])


def _place(
    item: Adsorbate, here: Structure, bare: Atoms, site: Site, removed: Sequence[int]
) -> Atoms:
    """The ligand at its site, in the orientation with the widest closest contact."""
    anchor = item.ligand.anchor
    rise = np.array([0.0, 0.0, anchor_height_A(item.ligand, bare, site, item.site)])
    around = here.atoms.copy()
    around.positions[list(removed), 2] -= FAR_BELOW_A  # replaced atoms are not in the way
    touching = (site.atom,) if item.site == "metal-top" else ()
    surroundings = Surroundings(around, touching)
    best, best_contact, best_score = item.ligand.atoms, None, -1.0
    for relative in orientations(item.ligand):
        molecule = item.ligand.atoms.copy()
        molecule.positions = site.position_A + rise + relative
        contact = surroundings.closest(molecule, anchor)
        score = round(contact.ratio, 4) if contact else 1.0
        if score > best_score:
            best, best_contact, best_score = molecule, contact, score
        if best_score >= 1.0:
            break
    if best_contact is not None and best_contact.ratio < CLASH_RATIO:
        words = describe_contact(here, best, item.name, best_contact)
        raise InputError(
            f"{item.name} does not fit: {words}, closer than {CLASH_RATIO:.0%} of the van der"
            " Waals radii; choose a larger size or a shorter chain"
        )
    return best
