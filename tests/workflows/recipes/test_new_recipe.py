"""A new recipe is one folder and three short edits, and then appears everywhere."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import LEVEL
from tests.toy_recipe import EDITS

ROOT = Path(__file__).parents[3]
TOY = Path(__file__).parents[2] / "toy_recipe"
STUDY = """
[molecules.H2]
smiles = "[H][H]"

[[moments_of_inertia]]
species = "H2"
"""
#: Of two hydrogen atoms 0.75 A apart: half of 1.008 amu times the square of that.
EXPECTED_AMU_A2 = 0.5 * 1.008 * 0.75**2


@pytest.fixture(scope="module")
def passivant(tmp_path_factory):
    """The command of a copy of the package that has the recipe; runs in a folder of its own."""
    base = tmp_path_factory.mktemp("copy")
    for package in ("slabs", "analysis", "workflows"):
        shutil.copytree(
            ROOT / package, base / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    source, target = TOY / "moments_of_inertia", base / "workflows/recipes/moments_of_inertia"
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.txt", "__pycache__"))
    for name, before, after in EDITS:
        file = base / name
        if before is None:
            shutil.copyfile(TOY / after, file)
            continue
        text = file.read_text(encoding="utf-8")
        assert text.count(before) == 1
        file.write_text(text.replace(before, after), encoding="utf-8")
    folder = base / "work"
    folder.mkdir()
    level = LEVEL.format(ecut=250.0, fmax=0.1, max_steps=40, dispersion="none", vacuum=3.5)
    (folder / "study.toml").write_text(level + STUDY, encoding="utf-8")

    def run(*arguments):
        command = [sys.executable, "-m", "workflows.cli.main", *arguments]
        env = {**os.environ, "PYTHONPATH": str(base)}
        return subprocess.run(
            command, capture_output=True, text=True, cwd=folder, env=env, check=False
        )

    run.folder = folder
    return run


def test_it_takes_one_folder_and_three_short_edits():
    assert len({file for file, _, _ in EDITS}) == len(EDITS) == 3
    added = [
        len((TOY / after).read_text().splitlines())
        if before is None
        else after.count("\n") - before.count("\n")
        for _, before, after in EDITS
    ]
    assert max(added) <= 25


def test_the_study_file_knows_its_key(passivant):
    schema = json.loads(passivant("schema").stdout)
    assert "moments_of_inertia" in schema["properties"]
    answer = passivant("check", "study.toml")
    assert answer.returncode == 0, answer.stderr
    wrong = passivant.folder / "wrong.toml"
    text = (passivant.folder / "study.toml").read_text(encoding="utf-8")
    wrong.write_text(text.replace("[[moments_of_inertia]]\nspecies", "[[moments_of_inertia]]\nx"))
    answer = passivant("check", "wrong.toml")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "moments_of_inertia.0.x is not a key" in answer.stderr
    wrong.unlink()


def test_it_runs_and_is_shown_everywhere(passivant):
    answer = passivant("run", "study.toml")
    assert answer.returncode == 0, answer.stderr
    assert "Moments of inertia" in answer.stdout
    assert "moments H2" in passivant("status", "study.toml", "--all").stdout
    table = passivant("table", "study.toml", "--part", "moments_of_inertia", "--format", "csv")
    _, line = table.stdout.strip().splitlines()
    species, *moments, status = line.split(",")
    assert (species, status) == ("H2", "done")
    expected = [0.0, EXPECTED_AMU_A2, EXPECTED_AMU_A2]
    assert [float(x) for x in moments] == pytest.approx(expected, abs=0.01)
    (row,) = json.loads(passivant("table", "study.toml", "--json").stdout)["moments_of_inertia"]
    assert row["moments_amu_A2"] == pytest.approx(expected, abs=0.01)
    answer = passivant("plot", "study.toml", "moments_of_inertia", "--formats", "png")
    names = [line.rsplit("/", 1)[-1] for line in answer.stdout.split()]
    assert names == ["moments-of-inertia.png", "moments-of-inertia-caption.txt"], answer.stderr
    answer = passivant("export", "study.toml", "out")
    assert answer.returncode == 0, answer.stderr
    names = {file.name for file in (passivant.folder / "out").iterdir()}
    assert {
        "moments_of_inertia.csv", "moments-of-inertia.txt", "moments-of-inertia.pdf",
    } <= names  # fmt: skip
    page = (passivant.folder / "results" / "report-study.html").read_text(encoding="utf-8")
    assert '<section id="moments_of_inertia"' in page
    assert "H2 is linear" in page
