"""Phases of the system Cs-Pb-I against measured values; minutes, `make test-long`."""

import pytest

from docs.tools.validation import keep
from tests.findings import findings_of
from workflows.execution.engine import run_plan
from workflows.planner import make_plan
from workflows.recipes.chemical_potentials.thermodynamics import thermodynamics

PHASES = """
title = "Phases of Cs, Pb and I"
molecule_vacuum_A = 6.0

[level]
base = "draft"
name = "literature"
ecut_eV = 300.0
kpoint_length_A = 20.0

[crystals.CsPbI3]
material = "CsPbI3"

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

[crystals.iodine]
material = "I2"
prototype = "iodine"
relax = "cell"

[molecules.I2]
smiles = "II"

[chemical_potentials]
host = "CsPbI3"
phases = ["CsI", "PbI2", "Pb", "Cs", "iodine", "I2"]
"""


@pytest.fixture(scope="module")
def calculated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("literature")
    file = folder / "study.toml"
    file.write_text(PHASES)
    plan = make_plan(file)
    states = run_plan(plan, folder / "results", cores=2)
    assert {s.state for s in states.values()} == {"done"}, [s.why for s in states.values()]
    values = {name: states[key].result.values for name, (key,) in plan.relax_keys.items()}
    return values, thermodynamics(findings_of(plan, states)).stability


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "measured_A"),
    # Room temperature or above, and 5 K for Cs; PBE-D3(BJ) is within 1.5 per cent.
    [("CsPbI3", 6.29), ("CsI", 4.568), ("Pb", 4.951), ("Cs", 6.045)],
)
def test_lattice_constants(calculated, name, measured_A):
    values, _ = calculated
    calculated_A = values[name]["lattice_constant_A"]
    assert calculated_A == pytest.approx(measured_A, rel=0.015)
    phase = "cubic CsPbI3" if name == "CsPbI3" else name
    keep(
        "measured",
        f"lattice constant of {phase}",
        calculated_A,
        f"{measured_A} A",
        unit="A",
        digits=3,
    )


@pytest.mark.long
def test_layered_crystals(calculated):
    values, _ = calculated
    a, b, c = values["PbI2"]["cell_lengths_A"]
    assert a == pytest.approx(b, abs=0.01)
    assert a == pytest.approx(4.558, rel=0.01)
    assert c == pytest.approx(6.986, rel=0.01)
    keep("measured", "a of PbI2", a, "4.558 A", unit="A", digits=3)
    keep("measured", "c of PbI2", c, "6.986 A", unit="A", digits=3)
    a, b, c = values["iodine"]["cell_lengths_A"]
    assert a == pytest.approx(b, abs=0.01)
    assert a == pytest.approx(4.254, rel=0.02)
    assert c == pytest.approx(9.796, rel=0.03)


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "atoms", "measured_eV"),
    # CRC Handbook, enthalpies at 298 K. PBE errs by 0.2 eV per atom for many compounds of anions
    # (Lany, Phys. Rev. B 78, 245207 (2008)), and D3 makes solid iodine too stable.
    [("CsI", 2, -3.592), ("PbI2", 3, -1.819)],
)
def test_formation_energies(calculated, name, atoms, measured_eV):
    _, stability = calculated
    energy = stability.formation_energies_eV[name]
    assert energy == pytest.approx(measured_eV, abs=0.25 * atoms)
    assert energy < 0.0
    keep("measured", f"formation energy of {name}", energy, f"{measured_eV} eV (298 K)", digits=3)


@pytest.mark.long
def test_iodine_gas_lies_above_the_solid(calculated):
    _, stability = calculated
    assert stability.references["I"] == "iodine"
    # Measured: 0.679 eV per I2 (ATcT, 0 K); D3 makes the solid too stable.
    above_eV = stability.formation_energies_eV["I2"]
    assert 0.6 < above_eV < 1.0
    keep("measured", "gas above solid iodine, for each I2", above_eV, "0.679 eV (0 K)", digits=3)


@pytest.mark.long
def test_cubic_phase_is_close_to_the_halides(calculated):
    _, stability = calculated
    assert stability.decomposition == "CsI + PbI2"
    # Calorimetry finds CsPbI3 a little more stable than CsI and PbI2 together (Wang et al.,
    # J. Am. Chem. Soc. 141, 14501 (2019)).
    # At 0 K the cubic phase is no minimum, and PBE puts it 0.1 eV above (4x4x4 k-points).
    assert -0.2 < stability.decomposition_energy_eV < 0.2
