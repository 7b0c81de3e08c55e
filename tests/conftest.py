"""Small studies for the tests; every energy in them comes from real GPAW."""

import json
import os
from pathlib import Path

# Before the first import of NumPy: threads would wait for those of other tests.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest

from docs.tools.validation import keep_outcomes
from workflows.study.level import named_levels
from workflows.study.shipped import shipped_text

LEVEL = """
title = "test study"
molecule_vacuum_A = {vacuum}

[level]
name = "test"
caveat = "only for tests"
functional = "PBE"
ecut_eV = {ecut}
kpoint_length_A = 6.0
smearing_eV = 0.05
dispersion = "{dispersion}"
scf_energy_eV = 1e-5
scf_density = 1e-4
scf_eigenstates_eV2 = 1e-7
fmax_eV_per_A = {fmax}
max_steps = {max_steps}
"""

HCL = """
[molecules.H2]
smiles = "[H][H]"

[molecules.Cl2]
smiles = "ClCl"

[molecules.HCl]
smiles = "Cl"

[[reactions]]
name = "formation of HCl"
equation = "1/2 H2 + 1/2 Cl2 -> HCl"
published_reaction_energy_eV = -0.957
published_source = "NIST-JANAF enthalpy of formation of HCl"
"""

#: One layer, and the ligands of a list beside the study.
LISTED = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 1
vacuum_A = 6.0

[ligands]
list = "ligands.csv"
"""

METHYLAMINE = """
[ligands.OAm]
molecule = "OAm"
truncate_to_carbons = 1
site = "metal-top"

[[dos]]
species = "OAm"
empty_bands = 6
"""

AMMONIA_ON_PBI2 = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 1
vacuum_A = 6.0

[ligands.NH3]
smiles = "N"
anchor_smarts = "[NX3]"
site = "metal-top"

[[dos]]
species = "slab.NH3"
spin_orbit = true
empty_bands = 8

[[density_differences]]
species = "slab.NH3"
grid_refinement = 2
"""


def smoke_text():
    """The smoke study with its level written out under a name of its own."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in named_levels()["smoke"].items()]
    return shipped_text("smoke").replace(
        'base = "smoke"\n', "\n".join(['name = "written-out"', *lines, ""])
    )


@pytest.fixture
def write_study(tmp_path):
    """Write a study file made of parts; returns its path."""

    def write(*parts, name="study", **changes):
        settings = {
            "ecut": 300.0,
            "fmax": 0.1,
            "max_steps": 40,
            "dispersion": "none",
            "vacuum": 3.5,
        }
        level = LEVEL.format(**{**settings, **changes})
        file = Path(tmp_path) / f"{name}.toml"
        file.write_text(level + "".join(parts), encoding="utf-8")
        return file

    return write


def pytest_terminal_summary(terminalreporter):
    """Keep for docs/reliability.md how often faults were tried, where RECORD asks for it."""
    reports = [
        report
        for outcome in ("passed", "failed", "error")
        for report in terminalreporter.stats.get(outcome, [])
    ]
    for marker in ("faults", "slurm"):
        tried = [each for each in reports if marker in getattr(each, "keywords", {})]
        failed = {each.nodeid for each in tried if each.failed}
        names = dict.fromkeys(each.nodeid for each in tried)
        keep_outcomes(
            marker,
            ((name.rpartition("::")[2].partition("[")[0], name not in failed) for name in names),
        )
