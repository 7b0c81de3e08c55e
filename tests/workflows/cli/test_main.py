"""The command line without DFT: output, exit statuses, and nothing lost on bad input."""

import io
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from tests.conftest import HCL
from tests.hostile import passivant as in_this_process
from tests.pretended import pretend_results
from workflows.cli.main import spelled
from workflows.execution.engine import prepare
from workflows.execution.progress import Watcher
from workflows.execution.slurm import note_driver
from workflows.findings.states import study_folder, task_folder
from workflows.planner import make_plan
from workflows.store import locked, write_failure
from workflows.study.shipped import shipped_text

PASSIVANT = str(Path(sys.executable).parent / "passivant")


def passivant(*arguments, cwd):
    return subprocess.run(
        [PASSIVANT, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_every_command_has_help(tmp_path):
    text = passivant("--help", cwd=tmp_path).stdout
    for command in ("doctor", "init", "check", "schema", "build", "plan", "run", "submit"):
        assert command in text
    for command in ("status", "table", "trace", "export", "converge"):
        assert command in text
    assert "STUDY" in passivant("run", "--help", cwd=tmp_path).stdout


def test_doctor_finds_what_a_study_needs(tmp_path):
    answer = passivant("doctor", "--json", cwd=tmp_path)
    assert answer.returncode == 0, answer.stdout
    checks = {c["name"]: c for c in json.loads(answer.stdout)}
    for name in ("GPAW with MPI", "GPAW with ScaLAPACK", "GPAW with FFTW", "PAW datasets"):
        assert checks[name]["ok"]


def test_init_never_overwrites(tmp_path):
    assert passivant("init", "paper", "mine", cwd=tmp_path).returncode == 0
    file = tmp_path / "mine" / "paper.toml"
    file.write_text("mine")
    again = passivant("init", "paper", "mine", cwd=tmp_path)
    assert again.returncode == 2
    assert "is there already" in again.stderr
    assert file.read_text() == "mine"


def test_check_plan_and_status_of_a_study(tmp_path):
    check = json.loads(passivant("check", "smoke", "--json", cwd=tmp_path).stdout)
    atoms = {row["species"]: row["atoms"] for row in check["species"]}
    assert atoms["slab"] == 8
    assert atoms["wide.OAm.OA.V_I"] == 27
    grids = {row["species"]: row["kpoints"] for row in check["species"]}
    assert grids["slab"] == grids["OAm"] == [1, 1, 1]
    plan = json.loads(passivant("plan", "smoke", "--json", cwd=tmp_path).stdout)
    assert len(plan["tasks"]) == check["tasks"] == 20
    status = json.loads(passivant("status", "smoke", "--json", cwd=tmp_path).stdout)
    assert {row["state"] for row in status} == {"waiting"}
    assert list(tmp_path.iterdir()) == []


def test_messages_spell_units_but_neither_files_nor_what_was_given():
    message = "6 A.toml: 'vacuum 5 A' gives 5 A, less than 6 A; forces below 0.05 eV/A"
    shown = "6 A.toml: 'vacuum 5 A' gives 5 Å, less than 6 Å; forces below 0.05 eV/Å"
    assert spelled(message) == shown


def test_check_shows_the_kpoints_of_energy_and_relaxation(tmp_path):
    text = shipped_text("smoke").replace("[level]", '[single_point]\nbase = "draft"\n\n[level]', 1)
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    answer = passivant("check", "study.toml", "--json", cwd=tmp_path)
    (slab,) = [row for row in json.loads(answer.stdout)["species"] if row["species"] == "slab"]
    # Lattice planes 6.29 A apart: 12 A of the draft level need two points, 6 A of smoke one.
    assert (slab["kpoints"], slab["kpoints_of_relaxation"]) == ([2, 2, 1], [1, 1, 1])
    words = passivant("check", "study.toml", cwd=tmp_path).stdout
    assert "2x2x1//1x1x1" in words
    assert "k-points: energy//relaxation" in words


def test_names_of_structures_are_shown_whole(tmp_path):
    names = ["wide.OAm.OA.V_I", "wide.OAm.OA.V_I.V_I"]
    answer = passivant("build", "smoke", *names, cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    rows = [line.split("│")[1].strip() for line in answer.stdout.splitlines() if "│" in line]
    assert "".join(rows) == "".join(names)


def test_help_keeps_the_brackets_of_tables(tmp_path):
    assert "in [level] stands" in " ".join(
        passivant("levels", "--help", cwd=tmp_path).stdout.split()
    )


def test_table_before_any_run_has_no_number_and_status_1(write_study, tmp_path):
    answer = passivant("table", write_study(HCL), "--json", cwd=tmp_path)
    assert answer.returncode == 1
    (row,) = json.loads(answer.stdout)["reactions"]
    assert row["reaction_energy_eV"] is None
    assert "waiting" in row["status"]


def test_build_writes_readable_files_and_pictures(write_study, tmp_path):
    from ase.io import read

    study = write_study(HCL)
    assert passivant("build", study, "-o", "out", cwd=tmp_path).returncode == 0
    names = {p.name for p in (tmp_path / "out").iterdir()}
    assert {"HCl.cif", "HCl.POSCAR", "HCl.xyz", "HCl.png"} <= names
    for name in ("HCl.cif", "HCl.POSCAR", "HCl.xyz"):
        assert sorted(read(tmp_path / "out" / name).symbols) == ["Cl", "H"]
    assert (tmp_path / "out" / "HCl.png").read_bytes()[:4] == b"\x89PNG"


def test_folder_stands_for_the_study_in_it(tmp_path):
    assert passivant("init", "smoke", "mine", cwd=tmp_path).returncode == 0
    assert passivant("status", "mine", cwd=tmp_path).returncode == 0
    assert passivant("init", "paper", "mine", cwd=tmp_path).returncode == 0
    answer = passivant("status", "mine", cwd=tmp_path)
    assert (answer.returncode, "holds 2 TOML files" in answer.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "nowhere.toml"), "there is no such file"),
        (("check", "bad.toml"), "bad.toml: level"),
        (("run", "bad.toml"), "bad.toml: level"),
        (("run", "good.toml", "--profile", "none"), "has no config.yaml"),
        (("run", "good.toml", "--results", "good.toml"), "is a file"),
        (("table", "good.toml", "--format", "xls"), "allowed: text, md, csv, latex, json"),
        (
            ("table", "good.toml", "--part", "x"),
            "allowed: reactions, dispersion, passivation, ligand_screen, barriers, ",
        ),
        (("trace", "good.toml", "nothing"), "there is no reaction 'nothing'; names: '"),
        (("export", "good.toml", "."), "is not empty"),
        (("init", "nothing", "x"), "allowed: smoke, tour, campaign, paper"),
        (("table", "good.toml", "--part", "basins"), "'basins' is now called 'basin_checks'"),
        (
            ("plot", "good.toml", "bands"),
            "KIND 'bands' is not allowed; allowed: all, reactions, pas",
        ),
        (
            ("plot", "good.toml", "density-differences"),
            "KIND 'density-differences' is now called 'density_differences'",
        ),
        (("table", "good.toml", "--part", "splits"), "the study asks for nothing of that kind; it"),
        (("table", "good.toml", "--part", "spins"), "it has: reactions, dispersion"),
        (("plot", "good.toml", "dos"), "good.toml: KIND 'dos': the study asks for nothing of that"),
        (("plot", "good.toml", "dos"), "it has: reactions\n"),  # dispersion has no figures
        (("plot", "good.toml", "--columns", "3"), "allowed: single, double"),
        (("plot", "good.toml", "--formats", "png,gif"), "'gif' is not allowed; allowed: pdf, svg"),
        (("submit", "good.toml", "--profile", "none"), "has no config.yaml"),
        (("run", "good.toml", "--cores", "0"), "--cores"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(
    write_study, tmp_path, monkeypatch, arguments, words
):
    monkeypatch.chdir(tmp_path)
    good = write_study(HCL, name="good")
    (tmp_path / "bad.toml").write_text(good.read_text().replace("ecut_eV = 300.0", ""))
    before = {p: p.read_bytes() for p in tmp_path.iterdir()}
    answer = in_this_process(*arguments)
    assert answer.status == 2
    assert words in answer.err
    assert "Traceback" not in answer.err
    assert {p: p.read_bytes() for p in tmp_path.iterdir()} == before


@pytest.mark.parametrize("options", [[], ["--all"]])
def test_status_counts_and_lists_folders_on_demand(write_study, tmp_path, options):
    study = write_study(HCL)
    plan = make_plan(study)
    prepare(plan, tmp_path / "results")
    failed, done, _ = plan.tasks.values()
    write_failure(task_folder(failed, tmp_path / "results"), "it never ended", False, 40)
    pretend_results(plan, tmp_path / "results", {done.label.split()[1]: -1.0})
    answer = passivant("status", study, *options, cwd=tmp_path)
    assert answer.returncode == 1
    assert "3 tasks: 1 done, 1 waiting, 1 failed" in answer.stdout
    assert f"failed      {failed.label}: it never ended" in answer.stdout
    assert f"log: {tmp_path}/results/tasks/{failed.folder}" in answer.stdout
    assert re.search(r"left, .*: [\d.e-]+ core-hours, .* on \d+ cores of this", answer.stdout)
    assert (f"tasks/{done.folder}" in answer.stdout) == bool(options)
    assert answer.stderr.splitlines()[-1] == f"next: passivant run {study}"


def test_status_names_the_run_that_works_and_its_cores(write_study, tmp_path):
    study = write_study(HCL)
    plan = make_plan(study)
    results = tmp_path / "results"
    prepare(plan, results)
    record = study_folder(plan, results)
    note_driver(record, 1)
    words = f"`passivant run` is working: process {os.getpid()} on {socket.gethostname()}"
    with locked(record):
        answer = passivant("status", study, cwd=tmp_path)
    assert words in answer.stdout
    assert " on 1 core of this machine" in answer.stdout
    assert "next:" not in answer.stderr
    answer = passivant("status", study, cwd=tmp_path)  # the run has ended
    assert words not in answer.stdout
    assert f"next: passivant run {study}" in answer.stderr


def test_a_log_of_a_run_counts_what_is_done(write_study, tmp_path):
    plan = make_plan(write_study(HCL))
    prepare(plan, tmp_path)
    console = Console(file=io.StringIO(), width=40)
    with Watcher(plan, tmp_path, 1, console):
        done = next(iter(plan.tasks.values()))
        pretend_results(plan, tmp_path, {done.label.split()[1]: -1.0})
    (line,) = console.file.getvalue().splitlines()
    assert line.startswith(f"done     {done.label} (1 of 3 done after 0 min, ")
    assert line.endswith(" left)")


def test_next_command_is_named_with_the_options_it_needs(write_study, tmp_path):
    study = write_study(HCL)
    given = ("--results", "my results")
    answer = passivant("status", study, *given, cwd=tmp_path)
    assert f"next: passivant run {study} --results 'my results'" in answer.stderr
    assert "next:" not in answer.stdout
    for machine in (("status", "--json"), ("table", "--json"), ("table", "--format", "csv")):
        answer = passivant(machine[0], study, *machine[1:], cwd=tmp_path)
        assert "next:" not in answer.stdout + answer.stderr
    answer = passivant("init", "tour", "mine", cwd=tmp_path)
    assert answer.stderr.splitlines() == [
        "next: passivant check mine", "next: passivant run mine"
    ]  # fmt: skip
