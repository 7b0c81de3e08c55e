"""Entropies and free energies against measured ones and closed formulas."""

import numpy as np
import pytest
from ase import Atoms, units
from ase.build import molecule

from analysis.vibrations.measured import measured_entropy_J_per_mol_K
from analysis.vibrations.molecules import rotor_of
from analysis.vibrations.thermochemistry import (
    HinderedSettings,
    hindered,
    hindered_motions,
    ideal_gas,
    inertia_about_normal_amu_A2,
    pressure_of_bar,
    vibrational,
)

T = 298.15


def bent(symbols, length_A, angle_deg):
    half = np.radians(angle_deg / 2)
    side = length_A * np.array([[np.sin(half), 0, np.cos(half)], [-np.sin(half), 0, np.cos(half)]])
    return Atoms(symbols, positions=[[0, 0, 0], *side])


def ammonia():
    """Measured structure: N-H 1.012 A, angle 106.7 degrees."""
    across = 2 * 1.012 * np.sin(np.radians(106.7 / 2)) / 3**0.5
    turns = np.radians([0, 120, 240])
    depth = (1.012**2 - across**2) ** 0.5
    places = [[across * np.cos(t), across * np.sin(t), depth] for t in turns]
    return Atoms("NH3", positions=[[0, 0, 0], *places])


#: Measured structures and fundamental wave numbers (NIST), and the measured entropy.
GASES = {
    "H2O": (bent("OH2", 0.958, 104.5), [1594.7, 3657.1, 3755.9]),
    "NH3": (ammonia(), [950.0, 1627.0, 1627.0, 3337.0, 3444.0, 3444.0]),
    "CO": (Atoms("CO", positions=[[0, 0, 0], [0, 0, 1.128]]), [2143.3]),
    "I2": (Atoms("I2", positions=[[0, 0, 0], [0, 0, 2.666]]), [214.5]),
    "CO2": (
        Atoms("OCO", positions=[[0, 0, -1.16], [0, 0, 0], [0, 0, 1.16]]),
        [667.4, 667.4, 1333.0, 2349.1],
    ),
}


@pytest.mark.parametrize("name", GASES)
def test_entropies_of_gases_from_measured_structures(name):
    atoms, waves = GASES[name]
    gas = ideal_gas(atoms, rotor_of(atoms), 0, T, 1.0)
    total = gas.plus(vibrational(np.array(waves) * units.invcm, T, "raised"))
    known, source = measured_entropy_J_per_mol_K(atoms)
    assert source.startswith("CODATA")
    assert total.entropy_J_per_mol_K == pytest.approx(known, abs=0.7)


def test_oxygen_has_the_entropy_of_its_spin():
    atoms = Atoms("O2", positions=[[0, 0, 0], [0, 0, 1.208]])
    gas = ideal_gas(atoms, rotor_of(atoms), 2, T, 1.0)
    total = gas.plus(vibrational(np.array([1556.0]) * units.invcm, T, "raised"))
    assert total.entropy_J_per_mol_K == pytest.approx(205.15, abs=0.3)


def test_heat_and_pressure_of_a_gas():
    """H(298.15 K) - H(0) of water: 9.904 kJ/mol (JANAF). Ten bar cost kT ln 10 more than one."""
    atoms, waves = GASES["H2O"]
    gas, pressed = (ideal_gas(atoms, rotor_of(atoms), 0, T, p) for p in (1.0, 10.0))
    heat = gas.plus(vibrational(np.array(waves) * units.invcm, T, "harmonic")).heat_eV
    assert heat * units.mol / units.kJ == pytest.approx(9.904, abs=0.03)
    rise = pressed.correction_eV - gas.correction_eV
    assert rise == pytest.approx(units.kB * T * np.log(10.0), rel=1e-6)


def test_a_single_mode():
    """At h nu = kT ln 2: mean energy kT ln 2, entropy 2 k ln 2."""
    energy = units.kB * T * np.log(2.0)
    found = vibrational(np.array([energy]), T, "harmonic")
    assert found.zero_point_eV == pytest.approx(energy / 2)
    assert found.heat_eV == pytest.approx(energy)
    assert found.entropy_eV_per_K == pytest.approx(2 * units.kB * np.log(2.0))
    assert found.low_modes_eV == 0.0  # 144 cm^-1


def test_treatments_of_low_modes():
    waves = np.array([-80.0, 50.0, 1000.0]) * units.invcm
    raised, harmonic, rotor = (
        vibrational(waves, T, way) for way in ("raised", "harmonic", "free-rotor")
    )
    same = vibrational(np.array([100.0, 100.0, 1000.0]) * units.invcm, T, "harmonic")
    assert raised.correction_eV == pytest.approx(same.correction_eV)
    assert raised.left_out == rotor.left_out == 0
    real = vibrational(waves[1:], T, "harmonic")
    assert harmonic.correction_eV == pytest.approx(real.correction_eV)
    assert harmonic.left_out == 1
    # What is low is told apart: all but the mode at 1000 cm^-1.
    high = vibrational(waves[2:], T, "harmonic").correction_eV
    assert raised.low_modes_eV == pytest.approx(raised.correction_eV - high)
    assert harmonic.low_modes_eV == pytest.approx(harmonic.correction_eV - high)
    assert 0.9 < raised.low_share < 1.0
    # A free rotor of 1e-44 kg m^2 has less entropy than a mode of 10 cm^-1, by hand:
    # mu = h / (8 pi^2 nu), mu' = mu B / (mu + B), S = k (1/2 + ln sqrt(8 pi^3 mu' k T / h^2)).
    nu = 10.0 * 100 * units._c
    mu = units._hplanck / (8 * np.pi**2 * nu)
    reduced = mu * 1e-44 / (mu + 1e-44)
    free = 0.5 + 0.5 * np.log(8 * np.pi**3 * reduced * units._k * T / units._hplanck**2)
    weight = 1 / (1 + 10.0**4)
    oscillator = vibrational(np.array([10.0]) * units.invcm, T, "harmonic").entropy_eV_per_K
    found = vibrational(np.array([10.0]) * units.invcm, T, "free-rotor").entropy_eV_per_K
    expected = weight * oscillator + (1 - weight) * free * units.kB
    assert found == pytest.approx(expected, rel=1e-6)
    assert found < 0.8 * oscillator


def test_nothing_vibrates():
    nothing = vibrational(np.zeros(0), T, "raised")
    assert nothing.correction_eV == 0.0
    assert nothing.low_share is None


def test_multiples_and_sums():
    one = vibrational(np.array([0.05]), T, "harmonic")
    assert one.plus(one.times(-1.0)).correction_eV == pytest.approx(0.0)
    assert one.times(0.5).correction_eV == pytest.approx(one.correction_eV / 2)


def test_concentration_as_pressure():
    assert pressure_of_bar(1.0, T) == pytest.approx(24.79, abs=0.01)


def test_hindered_ligand_behind_high_barriers_vibrates():
    """Frequencies of the model: sqrt(W / 2 m A) twice, and n / 2 pi sqrt(W / 2 I)."""
    part = molecule("CO")
    part.rotate(90, "y")
    inertia = inertia_about_normal_amu_A2(part)
    assert inertia == pytest.approx(
        12.011 * 15.999 / 28.010 * part.get_distance(0, 1) ** 2, rel=1e-4
    )
    area_A2, barrier_eV, minima = 40.0, 1.5, 4
    settings = HinderedSettings(barrier_eV, barrier_eV, minima, area_A2)
    barrier_J, mass_kg = barrier_eV * units._e, 28.010 * units._amu
    slide_Hz = (barrier_J / (2 * mass_kg * area_A2 * 1e-20)) ** 0.5
    turn_Hz = minima / (2 * np.pi) * (barrier_J / (2 * inertia * units._amu * 1e-20)) ** 0.5
    energies = np.array([slide_Hz, slide_Hz, turn_Hz]) * units._hplanck / units._e
    known = vibrational(energies, T, "harmonic")
    found = hindered(part, settings, T)
    assert found.zero_point_eV == pytest.approx(known.zero_point_eV, rel=1e-4)
    assert found.heat_eV == pytest.approx(known.heat_eV, abs=0.002)
    # Its standard concentration: one molecule on the area that one of an ideal gas has.
    gas_m2 = (units._k * T / 1e5) ** (2 / 3)
    standard = units.kB * (1 - 1 / 3 + np.log(gas_m2 / (area_A2 * 1e-20)))
    assert found.entropy_eV_per_K == pytest.approx(known.entropy_eV_per_K + standard, abs=4e-6)


def test_motions_of_a_hindered_ligand_are_orthonormal():
    motions = hindered_motions(molecule("CH3OH"))
    assert motions.T @ motions == pytest.approx(np.eye(3), abs=1e-12)
    heights = motions.reshape(6, 3, 3)[:, 2]
    assert abs(heights).max() == pytest.approx(0.0, abs=1e-12)
