"""Hostile study files, names and options: a plan, or one sentence and nothing else.

Values of keys: test_hostile_values.py; structure files, SMILES, profiles: test_hostile_files.py.
"""

import os
import re
import tempfile
import typing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slabs.text import hidden_character, one_line
from tests.hostile import (
    CASES,
    HIDDEN,
    MARK,
    MOLECULES,
    SLAB,
    TEXTS,
    TOUCH,
    WORDS,
    check_refused,
    contents,
    passivant,
    shown,
    toml,
)
from workflows.study.errors import StudyError
from workflows.study.file import MAX_STUDY_BYTES, parse_study
from workflows.study.model import Name

# ---------------------------------------------------------------- texts

#: A key that takes any text, as in the study of molecules, and the table it is in.
FREE_TEXTS = {
    "title": '"test study"',
    "level.caveat": '"only for tests"',
    "level.name": '"test"',
    "reactions.0.name": '"formation of HCl"',
    "reactions.0.published_source": '"NIST-JANAF enthalpy of formation of HCl"',
}


@pytest.mark.parametrize("key", FREE_TEXTS)
@settings(CASES, max_examples=25)
@given(text=TEXTS)
def test_texts_are_shown_as_they_are_or_refused(tmp_path_factory, key, text):
    folder = tmp_path_factory.mktemp("text")
    file = folder / "study.toml"
    file.write_text(MOLECULES.replace(FREE_TEXTS[key], toml(text), 1), encoding="utf-8")
    before = contents(folder)
    for command in ("check", "trace", "table"):
        answer = passivant(command, file)
        assert shown(answer.out)
        assert shown(answer.err)
        if answer.status == 2:
            check_refused(answer, str(file), key)
            assert hidden_character(text) or len(text) in (0, *range(41, 2000))
            continue
        assert not hidden_character(text)
        assert answer.status == (1 if command == "table" else 0)
        here = {"check": "title", "trace": "reactions.0.name", "table": "reactions.0.name"}
        if here.get(command) == key and len(text) < 30:
            assert " ".join(text.split()) in " ".join(answer.out.split())
    assert contents(folder) == before


@settings(CASES, max_examples=60)
@given(table=st.sampled_from(["ligands", "molecules", "vacancies", "crystals"]), name=TEXTS)
def test_names_are_letters_digits_and_signs(table, name):
    tables = {"smiles": "N", "element": "I", "material": "CsPbI3"}
    own = {"ligands": "smiles", "molecules": "smiles", "vacancies": "element"}
    key = own.get(table, "material")
    more = {"anchor_smarts": "[NX3]"} if table == "ligands" else {}
    extra = f"[{table}.{toml(name)}]\n{key} = {toml(tables[key])}\n"
    extra += "".join(f"{k} = {toml(v)}\n" for k, v in more.items())
    pattern = typing.get_args(Name)[1].metadata[0].pattern
    if re.search(pattern, name):
        assert name in getattr(parse_study(MOLECULES + extra), table)
        return
    with pytest.raises(StudyError, match=rf"^study\.toml: {table}.* is not a (name|key)") as caught:
        parse_study(MOLECULES + extra, "study.toml")
    assert shown(str(caught.value))


@pytest.mark.parametrize("text", [*HIDDEN, "a\x1b[2Jb", "two\nlines"])
def test_one_line_shows_what_it_hides(text):
    assert shown(one_line(text))
    assert "\n" not in one_line(text)
    assert hidden_character(text).startswith("U+")


# ---------------------------------------------------------------- names of files and folders

NAMES = st.lists(
    st.one_of(st.sampled_from([*WORDS, *HIDDEN]), st.text("ab'\"$ `", max_size=4)),
    min_size=1,
    max_size=4,
).map(lambda parts: "".join(parts).replace("/", "").replace("\0", "")[:60])


@settings(CASES, max_examples=40)
@given(folder=NAMES, stem=NAMES)
def test_studies_in_folders_of_any_name(folder, stem):
    if folder.strip(".") == "":
        folder += "x"
    with tempfile.TemporaryDirectory() as root:
        home = Path(root) / folder
        home.mkdir()
        file = home / f"{stem}.toml"
        file.write_text(MOLECULES)
        before = contents(Path(root))
        for command in ("check", "plan", "status"):
            for given_as in (file, home):
                answer = passivant(command, given_as)
                if hidden_character(f"{folder}{stem}"):
                    check_refused(answer, "contains the character U+")
                elif stem.startswith(".") and given_as == home:  # hidden files match *.toml too
                    assert answer.status in (0, 2)
                else:
                    assert answer.status == 0, answer
                assert shown(answer.out)
                assert shown(answer.err)
        assert contents(Path(root)) == before
        assert not Path(MARK).exists()


def test_real_run_in_a_folder_with_a_shell_command_in_its_name(tmp_path, monkeypatch):
    home = tmp_path / f'it\'s a "folder" $({TOUCH}) `{TOUCH}` [red] {{x}} %s; {TOUCH} &'
    home.mkdir()
    file = home / f"st'udy $({TOUCH}).toml"
    file.write_text(MOLECULES)
    monkeypatch.chdir(tmp_path)
    # A profile of another workflow, where Snakemake looks for one of its own.
    (tmp_path / "profiles" / "default").mkdir(parents=True)
    (tmp_path / "profiles" / "default" / "config.yaml").write_text("no-such-option: true\n")
    answer = passivant("run", file, "--cores", 2)
    assert answer.status == 0, answer
    assert f"report: {home}/results/report-" in answer.out
    assert not list(tmp_path.rglob(MARK))
    assert {path.name for path in tmp_path.iterdir()} == {home.name, "profiles"}
    assert {path.name for path in home.iterdir()} == {file.name, "results"}


# ---------------------------------------------------------------- documents and files

DEEP = 100_000
DOCUMENTS = {
    "arrays": ("title = " + "[\n" * DEEP, "nested too deeply"),
    "closed arrays": ("title = " + "[\n" * DEEP + "]\n" * DEEP, "nested too deeply"),
    "one line": ("title = " + "[" * DEEP, "line 1 has 100008 characters; at most 4000"),
    "dotted key": ("title" + ".a" * DEEP + " = 1", "line 1 has 200009 characters"),
    "tables": ("[" + ".".join("a" * 1900) + "]", "deeper than 12"),
    "many tables": ("".join(f"[t{n}{'.a' * 400}]\n" for n in range(500)), "deeper than 12"),
    "inline tables": ("title = " + "{a = " * 300 + "1" + "}" * 300, "deeper than 12"),
    "long integer": ("title = " + "9" * 3990, "title is an integer of more"),
    "hexadecimal": (f"title = 0x{'f' * 3000}", "title is an integer of more than 64 bits"),
    "not UTF-8": (b"title = '\xe9'", "cannot be read"),
    "UTF-16": (MOLECULES.encode("utf-16"), "cannot be read"),
    "NUL": (MOLECULES.encode() + b"\0", "not a TOML document"),
    "twice": ('title = "a"\n' + MOLECULES, "not a TOML document: Cannot overwrite"),
    "two tables": (MOLECULES + "[level]\n", "not a TOML document: Cannot declare"),
    "empty": ("", "title is missing"),
    "comment": ("#" * 5000, "line 1 has 5000 characters"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_that_are_no_study(tmp_path, name):
    text, words = DOCUMENTS[name]
    file = tmp_path / "study.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    check_refused(passivant("check", file), str(file), words)


def test_byte_order_mark_is_skipped(tmp_path):
    (tmp_path / "study.toml").write_bytes(b"\xef\xbb\xbf" + MOLECULES.encode())
    assert passivant("check", tmp_path).status == 0


def test_large_files_are_not_read(tmp_path):
    with (tmp_path / "study.toml").open("wb") as file:
        file.truncate(100_000_000)
    check_refused(passivant("check", tmp_path), f"larger than {MAX_STUDY_BYTES} bytes")


def test_what_is_no_file(tmp_path):
    def link(name, target):
        (tmp_path / name).symlink_to(target)
        return tmp_path / name

    (tmp_path / "inside.toml").mkdir()
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "holds a pipe").mkdir()
    os.mkfifo(tmp_path / "holds a pipe" / "study.toml")
    loop = link("loop.toml", "pool.toml")
    link("pool.toml", "loop.toml")
    for path, words in (
        (tmp_path / "pipe.toml", "is not a file"),
        (tmp_path / "holds a pipe", "is not a file"),
        (tmp_path / "inside.toml", "holds 0 TOML files"),
        (Path("/dev/zero"), "is not a file"),
        (link("device.toml", "/dev/zero"), "is not a file"),
        (link("dangling.toml", "nowhere.toml"), "there is no such file"),
        (loop, "there is no such file"),
        (tmp_path / "a" / ".." / ".." / "nothing.toml", "there is no such file"),
    ):
        check_refused(passivant("check", path), str(path), words)


def test_file_that_must_not_be_read(tmp_path, monkeypatch):
    file = tmp_path / "study.toml"
    file.write_text(MOLECULES)

    def denied(self, *_, **__):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", denied)
    check_refused(passivant("check", file), f"{file}: cannot be read: Permission denied")


# ---------------------------------------------------------------- options

OPTIONS = [
    (("run", "STUDY", "--cores", "-1"), "--cores"),
    (("run", "STUDY", "--cores", "nan"), "--cores"),
    (("run", "STUDY", "--results", "STUDY"), "is a file; give a folder"),
    (("run", "STUDY", "--results", "STUDY/x"), "Not a directory"),
    (("run", "STUDY", "--results", "loop"), "is a loop of links"),
    (("status", "STUDY", "--results", "loop"), "is a loop of links"),
    (("status", "STUDY", "--results", "a\x1b[31m"), r"a\x1b[31m' contains the character U+001B"),
    (("status", "STUDY", "--results", "a\nb"), "contains the character U+000A"),
    (("status", "STUDY", "--results", "a\0"), "contains the character U+0000"),
    (("status", "STUDY", "--results", "a\udcff"), r"a\udcff' contains the character U+DCFF"),
    (("status", "STUDY", "--results", "a" * 300), "File name too long"),
    (("check", "x" * 5000), "File name too long"),
    (("check", "[red]x[/blue]"), "[red]x[/blue]: there is no such file"),
    (("check", "\N{RIGHT-TO-LEFT OVERRIDE}x"), "U+202E"),
    (("table", "STUDY", "--format", "[/x]"), "--format '[/x]' is not allowed"),
    (("table", "STUDY", "--part", "$(x)"), "--part '$(x)' is not allowed"),
    (("trace", "STUDY", ":smile:[/x]"), "there is no reaction ':smile:[/x]'"),
    (("build", "STUDY", "../HCl"), "'../HCl' starts with ''"),
    (("build", "STUDY", f"$({TOUCH})"), f"'$({TOUCH})' starts with"),
    (("build", "STUDY", "slab" + ".V" * 2000), "which is not defined"),
    (("build", "STUDY", ""), "which is not defined"),
    (("build", "STUDY", "HCl", "-o", "STUDY"), "cannot be written"),
    (("plot", "STUDY", "../x"), "KIND '../x' is not allowed"),
    (("plot", "STUDY", "--formats", "png,../x"), "--formats '../x' is not allowed"),
    (("plot", "STUDY", "dos", "--range", "nan", "1"), "--range nan 1 is not allowed"),
    (("plot", "STUDY", "dos", "--range", "2", "1"), "--range 2 1 is not allowed"),
    (("plot", "STUDY", "-o", "STUDY"), "is a file; give a folder"),
    (("init", "../smoke", "x"), "'../smoke' is not a shipped study"),
    (("init", "smoke", "STUDY"), "cannot be written"),
    (("export", "STUDY", "STUDY"), "is not empty"),
    (("export", "STUDY", "STUDY/x"), "Not a directory"),
    (("report", "STUDY", "-o", "STUDY/x"), "cannot be written"),
    (("converge", "STUDY", "-o", "STUDY"), "is a file; give a folder"),
    (("tolerance", "$(x)"), "'$(x)' is not a chemical formula"),
    (("tolerance", "CsPbI3", "--claimed", "nan"), "--claimed"),
    (("check", "STUDY", "--[red]"), "No such option: --[red]"),
    (("[red]",), "No such command '[red]'"),
]


@pytest.mark.parametrize(("arguments", "words"), OPTIONS)
def test_options_of_any_value(tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.toml").write_text(MOLECULES)
    (tmp_path / "loop").symlink_to("loop")
    before = contents(tmp_path)
    answer = passivant(*(argument.replace("STUDY", "study.toml") for argument in arguments))
    check_refused(answer, words)
    assert contents(tmp_path) == before


def test_species_of_too_many_parts(tmp_path):
    (tmp_path / "study.toml").write_text(SLAB)
    answer = passivant("build", tmp_path, "slab" + ".V_I" * 2000)
    check_refused(answer, "has 2000 ligands and vacancies; at most 100")
    assert [path.name for path in tmp_path.iterdir()] == ["study.toml"]
