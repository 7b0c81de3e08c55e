"""Dispersion corrections without images through the vacuum: energies and forces."""

import numpy as np
import pytest
from ase import Atoms
from ase.units import Bohr
from dftd4.ase import DFTD4

from slabs.crystals.perovskite import perovskite
from slabs.ligands.ligand import in_box, make_ligand
from slabs.surfaces.slab import build_slab
from workflows.dft.dispersion import dispersion_calculator
from workflows.planner import make_plan


def level(dispersion, pbc=None):
    found = {"functional": "PBE", "dispersion": dispersion}
    return found if pbc is None else found | {"dispersion_pbc": pbc}


def energy_and_forces(atoms, *settings):
    copy = atoms.copy()
    copy.calc = dispersion_calculator(level(*settings))
    return copy.get_potential_energy(), copy.get_forces()


def slab(vacuum_A):
    return build_slab(perovskite("CsPbI3"), termination="PbI2", layers=3, vacuum_A=vacuum_A)


@pytest.mark.parametrize("method", ["D3(BJ)", "D4"])
def test_vacuum_of_a_slab_makes_no_difference(method):
    wide, forces = energy_and_forces(slab(40.0), method)
    for vacuum_A in (7.0, 15.0):
        energy, others = energy_and_forces(slab(vacuum_A), method)
        assert energy == pytest.approx(wide, abs=1e-6)
        assert others == pytest.approx(forces, abs=1e-6)


def test_plain_d4_attracts_the_next_slab():
    # What the correction takes away: 50 meV through 7 A.
    atoms = slab(7.0)
    atoms.calc = DFTD4(method="PBE")
    assert atoms.get_potential_energy() - energy_and_forces(slab(7.0), "D4")[0] < -0.04


@pytest.mark.parametrize("method", ["D3(BJ)", "D4"])
@pytest.mark.parametrize("shift_A", [-8.0, 3.0])
def test_height_of_a_slab_in_its_cell_makes_no_difference(method, shift_A):
    atoms = slab(10.0)
    moved = atoms.copy()
    moved.positions[:, 2] += shift_A
    one, other = (energy_and_forces(each, method) for each in (atoms, moved))
    assert one[0] == pytest.approx(other[0], abs=1e-6)
    assert one[1] == pytest.approx(other[1], abs=1e-6)


@pytest.mark.parametrize("method", ["D3(BJ)", "D4"])
def test_molecule_has_no_images(method):
    atoms = in_box(make_ligand("OAm").atoms, 6.0)
    free = Atoms(atoms.numbers, positions=atoms.positions)
    none = [False] * 3
    energy, forces = energy_and_forces(atoms, method, none)
    lone, others = energy_and_forces(free, method)
    assert energy == pytest.approx(lone, abs=1e-9)
    assert forces == pytest.approx(others, abs=1e-9)
    # With images through 6 A of vacuum it is lower by 3 meV and more.
    assert energy_and_forces(atoms, method)[0] < lone - 0.003


@pytest.mark.parametrize("method", ["D3(BJ)", "D4"])
def test_forces_are_the_slope_of_the_energy(method):
    atoms = slab(8.0)
    _, forces = energy_and_forces(atoms, method)
    step_A = 1e-3
    for index, axis in ((0, 2), (5, 2)):
        energies = []
        for sign in (1, -1):
            moved = atoms.copy()
            moved.positions[index, axis] += sign * step_A
            energies.append(energy_and_forces(moved, method)[0])
        slope = (energies[0] - energies[1]) / (2 * step_A)
        assert forces[index, axis] == pytest.approx(-slope, abs=1e-4)


def test_attraction_of_two_distant_atoms_is_minus_c6_over_r6():
    # Two argon atoms at 8 A: the slope of the logarithm is -6 where damping has died out.
    found = []
    for distance_A in (8.0, 10.0):
        pair = Atoms("Ar2", positions=[[0, 0, 0], [0, 0, distance_A]])
        alone = Atoms("Ar")
        found.append(
            energy_and_forces(pair, "D3(BJ)")[0] - 2 * energy_and_forces(alone, "D3(BJ)")[0]
        )
    assert found[0] < found[1] < 0
    assert np.log(found[0] / found[1]) / np.log(10.0 / 8.0) == pytest.approx(6.0, abs=0.5)
    assert abs(found[0]) * (8.0 / Bohr) ** 6 / 27.2114 == pytest.approx(64.3, rel=0.4)


STUDY = """
title = "D4"
molecule_vacuum_A = 6.0
[level]
base = "draft"
name = "own"
dispersion = "{dispersion}"
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 1
vacuum_A = 8.0
[ligands.NH3]
smiles = "N"
anchor_smarts = "[NX3]"
[[reactions]]
name = "adsorption"
equation = "slab + NH3 -> slab.NH3"
"""


def test_tasks_with_d4_say_what_is_periodic_and_share_a_fingerprint(tmp_path):
    specs = {}
    for dispersion in ("D4", "D3(BJ)"):
        file = tmp_path / f"{dispersion[:2]}.toml"
        file.write_text(STUDY.format(dispersion=dispersion))
        plan = make_plan(file)
        for name in ("slab", "NH3", "slab.NH3"):
            specs[dispersion, name] = plan.tasks[plan.species_keys[name][0]].spec
    assert specs["D4", "slab"]["level"]["dispersion_pbc"] == [True, True, False]
    assert specs["D4", "NH3"]["level"]["dispersion_pbc"] == [False, False, False]
    assert len({specs["D4", n]["fingerprint"] for n in ("slab", "NH3", "slab.NH3")}) == 1
    assert "dispersion_pbc" not in specs["D3(BJ)", "slab"]["level"]
