"""Fewer empty bands give GPAW's energies, and GPAW's number where the highest is not empty."""

from pathlib import Path

import pytest
from ase import Atoms
from gpaw import GPAW

from slabs.crystals.perovskite import perovskite
from slabs.surfaces.slab import build_slab
from workflows.dft.calculator import gpaw_calculator
from workflows.dft.fast.fewer_bands import empty_bands

LEVEL = {
    "functional": "PBE", "ecut_eV": 180.0, "scf_energy_eV": 1e-5, "scf_density": 1e-5,
    "scf_eigenstates_eV2": 1e-8,
}  # fmt: skip


def slab():
    """PbI2 | CsI | PbI2: 33 occupied bands."""
    return build_slab(
        perovskite("CsPbI3"), termination="PbI2", layers=3, size=(1, 1), vacuum_A=5.0,
    )  # fmt: skip


def energies_eV(atoms, smearing_eV, spin_polarised, folder):
    """Ours with its number of bands, and plain GPAW's."""
    spec = {"level": LEVEL | {"smearing_eV": smearing_eV}, "kpoints": [1, 1, 1], "charge": 0}
    spec |= {"dipole_layer": False, "spin_polarised": spin_polarised}
    ours = gpaw_calculator(spec, {"max_scf_iterations": 100}, Path(folder) / "ours.txt")
    plain = GPAW(
        mode={"name": "pw", "ecut": LEVEL["ecut_eV"]}, xc="PBE", spinpol=spin_polarised,
        kpts={"size": (1, 1, 1), "gamma": True}, symmetry={"point_group": False}, txt=None,
        occupations={"name": "fermi-dirac", "width": smearing_eV},
        convergence={"energy": 1e-5, "density": 1e-5, "eigenstates": 1e-8},
    )  # fmt: skip
    found = ours.get_potential_energy(atoms), plain.get_potential_energy(atoms)
    return found, ours.get_number_of_bands(), plain.get_number_of_bands()


@pytest.mark.parametrize("odd", [False, True])
def test_energies_are_those_of_plain_gpaw(odd, tmp_path):
    atoms = slab()
    if odd:  # without one iodine: an odd electron
        del atoms[max(i for i in range(len(atoms)) if atoms.symbols[i] == "I")]
        atoms.set_initial_magnetic_moments([1.0] + [0.0] * (len(atoms) - 1))
    (ours, plain), bands, usual = energies_eV(atoms, 0.05, odd, tmp_path)
    assert bands == usual - 6
    assert ours == pytest.approx(plain, abs=1e-4)


def test_where_the_highest_band_is_not_empty_the_number_is_that_of_gpaw(tmp_path):
    (ours, plain), bands, usual = energies_eV(slab(), 1.0, False, tmp_path)
    assert bands == usual
    assert ours == pytest.approx(plain, abs=1e-4)
    log = (tmp_path / "ours.txt").read_text()
    assert "once more with more bands" in log


def test_small_cells_are_left_to_gpaw():
    assert empty_bands(Atoms("CH4")) is None
    assert empty_bands(Atoms("Pb4I10")) == 4 + 2
