"""Energies over the coverage of a surface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.energies.reactions import Reaction
from analysis.energies.rows import reaction_row
from analysis.energies.uncertainty import NOTHING_KNOWN, Uncertainty
from workflows.findings.findings import Findings
from workflows.findings.uncertainty import uncertainty_of
from workflows.recipes.coverage.planning import PlannedCoverage


@dataclass(frozen=True)
class PerLigand:
    """An energy per ligand in eV, None while it is not known, and what is known of its error."""

    energy_eV: float | None
    uncertainty: Uncertainty = NOTHING_KNOWN


@dataclass(frozen=True)
class CoverageRow:
    """One coverage of a surface.

    Parameters
    ----------
    entry
        Number of the entry in the study, from 0.
    species
        The covered slab, the lowest of its arrangements.
    coverage
        Ligands per site.
    coverage_per_nm2
        Ligands per nm^2 of a face.
    ligands
        Number of ligands of the cell.
    arrangements
        How many arrangements are calculated.
    binding
        -dE of the adsorption of all ligands, per ligand: positive for binding.
    differential
        -dE of the adsorption of the ligands that the next lower coverage lacks, per ligand.
    lateral
        Per ligand, what the ligands of the cell do to each other: dE from slabs with one of
        them each, positive if they repel each other. Zero for a single ligand.
    flags
        Sentences on species whose relaxed structures are not what their names say.
    notes
        What a reader must know of the structures.
    status
        ``"done"``, or what is missing and why.
    """

    entry: int
    species: str
    coverage: float
    coverage_per_nm2: float
    ligands: int
    arrangements: int
    binding: PerLigand
    differential: PerLigand
    lateral: PerLigand
    flags: tuple[str, ...]
    notes: tuple[str, ...]
    status: str


def coverage_rows(found: Findings, planned: Sequence[PlannedCoverage]) -> list[CoverageRow]:
    """All coverages in the order of the study."""
    return [_row(found, each) for each in planned]


def _row(found: Findings, planned: PlannedCoverage) -> CoverageRow:
    rows = [
        reaction_row(planned.species, reaction, found.species)
        for reaction in (planned.adsorption, planned.differential, planned.lateral)
        if reaction is not None
    ]
    candidates = [each for each in found.candidates[planned.species] if not each.taken]
    lateral = PerLigand(0.0)
    if planned.lateral is not None:
        lateral = _per_ligand(found, planned.lateral, planned.ligands, 1.0)
    return CoverageRow(
        planned.entry,
        planned.species,
        planned.coverage,
        rows[0].coverage_per_nm2,
        planned.ligands,
        len(candidates),
        _per_ligand(found, planned.adsorption, planned.ligands, -1.0),
        _per_ligand(found, planned.differential, planned.added, -1.0),
        lateral,
        tuple(dict.fromkeys(flag for row in rows for flag in row.flags)),
        rows[0].notes,
        next((row.status for row in rows if row.status != "done"), "done"),
    )


def _per_ligand(found: Findings, reaction: Reaction, ligands: int, sign: float) -> PerLigand:
    """A reaction energy over a number of ligands."""
    row = reaction_row("", reaction, found.species)
    if row.reaction_energy_eV is None:
        return PerLigand(None)
    weights = {name: weight / ligands for name, weight in reaction.weights.items()}
    return PerLigand(sign * row.reaction_energy_eV / ligands, uncertainty_of(found, weights))
