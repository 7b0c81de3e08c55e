"""On a GPU the replaced parts are off, and the result says so; emulated CuPy stands in for one."""

import json
import subprocess
import sys

import pytest

from workflows.execution.engine import environment

PROGRAM = """
import json
from pathlib import Path
from workflows.dft.calculator import gpaw_calculator, gpaw_in_use
level = {"functional": "PBE", "ecut_eV": 200.0, "smearing_eV": 0.05}
level |= {"scf_energy_eV": 1e-3, "scf_density": 1e-3, "scf_eigenstates_eV2": 1e-5}
spec = {"level": level, "kpoints": [1, 1, 1], "charge": 0, "dipole_layer": False}
spec["spin_polarised"] = False
gpaw = gpaw_calculator(spec, {"max_scf_iterations": 50}, Path("gpaw.txt"))
print(json.dumps([gpaw_in_use({}), gpaw_in_use({"plain_gpaw": True}), type(gpaw).__name__]))
"""
GPU = {"GPAW_USE_GPUS": "1", "GPAW_CPUPY": "1"}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ["accelerated", "plain", "RelaxingGPAW"]),
        (GPU, ["plain, on a GPU", "plain, on a GPU", "ASECalculator"]),
    ],
)
def test_replaced_parts_are_off_on_a_gpu(more, expected, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path, env=environment() | more, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == expected
