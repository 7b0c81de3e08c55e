"""What counts as broken by a relaxation, by hand."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule

from analysis.geometry.intact import damage


def lead_iodide():
    """A square net of PbI2 with bonds of 3.15 A, and ammonia on lead."""
    net = Atoms(
        "PbI2",
        positions=[[0, 0, 5], [3.15, 0, 5], [0, 3.15, 5]],
        cell=[6.3, 6.3, 20.0],
        pbc=[True, True, False],
    )
    amine = molecule("NH3")
    amine.positions += [0, 0, 7.5] - amine.positions[0]
    return net + amine


def moved(index, by_A):
    atoms = lead_iodide()
    atoms.positions[index] += by_A
    return atoms


def test_small_moves_break_nothing():
    planned = lead_iodide()
    assert damage(planned, planned) == ""
    assert damage(planned, moved(1, [0.3, 0.3, 0.5])) == ""
    across = planned.copy()
    across.positions += [5.0, -4.0, 0.0]
    across.wrap()
    assert damage(planned, across) == ""


def test_a_proton_that_leaves():
    assert damage(lead_iodide(), moved(4, [0, 0, 3.0])) == "a proton moved from N to nothing"


def test_metal_and_halide_torn_apart():
    # Ionic radii of Pb2+ and I-: 1.19 A and 2.20 A.
    words = damage(lead_iodide(), moved(1, [0, 0, 4.2]))
    assert words == (
        f"Pb and I were torn apart, {np.hypot(3.15, 4.2):.2f} A, beyond {1.5 * 3.39:.2f} A"
    )


def test_a_ligand_that_left():
    assert damage(lead_iodide(), moved([3, 4, 5, 6], [0, 0, 4.0])) == "it fell into 2 parts"


def test_a_bond_that_breaks_or_forms():
    planned = molecule("C2H6")
    apart = planned.copy()
    first = [0, 2, 3, 4]
    axis = planned.positions[0] - planned.positions[1]
    apart.positions[first] += axis / np.linalg.norm(axis)
    length_A = np.linalg.norm(axis) + 1.0
    assert damage(planned, apart) == f"a bond C-C broke, {length_A:.2f} A"
    assert damage(apart, planned) == f"a bond C-C formed, {length_A - 1.0:.2f} A"


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_positions_that_are_no_numbers(value):
    assert damage(lead_iodide(), moved(0, [value, 0, 0])) == "positions are not finite"
