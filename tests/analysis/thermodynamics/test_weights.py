"""Energies over chemical potentials as sums of total energies, against hand-worked ones."""

from dataclasses import replace

import pytest

from analysis.thermodynamics.chemical_potentials import stability
from analysis.thermodynamics.linear_energies import formation_energy, surface_energy
from analysis.thermodynamics.weights import StabilityWeights
from tests.analysis.thermodynamics.test_chemical_potentials import CSI, PB, PBI2, PHASES, REGION

WEIGHTS = StabilityWeights(PHASES, REGION)
ENERGIES = {phase.name: phase.energy_eV for phase in PHASES}


def clean(weights):
    return {name: w for name, w in weights.items() if abs(w) > 1e-9}


def total(weights, energies=ENERGIES):
    return sum(w * energies[name] for name, w in weights.items())


def corner(*neighbours):
    return REGION.neighbours.index(neighbours)


def test_formation_energy_counts_atoms_per_formula_unit():
    # PbI2 - Pb - 2 I, an I atom being an eighth of I8; Cs4PbI6 holds one formula unit.
    assert clean(WEIGHTS.formation("PbI2")) == pytest.approx({"PbI2": 1, "Pb": -1, "I2": -0.25})
    expected = {"Cs4PbI6": 1, "Cs": -2, "Pb": -1, "I2": -0.75}
    assert clean(WEIGHTS.formation("Cs4PbI6")) == pytest.approx(expected)
    assert clean(WEIGHTS.formation("I2")) == {}
    # I2 the molecule: of two atoms, against a quarter of I8.
    assert clean(WEIGHTS.formation("I2 molecule")) == pytest.approx({"I2 molecule": 1, "I2": -0.25})


def test_a_cell_of_several_formula_units_counts_once_per_unit():
    four = replace(PBI2, elements={"Pb": 4, "I": 8}, energy_eV=4 * PBI2.energy_eV)
    phases = [four if phase is PBI2 else phase for phase in PHASES]
    weights = StabilityWeights(phases, stability(phases, "alpha")).formation("PbI2")
    assert clean(weights) == pytest.approx({"PbI2": 0.25, "Pb": -1, "I2": -0.25})


@pytest.mark.parametrize("name", ENERGIES)
def test_sum_over_total_energies_is_the_formation_energy(name):
    assert total(WEIGHTS.formation(name)) == pytest.approx(REGION.formation_energies_eV[name])


def test_sum_over_total_energies_is_the_decomposition_energy():
    # alpha -> 1/4 Cs4PbI6 + 3/4 PbI2: elements cancel.
    expected = {"alpha": 1.0, "Cs4PbI6": -0.25, "PbI2": -0.75}
    assert clean(WEIGHTS.decomposition()) == pytest.approx(expected)
    assert total(WEIGHTS.decomposition()) == pytest.approx(-0.3)


def test_potential_at_the_rich_end_is_zero_by_definition_and_at_the_poor_end_is_not():
    assert clean(WEIGHTS.potential("I", corner("I2", "PbI2"))) == {}
    # Pb metal with PbI2: 2 dmu_I = E(PbI2) - E(Pb) - 2 E(I8)/8.
    expected = {"PbI2": 0.5, "Pb": -0.5, "I2": -0.125}
    assert clean(WEIGHTS.potential("I", corner("Pb", "PbI2"))) == pytest.approx(expected)


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("element", ["Cs", "Pb", "I"])
def test_sum_over_total_energies_is_the_chemical_potential(number, element):
    value = REGION.potentials_eV(element)[number]
    assert total(WEIGHTS.potential(element, number)) == pytest.approx(value, abs=1e-8)


def test_potentials_follow_a_small_change_of_every_total_energy():
    for name in ENERGIES:
        moved = [replace(p, energy_eV=p.energy_eV + 1e-3 * (p.name == name)) for p in PHASES]
        region = stability(moved, "alpha")
        for number, neighbours in enumerate(REGION.neighbours):
            there = region.neighbours.index(neighbours)
            for element in REGION.elements:
                change = (
                    region.potentials_eV(element)[there] - REGION.potentials_eV(element)[number]
                )
                factor = WEIGHTS.potential(element, number).get(name, 0.0)
                assert change == pytest.approx(1e-3 * factor, abs=1e-7), (name, neighbours, element)


def test_vacancy_in_equilibrium_with_lead_does_not_depend_on_the_iodine_molecule():
    energy = formation_energy(-26.0, -30.0, {"I": 1}, REGION)
    own = {"with": 1.0, "without": -1.0}
    rich = clean(WEIGHTS.at_corner(energy, own, corner("I2", "PbI2")))
    assert rich == pytest.approx({"with": 1, "without": -1, "I2": 0.125})
    poor = clean(WEIGHTS.at_corner(energy, own, corner("Pb", "PbI2")))
    assert poor == pytest.approx({"with": 1, "without": -1, "PbI2": 0.5, "Pb": -0.5})
    everything = {**ENERGIES, "with": -26.0, "without": -30.0}
    # 4 - 2 = 2 eV, and 1.25 less at the poor end.
    assert total(rich, everything) == pytest.approx(2.0)
    assert total(poor, everything) == pytest.approx(0.75)


@pytest.mark.parametrize("number", range(4))
def test_sum_over_total_energies_is_the_surface_energy(number):
    elements, area_A2 = {"Cs": 1, "Pb": 2, "I": 5}, 40.0
    energy = surface_energy(-26.0, elements, area_A2, REGION)
    weights = WEIGHTS.at_corner(energy, {"slab": 1 / (2 * area_A2)}, number)
    dmu_eV = dict(zip(REGION.elements, REGION.corners_eV[number], strict=True))
    assert total(weights, {**ENERGIES, "slab": -26.0}) == pytest.approx(energy.at(dmu_eV))
    # No element is created: all atoms of the slab come from the phases.
    atoms = {phase.name: phase.elements for phase in PHASES} | {"slab": elements}
    for element in elements:
        balance = sum(w * atoms[name].get(element, 0) for name, w in weights.items())
        assert balance == pytest.approx(0.0, abs=1e-9)


def test_phases_that_say_the_same_share_an_error():
    twin = replace(CSI, name="twin")
    phases = (*(p for p in PHASES if p.name not in ("Cs4PbI6",)), twin)
    region = stability(phases, "alpha")
    weights = StabilityWeights(phases, region)
    number = next(n for n, names in enumerate(region.neighbours) if {"CsI", "Pb"} <= set(names))
    assert set(region.neighbours[number]) == {"CsI", "twin", "Pb"}
    found = clean(weights.potential("I", number))
    # 2 dmu_I = E_f(alpha) - E_f(CsI): half of it from each twin.
    expected = {"alpha": 0.5, "CsI": -0.25, "twin": -0.25, PB.name: -0.5, "I2": -0.125}
    assert found == pytest.approx(expected)
