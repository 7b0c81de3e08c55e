"""Exported structures, read with ASE and pymatgen: positions, energies, forces, fixed atoms."""

import csv
import json

import numpy as np
import pytest
from ase.constraints import FixAtoms
from ase.db import connect
from ase.io import read
from monty.json import MontyDecoder
from pymatgen.core import Structure
from pymatgen.io.vasp import Poscar

from slabs.text import unused_name
from tests.conftest import LEVEL
from tests.workflows.export.study import (
    ADSORPTION_EV,
    IMAGES_EV,
    VACANCY_EV,
    folder_of,
    forces_of,
    make_study,
    write_step,
)
from workflows.export import export_study
from workflows.findings import relaxed
from workflows.findings.findings import Findings
from workflows.findings.relaxed import RELAXATION_FORCES, relaxed_structures
from workflows.recipes.reactions import RECIPE as REACTIONS
from workflows.store import write_result

NAMES = ["slab-1", "L-1", "slab.L-1", "slab.L-2", "slab.V-1", "I2-1"]
FIXED = {"slab": 3, "slab.L": 3, "slab.V": 3}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return make_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def out(found, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "out"
    export_study(found, folder)
    return folder


@pytest.fixture(scope="module")
def entries(out):
    made = json.loads((out / "entries.json").read_text(), cls=MontyDecoder)
    return {each.entry_id: each for each in made}


def results(found):
    """Structures as the tasks have stored them, by the name of their files."""
    stored = {}
    for name, keys in found.plan.species_keys.items():
        for place, key in enumerate(keys):
            stored[f"{name}-{place + 1}"] = found.states[key].result.atoms
    return stored


def fixed(atoms):
    return sorted(n for each in atoms.constraints for n in each.get_indices())


def test_every_candidate_is_there_and_the_lowest_is_chosen(found, out):
    with (out / "structures" / "index.csv").open() as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    assert list(rows) == NAMES == list(results(found))
    assert {name for name, row in rows.items() if row["chosen"] == "True"} == set(NAMES) - {
        "slab.L-1"
    }
    assert float(rows["L-1"]["energy_eV"]) == pytest.approx(-19.25 - IMAGES_EV, abs=1e-6)
    assert float(rows["L-1"]["raw_energy_eV"]) == pytest.approx(-19.25)
    assert float(rows["L-1"]["dipole_image_energy_eV"]) == pytest.approx(IMAGES_EV, abs=1e-6)
    assert pytest.approx(-0.1206, abs=1e-4) == IMAGES_EV
    files = {path.name for path in (out / "structures").iterdir()}
    ends = (".xyz", ".cif", ".POSCAR")
    assert files == {"index.csv", *(f"{name}{end}" for name in NAMES for end in ends)}


@pytest.mark.parametrize("name", NAMES)
def test_extended_xyz_is_the_result(found, out, name):
    expected, got = results(found)[name], read(out / "structures" / f"{name}.xyz")
    assert got.numbers.tolist() == expected.numbers.tolist()
    assert got.positions == pytest.approx(expected.positions, abs=1e-6)
    assert got.cell.array == pytest.approx(expected.cell.array)
    assert got.pbc.tolist() == expected.pbc.tolist()
    assert fixed(got) == fixed(expected)
    assert len(fixed(got)) == FIXED.get(name[:-2], 0)
    forces = got.get_forces(apply_constraint=False)
    assert forces == pytest.approx(forces_of(expected), abs=1e-8)
    assert got.get_potential_energy() == got.info["energy_eV"]
    images_eV = IMAGES_EV if name == "L-1" else 0.0
    energy_eV = {"slab.L-1": -49.5, "slab.L-2": -50.0, "L-1": -19.25, "slab-1": -30.0}
    if name in energy_eV:
        assert got.info["raw_energy_eV"] == pytest.approx(energy_eV[name])
        assert got.info["energy_eV"] == pytest.approx(energy_eV[name] - images_eV, abs=1e-6)
    assert got.info["chosen"] is (name != "slab.L-1")
    assert (got.info["level"], got.info["caveat"]) == ("test", "only for tests")
    assert np.count_nonzero(got.arrays["group"] == "L") == (7 if "L" in name else 0)


def test_moments_are_kept(found, out):
    got = read(out / "structures" / "slab.V-1.xyz")
    assert got.get_magnetic_moment() == 1.0
    expected = results(found)["slab.V-1"].get_initial_magnetic_moments()
    assert expected.any()
    assert got.get_initial_magnetic_moments() == pytest.approx(expected)
    assert "initial_magmoms" not in read(out / "structures" / "slab-1.xyz").arrays


@pytest.mark.parametrize("name", NAMES)
def test_cif_and_poscar_are_the_result(found, out, name):
    expected = results(found)[name]
    cif = read(out / "structures" / f"{name}.cif")
    assert cif.numbers.tolist() == expected.numbers.tolist()
    moved = (cif.positions - expected.positions) @ np.linalg.inv(expected.cell.array)
    assert moved == pytest.approx(np.round(moved), abs=1e-6)  # by whole cell vectors
    order = np.argsort(expected.get_chemical_symbols(), kind="stable")
    poscar = read(out / "structures" / f"{name}.POSCAR", format="vasp")
    assert poscar.numbers.tolist() == expected.numbers[order].tolist()
    assert poscar.positions == pytest.approx(expected.positions[order], abs=1e-6)
    places = [place for place, n in enumerate(order) if n in fixed(expected)]
    assert fixed(poscar) == places
    assert len({symbol for symbol, _ in groups_of(poscar)}) == len(groups_of(poscar))


def groups_of(atoms):
    """Runs of equal symbols."""
    symbols = atoms.get_chemical_symbols()
    starts = [n for n in range(len(symbols)) if n == 0 or symbols[n] != symbols[n - 1]]
    return [(symbols[n], n) for n in starts]


def test_pymatgen_reads_cif_and_poscar(found, out):
    expected = results(found)["slab.L-2"]
    cif = Structure.from_file(out / "structures" / "slab.L-2.cif")
    assert cif.composition.as_dict() == dict(expected.symbols.formula.count())
    poscar = Poscar.from_file(out / "structures" / "slab.L-2.POSCAR")
    free = [bool(np.all(moves)) for moves in poscar.selective_dynamics]
    assert free.count(False) == 3
    assert poscar.comment == "slab.L-2"
    lowest = np.argsort(poscar.structure.cart_coords[:, 2])[:3]
    assert sorted(n for n, moves in enumerate(free) if not moves) == sorted(lowest)


def test_ase_database_holds_everything(found, out):
    with connect(out / "energies.db") as database:
        rows = {f"{row.species}-{row.candidate}": row for row in database.select()}
        chosen = {row.species for row in database.select(chosen=True)}
    assert list(rows) == NAMES
    assert chosen == {"slab", "L", "slab.L", "slab.V", "I2"}
    for name, expected in results(found).items():
        atoms = rows[name].toatoms()
        assert atoms.positions == pytest.approx(expected.positions)
        assert atoms.pbc.tolist() == expected.pbc.tolist()
        assert rows[name].forces == pytest.approx(forces_of(expected))
        assert fixed(atoms) == fixed(expected)
        assert all(isinstance(each, FixAtoms) for each in atoms.constraints)
    row = rows["L-1"]
    assert row.energy == row.energy_eV == pytest.approx(-19.25 - IMAGES_EV, abs=1e-6)
    assert row.dipole_image_energy_eV == pytest.approx(IMAGES_EV, abs=1e-6)
    assert row.dipole == pytest.approx([0.0, 0.0, 2.0])
    assert row.calculator == "gpaw"
    settings = row.calculator_parameters
    assert (settings["functional"], settings["ecut_eV"]) == ("PBE", 300.0)
    assert (settings["kpoints"], settings["dispersion"]) == ([1, 1, 1], "none")
    assert rows["slab.V-1"].magmom == 1.0


def test_pymatgen_entries_hold_everything(found, entries):
    assert list(entries) == NAMES
    for name, expected in results(found).items():
        structure = entries[name].structure
        assert structure.cart_coords == pytest.approx(expected.positions)
        assert list(structure.lattice.pbc) == expected.pbc.tolist()
        assert np.array(structure.site_properties["forces"]) == pytest.approx(forces_of(expected))
        moves = structure.site_properties.get("selective_dynamics", [[True] * 3] * len(expected))
        assert [n for n, free in enumerate(moves) if not any(free)] == fixed(expected)
    entry = entries["L-1"]
    assert entry.uncorrected_energy == pytest.approx(-19.25)
    assert entry.correction == pytest.approx(-IMAGES_EV, abs=1e-6)
    assert [each.name for each in entry.energy_adjustments] == ["interaction of dipole images"]
    assert entries["slab-1"].energy_adjustments == []
    assert entry.parameters["functional"] == "PBE"
    assert entry.parameters["ecut_eV"] == 300.0
    assert entry.parameters["datasets"].startswith("gpaw-data ")
    assert entry.parameters["datasets"].endswith(", PBE")
    assert entry.data["chosen"] is True


def test_exported_energies_give_the_reactions(found, out, entries):
    with connect(out / "energies.db") as database:
        ase = {row.species: row.energy for row in database.select(chosen=True)}
    pymatgen = {e.data["species"]: e.energy for e in entries.values() if e.data["chosen"]}
    stems = {"slab": "slab-1", "L": "L-1", "slab.L": "slab.L-2", "slab.V": "slab.V-1", "I2": "I2-1"}
    xyz = {
        name: read(out / "structures" / f"{stem}.xyz").get_potential_energy()
        for name, stem in stems.items()
    }
    rows = {row.name: row.reaction_energy_eV for row in REACTIONS.rows(found)}
    assert rows["adsorption"] == pytest.approx(ADSORPTION_EV, abs=1e-6)
    assert pytest.approx(-0.8706, abs=1e-4) == ADSORPTION_EV
    for energy in (ase, pymatgen, xyz):
        adsorption_eV = energy["slab.L"] - energy["slab"] - energy["L"]
        assert adsorption_eV == pytest.approx(ADSORPTION_EV, abs=1e-6)
        vacancy_eV = energy["slab.V"] + energy["I2"] / 2 - energy["slab"]
        assert vacancy_eV == pytest.approx(VACANCY_EV) == pytest.approx(2.5)


def test_the_same_candidate_in_another_basin_gets_a_name_of_its_own(found, monkeypatch):
    slab = next(each for each in relaxed_structures(found) if each.name == "slab-1")
    monkeypatch.setattr(relaxed, "_at_the_level", lambda found: iter([slab, slab]))
    again = Findings(found.plan, found.results, found.states)
    assert [each.name for each in relaxed_structures(again)] == ["slab-1", "slab-1-2"]


def test_names_that_are_used_get_the_first_free_number():
    assert unused_name("spins", []) == "spins"
    assert unused_name("spins", ["Spins", "spins-2", "x"]) == "spins-3"
    assert unused_name("spins", ["spins-2"]) == "spins"


def test_forces_that_are_not_those_of_the_result_are_left_out(tmp_path):
    found = make_study(tmp_path)
    (folder_of(found, "slab") / "relax.traj").unlink()
    (folder_of(found, "L") / "relax.traj").write_bytes(b"no trajectory")
    moved = found.states[found.plan.relax_keys["slab.V"][0]].result.atoms
    moved.positions[-1, 2] += 1e-4
    write_step(folder_of(found, "slab.V"), moved)
    whole = found.states[found.plan.relax_keys["I2"][0]].result.atoms
    write_step(folder_of(found, "I2"), whole, np.full((2, 3), np.nan))
    export_study(found, tmp_path / "out")
    reasons = {
        "slab-1": "no ionic steps were saved",
        "L-1": "relax.traj cannot be read",
        "slab.V-1": "the last saved step is not the structure of the result",
        "I2-1": "the last saved step holds no forces",
    }
    readme = (tmp_path / "out" / "README.md").read_text()
    with connect(tmp_path / "out" / "energies.db") as database:
        rows = {f"{row.species}-{row.candidate}": row for row in database.select()}
    for name, why in reasons.items():
        got = read(tmp_path / "out" / "structures" / f"{name}.xyz")
        assert "forces" not in got.calc.results
        assert got.info["forces_are"] == why
        assert "forces" not in rows[name]
        assert f"- {name}: No forces, since {why}." in readme
    assert "forces" in rows["slab.L-1"]
    assert "slab.L-1:" not in readme


SINGLE_POINT = """
[single_point]
base = "production"
"""


def test_forces_of_another_level_are_kept_apart(tmp_path):
    found = make_study(tmp_path, LEVEL + SINGLE_POINT)
    for name, keys in found.plan.relax_keys.items():
        for key, energy_key in zip(keys, found.plan.species_keys[name], strict=True):
            task, result = found.plan.tasks[key], found.states[energy_key].result
            values = {**result.values, "energy_eV": result.energy_eV + 7.0}
            values |= {k: task.spec[k] for k in ("level", "fingerprint")}
            folder = folder_of(found, name, keys.index(key))
            write_result(folder, task.kind, key, values)
            write_step(folder, result.atoms)
    found = Findings(found.plan, found.results)
    made = {each.name: each for each in relaxed_structures(found)}
    slab = made["slab-1"]
    assert slab.result.energy_eV == -30.0
    assert "forces" not in slab.atoms.calc.results
    assert slab.relaxation_forces_eV_per_A == pytest.approx(forces_of(slab.atoms))
    assert slab.parameters["functional"] == "PBE"
    assert slab.parameters["ecut_eV"] != 300.0
    export_study(found, tmp_path / "out")
    got = read(tmp_path / "out" / "structures" / "slab-1.xyz")
    assert got.arrays[RELAXATION_FORCES] == pytest.approx(forces_of(got), abs=1e-8)
    assert got.get_potential_energy() == -30.0
    with connect(tmp_path / "out" / "energies.db") as database:
        (row,) = database.select(species="slab")
    assert row.data[RELAXATION_FORCES] == pytest.approx(forces_of(got))
    readme = (tmp_path / "out" / "README.md").read_text()
    words = "Forces of the relaxation at level 'test', not of the energy; they are in"
    assert f"{words} `{RELAXATION_FORCES}`" in readme
