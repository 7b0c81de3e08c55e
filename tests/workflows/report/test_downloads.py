"""Files in a page: their contents against hand-computed energies and the structures."""

import base64
import csv
import io
import json
import zipfile

import numpy as np
import pytest
from ase.io import read

from tests.conftest import LEVEL
from tests.pretended import pretend_results
from workflows.findings.findings import Findings
from workflows.planner import make_plan
from workflows.report.downloads import downloads, structure_downloads

STUDY = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 3
frozen_layers = 1
vacuum_A = 6.0

[ligands.L]
smiles = "N"
anchor_smarts = "[N]"
site = "metal-top"

[vacancies.V]
element = "I"

[molecules.I2]
smiles = "II"

[[reactions]]
name = "adsorption"
equation = "slab + L -> slab.L"
published_binding_energy_eV = 0.9
published_source = "nobody"

[[reactions]]
name = "vacancy"
equation = "slab -> slab.V + 1/2 I2"
"""
#: Total energies in eV: L is bound by 0.75 eV, a vacancy costs 2.5 eV.
ENERGIES = {"slab": -30.0, "L": -19.25, "slab.L": -50.0, "slab.V": -26.5, "I2": -2.0}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("downloads")
    level = LEVEL.format(ecut=300.0, fmax=0.1, max_steps=40, dispersion="none", vacuum=3.5)
    file = folder / "study.toml"
    file.write_text(level + STUDY, encoding="utf-8")
    plan = make_plan(file)
    pretend_results(plan, folder / "results", ENERGIES)
    return Findings(plan, folder / "results")


@pytest.fixture(scope="module")
def files(found):
    """Content of every file by name, as a browser would save it."""
    return {each.name: content(each) for each in downloads(found)}


def content(download):
    head, _, packed = download.address.partition(";base64,")
    assert head.startswith("data:")
    return base64.b64decode(packed)


def unpacked(packed):
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_energies_have_the_sign_of_their_block(files):
    adsorption, vacancy = table(files["study-energies.csv"].decode())
    energies = ("energy_eV", "reaction_energy_eV", "published_eV", "difference_eV")
    assert [float(adsorption[key]) for key in energies] == pytest.approx([0.75, -0.75, 0.9, -0.15])
    assert float(vacancy["energy_eV"]) == pytest.approx(2.5)
    assert float(vacancy["reaction_energy_eV"]) == pytest.approx(2.5)
    assert vacancy["binding_energy_eV"] == vacancy["published_eV"] == ""


def test_archive_of_tables_holds_the_same_energies(files):
    tables = unpacked(files["study-tables.zip"])
    assert tables["reactions.csv"].encode() == files["study-energies.csv"]
    assert {"spins.csv", "geometry.csv"} <= set(tables)


def test_data_name_no_folder_of_this_machine(found, files):
    text = files["study.json"].decode()
    data = json.loads(text)
    adsorption, vacancy = data["reactions"]
    assert adsorption["reaction_energy_eV"] == pytest.approx(-0.75)
    assert vacancy["reaction_energy_eV"] == pytest.approx(2.5)
    assert str(found.results) not in text
    assert adsorption["terms"][0]["folder"].startswith("tasks/relax-")


def test_study_file_is_the_text_of_the_study(found, files):
    assert files["study.toml"].decode() == found.plan.text


def test_structures_are_those_of_the_results(found, files):
    texts = unpacked(files["study-structures.zip"])
    assert set(texts) == {f"{name}.{end}" for name in ENERGIES for end in ("cif", "xyz", "POSCAR")}
    atoms = found.species["slab.L"].result.atoms
    for end, form in (("xyz", "extxyz"), ("cif", "cif"), ("POSCAR", "vasp")):
        got = read(io.StringIO(texts[f"slab.L.{end}"]), format=form)
        assert got.get_chemical_formula() == atoms.get_chemical_formula()
        assert got.cell.cellpar() == pytest.approx(atoms.cell.cellpar(), abs=1e-4)
    got = read(io.StringIO(texts["slab.L.xyz"]), format="extxyz")
    assert got.positions == pytest.approx(atoms.positions, abs=1e-6)
    assert got.info["shown"] == "relaxed"
    assert (got.info["level"], got.info["caveat"]) == ("test", "only for tests")
    assert got.get_potential_energy() == -50.0
    assert np.count_nonzero(got.arrays["group"] == "L") == 4  # NH3
    fixed = sorted(n for each in got.constraints for n in each.get_indices())
    assert fixed == sorted(n for each in atoms.constraints for n in each.get_indices())
    assert len(fixed) == 3  # the lowest layer, PbI2


def test_single_structures_are_those_of_the_archive(found, files):
    texts = unpacked(files["study-structures.zip"])
    for each in structure_downloads(found, "slab.V"):
        assert content(each).decode() == texts[each.name]
