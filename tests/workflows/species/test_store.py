"""Structures that were built for a run are the ones that are built again."""

from dataclasses import fields
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from ase import Atoms
from ase.io import write

import workflows.species.store
from tests.conftest import AMMONIA_ON_PBI2, LISTED
from workflows.execution.engine import prepare
from workflows.findings.states import study_folder
from workflows.planner import make_plan
from workflows.species.builder import SpeciesBuilder
from workflows.species.store import STRUCTURES_FILE
from workflows.study.shipped import shipped_text


def alike(one, other):
    """Whether two values are equal to the last bit, atoms and their constraints too."""
    if isinstance(one, Atoms):
        same = one == other and np.array_equal(one.get_tags(), other.get_tags())
        moments = one.get_initial_magnetic_moments(), other.get_initial_magnetic_moments()
        fixed = [{n for c in a.constraints for n in c.get_indices()} for a in (one, other)]
        return same and np.array_equal(*moments) and fixed[0] == fixed[1]
    if hasattr(one, "__dataclass_fields__"):
        return all(alike(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    return np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other


@pytest.fixture
def building(monkeypatch):
    """Names of the species that are built while the test runs."""
    names = []
    build = SpeciesBuilder._build

    def noted(self, name, asked_by):
        names.append(name)
        return build(self, name, asked_by)

    monkeypatch.setattr(SpeciesBuilder, "_build", noted)
    return names


@pytest.mark.parametrize("study", ["smoke", "tour"])
def test_stored_structures_give_the_same_plan(tmp_path, building, study):
    file, results = tmp_path / "study.toml", tmp_path / "results"
    file.write_text(shipped_text(study))
    fresh = make_plan(file, results)
    prepare(fresh, results)
    assert building
    building.clear()
    again = make_plan(file, results)
    assert building == []
    assert list(fresh.tasks) == list(again.tasks)
    assert {key: task.spec for key, task in fresh.tasks.items()} == {
        key: task.spec for key, task in again.tasks.items()
    }
    assert fresh.species.keys() == again.species.keys()
    for name, made in fresh.species.items():
        assert len(made) == len(again.species[name])
        for one, other in zip(made, again.species[name], strict=True):
            for field in fields(one):
                old, new = getattr(one, field.name), getattr(other, field.name)
                if field.name == "cut":  # lists and tuples mean the same here
                    assert {k: np.array(v).tolist() for k, v in old.items()} == {
                        k: np.array(v).tolist() for k, v in new.items()
                    }
                else:
                    assert alike(old, new), (name, field.name)


@pytest.mark.parametrize("damage", [b"", b"rubbish", None])
def test_damaged_structures_are_built_again(tmp_path, building, write_study, damage):
    file, results = write_study(AMMONIA_ON_PBI2), tmp_path / "results"
    fresh = make_plan(file, results)
    prepare(fresh, results)
    stored = study_folder(fresh, results) / STRUCTURES_FILE
    whole = stored.read_bytes()
    stored.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    building.clear()
    assert list(make_plan(file, results).tasks) == list(fresh.tasks)
    assert building
    prepare(fresh, results)
    assert len(stored.read_bytes()) == len(whole)


def test_one_flipped_bit_is_noticed(tmp_path, building, write_study):
    file, results = write_study(AMMONIA_ON_PBI2), tmp_path / "results"
    fresh = make_plan(file, results)
    prepare(fresh, results)
    stored = study_folder(fresh, results) / STRUCTURES_FILE
    data = bytearray(stored.read_bytes())
    positions = data.find(b"positions.npy") + 300
    data[positions] ^= 1
    stored.write_bytes(data)
    assert list(make_plan(file, results).tasks) == list(fresh.tasks)


def test_changed_files_of_a_study_are_built_again(tmp_path, building, write_study):
    shape = Atoms("HCl", [[0, 0, 0], [0, 0, 1.3]])
    write(tmp_path / "own.xyz", shape)
    ligand = '[ligands.L]\nfile = "own.xyz"\nanchor_smarts = "[Cl]"\nsite = "metal-top"\n'
    candidates = '[[candidates]]\nspecies = "L"\ncount = 1\n'
    file, results = write_study(ligand, candidates), tmp_path / "results"
    prepare(make_plan(file, results), results)
    building.clear()
    first = make_plan(file, results)
    assert building == []
    write(tmp_path / "own.xyz", Atoms("HCl", [[0, 0, 0], [0, 0, 1.4]]))
    second = make_plan(file, results)
    assert building == ["L"]
    assert list(first.tasks) != list(second.tasks)


LIST = (
    LISTED
    + """
[ligand_screen]
surface = "slab"
"""
)


def test_what_cannot_be_built_is_not_tried_again(tmp_path, building, write_study, monkeypatch):
    names = "name,smiles\nNH3,N\ncage,NC12CC3CC(C1)CC(C3)C2\n"
    (tmp_path / "ligands.csv").write_text(names, encoding="utf-8")
    write_study(LIST)
    monkeypatch.chdir(tmp_path)
    (file,) = Path().glob("*.toml")
    results = tmp_path / "results"
    first = make_plan(file, results)
    prepare(first, results)
    assert "slab.cage" in building
    building.clear()
    again = make_plan(tmp_path / file, results)
    assert building == []
    reasons = [
        {each.ligand: each.reason for each in plan.planned["ligand_screen"].ligands}
        for plan in (first, again)
    ]
    assert reasons[0] == reasons[1]
    assert reasons[0]["NH3"] == ""
    assert reasons[0]["cage"].startswith("slab.cage: cage does not fit: ")
    # A list with a smaller molecule is another one.
    (tmp_path / "ligands.csv").write_text("name,smiles\nNH3,N\ncage,CN\n", encoding="utf-8")
    assert "slab.cage" in make_plan(file, results).species


def test_another_version_of_the_package_builds_again(tmp_path, building, write_study, monkeypatch):
    file, results = write_study(AMMONIA_ON_PBI2), tmp_path / "results"
    prepare(make_plan(file, results), results)
    building.clear()
    monkeypatch.setattr(workflows.species.store, "code_hash", lambda *packages: "another")
    make_plan(file, results)
    assert building


def test_code_in_subfolders_counts(tmp_path):
    (tmp_path / "deep" / "deeper").mkdir(parents=True)
    package = ModuleType("package")
    package.__path__ = [str(tmp_path)]
    inner = tmp_path / "deep" / "deeper" / "module.py"
    hashes = []
    for text in ("a = 1", "a = 2"):
        inner.write_text(text, encoding="utf-8")
        workflows.species.store.code_hash.cache_clear()
        hashes.append(workflows.species.store.code_hash(package))
    workflows.species.store.code_hash.cache_clear()
    assert hashes[0] != hashes[1]
