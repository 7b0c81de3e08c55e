"""The potential around an anchor against that of point charges."""

import numpy as np
import pytest
from ase import Atoms

from analysis.electrostatics.anchors import potential_around_V
from slabs.elements import vdw_radii_A

#: Of nitrogen and hydrogen, from Bondi (1964) and Rowland and Taylor (1996).
R_N_A, R_H_A = 1.55, 1.2


def box(positions, symbols):
    return Atoms(symbols, positions, cell=[12.0, 10.0, 11.0], pbc=True)


def grid_of(function, atoms, shape=(72, 60, 66)):
    steps = np.stack(np.meshgrid(*(np.arange(n) / n for n in shape), indexing="ij"), axis=-1)
    return function(steps @ atoms.cell.array)


def test_lone_atom_in_a_uniform_field():
    """Of a field along z, V = -E z: lowest and highest one radius above and below."""
    atoms = box([[6.0, 5.0, 5.5]], "N")
    assert vdw_radii_A(atoms.numbers)[0] == pytest.approx(R_N_A)
    # An electron of energy 0.2 eV/A z has the potential -0.2 V/A z.
    energy = grid_of(lambda r: 0.2 * (r[..., 2] - 5.5), atoms)
    low, high = potential_around_V(energy, 0.0, atoms, [0])
    assert low == pytest.approx(-0.2 * R_N_A, abs=2e-3)
    assert high == pytest.approx(0.2 * R_N_A, abs=2e-3)


def test_only_the_free_side_counts_and_the_vacuum_is_the_zero():
    """A hydrogen atom above the anchor hides the side where the potential is lowest."""
    atoms = box([[6.0, 5.0, 5.5], [6.0, 5.0, 6.5]], "NH")
    energy = grid_of(lambda r: 0.2 * (r[..., 2] - 5.5) + 3.0, atoms)
    low, high = potential_around_V(energy, 3.0, atoms, [0])
    # The spheres cut each other at this height above N.
    edge = (R_N_A**2 - R_H_A**2 + 1.0) / 2.0
    assert low == pytest.approx(-0.2 * edge, abs=2e-3)
    assert high == pytest.approx(0.2 * R_N_A, abs=2e-3)


def test_a_negative_charge_makes_the_nearest_point_the_lowest():
    """Coulomb: -1 e at 0.5 A below the anchor gives -14.4 / 1.05 V at the near side."""
    atoms = box([[6.0, 5.0, 5.5]], "N")
    place = np.array([6.0, 5.0, 5.0])
    energy = grid_of(lambda r: 14.3996 / np.maximum(np.linalg.norm(r - place, axis=-1), 0.3), atoms)
    low, high = potential_around_V(energy, 0.0, atoms, [0])
    assert low == pytest.approx(-14.3996 / (R_N_A - 0.5), rel=1e-2)
    assert high == pytest.approx(-14.3996 / (R_N_A + 0.5), rel=1e-2)


def test_an_anchor_without_a_free_side_is_refused():
    around = [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]]
    atoms = box([[6.0, 5.0, 5.5], *([6.0, 5.0, 5.5] + np.array(around) * 0.9)], "NI6")
    with pytest.raises(ValueError, match="no point"):
        potential_around_V(np.zeros((8, 8, 8)), 0.0, atoms, [0])
