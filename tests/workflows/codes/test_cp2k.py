"""What CP2K is told and what is read from its output."""

from pathlib import Path

import pytest
from ase import Atoms
from ase.calculators.cp2k import parse_input

from workflows.codes import cp2k, cp2k_data
from workflows.codes.single_point import OutputError, SinglePoint, UnconvergedScfError
from workflows.study.errors import StudyError

DATA = Path(__file__).parents[2] / "data" / "codes"
LEVEL = {"functional": "PBE", "cutoff_Ry": 600.0, "relative_cutoff_Ry": 60.0, "basis": "TZV2P"}
BASES = {
    "BASIS_MOLOPT": "H DZVP-MOLOPT-GTH DZVP-MOLOPT-GTH-q1\n 1\n 2 0 1 2 1\n 1.0 0.1\n"
    " H  TZV2P-MOLOPT-GTH TZV2P-MOLOPT-GTH-q1\n I  DZVP-MOLOPT-SR-GTH DZVP-MOLOPT-SR-GTH-q7\n",
    "BASIS_MOLOPT_UCL": "I TZV2P-MOLOPT-SR-GTH TZV2P-MOLOPT-SR-GTH-q7\n"
    "U TZV2P-MOLOPT-SR-GTH TZV2P-MOLOPT-SR-GTH-q14\n",
    "GTH_POTENTIALS": "H GTH-PBE-q1 GTH-PBE\n    1\nI GTH-PBE-q7 GTH-PBE\nI GTH-BLYP-q7\n"
    "U GTH-PBE-q32\n",
}


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Data files with a few entries."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name, text in BASES.items():
        (folder / name).write_text(text)
    monkeypatch.setenv("CP2K_DATA_DIR", str(folder))
    return folder


def point(**changes):
    atoms = Atoms("IHH", positions=[(1, 2, 3), (1, 2, 4.6), (3.5, 1, 1)], cell=[5, 6, 7], pbc=True)
    settings = {
        "atoms": atoms,
        "kpoints": (1, 1, 1),
        "smearing_eV": 0.05,
        "spin_polarised": False,
        "fixed_moment_muB": None,
        "max_iterations": 200,
    }
    return SinglePoint(**{**settings, **changes})


def sections(folder, own):
    """Sections of the input for a single point, by their paths, with their keywords."""
    cp2k.write_input(folder, own, LEVEL)
    root = parse_input((folder / cp2k.INPUT_FILE).read_text())
    found = {}

    def walk(section, path):
        found[path] = [*section.keywords]
        for below in section.subsections:
            name = f"{below.name} {below.params}" if below.params else below.name
            walk(below, f"{path}/{name}".strip("/"))

    walk(root, "")
    return found


def test_the_input_of_a_closed_shell(data, tmp_path):
    found = sections(tmp_path, point())
    assert found["FORCE_EVAL/SUBSYS/COORD"] == [
        "I_0 1.0000000000 2.0000000000 3.0000000000",
        "H_1 1.0000000000 2.0000000000 4.6000000000",
        "H_1 3.5000000000 1.0000000000 1.0000000000",
    ]
    assert found["FORCE_EVAL/SUBSYS/CELL"][1] == "B 0.0000000000 6.0000000000 0.0000000000"
    assert found["FORCE_EVAL/SUBSYS/CELL"][-1] == "PERIODIC XYZ"
    assert found["FORCE_EVAL/SUBSYS/KIND I_0"] == [
        "ELEMENT I", "BASIS_SET TZV2P-MOLOPT-SR-GTH-q7", "POTENTIAL GTH-PBE-q7",
    ]  # fmt: skip
    assert "BASIS_SET TZV2P-MOLOPT-GTH-q1" in found["FORCE_EVAL/SUBSYS/KIND H_1"]
    assert found["FORCE_EVAL/DFT/MGRID"] == ["CUTOFF 600", "REL_CUTOFF 60"]
    assert "FORCE_EVAL/DFT/SCF/OT" in found
    assert "FORCE_EVAL/DFT/XC/XC_FUNCTIONAL/PBE" in found
    assert not {"FORCE_EVAL/DFT/KPOINTS", "FORCE_EVAL/DFT/SCF/SMEAR"} & set(found)
    assert not any(word.startswith(("UKS", "MULTIPLICITY")) for word in found["FORCE_EVAL/DFT"])


def test_ghosts_have_basis_functions_and_no_potential(data, tmp_path):
    found = sections(tmp_path, point(ghosts=frozenset({0, 2})))
    assert found["FORCE_EVAL/SUBSYS/KIND I_0"] == [
        "ELEMENT I", "BASIS_SET TZV2P-MOLOPT-SR-GTH-q7", "GHOST TRUE",
    ]  # fmt: skip
    assert [line.split()[0] for line in found["FORCE_EVAL/SUBSYS/COORD"]] == ["I_0", "H_1", "H_2"]
    assert "POTENTIAL GTH-PBE-q1" in found["FORCE_EVAL/SUBSYS/KIND H_1"]
    assert "GHOST TRUE" in found["FORCE_EVAL/SUBSYS/KIND H_2"]


def test_a_moment_that_is_kept_has_its_multiplicity(data, tmp_path):
    own = point(spin_polarised=True, fixed_moment_muB=3.0)
    found = sections(tmp_path, own)
    assert {"UKS TRUE", "MULTIPLICITY 4"} <= set(found["FORCE_EVAL/DFT"])
    assert "FORCE_EVAL/DFT/SCF/OT" in found


def test_free_moments_and_kpoints_have_the_smearing_of_the_study(data, tmp_path):
    own = point(spin_polarised=True, kpoints=(3, 1, 1))
    own.atoms.set_initial_magnetic_moments([0.6, 0.4, 2.0])
    found = sections(tmp_path, own)
    assert "MULTIPLICITY 4" in found["FORCE_EVAL/DFT"]
    assert "MAGNETIZATION 0.6" in found["FORCE_EVAL/SUBSYS/KIND I_0"]
    assert "MAGNETIZATION 2" in found["FORCE_EVAL/SUBSYS/KIND H_2"]
    # 0.05 eV of 8.61733e-5 eV/K.
    assert found["FORCE_EVAL/DFT/SCF/SMEAR"] == [
        "METHOD FERMI_DIRAC", "ELECTRONIC_TEMPERATURE 580.226103",
    ]  # fmt: skip
    assert "FORCE_EVAL/DFT/SCF/OT" not in found
    assert found["FORCE_EVAL/DFT/KPOINTS"][-2:] == [
        "KPOINT 0.000000000000 0.000000000000 0.000000000000 0.333333333333",
        "KPOINT 0.333333333333 0.000000000000 0.000000000000 0.666666666667",
    ]
    alone = sections(tmp_path, point(spin_polarised=True))
    assert "FORCE_EVAL/DFT/SCF/SMEAR" in alone


def test_the_energy_is_read_in_eV():
    energy = cp2k.parse_output((DATA / "cp2k-N.out").read_text())
    # -9.773758698703123 and -0.00000490251280 hartree of 27.21138624 eV.
    assert energy.free_energy_eV == pytest.approx(-265.957523, abs=5e-6)
    assert energy.entropy_eV == pytest.approx(-1.33404e-4, abs=1e-9)
    assert energy.energy_eV - energy.free_energy_eV == pytest.approx(6.6702e-5, abs=1e-9)
    assert energy.magnetic_moment_muB == 2.999947


def test_an_output_without_a_converged_energy_is_refused(tmp_path):
    whole = (DATA / "cp2k-N.out").read_text()
    outer = "  outer SCF loop {} 1 iterations or   11 steps\n"
    assert cp2k.parse_output(whole + outer.format("converged in")).magnetic_moment_muB == 2.999947
    for text in (
        (DATA / "cp2k-N-unconverged.out").read_text(),
        whole + outer.format("FAILED to converge after"),
    ):
        with pytest.raises(UnconvergedScfError, match="CP2K did not converge"):
            cp2k.parse_output(text)
    for text in (whole.replace("ENERGY|", ""), whole.replace("SCF run", ""), ""):
        with pytest.raises(OutputError, match="not come to its end"):
            cp2k.parse_output(text)
    with pytest.raises(OutputError, match=r"no cp2k\.out"):
        cp2k.read_output(tmp_path)


def test_its_complaint_is_found_beside_the_drawing():
    assert cp2k.complaint((DATA / "cp2k-error.out").read_text()) == (
        "Incompatible units. Defined as (K) specified in input as (eV). These units are"
        " incompatible!   input/input_parsing.F:674"
    )
    assert cp2k.complaint("nothing of the kind") == ""


def test_elements_without_basis_set_or_potential_are_refused(data):
    cp2k.check(["H", "I"], LEVEL)
    with pytest.raises(StudyError, match=r"Pb has no basis set TZV2P-MOLOPT-GTH or TZV2P-MOLOPT-S"):
        cp2k.check(["H", "Pb"], LEVEL)
    # It has a basis set and a potential, but not for the same number of electrons.
    with pytest.raises(StudyError, match="U has no basis set"):
        cp2k.check(["U"], LEVEL)
    (data / "GTH_POTENTIALS").unlink()
    with pytest.raises(StudyError, match=r"GTH_POTENTIALS is missing; Debian: apt-get install"):
        cp2k_data.data_folder()
