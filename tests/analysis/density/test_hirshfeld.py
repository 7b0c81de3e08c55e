"""Hirshfeld's partition of model densities."""

import numpy as np
import pytest
from ase import Atoms

from analysis.density.hirshfeld import FreeAtom, hirshfeld_electrons

RADII_A = np.linspace(0.0, 15.0, 1501)


def gaussian(electrons, width_A=0.7):
    """A free atom with exp(-(r/width)^2)."""
    factor = electrons / (np.sqrt(np.pi) * width_A) ** 3
    return FreeAtom(RADII_A, factor * np.exp(-((RADII_A / width_A) ** 2)))


def uniform(density_e_per_A3):
    return FreeAtom(RADII_A, np.full(len(RADII_A), density_e_per_A3))


@pytest.mark.parametrize(
    "cell",
    [[30.0, 30.0, 30.0], [[24.0, 0.0, 0.0], [8.0, 24.0, 0.0], [0.0, 9.0, 24.0]]],
    ids=["cube", "skewed"],
)
def test_an_atom_reaches_over_a_sphere_of_10_A(cell):
    atoms = Atoms("H", cell=cell, pbc=(True, True, False))
    atoms.positions[0] = atoms.cell.array.sum(axis=0) / 2 + [0.1, 0.2, 0.3]
    density = np.full((60, 62, 64), 0.01)
    (found,) = hirshfeld_electrons(density, atoms, {"H": uniform(0.5)})
    assert found == pytest.approx(0.01 * 4.0 / 3.0 * np.pi * 10.0**3, rel=0.005)


def test_a_point_is_shared_in_the_ratio_of_the_free_atoms():
    # Both atoms sit in one place: of 8 e, 3/4 and 1/4.
    atoms = Atoms("OH", positions=[(6, 6, 6), (6, 6, 6)], cell=[12.0] * 3)
    free = {"O": gaussian(6.0), "H": gaussian(2.0)}
    axis = np.arange(48) * 0.25 - 6.0
    squares = axis[:, None, None] ** 2 + axis[None, :, None] ** 2 + axis[None, None] ** 2
    density = 8.0 * np.exp(-squares) / np.pi**1.5
    assert hirshfeld_electrons(density, atoms, free) == pytest.approx([6.0, 2.0], rel=1e-3)


def test_distant_atoms_keep_what_they_gained_and_lost():
    # A pair 5 A apart across the boundary of the cell: O holds 6.5 e and H 1.5 e.
    atoms = Atoms("OH", positions=[(1, 6, 6), (8, 6, 6)], cell=[12.0] * 3, pbc=True)
    free = {"O": gaussian(6.0), "H": gaussian(2.0)}
    axis = np.arange(48) * 0.25
    y, z = axis - 6.0, axis - 6.0
    beside = y[:, None] ** 2 + z[None] ** 2
    density = np.zeros((48, 48, 48))
    for place, electrons in ((1.0, 6.5), (8.0, 1.5)):
        x = (axis - place + 6.0) % 12.0 - 6.0
        squares = x[:, None, None] ** 2 + beside[None]
        density += electrons * np.exp(-squares / 0.49) / (np.sqrt(np.pi) * 0.7) ** 3
    assert hirshfeld_electrons(density, atoms, free) == pytest.approx([6.5, 1.5], abs=0.01)
