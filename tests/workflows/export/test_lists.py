"""A study with a list of ligands is complete in its record, in exported files and in an archive."""

import zipfile

import pytest

from tests.pretended import pretend_results
from workflows.execution.engine import prepare
from workflows.export import export_study
from workflows.findings.findings import Findings
from workflows.findings.states import study_folder
from workflows.planner import make_plan
from workflows.recipes.registry import recipe
from workflows.study.errors import StudyError

STUDY = """
[surfaces.slab]
material = "CsPbI3"
termination = "PbI2"
size = [1, 1]
layers = 1
vacuum_A = 6.0

[ligands]
list = "{}"

[ligand_screen]
surface = "slab"
work_function = false
gap_levels = false
descriptors = false
"""
LIST = "# mine\nname,smiles\nNH3,N\nH2O,O\n"
OTHER = "name,smiles\nNH3,N\nH2S,S\n"
ENERGIES = {"slab": -100.0, "NH3": -20.0, "slab.NH3": -120.7, "H2O": -15.0, "slab.H2O": -115.4}


@pytest.fixture
def listed(write_study, tmp_path):
    """Write a study beside a list of some name; returns its plan."""

    def write(name="ligands.csv", text=LIST):
        path = tmp_path / "study" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        file = tmp_path / "study" / "mine.toml"
        file.write_text(write_study(STUDY.format(name)).read_text(), encoding="utf-8")
        return make_plan(file)

    return write


@pytest.mark.parametrize("name", ["ligands.csv", "lists/amines.csv"])
def test_the_record_holds_the_list_and_gives_the_same_tasks(listed, tmp_path, name):
    plan = listed(name)
    prepare(plan, tmp_path / "results")
    record = study_folder(plan, tmp_path / "results")
    (tmp_path / "study" / name).unlink()
    assert (record / name).read_text() == LIST
    again = make_plan(record / "study.toml")
    assert set(again.tasks) == set(plan.tasks)
    assert again.study == plan.study


def test_another_list_has_another_record(listed, tmp_path):
    plans = [listed(text=text) for text in (LIST, OTHER, LIST)]
    records = []
    for plan, text in zip(plans, (LIST, OTHER, LIST), strict=True):
        prepare(plan, tmp_path / "results")
        records.append(study_folder(plan, tmp_path / "results"))
        assert (records[-1] / "ligands.csv").read_text() == text
    assert records[0] == records[2] != records[1]
    assert (records[0] / "ligands.csv").read_text() == LIST


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("ligands.csv", "ligand_screen.csv"),
        ("lists/amines.csv", "ligand_screen.csv"),
        ("structures/amines.csv", "ligand_screen.csv"),
        ("ligand_screen.csv", "ligand_screen-2.csv"),
    ],
)
def test_an_unpacked_archive_gives_the_same_ranks(listed, tmp_path, name, table):
    plan = listed(name)
    pretend_results(plan, tmp_path / "results", ENERGIES)
    prepare(plan, tmp_path / "results")
    found = Findings(plan, tmp_path / "results")
    export_study(found, tmp_path / "out", archive=tmp_path / "out.zip")
    assert (tmp_path / "out" / name).read_text() == LIST
    ranked = (tmp_path / "out" / table).read_text().splitlines()
    assert [line.split(",")[1] for line in ranked[1:3]] == ["NH3", "H2O"]
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        archive.extractall(tmp_path)
    mine = tmp_path / "mine"
    assert (mine / name).read_text() == LIST
    again = Findings(make_plan(mine / "study.toml", mine / "results"), mine / "results")
    assert (again.record / "structures.npz").is_file()
    rows = {row.ligand: row for row in recipe("ligand_screen").rows(again)}
    assert rows["NH3"].binding_energy_eV == pytest.approx(0.7)
    assert rows["H2O"].binding_energy_eV == pytest.approx(0.4)
    assert (rows["NH3"].rank, rows["H2O"].rank) == (1, 2)


def test_a_list_from_elsewhere_gets_another_name_that_is_said(listed, tmp_path):
    plan = listed("../elsewhere.txt")
    pretend_results(plan, tmp_path / "results", ENERGIES)
    prepare(plan, tmp_path / "results")
    assert (study_folder(plan, tmp_path / "results") / "elsewhere.txt.csv").read_text() == LIST
    export_study(Findings(plan, tmp_path / "results"), tmp_path / "out")
    assert (tmp_path / "out" / "elsewhere.txt.csv").read_text() == LIST
    readme = (tmp_path / "out" / "README.md").read_text()
    assert (
        "names its list of ligands '../elsewhere.txt', which is 'elsewhere.txt.csv' here" in readme
    )
    (tmp_path / "elsewhere.txt").unlink()
    with pytest.raises(StudyError, match=r"elsewhere\.txt cannot be read: No such file"):
        make_plan(tmp_path / "out" / "study.toml")
