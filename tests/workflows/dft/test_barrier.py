"""A hop with real GPAW, killed on the way, against the saddle that symmetry tells."""

import os
import signal
import subprocess
import time

import pytest
from ase import Atoms
from ase.constraints import FixAtoms
from ase.optimize import BFGS
from gpaw import GPAW

from analysis.barriers.path import HopPath
from analysis.result_values import BarrierValues
from analysis.results import atoms_to_dict, load_result
from docs.tools.validation import keep
from workflows.dft.optimise.checkpoints import read_frames
from workflows.execution.engine import environment
from workflows.store import TASK_FILE, write_json, write_result
from workflows.study.level import digest

GAP_A = 2.2
LEVEL = {
    "mode": "pw", "functional": "PBE", "ecut_eV": 200.0, "smearing_eV": 0.05,
    "dispersion": "none", "scf_energy_eV": 1e-4, "scf_density": 1e-4, "scf_eigenstates_eV2": 1e-7,
}  # fmt: skip
ELECTRONS = {
    "level": LEVEL, "fingerprint": "", "charge": 0, "kpoints": [1, 1, 1], "spin_polarised": True,
    "dipole_layer": False,
}  # fmt: skip
LIMITS = {
    "max_steps": 40, "max_step_A": 0.1, "optimizer": "BFGS", "scf_follows_forces": False,
    "pre_relaxation": "none", "pre_relaxation_options": {}, "max_scf_iterations": 100,
}  # fmt: skip


def chain(height_A):
    """H-H...H whose outer atoms are fixed: the one between has two equal places."""
    atoms = Atoms(
        "H3", [[0, 0, 0], [0, 0, height_A], [0, 0, GAP_A]], cell=[4.0, 4.0, 5.2], pbc=True
    )
    atoms.positions += [2.0, 2.0, 1.5]
    atoms.set_initial_magnetic_moments([1 / 3] * 3)
    atoms.set_constraint(FixAtoms([0, 2]))
    return atoms


def with_gpaw(atoms):
    """The atoms with GPAW as it comes."""
    atoms.calc = GPAW(
        mode={"name": "pw", "ecut": LEVEL["ecut_eV"]}, xc="PBE", spinpol=True, txt=None,
        occupations={"name": "fermi-dirac", "width": LEVEL["smearing_eV"]},
        symmetry={"point_group": False},
        convergence={"energy": 1e-4, "density": 1e-4, "eigenstates": 1e-7},
    )  # fmt: skip
    return atoms


def stored(folder, key, atoms, energy_eV):
    """An end of the path, as a relaxation leaves it."""
    values = {
        "energy_eV": energy_eV, "charge": 0, "fingerprint": "", "magnetic_moment_muB": 1.0,
        "structure": atoms_to_dict(atoms),
    }  # fmt: skip
    folder.mkdir()
    write_result(folder, "relax", key, values)


def test_atom_between_two_others_hops_over_the_middle_after_a_kill(tmp_path):
    first = with_gpaw(chain(0.8))
    BFGS(first, logfile=None).run(fmax=0.03)
    energy_eV = first.get_potential_energy()
    saddle_eV = with_gpaw(chain(GAP_A / 2)).get_potential_energy() - energy_eV
    height_A = first.get_distance(0, 1)
    stored(tmp_path / "a", "a", first, energy_eV)
    stored(tmp_path / "b", "b", chain(GAP_A - height_A), energy_eV)
    hop = {"first": "a", "last": "b", "atom": 1, "vector_A": [0.0, 0.0, 0.6], "far": []}
    spec = {"kind": "barrier", **ELECTRONS, "fmax_eV_per_A": 0.05, "images": 4, "hops": [hop],
            "parents": ["a", "b"]}  # fmt: skip
    folder = tmp_path / "barrier"
    folder.mkdir()
    task = {"label": "barrier", "key": digest(spec), "spec": spec, "limits": LIMITS,
            "parent_folders": ["a", "b"]}  # fmt: skip
    write_json(folder / TASK_FILE, task)
    command = ["gpaw", "python", "-m", "workflows.dft.task", str(folder)]
    process = subprocess.Popen(command, env=environment())
    limit = time.monotonic() + 250
    while len(read_frames(folder / "relax.traj")) < 3:
        assert time.monotonic() < limit
        assert process.poll() is None
        time.sleep(0.1)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    kept = [frame.get_potential_energy() for frame in read_frames(folder / "relax.traj")]
    assert len(kept) >= 3
    assert subprocess.run(command, env=environment(), timeout=280, check=False).returncode == 0
    values = load_result(folder).checked(BarrierValues)
    after = [frame.get_potential_energy() for frame in read_frames(folder / "relax.traj")]
    assert after[: len(kept)] == kept
    assert values.force_calls == len(after)
    path = HopPath.of(values)
    assert list(path.doubts()) == []
    # 4 images: none begins in the middle, one must climb there.
    assert saddle_eV == pytest.approx(0.327, abs=0.01)
    assert path.barrier_eV == pytest.approx(saddle_eV, abs=0.005)
    assert path.reverse_barrier_eV == pytest.approx(saddle_eV, abs=0.005)
    name = f"H between two fixed H, {GAP_A} A apart; PBE, 200 eV, 4 images"
    keep("barriers", name, path.barrier_eV, f"{saddle_eV:.3f} eV, H in the middle", digits=3)
    assert values.structure["positions_A"][1][2] == pytest.approx(1.5 + GAP_A / 2, abs=0.02)
    assert path.moments_muB == pytest.approx([1.0] * 6, abs=0.02)
    # Logs of the images, each of its own.
    assert sorted(log.name for log in folder.glob("gpaw*.txt")) == [
        "gpaw-2.txt", "gpaw-3.txt", "gpaw-4.txt", "gpaw.txt",
    ]  # fmt: skip
