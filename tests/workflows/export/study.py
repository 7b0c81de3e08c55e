"""A study with made-up results for the tests of exports: energies, forces and logs."""

import numpy as np
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io.trajectory import Trajectory

from analysis.last_step import TRAJECTORY_FILE
from analysis.results import atoms_to_dict
from tests.conftest import LEVEL
from tests.pretended import pretend_density, pretend_results
from workflows.findings.findings import Findings
from workflows.findings.states import task_folder
from workflows.planner import make_plan
from workflows.store import LOG_FILE

STUDY = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 3
frozen_layers = 1
vacuum_A = 6.0

[ligands.L]
smiles = "CN"
anchor_smarts = "[NX3;H2]"

[vacancies.V]
element = "I"

[molecules.I2]
smiles = "II"

[[candidates]]
species = "slab.L"
count = 2

[[reactions]]
name = "adsorption"
equation = "slab + L -> slab.L"

[[reactions]]
name = "vacancy"
equation = "slab -> slab.V + 1/2 I2"
"""
DENSITY = """
[[density_differences]]
species = "slab.L"
"""
#: Total energies in eV as calculated; the second candidate of slab.L is 0.5 eV lower.
ENERGIES = {"slab": -30.0, "L": -19.25, "slab.L": -49.5, "slab.V": -26.5, "I2": -2.0}
OTHERS = {"slab.L": -50.0}
#: Of L, in a cube of 10 A: its images attract it by 2 pi p^2 / 3V (Makov and Payne).
DIPOLE_EA = 2.0
IMAGES_EV = -2 * np.pi * DIPOLE_EA**2 / (3 * 1000.0) * 14.399645
#: Energies of the reactions in eV, without the images.
ADSORPTION_EV = -50.0 + 30.0 + (19.25 + IMAGES_EV)
VACANCY_EV = -26.5 - 1.0 + 30.0
LOG = """
User:   someone@somewhere
CWD:    /home/someone/results
Paths:
  gpaw:  /home/someone/env/lib/gpaw
Largest force 0.1 eV/A; 1/2 of it
"""


def forces_of(atoms):
    """Made-up forces in eV/A, different for every component."""
    return 0.001 * np.arange(3 * len(atoms)).reshape(-1, 3) - 0.02


def write_step(folder, atoms, forces=None):
    """Two ionic steps as a relaxation saves them, the last one at these atoms."""
    before = atoms.copy()
    before.positions += 0.1
    with Trajectory(folder / TRAJECTORY_FILE, "w") as trajectory:
        for each, factor in ((before, 5.0), (atoms, 1.0)):
            frame = each.copy()
            own = factor * forces_of(atoms) if forces is None else forces
            frame.calc = SinglePointCalculator(frame, energy=-1.0, forces=own)
            trajectory.write(frame)


def make_study(folder, level=LEVEL, more=""):
    """What is known of the study, with its results below a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "mine.toml"
    text = level.format(ecut=300.0, fmax=0.1, max_steps=40, dispersion="none", vacuum=3.5)
    file.write_text(text + STUDY + more, encoding="utf-8")
    plan, results = make_plan(file), folder / "results"
    molecule = plan.species["L"][0].structure.atoms.copy()
    molecule.set_cell(10.0 * np.eye(3))
    values = {
        "L": {"structure": atoms_to_dict(molecule), "dipole_moment_eA": [0.0, 0.0, DIPOLE_EA]},
        "slab.V": {"magnetic_moment_muB": 1.0},
    }
    pretend_results(plan, results, ENERGIES, values, OTHERS)
    if plan.study.density_differences:
        pretend_density(plan, results, "slab.L")
    for state in Findings(plan, results).states.values():
        (state.folder / LOG_FILE).write_text(LOG, encoding="utf-8")
        (state.folder / "final.gpw").write_bytes(b"a large density")
        if state.task.kind == "relax" and state.result:
            write_step(state.folder, state.result.atoms)
    return Findings(plan, results)


def folder_of(found, name, place=0):
    """Folder of the relaxation of a candidate."""
    key = found.plan.relax_keys[name][place]
    return task_folder(found.plan.tasks[key], found.results)
