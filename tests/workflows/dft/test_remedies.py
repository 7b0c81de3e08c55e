"""The ladder of remedies for SCF cycles that do not converge."""

import subprocess
import sys

import pytest
from gpaw import KohnShamConvergenceError

from workflows.dft.remedies import REMEDIES, with_remedies
from workflows.execution.engine import environment


def failing(times):
    """A calculation that does not converge the first times; not a real one."""
    calls = []

    def compute(limits):
        calls.append(limits.get("remedy"))
        if len(calls) <= times:
            raise KohnShamConvergenceError
        return {"energy_eV": -1.0}

    return calls, compute


@pytest.mark.parametrize("times", range(len(REMEDIES) + 1))
def test_remedies_are_tried_in_order_and_recorded(times):
    calls, compute = failing(times)
    values = with_remedies(compute, {"max_steps": 3})
    assert calls == [None, 0, 1, 2][: times + 1]
    assert values.get("scf_remedies", []) == [r.name for r in REMEDIES[:times]]
    assert values["energy_eV"] == -1.0


def test_after_the_ladder_the_reason_names_all_of_it():
    calls, compute = failing(10)
    with pytest.raises(KohnShamConvergenceError, match=r"nor with Pulay mixing .*; Davidson"):
        with_remedies(compute, {})
    assert len(calls) == len(REMEDIES) + 1


SCRIPT = """
from pathlib import Path
from ase import Atoms
from workflows.dft.calculator import gpaw_calculator
from workflows.study.level import Level
from workflows.dft.remedies import REMEDIES

spec = {
    "level": Level.model_validate({"base": "draft"}).physics(),
    "charge": 0,
    "kpoints": [1, 1, 1],
    "spin_polarised": False,
    "dipole_layer": False,
}
for limits in ({}, *({"remedy": n} for n in range(len(REMEDIES)))):
    atoms = Atoms("HCl", [[0, 0, 0], [0, 0, 1.28]], cell=[6, 6, 7], pbc=True)
    limits = {"max_scf_iterations": 100, **limits}
    atoms.calc = gpaw_calculator(spec, limits, Path("log.txt"))
    print(atoms.get_potential_energy())
"""


def test_remedies_converge_to_the_same_energy(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    energies = [float(line) for line in done.stdout.split()]
    assert energies == pytest.approx([energies[0]] * (1 + len(REMEDIES)), abs=1e-3)
    log = (tmp_path / "log.txt").read_text().lower()
    assert log.count("davidson") >= 2
    assert "pulay" in log
