"""The reference of the command line, written from the commands themselves."""

from __future__ import annotations

import re
from typing import Any

HEAD = """# Commands

Every command takes `--help`. `STUDY` is a study file, the folder that holds it, or the name of a
study that comes with the package (`smoke`, `tour`, `campaign`, `paper`). Results are in
`results` beside the study file unless `--results` names another folder.

Exit status: 0 done; 1 a calculation failed or is missing; 2 bad input, with one sentence that says
what is wrong; 130 stopped by Ctrl-C.

"""


def sentence(text: str) -> str:
    """A help text as Markdown: one paragraph per paragraph, double backticks as single ones."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    joined = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    return joined.replace("``", "`")


def parameter(each: Any) -> str:
    """One row of the table of a command."""
    argument = type(each).__name__ == "TyperArgument"
    name = each.metavar or each.name.upper() if argument else ", ".join(each.opts)
    value = each.default
    shown = "must be given" if each.required else ""
    if value is not None and not isinstance(value, bool):
        shown = f"`{value}`"
    text = sentence(each.help or "").replace("|", "\\|")
    return f"| `{name}` | {shown} | {text} |"


def commands_page() -> str:
    """The whole page in Markdown."""
    import typer

    from workflows.cli.main import app

    lines = [HEAD]
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        lines += [f"## passivant {name}", "", sentence(command.help or ""), ""]
        if command.params:
            lines += ["| argument or option | default | meaning |", "|---|---|---|"]
            lines += [*map(parameter, command.params), ""]
    return "\n".join(lines)
