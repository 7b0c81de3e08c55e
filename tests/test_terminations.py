"""The two terminations of orthorhombic CsPbI3 (001); minutes, `make test-long`."""

import pytest

from tests.findings import findings_of
from workflows.execution.engine import run_plan
from workflows.planner import make_plan
from workflows.recipes.registry import recipe

TERMINATIONS = """
title = "Terminations of orthorhombic CsPbI3 (001)"
molecule_vacuum_A = 5.0

[level]
base = "smoke"
name = "structures"
fmax_eV_per_A = 0.3
scf_energy_eV = 1e-4
scf_density = 1e-3

[single_point]
base = "smoke"
name = "energies"
kpoint_length_A = 12.0
scf_energy_eV = 1e-4
scf_density = 1e-3

[crystals.CsPbI3]
material = "CsPbI3"
phase = "gamma"
relax = "cell"

[crystals.CsI]
material = "CsI"
prototype = "cesiumchloride"

[crystals.PbI2]
material = "PbI2"
prototype = "CdI2"
relax = "cell"

[crystals.Pb]
material = "Pb"
prototype = "fcc"

[crystals.Cs]
material = "Cs"
prototype = "bcc"

[molecules.I2]
smiles = "II"

[surfaces.PbI2-face]
crystal = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 3
vacuum_A = 8.0

[surfaces.CsI-face]
crystal = "CsPbI3"
termination = "CsI"
size = [1, 1]
layers = 3
vacuum_A = 8.0

[chemical_potentials]
host = "CsPbI3"
phases = ["CsI", "PbI2", "Pb", "Cs", "I2"]

[[surface_phases]]
name = "terminations"
species = ["PbI2-face", "CsI-face"]
axes = ["I", "Cs"]
"""


@pytest.mark.long
def test_cesium_iodide_is_the_stable_termination(tmp_path):
    file = tmp_path / "study.toml"
    file.write_text(TERMINATIONS)
    plan = make_plan(file)
    states = run_plan(plan, tmp_path / "results", cores=2)
    assert {s.state for s in states.values()} == {"done"}, [s.why for s in states.values()]
    (row,) = recipe("surface_phases").rows(findings_of(plan, states))
    # Wherever the crystal is stable (Seidu et al., J. Chem. Phys. 154, 074712 (2021); Li and Wang,
    # arXiv:2411.01599).
    lead, cesium = row.surfaces
    assert lead.stable_eV is None
    assert cesium.stable_eV is not None
    points = {(each.phases, each.species): each.gamma_J_per_m2 for each in row.points}
    for phases in {each.phases for each in row.points}:
        assert 0.0 < points[phases, "CsI-face"] < points[phases, "PbI2-face"] < 0.5
