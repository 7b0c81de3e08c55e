"""What any other program is asked for."""

import numpy as np
import pytest
from ase import Atoms

from workflows.codes.programs import Program, run_program
from workflows.codes.single_point import CodeEnergy, OutputError, SinglePoint, half_grid
from workflows.codes.spec import single_point
from workflows.study.errors import StudyError


@pytest.mark.parametrize("grid", [(1, 1, 1), (2, 2, 1), (3, 2, 1), (4, 4, 2), (5, 3, 3)])
def test_half_a_grid_stands_for_all_of_it(grid):
    points = half_grid(grid)
    assert sum(weight for _, weight in points) == pytest.approx(1.0)
    whole = set()
    for place, weight in points:
        both = {
            tuple(int(n) for n in np.round(np.array(k) * grid).astype(int) % grid)
            for k in (np.array(place), -np.array(place))
        }
        assert weight == pytest.approx(len(both) / np.prod(grid))
        whole |= both
    assert len(whole) == np.prod(grid)


def test_the_zero_of_smearing_is_between_energy_and_free_energy():
    energy = CodeEnergy(free_energy_eV=-10.0, entropy_eV=-0.02, magnetic_moment_muB=None)
    assert energy.energy_eV == pytest.approx(-9.99)


@pytest.mark.parametrize(
    ("symbols", "moments", "ghosts", "expected"),
    [
        ("I", [1.0], (), 1),
        ("I", [0.0], (), 1),
        ("I2", [0.0, 0.0], (), 0),
        ("O2", [1.0, 1.0], (), 2),
        ("O2", [-1.0, -1.0], (), 2),
        ("IO", [2.0, 0.0], (1,), 1),
    ],
)
def test_the_moment_fits_the_electrons(symbols, moments, ghosts, expected):
    atoms = Atoms(symbols, positions=np.arange(3 * len(moments)).reshape(-1, 3), magmoms=moments)
    own = SinglePoint(atoms, (1, 1, 1), 0.05, True, None, 100, frozenset(ghosts))
    assert own.moment_muB == expected


def spec(**more):
    level = {"smearing_eV": 0.1}
    return {"level": level, "kpoints": [2, 1, 1], "spin_polarised": True, **more}


def test_a_part_is_alone_or_has_the_ghosts_of_the_others():
    atoms = Atoms("NH3I", positions=np.eye(5, 3) * 9, magmoms=[1.0, 0, 0, 0, 0], cell=[9] * 3)
    whole = single_point(atoms, spec(fixed_moment_muB=1.0), 50)
    assert (str(whole.atoms.symbols), whole.ghosts) == ("NH3I", frozenset())
    assert (whole.smearing_eV, whole.fixed_moment_muB, whole.max_iterations) == (0.1, 1.0, 50)
    alone = single_point(atoms, spec(part={"atoms": [4], "ghosts": False}), 50)
    assert str(alone.atoms.symbols) == "I"
    assert alone.atoms.get_initial_magnetic_moments().tolist() == [1.0]
    assert alone.ghosts == frozenset()
    with_ghosts = single_point(atoms, spec(part={"atoms": [0, 1, 2, 3], "ghosts": True}), 50)
    assert str(with_ghosts.atoms.symbols) == "NH3I"
    assert with_ghosts.ghosts == frozenset({4})
    assert not with_ghosts.atoms.get_initial_magnetic_moments().any()
    assert atoms.get_initial_magnetic_moments()[0] == 1.0


def test_a_program_that_is_missing_is_refused_with_its_package(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    program = Program("ABINIT", ("abinit",), "abinit", ("PBE",))
    assert program.command() is None
    with pytest.raises(StudyError, match=r"'abinit' is not installed; Debian: apt-get install abi"):
        program.version()


def script(folder, text):
    file = folder / "other"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return str(file)


def test_versions_and_ends_of_programs(monkeypatch, tmp_path):
    command = script(tmp_path, "echo ' Other version 7.1'; echo second line")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    program = Program("Other", ("missing", "other"), "other", ())
    assert program.version() == "7.1"
    log = tmp_path / "log"
    run_program([command], tmp_path, log, str)
    assert log.read_text() == " Other version 7.1\nsecond line\n"
    command = script(tmp_path, "echo no licence; exit 3")
    with pytest.raises(OutputError, match="other ended with status 3: no licence"):
        run_program([command], tmp_path, log, str)
    with pytest.raises(OutputError, match=f"status 3: see {log}"):
        run_program([command], tmp_path, log, lambda text: "")
    with pytest.raises(StudyError, match=r"Other: .* --version does not work"):
        program.version()
