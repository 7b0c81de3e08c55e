"""Electrons of each atom by Hirshfeld's partition of a density."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

#: Free atoms end at this distance, all at the same one, so that far from a molecule none
#: takes the share of the others. Less than 1e-4 e lies outside, even for radicals.
REACH_A = 10.0


@dataclass(frozen=True, eq=False)
class FreeAtom:
    """Spherical density of a neutral free atom.

    Parameters
    ----------
    radii_A
        Distances from the nucleus, rising, shape=(n,), in angstrom.
    density_e_per_A3
        Electrons per cubic angstrom at these distances, core included, shape=(n,).
    """

    radii_A: NDArray[np.float64]
    density_e_per_A3: NDArray[np.float64]


def hirshfeld_electrons(
    density_e_per_A3: NDArray[np.float64], atoms: Atoms, free: Mapping[str, FreeAtom]
) -> NDArray[np.float64]:
    """Electrons that belong to each atom.

    Each point of the density is shared in the ratio of the densities that the free atoms
    would have there. F. L. Hirshfeld, Theor. Chim. Acta 44, 129 (1977).

    Parameters
    ----------
    density_e_per_A3
        All-electron density on a grid that starts at the origin of the cell and does not
        repeat its first plane, shape=(n1, n2, n3).
    atoms
        The structure. Its cell repeats in all directions, which matters only where its
        atoms reach over the boundary.
    free
        Free atoms by chemical symbol.

    Returns
    -------
    ndarray
        Electrons per atom, shape=(n,). The charge of an atom is its nuclear charge minus that.
    """
    promolecule = np.zeros_like(density_e_per_A3)
    for where, value in _free_densities(density_e_per_A3.shape, atoms, free):
        # A free atom may be wider than the cell: points then count several times.
        np.add.at(promolecule, where, value)
    ratio = np.divide(
        density_e_per_A3, promolecule, out=np.zeros_like(promolecule), where=promolecule > 0
    )
    volume = atoms.cell.volume / density_e_per_A3.size
    parts = _free_densities(density_e_per_A3.shape, atoms, free)
    return np.array([float((value * ratio[where]).sum() * volume) for where, value in parts])


def _free_densities(
    shape: tuple[int, ...], atoms: Atoms, free: Mapping[str, FreeAtom]
) -> Iterator[tuple[tuple[NDArray[np.intp], ...], NDArray[np.float64]]]:
    """For each atom the grid points around it and the density of the free atom there."""
    cell = atoms.cell.array
    reach = REACH_A * np.linalg.norm(np.linalg.inv(cell), axis=0)
    for symbol, fraction in zip(atoms.symbols, atoms.get_scaled_positions(wrap=False), strict=True):
        points, steps = [], []
        for axis, count in enumerate(shape):
            low, high = fraction[axis] - reach[axis], fraction[axis] + reach[axis]
            index = np.arange(np.ceil(low * count), np.floor(high * count) + 1).astype(np.intp)
            points.append(index % count)
            steps.append((index / count - fraction[axis])[:, None] * cell[axis])
        offsets = steps[0][:, None, None] + steps[1][None, :, None] + steps[2][None, None]
        distance = np.linalg.norm(offsets, axis=-1)
        table = free[symbol]
        value = np.interp(distance, table.radii_A, table.density_e_per_A3)
        yield np.ix_(*points), np.where(distance < REACH_A, value, 0.0)
