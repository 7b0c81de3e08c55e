"""What is known of every ligand of a screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.energies.rows import ReactionRow, reaction_row
from analysis.energies.uncertainty import NOTHING_KNOWN, Uncertainty
from analysis.result_values import DescriptorValues
from analysis.species_name import SpeciesName
from slabs.ligands.head_groups import named_group
from slabs.ligands.molecules import parse_smiles
from slabs.ligands.toolkit import Chem
from workflows.findings.findings import Findings
from workflows.findings.uncertainty import uncertainty_of
from workflows.findings.words import status_words
from workflows.recipes.dos.outputs import DosOutput, dos_outputs
from workflows.recipes.electrostatics.rows import electrostatics_rows
from workflows.study.ligand_screen_table import LigandScreenEntry
from workflows.study.ligand_tables import LigandEntry

if TYPE_CHECKING:
    from workflows.recipes.ligand_screen.planning import PlannedLigand, PlannedScreen


@dataclass(frozen=True)
class LigandScreenRow:
    """One ligand of a screen. What is not known is None.

    Parameters
    ----------
    ligand
        Its name.
    smiles
        Its SMILES, with counter-ions, or its name in the catalogue or its file.
    head_group
        The head group through which it binds, if it was looked for.
    rank
        From 1 for the best ligand, by what the study ranks by.
    binding_energy_eV, binding_uncertainty
        -dE of the adsorption, positive for binding, and what is known about its error.
    passivation_energy_eV, passivation_uncertainty
        dE of the vacancy that moves from beside the ligand to the clean surface, reversed:
        positive if it costs more beside the ligand.
    work_function_change_eV
        Of the upper face, covered minus bare.
    gap_change_eV, bare_gap_eV
        Gap of the covered slab minus that of the bare one, and the latter.
    vacancy_levels_eV
        Levels beside the ligand inside of the gap of the covered slab, above its valence-band
        maximum, filled and empty ones.
    clean_vacancy_levels_eV
        The same of the vacancy in the bare slab.
    dipole_eA
        Dipole moment of the isolated ligand, its length.
    homo_eV, lumo_eV
        Highest occupied and lowest empty level of the isolated ligand, from the vacuum level.
    lowest_potential_V, highest_potential_V
        Electrostatic potential on the van der Waals spheres of its anchors.
    cost_core_s
        Core-seconds of the finished tasks that are for this ligand alone.
    unfinished_tasks
        Number of its tasks that are not done.
    flags
        Sentences on species whose relaxed structures are not what their names say.
    notes
        What a reader must know of its structures.
    reason
        Why a number is missing, or an empty string.
    """

    ligand: str
    smiles: str
    head_group: str | None = None
    rank: int | None = None
    binding_energy_eV: float | None = None
    binding_uncertainty: Uncertainty = NOTHING_KNOWN
    passivation_energy_eV: float | None = None
    passivation_uncertainty: Uncertainty = NOTHING_KNOWN
    work_function_change_eV: float | None = None
    gap_change_eV: float | None = None
    bare_gap_eV: float | None = None
    vacancy_levels_eV: tuple[float, ...] | None = None
    clean_vacancy_levels_eV: tuple[float, ...] | None = None
    dipole_eA: float | None = None
    homo_eV: float | None = None
    lumo_eV: float | None = None
    lowest_potential_V: float | None = None
    highest_potential_V: float | None = None
    cost_core_s: float | None = None
    unfinished_tasks: int = 0
    flags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""


def screen_rows(
    found: Findings, entry: LigandScreenEntry, planned: PlannedScreen
) -> list[LigandScreenRow]:
    """All ligands: ranked ones first, then the others in the order of the study."""
    entries, keys = zip(*planned.dos, strict=True) if planned.dos else ((), ())
    dos = {output.entry.species: output for output in dos_outputs(found, entries, keys)}
    rows = [_row(found, entry, each, dos) for each in planned.ligands]
    return ranked(rows, entry.rank_by)


def ranked(rows: Sequence[LigandScreenRow], rank_by: str) -> list[LigandScreenRow]:
    """The rows in the order of their ranks; those without the energy have none and come last."""
    name = {"adsorption": "binding_energy_eV", "passivation": "passivation_energy_eV"}[rank_by]
    known = [row for row in rows if getattr(row, name) is not None]
    order = sorted(known, key=lambda row: -getattr(row, name))
    best = [replace(row, rank=place) for place, row in enumerate(order, start=1)]
    return [*best, *(row for row in rows if getattr(row, name) is None)]


def _row(
    found: Findings,
    entry: LigandScreenEntry,
    planned: PlannedLigand,
    dos: Mapping[str, DosOutput],
) -> LigandScreenRow:
    ligand = found.study.ligands[planned.ligand]
    row = LigandScreenRow(planned.ligand, _smiles(ligand))
    reasons = [planned.reason]
    if planned.adsorption is None:
        return replace(row, reason=planned.reason)
    energies = [
        reaction_row(
            planned.ligand, reaction, found.species,
            uncertainty=uncertainty_of(found, reaction.weights),
        )
        for reaction in (planned.adsorption, planned.passivation)
        if reaction is not None
    ]  # fmt: skip
    row = replace(
        row,
        binding_energy_eV=energies[0].binding_energy_eV,
        binding_uncertainty=energies[0].uncertainty,
        flags=tuple(dict.fromkeys(flag for each in energies for flag in each.flags)),
        notes=tuple(dict.fromkeys(note for each in energies for note in each.notes)),
    )
    groups = [named_group(note) for note in row.notes]
    row = replace(row, head_group=next(filter(None, groups), None))
    if planned.passivation is not None:
        row = replace(
            row,
            passivation_energy_eV=energies[1].reaction_energy_eV,
            passivation_uncertainty=energies[1].uncertainty,
        )
    reasons += [why for each in energies for why in _missing(each)]
    covered = SpeciesName(entry.surface).plus(planned.ligand)
    if planned.potential is not None:
        (potential,) = electrostatics_rows(found, [str(covered)], [planned.potential])
        row = replace(row, work_function_change_eV=potential.work_function_top_change_eV)
    row = _with_gap(row, entry, covered, dos)
    row = _with_descriptors(row, found, planned)
    states = [found.states[key] for key in planned.tasks]
    reasons += [
        f"{state.task.label} {status_words(state.state, state.why)}"
        for state in states
        if state.state in ("failed", "unconverged")
    ]
    spent = [
        state.result.values.get("last_attempt_core_s", 0.0) for state in states if state.result
    ]
    return replace(
        row,
        cost_core_s=float(sum(spent)) if spent else None,
        unfinished_tasks=sum(state.state != "done" for state in states),
        reason="; ".join(dict.fromkeys(filter(None, reasons))),
    )


def _smiles(ligand: LigandEntry) -> str:
    """SMILES of a ligand with its counter-ions, or what else names it."""
    if ligand.smiles is None or ligand.counter_ion is None:
        return ligand.smiles or ligand.molecule or str(ligand.file)
    charge = Chem.GetFormalCharge(parse_smiles(ligand.smiles))
    ion = f".[{ligand.counter_ion}{'-' if charge > 0 else '+'}]"
    return ligand.smiles + ion * abs(charge)


def _missing(row: ReactionRow) -> list[str]:
    """What keeps an energy from being known, without what only waits for its turn."""
    if row.status.startswith("refused"):
        return [row.status]
    return [
        f"{term.species} {status_words(term.state, term.why)}"
        for term in row.terms
        if term.energy_eV is None and term.state not in ("waiting", "running", "failed")
        and term.state != "unconverged"
    ]  # fmt: skip


def _with_gap(
    row: LigandScreenRow,
    entry: LigandScreenEntry,
    covered: SpeciesName,
    dos: Mapping[str, DosOutput],
) -> LigandScreenRow:
    own, bare = _gap_eV(dos.get(str(covered))), _gap_eV(dos.get(entry.surface))
    change = None if own is None or bare is None else own - bare
    row = replace(row, gap_change_eV=change, bare_gap_eV=bare)
    if entry.vacancy is None:
        return row
    clean = SpeciesName(entry.surface).plus(entry.vacancy)
    return replace(
        row,
        vacancy_levels_eV=_levels_eV(
            dos.get(str(covered.plus(entry.vacancy))), dos.get(str(covered))
        ),
        clean_vacancy_levels_eV=_levels_eV(dos.get(str(clean)), dos.get(entry.surface)),
    )


def _gap_eV(output: DosOutput | None) -> float | None:
    """Gap of a slab without vacancies, 0 without one; None while it is not known."""
    if output is None or output.dos is None:
        return None
    host = output.gaps[0].host
    return host.edges.gap_eV if host else 0.0


def _levels_eV(output: DosOutput | None, whole: DosOutput | None) -> tuple[float, ...] | None:
    """Levels of a vacancy in the gap of the same slab without it, above the valence-band maximum.

    None while one of the densities of states is missing: those of another slab, or the edges of
    the slab with the vacancy, would give levels that change later.
    """
    if whole is None or whole.dos is None:
        return None
    if output is None or output.dos is None or output.gaps[0].host is None:
        return None
    return tuple(level.above_vbm_eV for level in output.gaps[0].levels)


def _with_descriptors(
    row: LigandScreenRow, found: Findings, planned: PlannedLigand
) -> LigandScreenRow:
    result = found.species[planned.ligand].result
    dipole = result.values.get("dipole_moment_eA") if result else None
    if dipole is not None:
        row = replace(row, dipole_eA=float(np.linalg.norm(dipole)))
    state = None if planned.descriptors is None else found.states[planned.descriptors]
    if state is None or state.result is None:
        return row
    values = state.result.checked(DescriptorValues)
    return replace(
        row,
        homo_eV=values.homo_eV,
        lumo_eV=values.lumo_eV,
        lowest_potential_V=values.lowest_potential_V,
        highest_potential_V=values.highest_potential_V,
    )
