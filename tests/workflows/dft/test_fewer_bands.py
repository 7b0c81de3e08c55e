"""Fewer empty bands give GPAW's energies, and GPAW's number where the highest is not empty."""

import json
import subprocess
import sys

import pytest
from ase import Atoms

from workflows.dft.fast.fewer_bands import empty_bands
from workflows.execution.engine import environment

#: PbI2 | CsI | PbI2, 33 occupied bands; "odd" without one iodine.
PROGRAM = """
import json, sys
from pathlib import Path
from gpaw import GPAW
from slabs.crystals.perovskite import perovskite
from slabs.surfaces.slab import build_slab
from workflows.dft.calculator import gpaw_calculator

odd, smearing_eV = sys.argv[1] == "odd", float(sys.argv[2])
atoms = build_slab(
    perovskite("CsPbI3"), termination="PbI2", layers=3, size=(1, 1), vacuum_A=5.0
)
if odd:
    del atoms[max(n for n, symbol in enumerate(atoms.symbols) if symbol == "I")]
    atoms.set_initial_magnetic_moments([1.0] + [0.0] * (len(atoms) - 1))
tolerances = {"energy": 1e-5, "density": 1e-5, "eigenstates": 1e-8}
level = {"functional": "PBE", "ecut_eV": 180.0, "smearing_eV": smearing_eV}
level |= {"scf_energy_eV": 1e-5, "scf_density": 1e-5, "scf_eigenstates_eV2": 1e-8}
spec = {"level": level, "kpoints": [1, 1, 1], "charge": 0}
spec |= {"dipole_layer": False, "spin_polarised": odd}
ours = gpaw_calculator(spec, {"max_scf_iterations": 100}, Path("ours.txt"))
plain = GPAW(
    mode={"name": "pw", "ecut": 180.0}, xc="PBE", spinpol=odd, txt=None,
    kpts={"size": (1, 1, 1), "gamma": True}, symmetry={"point_group": False},
    occupations={"name": "fermi-dirac", "width": smearing_eV}, convergence=tolerances,
)
print(json.dumps([
    [each.get_potential_energy(atoms), each.get_number_of_bands()] for each in (ours, plain)
]))
"""


def calculated(kind, smearing_eV, folder):
    """Energies in eV and numbers of bands, ours and those of plain GPAW."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, kind, str(smearing_eV)],
        cwd=folder, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("kind", ["even", "odd"])
def test_energies_are_those_of_plain_gpaw(kind, tmp_path):
    (ours, bands), (plain, usual) = calculated(kind, 0.05, tmp_path)
    assert bands < usual
    assert ours == pytest.approx(plain, abs=1e-4)


@pytest.mark.long
def test_where_the_highest_band_is_not_empty_the_number_is_that_of_gpaw(tmp_path):
    (ours, bands), (plain, usual) = calculated("even", 1.0, tmp_path)
    assert bands == usual
    assert ours == pytest.approx(plain, abs=1e-4)
    assert "once more with more bands" in (tmp_path / "ours.txt").read_text()


def test_small_cells_are_left_to_gpaw():
    assert empty_bands(Atoms("CH4")) is None
    assert empty_bands(Atoms("Pb4I10")) == 4 + 2
