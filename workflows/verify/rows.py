"""What two programs say about one reaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.energies.reactions import Term, reaction_energy_eV
from analysis.result_values import EnergyValues
from workflows.findings.states import TaskState
from workflows.findings.words import status_words
from workflows.planning.relaxations import elements
from workflows.verify.verification import Verification


@dataclass(frozen=True)
class SpeciesRow:
    """One species with both programs; total energies of different programs have no common zero.

    Parameters
    ----------
    species, coefficient
        Its term; reactants have negative coefficients.
    gpaw_energy_eV, code_energy_eV
        Energy extrapolated to zero smearing in eV, or None while it is not known.
    counterpoise_eV
        What is added to the energy of the other program for the superposition of basis sets, in
        eV, zero or positive; None while it is not known.
    gpaw_moment_muB, code_moment_muB
        Magnetic moment of the cell, or None.
    gpaw_folder, code_folder
        Folders of the tasks.
    counterpoise_folders
        Folders of the parts: alone and with ghost atoms, one part after the other.
    """

    species: str
    coefficient: str
    gpaw_energy_eV: float | None
    code_energy_eV: float | None
    counterpoise_eV: float | None
    gpaw_moment_muB: float | None
    code_moment_muB: float | None
    gpaw_folder: str
    code_folder: str
    counterpoise_folders: tuple[str, ...]


@dataclass(frozen=True)
class VerificationRow:
    """One reaction with both programs, energies in eV, None while they are not known.

    Parameters
    ----------
    name, equation
        The reaction.
    program
        The other program with its version.
    study_energy_eV
        dE of the study, in its own convention.
    gpaw_energy_eV
        dE of GPAW in the shared convention.
    code_energy_eV
        dE of the other program, with the counterpoise correction if there is one.
    counterpoise_eV
        This correction; None also for a program or reaction that has none.
    difference_eV
        The other program minus GPAW.
    status
        ``"done"``, or what is missing and why.
    terms
        The species.
    flags
        Sentences on species whose relaxed structures are not what their names say.
    """

    name: str
    equation: str
    program: str
    study_energy_eV: float | None
    gpaw_energy_eV: float | None
    code_energy_eV: float | None
    counterpoise_eV: float | None
    difference_eV: float | None
    status: str
    terms: tuple[SpeciesRow, ...]
    flags: tuple[str, ...]


def verification_row(made: Verification, states: Mapping[str, TaskState]) -> VerificationRow:
    """Both energies of a reaction, as far as they are known."""
    terms = tuple(_term(made, states, name) for name in made.row.reaction.species)
    gpaw = _reaction_energy_eV(made, states, made.gpaw)
    code = _reaction_energy_eV(made, states, made.code)
    weights = made.row.reaction.weights
    corrections = {term.species: term.counterpoise_eV for term in terms}
    counterpoise: float | None = None
    if any(made.parts.values()):
        known = {name: value for name, value in corrections.items() if value is not None}
        if len(known) == len(corrections):
            counterpoise = sum(weights[name] * value for name, value in known.items())
            code = None if code is None else code + counterpoise
        else:
            code = None
    missing = [
        f"{state.task.label} {status_words(state.state, state.why)}"
        for state in states.values()
        if state.state != "done"
    ]
    return VerificationRow(
        name=made.row.name,
        equation=made.row.reaction.equation,
        program=made.program,
        study_energy_eV=made.row.reaction_energy_eV,
        gpaw_energy_eV=gpaw,
        code_energy_eV=code,
        counterpoise_eV=counterpoise,
        difference_eV=None if code is None or gpaw is None else code - gpaw,
        status="; ".join(missing) or "done",
        terms=terms,
        flags=made.row.flags,
    )


def _term(made: Verification, states: Mapping[str, TaskState], name: str) -> SpeciesRow:
    gpaw, code = states[made.gpaw[name]], states[made.code[name]]
    return SpeciesRow(
        species=name,
        coefficient=str(dict(made.row.reaction.coefficients)[name]),
        gpaw_energy_eV=gpaw.result.energy_eV if gpaw.result else None,
        code_energy_eV=code.result.energy_eV if code.result else None,
        counterpoise_eV=_counterpoise_eV(made, states, name),
        gpaw_moment_muB=_moment_muB(gpaw),
        code_moment_muB=_moment_muB(code),
        gpaw_folder=str(gpaw.folder),
        code_folder=str(code.folder),
        counterpoise_folders=tuple(
            str(states[key].folder)
            for part in made.parts.get(name, {}).values()
            for key in (part.alone, part.with_ghosts)
        ),
    )


def _moment_muB(state: TaskState) -> float | None:
    if state.result is None:
        return None
    return state.result.checked(EnergyValues).magnetic_moment_muB


def _counterpoise_eV(
    made: Verification, states: Mapping[str, TaskState], name: str
) -> float | None:
    """What the parts of a covered slab gain from the basis functions of the others, in eV.

    The sum over the parts of E(alone) - E(with ghosts), which raises the energy of the whole
    (Boys and Bernardi, Mol. Phys. 19, 553 (1970)); zero without parts.
    """
    total_eV = 0.0
    for part in made.parts.get(name, {}).values():
        alone, with_ghosts = states[part.alone].result, states[part.with_ghosts].result
        if alone is None or with_ghosts is None:
            return None
        total_eV += alone.energy_eV - with_ghosts.energy_eV
    return total_eV


def _reaction_energy_eV(
    made: Verification, states: Mapping[str, TaskState], keys: Mapping[str, str]
) -> float | None:
    """Reaction energy of one program in eV, from the ledger, which refuses what is not balanced."""
    terms = {}
    for name, key in keys.items():
        result = states[key].result
        if result is None:
            return None
        terms[name] = Term(
            result.energy_eV, elements(result.atoms), result.charge, result.fingerprint
        )
    return reaction_energy_eV(made.row.reaction, terms)
