"""The command that makes a study of a list of ligands and runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from workflows.cli.common import CoresOption, ProfileOption, ResultsOption, check_shown, out
from workflows.cli.left import next_steps
from workflows.study.errors import StudyError

#: What stands for the list in the study file that is copied.
PLACEHOLDER = '"LIST.csv"'


def screen(
    ligands: Annotated[
        Path,
        typer.Argument(
            metavar="LIGANDS",
            help="CSV file whose first line names the columns: name, smiles, state, balance, ...",
        ),
    ],
    *,
    no_run: Annotated[
        bool, typer.Option("--no-run", help="Only write the study file, to edit it first.")
    ] = False,
    results: ResultsOption = None,
    cores: CoresOption = None,
    profile: ProfileOption = None,
) -> None:
    """Calculate every ligand of a list on one surface and beside one vacancy, and rank them.

    Writes a study file beside the list, LIGANDS-screen.toml, with a coarse level and a small cell,
    and runs it. A study file that is there already is used as it is. Ligands that cannot be
    built are left out with the reason, which `passivant check` shows before the run.
    """
    from workflows.cli.show import run
    from workflows.study.ligand_list import read_list

    check_shown(ligands)
    read_list(ligands, "LIGANDS")
    study = ligands.with_name(f"{ligands.stem}-screen.toml")
    if study.exists():
        out.print(f"{study} is there already and used as it is", highlight=False, soft_wrap=True)
    else:
        _write(study, ligands)
        out.print(str(study), highlight=False, soft_wrap=True)
    if no_run:
        next_steps(study, results, "check", "run")
        return
    run(study, results=results, cores=cores, profile=profile)


def _write(study: Path, ligands: Path) -> None:
    """The study file that comes with the package, with this list."""
    from importlib import resources

    from workflows.store import write_atomic

    text = (resources.files("workflows.study") / "ligand_screen.toml").read_text(encoding="utf-8")
    name = json.dumps(ligands.name, ensure_ascii=False)
    try:
        write_atomic(study, text.replace(PLACEHOLDER, name))
    except OSError as error:
        raise StudyError(f"{study}: cannot be written: {error.strerror}") from error
