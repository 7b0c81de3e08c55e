"""What a convergence has found so far: rows and tables."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.energies.convergence import (
    NoLimitError,
    Series,
    exponential_limit_eV,
    inverse_limit_eV,
)
from analysis.energies.rows import ReactionRow
from analysis.tables import Table, number
from workflows.convergence.variants import ConvergencePlan, Variant, own_value, position
from workflows.findings.findings import Findings
from workflows.findings.words import level_sentences, status_words
from workflows.recipes.reactions import RECIPE as REACTIONS
from workflows.study.converge_table import PARAMETERS, value_words
from workflows.study.model import Study

AITKEN_WORDS = (
    "Extrapolated: Aitken's delta-squared of the last three values, exact for an exponential"
    " approach (Proc. R. Soc. Edinburgh 46, 289 (1926))."
)
AREA_WORDS = "Extrapolated: the straight line in 1/area through the last two values."
OWN_WORDS = "Error of the own value: dE with it minus the extrapolated or else the last one."


@dataclass(frozen=True, eq=False)
class Line:
    """One reaction at all values of a parameter.

    Parameters
    ----------
    variants
        The studies, in the order of the values.
    rows
        The reaction in each of them.
    series
        Its energies.
    """

    variants: tuple[Variant, ...]
    rows: tuple[ReactionRow, ...]
    series: Series


def lines(made: ConvergencePlan, found: Findings) -> dict[str, list[Line]]:
    """Every reaction at all values of every parameter, by parameter.

    Parameters
    ----------
    made
        The plan.
    found
        What is known of the tasks of all variants.
    """
    return found.once("lines of convergence", lambda: _lines(made, found))


def _lines(made: ConvergencePlan, found: Findings) -> dict[str, list[Line]]:
    lines = {}
    for parameter, variants in made.variants.items():
        known = [Findings(v.plan, found.results, found.states) for v in variants]
        rows = [{row.name: row for row in REACTIONS.rows(each)} for each in known]
        names = [entry.name for entry in variants[0].plan.study.reactions]
        lines[parameter] = [
            _line(made.study, parameter, variants, tuple(each[name] for each in rows))
            for name in names
        ]
    return lines


def _line(
    study: Study, parameter: str, variants: tuple[Variant, ...], rows: tuple[ReactionRow, ...]
) -> Line:
    reaction = rows[0].reaction
    energies = tuple(row.reaction_energy_eV for row in rows)
    positions = [position(v.plan, reaction, parameter, v.value) for v in variants]
    own = [n for n, v in enumerate(variants) if own_value(study, reaction, parameter, v.value)]
    limit, why = None, ""
    try:
        if parameter == "size":
            limit = inverse_limit_eV([place[0] for place in positions], energies)
        else:
            limit = exponential_limit_eV(positions, energies)
    except NoLimitError as error:
        why = str(error)
    values = [
        v.value if isinstance(v.value, float | int) else p[0]
        for v, p in zip(variants, positions, strict=True)
    ]
    series = Series(rows[0].name, tuple(values), energies, own[0] if own else None, limit, why)
    return Line(variants, rows, series)


def tables(made: ConvergencePlan, found: Findings) -> list[Table]:
    """One table per parameter, its rows grouped by reaction."""
    return [_table(made, name, each) for name, each in lines(made, found).items()]


def _table(made: ConvergencePlan, parameter: str, found: list[Line]) -> Table:
    rows, notes = [], []
    for line in found:
        series = line.series
        for n, (variant, row) in enumerate(zip(line.variants, line.rows, strict=True)):
            own = "own value" if n == series.own else ""
            rows.append(
                (
                    series.name,
                    value_words(variant.value),
                    number(row.reaction_energy_eV, 3, sign=True),
                    number(series.changes_eV[n], 3, sign=True),
                    "; ".join(filter(None, (own, missing_words(row), *row.flags))),
                )
            )
        last = series.energies_eV[-1]
        beyond = None if series.limit_eV is None or last is None else series.limit_eV - last
        rows.append(
            (
                series.name,
                "extrapolated",
                number(series.limit_eV, 3, sign=True),
                number(beyond, 3, sign=True),
                _verdict(series, made.entry.tolerance_eV),
            )
        )
        if series.why_no_limit:
            notes.append(f"{series.name}: not extrapolated, since {series.why_no_limit}.")
    notes += [f"{name}: does not depend on {parameter}." for name in made.independent[parameter]]
    columns = ("Reaction", PARAMETERS[parameter], "dE / eV", "Change / eV", "Remark")
    foot = (*level_notes(made, parameter), *_method_notes(parameter, found), *notes)
    title = f"Convergence with {parameter}"
    return Table(title, columns, tuple(rows), foot, group=("Reaction",))


def missing_words(row: ReactionRow) -> str:
    """Why an energy is missing, with the reason of each species; empty if it is not."""
    if row.reaction_energy_eV is not None:
        return ""
    words = [
        status_words(f"{term.species} {term.state}", term.why)
        for term in row.terms
        if term.energy_eV is None
    ]
    return "; ".join(words) or row.status


def _verdict(series: Series, tolerance_eV: float) -> str:
    converged, last = series.converged(tolerance_eV), series.changes_eV[-1]
    answer = {None: "not known", True: "yes", False: "no"}[converged]
    change = "" if last is None else f" (last change {number(last, 3, sign=True)} eV)"
    error = series.own_error_eV
    own = "" if error is None else f"; error of the own value {number(error, 3, sign=True)} eV"
    return f"converged within {tolerance_eV:.3f} eV: {answer}{change}{own}"


def level_notes(made: ConvergencePlan, parameter: str) -> list[str]:
    """What was calculated for the rows of a table."""
    study = made.study
    notes = level_sentences(study)
    if parameter in ("ecut_eV", "kpoint_length_A"):
        notes.append(
            "Every row relaxed anew with its value."
            if made.entry.relax_each
            else f"Rows with another {parameter} than the study's own: single points at its"
            " relaxed structures."
        )
    elif parameter == "molecule_vacuum_A":
        notes.append("Every row: molecules relaxed anew in their boxes.")
    else:
        notes.append("Every row: slabs relaxed anew, ligands placed anew.")
    if study.basin_checks:
        notes.append("Without the basin checks of the study: bare slabs from their own start.")
    return notes


def _method_notes(parameter: str, found: list[Line]) -> list[str]:
    """How the last rows of a table were obtained, if there are any."""
    notes = []
    if any(line.series.limit_eV is not None for line in found):
        notes.append(AREA_WORDS if parameter == "size" else AITKEN_WORDS)
    if any(line.series.own_error_eV is not None for line in found):
        notes.append(OWN_WORDS)
    return notes
