"""Vacancies on slabs: which atoms are distinct, and starts that break the symmetry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, chemical_symbols, covalent_radii
from ase.geometry import find_mic, get_distances
from numpy.typing import NDArray

from slabs.composition import ion_sites
from slabs.errors import InputError
from slabs.structure import SURFACE_GROUP, Structure
from slabs.surfaces.slab import layer_numbers
from slabs.surfaces.symmetry import Operation, exchange_of_faces, operations

DEPTHS = {
    "surface": "the outermost layer of the upper face that holds the element",
    "subsurface": "the next one below it that holds the element",
    "middle": "the layer nearest to the middle of the slab that holds the element",
}
AXES = ("x", "y", "z")
STARTS = {
    "as-cut": "the other atoms stay where they are",
    "rattled": "the atoms around the vacancy are displaced at random",
    "dimer": "the two metal neighbours of the vacancy move towards each other",
}
SPIN_SEEDS = {
    "neighbours": "the unpaired electron is spread over the metal neighbours of the vacancy",
    "one-neighbour": "it starts on one of them",
    "surface": "it is spread over the outermost metal layer",
}
#: Neighbours are the atoms up to this factor farther than the nearest one.
NEIGHBOUR_FACTOR = 1.25
#: A metal dimer starts at this factor times the sum of the covalent radii (Pb-Pb 3.5 A).
DIMER_FACTOR = 1.2
#: Standard deviation of the rattle and its range around the vacancy.
RATTLE_A = 0.1
RATTLE_RANGE_A = 5.0
RATTLE_SEED = 1
_AROUND = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]


@dataclass(frozen=True, eq=False)
class VacancySite:
    """An atom that could be removed, standing for all that a symmetry turns into it.

    Parameters
    ----------
    atom
        Its index.
    depth_A
        Its distance below the highest atom of the surface.
    coordination
        Number of metal neighbours for a halide, of halide neighbours for a metal or an
        A cation.
    bridge_axis
        Axis along which its bonds run most, ``"x"``, ``"y"`` or ``"z"``.
    ligand_distance_A
        Distance from the nearest atom of a ligand (or of an earlier vacancy); infinite
        without any.
    multiplicity
        Number of atoms of the cell, on both faces, that it stands for.
    """

    atom: int
    depth_A: float
    coordination: int
    bridge_axis: str
    ligand_distance_A: float
    multiplicity: int


def _depth_candidates(structure: Structure, element: str, depth: str) -> NDArray[np.intp]:
    if element not in chemical_symbols[1:]:
        raise InputError(f"{element!r} is not a chemical element", "element")
    if depth not in DEPTHS:
        raise InputError(f"{depth!r} is not a depth; allowed: {', '.join(DEPTHS)}", "depth")
    surface = structure.indices(SURFACE_GROUP)
    slab = structure.atoms[surface]
    layers = layer_numbers(slab)
    of_element = slab.numbers == atomic_numbers[element]
    heights = np.array([slab.positions[layers == n, 2].mean() for n in range(layers.max() + 1)])
    emptied = [p[2] for symbol, p in structure.vacancies if symbol == element]
    holding = sorted(
        {int(n) for n in layers[of_element]} | {int(abs(heights - z).argmin()) for z in emptied},
        reverse=True,
    )
    if not of_element.any():
        raise InputError(f"the slab has no {element}", "element")
    if depth == "middle":
        chosen = min(holding, key=lambda n: (abs(n - layers.max() / 2), -n))
    else:
        place = list(DEPTHS).index(depth)
        if place >= len(holding):
            raise InputError(f"the slab has no {depth} layer with {element}", "depth")
        chosen = holding[place]
    if not (of_element & (layers == chosen)).any():
        raise InputError(f"the {depth} layer has no {element} left", "depth")
    return np.asarray(surface[of_element & (layers == chosen)], dtype=np.intp)


def bonded_ions(
    structure: Structure, index: int, kind: NDArray[np.str_] | None = None
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The nearest ions of the opposite sign: their indices and the vectors to them.

    An ion and its periodic image are two neighbours. `kind`: sites of all atoms.
    """
    atoms = structure.atoms
    surface = structure.indices(SURFACE_GROUP)
    kind = ion_sites(atoms) if kind is None else kind
    near = surface[kind[surface] == ("B" if kind[index] == "X" else "X")]
    if not len(near):
        return np.zeros(0, dtype=np.intp), np.zeros((0, 3))
    first, _ = find_mic(atoms.positions[near] - atoms.positions[index], atoms.cell, atoms.pbc)
    shifts = [i * atoms.cell.array[0] + j * atoms.cell.array[1] for i, j in _AROUND]
    vectors = (first[:, None] + np.array(shifts)).reshape(-1, 3)
    lengths = np.linalg.norm(vectors, axis=1)
    close = np.flatnonzero(lengths < NEIGHBOUR_FACTOR * lengths.min())
    return np.asarray(near[close // len(shifts)]), vectors[close]


def distinct_vacancies(
    structure: Structure,
    element: str,
    depth: str = "surface",
    *,
    near: str = "nearest",
    bridge_axis: str | None = None,
    symmetry: Sequence[Operation] | None = None,
) -> list[VacancySite]:
    """Symmetry-distinct atoms of one depth, by their distance from ligands and vacancies.

    Parameters
    ----------
    structure
        Slab with or without ligands; its symmetry is taken as it is.
    element
        Element to be removed.
    depth
        One of `DEPTHS`.
    near
        ``"nearest"`` or ``"farthest"``: which comes first.
    bridge_axis
        Only atoms whose bonds run along ``"x"``, ``"y"`` or ``"z"``. In a cell that is not
        square these are different vacancies.
    symmetry
        Operations of the structure, if they are known already.

    Raises
    ------
    InputError
        If the slab has no such atom.
    """
    candidates = _depth_candidates(structure, element, depth)
    atoms = structure.atoms
    symmetry = operations(atoms) if symmetry is None else symmetry
    ligands = np.array(structure.groups) != SURFACE_GROUP
    others = np.array([*atoms.positions[ligands], *structure.vacancies_A]).reshape(-1, 3)
    left = set(candidates.tolist())
    kind = ion_sites(atoms)
    found = []
    for index in candidates.tolist():
        if index not in left:
            continue
        orbit = {int(op.permutation[index]) for op in symmetry} | {index}
        left -= orbit
        bonded, vectors = bonded_ions(structure, index, kind)
        axis = "z"
        if len(bonded):
            axis = AXES[int(np.square(vectors).sum(axis=0).argmax())]
        gap = np.inf
        if len(others):
            _, d = get_distances(atoms.positions[[index]], others, cell=atoms.cell, pbc=atoms.pbc)
            gap = float(d.min())
        top = atoms.positions[structure.indices(SURFACE_GROUP), 2].max()
        depth_A = float(top - atoms.positions[index, 2])
        found.append(VacancySite(index, depth_A, len(bonded), axis, gap, len(orbit)))
    if bridge_axis is not None:
        found = [site for site in found if site.bridge_axis == bridge_axis]
        if not found:
            raise InputError(
                f"no {element} of the {depth} layer bridges two metal atoms along {bridge_axis}",
                "bridge_axis",
            )
    sign = 1.0 if near == "nearest" else -1.0
    far = [s.ligand_distance_A for s in found]
    order = sorted(
        range(len(found)),
        key=lambda n: (sign * round(far[n], 3) if np.isfinite(far[n]) else 0.0, n),
    )
    return [found[n] for n in order]


@dataclass(frozen=True)
class VacancyStart:
    """How a vacancy starts.

    Parameters
    ----------
    start
        One of `STARTS`.
    spin_seed
        One of `SPIN_SEEDS`; used if the number of electrons is odd.
    charge
        Charge per removed atom in units of e.
    """

    start: str = "as-cut"
    spin_seed: str = "neighbours"
    charge: int = 0


def remove_atom(
    structure: Structure,
    site: VacancySite,
    start: VacancyStart | None = None,
    *,
    sides: str = "one",
    symmetry: Sequence[Operation] | None = None,
) -> Structure:
    """Remove one atom; a neutral one leaves its electrons behind.

    Parameters
    ----------
    structure
        Slab with or without ligands; it is not changed.
    site
        Which atom.
    start
        Geometry and spin the relaxation starts from, and the charge.
    sides
        ``"two"``: also the partner of the atom on the other face, by the inversion if
        there is one; an atom in the very middle has none.
    symmetry
        Operations of the structure, if they are known already.

    Raises
    ------
    InputError
        If the faces are not equivalent, or there is no metal dimer to start from.

    Returns
    -------
    Structure
        The structure without the atom. Its magnetic moments, 1 Bohr magneton for each
        atom removed so far, are the spin seed in case an electron is unpaired.
    """
    start = start or VacancyStart()
    atoms: Atoms = structure.atoms.copy()
    pairs: list[tuple[int, Operation | None]] = [(site.atom, None)]
    if sides == "two":
        pairs += _partner(structure, site.atom, symmetry)
    _check(start)
    moments = atoms.get_initial_magnetic_moments()
    moved = atoms.positions.copy()
    for index, operation in pairs:
        moments += _moments(structure, index, start.spin_seed)
        if operation is None:
            shift = _shift(structure, index, start.start)
        else:  # the same displacement, seen from the other face
            other = np.empty_like(shift)
            other[operation.permutation] = shift @ operation.rotation.T
            shift = other
        moved += shift
    atoms.set_positions(moved, apply_constraint=False)
    atoms.set_initial_magnetic_moments(moments)
    gone = [index for index, _ in pairs]
    places = [(float(x), float(y), float(z)) for x, y, z in structure.atoms.positions[gone]]
    removed = tuple((structure.atoms.symbols[site.atom], place) for place in places)
    del atoms[gone]
    return replace(
        structure,
        vacancies=(*structure.vacancies, *removed),
        atoms=atoms,
        groups=tuple(g for n, g in enumerate(structure.groups) if n not in gone),
        charge=structure.charge + start.charge * len(gone),
        placement="; ".join(filter(None, [structure.placement, _words(structure, site, start)])),
    )


def _check(start: VacancyStart) -> None:
    choices = (("starts", start.start, STARTS), ("spin_seeds", start.spin_seed, SPIN_SEEDS))
    for key, value, allowed in choices:
        if value not in allowed:
            raise InputError(f"{value!r} is not allowed: {', '.join(allowed)}", key)


def _words(structure: Structure, site: VacancySite, start: VacancyStart) -> str:
    symbol = structure.atoms.symbols[site.atom]
    words = f"V_{symbol}: {site.depth_A:.1f} A deep, {site.coordination}-coordinated"
    words += f", bonds along {site.bridge_axis}"
    if np.isfinite(site.ligand_distance_A):
        words += f", {site.ligand_distance_A:.1f} A from the next ligand or vacancy"
    return f"{words}, start {start.start}, spin on {start.spin_seed}"


def _partner(
    structure: Structure, index: int, symmetry: Sequence[Operation] | None
) -> list[tuple[int, Operation]]:
    """The partner of an atom on the other face; none for an atom in the very middle."""
    symmetry = operations(structure.atoms) if symmetry is None else symmetry
    if any(op.swaps_faces and op.permutation[index] == index for op in symmetry):
        return []
    exchange = exchange_of_faces(symmetry)
    return [(int(exchange.permutation[index]), exchange)]


def _shift(structure: Structure, index: int, start: str) -> NDArray[np.float64]:
    """Displacement of every atom that breaks the symmetry around a vacancy, shape=(n, 3)."""
    atoms = structure.atoms
    bonded, vectors = bonded_ions(structure, index)
    shift = np.zeros((len(atoms), 3))
    if start == "rattled":
        _, d = get_distances(
            atoms.positions, atoms.positions[[index]], cell=atoms.cell, pbc=atoms.pbc
        )
        rng = np.random.default_rng(RATTLE_SEED)
        noise = rng.normal(scale=RATTLE_A, size=shift.shape)
        shift = np.where(d < RATTLE_RANGE_A, noise, 0.0)
    elif start == "dimer":
        metals = np.flatnonzero(ion_sites(atoms)[bonded] == "B")
        if len(set(bonded[metals].tolist())) < 2:
            raise InputError(
                f"the vacancy of {atoms.symbols[index]} has {len(set(bonded[metals].tolist()))}"
                " metal neighbours of its own in this cell; a dimer needs two",
                "starts",
            )
        one, other = metals[:2]
        axis = vectors[other] - vectors[one]
        length = float(np.linalg.norm(axis))
        wanted = DIMER_FACTOR * float(covalent_radii[atoms.numbers[bonded[[one, other]]]].sum())
        step = max(0.0, (length - wanted) / 2) * axis / length
        shift[bonded[one]] += step
        shift[bonded[other]] -= step
    fixed = [i for c in atoms.constraints for i in c.get_indices()]
    shift[fixed] = 0.0
    return shift


def _moments(structure: Structure, index: int, seed: str) -> NDArray[np.float64]:
    """One Bohr magneton on the atoms that a spin seed names, shape=(n,)."""
    atoms = structure.atoms
    moments = np.zeros(len(atoms))
    bonded, _ = bonded_ions(structure, index)
    where = np.unique(bonded)
    if seed == "one-neighbour":
        where = where[:1]
    elif seed == "surface" or not len(where):
        metals = structure.indices(SURFACE_GROUP)
        metals = metals[(ion_sites(atoms)[metals] == "B") & (metals != index)]
        if len(metals):
            layers = layer_numbers(atoms)[metals]
            where = metals[layers == layers.max()]
    moments[where] = 1.0 / max(1, len(where))
    return moments
