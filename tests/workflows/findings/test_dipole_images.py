"""Energies of molecules without the interaction with their periodic images."""

import numpy as np
import pytest
from ase.units import Bohr, Hartree

from tests.pretended import pretend_results
from workflows.findings.findings import Findings
from workflows.planner import make_plan
from workflows.recipes.reactions import ReactionsRecipe
from workflows.trace import trace_rows

STUDY = """
title = "t"
molecule_vacuum_A = 6.0
[level]
base = "smoke"
[molecules.HCl]
smiles = "Cl"
[molecules.H2]
smiles = "[H][H]"
[molecules.Cl2]
smiles = "ClCl"
[[reactions]]
name = "formation"
equation = "1/2 H2 + 1/2 Cl2 -> HCl"
"""
SIDE_A = 9.0


@pytest.fixture
def found(tmp_path):
    file = tmp_path / "study.toml"
    file.write_text(STUDY)
    plan = make_plan(file)
    for name in plan.species:
        plan.species[name][0].structure.atoms.set_cell(3 * [SIDE_A])
    more = {"HCl": {"dipole_moment_eA": [0.0, 0.0, 1.2]}, "H2": {"dipole_moment_eA": [0.0] * 3}}
    pretend_results(plan, tmp_path / "results", {"HCl": -5.0, "H2": -6.0, "Cl2": -3.0}, more)
    return Findings(plan, tmp_path / "results")


def test_attraction_of_the_images_is_taken_off(found):
    images_eV = -2 * np.pi * 1.2**2 / (3 * SIDE_A**3) * Hartree * Bohr
    (row,) = ReactionsRecipe().evaluate(found)
    assert row.reaction_energy_eV == pytest.approx(-5.0 - images_eV + 4.5, abs=1e-6)
    (note,) = (note for note in row.notes if "dipole" in note)
    assert note.startswith("HCl: dipole moment 1.20 eA")
    assert f"{images_eV:+.3f} eV, is subtracted" in note


def test_trace_keeps_the_energy_of_the_log(found):
    rows = trace_rows(found, ReactionsRecipe().evaluate(found))
    by_species = {row.species: row for row in rows}
    assert by_species["HCl"].dft_energy_eV == pytest.approx(-5.0)
    assert by_species["HCl"].energy_eV > -5.0 + 0.01
    assert by_species["H2"].energy_eV == by_species["H2"].dft_energy_eV == -6.0
    assert by_species["Cl2"].dipole_image_energy_eV is None
