"""How far energies are converged, from what ``passivant converge`` wrote into the results."""

from __future__ import annotations

from collections.abc import Mapping
from math import isclose
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field, ValidationError, field_validator

from analysis.energies.reactions import parse_reaction
from workflows.study.converge_table import KINDS, PARAMETERS

if TYPE_CHECKING:
    from workflows.findings.findings import Findings

CONVERGENCE_FILE = "convergence/convergence.json"


class _Term(BaseModel):
    species: str
    folder: str


class _Point(BaseModel):
    own: bool
    terms: list[_Term]


class _Line(BaseModel):
    """One reaction at the values of one parameter; see `workflows.convergence.files.document`."""

    equation: str
    points: list[_Point] = Field(min_length=1)
    own_error_eV: float | None = Field(allow_inf_nan=False)
    last_change_eV: float | None = Field(allow_inf_nan=False)

    @field_validator("equation")
    @classmethod
    def _equation(cls, equation: str) -> str:
        return parse_reaction(equation).equation


class _Document(BaseModel):
    parameters: dict[str, list[_Line]]


def _read(file: Path) -> _Document:
    """What the file holds; nothing if there is none, or if it is of no known form."""
    try:
        return _Document.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):  # the report says what is amiss
        return _Document(parameters={})


def parameters_of(found: Findings, weights: Mapping[str, float]) -> list[str]:
    """Parameters that an energy depends on."""
    kinds = {found.plan.species[name][0].kind for name in weights}
    return [parameter for parameter in PARAMETERS if kinds & set(KINDS[parameter])]


def convergence_errors_eV(found: Findings, weights: Mapping[str, float]) -> dict[str, float]:
    """Size of the error that each parameter of the study leaves in an energy, in eV.

    The energy with the study's own value against the extrapolated energy, or else against that
    at the last value. Without an extrapolated energy, and if the own value is the last, the last
    change. Parameters of which nothing is known are left out.

    Parameters
    ----------
    found
        What is known of the study.
    weights
        Factor of the total energy of each species. Only a converged reaction with these very
        coefficients counts, and only if its calculations with the own value are those of the
        study.
    """
    document = found.once(CONVERGENCE_FILE, lambda: _read(found.results / CONVERGENCE_FILE))
    errors_eV: dict[str, float] = {}
    for parameter, lines in document.parameters.items():
        for line in lines:
            error = _error_eV(line) if _is_of(line, found, weights) else None
            if error is not None:
                errors_eV[parameter] = max(error, errors_eV.get(parameter, 0.0))
    return errors_eV


def _error_eV(line: _Line) -> float | None:
    if line.own_error_eV is not None:
        return abs(line.own_error_eV)
    is_last = line.points[-1].own
    return abs(line.last_change_eV) if is_last and line.last_change_eV is not None else None


def _is_of(line: _Line, found: Findings, weights: Mapping[str, float]) -> bool:
    """Whether a line is the same sum over the same calculations."""
    own = next((point for point in line.points if point.own), None)
    coefficients = parse_reaction(line.equation).weights
    return (
        own is not None
        and coefficients.keys() == weights.keys()
        and all(isclose(n, weights[name], abs_tol=1e-6) for name, n in coefficients.items())
        and all(
            Path(term.folder).name
            in {each.folder.name for each in found.candidates.get(term.species, ())}
            for term in own.terms
        )
    )
