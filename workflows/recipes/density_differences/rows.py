"""Density differences of a study: what they are made of, their integrals, who gains electrons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from analysis.species_name import SpeciesName
from workflows.findings.findings import Findings
from workflows.findings.words import status_words
from workflows.store import LOG_FILE
from workflows.study.model import Study

#: What the fragment of a ligand is, by what balances the charge of the ligand.
_LIGANDS = {
    "none": "the molecule",
    "electron": "the ion with the electron (an anion: the hole) that makes it neutral, a radical",
    "counter-ion": "the ion and its counter-ion together as they lie, neutral",
    "substitution": "the ion with the electron (an anion: the hole) that makes it neutral, a"
    " radical; the surface without the ion that it replaced is neutral and a radical too",
}


@dataclass(frozen=True)
class PartRow:
    """The whole, or a fragment in the cell of the whole.

    Parameters
    ----------
    electrons
        How many it has, core included.
    electrons_on_grid
        Integral of its all-electron density.
    formula
        Its atoms.
    charge
        Of the cell, always zero.
    spin_polarised
        Whether its spins were free.
    magnetic_moment_muB
        Of the cell.
    """

    electrons: int
    electrons_on_grid: float
    formula: str | None = None
    charge: int | None = None
    spin_polarised: bool | None = None
    magnetic_moment_muB: float | None = None


@dataclass(frozen=True)
class DensityDifferenceRow:
    """One density difference; charges in e, negative for lost electrons.

    Parameters
    ----------
    label
        Label of its task.
    species
        The slab.
    vacancy
        The vacancy that is filled, or None.
    fragments
        What its fragments are, in sentences.
    folder, log
        Folder of its task and GPAW's log.
    status
        State of the task with the reason.
    file, cube
        Names of its files; None while it is not calculated, as all that follow.
    difference
        The difference as an equation.
    parts
        The whole and its fragments.
    electrons
        Electrons on the grid by part.
    electrons_tolerance_e, integral_tolerance_e
        How far off densities and the difference may be.
    integral_e
        Integral of the difference.
    moved_e
        Half the integral of its absolute value.
    hirshfeld_charges_e
        Of each atom in the whole.
    gained_by_atom_e, gained_e
        Electrons gained from fragment to whole, by atom and by group of atoms.
    groups
        Indices of atoms by the names of their groups.
    fingerprint
        Hash of the level of theory.
    charge
        Of the cell in e.
    candidate
        Number, from 1, of the candidate behind it, if the species has several.
    scf_remedies
        What the SCF cycle needed to converge, if anything.
    ranks, last_attempt_s, last_attempt_core_s
        MPI ranks of the last attempt, its wall time, and the CPU time of all ranks.
    """

    label: str
    species: str
    vacancy: str | None
    fragments: tuple[str, ...]
    folder: str
    log: str
    status: str
    file: str | None = None
    cube: str | None = None
    difference: str | None = None
    parts: Mapping[str, PartRow] | None = None
    electrons: Mapping[str, float] | None = None
    electrons_tolerance_e: float | None = None
    integral_e: float | None = None
    integral_tolerance_e: float | None = None
    moved_e: float | None = None
    hirshfeld_charges_e: Sequence[float] | None = None
    gained_by_atom_e: Sequence[float] | None = None
    groups: Mapping[str, Sequence[int]] | None = None
    gained_e: Mapping[str, float] | None = None
    fingerprint: str | None = None
    charge: int | None = None
    candidate: int | None = None
    scf_remedies: Sequence[str] | None = None
    ranks: int | None = None
    last_attempt_s: float | None = None
    last_attempt_core_s: float | None = None


_STORED = {field.name for field in fields(DensityDifferenceRow)}
_OF_PART = {field.name for field in fields(PartRow)}


def fragment_words(study: Study, species: str, vacancy: str | None) -> tuple[str, ...]:
    """What the fragments of a density difference are, one sentence each."""
    if vacancy is not None:
        element = study.point_defects[vacancy].element
        return (
            f"{species} filling {vacancy}: from {species} without the {element} atom that {vacancy}"
            f" removes, not relaxed, and from a neutral {element} atom at its place",
        )
    names = SpeciesName.parse(species).only(study.ligands)
    return tuple(
        f"{name} in {species}: {_LIGANDS[study.ligands[name].balance or 'none']}"
        for name in dict.fromkeys(names)
    )


def density_difference_rows(found: Findings, keys: Sequence[str]) -> list[DensityDifferenceRow]:
    """Every density difference of the study, calculated or not."""
    rows = []
    for entry, key in zip(found.study.density_differences, keys, strict=True):
        state = found.states[key]
        values = dict(state.result.values) if state.result else {}
        stored = {name: value for name, value in values.items() if name in _STORED}
        if "parts" in stored:
            stored["parts"] = {
                name: PartRow(**{k: v for k, v in part.items() if k in _OF_PART})
                for name, part in stored["parts"].items()
            }
        rows.append(
            DensityDifferenceRow(
                state.task.label,
                entry.species,
                entry.vacancy,
                fragment_words(found.study, entry.species, entry.vacancy),
                str(state.folder),
                str(state.folder / LOG_FILE),
                status_words(state.state, state.why),
                **stored,
            )
        )
    return rows
