"""The command that shows how far the energies of a study are converged."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from analysis.text_tables import TextTable
from workflows.cli.common import (
    CoresOption,
    JsonOption,
    ProfileOption,
    ResultsOption,
    RetryOption,
    StudyArgument,
    calculate,
    out,
    print_json,
    report_unfinished,
    results_folder,
    study_file,
)
from workflows.cli.left import next_steps
from workflows.study.errors import StudyError


def converge(
    study: StudyArgument,
    *,
    results: ResultsOption = None,
    cores: CoresOption = None,
    profile: ProfileOption = None,
    retry_failed: RetryOption = False,
    show: Annotated[bool, typer.Option("--show", help="Run nothing; print what there is.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder for pictures and data. Default: 'convergence' in the results; with"
            " --show nothing is written unless a folder is given.",
        ),
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Calculate reactions with the values of [converge] and print how they converge.

    Runs, stops and goes on as `run` does, and shares its tasks. The exit status is 1 while
    an energy is missing.
    """
    from workflows.convergence.files import document, write_files
    from workflows.convergence.tables import tables
    from workflows.convergence.variants import plan_convergence
    from workflows.findings.findings import Findings

    if output is not None and output.exists() and not output.is_dir():
        raise StudyError(f"--output {output}: is a file; give a folder")
    made = plan_convergence(study_file(study))
    folder = results_folder(study, results)
    states = None
    if not show:
        states = calculate(
            made.plan, folder, cores=cores, profile=profile, retry_failed=retry_failed
        )
    found = Findings(made.plan, folder, states)
    if json_:
        print_json(document(made, found))
    else:
        for table in tables(made, found):
            out.print(TextTable(table))
    target = output or (None if show else folder / "convergence")
    if target is not None:
        try:
            files = write_files(made, found, target)
        except OSError as error:
            raise StudyError(f"--output {target}: {error.strerror or error}") from error
        if not json_:
            out.print(f"{len(files)} files in {target}", highlight=False)
    if show and any(state.state != "done" for state in found.states.values()):
        raise typer.Exit(1)
    report_unfinished(made.plan, folder, found.states)
    if not json_:
        next_steps(study, results, "table", "report")
