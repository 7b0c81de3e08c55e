"""Hostile structure files, SMILES, profiles and results: read, or refused in one sentence."""

import json
import os
import pickle

import numpy as np
import pytest
from ase.build import bulk, molecule
from ase.db import connect
from ase.io import write
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from slabs.crystals.perovskite import perovskite, read_crystal
from slabs.errors import InputError
from slabs.ligands.ligand import make_ligand
from slabs.ligands.molecule_files import read_molecule
from slabs.read import MAX_FILE_BYTES
from tests.conftest import LEVEL
from tests.hostile import BASE, CASES, MARK, MOLECULES, TOUCH, check_refused, passivant, shown, toml
from tests.workflows.recipes.test_chemical_potentials import ENERGIES, STUDY, pretend
from workflows.execution.engine import prepare
from workflows.execution.slurm import driver
from workflows.findings.states import study_folder
from workflows.planner import make_plan

# ---------------------------------------------------------------- structure files


class Command:
    """Runs a command when it is unpickled."""

    def __reduce__(self):
        return os.system, (TOUCH,)


def ligand(file):
    """A study with a ligand from a file."""
    table = f'[ligands.L]\nfile = {toml(str(file))}\nanchor_smarts = "[*]"\n'
    return f'{BASE}{table}[[dos]]\nspecies = "L"\nempty_bands = 6\n'


def crystal(file):
    """A study with a crystal from a file."""
    return f'{BASE}[crystals.X]\nfile = {toml(str(file))}\nrelax = "cell"\n'


def poscar(scale=1.0, cell="5 0 0\n0 5 0\n0 0 5", element="Cs", count=1, rest="0 0 0\n"):
    return f"x\n{scale}\n{cell}\n{element}\n{count}\nDirect\n{rest}"


ZEROS = "0 0 0\n" * 2
FILES = {
    "pickle.traj": (pickle.dumps(Command()), "is not the name of a structure file"),
    "pickle.pkl": (pickle.dumps(Command()), "allowed endings: "),
    "pickle.xyz": (pickle.dumps(Command()), "is not a structure file that can be read"),
    "POSCAR": (pickle.dumps(Command()), "is not a structure file that can be read"),
    "pickle.cif": (pickle.dumps(Command()), "is not a structure file that can be read"),
    "class.json": (b'{"@module": "os", "@class": "system"}', "allowed endings: "),
    "tag.yaml": (f"!!python/object/apply:os.system [{TOUCH}]".encode(), "allowed endings: "),
    "code.py": (f"import os; os.system('{TOUCH}')".encode(), "allowed endings: "),
    "packed.xyz.gz": (b"\x1f\x8b" + bytes(100), "allowed endings: "),
    "study.toml": (b"", "allowed endings: "),
    "empty.xyz": (b"", ""),
    "large.xyz": (b"H 0 0 0\n" * (MAX_FILE_BYTES // 8 + 1), f"more than {MAX_FILE_BYTES} bytes"),
    "million.xyz": (b"1000000\n\n" + b"H 0 0 0\n" * 1000, "announces more atoms"),
    "columns.xyz": (b"1\nProperties=species:S:1:pos:R:999999999\nH 0 0 0\n", "announces more"),
    "million.vasp": (poscar(count=10**9).encode(), "announces more atoms"),
    "negative.xyz": (b"-5\n\nH 0 0 0\n", "that can be read"),
    "frames.xyz": (b"1\n\nH 0 0 0\n" * 1000, "must hold one structure, not several"),
    "nan.xyz": (b'2\nLattice="9 0 0 0 9 0 0 0 9"\nH nan 0 0\nH 0 0 1\n', "are not numbers below"),
    "infinite.xyz": (b'1\nLattice="inf 0 0 0 9 0 0 0 9"\nH 0 0 0\n', "are not numbers below"),
    "huge.vasp": (poscar(1e300).encode(), "are not numbers below"),
    "tiny.vasp": (poscar(1e-300).encode(), "a cell of height"),
    "flat.vasp": (poscar(cell="5 0 0\n0 5 0\n5 5 1e-9").encode(), "a cell of height"),
    "dummy.vasp": (poscar(element="X").encode(), "none of the elements up to Lr"),
    "heavy.vasp": (poscar(element="Og").encode(), "none of the elements up to Lr"),
    "same.vasp": (poscar(count=2, rest=ZEROS).encode(), "0.00 Å"),
    "binary.sdf": (bytes(range(256)) * 100, ""),
    "angles.cif": (b"data_x\n_cell_length_a 5\n_cell_angle_alpha 180\n", "not none"),
}


@pytest.mark.parametrize("study", [ligand, crystal])
@pytest.mark.parametrize("name", FILES)
def test_files_that_hold_no_structure(tmp_path, monkeypatch, name, study):
    monkeypatch.chdir(tmp_path)
    content, words = FILES[name]
    (tmp_path / name).write_bytes(content)
    (tmp_path / "own.toml").write_text(study(name))
    answer = passivant("check", "own.toml")
    table = "ligands.L" if study is ligand else "crystals.X"
    check_refused(answer, f"own.toml: {table}.file: ", name, words)
    assert {path.name for path in tmp_path.iterdir()} == {name, "own.toml"}


@pytest.mark.parametrize("study", [ligand, crystal])
def test_what_is_no_structure_file(tmp_path, study):
    os.mkfifo(tmp_path / "pipe.xyz")
    os.mkfifo(tmp_path / "pipe.mol")
    (tmp_path / "folder.cif").mkdir()
    (tmp_path / "a.xyz").symlink_to("b.xyz")
    (tmp_path / "b.xyz").symlink_to("a.xyz")
    (tmp_path / "device.xyz").symlink_to("/dev/zero")
    names = ("pipe.xyz", "pipe.mol", "folder.cif", "a.xyz", "device.xyz", "/dev/zero", "", "..")
    for name in (*names, "~/x.xyz", f"$({TOUCH}).xyz", "https://example.org/x.cif", "x.xyz@0"):
        (tmp_path / "study.toml").write_text(study(name))
        check_refused(passivant("check", tmp_path), ".file: ", "is not a file")
    (tmp_path / "study.toml").write_text(study("x" * 300 + ".xyz"))
    check_refused(passivant("check", tmp_path), "File name too long")
    assert not list(tmp_path.rglob(MARK))


def test_structure_files_may_lie_anywhere_and_are_only_read(tmp_path):
    write(tmp_path / "bulk.cif", perovskite("CsSnI3"))
    write(tmp_path / "amine.xyz", molecule("NH3"))
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "linked.cif").symlink_to(tmp_path / "bulk.cif")
    for study in (
        crystal("../bulk.cif"),
        crystal(tmp_path / "bulk.cif"),
        crystal("linked.cif"),
        ligand("../amine.xyz"),
    ):
        (folder / "study.toml").write_text(study)
        assert passivant("check", folder).status == 0
    assert {path.name for path in tmp_path.iterdir()} == {"bulk.cif", "amine.xyz", "study"}


def refused_or_made(make, keys, words=""):
    """What is made, or None if it is refused with one of these keys."""
    try:
        return make()
    except InputError as error:
        refused = error
    assert refused.key in keys
    assert words in refused.message
    return None


@settings(CASES, max_examples=100)
@given(
    ending=st.sampled_from([".cif", ".vasp", ".xyz", ".xsf", ".pdb", ".gen", ".mol", ".sdf"]),
    place=st.floats(0, 1),
    change=st.one_of(st.just(b""), st.binary(min_size=1, max_size=4), st.just(b"nan")),
    cut=st.booleans(),
)
def test_damaged_structure_files_are_read_or_refused(tmp_path_factory, ending, place, change, cut):
    folder = tmp_path_factory.mktemp("damaged")
    file = folder / f"x{ending}"
    if ending in (".mol", ".sdf"):
        Chem.MolToMolFile(make_ligand("MA").graph, str(file))
    else:
        kinds = {".vasp": "vasp", ".pdb": "proteindatabank"}
        write(file, bulk("CsI", "cesiumchloride", a=4.6), format=kinds.get(ending))
    data = file.read_bytes()
    where = int(place * len(data))
    file.write_bytes(data[:where] + change + (b"" if cut else data[where + len(change) :]))
    for read in (read_crystal, read_molecule):
        refused_or_made(lambda read=read: read(file), ("file", "charge"), file.name)


# ---------------------------------------------------------------- SMILES

SMILES = [
    ("", "is not a SMILES"),
    (f"$({TOUCH})", "is not a SMILES"),
    ("C" * 1000, "3002 atoms; at most 500"),
    ("C" * 2999, "8999 atoms; at most 500"),
    ("CN" * 400, "at most 500"),
    ("C" * 3001, "at most 3000 characters"),
    ("[Na+].[Cl-]", "more than one molecule"),
    ("C.C.C", "more than one molecule"),
    ("[NH4+]", "has the charge +1; balance may be"),
    ("[C+99]", "has the charge +99; balance may be"),
    ("*", "an atom without an element"),
    ("[Og]", "an atom beyond Lr"),
    ("[2H]N([2H])C", "names an isotope"),
    ("CC>>CC", "is not a SMILES"),
    ("C(" * 900, "is not a SMILES"),
    ("C1" * 300, "is not a SMILES"),
    ("[$(C)]", "is not a SMILES"),
    ("C |$_AP1$|", "is not a SMILES"),
    ("C C", "is not a SMILES"),
    ("[nH]1cccc1~C", "leaves the order of a bond open"),
]


@pytest.mark.parametrize(("smiles", "words"), SMILES)
def test_smiles_that_are_no_ligand(tmp_path, smiles, words):
    text = ligand("x").replace('file = "x"', f"smiles = {toml(smiles)}")
    (tmp_path / "study.toml").write_text(text)
    check_refused(passivant("check", tmp_path), "ligands.L.", words)


@settings(CASES, max_examples=100)
@given(
    smiles=st.text("CNOH[]()=#+-1%.@/\\:*cno2", max_size=12),
    smarts=st.one_of(st.just("[*]"), st.text("[]*CN$()!;~:1#6,&", max_size=8)),
)
def test_random_smiles_are_built_or_refused(smiles, smarts):
    made = refused_or_made(
        lambda: make_ligand(smiles=smiles, anchor_smarts=smarts), ("smiles", "anchor_smarts")
    )
    assert made is None or np.isfinite(made.atoms.positions).all()


# ---------------------------------------------------------------- profiles of clusters

PROFILES = [
    (f"!!python/object/apply:os.system ['{TOUCH}']", "cannot be read: could not determine"),
    ("config: !!python/name:os.system", "cannot be read: could not determine"),
    (f"__use_yte__: true\nconfig:\n  ?__import__('os').system('{TOUCH}'): 1", "__use_yte__"),
    ("config: 5", "config must be a list"),
    ("config: {ranks: 4}", "config must be a list"),
    ("config: [4]", "config must be a list"),
    ("config: [ranks=0]", "ranks = '0' must be a whole number above zero"),
    ("config: [ranks=-1]", "ranks = '-1' must be a whole number above zero"),
    (f"config: ['ranks=$({TOUCH})']", "must be a whole number above zero"),
    ("a: &a [x]\nb: &b [*a, *a]\nconfig: *b", "config must be a list"),
    ("[" * 5000, "cannot be read"),
    ("- a", "holds no settings by name"),
    ("x: " + "y" * 200_000, "larger than 100000 bytes"),
    (b"\xff\xfe", "cannot be read"),
]


@pytest.mark.parametrize(("text", "words"), PROFILES)
@pytest.mark.parametrize("command", ["run", "submit"])
def test_profiles_that_are_none(tmp_path, monkeypatch, command, text, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.toml").write_text(MOLECULES)
    (tmp_path / "profile").mkdir()
    file = tmp_path / "profile" / "config.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    check_refused(passivant(command, "study.toml", "--profile", "profile"), "config.yaml", words)
    assert {path.name for path in tmp_path.iterdir()} == {"study.toml", "profile"}


@pytest.mark.parametrize("special", ["$(x)", "`x`", "\\", '"', "%j"])
def test_folders_whose_names_a_job_script_would_change(tmp_path, special):
    (tmp_path / "study.toml").write_text(MOLECULES)
    for folder in ("profile", f"profile {special}"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "config.yaml").write_text("jobs: 1\n")
    for profile, results in (("profile", f"results {special}"), (f"profile {special}", "results")):
        options = ("--profile", tmp_path / profile, "--results", tmp_path / results)
        words = "in the name of a folder does not go with jobs on a cluster"
        check_refused(passivant("run", tmp_path / "study.toml", *options), words)
        check_refused(passivant("submit", tmp_path / "study.toml", *options), words)
    assert len(list(tmp_path.iterdir())) == 3


def test_profile_that_is_a_pipe(tmp_path):
    (tmp_path / "study.toml").write_text(MOLECULES)
    os.mkfifo(tmp_path / "config.yaml")
    check_refused(passivant("run", tmp_path, "--profile", tmp_path), "has no config.yaml")


# ---------------------------------------------------------------- rubbish in a results folder

RUBBISH = [
    b"", b"\0" * 50, b"\xff\xfe", b"[" * 100_000, b"[]", b"5", b"null", b'"x"', b"{}",
    b'{"schema": 1}', b'{"pid": -1, "host": 5}', b'{"pid": Infinity, "host": ""}', b"[Infinity]",
    b'{"step": null}', b'{"step": [], "fmax_eV_per_A": {}}', b'{"step": 1, "fmax_eV_per_A": "x"}',
    b'{"reason": "\\u001b[31m[/red]\\n", "unconverged": [], "max_steps": 1}',
    b'{"reason": 1, "unconverged": 0, "max_steps": Infinity}',
]  # fmt: skip
RECORDS = (
    "result.json", "failure.json", "progress.json", "attempts.json", "task.json", "driver.json",
    "plan.json", "rules.json", "structures.npz", "study.toml", "convergence.json",
)  # fmt: skip


@pytest.mark.parametrize("name", RECORDS)
def test_rubbish_in_the_files_of_a_study(tmp_path, monkeypatch, name):
    monkeypatch.setenv("PATH", str(tmp_path))  # no SLURM, whatever this machine has
    file, results = tmp_path / "study.toml", tmp_path / "results"
    file.write_text(MOLECULES)
    plan = make_plan(file)
    task, *_ = prepare(plan, results)
    folders = [study_folder(plan, results), results / "tasks" / task.folder]
    folders.append(results / "convergence")
    folders[-1].mkdir()
    for number, rubbish in enumerate(RUBBISH):
        for folder in folders:
            (folder / name).write_bytes(rubbish)
        for command in ("status", ("table", "trace", "cancel", "report")[number % 4]):
            answer = passivant(command, file)
            assert answer.status in (0, 1), (command, rubbish, answer)
            assert shown(answer.out + answer.err)
        assert len(prepare(make_plan(file, results), results, retry_failed=True)) == 3
        json.loads((folders[1] / "task.json").read_text())
    assert not list(tmp_path.rglob(MARK))


def test_no_signal_goes_to_a_process_that_rubbish_names(tmp_path):
    for rubbish in (*RUBBISH, b'{"pid": 0, "host": "x"}', b'{"pid": 1, "host": "x"}'):
        (tmp_path / "driver.json").write_bytes(rubbish)
        assert driver(tmp_path) is None


@pytest.mark.parametrize("name", ["42", "nan", "True", "$x^$", "_x|y"])
def test_exports_of_a_level_with_a_strange_name(tmp_path, name):
    (tmp_path / "study.toml").write_text(
        LEVEL.replace('name = "test"', f"name = {toml(name)}")
        .replace('"test study"', toml(name))
        .format(ecut=300.0, fmax=0.1, max_steps=40, dispersion="none", vacuum=3.5)
        + STUDY
    )
    plan = make_plan(tmp_path / "study.toml")
    pretend(plan, tmp_path / "results", ENERGIES)
    answer = passivant("export", tmp_path, tmp_path / "out")
    assert answer.status == 0, answer
    with connect(tmp_path / "out" / "energies.db") as database:
        levels = {row.level for row in database.select()}
    assert levels == {repr(name) if name in ("42", "nan", "True") else name}
    assert "_x|y" not in (tmp_path / "out" / "tables.md").read_text()
