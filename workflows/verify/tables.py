"""A verification for people: the reaction, its species, and in which convention."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from analysis.tables import Table, number
from workflows.codes import abinit
from workflows.codes.cp2k import without_smearing
from workflows.codes.cp2k_data import element
from workflows.codes.spec import CodeSpec
from workflows.findings.words import flag_sentences
from workflows.verify.rows import VerificationRow
from workflows.verify.settings import BASIS
from workflows.verify.verification import Verification

#: Moments of a cell that differ by less are those of one state, in Bohr magnetons.
SAME_MOMENT_MUB = 0.1


def tables(made: Verification, row: VerificationRow) -> list[Table]:
    """Energies of the reaction with both programs, and the energies behind them."""
    return [_reaction(made, row), _species(made, row)]


def _reaction(made: Verification, row: VerificationRow) -> Table:
    program = made.settings.program.name
    columns = (
        "Energy", "dE, GPAW / eV", f"dE, {program} / eV", "Difference / eV", "Counterpoise / eV",
        "dE, study / eV", "Reaction", "Status",
    )  # fmt: skip
    line = (
        row.name,
        number(row.gpaw_energy_eV, 3, sign=True),
        number(row.code_energy_eV, 3, sign=True),
        number(row.difference_eV, 3, sign=True),
        number(row.counterpoise_eV, 3, sign=True),
        number(row.study_energy_eV, 3, sign=True),
        row.equation,
        row.status,
    )
    foot = (*sentences(made), *_other_moments(row), *flag_sentences(row.flags))
    return Table("Verification", columns, (line,), foot, below=("Reaction", "Status"))


def _species(made: Verification, row: VerificationRow) -> Table:
    program = made.settings.program.name
    columns = (
        "Species", "Coefficient", "E, GPAW / eV", f"E, {program} / eV", "Counterpoise / eV",
        "Moment, GPAW / mu_B", f"Moment, {program} / mu_B", "Folders",
    )  # fmt: skip
    lines = [
        (
            term.species,
            term.coefficient,
            number(term.gpaw_energy_eV, 4),
            number(term.code_energy_eV, 4),
            number(term.counterpoise_eV if made.parts else None, 4, sign=True),
            number(term.gpaw_moment_muB, 3),
            number(term.code_moment_muB, 3),
            f"{term.gpaw_folder}, {term.code_folder}",
        )
        for term in row.terms
    ]
    foot = ("Total energies of different programs have no common zero; only their dE compare.",)
    return Table(
        "Energies behind it",
        columns,
        tuple(lines),
        foot,
        below=("Folders",),
        not_in_print=("Folders",),
    )


def sentences(made: Verification) -> tuple[str, ...]:
    """What was calculated, and what the columns mean."""
    level = made.gpaw_level
    spec: Mapping[str, Any] = made.code_tasks[0].spec["level"]
    if made.settings.code == "abinit":
        own = (
            f"plane waves {spec['ecut_eV']:g} eV, double grid {spec['fine_ecut_eV']:g} eV, PAW"
            f" datasets of GPAW ({spec['codes']['gpaw-data']})"
        )
    else:
        own = (
            f"{spec['basis']}-MOLOPT basis sets, GTH pseudopotentials, density cutoff"
            f" {spec['cutoff_Ry']:g} Ry, relative cutoff {spec['relative_cutoff_Ry']:g} Ry"
        )
    words = [
        "Single points at the relaxed structures of the study, in the same cells and at the same"
        f" k-points, periodic in three directions, {level.functional} without dispersion and"
        f" without dipole layer, smearing {level.smearing_eV:g} eV.",
        f"GPAW: plane waves {level.ecut_eV:g} eV.",
        f"{made.program}: {own}.",
        "Difference: the other program minus GPAW. dE, study: as the study has it, with its own"
        " cutoff, dispersion and dipole layer.",
    ]
    if made.settings.code == "cp2k":
        words += _cp2k_sentences(made)
    return tuple(words)


def _cp2k_sentences(made: Verification) -> list[str]:
    """What is unlike GPAW in the calculations of CP2K, and what corrects it."""
    words = []
    functional, basis = made.gpaw_level.functional, made.settings.basis or BASIS
    electrons = {
        symbol: (
            element(symbol, basis, functional).electrons,
            abinit.valence_electrons(symbol, functional),
        )
        for symbol in made.symbols
    }
    other = [f"{s} {own} and {gpaw}" for s, (own, gpaw) in electrons.items() if own != gpaw]
    if other:
        words.append(f"Valence electrons in CP2K and in GPAW: {', '.join(other)}.")
    specs = [cast(CodeSpec, task.spec) for task in made.code_tasks]
    if any(
        without_smearing(spec["kpoints"], spec["spin_polarised"], spec.get("fixed_moment_muB"))
        for spec in specs
    ):
        words.append(
            "CP2K has no smearing at Gamma for closed shells and for moments that are kept."
        )
    if made.parts:
        words.append(
            "Counterpoise: what is added to dE of the other program, E(part) - E(part with the"
            " basis functions of the whole slab), summed over slab and ligands as they lie in it."
        )
    elif made.settings.counterpoise is False:
        words.append("Without counterpoise correction, so that basis sets superpose.")
    else:
        words.append(
            "Without counterpoise correction, which is made for adsorption only, so that basis sets"
            " superpose."
        )
    return words


def _other_moments(row: VerificationRow) -> list[str]:
    """Sentences on species that have other magnetic moments in the two programs."""
    words = []
    for term in row.terms:
        gpaw, code = term.gpaw_moment_muB or 0.0, term.code_moment_muB
        if code is not None and abs(abs(gpaw) - abs(code)) > SAME_MOMENT_MUB:
            words.append(
                f"{term.species}: the moments differ, {gpaw:.2f} mu_B with GPAW and {code:.2f}"
                f" mu_B with {row.program}, so that these are two states."
            )
    return words
