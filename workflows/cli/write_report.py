"""The command that writes one page with everything, and what `run` does with it at its end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workflows.cli.common import ResultsOption, StudyArgument, err, load_plan, out, results_folder
from workflows.cli.left import next_steps
from workflows.study.errors import StudyError

if TYPE_CHECKING:
    from workflows.findings.findings import Findings


def report(
    study: StudyArgument,
    results: ResultsOption = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="File to write. Default: 'report-NAME.html' in the results."
        ),
    ] = None,
) -> None:
    """Write one HTML page with all that is known: warnings, tables, structures, figures.

    The file holds everything it needs and can be mailed or put on a web server as it is.
    """
    from workflows.findings.findings import Findings
    from workflows.report.page import write_report

    folder = results_folder(study, results)
    found = Findings(load_plan(study, results), folder)
    if output is not None and output.is_dir():
        raise StudyError(f"--output {output}: is a folder; give a file")
    try:
        file = write_report(found, output)
    except OSError as error:
        raise StudyError(f"{output or folder}: cannot be written: {error.strerror}") from error
    out.print(str(file), highlight=False, soft_wrap=True)
    next_steps(study, results, "export exported")


def report_after_run(found: Findings) -> None:
    """Write the page of a study that has been run; a failure is said and changes nothing else."""
    try:
        from workflows.report.page import write_report

        file = write_report(found)
    except Exception as error:
        err.print(
            f"the report could not be written: {type(error).__name__}: {error}",
            highlight=False,
            markup=False,
        )
    else:
        out.print(f"report: {file}", highlight=False, soft_wrap=True)
