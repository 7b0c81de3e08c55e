"""How energies converge, on a page: figures and tables from what `passivant converge` wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from analysis.notation import readable
from analysis.style import COLOURS
from analysis.tables import Table, number
from workflows.findings.convergence import CONVERGENCE_FILE
from workflows.findings.findings import Findings
from workflows.findings.words import level_words
from workflows.recipes.notices import Notice
from workflows.recipes.page import Entry, PageFigure, empty_figure, plain
from workflows.study.converge_table import PARAMETERS, figure_title, value_words
from workflows.study.model import Study


@dataclass(frozen=True, eq=False)
class Curves:
    """What the convergence studies have found.

    Parameters
    ----------
    figures, tables
        What is shown.
    notices
        What is amiss.
    """

    figures: list[PageFigure]
    tables: list[Table]
    notices: list[Notice]


def load_convergence(found: Findings) -> Curves:
    """Figures and tables of the convergence of a study, if there is one, and what is amiss."""
    try:
        data = json.loads((found.results / CONVERGENCE_FILE).read_text(encoding="utf-8"))
        own = (found.study.title, found.study.level_name)
        if (data["title"], data["level"]) != own:
            lines = (f"It is of {data['title']!r} at the level {data['level']!r}.",)
            title = f"{CONVERGENCE_FILE} is of another study and not shown"
            return Curves([], [], [Notice("note", title, lines)])
        return Curves(_figures(data, found.study), _tables(data), [])
    except FileNotFoundError:
        return Curves([], [], [])
    except Exception as error:  # whatever the file holds instead
        title = f"{CONVERGENCE_FILE} cannot be read and is not shown"
        return Curves([], [], [Notice("missing", title, (f"{type(error).__name__}: {error}",))])


def _tables(data: Mapping[str, Any]) -> list[Table]:
    """The energies behind the figures."""
    tables = []
    for parameter, lines in data["parameters"].items():
        rows = []
        for line in lines:
            rows += [
                (
                    line["name"],
                    value_words(point["value"]),
                    number(point["reaction_energy_eV"], 3, sign=True),
                    number(point["change_eV"], 3, sign=True),
                    "own value" if point["own"] else "",
                    point["status"],
                )
                for point in line["points"]
            ]
            limit = number(line["extrapolated_eV"], 3, sign=True)
            why = line["not_extrapolated_because"]
            rows.append((line["name"], "extrapolated", limit, "-", "", why or "done"))
        columns = ("Reaction", PARAMETERS[parameter], "dE / eV", "Change / eV", "Remark", "Status")
        title = f"Convergence with {parameter}"
        tables.append(Table(title, columns, tuple(rows), group=("Reaction",)))
    return tables


def _figures(data: Mapping[str, Any], study: Study) -> list[PageFigure]:
    """Energies over each parameter of a finished convergence, minus the last known one."""
    return [
        _convergence(parameter, lines, float(data["tolerance_eV"]), level_words(study))
        for parameter, found in data["parameters"].items()
        if (lines := [line for line in found if _energies(line)])
    ]


def _energies(line: Mapping[str, Any]) -> list[float]:
    known = [point["reaction_energy_eV"] for point in line["points"]]
    return [energy for energy in known if energy is not None]


def _convergence(
    parameter: str, lines: Sequence[Mapping[str, Any]], tolerance_eV: float, level: str
) -> PageFigure:
    quantity = readable(PARAMETERS[parameter])
    figure = empty_figure(plain(quantity), "ΔE \N{MINUS SIGN} ΔE<sub>last</sub> / eV")
    figure.add_hrect(-tolerance_eV, tolerance_eV, fillcolor="#888888", opacity=0.18, line_width=0)
    entries, words = [], []
    numeric = parameter != "size"
    symbols = cycle(("circle", "square", "diamond", "triangle-up", "triangle-down"))
    for n, (line, colour, symbol) in enumerate(zip(lines, cycle(COLOURS), symbols, strict=False)):
        last = _energies(line)[-1]
        points = line["points"]
        x = [p["value"] if numeric else value_words(p["value"]) for p in points]
        y = [None if (e := p["reaction_energy_eV"]) is None else e - last for p in points]
        own = [point["own"] for point in points]
        figure.add_scatter(
            x=x, y=y, name=plain(line["name"]), legendgroup=str(n), mode="lines+markers",
            line_color=colour, hovertemplate="%{y:+.4f} eV",
            marker={
                "symbol": [f"{symbol}-open" if o else symbol for o in own],
                "size": [15 if o else 8 for o in own],
                "line": {"width": 2, "color": colour},
            },
        )  # fmt: skip
        if line["extrapolated_eV"] is not None:
            limit = line["extrapolated_eV"] - last
            figure.add_scatter(
                x=x, y=[limit] * len(x), name=f"{plain(line['name'])}, extrapolated",
                legendgroup=str(n), mode="lines", line={"color": colour, "dash": "dot"},
                hovertemplate="%{y:+.4f} eV",
            )  # fmt: skip
        entries.append(Entry(line["name"], colour))
        answer = {None: "not known", True: "yes", False: "no"}[line["converged"]]
        change = number(line["last_change_eV"], 3, sign=True)
        words.append(f"{line['name']}: last change {change} eV, converged: {answer}")
    figure.update_xaxes(type="linear" if numeric else "category")
    about = f"Reaction energies over {quantity}, minus the last one; tolerance"
    about += f" {tolerance_eV:g} eV. "
    return PageFigure(
        f"{figure_title(parameter)} ({level})",
        about + "; ".join(words) + ".",
        figure,
        tuple(entries),
    )
