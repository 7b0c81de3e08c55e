"""Shifts of anchor stretches, from made-up force constants."""

import numpy as np
import pytest

from analysis.results import atoms_to_dict
from analysis.vibrations.modes import HESSIAN_FILE
from slabs.ligands.ligand import make_ligand
from tests.findings import documents_of, findings_of
from tests.pretended import pretend_results
from workflows.findings.states import task_folder, task_states
from workflows.planner import make_plan
from workflows.recipes.registry import recipe
from workflows.recipes.vibrations.anchors import anchor_bonds
from workflows.store import write_result

STUDY = """
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

[[vibrations]]
species = "slab.NH3"
near_A = 0.0
"""


@pytest.mark.parametrize(
    ("molecule", "carbons", "bonds"),
    [
        ("OAm", 1, {"C-N": 1, "N-H": 2}),
        ("OA", 2, {"C=O": 1}),
        ("GA", None, {"C-N": 2, "C=N": 1, "N-H": 6}),
    ],
)
def test_bonds_of_anchors(molecule, carbons, bonds):
    found = anchor_bonds(make_ligand(molecule, truncate_to_carbons=carbons))
    assert {label: len(pairs) for label, pairs in found.items()} == bonds


def springs(atoms, moved, constants):
    """Force constants of springs along N-H bonds, of the given strengths."""
    matrix = np.zeros((3 * len(moved),) * 2)
    (nitrogen,) = (n for n in moved if atoms.symbols[n] == "N")
    hydrogens = [n for n in moved if atoms.symbols[n] == "H"]
    for hydrogen, constant in zip(hydrogens, constants, strict=True):
        axis = atoms.get_distance(nitrogen, hydrogen, mic=True, vector=True)
        axis = axis / np.linalg.norm(axis)
        block = constant * np.outer(axis, axis)
        i, j = (3 * moved.index(n) for n in (nitrogen, hydrogen))
        for a, b, sign in ((i, i, 1), (j, j, 1), (i, j, -1), (j, i, -1)):
            matrix[a : a + 3, b : b + 3] += sign * block
    return matrix


def test_shift_of_ammonia(write_study, tmp_path):
    """A spring of 40 eV/A^2 that becomes 36: the stretch softens by the root of 0.9.

    The other bonds of the molecule pull at nitrogen too, the same before and after.
    """
    plan, results = make_plan(write_study(STUDY)), tmp_path / "results"
    labels = [t.label for t in plan.tasks.values() if t.kind == "vibrations"]
    assert labels == ["vibrations slab.NH3", "vibrations NH3"]
    pretend_results(plan, results, {"slab": -10.0, "NH3": -20.0, "slab.NH3": -31.0})
    (planned,) = plan.planned["vibrations"]
    for name, keys, constant in (
        ("slab.NH3", planned.own, 36.0), ("NH3", planned.free["NH3"], 40.0)
    ):  # fmt: skip
        task = plan.tasks[keys.modes]
        folder, (moved,) = task_folder(task, results), task.spec["moved"]
        atoms = plan.species[name][0].structure.atoms
        matrix = springs(atoms, moved, [constant] * 3)
        np.savez(folder / HESSIAN_FILE, moved=moved, force_constants_eV_per_A2=matrix)
        values = {
            "structure": atoms_to_dict(atoms), "fmax_eV_per_A": 0.0, "displacement_A": 0.01,
            "magnetic_moment_muB": 0.0, "energy_eV": 0.0, "file": HESSIAN_FILE,
        }  # fmt: skip
        write_result(folder, task.kind, keys.modes, values)
    states = task_states(plan, results)
    (shift,) = documents_of("vibrations", plan, states)["anchor_shifts"]
    assert (shift["ligand"], shift["bond"], shift["bonds"]) == ("NH3", "N-H", 3)
    assert shift["bound_per_cm"] / shift["free_per_cm"] == pytest.approx(0.9**0.5, rel=2e-3)
    assert shift["shift_per_cm"] == pytest.approx(shift["bound_per_cm"] - shift["free_per_cm"])
    assert -200.0 < shift["shift_per_cm"] < -150.0
    _, table = recipe("vibrations").tables(findings_of(plan, states))
    assert table.rows[0][:4] == ("slab.NH3", "NH3", "N-H", "3")
    assert table.rows[0][-2].startswith("-")


def test_ligand_in_place_of_an_ion_has_no_free_molecule(write_study):
    ion = STUDY.replace(
        'smiles = "N"\nanchor_smarts = "[NX3]"\nsite = "metal-top"',
        'molecule = "OAm"\nstate = "cation"\nbalance = "substitution"\ntruncate_to_carbons = 1',
    ).replace("layers = 1", "layers = 3")
    plan = make_plan(write_study(ion))
    labels = [t.label for t in plan.tasks.values() if t.kind == "vibrations"]
    assert labels == ["vibrations slab.NH3"]
