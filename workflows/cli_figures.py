"""The command that draws figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from workflows.cli_common import ResultsOption, StudyArgument, load_plan, out, results_folder
from workflows.study import StudyError


def plot(
    study: StudyArgument,
    kind: Annotated[
        str,
        typer.Argument(metavar="[KIND]", help="dos, density-differences, ... Default: all."),
    ] = "all",
    *,
    results: ResultsOption = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder. Default: 'figures' in the results."),
    ] = None,
    columns: Annotated[
        str, typer.Option("--columns", help="Width on the page: single or double.")
    ] = "double",
    formats: Annotated[
        str, typer.Option("--formats", help="One or more of pdf, svg, png, with commas.")
    ] = "pdf,png",
) -> None:
    """Draw figures of what is finished, in the style of journals."""
    from analysis.style import FORMATS, WIDTHS_IN, save
    from workflows.engine import task_states
    from workflows.figures import KINDS

    wanted = formats.split(",")
    for option, values, allowed in (
        ("KIND", [kind], ("all", *KINDS)),
        ("--columns", [columns], tuple(WIDTHS_IN)),
        ("--formats", wanted, FORMATS),
    ):
        for value in values:
            if value not in allowed:
                raise StudyError(
                    f"{option} {value!r} is not allowed; allowed: {', '.join(allowed)}"
                )
    plan = load_plan(study)
    source = results_folder(study, results)
    states = task_states(plan, source)
    folder = output or source / "figures"
    drawn: dict[str, Any] = {}
    for name in KINDS if kind == "all" else [kind]:
        drawn |= KINDS[name](plan, states, columns)
    if not drawn:
        out.print("nothing to draw: the study asks for no such output, or none is finished")
        raise typer.Exit(1)
    folder.mkdir(parents=True, exist_ok=True)
    for stem, figure in drawn.items():
        for file in save(figure, folder / stem, wanted):
            out.print(str(file), highlight=False, soft_wrap=True)
