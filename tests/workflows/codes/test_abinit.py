"""What ABINIT is told and what is read from its output."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.io.abinit import read_abinit_in

from workflows.codes import abinit
from workflows.codes.single_point import OutputError, SinglePoint, UnconvergedScfError
from workflows.study.errors import StudyError

DATA = Path(__file__).parents[2] / "data" / "codes"
LEVEL = {"functional": "PBE", "ecut_eV": 500.0, "fine_ecut_eV": 1100.0}


def point(**changes):
    atoms = Atoms("OHN", positions=[(1, 2, 3), (1, 2, 4), (3.5, 1, 1)], cell=[5, 6, 7], pbc=True)
    atoms.set_initial_magnetic_moments([0.5, 0.5, 0.0])
    settings = {
        "atoms": atoms,
        "kpoints": (2, 1, 1),
        "smearing_eV": 0.05,
        "spin_polarised": True,
        "fixed_moment_muB": None,
        "max_iterations": 77,
    }
    return SinglePoint(**{**settings, **changes})


def values(folder, *names):
    """First value of some variables in an input, with its unit if it has one."""
    lines = (folder / abinit.INPUT_FILE).read_text().splitlines()
    found = {}
    for n, line in enumerate(lines):
        words = line.split()
        if words and words[0] in names:
            found[words[0]] = " ".join(words[1:]) or lines[n + 1].strip()
    return found


def test_the_input_holds_the_structure_and_the_convention(tmp_path):
    own = point()
    abinit.write_input(tmp_path, own, LEVEL)
    with (tmp_path / abinit.INPUT_FILE).open() as file:
        read = read_abinit_in(file)
    assert str(read.symbols) == "OHN"
    np.testing.assert_allclose(read.positions, own.atoms.positions, atol=1e-9)
    np.testing.assert_allclose(read.cell.array, own.atoms.cell.array, atol=1e-9)
    np.testing.assert_allclose(read.get_initial_magnetic_moments(), [0.5, 0.5, 0.0])
    assert values(
        tmp_path, "ecut", "pawecutdg", "occopt", "tsmear", "nstep", "ngkpt", "shiftk", "nsppol",
        "tolvrs", "diemac",
    ) == {
        "ecut": "500.0 eV", "pawecutdg": "1100.0 eV", "occopt": "3", "tsmear": "0.05 eV",
        "nstep": "77", "ngkpt": "2 1 1", "shiftk": "0 0 0", "nsppol": "2",
        "tolvrs": "1e-06", "diemac": "4.0",
    }  # fmt: skip
    assert "spinmagntarget" not in (tmp_path / abinit.INPUT_FILE).read_text()
    # Datasets in the order of the atomic numbers, as ABINIT counts the types of atoms.
    assert (
        'pseudos "H.PBE.xml,\nN.PBE.xml,\nO.PBE.xml"' in (tmp_path / abinit.INPUT_FILE).read_text()
    )
    for symbol, charge in (("H", 1), ("N", 7), ("O", 8)):
        assert (
            f'<atom symbol="{symbol}" Z="{charge}"' in (tmp_path / f"{symbol}.PBE.xml").read_text()
        )


def test_moments_are_kept_or_left_out(tmp_path):
    abinit.write_input(tmp_path, point(fixed_moment_muB=1.0), LEVEL)
    assert values(tmp_path, "spinmagntarget") == {"spinmagntarget": "1.0"}
    abinit.write_input(tmp_path, point(spin_polarised=False), LEVEL)
    assert values(tmp_path, "nsppol", "spinat") == {"nsppol": "1"}


def test_the_energy_is_read_in_eV():
    energy = abinit.parse_output((DATA / "abinit-N.abo").read_text())
    # -9.77860544301229 hartree of 27.211386024 eV: the form with double-counting terms.
    assert energy.free_energy_eV == pytest.approx(-266.0894075, abs=1e-7)
    # -1.42473759669479e-05 hartree of 27.211386 eV.
    assert energy.entropy_eV == pytest.approx(-3.876908e-4, abs=1e-9)
    assert energy.energy_eV == pytest.approx(-266.0892136, abs=2e-7)
    assert energy.energy_eV > energy.free_energy_eV
    assert energy.magnetic_moment_muB == 2.999831


def test_an_output_without_a_converged_energy_is_refused(tmp_path):
    with pytest.raises(UnconvergedScfError, match="ABINIT did not converge"):
        abinit.parse_output((DATA / "abinit-N-unconverged.abo").read_text())
    whole = (DATA / "abinit-N.abo").read_text()
    for cut in (whole.replace("Calculation completed.", ""), whole.replace("EnergyTerms", "E"), ""):
        with pytest.raises(OutputError, match="not come to its end"):
            abinit.parse_output(cut)
    with pytest.raises(OutputError, match=r"no abinit\.abo"):
        abinit.read_output(tmp_path)


def test_its_complaint_is_found():
    said = abinit.complaint((DATA / "abinit-error.log").read_text())
    assert 'The input keyword "ecut" is compulsory !' in said
    assert abinit.complaint("nothing of the kind") == ""


def test_elements_without_dataset_are_refused():
    abinit.check(["Cs", "Pb", "I"], LEVEL)
    with pytest.raises(StudyError, match=r"no PAW dataset U\.PBE of GPAW; looked for in /"):
        abinit.check(["Cs", "U"], LEVEL)
