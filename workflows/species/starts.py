"""How a structure starts: broken symmetry, unpaired electrons, and which atom is which."""

from __future__ import annotations

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from slabs.elements import HIGH_SPIN
from slabs.molecular_units import ion_sites
from slabs.structure import SURFACE_GROUP, Structure
from slabs.surfaces.slab import layer_numbers
from slabs.surfaces.symmetry import operations


def numbered(atoms: Atoms) -> Atoms:
    """A copy whose atoms remember their index, plus one; atoms added later read zero."""
    copy: Atoms = atoms.copy()
    copy.set_array("origin", np.arange(1, len(atoms) + 1))
    return copy


def rattle(atoms: Atoms, stdev_A: float, seed: int, sides: str) -> NDArray[np.float64]:
    """Random displacements of the free atoms, the same on both faces if both are used."""
    shift = np.random.default_rng(seed).normal(scale=stdev_A, size=(len(atoms), 3))
    if sides == "two" and stdev_A:
        swapping = [op for op in operations(atoms) if op.swaps_faces]
        for op in sorted(swapping, key=lambda o: not o.is_inversion)[:1]:
            image = np.empty_like(shift)
            image[op.permutation] = shift @ op.rotation.T
            shift = (shift + image) / np.sqrt(2)
    shift[[i for c in atoms.constraints for i in c.get_indices()]] = 0.0
    return shift


def seed_moment(atoms: Atoms, unpaired: int, where: NDArray[np.bool_]) -> None:
    """Give unpaired electrons their starting moments, and none if there are none, in place.

    Magnetic ions keep the moments that they were given.
    """
    old = atoms.get_initial_magnetic_moments()
    magnetic = magnetic_ions(atoms)
    seeds = np.where(magnetic, 0.0, old)
    where = where & ~magnetic
    spread = unpaired * where / max(1, where.sum())
    chosen = (seeds if seeds.any() else spread) if unpaired else 0 * old
    atoms.set_initial_magnetic_moments(np.where(magnetic, old, chosen))


def magnetic_moment_muB(atoms: Atoms) -> float:
    """Sum of the starting moments of magnetic ions in Bohr magnetons."""
    return float(atoms.get_initial_magnetic_moments()[magnetic_ions(atoms)].sum())


def magnetic_ions(atoms: Atoms) -> NDArray[np.bool_]:
    """Which atoms have a magnetic moment of their own, shape=(n,)."""
    return np.isin(atoms.symbols, list(HIGH_SPIN))


def outermost_metals(structure: Structure, sides: str) -> NDArray[np.bool_]:
    """Metal atoms of the outermost metal layer, of both faces if both are used."""
    atoms = structure.atoms
    surface = np.array(structure.groups) == SURFACE_GROUP
    metals = np.zeros(len(atoms), dtype=bool)
    metals[surface] = ion_sites(atoms[surface]) == "B"
    if not metals.any():
        return np.asarray(surface)
    layers = layer_numbers(atoms)
    found = metals & (layers == layers[metals].max())
    if sides == "two":
        found |= metals & (layers == layers[metals].min())
    return np.asarray(found)
