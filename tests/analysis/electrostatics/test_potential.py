"""Vacuum levels and work functions of model potentials, with their signs and faces."""

import numpy as np
import pytest
from ase import Atoms

from analysis.electrostatics.figures import plot_potential
from analysis.electrostatics.potential import (
    BOUNDARY_A,
    POTENTIAL_FILE,
    Electrostatics,
    inside_boundary,
    layer_period_A,
    load_electrostatics,
    macroscopic_average,
    vacuum_levels,
)
from analysis.results import atoms_to_dict
from workflows.store import write_result

HEIGHT_A = 30.0
Z_A = np.linspace(0.0, HEIGHT_A, 600, endpoint=False)
#: Below the slab 5 eV, above it 3 eV, in the slab -7 eV; the Fermi level lies at -1 eV.
LEVELS_EV = np.where(Z_A < 10.0, 5.0, np.where(Z_A > 20.0, 3.0, -7.0))
SLAB = Atoms("Pb", positions=[(0, 0, 15)], cell=[6, 6, HEIGHT_A], pbc=(1, 1, 0))


def model():
    return Electrostatics(Z_A[20:-20], LEVELS_EV[20:-20], None, -1.0, (5.0, 3.0), SLAB)


def test_work_functions_belong_to_their_faces():
    below, above = vacuum_levels(Z_A, LEVELS_EV, HEIGHT_A)
    assert (below.level_eV, above.level_eV) == pytest.approx((5.0, 3.0))
    assert model().work_functions_eV == (6.0, 4.0)


def test_stored_vacuum_levels_belong_to_their_faces(tmp_path):
    values = {
        "structure": atoms_to_dict(SLAB), "fermi_level_eV": -1.0, "file": POTENTIAL_FILE,
        "vacuum_bottom_eV": 5.0, "vacuum_top_eV": 3.0, "slope_bottom_eV_per_A": 0.0,
        "slope_top_eV_per_A": 0.0, "work_function_bottom_eV": 6.0, "work_function_top_eV": 4.0,
        "ionisation_energy_bottom_eV": 7.0, "ionisation_energy_top_eV": 5.0, "area_A2": 36.0,
        "dipole_eA": 0.4, "step_eV": -2.0, "helmholtz_step_eV": -2.0,
    }  # fmt: skip
    np.savez(tmp_path / POTENTIAL_FILE, z_A=Z_A, planar_eV=LEVELS_EV)
    write_result(tmp_path, "electrostatics", "key", values)
    found = load_electrostatics(tmp_path)
    assert found.vacuum_eV == (5.0, 3.0)
    assert found.work_functions_eV == (6.0, 4.0)
    assert found.fermi_level_eV == -1.0
    assert found.macroscopic_eV is None
    assert found.planar_eV == pytest.approx(LEVELS_EV)


def test_a_figure_writes_levels_and_work_functions_at_their_faces():
    figure = plot_potential(model(), "title", faces=("PbI2", "OAm on PbI2"))
    (axis,) = figure.axes
    places = {text.get_text(): text.xy for text in axis.texts if text.get_text()}
    below = places["lower face: PbI2\nvacuum level 5.00 eV\n$\\Phi$ = 6.00 eV"]
    above = places["upper face: OAm on PbI2\nvacuum level 3.00 eV\n$\\Phi$ = 4.00 eV"]
    assert below == pytest.approx((Z_A[20], 5.0))
    assert above == pytest.approx((Z_A[-21], 3.0))
    assert figure.get_size_inches()[0] * 2.54 == pytest.approx(17.8)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_slope_of_the_vacuum_is_seen_at_both_faces_whatever_its_sign(sign):
    # Over 1 A the potential of a field of 0.3 V/A changes by 0.3 eV.
    below, above = vacuum_levels(Z_A, LEVELS_EV + sign * 0.3 * Z_A, HEIGHT_A)
    assert below.slope_eV_per_A == pytest.approx(0.3, rel=0.05)
    assert above.slope_eV_per_A == pytest.approx(0.3, rel=0.05)
    # Half of the plateau of 0.5 A beyond the boundary of 0.6 A.
    assert below.level_eV == pytest.approx(5.0 + sign * 0.3 * 0.85, abs=0.02)
    assert above.level_eV == pytest.approx(3.0 + sign * 0.3 * (HEIGHT_A - 0.85), abs=0.02)


def test_the_dipole_layer_is_left_out_on_both_sides():
    inside = inside_boundary(Z_A, HEIGHT_A)
    assert Z_A[inside].min() == pytest.approx(BOUNDARY_A, abs=0.05)
    assert Z_A[inside].max() == pytest.approx(HEIGHT_A - BOUNDARY_A, abs=0.05)


def test_the_macroscopic_average_goes_on_in_the_vacuum_of_each_face():
    smooth = macroscopic_average(Z_A, LEVELS_EV, 6.0, HEIGHT_A)
    # One quarter of the window around 11.5 A lies in the vacuum below the slab.
    heights = [0.0, 5.0, 8.5, 11.5, 15.0, 18.5, 21.5, 25.0, 29.9]
    expected = [5.0, 5.0, 2.0, -4.0, -7.0, -4.5, 0.5, 3.0, 3.0]
    assert np.interp(heights, Z_A, smooth) == pytest.approx(expected, abs=0.1)


def test_the_period_is_the_mean_over_all_pairs_of_equal_layers():
    heights = [0.0, 3.0, 6.2, 9.4, 12.8]
    atoms = Atoms("PbCsPbCsPb", positions=[(0, 0, z) for z in heights])
    assert layer_period_A(atoms, range(5)) == pytest.approx((6.2 + 6.4 + 6.6) / 3)
    # A ligand, in no layer, counts for nothing.
    covered = atoms + Atoms("N", positions=[(0, 0, 15.0)])
    assert layer_period_A(covered, [0, 1, 2, 3, 4, -1]) == pytest.approx((6.2 + 6.4 + 6.6) / 3)
