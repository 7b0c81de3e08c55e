"""Named groups of atoms: elements, layers, the outermost ions, vacancies, parts of ligands."""

from __future__ import annotations

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from ase.formula import Formula
from ase.geometry import get_distances
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from slabs.composition import site_of
from slabs.elements import MOLECULAR_CATIONS
from slabs.molecular_units import ion_sites, molecular_bonds, molecular_units, unit_names
from slabs.structure import SURFACE_GROUP, Structure, formula
from slabs.surfaces.slab import layer_numbers
from slabs.surfaces.vacancies import NEIGHBOUR_FACTOR, added_atoms

Indices = NDArray[np.intp]

#: How the name of a group next to a defect begins.
BESIDE = "beside "
#: What the builder calls the atoms of a crystal.
BULK_GROUP = "bulk"
#: The whole slab without its ligands.
SLAB = "slab"
#: Carbon, hydrogen and the halogens of a chain are no functional group.
_CHAIN = [atomic_numbers[element] for element in ("C", "H", "F", "Cl", "Br", "I")]


def atom_groups(structure: Structure) -> dict[str, Indices]:
    """Atoms by the names of the groups they belong to; an atom is in several.

    Parameters
    ----------
    structure
        As planned: what a relaxation does to layers and bonds does not change the groups.

    Returns
    -------
    dict
        Elements (``"Pb"``); for slabs with ligands the ``"slab"``; layers
        (``"layer 3 from below, PbI2"``); the uppermost ions of each kind
        (``"surface Pb"``); the ions that a missing one was bonded to (``"beside V_I"``); an
        atom that a defect added with its neighbours (``"beside added I"``);
        ligands (``"OAm"``), their functional group next to the slab (``"OAm, head"``), the
        rest (``"OAm, chain"``), and ions apart from the molecule (``"GAI, counter-ion"``).
    """
    atoms = structure.atoms
    symbols = np.array(atoms.get_chemical_symbols())
    found = {str(name): np.flatnonzero(symbols == name) for name in dict.fromkeys(symbols)}
    slab = structure.indices(SURFACE_GROUP)
    if len(slab):
        found |= _of_slab(structure, slab)
    for name in dict.fromkeys(structure.groups):
        if name not in (SURFACE_GROUP, BULK_GROUP):
            found |= _of_ligand(atoms, name, structure.indices(name), slab)
    return found


def _of_slab(structure: Structure, slab: Indices) -> dict[str, Indices]:
    atoms = structure.atoms[slab]
    found: dict[str, Indices] = {}
    if len(slab) < len(structure.atoms):
        found[SLAB] = slab
    layers = layer_numbers(atoms)
    for number, words in reversed(list(enumerate(_layer_words(structure, atoms, layers)))):
        found[f"layer {number + 1} from below, {words}"] = slab[layers == number]
    labels = molecular_units(atoms)
    names = unit_names(atoms, labels)
    kinds = np.array([names[int(label)] for label in labels])
    for kind in dict.fromkeys(kinds.tolist()):
        of_kind = kinds == kind
        found[f"surface {kind}"] = slab[of_kind & (layers == layers[of_kind].max())]
    for element, near in _vacancy_neighbours(structure, slab):
        name = f"{BESIDE}V_{element}"
        found[name] = np.union1d(found.get(name, near), near)
    for index in added_atoms(structure):
        name = f"{BESIDE}added {structure.atoms.symbols[index]}"
        near = _with_neighbours(structure.atoms, slab, int(index))
        found[name] = np.union1d(found.get(name, near), near)
    return found


def _layer_words(structure: Structure, slab: Atoms, layers: NDArray[np.int_]) -> list[str]:
    """Composition of each layer, lowest first, what was removed from it included."""
    numbers = [slab.numbers[layers == n].tolist() for n in range(layers.max() + 1)]
    heights = [slab.positions[layers == n, 2].mean() for n in range(layers.max() + 1)]
    for ion, (_, _, z) in structure.vacancies:
        cation = MOLECULAR_CATIONS.get(ion)
        removed = Formula(cation.hill if cation else ion).count()
        numbers[int(np.abs(np.array(heights) - z).argmin())] += [
            atomic_numbers[element] for element, n in removed.items() for _ in range(n)
        ]
    return [str(Formula(formula(own)).reduce()[0]) for own in numbers]


def _with_neighbours(atoms: Atoms, slab: Indices, index: int) -> Indices:
    """An atom and those of the slab that are nearest to it."""
    others = slab[slab != index]
    if not len(others):
        return np.array([index])
    distances_A = atoms.get_distances(index, others, mic=True)
    near = others[distances_A < NEIGHBOUR_FACTOR * distances_A.min()]
    return np.array([index, *near])


def _vacancy_neighbours(structure: Structure, slab: Indices) -> list[tuple[str, Indices]]:
    """Element of each missing ion, and the ions of opposite sign it was bonded to."""
    atoms = structure.atoms
    kinds = ion_sites(atoms)[slab]
    found = []
    for element, place in structure.vacancies:
        others = slab[kinds == ("B" if site_of(element) == "X" else "X")]
        if len(others):
            _, distances_A = get_distances(
                [place], atoms.positions[others], cell=atoms.cell, pbc=atoms.pbc
            )
            near = distances_A[0] < NEIGHBOUR_FACTOR * distances_A.min()
            found.append((element, others[near]))
    return found


def _of_ligand(atoms: Atoms, name: str, own: Indices, slab: Indices) -> dict[str, Indices]:
    units = molecular_units(atoms[own])
    molecules = [own[units == n] for n in np.unique(units) if (units == n).sum() > 1]
    found = {name: own}
    if not molecules:  # ions, or a molecule without carbon such as I2
        return found
    ions = np.setdiff1d(own, np.concatenate(molecules))
    heads = np.concatenate([_head(atoms, molecule, slab) for molecule in molecules])
    chains = np.setdiff1d(own, np.concatenate([heads, ions]))
    if len(heads) and len(chains):
        found |= {f"{name}, head": np.sort(heads), f"{name}, chain": chains}
    if len(ions):
        found[f"{name}, counter-ion"] = ions
    return found


def _head(atoms: Atoms, molecule: Indices, slab: Indices) -> Indices:
    """The functional group next to the slab: its N, O, P or S and all that is bonded to them."""
    part = atoms[molecule]
    polar = ~np.isin(part.numbers, _CHAIN)
    i, j, _ = molecular_bonds(part)
    inside = polar.copy()
    inside[j[polar[i]]] = True
    if not len(slab) or not polar.any():
        return np.asarray(molecule[inside])
    both = inside[i] & inside[j]
    pairs = coo_array((np.ones(both.sum()), (i[both], j[both])), shape=(len(part), len(part)))
    _, clusters = connected_components(pairs, directed=False)
    gaps_A = get_distances(
        part.positions[polar], atoms.positions[slab], cell=atoms.cell, pbc=atoms.pbc
    )[1].min(axis=1)
    anchor = np.flatnonzero(polar)[gaps_A.argmin()]
    head: Indices = molecule[inside & (clusters == clusters[anchor])]
    return head
