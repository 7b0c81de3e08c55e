"""What is known about the error of an energy, from everything that a study has calculated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.energies.uncertainty import (
    BASINS,
    CONVERGENCE,
    DISPERSION,
    EXACT,
    FUNCTIONAL,
    NOTHING_KNOWN,
    Uncertainty,
    Weights,
    combined,
    dispersion_changes_eV,
    dispersion_spread_eV,
    ensemble_deviation_eV,
    significant,
)
from analysis.species_name import SpeciesName, head_of
from workflows.findings.basins import basin_offsets_eV
from workflows.findings.convergence import convergence_errors_eV, parameters_of
from workflows.study.level import ENSEMBLE_FUNCTIONAL

if TYPE_CHECKING:
    from workflows.findings.findings import Findings


def uncertainty_of(found: Findings, weights: Weights) -> Uncertainty:
    """Uncertainty of a weighted sum of total energies.

    Parameters
    ----------
    found
        What is known of the study.
    weights
        Factor of the total energy of each species. The uncertainty is in eV, or in the unit that
        these factors give the energy.
    """
    used = significant(weights)
    if not used:
        return EXACT
    results = {name: found.species[name].result for name in used}
    known = {name: result for name, result in results.items() if result is not None}
    if len(known) < len(used):
        return NOTHING_KNOWN
    parts: dict[str, float | None] = {FUNCTIONAL: ensemble_deviation_eV(used, known)}
    if found.study.energy_level.functional != ENSEMBLE_FUNCTIONAL:
        parts[DISPERSION] = dispersion_spread_eV(dispersion_changes_eV(used, known))
    if any(_may_have_left(found, name) for name in used):
        parts[BASINS] = _basins(found, used)
    errors = convergence_errors_eV(found, used)
    parts |= {_converged(parameter): error for parameter, error in errors.items()}
    lacks = [name for name, part in parts.items() if part is None]
    open_ = [each for each in parameters_of(found, used) if each not in errors]
    if open_:
        lacks.append(_converged(*open_) if errors else CONVERGENCE)
    return combined({name: part for name, part in parts.items() if part is not None}, lacks)


def _converged(*parameters: str) -> str:
    return f"{CONVERGENCE} with {', '.join(parameters)}"


def _may_have_left(found: Findings, name: str) -> bool:
    """Whether it is a slab with a ligand or defect, which may leave the basin of the bare one."""
    return head_of(name) in found.study.surfaces and bool(SpeciesName.parse(name).parts)


def _basins(found: Findings, weights: Weights) -> float | None:
    """Size of the energy between the basins of the slabs, or None if a slab was not checked."""
    offsets = found.once(
        "basin offsets", lambda: basin_offsets_eV(found.plan, found.candidates, found.species)
    )
    slabs = [name for name in weights if head_of(name) in found.study.surfaces]
    if any(name not in offsets for name in slabs):
        return None
    return abs(sum(weights[name] * offsets[name] for name in slabs))
