"""What is stored with an energy."""

import pytest
from ase import Atoms

from analysis.result_values import EnergyValues, check_values
from analysis.results import atoms_to_dict
from workflows.dft.energies import dipole_moment_eA


@pytest.mark.parametrize(
    ("pbc", "crystal", "expected"),
    [
        ((True, True, False), False, [None, None, 0.3]),  # a slab
        ((True, True, True), False, [0.1, -0.2, 0.3]),  # a molecule in its box
        ((True, True, True), True, [None, None, None]),
    ],
)
def test_a_dipole_moment_is_stored_where_it_is_defined(pbc, crystal, expected):
    atoms = Atoms("HF", positions=[(0, 0, 0), (0, 0, 0.9)], cell=[6.0] * 3, pbc=pbc)
    stored = dipole_moment_eA([0.1, -0.2, 0.3], atoms, crystal=crystal)
    assert stored == expected
    values = {
        "energy_eV": -1.0, "charge": 0, "fingerprint": "a", "structure": atoms_to_dict(atoms),
        "dipole_moment_eA": stored,
    }  # fmt: skip
    check_values("relax", values)
    assert EnergyValues.model_validate(values).dipole_moment_eA == expected
    # As earlier versions stored it.
    check_values("relax", {**values, "dipole_moment_eA": [0.1, -0.2, 0.3]})
