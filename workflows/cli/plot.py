"""The command that draws figures."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Any

import typer

from workflows.cli.common import (
    NoTitleOption,
    ResultsOption,
    StudyArgument,
    check_asked,
    check_recipe,
    completed,
    load_plan,
    out,
    results_folder,
)
from workflows.cli.left import next_steps
from workflows.recipes.registry import NAMES
from workflows.study.errors import StudyError


def plot(
    study: StudyArgument,
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help=f"Only this kind, of those that have figures: {', '.join(NAMES)}.",
            autocompletion=completed(("all", *NAMES)),
        ),
    ] = "all",
    *,
    results: ResultsOption = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder. Default: 'figures' in the results."),
    ] = None,
    columns: Annotated[
        str,
        typer.Option("--columns", help="Width: single (8.6 cm) or double (17.8 cm)."),
    ] = "double",
    formats: Annotated[
        str, typer.Option("--formats", help="One or more of pdf, svg, png, with commas.")
    ] = "pdf,png",
    no_title: NoTitleOption = False,
    align: Annotated[
        str | None,
        typer.Option(
            "--align",
            help="Zero of a density of states: fermi, vbm or vacuum. Default: the study's, else"
            " vbm, without a gap fermi.",
        ),
    ] = None,
    curves: Annotated[
        list[str] | None,
        typer.Option(
            "--curve",
            help="Group of atoms of a density of states, 'OAm, head' or 'Pb:p'; repeat it.",
        ),
    ] = None,
    shown_eV: Annotated[
        tuple[float, float] | None,
        typer.Option("--range", help="Lowest and highest energy of a density of states in eV."),
    ] = None,
) -> None:
    """Draw figures of what is finished, in the style of journals, each with a file of its caption.

    Groups of atoms: elements, 'surface Pb', 'layer 1 from below, PbI2', 'beside V_I', ligands by
    name, and their parts such as 'OAm, head' and 'OAm, chain'.
    """
    from analysis.dos.band_edges import ALIGNMENTS
    from analysis.style import FORMATS, WIDTHS_IN
    from workflows.figure_files import write_figures
    from workflows.findings.findings import Findings
    from workflows.recipes.registry import recipes

    wanted = formats.split(",")
    drawing = {each.name: each for each in recipes() if each.draws}
    check_recipe("KIND", kind, ("all", *drawing))
    for option, values, allowed in (
        ("--columns", [columns], tuple(WIDTHS_IN)),
        ("--formats", wanted, FORMATS),
        ("--align", [align] if align else [], ALIGNMENTS),
    ):
        for value in values:
            if value not in allowed:
                raise StudyError(
                    f"{option} {value!r} is not allowed; allowed: {', '.join(allowed)}"
                )
    if shown_eV is not None and not -math.inf < shown_eV[0] < shown_eV[1] < math.inf:
        raise StudyError(
            f"--range {shown_eV[0]:g} {shown_eV[1]:g} is not allowed; give the lower energy first"
        )
    if output is not None and output.exists() and not output.is_dir():
        raise StudyError(f"--output {output}: is a file; give a folder")
    given: dict[str, Any] = {"align": align, "curves": curves, "shown_eV": shown_eV}
    options = {name: value for name, value in given.items() if value}
    chosen = list(drawing.values()) if kind == "all" else [drawing[kind]]
    if options and not any(set(options) <= set(each.plot_options) for each in chosen):
        raise StudyError(f"--align, --curve and --range go with dos, not with {kind!r}")
    source = results_folder(study, results)
    found = Findings(load_plan(study, results), source)
    if kind != "all":
        check_asked("KIND", kind, study, found)
    folder = output or source / "figures"
    drawn: dict[str, Any] = {}
    for each in chosen:
        own = {name: value for name, value in options.items() if name in each.plot_options}
        drawn |= each.figures(found, columns, **own)
    if not drawn:
        what = "that has figures" if kind == "all" else f"of {kind!r}"
        out.print(f"nothing to draw: no result {what} is finished", highlight=False)
        next_steps(study, results, "status")
        raise typer.Exit(1)
    for file in write_figures(drawn, folder, wanted, titles=not no_title):
        out.print(str(file), highlight=False, soft_wrap=True)
    next_steps(study, results, "report", "export exported")
