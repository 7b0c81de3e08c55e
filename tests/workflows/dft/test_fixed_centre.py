"""Forces of isolated molecules are judged after the mean force is subtracted."""

import numpy as np
import pytest
from ase import Atoms
from ase.constraints import FixCom
from gpaw import GPAW

from analysis.results import load_result
from tests.conftest import HCL
from workflows.dft.optimise.fixed_centre import FixedCentre
from workflows.execution.engine import run_plan
from workflows.planner import make_plan


def test_mean_force_is_subtracted_from_every_atom():
    pair = Atoms("HI", positions=[[0, 0, 0], [1.6, 0, 0]])
    forces = np.array([[0.1, 0.0, 0.0], [0.5, 0.0, 0.0]])
    judged = forces.copy()
    FixedCentre().adjust_forces(pair, judged)
    assert judged == pytest.approx(np.array([[-0.2, 0, 0], [0.2, 0, 0]]))
    # By mass, the light atom keeps its force and the heavy one hides what it has.
    by_mass = forces.copy()
    FixCom().adjust_forces(pair, by_mass)
    assert abs(by_mass[1, 0]) < 0.01


def test_mean_position_stays():
    pair = Atoms("HI", positions=[[0, 0, 0], [1.6, 0, 0]])
    pair.set_constraint(FixedCentre())
    pair.set_positions([[0.3, 0.2, 0.0], [1.7, 0.0, 0.1]])
    assert pair.positions.mean(axis=0) == pytest.approx([0.8, 0.0, 0.0])
    assert np.diff(pair.positions, axis=0)[0] == pytest.approx([1.4, -0.2, 0.1])


def test_reported_force_is_the_one_of_plain_gpaw(write_study, tmp_path):
    plan = make_plan(write_study(HCL, ecut=250.0, fmax=0.3))
    results = tmp_path / "results"
    states = run_plan(plan, results, cores=1)
    (state,) = [s for s in states.values() if s.state == "done"][:1]
    result = load_result(state.folder)
    atoms = result.atoms.copy()
    atoms.set_constraint()
    level = result.values["level"]
    atoms.calc = GPAW(
        mode={"name": "pw", "ecut": level["ecut_eV"]}, xc=level["functional"],
        occupations={"name": "fermi-dirac", "width": level["smearing_eV"]},
        convergence={"density": 1e-6}, txt=None,
    )  # fmt: skip
    forces = atoms.get_forces()
    if level["dispersion"] != "none":
        from workflows.dft.dispersion import dispersion_calculator

        copy = atoms.copy()
        copy.calc = dispersion_calculator(level)
        forces = forces + copy.get_forces()
    forces -= forces.mean(axis=0)
    largest = np.linalg.norm(forces, axis=1).max()
    assert result.values["fmax_eV_per_A"] == pytest.approx(largest, abs=0.03)
    assert largest < 0.3
