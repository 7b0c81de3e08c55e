"""What replaces parts of GPAW to save time gives GPAW's own numbers, on one rank and on two."""

import json
import subprocess
import sys

import pytest

from workflows.execution.engine import environment

SETUP = """
import json, sys
from pathlib import Path
import numpy as np
from ase.build import molecule
from ase.units import Bohr, Hartree
from gpaw import GPAW
from gpaw.mpi import world
from workflows.dft.calculator import gpaw_calculator
from workflows.dft.fast.relaxing_gpaw import harris_forces

level = {"functional": "PBE", "ecut_eV": 300.0, "smearing_eV": 0.05}
level |= {"scf_energy_eV": 1e-5, "scf_density": 1e-5, "scf_eigenstates_eV2": 1e-8}
spec = {"level": level, "kpoints": [1, 1, 2], "charge": 0, "dipole_layer": False}
spec["spin_polarised"] = sys.argv[1] == "spin"
atoms = molecule("CH3OH", vacuum=2.0, pbc=True)
atoms.rattle(0.05, seed=1)
atoms.set_initial_magnetic_moments([2.0 if sys.argv[1] == "spin" else 0.0] + [0.0] * 5)

def show(found):
    if world.rank == 0:
        print(json.dumps(found))
"""

SAME_NUMBERS = """
gpaw = gpaw_calculator(spec, {"max_scf_iterations": 100}, Path("a.txt"))
energy_eV = gpaw.get_potential_energy(atoms)
forces = gpaw.get_forces(atoms)
plain = GPAW(
    mode={"name": "pw", "ecut": 300.0}, xc="PBE", kpts={"size": (1, 1, 2), "gamma": True},
    occupations={"name": "fermi-dirac", "width": 0.05}, spinpol=spec["spin_polarised"],
    symmetry={"point_group": False}, txt=None,
    convergence={"energy": 1e-5, "density": 1e-5, "eigenstates": 1e-8},
)
show({
    "energies_eV": [energy_eV, plain.get_potential_energy(atoms)],
    "force_error": float(np.abs(forces - plain.get_forces(atoms)).max()),
    "largest_force": float(np.abs(forces).max()),
    "replaced": type(gpaw.dft.pot_calc.poisson_solver.ghat_aLh).__name__,
})
"""

HARRIS = """
gpaw = gpaw_calculator(spec, {"max_scf_iterations": 100}, Path("a.txt"))
gpaw.create_new_calculation(atoms)
dft, unit = gpaw.dft, Hartree / Bohr
early = []
for step, _ in enumerate(dft.iconverge(), start=1):
    if step in (4, 5):
        before = dft.density.nt_sR.data.copy()
        early.append([dft._calculate_forces() * unit, harris_forces(dft) * unit])
        kept = bool((dft.density.nt_sR.data == before).all())
last = dft._calculate_forces() * unit
errors = [[float(np.abs(forces - last).max()) for forces in pair] for pair in early]
show({"errors": errors, "at_the_end": float(np.abs(harris_forces(dft) * unit - last).max()),
      "kept": kept})
"""


def run(program, spin, ranks, folder):
    """What a program prints; it is started as GPAW wants it."""
    file = folder / "program.py"
    file.write_text(SETUP + program)
    command = [sys.executable, str(file), spin]
    if ranks > 1:
        mpi = ["mpiexec", "--bind-to", "none", "-n", str(ranks)]
        command = [*mpi, sys.executable, "-m", "gpaw", "python", str(file), spin]
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


# With spin, two ranks share the k-points as they do without.
@pytest.mark.parametrize(
    ("spin", "ranks"),
    [("none", 1), ("spin", 1), pytest.param("none", 2, marks=pytest.mark.long), ("spin", 2)],
)
def test_energies_and_forces_are_those_of_plain_gpaw(spin, ranks, tmp_path):
    found = run(SAME_NUMBERS, spin, ranks, tmp_path)
    assert found["replaced"] == "FunctionsOfKinds"
    assert found["energies_eV"][0] == pytest.approx(found["energies_eV"][1], abs=1e-4)
    assert found["largest_force"] > 1.0
    assert found["force_error"] < 2e-3


# Moments are not moved along with the atoms, so that less is won with them.
@pytest.mark.parametrize(("spin", "ranks", "gain"), [("none", 1, 4.0), ("spin", 2, 2.5)])
def test_forces_are_good_before_the_density_is(spin, ranks, gain, tmp_path):
    found = run(HARRIS, spin, ranks, tmp_path)
    for plain, corrected in found["errors"]:
        assert corrected < plain / gain
    assert found["at_the_end"] < 2e-3
    assert found["kept"]
