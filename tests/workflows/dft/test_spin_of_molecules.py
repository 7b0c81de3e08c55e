"""Radicals and triplets keep their spin: hydrogen peroxide decomposes, atoms are Hund's."""

import pytest

from tests.findings import rows_of
from workflows.execution.engine import run_plan
from workflows.planner import make_plan

STUDY = """
[molecules.H2O2]
smiles = "OO"
[molecules.H2O]
smiles = "O"
[molecules.O2]
smiles = "O=O"
[molecules.N]
smiles = "[N]"
[molecules.N2]
smiles = "N#N"

[[reactions]]
name = "decomposition"
equation = "H2O2 -> H2O + 1/2 O2"
[[reactions]]
name = "atomisation"
equation = "N2 -> 2 N"
"""


@pytest.mark.long
def test_spin_of_molecules_and_atoms(write_study, tmp_path):
    plan = make_plan(write_study(STUDY, ecut=350.0, fmax=0.3, vacuum=4.0))
    fixed = {
        name: plan.tasks[plan.species_keys[name][0]].spec.get("fixed_moment_muB")
        for name in plan.species
    }
    assert fixed == {"H2O2": None, "H2O": None, "O2": 2.0, "N": 3.0, "N2": None}
    states = run_plan(plan, tmp_path / "results", cores=2)
    assert {s.state for s in states.values()} == {"done"}, [s.why for s in states.values()]
    moments = {
        name: states[keys[0]].result.values["magnetic_moment_muB"]
        for name, keys in plan.species_keys.items()
    }
    assert moments == pytest.approx(
        {"H2O2": 0.0, "H2O": 0.0, "O2": 2.0, "N": 3.0, "N2": 0.0}, abs=1e-3
    )
    rows = {row.name: row.reaction_energy_eV for row in rows_of("reactions", plan, states)}
    # Measured -1.10 eV without zero-point energies; with singlet oxygen it would be -0.6.
    assert -1.6 < rows["decomposition"] < -0.9
    # PBE: 10.5 eV; with nitrogen atoms of one unpaired electron it would be 15.
    assert rows["atomisation"] == pytest.approx(10.5, abs=0.6)


ATOM = """
[molecules.I]
smiles = "[I]"
[[dos]]
species = "I"
spin_orbit = true
empty_bands = 4
"""


def test_levels_of_an_atom_with_a_fixed_moment(write_study, tmp_path):
    # The density has a Fermi level for each spin; the density of states has one.
    plan = make_plan(write_study(ATOM, ecut=220.0, fmax=0.3, vacuum=4.0))
    states = run_plan(plan, tmp_path / "results", cores=2)
    assert {s.state for s in states.values()} == {"done"}, [s.why for s in states.values()]
    relaxed = states[plan.species_keys["I"][0]].result
    assert relaxed.values["magnetic_moment_muB"] == pytest.approx(1.0, abs=1e-3)
