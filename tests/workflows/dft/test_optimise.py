"""What makes a relaxation short, and that it ends where a plain one ends."""

import json
import re
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from ase.calculators.emt import EMT
from ase.constraints import FixAtoms
from ase.io.trajectory import Trajectory
from ase.units import Bohr, Hartree

from slabs.crystals.perovskite import perovskite
from slabs.surfaces.slab import build_slab
from tests.conftest import METHYLAMINE
from workflows.dft.optimise.model_bfgs import ModelBFGS
from workflows.dft.optimise.model_hessian import (
    SOFTEST_EV_PER_A2,
    STIFFEST_EV_PER_A2,
    model_hessian,
)
from workflows.execution.engine import environment, run_plan
from workflows.findings.states import task_folder
from workflows.planner import make_plan
from workflows.store import LOG_FILE

#: Bond length in angstrom and harmonic force constant in mdyn/angstrom from the measured
#: vibrational frequency; Huber and Herzberg, Constants of Diatomic Molecules (1979).
DIATOMICS = {
    "H2": (0.741, 5.75),
    "HCl": (1.275, 5.16),
    "HF": (0.917, 9.66),
    "CO": (1.128, 19.0),
    "I2": (2.666, 1.72),
}
EV_PER_A2 = 6.2415  # one mdyn/angstrom


@pytest.mark.parametrize("name", DIATOMICS)
def test_bonds_are_about_as_stiff_as_measured(name):
    length, measured = DIATOMICS[name]
    hessian = model_hessian(Atoms(name, [[0, 0, 0], [0, 0, length]]))
    stretch = np.array([0, 0, -1, 0, 0, 1]) / np.sqrt(2)
    found = (stretch @ hessian @ stretch - SOFTEST_EV_PER_A2) / 2 / EV_PER_A2
    assert 0.5 < found / min(measured, STIFFEST_EV_PER_A2 / EV_PER_A2) < 2.0


def test_alkali_ions_rattle_in_their_cages():
    atoms = perovskite("CsPbI3").repeat((2, 2, 2))
    hessian = model_hessian(atoms) - SOFTEST_EV_PER_A2 * np.eye(3 * len(atoms))
    held = np.diag(hessian).reshape(-1, 3)
    cesium = held[atoms.symbols == "Cs"]
    # Modes of 20 to 40 cm^-1 with the mass of cesium; lead has strong bonds to iodine.
    assert 0.2 < cesium.min() < cesium.max() < 0.8
    assert held[atoms.symbols == "Pb"].min() > 5 * cesium.max()


def test_springs_do_not_hold_a_molecule_in_place():
    water = molecule("H2O")
    hessian = model_hessian(water) - SOFTEST_EV_PER_A2 * np.eye(9)
    assert np.allclose(hessian, hessian.T)
    for axis in np.eye(3):
        shift = np.tile(axis, 3)
        turn = np.cross(axis, water.positions).ravel()
        assert np.allclose(hessian @ shift, 0.0, atol=1e-9)
        assert np.allclose(hessian @ turn, 0.0, atol=1e-9)
    stiff = np.linalg.eigvalsh(hessian)[-3:]  # three vibrations, the bend the softest
    assert np.linalg.matrix_rank(hessian, tol=1e-6) == 3
    assert 0.1 * Hartree / Bohr**2 < stiff[0] < stiff[1] / 3


def test_neighbours_in_other_cells_count():
    slab = build_slab(
        perovskite("CsPbI3"), termination="PbI2", layers=3, size=(1, 1), vacuum_A=10.0
    )
    one, four = model_hessian(slab), model_hessian(slab.repeat((2, 2, 1)))
    uniform = np.tile(np.eye(3 * len(slab)), (4, 1)) / 2
    assert np.allclose(uniform.T @ four @ uniform, one)


def test_atoms_that_are_held_couple_to_nothing():
    hessian = model_hessian(molecule("CH3OH"), fixed=[0])
    assert np.allclose(hessian[:3, 3:], 0.0)
    assert np.linalg.eigvalsh(hessian).min() > 0.0


def test_no_atom_moves_further_than_the_longest_step():  # EMT stands in for GPAW
    atoms = molecule("C2H6")
    atoms.rattle(0.3, seed=2)
    atoms.calc = EMT()
    places = []
    run = ModelBFGS(atoms, logfile=None, maxstep=0.07)
    run.attach(lambda: places.append(atoms.positions.copy()))
    run.run(fmax=0.05, steps=12)
    longest = [np.linalg.norm(b - a, axis=1).max() for a, b in pairwise(places)]
    assert max(longest) == pytest.approx(0.07, rel=1e-3)
    assert min(longest) > 0.0


def test_an_interrupted_relaxation_takes_the_same_steps(tmp_path):  # EMT stands in for GPAW
    def start():
        atoms = molecule("CH3OH")
        atoms.rattle(0.1, seed=3)
        atoms.set_constraint(FixAtoms([0]))
        atoms.calc = EMT()
        return atoms

    whole, first = start(), start()
    ModelBFGS(whole, logfile=None).run(fmax=0.0, steps=9)
    with Trajectory(tmp_path / "a.traj", "w", first) as trajectory:
        begun = ModelBFGS(first, logfile=None)
        begun.attach(trajectory)
        begun.run(fmax=0.0, steps=5)
    second = start()
    second.positions[:] = first.positions
    resumed = ModelBFGS(second, logfile=None)
    with Trajectory(tmp_path / "a.traj") as history:
        resumed.replay_trajectory(history)
    resumed.run(fmax=0.0, steps=4)
    assert np.allclose(second.positions, whole.positions, atol=1e-6)


@pytest.mark.long
def test_fewer_steps_and_cycles_to_the_same_minimum(write_study, tmp_path):
    found = {}
    for name, optimizer, follows in (("plain", "BFGS", "false"), ("own", "model-BFGS", "true")):
        file = write_study(METHYLAMINE.split("[[dos]]")[0], ASKED, ecut=220.0, fmax=0.05, name=name)
        how = f'optimizer = "{optimizer}"\nscf_follows_forces = {follows}\n'
        file.write_text(file.read_text().replace("max_steps", how + "max_steps", 1))
        plan, results = make_plan(file), tmp_path / name
        (state,) = run_plan(plan, results, cores=1).values()
        log = (task_folder(state.task, results) / LOG_FILE).read_text()
        cycles = [int(n) for n in re.findall(r"Converged in (\d+) steps", log)]
        last = log[log.rindex("convergence criteria:") :]
        found[name] = state.result.values, sum(cycles), last
    plain, own = found["plain"], found["own"]
    assert own[0]["steps"] < plain[0]["steps"]
    assert own[1] < plain[1]
    assert "1e-05 eV / valence electron" in own[2]
    assert "0.0001 electrons / valence electron" in own[2]
    assert own[0]["fmax_eV_per_A"] <= 0.05
    # The plain one stops on a shoulder of the turn of the methyl group.
    assert plain[0]["energy_eV"] - 0.03 < own[0]["energy_eV"] < plain[0]["energy_eV"] + 0.002


MOVED = """
import json, sys
from pathlib import Path
import numpy as np
from ase.build import molecule
from workflows.dft.calculator import gpaw_calculator

level = {"functional": "PBE", "ecut_eV": 250.0, "smearing_eV": 0.05}
level |= {"scf_energy_eV": 1e-5, "scf_density": 1e-5, "scf_eigenstates_eV2": 1e-8}
spec = {"level": level, "kpoints": [1, 1, 1], "charge": 0, "dipole_layer": False}
spec["spin_polarised"] = sys.argv[1] == "spin"
gpaw, afresh = (
    gpaw_calculator(spec, {"max_scf_iterations": 100}, Path(f"{name}.txt")) for name in "ab"
)
atoms = molecule("HCl", vacuum=2.5, pbc=True)
atoms.calc = gpaw
atoms.get_potential_energy()
stays = gpaw.dft.density.nt_sR.data.copy()
atoms.rotate(20.0, "x", center="COM")
atoms.translate([0.0, 0.1, 0.0])
gpaw.move_atoms(atoms)
moved = gpaw.dft.density.nt_sR.copy()
energy_eV = atoms.get_potential_energy()
found = gpaw.dft.density.nt_sR
print(json.dumps({
    "electrons": [float(density.integrate().sum()) for density in (moved, found)],
    "errors": [float(np.abs(start - found.data).sum()) for start in (moved.data, stays)],
    "energies_eV": [energy_eV, afresh.get_potential_energy(atoms)],
}))
"""


@pytest.mark.parametrize("spin", ["spin", "none"])
def test_the_density_goes_along_with_the_atoms(tmp_path, spin):
    done = subprocess.run(
        [sys.executable, "-c", MOVED, spin],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    # The pseudo-density of a converged cycle holds a little more or less than that of free atoms.
    assert found["electrons"][0] == pytest.approx(found["electrons"][1], abs=0.01)
    assert found["errors"][0] < 0.4 * found["errors"][1]
    assert found["energies_eV"][0] == pytest.approx(found["energies_eV"][1], abs=1e-4)


ASKED = """
[[candidates]]
species = "OAm"
count = 1
"""
