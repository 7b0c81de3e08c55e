"""The documentation agrees with the code: keys, commands, options, names, outputs and links."""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer

import analysis
import slabs
import workflows
from docs.tools import outputs, site, validation
from docs.tools.commands import commands_page
from docs.tools.names import names_page
from docs.tools.study_keys import study_page, unit
from docs.tools.workflow_figure import FILE, drawing
from workflows.cli.main import app
from workflows.study.file import load_study
from workflows.study.model import Study

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
SCHEMA = Study.model_json_schema()
COMMANDS = typer.main.get_command(app).commands
BY_NAME = {"ids": lambda file: str(file.relative_to(ROOT))}


def code_blocks(file, language):
    """All blocks of code of a page in one language."""
    text = file.read_text(encoding="utf-8")
    return re.findall(rf"```{language}[^\n]*\n(.*?)```", text, re.DOTALL)


def test_reference_has_every_key_of_the_study_file():
    page = study_page()
    unmarked = page.replace("`{", "{")
    for name, definition in SCHEMA["$defs"].items():
        for key, schema in definition["properties"].items():
            (first, *_) = re.findall(rf"\| `{key}` \|.*", page)
            assert schema["description"].split("<")[0].split("|")[0][:40] in unmarked, (
                name,
                key,
                first,
            )
    for key in SCHEMA["properties"]:
        assert re.search(rf"`(\[{{1,2}})?{key}[`.\]]", page), key
    assert "| `ecut_eV` | number 150 to 2000 | eV | of the `base` | plane-wave cutoff |" in page
    assert '| `near` | one of `"nearest"`, `"farthest"` |  | `"nearest"` |' in page
    assert """such as `{I = "I2"}` |""" in page  # without the marks an attribute of the cell
    assert (unit("fmax_eV_per_A"), unit("vacuum_A"), unit("charge")) == ("eV/A", "A", "")


def test_reference_has_every_command_and_option():
    page = commands_page()
    for name, command in COMMANDS.items():
        section = page.split(f"## passivant {name}\n")[1].split("\n## ")[0]
        for parameter in command.params:
            assert parameter.opts[0].rstrip("_") in section.lower(), (name, parameter.opts)


def test_reference_has_every_public_name():
    page = names_page()
    for package in (slabs, analysis, workflows):
        for name in package.__all__:
            assert re.search(rf"^::: [\w.]+\.{name}$", page, re.MULTILINE), name


@pytest.mark.parametrize("file", PAGES, **BY_NAME)
def test_commands_and_options_of_pages_exist(file):
    for block in code_blocks(file, "bash"):
        for line in block.replace("\\\n", " ").splitlines():
            program, *rest = shlex.split(line, comments=True) or [""]
            if program == "passivant":
                command = COMMANDS[rest[0]]
                known = {option for each in command.params for option in each.opts}
                given = {word.split("=")[0] for word in rest if word.startswith("-")}
                assert {word for word in given if not word[1:].isdigit()} <= known, line


def check_keys(table, definition, where):
    """Every key of a part of a study file is one of the schema."""
    for key, value in table.items():
        assert key in definition["properties"], f"{where}: {key}"
        models = re.findall(r"#/\$defs/(\w+)", str(definition["properties"][key]))
        if not models:
            continue
        inner = SCHEMA["$defs"][models["potential" in value and len(models) > 1]]
        named = "patternProperties" in definition["properties"][key]
        below = value if isinstance(value, list) else list(value.values()) if named else [value]
        for each in below:
            if named and isinstance(each, str):  # the list of [ligands]
                assert "list" in value
                continue
            check_keys(each, inner, f"{where}: {key}")


@pytest.mark.parametrize("file", PAGES, **BY_NAME)
def test_parts_of_study_files_in_pages_have_known_keys(file, tmp_path):
    for block in code_blocks(file, "toml"):
        check_keys(tomllib.loads(block), SCHEMA, file.name)
        if block.startswith("title"):
            (tmp_path / "study.toml").write_text(block, encoding="utf-8")
            assert load_study(tmp_path / "study.toml")[0].reactions


@pytest.mark.parametrize("file", PAGES, **BY_NAME)
def test_outputs_of_commands_are_current(file):
    """Those that need results are written by `make docs-output` and are only looked for here."""
    page = file.read_text(encoding="utf-8")
    assert outputs.renewed(page, None) == page, "make docs-output writes it anew"
    for block in outputs.blocks(page):
        assert block.text.strip(), block.command
        assert shlex.split(block.command)[1] in COMMANDS


@pytest.mark.parametrize("file", PAGES, **BY_NAME)
def test_tables_of_kept_values_are_current(file):
    page = file.read_text(encoding="utf-8")
    assert validation.renewed(page) == page, "python -m docs.tools.validation writes it anew"


def test_tests_keep_values_only_where_they_are_asked_to(tmp_path, monkeypatch):
    monkeypatch.delenv(validation.VARIABLE, raising=False)
    validation.keep("atoms", "splitting", 1.0, "none")
    validation.keep_outcomes("faults", [("test_kill", True)])
    monkeypatch.setenv(validation.VARIABLE, str(tmp_path))
    for value_eV in (1.5, 1.3456):
        validation.keep("atoms", "splitting", value_eV, "1.46 eV")
    (file,) = tmp_path.iterdir()
    rows = json.loads(file.read_text(encoding="utf-8"))
    words = "| splitting | 1.35 eV | 1.46 eV | `tests/test_docs.py`, GPAW "
    assert words in validation.table(rows)


def test_outcomes_are_counted(tmp_path, monkeypatch):
    monkeypatch.setenv(validation.VARIABLE, str(tmp_path))
    outcomes = [("test_full_disk", True), ("test_random_kill", True), ("test_random_kill", False)]
    validation.keep_outcomes("faults", outcomes)
    rows = json.loads((tmp_path / "faults.json").read_text(encoding="utf-8"))
    lines = validation.table(rows).splitlines()
    assert any(line.startswith("| full disk | 1 of 1 |") for line in lines)
    assert any(line.startswith("| random kill | 1 of 2 |") for line in lines)


def test_changed_output_is_noticed():
    page = "<!-- output of: passivant tolerance CsPbI3; first 1 lines -->\n```text\nold\n```\n"
    new = outputs.renewed(page, None)
    assert "old" not in new
    assert new.count("\n") == page.count("\n") + 1  # one line, and the dots
    assert outputs.renewed(new, None) == new


@pytest.mark.parametrize("file", [f for f in PAGES if f.parent == ROOT], **BY_NAME)
def test_links_of_the_readme_lead_somewhere(file):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", file.read_text(encoding="utf-8")):
        assert (ROOT / target).is_file(), target


def test_readme_is_short_and_names_the_tests():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "\n    make test " in text
    assert text.count("\n") < 160


def test_navigation_has_the_pages_that_are_there():
    nav = ["a.md", {"How-to guides": ["b.md", "absent.md"]}, {"Gone": ["x.md"]}, {"One": "c.md"}]
    pages = {"a.md", "b.md", "c.md", "new.md"}
    assert site.navigation(nav, pages) == [
        "a.md", {"How-to guides": ["b.md", "new.md"]}, {"One": "c.md"},
    ]  # fmt: skip


def test_figure_is_the_one_that_the_program_draws():
    assert FILE.read_text(encoding="utf-8") == drawing()


def test_site_is_built_without_warnings_and_fetches_nothing(tmp_path):
    pytest.importorskip("mkdocs", reason="no MkDocs: make env")
    answer = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert answer.returncode == 0, answer.stdout + answer.stderr
    pages = list(tmp_path.rglob("*.html"))
    assert len(pages) > 20
    elsewhere = r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"?(?:https?:)?//\S+"
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert re.findall(elsewhere, text) == [], page
    assert "build_slab" in (tmp_path / "reference" / "python.html").read_text(encoding="utf-8")
