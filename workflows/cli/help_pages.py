"""What the help shows: texts without markup, groups of commands, examples."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

from rich.markup import escape

#: By command what its help shows it doing.
EXAMPLES = {
    "doctor": ("passivant doctor",),
    "init": ("passivant init smoke mystudy",),
    "levels": ("passivant levels",),
    "schema": ("passivant schema > study.schema.json",),
    "tolerance": ("passivant tolerance GAPbI3 Cs0.8GA0.2PbI3",),
    "check": ("passivant check mystudy --cores 16",),
    "build": ("passivant build mystudy", "passivant build mystudy slab.OAm.V_I -o structures"),
    "plan": ("passivant plan mystudy",),
    "run": (
        "passivant run mystudy",
        'passivant run mystudy --reaction "OAm adsorption"',
        "passivant run mystudy --profile cluster_scripts/slurm",
    ),
    "screen": (
        "passivant screen ligands.csv",
        "passivant screen ligands.csv --no-run",
    ),
    "submit": ("passivant submit mystudy --profile cluster_scripts/slurm",),
    "status": ("passivant status mystudy", "passivant status mystudy --all"),
    "cancel": ("passivant cancel mystudy",),
    "table": (
        "passivant table mystudy",
        "passivant table mystudy --part spins",
        "passivant table mystudy --part free_energies",
        "passivant table mystudy --part surface_phases",
        "passivant table mystudy --part barriers",
        "passivant table mystudy --format latex > tables.tex",
        "passivant table mystudy --part dos --format csv > dos.csv",
    ),
    "trace": ('passivant trace mystudy "OAm adsorption"',),
    "verify": ('passivant verify mystudy "OAm adsorption" --code abinit',),
    "converge": ("passivant converge mystudy", "passivant converge mystudy --show"),
    "plot": (
        "passivant plot mystudy",
        "passivant plot mystudy free_energies",
        "passivant plot mystudy surface_phases --columns single",
        "passivant plot mystudy barriers --columns single",
        "passivant plot mystudy dos --align vbm --range -5 5 --curve Pb:p --curve OAm",
    ),
    "report": ("passivant report mystudy",),
    "export": (
        "passivant export mystudy mydata",
        "passivant export mystudy mydata --archive",
    ),
}


def help_text(command: Callable[..., Any]) -> str:
    """The docstring of a command, whose brackets are no markup."""
    return escape("\n\n".join(paragraphs(command)))


def examples(name: str) -> str:
    """The examples of a command, below its help."""
    lines = EXAMPLES[name]
    title = "Example:" if len(lines) == 1 else "Examples:"
    return escape("\n".join([title, *(f"  {line}" for line in lines)]))


def paragraphs(command: Callable[..., Any]) -> list[str]:
    """The paragraphs of the docstring of a command, each in one line, without backquotes."""
    text = (inspect.getdoc(command) or "").replace("`", "")
    return [re.sub(r"\s+", " ", each) for each in text.split("\n\n")]
