"""The exported folder and the archive: README, names of files, checksums, same bytes."""

import fnmatch
import hashlib
import re
import zipfile
from pathlib import Path

import pytest

from analysis.tables import Table
from tests.hostile import passivant
from tests.workflows.export.study import ADSORPTION_EV, DENSITY, LOG, make_study
from workflows.export import distinct, export_study
from workflows.export.archive import without_places, write_archive
from workflows.findings.findings import Findings
from workflows.planner import make_plan
from workflows.recipes.registry import recipe
from workflows.recipes.spins import SpinsRecipe
from workflows.report.methods import methods
from workflows.study.errors import StudyError
from workflows.summary import document_of, named_tables, relative


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return make_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def out(found, tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "out"
    export_study(found, folder, archive=folder.with_suffix(".zip"))
    return folder


@pytest.fixture(scope="module")
def archive(out):
    with zipfile.ZipFile(out.with_suffix(".zip")) as opened:
        return {info.filename: (info, opened.read(info)) for info in opened.infolist()}


def described(readme):
    """Patterns of files in the table of a README."""
    rows = [line for line in readme.splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row.split(" | ")[0])]


def test_readme_names_every_file_and_no_other(out):
    patterns = described((out / "README.md").read_text())
    files = [str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()]
    assert ("training.xyz" in (out / "README.md").read_text()) is ("training.xyz" in files)
    for name in set(files) - {"README.md"}:
        assert any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns), name
    for pattern in patterns:
        assert fnmatch.filter(files, pattern), pattern


def test_readme_says_level_units_signs_and_what_to_cite(found, out):
    text = (out / "README.md").read_text()
    for words in (
        "Level 'test': PBE, plane waves 300 eV",
        "Only for tests.",
        "dE = E(products) - E(reactants)",
        "forces in eV/A",
        "doi:10.1063/5.0182685",
    ):
        assert words in text
    assert len(methods(found).references) == text.count("doi:")


def test_examples_of_the_readme_give_the_reaction(out, monkeypatch):
    monkeypatch.chdir(out)
    blocks = re.findall(r"```python\n(.*?)```", Path("README.md").read_text(), re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        names = {}
        exec(block, names)
        assert names["dE_eV"] == pytest.approx(ADSORPTION_EV, abs=1e-6)
        assert f"# adsorption: {ADSORPTION_EV:+.6f} eV" in block


def test_examples_of_the_documentation_run(out, monkeypatch):
    page = (Path(__file__).parents[3] / "docs" / "exports.md").read_text()
    loads = page.split("## Load with ASE")[1].split("## Archive")[0]
    monkeypatch.chdir(out)
    blocks = re.findall(r"```python\n(.*?)```", loads, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        names = {}
        exec(block, names)
        assert names["dE_eV"] == pytest.approx(ADSORPTION_EV, abs=1e-6)


def test_nothing_in_the_folder_names_this_machine(found, out):
    for path in out.rglob("*"):
        if path.is_file():
            assert str(found.results.parent).encode() not in path.read_bytes(), path


def test_archive_has_the_same_bytes_every_time(found, out, tmp_path):
    again = Findings(found.plan, found.results)
    export_study(again, tmp_path / "other", archive=tmp_path / "other.zip")
    assert (tmp_path / "other.zip").read_bytes() == out.with_suffix(".zip").read_bytes()
    moved = make_study(tmp_path / "elsewhere")
    export_study(moved, tmp_path / "third", archive=tmp_path / "third.zip")
    assert (tmp_path / "third.zip").read_bytes() == out.with_suffix(".zip").read_bytes()


def test_archive_is_sorted_and_without_dates_and_places(found, archive):
    names = list(archive)
    assert names == sorted(names)
    for name, (info, content) in archive.items():
        assert name.startswith("mine/")
        assert ".." not in name
        assert info.date_time == (1980, 1, 1, 0, 0, 0)
        assert info.external_attr >> 16 == 0o644
        assert str(found.results.parent).encode() not in content, name
        assert b"someone" not in content, name


def test_checksums_are_those_of_all_other_files(archive):
    lines = archive["mine/SHA256SUMS"][1].decode().splitlines()
    sums = {f"mine/{line[66:]}": line[:64] for line in lines}
    assert set(sums) == set(archive) - {"mine/SHA256SUMS"}
    for name, known in sums.items():
        assert hashlib.sha256(archive[name][1]).hexdigest() == known


def test_archive_has_results_and_logs_of_all_tasks_but_no_densities(found, archive):
    for state in found.states.values():
        folder = f"mine/results/tasks/{state.task.folder}"
        assert archive[f"{folder}/result.json"][1] == (state.folder / "result.json").read_bytes()
        assert b"CWD:    .../results" in archive[f"{folder}/gpaw.txt"][1]
        assert (f"{folder}/relax.traj" in archive) == (state.task.kind == "relax")
    assert not [name for name in archive if name.endswith((".gpw", ".cube"))]
    readme = archive["mine/README.md"][1].decode()
    assert "are left out for their size" in readme
    patterns = described(readme)
    for name in archive:
        own = name.removeprefix("mine/")
        known = own == "README.md" or own.startswith("results/studies/")
        assert known or any(fnmatch.fnmatchcase(own, pattern) for pattern in patterns), own


def test_unpacked_archive_is_a_study_with_its_results(found, out, tmp_path):
    with zipfile.ZipFile(out.with_suffix(".zip")) as opened:
        opened.extractall(tmp_path)
    file, results = tmp_path / "mine" / "study.toml", tmp_path / "mine" / "results"
    again = Findings(make_plan(file, results), results)
    for part in ("reactions", "candidates"):
        known, got = (relative(document_of(each)[part], each.results) for each in (found, again))
        assert got == known
    answer = passivant("table", tmp_path / "mine")
    assert answer.status == 0, answer


def test_densities_come_on_request(tmp_path):
    found = make_study(tmp_path, more=DENSITY)
    files = recipe("density_differences").files(found, tmp_path)
    about = {file.name: "density differences" for file in files}
    for densities in (False, True):
        file = tmp_path / f"{densities}.zip"
        write_archive(found, tmp_path, about, file, densities=densities)
        with zipfile.ZipFile(file) as opened:
            names = opened.namelist()
            readme = opened.read("mine/README.md").decode()
        tasks = len(found.states) if densities else 0
        assert sum(name.endswith("final.gpw") for name in names) == tasks
        assert ("mine/density-difference-slab.L.cube" in names) is densities
        assert any(name.endswith("/density-difference.npz") for name in names) is densities
        assert "mine/density-difference-slab.L.csv" in names
        assert ("holds the densities of all tasks" in readme) is densities
        assert ("are left out for their size" in readme) is not densities


def test_logs_lose_paths_and_users_and_nothing_else():
    text = without_places(LOG)
    assert "someone" not in text
    assert "gpaw:  .../gpaw\n" in text
    assert "Largest force 0.1 eV/A; 1/2 of it\n" in text
    drawing = "    /|  |\n   / |  |\n a / b / c\n"
    assert without_places(drawing) == drawing


def test_tables_of_one_recipe_have_different_names(found, monkeypatch):
    columns, rows = ("A",), (("1",),)
    same = [Table("Twice, the same", columns, rows), Table("Twice: THE same", columns, (("2",),))]
    monkeypatch.setattr(SpinsRecipe, "tables", lambda self, found: same)
    named = {name: t for name, t in named_tables(found).items() if name.startswith("spins")}
    assert list(named) == ["spins-twice-the-same", "spins-twice-the-same-2"]
    assert [table.rows[0][0] for table in named.values()] == ["1", "2"]


def test_two_results_with_one_name_are_refused(tmp_path):
    assert distinct(tmp_path, {"a.csv": "x"}, {"b.csv": "y"}) == {"a.csv": "x", "b.csv": "y"}
    with pytest.raises(StudyError, match=r"A\.csv: two results have this name"):
        distinct(tmp_path, {"a.csv": "x"}, {"A.csv": "y"})


def test_readme_describes_files_of_any_kind(found, tmp_path, monkeypatch):
    def files(found, folder):
        made = [folder / name for name in ("path.xyz", "path.csv", "path.hdf5")]
        for file in made:
            file.write_text("1")
        return made

    monkeypatch.setattr(recipe("spins"), "files", files)
    export_study(found, tmp_path / "out")
    readme = (tmp_path / "out" / "README.md").read_text()
    assert "| `path.xyz` | Spins: structures, extended XYZ |" in readme
    assert "| `path.csv` | Spins: data; units in the names of the columns |" in readme
    assert "| `path.hdf5` | Spins: data |" in readme


def test_a_recipe_that_writes_over_a_table_is_refused(found, tmp_path, monkeypatch):
    def files(found, folder):
        (folder / "reactions.csv").write_text("something else")
        return [folder / "reactions.csv"]

    monkeypatch.setattr(recipe("spins"), "files", files)
    with pytest.raises(StudyError, match=r"reactions\.csv: two results have this name"):
        export_study(found, tmp_path / "out")


def test_command_writes_folder_and_archive_and_refuses_to_replace_them(found, tmp_path):
    study, out = found.plan.file, tmp_path / "out"
    answer = passivant("export", study, out, "--densities")
    assert answer.status == 2
    assert "--densities goes with --archive" in answer.err
    assert not out.exists()
    answer = passivant("export", study, out, "--archive")
    assert answer.status == 0, answer
    assert (tmp_path / "out.zip").is_file()
    answer = passivant("export", study, out, "--archive")
    assert answer.status == 2
    assert "is not empty; give a new folder" in answer.err
    (tmp_path / "new.zip").write_bytes(b"mine")
    answer = passivant("export", study, tmp_path / "new", "--archive")
    assert answer.status == 2
    assert "new.zip: is there already" in " ".join(answer.err.split())
    assert (tmp_path / "new.zip").read_bytes() == b"mine"
    assert not (tmp_path / "new").exists()
