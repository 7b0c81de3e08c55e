"""Modes from force constants that are known."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule

from analysis.errors import DamagedResultError
from analysis.vibrations.modes import HESSIAN_FILE, Vibrations, load_vibrations
from analysis.vibrations.molecules import rigid_motions, rotor_of

#: Huber and Herzberg, Constants of Diatomic Molecules (1979): harmonic wave number, cm^-1, and
#: bond length, A; the force constant is 1902 N/m.
CO_PER_CM, CO_A = 2169.8, 1.1283
CO_EV_PER_A2 = 1902.0 / 16.02177


def diatomic(constant, isolated=True):
    """CO along a slanted line with one force constant."""
    line = np.array([1.0, 2.0, 2.0]) / 3.0
    atoms = Atoms("CO", positions=[[0, 0, 0], CO_A * line], cell=[9, 9, 9], pbc=True)
    block = constant * np.outer(line, line)
    return Vibrations(atoms, (0, 1), np.block([[block, -block], [-block, block]]), isolated)


def test_carbon_monoxide_from_its_measured_force_constant():
    vibrations = diatomic(CO_EV_PER_A2)
    assert vibrations.modes.frequencies_per_cm == pytest.approx([CO_PER_CM], abs=0.7)
    assert vibrations.modes.zero_point_energy_eV == pytest.approx(0.13451, abs=2e-4)
    # The only mode stretches the only bond.
    assert vibrations.local_frequency_per_cm(0, 1) == pytest.approx(CO_PER_CM, abs=0.7)
    assert vibrations.rigid_per_cm == pytest.approx(0.0, abs=1e-3)
    shares = vibrations.shares(0)
    assert shares["C"] == pytest.approx(15.999 / 28.010, abs=1e-3)


def test_held_atoms_keep_all_motions():
    """On a wall: sqrt(k / m) of oxygen, and two motions without a force."""
    whole = diatomic(CO_EV_PER_A2)
    held = Vibrations(whole.atoms, (1,), whole.force_constants_eV_per_A2[3:, 3:], False)
    waves = held.modes.frequencies_per_cm
    assert len(waves) == 3
    assert waves[-1] == pytest.approx(CO_PER_CM * (12.011 / 28.010) ** 0.5, abs=0.7)
    assert held.rigid_per_cm is None


def test_a_free_slab_keeps_its_rotations():
    free = diatomic(CO_EV_PER_A2, isolated=False)
    assert len(free.modes.energies_eV) == 3
    assert free.modes.frequencies_per_cm[-1] == pytest.approx(CO_PER_CM, abs=0.7)
    assert free.rigid_per_cm == pytest.approx(0.0, abs=1e-3)


def test_imaginary_modes_are_negative_and_have_no_zero_point_energy():
    modes = diatomic(-CO_EV_PER_A2).modes
    assert modes.frequencies_per_cm == pytest.approx([-CO_PER_CM], abs=0.7)
    assert modes.imaginary_per_cm == pytest.approx([CO_PER_CM], abs=0.7)
    assert modes.zero_point_energy_eV == 0.0


@pytest.mark.parametrize(("name", "motions"), [("H2O", 6), ("CO2", 5), ("Ar", 3)])
def test_translations_and_rotations_are_no_modes(name, motions):
    """What the grid does to a molecule as a whole changes no mode, and is reported."""
    atoms = Atoms("Ar") if name == "Ar" else molecule(name)
    size = 3 * len(atoms)
    found = rigid_motions(atoms)
    assert found.shape == (size, motions)
    rest = np.eye(size) - found @ found.T
    roots = np.repeat(np.sqrt(atoms.get_masses()), 3)
    inner, grid = 5.0 * rest, -0.2 * found @ found.T
    clean, disturbed = (
        Vibrations(atoms, tuple(range(len(atoms))), matrix * np.outer(roots, roots), True)
        for matrix in (inner, inner + grid)
    )
    assert len(disturbed.modes.energies_eV) == size - motions
    # 521.47 cm^-1 belong to 1 eV/A^2 and 1 amu.
    assert disturbed.modes.frequencies_per_cm == pytest.approx(
        [521.47 * 5.0**0.5] * (size - motions), abs=0.1
    )
    assert clean.rigid_per_cm == pytest.approx(0.0, abs=1e-3)
    assert disturbed.rigid_per_cm == pytest.approx(-521.47 * 0.2**0.5, abs=0.05)


def test_asymmetry_is_the_largest_difference():
    vibrations = diatomic(CO_EV_PER_A2)
    vibrations.force_constants_eV_per_A2[0, 4] += 0.3
    assert vibrations.asymmetry_eV_per_A2 == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("name", "geometry", "group", "number"),
    [
        ("H2O", "nonlinear", "C2v", 2), ("NH3", "nonlinear", "C3v", 3), ("CO", "linear", "C*v", 1),
        ("N2", "linear", "D*h", 2), ("CO2", "linear", "D*h", 2), ("CH4", "nonlinear", "Td", 12),
        ("C6H6", "nonlinear", "D6h", 12), ("HCN", "linear", "C*v", 1), ("O", "monatomic", "Kh", 1),
    ],
)  # fmt: skip
def test_symmetry_of_molecules(name, geometry, group, number):
    rotor = rotor_of(Atoms("O") if name == "O" else molecule(name))
    assert (rotor.geometry, rotor.point_group, rotor.symmetry_number) == (geometry, group, number)


def test_damaged_files_are_noticed(tmp_path):
    vibrations = diatomic(CO_EV_PER_A2)
    arrays = {"moved": [0, 1], "force_constants_eV_per_A2": vibrations.force_constants_eV_per_A2}
    np.savez(tmp_path / HESSIAN_FILE, **arrays)
    loaded = load_vibrations(tmp_path, vibrations.atoms, isolated=True)
    assert loaded.modes.frequencies_per_cm == pytest.approx([CO_PER_CM], abs=0.7)
    for wrong in ({"moved": [0, 1]}, {**arrays, "moved": [0]}, {**arrays, "moved": [0, 7]}):
        np.savez(tmp_path / HESSIAN_FILE, **wrong)
        with pytest.raises(DamagedResultError, match=HESSIAN_FILE):
            load_vibrations(tmp_path, vibrations.atoms, isolated=True)
