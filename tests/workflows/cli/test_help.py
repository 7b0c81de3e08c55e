"""Help pages, version and completion: every word of a help text is shown."""

import os
import re
import shlex
import subprocess
from importlib.metadata import version

import pytest
import typer
from typer.testing import CliRunner

from tests.workflows.cli.test_main import PASSIVANT, passivant
from workflows.cli.help_pages import EXAMPLES, paragraphs
from workflows.cli.main import GROUPS, app
from workflows.recipes.registry import NAMES

COMMANDS = {each.__name__: each for group in GROUPS.values() for each in group}


def page(*command):
    """Help in lines long enough for any text, without frames."""
    wide = {"TERMINAL_WIDTH": "2000", "NO_COLOR": "1"}
    answer = CliRunner().invoke(app, [*command, "--help"], env=wide)
    assert answer.exit_code == 0
    return re.sub(r"\s+", " ", re.sub("[│─╭╮╰╯]", " ", answer.output))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_word_of_a_help_text_is_shown(name):
    shown, overview = page(name), page()
    texts = paragraphs(COMMANDS[name])
    for text in texts:
        assert text in shown
    assert texts[0] in overview
    command = typer.main.get_command(app).commands[name]
    helps = [parameter.help for parameter in command.params]
    assert all(helps)
    for text in helps:
        assert text.replace("\\[", "[") in shown
    for example in EXAMPLES[name]:
        assert example in shown


def test_brackets_are_text():
    assert "in [level] stands for" in page("levels")
    assert "the values of [converge] and print" in page("converge")
    assert "plain_gpaw = true in [level]." in page("run")


@pytest.mark.parametrize("line", [line for lines in EXAMPLES.values() for line in lines])
def test_examples_have_options_that_exist(line):
    words = shlex.split(line.split(">")[0])[1:]
    command = typer.main.get_command(app).commands[words[0]]
    given = command.make_context(words[0], words[1:]).params
    assert str(given.get("study", "mystudy")) == "mystudy"


def test_version_is_that_of_the_package(tmp_path):
    answer = passivant("--version", cwd=tmp_path)
    assert (answer.returncode, answer.stdout) == (0, f"passivant {version('passivant')}\n")


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("passivant ta", {"table"}),
        ("passivant c", {"check", "cancel", "converge"}),
        ("passivant table smoke --part sp", {each for each in NAMES if each.startswith("sp")}),
        ("passivant table smoke --format l", {"latex"}),
        ("passivant plot smoke density", {"density_differences"}),
    ],
)
def test_shells_complete_commands_and_values(tmp_path, line, offered):
    asked = {
        "_PASSIVANT_COMPLETE": "complete_bash", "COMP_WORDS": line,
        "COMP_CWORD": str(line.count(" ")),
    }  # fmt: skip
    answer = subprocess.run(
        [PASSIVANT],
        env=os.environ | asked,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(answer.stdout.split()) == offered


def test_negative_energies_are_values_and_no_options():
    context = (
        typer.main.get_command(app)
        .commands["plot"]
        .make_context("plot", ["mystudy", "dos", "--range", "-5", "5", "--align", "vbm"])
    )
    assert context.params["shown_eV"] == (-5.0, 5.0)
