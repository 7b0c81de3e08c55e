"""What is stored and what is believed when it is read back."""

import json
import os
import signal

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.constraints import FixAtoms
from ase.io.trajectory import Trajectory

from analysis.errors import DamagedResultError
from analysis.results import atoms_from_dict, atoms_to_dict, load_failure, load_result, whole
from workflows.dft.optimise.checkpoints import read_frames
from workflows.dft.optimise.start import start_structure
from workflows.store import BusyError, is_locked, locked, write_failure, write_json, write_result


def values(energy=-1.0):
    return {
        "energy_eV": energy,
        "charge": 0,
        "fingerprint": "f",
        "structure": atoms_to_dict(Atoms("H")),
    }


def test_result_round_trip(tmp_path):
    write_failure(tmp_path, "reason", True, 10)
    assert load_failure(tmp_path).unconverged
    write_result(tmp_path, "relax", "k", values(-3.25))
    assert load_result(tmp_path).energy_eV == -3.25
    assert load_failure(tmp_path) is None


def test_half_a_result_is_not_believed(tmp_path):
    write_result(tmp_path, "relax", "k", values())
    file = tmp_path / "result.json"
    whole = file.read_bytes()
    for length in range(0, len(whole) - 2, 7):
        file.write_bytes(whole[:length])
        with pytest.raises(DamagedResultError, match=r"result\.json"):
            load_result(tmp_path)


def test_nan_is_never_stored(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_result(tmp_path, "relax", "k", values(float("nan")))
    assert load_result(tmp_path) is None


def test_other_schema_is_not_believed(tmp_path):
    write_result(tmp_path, "relax", "k", values())
    data = json.loads((tmp_path / "result.json").read_text())
    write_json(tmp_path / "result.json", {**data, "schema": 99})
    with pytest.raises(DamagedResultError, match="schema 99"):
        load_result(tmp_path)


@pytest.mark.parametrize("key", ["energy_eV", "charge", "fingerprint", "structure"])
@pytest.mark.parametrize("wrong", ["missing", [], {"a": 1}, True])
def test_result_with_a_value_missing_or_wrong_is_not_believed(tmp_path, key, wrong):
    write_result(tmp_path, "relax", "k", values())
    file = tmp_path / "result.json"
    data = json.loads(file.read_text())
    del data["values"][key]
    if wrong != "missing":
        data["values"][key] = wrong
    file.write_text(json.dumps(data))
    with pytest.raises(DamagedResultError, match=rf"not a complete result: ({key}|it lacks) "):
        load_result(tmp_path)


def test_keys_of_a_newer_version_are_kept(tmp_path):
    write_result(tmp_path, "relax", "k", {**values(), "new_key_eV": [1.0, {"a": None}]})
    assert load_result(tmp_path).values["new_key_eV"] == [1.0, {"a": None}]


def test_nan_in_a_result_is_not_believed(tmp_path):
    write_result(tmp_path, "relax", "k", {**values(), "other": 1.5})
    file = tmp_path / "result.json"
    file.write_text(file.read_text().replace("1.5", "NaN"))
    with pytest.raises(DamagedResultError, match="it holds NaN"):
        load_result(tmp_path)


def test_arrays_of_a_result_must_be_there_and_whole(tmp_path):
    write_result(tmp_path, "relax", "k", {**values(), "file": "a.npz"})
    with pytest.raises(DamagedResultError, match=r"a\.npz is missing"):
        load_result(tmp_path)
    np.savez(tmp_path / "a.npz", x=np.arange(1000.0))
    assert whole(load_result(tmp_path))
    data = (tmp_path / "a.npz").read_bytes()
    for broken in (b"", data[:500], data[:4000] + b"!" + data[4001:]):
        (tmp_path / "a.npz").write_bytes(broken)
        assert not whole(load_result(tmp_path))


def test_lock_is_exclusive_and_freed_by_the_death_of_its_holder(tmp_path):
    with locked(tmp_path), pytest.raises(BusyError), locked(tmp_path):
        pass
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        with locked(tmp_path):
            os.write(write, b"x")
            signal.pause()
        os._exit(0)
    os.read(read, 1)
    held = is_locked(tmp_path)
    os.kill(child, 9)
    os.waitpid(child, 0)
    assert held
    assert not is_locked(tmp_path)


def test_structure_round_trip():
    atoms = Atoms("HF", positions=[[0, 0, 0.1], [0, 0, 1]], cell=[4, 5, 6], pbc=(True, True, False))
    atoms.set_constraint(FixAtoms([1]))
    atoms.set_initial_magnetic_moments([1, 0])
    again = atoms_from_dict(json.loads(json.dumps(atoms_to_dict(atoms))))
    assert again == atoms
    assert again.constraints[0].index.tolist() == [1]


def frames(count):
    for n in range(count):
        atoms = Atoms("H2", positions=[[0, 0, 0], [0, 0, 0.7 + 0.01 * n]])
        atoms.calc = SinglePointCalculator(atoms, energy=-float(n), forces=np.zeros((2, 3)))
        yield atoms


def test_frames_before_the_cut_are_read(tmp_path):
    file = tmp_path / "relax.traj"
    sizes = []
    with Trajectory(file, "w") as trajectory:
        for atoms in frames(5):
            trajectory.write(atoms)
            sizes.append(file.stat().st_size)
    whole = file.read_bytes()
    assert len(read_frames(file)) == 5
    file.write_bytes(whole[: sizes[2] + 10])
    assert [f.get_potential_energy() for f in read_frames(file)] == [0.0, -1.0, -2.0]
    file.write_bytes(b"rubbish")
    assert read_frames(file) == []


def test_new_atoms_follow_the_surface_atom_they_stand_on():
    child = Atoms("PbINH", positions=[[0, 0, 5], [3, 0, 5], [0, 0, 7.5], [0, 0, 8.5]], cell=[6] * 3)
    parent = Atoms("PbI", positions=[[0.2, 0.1, 4.8], [3, 0, 5.3]], cell=[6] * 3)
    spec = {"structure": atoms_to_dict(child), "parents": ["p"], "cut": {}}
    spec |= {"parent_atoms": [0, 1, -1, -1], "offsets_A": []}
    start = start_structure(spec, parent)
    assert start.positions[:2] == pytest.approx(parent.positions)
    assert start.positions[2] == pytest.approx([0.2, 0.1, 7.3])
    assert start.positions[3] == pytest.approx([0.2, 0.1, 8.3])
