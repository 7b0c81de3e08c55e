"""The highest filled and the lowest empty level, with real GPAW."""

import numpy as np
import pytest
from ase import Atoms
from gpaw.new.ase_interface import GPAW

from workflows.dft.bands import frontier_levels_eV


def calculated(symbol, moment=0.0, bands=3):
    atoms = Atoms(symbol, magmoms=[moment], cell=[5.0] * 3, pbc=True)
    occupations = {"name": "fermi-dirac", "width": 0.05}
    calc = GPAW(mode={"name": "pw", "ecut": 200.0}, nbands=bands, occupations=occupations, txt=None)
    atoms.calc = calc
    atoms.get_potential_energy()
    return calc


def test_an_electron_that_both_spins_share_is_in_a_filled_level():
    calc = calculated("Li")
    filled_eV, empty_eV = frontier_levels_eV(calc)
    assert filled_eV == empty_eV == calc.get_eigenvalues()[0]
    # Its level may lie above the Fermi level by the error of that.
    assert calc.get_occupation_numbers(raw=True)[0] == pytest.approx(0.5, abs=1e-3)


def test_an_odd_electron_with_spin_fills_one_level():
    calc = calculated("Li", moment=1.0)
    filled_eV, empty_eV = frontier_levels_eV(calc)
    assert filled_eV == calc.get_eigenvalues(spin=0)[0]
    assert empty_eV == min(calc.get_eigenvalues(spin=1)[0], calc.get_eigenvalues(spin=0)[1])
    assert empty_eV > filled_eV + 0.5


def test_without_empty_bands_there_is_no_lowest_one():
    calc = calculated("He", bands=1)
    assert frontier_levels_eV(calc) == (calc.get_eigenvalues()[0], np.inf)
