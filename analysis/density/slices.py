"""Density differences in the plane of the bond that holds a fragment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase.data import covalent_radii
from ase.geometry import get_distances
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from analysis.density.difference import DensityDifference

#: A bond whose horizontal part is a smaller fraction of its length counts as upright.
UPRIGHT = 0.25
#: A neighbour lies beside an atom if the line to it rises by less than 60 degrees.
BESIDE = 0.5
#: Atoms up to this distance from the plane are shown in it.
IN_PLANE_A = 0.8
#: Extent of the plane around the bond, and its resolution.
HALF_WIDTH_A = 6.0
HALF_HEIGHT_A = 5.0
STEP_A = 0.05
_IMAGES = [(i, j, 0) for i in range(-2, 3) for j in range(-2, 3)]


@dataclass(frozen=True, eq=False)
class AnchorBond:
    """The shortest contact between the slab and another fragment.

    Parameters
    ----------
    slab_atom, other_atom
        Indices of its two atoms.
    start_A, end_A
        Their places in angstrom, shape=(3,); the second may be a periodic image.
    """

    slab_atom: int
    other_atom: int
    start_A: NDArray[np.float64]
    end_A: NDArray[np.float64]

    @property
    def length_A(self) -> float:
        """Distance of the two atoms in angstrom."""
        return float(np.linalg.norm(self.end_A - self.start_A))


@dataclass(frozen=True, eq=False)
class DensitySlice:
    """Density difference in an upright plane.

    Parameters
    ----------
    across_A, z_A
        Coordinates in the plane, from the atom of the slab and from the bottom of the cell,
        shape=(n,) and (m,), in angstrom.
    difference_e_per_A3
        Electrons per cubic angstrom, shape=(m, n).
    symbols, places_A
        Atoms in the plane, images included, and their coordinates across and along z,
        shape=(atoms, 2).
    words
        Which plane it is.
    """

    across_A: NDArray[np.float64]
    z_A: NDArray[np.float64]
    difference_e_per_A3: NDArray[np.float64]
    symbols: tuple[str, ...]
    places_A: NDArray[np.float64]
    words: str


def anchor_bond(density: DensityDifference, fragment: str) -> AnchorBond:
    """The contact of a fragment with the slab that is shortest in covalent radii."""
    atoms = density.atoms
    slab = np.flatnonzero(density.fragment_of == 0)
    other = np.flatnonzero(density.fragment_of == density.names.index(fragment))
    vectors, distances = get_distances(
        atoms.positions[slab], atoms.positions[other], cell=atoms.cell, pbc=atoms.pbc
    )
    radii = covalent_radii[atoms.numbers]
    ratio = distances / (radii[slab][:, None] + radii[other][None])
    i, j = np.unravel_index(int(ratio.argmin()), ratio.shape)
    start = atoms.positions[slab[i]]
    return AnchorBond(int(slab[i]), int(other[j]), start, start + vectors[i, j])


def centre_of_bonds(density: DensityDifference) -> tuple[float, float]:
    """Fractional coordinates, along x and y, of the middle of all anchor bonds."""
    bonds = [anchor_bond(density, name) for name in density.names[1:]]
    middles = np.array([(bond.start_A + bond.end_A) / 2 for bond in bonds])
    fractions = middles @ np.linalg.inv(density.cell_A)
    gaps = fractions - fractions[0]  # by the nearest images
    x, y, _ = fractions[0] + (gaps - np.round(gaps)).mean(axis=0)
    return float(x), float(y)


def bond_slice(density: DensityDifference, bond: AnchorBond) -> DensitySlice:
    """The upright plane through a bond; through an upright bond, towards a neighbour.

    The neighbour is the nearest atom of the slab beside the bond's own.
    """
    symbols = density.atoms.symbols
    pair = f"{symbols[bond.slab_atom]}-{symbols[bond.other_atom]}"
    along = (bond.end_A - bond.start_A) / bond.length_A
    words = f"upright plane of the {pair} contact ({bond.length_A:.2f} Å)"
    if np.linalg.norm(along[:2]) < UPRIGHT:
        along, neighbour = _beside(density, bond)
        words += f", towards the next {neighbour}"
    across = np.array([along[0], along[1], 0.0]) / np.linalg.norm(along[:2])
    middle = float((bond.start_A[2] + bond.end_A[2]) / 2)
    u = np.arange(-HALF_WIDTH_A, HALF_WIDTH_A + STEP_A / 2, STEP_A)
    z = np.arange(
        max(0.0, middle - HALF_HEIGHT_A),
        min(density.cell_A[2, 2], middle + HALF_HEIGHT_A),
        STEP_A,
    )
    points = bond.start_A + u[None, :, None] * across + np.zeros((len(z), 1, 1))
    points[:, :, 2] = z[:, None]
    shown, places = _atoms_in_plane(density, bond.start_A, across)
    inside = (abs(places[:, 0]) < u[-1]) & (places[:, 1] > z[0]) & (places[:, 1] < z[-1])
    return DensitySlice(
        u,
        z,
        _interpolated(density, points),
        tuple(shown[n] for n in np.flatnonzero(inside)),
        places[inside],
        words,
    )


def _beside(density: DensityDifference, bond: AnchorBond) -> tuple[NDArray[np.float64], str]:
    """Direction to the nearest atom of the slab beside the bond's own, and its symbol."""
    slab = np.flatnonzero(density.fragment_of == 0)
    images = np.array(_IMAGES) @ density.cell_A
    gaps = (density.atoms.positions[slab] - bond.start_A)[:, None] + images[None]
    length = np.linalg.norm(gaps, axis=-1)
    length[np.linalg.norm(gaps[..., :2], axis=-1) <= BESIDE * length] = np.inf
    i, j = np.unravel_index(int(length.argmin()), length.shape)
    return gaps[i, j], density.atoms.symbols[slab[i]]


def _atoms_in_plane(
    density: DensityDifference, origin_A: NDArray[np.float64], across: NDArray[np.float64]
) -> tuple[list[str], NDArray[np.float64]]:
    """Atoms near an upright plane, images included: symbols and places, shape=(n, 2)."""
    images = np.array(_IMAGES) @ density.cell_A
    gaps = density.atoms.positions[:, None] - origin_A + images[None]
    normal = np.array([-across[1], across[0], 0.0])
    atom, image = np.nonzero(abs(gaps @ normal) < IN_PLANE_A)
    places = np.stack([gaps[atom, image] @ across, gaps[atom, image, 2] + origin_A[2]], axis=1)
    return [density.atoms.symbols[n] for n in atom], places


def _interpolated(density: DensityDifference, points_A: NDArray[np.float64]) -> NDArray[np.float64]:
    """Density difference between its grid points, shape=points_A.shape[:-1]."""
    values = density.difference_e_per_A3
    fractions = points_A @ np.linalg.inv(density.cell_A)
    index = np.moveaxis(fractions * values.shape, -1, 0)
    # Linear: splines would overshoot beside the spikes at the nuclei.
    found = map_coordinates(values, index, order=1, mode="grid-wrap")
    return np.asarray(found, dtype=np.float64)
