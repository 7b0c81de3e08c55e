"""Point defects: ions removed, added or replaced, and starts that break the symmetry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from ase.geometry import get_distances
from numpy.typing import NDArray

from slabs.composition import site_of
from slabs.elements import ALKALI_METALS, HALOGENS, HIGH_SPIN, dative_length_A, vdw_radii_A
from slabs.errors import InputError
from slabs.molecular_units import ion_sites
from slabs.structure import SURFACE_GROUP, Structure
from slabs.surfaces.room import Room, check_element, image_A, same_place
from slabs.surfaces.slab import layer_numbers, set_height
from slabs.surfaces.symmetry import Operation, exchange_of_faces, on_other_face, operations
from slabs.surfaces.vacancies import DefectSite, bonded_to

STARTS = {
    "as-cut": "the other atoms stay where they are, but for ions that make room for an added one",
    "rattled": "the atoms around the defect are displaced at random",
    "dimer": "the two metal neighbours of a vacancy move towards each other",
}
SPIN_SEEDS = {
    "neighbours": "the unpaired electron is spread over the metal neighbours of the defect and the"
    " atom that was added",
    "one-neighbour": "it starts on one of them, best the atom that was added",
    "surface": "it is spread over the outermost metal layer",
}
#: A metal dimer starts at this factor times the sum of the covalent radii (Pb-Pb 3.5 A).
DIMER_FACTOR = 1.2
#: Standard deviation of the rattle and its range around the defect.
RATTLE_A = 0.1
RATTLE_RANGE_A = 5.0
RATTLE_SEED = 1
#: Atoms higher than this above the highest one of a slab are adatoms.
LOWEST_ADATOM_A = 0.05
#: A ligand binds an ion up to this factor times the length of a dative bond.
BINDING_FACTOR = 1.1
#: Its hydrogen atoms bind a halide up to this share of the van der Waals radii (H...I 2.7 A).
HYDROGEN_BOND_SHARE = 0.85


@dataclass(frozen=True)
class DefectStart:
    """How a defect starts.

    Parameters
    ----------
    start
        One of `STARTS`.
    spin_seed
        One of `SPIN_SEEDS`; used if the number of electrons is odd.
    charge
        Charge per defect in units of e.
    moment_muB
        Magnetic moment that the added atom starts with in Bohr magnetons, for an ion with an
        open d or f shell.
    """

    start: str = "as-cut"
    spin_seed: str = "neighbours"
    charge: int = 0
    moment_muB: float | None = None


@dataclass(frozen=True, eq=False)
class _Copy:
    """A defect on one face: the ion that is there, the place, and how it follows from the first."""

    atoms: tuple[int, ...]
    place_A: NDArray[np.float64]
    operation: Operation | None = None


def make_defect(
    structure: Structure,
    site: DefectSite,
    element: str | None = None,
    start: DefectStart | None = None,
    *,
    sides: str = "one",
    vacuum_A: float = 0.0,
    symmetry: Sequence[Operation] | None = None,
) -> Structure:
    """Remove the ion of a site, add an atom there, or both; what is neutral stays neutral.

    Parameters
    ----------
    structure
        Slab with or without ligands; it is not changed.
    site
        Where: an ion, which leaves, an interstice or a place on the face.
    element
        Element of the atom that is put there; None for a vacancy.
    start
        Geometry and spin the relaxation starts from, and the charge.
    sides
        ``"two"``: the same on the other face, by the inversion if there is one; a place in
        the very middle has no partner.
    vacuum_A
        Vacuum that must remain above the highest atom in angstrom.
    symmetry
        Operations of the structure, if they are known already.

    Raises
    ------
    InputError
        If the faces are not equivalent, there is no metal dimer to start from, the atom has
        no room, or its magnetic moment is missing.

    Returns
    -------
    Structure
        An atom in place of another one keeps its index, others come last. The magnetic
        moments, 1 Bohr magneton for each defect so far, are the spin seed in case an
        electron is unpaired; besides them magnetic ions have the moment of the start.
    """
    start = start or DefectStart()
    _check(start, element)
    atoms: Atoms = structure.atoms.copy()
    moments = atoms.get_initial_magnetic_moments()
    moved = atoms.positions.copy()
    copies = _copies(structure, site, sides, symmetry)
    gone: list[int] = []
    new: list[tuple[NDArray[np.float64], float]] = []
    for each in copies:
        if element is not None:
            moved += _room(structure, site, element, each)
        seeds, own = _moments(structure, each, start, element)
        moments += seeds
        moved += _shifts(structure, site, start.start, each)
        if element is None:
            gone += each.atoms
        elif len(each.atoms) == 1:
            atoms.numbers[each.atoms[0]] = atomic_numbers[element]
            moments[each.atoms[0]] = own
        else:
            gone += each.atoms
            new.append((each.place_A, own))
    atoms.set_positions(moved, apply_constraint=False)
    atoms.set_initial_magnetic_moments(moments)
    for place, own in new:
        atoms += Atoms(element, positions=[place], magmoms=[own])
    groups = (*structure.groups, *[SURFACE_GROUP] * len(new))
    del atoms[gone]
    lift = _make_vacuum(atoms, structure, [place[2] for place, _ in new], vacuum_A)
    places = tuple(_lifted(each.place_A, lift) for each in copies)
    vacancies, added = structure.vacancies, structure.added
    if lift:
        vacancies, added = (
            tuple((name, _lifted(np.array(place), lift)) for name, place in known)
            for known in (vacancies, added)
        )
    if element is None:
        vacancies += tuple((site.ion, place) for place in places)
    else:
        added += tuple((element, place) for place in places)
    return replace(
        structure,
        vacancies=vacancies,
        added=added,
        atoms=atoms,
        groups=tuple(g for n, g in enumerate(groups) if n not in gone),
        charge=structure.charge + start.charge * len(copies),
        placement="; ".join(
            filter(None, [structure.placement, _words(structure, site, element, start)])
        ),
    )


def remove_atom(
    structure: Structure,
    site: DefectSite,
    start: DefectStart | None = None,
    *,
    sides: str = "one",
    symmetry: Sequence[Operation] | None = None,
) -> Structure:
    """A vacancy: the ion of a site is removed; a neutral one leaves its electrons behind.

    See `make_defect`.
    """
    return make_defect(structure, site, None, start, sides=sides, symmetry=symmetry)


def losing_ligands(structure: Structure, site: DefectSite) -> dict[str, tuple[str, float]]:
    """Ligands that bind the ion of a site, and so lose it with the ion.

    Returns
    -------
    dict
        For each name of a ligand the element of its nearest atom and the distance in
        angstrom.
    """
    atoms = structure.atoms
    ligands = np.flatnonzero(np.array(structure.groups) != SURFACE_GROUP)
    found: dict[str, tuple[str, float]] = {}
    for index in site.atoms:
        _, gaps = (
            get_distances(
                atoms.positions[[index]], atoms.positions[ligands], cell=atoms.cell, pbc=atoms.pbc
            )
            if len(ligands)
            else ((), np.zeros((1, 0)))
        )
        for other, gap in zip(ligands.tolist(), gaps[0].tolist(), strict=True):
            name = structure.groups[other]
            if gap < _binding_A(atoms, index, other) and gap < found.get(name, ("", np.inf))[1]:
                found[name] = (str(atoms.symbols[other]), gap)
    return found


def _binding_A(atoms: Atoms, ion: int, other: int) -> float:
    """Up to which distance an atom of a ligand binds an ion."""
    numbers = atoms.numbers[[ion, other]]
    if 6 in numbers:
        return 0.0  # carbon binds nothing here
    if 1 in numbers:
        if not {str(atoms.symbols[ion]), str(atoms.symbols[other])} & set(HALOGENS):
            return 0.0
        return HYDROGEN_BOND_SHARE * float(vdw_radii_A(numbers).sum())
    return BINDING_FACTOR * dative_length_A(int(numbers[0]), int(numbers[1]))


def _check(start: DefectStart, element: str | None) -> None:
    choices = (("starts", start.start, STARTS), ("spin_seeds", start.spin_seed, SPIN_SEEDS))
    for key, value, allowed in choices:
        if value not in allowed:
            raise InputError(f"{value!r} is not allowed: {', '.join(allowed)}", key)
    if element is not None:
        check_element(element)
        if start.start == "dimer":
            raise InputError("'dimer' is a start of vacancies only", "starts")
    if element in HIGH_SPIN and start.moment_muB is None:
        ion, usual = HIGH_SPIN[element]
        raise InputError(
            f"{element} has an open shell, and its moment decides the energy: give it in Bohr"
            f" magnetons, for high-spin {ion} moment = {usual:.1f}",
            "moment",
        )
    if element not in HIGH_SPIN and start.moment_muB is not None:
        raise InputError(
            f"{element or 'a vacancy'} starts without a moment of its own (spin_seeds place an"
            f" unpaired electron); moment goes with {', '.join(HIGH_SPIN)}",
            "moment",
        )


def _room(structure: Structure, site: DefectSite, element: str, each: _Copy) -> NDArray[np.float64]:
    """Displacements with which the ions around an added atom make room, shape=(n, 3)."""
    room = Room(structure, element, each.atoms)
    (limit,) = room.neighbours(each.place_A[None])
    if limit.ratio < 1:
        where = f"in place of {site.ion}" if site.ion else "there"
        raise InputError(
            f"{element} {where} would be {limit.distance_A:.2f} A from {limit.symbol}; at least"
            f" {limit.shortest_A:.2f} A",
            "element",
        )
    return room.pushes(each.place_A)


def defect_label(site: DefectSite, element: str | None) -> str:
    """Name of a defect as chemists write it: V_I, I_i (interstice), Pb_I, I_ad (adatom)."""
    if element is None:
        return f"V_{site.ion}"
    return f"{element}_{site.ion or ('ad' if site.depth_A < -LOWEST_ADATOM_A else 'i')}"


def _words(structure: Structure, site: DefectSite, element: str | None, start: DefectStart) -> str:
    height = f"{site.depth_A:.1f} A deep" if site.depth_A >= 0 else f"{-site.depth_A:.1f} A high"
    where = "in the bulk" if structure.atoms.pbc.all() else height
    words = f"{defect_label(site, element)}: {where}, {site.coordination}-coordinated"
    if site.ion:
        words += f", bonds along {site.bridge_axis}"
    if np.isfinite(site.ligand_distance_A):
        words += f", {site.ligand_distance_A:.1f} A from the next ligand or defect"
    words += f", start {start.start}, initial spin on {start.spin_seed}"
    return words if start.moment_muB is None else f"{words}, moment {start.moment_muB:g} mu_B"


def _copies(
    structure: Structure, site: DefectSite, sides: str, symmetry: Sequence[Operation] | None
) -> list[_Copy]:
    """The defect, and its partner on the other face unless it lies in the very middle."""
    first = _Copy(site.atoms, site.place_A)
    if sides == "one":
        return [first]
    symmetry = operations(structure.atoms) if symmetry is None else symmetry
    for operation in (op for op in symmetry if op.swaps_faces):
        if site.atoms:
            itself = set(operation.permutation[list(site.atoms)]) == set(site.atoms)
        else:
            image = image_A(structure, operation, site.place_A)
            itself = bool(same_place(structure, image, site.place_A[None])[0])
        if itself:
            return [first]
    exchange = exchange_of_faces(symmetry)
    image = on_other_face(Atoms("X", [site.place_A]), structure.atoms, exchange).positions[0]
    partner = tuple(int(n) for n in exchange.permutation[list(site.atoms)])
    if len(partner) == 1:
        image = structure.atoms.positions[partner[0]]
    return [first, _Copy(partner, image, exchange)]


def _lifted(place_A: NDArray[np.float64], lift_A: float) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in place_A)
    return x, y, z + lift_A


def _make_vacuum(
    atoms: Atoms, before: Structure, added_A: Sequence[float], vacuum_A: float
) -> float:
    """Heighten the cell if atoms were added outside of the slab; returns how far all are lifted."""
    low, high = before.atoms.positions[:, 2].min(), before.atoms.positions[:, 2].max()
    if all(low <= z <= high for z in added_A):
        return 0.0
    lift = max(0.0, float(low - min(added_A)))
    atoms.positions[:, 2] += lift
    if atoms.cell.array[2, 2] - float(np.ptp(atoms.positions[:, 2])) < vacuum_A:
        set_height(atoms, vacuum_A)
    return lift


def _shifts(structure: Structure, site: DefectSite, start: str, each: _Copy) -> NDArray[np.float64]:
    """Displacement of every atom that breaks the symmetry around a defect, shape=(n, 3)."""
    shift = _shift(structure, site, start)
    if each.operation is None:
        return shift
    other = np.empty_like(shift)  # the same displacement, seen from the other face
    other[each.operation.permutation] = shift @ each.operation.rotation.T
    return other


def _shift(structure: Structure, site: DefectSite, start: str) -> NDArray[np.float64]:
    atoms = structure.atoms
    shift = np.zeros((len(atoms), 3))
    if start == "rattled":
        _, d = get_distances(atoms.positions, site.place_A[None], cell=atoms.cell, pbc=atoms.pbc)
        rng = np.random.default_rng(RATTLE_SEED)
        noise = rng.normal(scale=RATTLE_A, size=shift.shape)
        shift = np.where(d < RATTLE_RANGE_A, noise, 0.0)
    elif start == "dimer":
        bonded, vectors = np.zeros(0, dtype=np.intp), np.zeros((0, 3))
        if site_of(site.ion) == "X":
            bonded, vectors = bonded_to(structure, site.place_A, "B")
        if len(set(bonded.tolist())) < 2:
            raise InputError(
                f"the vacancy of {site.ion} has {len(set(bonded.tolist()))}"
                " metal neighbours of its own in this cell; a dimer needs two",
                "starts",
            )
        axis = vectors[1] - vectors[0]
        length = float(np.linalg.norm(axis))
        wanted = DIMER_FACTOR * float(covalent_radii[atoms.numbers[bonded[:2]]].sum())
        step = max(0.0, (length - wanted) / 2) * axis / length
        shift[bonded[0]] += step
        shift[bonded[1]] -= step
    fixed = [i for c in atoms.constraints for i in c.get_indices()]
    shift[fixed] = 0.0
    return shift


def _moments(
    structure: Structure, each: _Copy, start: DefectStart, element: str | None
) -> tuple[NDArray[np.float64], float]:
    """One Bohr magneton on the atoms that a spin seed names, shape=(n,), and on the new atom.

    A magnetic ion has its own moment instead.
    """
    atoms = structure.atoms
    moments, kind = np.zeros(len(atoms)), ion_sites(atoms)
    letter = "X" if element is None and kind[each.atoms[0]] != "X" else "B"
    magnetic = np.flatnonzero(np.isin(atoms.symbols, list(HIGH_SPIN)))
    others = [*each.atoms, *magnetic.tolist()]
    bonded, _ = bonded_to(structure, each.place_A, letter, kind, without=others)
    where = np.unique(bonded)
    # An alkali metal gives its electron away.
    holds = element is not None and element not in (*ALKALI_METALS, *HIGH_SPIN)
    if start.spin_seed == "one-neighbour":
        where = where[: 0 if holds else 1]
    elif start.spin_seed == "surface" or (not len(where) and not holds):
        metals = structure.indices(SURFACE_GROUP)
        metals = metals[(kind[metals] == "B") & ~np.isin(metals, others)]
        holds = holds and not len(metals)
        if len(metals):
            layers = layer_numbers(atoms)[metals]
            where = metals[layers == layers.max()]
    share = 1.0 / max(1, len(where) + holds)
    moments[where] = share
    own = share if holds else 0.0
    return moments, own if start.moment_muB is None else start.moment_muB
