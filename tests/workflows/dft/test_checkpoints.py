"""Ionic steps that are saved: how accurate each is, and how many steps they stand for."""

from types import SimpleNamespace

import pytest
from ase import Atoms
from ase.calculators.lj import LennardJones
from ase.io import write
from ase.optimize import BFGS

from analysis.last_step import SCF_FACTOR, TRAJECTORY_FILE, earlier_steps
from workflows.dft.optimise.checkpoints import Checkpoints, read_frames

#: Distance at the minimum of a Lennard-Jones pair, in units of sigma.
MINIMUM_A = 2 ** (1 / 6)


def relaxed(folder, factors, again=True):
    """Relax two atoms; `factors` gives what the SCF cycle of each step was converged to."""
    atoms = Atoms("Ar2", [[0, 0, 0], [0, 0, 1.3]])
    job = SimpleNamespace(folder=folder, limits={"max_steps": 50}, note=lambda _: None)
    checkpoints = Checkpoints(job, atoms, 0.01)
    atoms.calc = LennardJones()
    optimizer = BFGS(atoms, logfile=None)
    checkpoints.follow(optimizer, atoms, atoms.get_forces, lambda: factors.pop(0))
    assert checkpoints.run()
    steps = checkpoints.steps
    if again:
        assert checkpoints.run(again=True)
    checkpoints.end(True)
    assert checkpoints.steps == steps
    return atoms, checkpoints


def test_steps_say_how_accurate_they_are_and_a_tightened_one_is_saved_again(tmp_path):
    factors = [4.0, 2.0, *[1.0] * 50]
    atoms, checkpoints = relaxed(tmp_path, factors)
    frames = read_frames(tmp_path / TRAJECTORY_FILE)
    assert len(frames) == checkpoints.steps + 2
    assert [frame.info[SCF_FACTOR] for frame in frames[:3]] == [4.0, 2.0, 1.0]
    assert frames[-1].positions == pytest.approx(frames[-2].positions)
    earlier = earlier_steps(tmp_path, atoms)
    assert len(earlier) == checkpoints.steps - 2
    distances = [step.get_distance(0, 1) for step in (earlier[0], earlier[-1], atoms)]
    assert distances == pytest.approx(
        [frames[2].get_distance(0, 1), frames[-3].get_distance(0, 1), MINIMUM_A], abs=0.01
    )


def test_a_step_that_was_saved_twice_counts_once(tmp_path):
    atoms, checkpoints = relaxed(tmp_path, [1.0] * 60)
    job = SimpleNamespace(folder=tmp_path, limits={"max_steps": 50}, note=lambda _: None)
    resumed = Checkpoints(job, Atoms("Ar2", [[0, 0, 0], [0, 0, 1.3]]), 0.01)
    assert resumed.before == checkpoints.steps > 2
    assert resumed.last.positions == pytest.approx(atoms.positions)


def test_steps_of_earlier_versions_are_not_known_to_be_accurate(tmp_path):
    atoms, _ = relaxed(tmp_path, [1.0] * 60, again=False)
    assert earlier_steps(tmp_path, atoms)
    file = tmp_path / TRAJECTORY_FILE
    frames = read_frames(file)
    for frame in frames:
        frame.info = {}
    write(file, frames)
    assert earlier_steps(tmp_path, atoms) == []
