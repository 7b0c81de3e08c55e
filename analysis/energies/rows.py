"""Rows of the energy tables, each traceable to the folders of its calculations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from analysis.energies.reactions import LedgerError, Reaction, Term, reaction_energy_eV
from analysis.energies.uncertainty import (
    NOTHING_KNOWN,
    Uncertainty,
    dispersion_changes_eV,
    ensemble_deviation_eV,
)
from analysis.results import Result
from slabs.structure import Structure


@dataclass(frozen=True, eq=False)
class Calculated:
    """A species and what is known about it so far.

    Parameters
    ----------
    structure
        As planned: composition, charge, coverage and notes.
    folder
        Task folder, with the log.
    state
        State of its task; ``"done"`` if there is a result.
    why
        Reason of a failure, or an empty string.
    result
        The result, or None.
    flags
        Sentences, without full stop, on how its relaxed structure is not what its name
        says (`analysis.geometry.flags`), or on its tilt basin or spin.
    """

    structure: Structure
    folder: Path
    state: str
    why: str = ""
    result: Result | None = None
    flags: tuple[str, ...] = ()

    @property
    def taken(self) -> bool:
        """Whether its result is that of another candidate, whose calculation is the same."""
        return self.result is not None and "same_as" in self.result.values


def lowest(name: str, candidates: Sequence[Calculated]) -> Calculated:
    """The candidate of a species with the lowest relaxed energy.

    It is known once no candidate is waiting or running. Candidates that failed are left
    out and named in the notes; if all did, the first one stands for the species. Those with
    the result of another one do not count.
    """
    candidates = [each for each in candidates if not each.taken]
    if len(candidates) == 1:
        return candidates[0]
    finished = [c for c in candidates if c.result is not None]
    open_ = [c for c in candidates if c.state in ("waiting", "running")]
    if open_ or not finished:
        first = (open_ or candidates)[0]
        why = f"{len(finished)} of {len(candidates)} candidates done"
        return replace(first, result=None, why=first.why or why)
    best = min(finished, key=lambda c: c.result.energy_eV if c.result else np.inf)
    note = f"{name}: lowest of {len(finished)} candidates"
    if len(finished) < len(candidates):
        note += f"; {len(candidates) - len(finished)} more did not converge and are left out"
    return replace(best, structure=replace(best.structure, notes=(*best.structure.notes, note)))


@dataclass(frozen=True)
class Published:
    """A published number beside ours.

    Parameters
    ----------
    value_eV
        The number in eV.
    quantity
        ``"binding"`` for -dE, ``"reaction"`` for dE.
    source
        Where it was published.
    """

    value_eV: float
    quantity: str
    source: str


@dataclass(frozen=True)
class TermRow:
    """One species of a reaction.

    Parameters
    ----------
    species
        Its name.
    coefficient
        Exact stoichiometric coefficient, negative for a reactant: ``"-1"``, ``"1/2"``.
    energy_eV
        Its energy in eV, or None while it is not known.
    state, why
        State of its task, and the reason of a failure.
    folder
        Folder of its task.
    """

    species: str
    coefficient: str
    energy_eV: float | None
    state: str
    why: str
    folder: str


@dataclass(frozen=True, eq=False)
class ReactionRow:
    """The energy of one reaction.

    Parameters
    ----------
    name
        What the row is called.
    reaction
        The equation.
    reaction_energy_eV
        dE = E(products) - E(reactants) in eV, or None while it is not known.
    status
        ``"done"``, or what is missing and why.
    atoms
        Number of atoms of the largest species.
    coverage_per_nm2
        Ligands per nm^2 on the most covered slab of the equation.
    published
        Published value, or None.
    notes
        Sentences about the species that a reader must know, the flags among them.
    functional_error_eV
        Standard deviation of dE over the ensemble of the functional in eV, or None for a
        functional without one.
    by_dispersion_eV
        dE with each dispersion correction at the same geometries in eV; empty where it is
        not known.
    terms
        Its species.
    question
        What the reaction asks, for grouping rows.
    quantity
        ``"binding"`` if tables show -dE, ``"formation"`` or ``"reaction"`` if they show dE.
    flags
        Sentences on species whose relaxed structures are not what their names say.
    uncertainty
        What is known about the error of dE, in eV.
    """

    name: str
    reaction: Reaction
    reaction_energy_eV: float | None
    status: str
    atoms: int
    coverage_per_nm2: float
    published: Published | None
    notes: tuple[str, ...]
    terms: tuple[TermRow, ...]
    question: str = ""
    quantity: str = "reaction"
    functional_error_eV: float | None = None
    by_dispersion_eV: Mapping[str, float] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    uncertainty: Uncertainty = NOTHING_KNOWN

    @property
    def binding_energy_eV(self) -> float | None:
        """-dE in eV: positive if the products are more stable."""
        return None if self.reaction_energy_eV is None else -self.reaction_energy_eV

    @property
    def difference_eV(self) -> float | None:
        """Ours minus the published value, in its own sign convention, in eV."""
        if self.published is None or self.reaction_energy_eV is None:
            return None
        sign = -1.0 if self.published.quantity == "binding" else 1.0
        return sign * self.reaction_energy_eV - self.published.value_eV


def reaction_row(
    name: str,
    reaction: Reaction,
    species: Mapping[str, Calculated],
    published: Published | None = None,
    question: str = "",
    *,
    quantity: str = "reaction",
    uncertainty: Uncertainty = NOTHING_KNOWN,
) -> ReactionRow:
    """Evaluate one reaction with what has been calculated so far.

    The energy is given only if every species has a converged result, all at the same
    level, and the equation is balanced for the structures that were in fact calculated. Nothing
    is said of the error of an energy that is not given.
    """
    involved = {key: species[key] for key in reaction.species}
    missing = [f"{key} {item.state}" for key, item in involved.items() if item.result is None]
    results = {key: item.result for key, item in involved.items() if item.result is not None}
    energy: float | None = None
    status = ", ".join(missing) or "done"
    if not missing:
        try:
            terms = {key: _term(result) for key, result in results.items()}
            energy = reaction_energy_eV(reaction, terms)
        except LedgerError as refusal:
            status = f"refused: {refusal}"
    functional_error, by_dispersion = None, {}
    if energy is not None:
        functional_error = ensemble_deviation_eV(reaction.weights, results)
        changes = dispersion_changes_eV(reaction.weights, results)
        by_dispersion = {method: energy + change for method, change in changes.items()}
    structures = [item.structure for item in involved.values()]
    flags = tuple(dict.fromkeys(flag for item in involved.values() for flag in item.flags))
    return ReactionRow(
        name=name,
        reaction=reaction,
        reaction_energy_eV=energy,
        status=status,
        atoms=max(len(s.atoms) for s in structures),
        coverage_per_nm2=max(s.coverage_per_nm2 for s in structures),
        published=published,
        notes=(*dict.fromkeys(note for s in structures for note in s.notes), *flags),
        terms=tuple(
            TermRow(
                species=key,
                coefficient=str(number),
                energy_eV=item.result.energy_eV if item.result else None,
                state=item.state,
                why=item.why,
                folder=str(item.folder),
            )
            for (key, number), item in zip(reaction.coefficients, involved.values(), strict=True)
        ),
        question=question,
        quantity=quantity,
        functional_error_eV=functional_error,
        by_dispersion_eV=by_dispersion,
        flags=flags,
        uncertainty=NOTHING_KNOWN if energy is None else uncertainty,
    )


def _term(result: Result) -> Term:
    elements = dict(result.atoms.symbols.formula.count())
    return Term(result.energy_eV, elements, result.charge, result.fingerprint)


@dataclass(frozen=True)
class AdsorptionSplit:
    """An adsorption energy as a sum of interaction and deformation, all in eV.

    Parameters
    ----------
    interaction_eV
        E(whole) - sum of E(fragment), all at the geometry of the whole; negative for
        attraction.
    deformation_eV
        For each fragment what it costs to bring it into this geometry, from its relaxed
        reference; for ligands the change from the box to the surface cell is included.
    """

    interaction_eV: float
    deformation_eV: Mapping[str, float]

    @property
    def adsorption_eV(self) -> float:
        """The sum: E(whole) - E(references)."""
        return self.interaction_eV + sum(self.deformation_eV.values())


def adsorption_split(
    fragments_eV: Mapping[str, float], references_eV: Mapping[str, float]
) -> AdsorptionSplit:
    """Split an adsorption energy.

    Parameters
    ----------
    fragments_eV
        Energies at the geometry of the covered slab: the ``whole`` and each fragment.
    references_eV
        Relaxed energy of each fragment, times how often it occurs.
    """
    parts = {name: energy for name, energy in fragments_eV.items() if name != "whole"}
    return AdsorptionSplit(
        fragments_eV["whole"] - sum(parts.values()),
        {name: energy - references_eV[name] for name, energy in parts.items()},
    )
