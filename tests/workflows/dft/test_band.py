"""Nudged elastic bands with EMT: saddles that symmetry tells, interruptions, and wrong ends."""

from pathlib import Path

import numpy as np
import pytest
from ase.build import add_adsorbate, bulk, fcc100
from ase.calculators.emt import EMT
from ase.constraints import FixAtoms, FixCartesian
from ase.io.trajectory import Trajectory
from ase.optimize import BFGS

from analysis.barriers.path import HopPath
from analysis.results import Result, atoms_to_dict
from docs.tools.validation import keep
from workflows.dft.band.ends import matched_ends
from workflows.dft.errors import PhysicsError, UnconvergedError
from workflows.dft.job import Job
from workflows.dft.kinds import barrier


class KilledError(Exception):
    """The process ends."""


class Emt(EMT):
    """EMT without spin, which can be killed at a call."""

    calls, last = 0, np.inf

    def calculate(self, *args, **options):
        if Emt.calls == Emt.last:
            raise KilledError
        Emt.calls += 1
        super().calculate(*args, **options)

    def get_magnetic_moment(self, atoms=None):
        return 0.0


@pytest.fixture(autouse=True)
def emt(monkeypatch):
    monkeypatch.setattr(barrier, "gpaw_calculator", lambda spec, limits, log: Emt())
    monkeypatch.setattr(barrier, "with_dispersion", lambda gpaw, level: gpaw)
    monkeypatch.setattr(Emt, "calls", 0)
    monkeypatch.setattr(Emt, "last", np.inf)


def relaxed(atoms):
    atoms.calc = EMT()
    BFGS(atoms, logfile=None).run(fmax=0.005)
    return atoms


def result(key, atoms, **values):
    energy_eV = atoms.get_potential_energy() if atoms.calc else 0.0
    about = {"energy_eV": energy_eV, "structure": atoms_to_dict(atoms), **values}
    return Result(Path(), "relax", key, about)


def job(folder, first, last, atom, vector, *, images=3, max_steps=80):
    hop = {"first": "a", "last": "b", "atom": atom, "vector_A": list(vector), "far": []}
    spec = {"level": {}, "fmax_eV_per_A": 0.02, "images": images, "hops": [hop],
            "fingerprint": "", "charge": 0}  # fmt: skip
    parents = {"a": result("a", first), "b": result("b", last)}
    return Job(folder, spec, {"max_steps": max_steps}, None, lambda progress: None, parents)


@pytest.fixture(scope="module")
def adatom():
    """Copper on Cu(100) in a hollow, the next hollow, and the bridge between them."""
    slab = fcc100("Cu", (3, 3, 3), vacuum=6.0)
    slab.set_constraint(FixAtoms(range(18)))
    spacing = slab.cell[0, 0] / 3
    first = slab.copy()
    add_adsorbate(first, "Cu", 1.7, "hollow")
    last, bridge = first.copy(), first.copy()
    last.positions[-1, 0] += spacing
    bridge.positions[-1] += [spacing / 2, 0.0, 0.4]
    bridge.set_constraint([FixAtoms(range(18)), FixCartesian([27], (True, True, False))])
    return relaxed(first), relaxed(last), relaxed(bridge), 27, [spacing, 0.0, 0.0]


@pytest.mark.parametrize("images", [3, 4])
def test_saddle_of_an_adatom_is_the_bridge(tmp_path, adatom, images):
    first, last, bridge, atom, vector = adatom
    values = barrier.run(job(tmp_path, first, last, atom, vector, images=images))
    path = HopPath.of(values)
    constrained_eV = bridge.get_potential_energy() - first.get_potential_energy()
    assert constrained_eV == pytest.approx(0.423, abs=0.005)
    assert path.barrier_eV == pytest.approx(constrained_eV, abs=0.002)
    assert path.reverse_barrier_eV == pytest.approx(constrained_eV, abs=0.002)
    assert list(path.doubts()) == []
    name = f"Cu adatom on Cu(100), EMT, {images} images"
    keep("barriers", name, path.barrier_eV, f"{constrained_eV:.3f} eV, on the bridge", digits=3)
    assert values.hop_A == pytest.approx(vector[0], abs=1e-3)
    assert values.force_calls >= images * values.steps
    # The climbing image is on the bridge, and what is fixed has not moved.
    saddle = np.array(values.structure["positions_A"])
    assert saddle[27] == pytest.approx(bridge.positions[27], abs=0.03)
    assert saddle[:18] == pytest.approx(first.positions[:18], abs=1e-6)


def test_vacancy_hops_across_the_border_of_the_cell(tmp_path):
    crystal = bulk("Cu", cubic=True).repeat(2)
    near = int(np.argsort(crystal.get_distances(0, range(32), mic=True))[1])
    vector = crystal.get_distance(near, 0, mic=True, vector=True)
    ends = [crystal.copy(), crystal.copy()]
    ends[1].positions[near] = crystal.positions[0]  # in another image of the cell
    for each in ends:
        del each[0]
    first, last = (relaxed(each) for each in ends)
    middle = first.copy()
    middle.positions[near - 1] += vector / 2
    middle.set_constraint(FixAtoms([near - 1]))
    saddle_eV = relaxed(middle).get_potential_energy() - first.get_potential_energy()
    values = barrier.run(job(tmp_path, first, last, near - 1, vector, images=4))
    found_eV = HopPath.of(values).barrier_eV
    assert found_eV == pytest.approx(saddle_eV, abs=0.002)
    words = f"{saddle_eV:.3f} eV, the atom halfway"
    keep("barriers", "vacancy in bulk Cu, EMT, 4 images", found_eV, words, digits=3)
    assert saddle_eV == pytest.approx(0.76, abs=0.01)
    assert values.hop_A == pytest.approx(np.linalg.norm(vector), abs=0.3)


@pytest.mark.parametrize("damage", ["clean", "torn"])
def test_kill_costs_one_call(tmp_path, adatom, damage):
    first, last, _, atom, vector = adatom
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()
    expected = barrier.run(job(whole, first, last, atom, vector))
    needed, Emt.calls = Emt.calls, 0
    assert needed == expected.force_calls
    Emt.last = 14
    with pytest.raises(KilledError):
        barrier.run(job(broken, first, last, atom, vector))
    file = broken / "relax.traj"
    kept = 14
    if damage == "torn":  # in the middle of the last frame
        file.write_bytes(file.read_bytes()[:-40])
        kept = 13
    Emt.last = np.inf
    Emt.calls = 0
    values = barrier.run(job(broken, first, last, atom, vector))
    assert Emt.calls == needed - kept
    assert values.energies_eV == pytest.approx(expected.energies_eV, abs=1e-9)
    assert values.force_calls == expected.force_calls
    with Trajectory(file) as frames:
        assert len(frames) == needed
    # A third run calculates nothing.
    Emt.last = Emt.calls
    assert barrier.run(job(broken, first, last, atom, vector)).energies_eV == values.energies_eV


def test_more_steps_go_on(tmp_path, adatom):
    first, last, _, atom, vector = adatom
    with pytest.raises(UnconvergedError, match=r"in 3 steps, above 0\.02 eV/A"):
        barrier.run(job(tmp_path, first, last, atom, vector, max_steps=3))
    before = Emt.calls
    values = barrier.run(job(tmp_path, first, last, atom, vector))
    assert Emt.calls == values.force_calls > before


def test_ends_must_belong_together():
    first = fcc100("Cu", (2, 2, 2), vacuum=5.0)
    first.set_constraint(FixAtoms(range(4)))
    last = first.copy()
    last.positions[5, 0] += 2.0

    def ends(other=last, atom=5, vector=(2.0, 0.0, 0.0), far=(), moments=(1.0, 1.0)):
        one, two = (
            result(key, each, magnetic_moment_muB=moment)
            for key, each, moment in zip("ab", (first, other), moments, strict=True)
        )
        return matched_ends(one, two, atom, vector, far)

    assert ends().last.positions[5] - first.positions[5] == pytest.approx([2.0, 0.0, 0.0])
    # The image that was planned counts: half a cell vector is as far one way as the other.
    shifted = first.copy()
    shifted.positions[5] += first.cell[0] / 2
    back = -first.cell.array[0] / 2
    moved = ends(shifted, vector=back).last.positions[5] - first.positions[5]
    assert moved == pytest.approx(back, abs=1e-5)
    with pytest.raises(PhysicsError, match=r"moments \+1\.00 and \+0\.60 mu_B"):
        ends(moments=(1.0, 0.6))
    with pytest.raises(PhysicsError, match=r"moves by 0\.00 A between them, its sites are 2\.00"):
        ends(first)
    tilted = last.copy()
    tilted.positions[[6, 7], 1] += [0.5, -0.5]
    with pytest.raises(PhysicsError, match=r"different tilts.*displaced by 0\.50 A"):
        ends(tilted, far=(6, 7))
    assert ends(tilted).far_displacement_A == 0.0
    loose = last.copy()
    loose.set_constraint()
    with pytest.raises(PhysicsError, match="differ in their atoms"):
        ends(loose)
    swapped = last.copy()
    swapped.numbers[0] = 47
    with pytest.raises(PhysicsError, match="differ in their atoms"):
        ends(swapped)
