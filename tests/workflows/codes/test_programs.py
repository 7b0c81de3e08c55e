"""The programs themselves, where they are installed, and finished outputs in a folder."""

import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from ase import Atoms

from workflows.codes import abinit, cp2k
from workflows.codes.cp2k_data import DEBIAN_FOLDER
from workflows.codes.outputs import checked_output
from workflows.codes.single_point import OutputError, SinglePoint, UnconvergedScfError

LEVELS = {
    "abinit": {"functional": "PBE", "ecut_eV": 200.0, "fine_ecut_eV": 440.0},
    "cp2k": {
        "functional": "PBE", "cutoff_Ry": 200.0, "relative_cutoff_Ry": 40.0, "basis": "DZVP",
    },
}  # fmt: skip
#: -15.7183977742445 and -15.5835901274212 hartree, from the recorded outputs.
ENERGIES_EV = {"abinit": -427.719389, "cp2k": -424.051081}
CODES = {"abinit": abinit.CODE, "cp2k": cp2k.CODE}


def hydrogen_chloride(**changes):
    atoms = Atoms("HCl", positions=[(3, 3, 2.5), (3, 3, 3.79)], cell=[6, 6, 7], pbc=True)
    settings = {
        "atoms": atoms,
        "kpoints": (1, 1, 1),
        "smearing_eV": 0.05,
        "spin_polarised": False,
        "fixed_moment_muB": None,
        "max_iterations": 200,
    }
    return SinglePoint(**{**settings, **changes})


@pytest.fixture(params=CODES)
def name(request, monkeypatch):
    """A program that is installed."""
    monkeypatch.delenv("CP2K_DATA_DIR", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("OMPI_ALLOW_RUN_AS_ROOT", "1")
    monkeypatch.setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
    if CODES[request.param].program.command() is None:
        pytest.skip(f"{request.param} is not installed")
    if request.param == "cp2k" and not (DEBIAN_FOLDER / "GTH_POTENTIALS").is_file():
        pytest.skip("cp2k-data is not installed")
    return request.param


def test_programs_find_the_energy_and_its_structure(name, tmp_path):
    code, point, level = CODES[name], hydrogen_chloride(), LEVELS[name]
    with pytest.raises(OutputError, match="is missing"):
        checked_output(code, tmp_path, point, level)
    code.write_input(tmp_path, point, level)
    code.run(code.program.required(), tmp_path)
    found = checked_output(code, tmp_path, point, level)
    assert found.energy.energy_eV == pytest.approx(ENERGIES_EV[name], abs=1e-3)
    assert found.version == code.program.version()
    assert not list(tmp_path.glob("*.xml"))
    with pytest.raises(OutputError, match="not the input"):
        checked_output(code, tmp_path, hydrogen_chloride(smearing_eV=0.1, kpoints=(2, 1, 1)), level)


def test_too_few_iterations_give_no_energy(name, tmp_path):
    code, point, level = CODES[name], hydrogen_chloride(max_iterations=2), LEVELS[name]
    if name == "cp2k":  # diagonalised, so that the iterations are counted one by one
        atoms = Atoms("Cl", positions=[(3, 3, 3)], magmoms=[1.0], cell=[6, 6, 6], pbc=True)
        point = hydrogen_chloride(atoms=atoms, spin_polarised=True, max_iterations=2)
    code.write_input(tmp_path, point, level)
    with suppress(OutputError):  # CP2K ends with an error then
        code.run(code.program.required(), tmp_path)
    with pytest.raises(UnconvergedScfError, match="did not converge"):
        code.read_output(tmp_path)


def test_a_recorded_output_is_read_back(tmp_path):
    recorded = Path(__file__).parents[2] / "data" / "codes" / "HCl" / "abinit" / "HCl.abo"
    point, level = hydrogen_chloride(), LEVELS["abinit"]
    abinit.write_input(tmp_path, point, level)
    shutil.copy(recorded, tmp_path / abinit.OUTPUT_FILE)
    found = checked_output(abinit.CODE, tmp_path, point, level)
    assert found.energy.energy_eV == pytest.approx(ENERGIES_EV["abinit"], abs=1e-5)
    assert found.version == "9.6.2"
    (tmp_path / abinit.OUTPUT_FILE).write_text(recorded.read_text().replace("znucl", "z"))
    with pytest.raises(OutputError, match="does not say what was calculated"):
        checked_output(abinit.CODE, tmp_path, point, level)
