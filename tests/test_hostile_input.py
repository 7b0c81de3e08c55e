"""Hostile study files, names and options: a plan, or one sentence and nothing else.

Structure files, SMILES and profiles: test_hostile_files.py.
"""

import copy
import os
import re
import tempfile
import typing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from slabs.text import hidden_character, one_line
from tests.hostile import (
    CASES,
    HIDDEN,
    MARK,
    MOLECULES,
    SLAB,
    TEXTS,
    TOUCH,
    VALUES,
    WORDS,
    check_refused,
    contents,
    document,
    passivant,
    shipped,
    shown,
    toml,
)
from workflows.study import MAX_STUDY_BYTES, SHIPPED, Study, StudyError, parse_study
from workflows.study_model import Name

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


# ---------------------------------------------------------------- values of every key

FULL = shipped("tour")
FULL["level"] = {"base": "draft"}
FULL["single_point"] = {"base": "production"}
FULL["placement"] = {"azimuth_step_deg": 20.0}
FULL["surfaces"]["mixed"] = {
    **{k: v for k, v in FULL["surfaces"]["slab"].items() if k != "crystal"},
    "material": "CsPbI2Br",
    "mixing": {"cell": [1, 1, 1], "arrangement": 0},
}
FULL["density_differences"] = [{"species": "slab.OAm"}]
FULL["converge"] = {"ecut_eV": [300.0, 400.0], "reactions": ["V_I"]}


def table_of(annotation):
    """The table of a study that an annotation of the model stands for, if it is one."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(table_of, typing.get_args(annotation))), None)


def places(model, data, where=()):
    """Every table of a study with its place."""
    yield model, where
    for name, field in model.model_fields.items():
        inner, value = table_of(field.annotation), data.get(name)
        if inner is None or value is None:
            continue
        if inner in map(table_of, typing.get_args(field.annotation)) and isinstance(value, list):
            several = enumerate(value)
        else:
            several = value.items() if "dict" in str(field.annotation) else [(None, value)]
        for key, each in several:
            yield from places(inner, each, (*where, name, *([] if key is None else [key])))


PLACES = dict(reversed(list(places(Study, FULL))))
KEYS = {key for model in PLACES for key in model.model_fields}


def tables_below(model):
    """All tables that may occur in a table."""
    inner = {table_of(field.annotation) for field in model.model_fields.values()} - {None}
    return inner.union(*map(tables_below, inner))


def refusal(tables):
    """Why a study is refused, in one sentence that names a key; empty if it is valid."""
    try:
        parse_study(document(tables), "study.toml")
    except StudyError as error:
        found = str(error)
    else:
        return ""
    assert found.startswith("study.toml: ")
    assert shown(found)
    assert "\n" not in found
    assert len(found) < 3000
    assert "is not a key" in found or "'" in found or any(key in found for key in KEYS)
    return found


def test_every_table_of_a_study_is_tried():
    assert refusal(FULL) == ""
    assert tables_below(Study) | {Study} == set(PLACES)


@pytest.mark.parametrize("model", PLACES, ids=lambda model: model.__name__)
@settings(CASES, max_examples=50)
@given(data=st.data())
def test_any_value_of_any_key_is_valid_or_named(model, data):
    key = data.draw(st.sampled_from(sorted(model.model_fields)))
    value = data.draw(VALUES)
    tables = copy.deepcopy(FULL)
    table = tables
    for step in PLACES[model]:
        table = table[step]
    table[key] = value
    refusal(tables)


@settings(CASES, max_examples=100)
@given(name=st.sampled_from(SHIPPED), data=st.data())
def test_keys_that_are_deleted_repeated_or_added(name, data):
    tables = shipped(name)
    table = tables
    while True:
        inner = [key for key, value in table.items() if isinstance(value, dict | list) and value]
        if not inner or data.draw(st.booleans()):
            break
        found = table[data.draw(st.sampled_from(sorted(inner)))]
        found = data.draw(st.sampled_from(found)) if isinstance(found, list) else found
        if not isinstance(found, dict):
            break
        table = found
    what = data.draw(st.sampled_from(["delete", "add", "repeat", "replace"]))
    key = data.draw(st.sampled_from(sorted(table)))
    if what == "delete":
        del table[key]
    elif what == "add":
        table[data.draw(st.one_of(TEXTS, st.sampled_from(sorted(KEYS))))] = data.draw(VALUES)
    elif what == "repeat" and isinstance(table[key], list):
        table[key] = [*table[key], *table[key]]
    else:
        table[key] = data.draw(VALUES)
    refusal(tables)


@settings(CASES, max_examples=30)
@given(
    old=st.sampled_from(
        ['"CsPbI3"', '"PbI2"', "[1, 1]", "layers = 1", "6.0\n\n", '"N"', '"[NX3]"', '"metal-top"',
         '"slab.NH3"', '"I"']
    ),
    new=st.one_of(
        VALUES,
        st.sampled_from(["slab", "NH3", "V_I", "slab.V_I", "slab.V_I.V_I", "slab.NH3.NH3", "Cs"]),
        st.sampled_from([1, 2, 3, 5, [2, 1], [0, 0], "sqrt2xsqrt2", "Br", "C", "[H]", "O=C=O"]),
    ),
)  # fmt: skip
def test_structures_of_any_kind_are_planned_or_refused(tmp_path_factory, old, new):
    key = f"{old.partition('=')[0]}= " if "=" in old else ""
    folder = tmp_path_factory.mktemp("plan")
    (folder / "study.toml").write_text(SLAB.replace(old, key + toml(new) + "\n", 1), "utf-8")
    before = contents(folder)
    answer = passivant("check", folder)
    assert contents(folder) == before
    if answer.status:
        check_refused(answer, str(folder / "study.toml"))


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
