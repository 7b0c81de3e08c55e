"""What a study has found so far: tables for people, one document for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from analysis.energies.reactions import question
from analysis.energies.rows import Published, ReactionRow, reaction_row
from analysis.tables import MISSING, Shown, Table, number
from slabs.crystals.prototypes import prototype_source
from workflows.findings.calculated import calculated_candidates, calculated_species
from workflows.findings.states import TaskState, study_folder, task_states
from workflows.findings.words import level_sentences, level_words, status_words
from workflows.planning.plan import Plan
from workflows.recipes.chemical_potentials.tables import (
    corner_table,
    formation_table,
    phase_table,
    surface_table,
)
from workflows.recipes.chemical_potentials.thermodynamics import stability_document, thermodynamics
from workflows.recipes.comparisons import (
    basin_rows,
    basin_table,
    dispersion_table,
    passivation_rows,
    passivation_table,
    spin_orbit_rows,
    spin_orbit_table,
    split_rows,
    split_table,
)
from workflows.recipes.density_differences.table import density_rows, density_table
from workflows.recipes.dos.table import dos_documents, dos_table
from workflows.recipes.geometry.rows import geometry_rows
from workflows.recipes.geometry.table import geometry_table
from workflows.recipes.old_candidates import candidate_rows, candidate_table, spin_rows, spin_table
from workflows.recipes.old_electrostatics import electrostatics_rows, electrostatics_table
from workflows.recipes.old_screening import funnel_rows, funnel_table
from workflows.store import LOG_FILE
from workflows.study.level import ENSEMBLE_FUNCTIONAL
from workflows.study.model import CrystalSpec, Study

ENSEMBLE_WORDS = (
    "+-: standard deviation of dE over the ensemble of BEEF-vdW, an estimate of the error of the"
    " functional (Wellendorff et al., Phys. Rev. B 85, 235149 (2012))."
)
#: Tables of a study, in the order in which they are printed.
PARTS = (
    "energies",
    "dispersion",
    "passivation",
    "candidates",
    "screening",
    "spins",
    "basins",
    "splits",
    "spin-orbit",
    "phases",
    "potentials",
    "formation",
    "surfaces",
    "crystals",
    "dos",
    "densities",
    "electrostatics",
    "geometry",
)


def energy_rows(plan: Plan, states: Mapping[str, TaskState]) -> list[ReactionRow]:
    """The reactions of a study, those of one question after each other."""
    species = calculated_species(plan, calculated_candidates(plan, states))
    rows = []
    for spec, reaction in zip(plan.study.reactions, plan.reactions, strict=True):
        published = None
        source = spec.published_source or ""
        if spec.published_binding_energy_eV is not None:
            published = Published(spec.published_binding_energy_eV, "binding", source)
        elif spec.published_reaction_energy_eV is not None:
            published = Published(spec.published_reaction_energy_eV, "reaction", source)
        asked = spec.question or question(reaction, plan.study.vacancies)
        rows.append(reaction_row(spec.name, reaction, species, published, asked))
    order = list(dict.fromkeys(row.question for row in rows))
    return sorted(rows, key=lambda row: order.index(row.question))


def energy_table(plan: Plan, states: Mapping[str, TaskState]) -> Table:
    """Adsorption and formation energies."""
    ensemble = plan.study.energy_level.functional == ENSEMBLE_FUNCTIONAL
    rows, notes, sources = [], [], []
    for row in energy_rows(plan, states):
        published = MISSING
        if row.published is not None:
            kind = "E_b" if row.published.quantity == "binding" else "dE"
            value = row.published.value_eV
            published = Shown(f"{value:g} ({kind})", value)
            sources.append(f"Published: {row.published.source}.")
        rows.append(
            (
                row.question,
                row.name,
                row.reaction.equation,
                number(row.reaction_energy_eV, 3, sign=True),
                number(row.binding_energy_eV, 3, sign=True),
                *([number(row.functional_error_eV, 3)] if ensemble else []),
                published,
                number(row.difference_eV, 3, sign=True),
                str(row.atoms),
                number(row.coverage_per_nm2, 2),
                level_words(plan.study),
                row.status,
            )
        )
        notes += [f"{note}." for note in row.notes]
    columns = (
        "Question", "Energy", "Reaction", "dE / eV", "E_b / eV", *(["+- / eV"] if ensemble else []),
        "Published / eV", "Ours - publ. / eV", "Atoms", "Coverage / nm^-2",
        "Level", "Status",
    )  # fmt: skip
    signs = (
        "dE = E(products) - E(reactants), at the coefficients of the equation;"
        " E_b = -dE > 0 means that the products are more stable."
    )
    foot = (
        *level_sentences(plan.study),
        signs,
        *([ENSEMBLE_WORDS] if ensemble else []),
        *dict.fromkeys(notes),
        *dict.fromkeys(sources),
    )
    below = ("Reaction", "Level", "Status")
    return Table(plan.study.title, columns, tuple(rows), foot, below, group="Question")


def crystal_table(plan: Plan, states: Mapping[str, TaskState]) -> Table:
    """Lattice constants and bulk moduli."""
    rows = []
    for name, spec in plan.study.crystals.items():
        state = states[plan.relax_keys[name][0]]
        values = state.result.values if state.result else {}
        rows.append(
            (
                name,
                spec.phase if spec.prototype == "perovskite" and spec.material else spec.prototype,
                _cell_words(values),
                number(spec.published_lattice_constant_A, 3),
                number(values.get("bulk_modulus_GPa"), 1),
                level_words(plan.study),
                status_words(state.state, state.why),
            )
        )
    columns = (
        "Crystal", "Phase", "a / A", "Published a / A", "B / GPa", "Level", "Status",
    )  # fmt: skip
    own = [
        f"{name}: k-point length {spec.kpoint_length_A:g} A."
        for name, spec in plan.study.crystals.items()
        if spec.kpoint_length_A is not None
    ]
    own += [
        f"{name}: started from the structure of {source}."
        for name, spec in plan.study.crystals.items()
        if (source := _tabulated(spec)) is not None
    ]
    sources = [
        f"{name}: published value from {spec.published_source}."
        for name, spec in plan.study.crystals.items()
        if spec.published_source
    ]
    return Table("Bulk crystals", columns, tuple(rows), (*own, *sources), below=("Level",))


def _tabulated(spec: CrystalSpec) -> str | None:
    """Source of the structure a crystal starts from, if it is not the study's own."""
    if spec.material is None or spec.prototype == "perovskite" or spec.lattice_constants_A:
        return None
    return prototype_source(spec.material, spec.prototype)


def _cell_words(values: Mapping[str, Any]) -> str:
    """Lattice constant of a cubic crystal, the three lengths of any other."""
    if values.get("lattice_constant_A") is None and "cell_lengths_A" in values:
        lengths = values["cell_lengths_A"]
        return Shown(" x ".join(f"{x:.3f}" for x in lengths), *lengths)
    return number(values.get("lattice_constant_A"), 3)


def tables(
    plan: Plan,
    results: Path,
    part: str | None = None,
    states: Mapping[str, TaskState] | None = None,
) -> list[Table]:
    """One of `PARTS`, or all that are not empty, but for the geometry, which is too long.

    States that are known already need not be read again.
    """
    if states is None:
        states = task_states(plan, results)
    if part == "geometry":
        return [geometry_table(plan, states)]
    found = thermodynamics(plan, states)
    made = {
        "energies": energy_table(plan, states),
        "dispersion": dispersion_table(plan, energy_rows(plan, states)),
        "passivation": passivation_table(plan, states),
        "candidates": candidate_table(plan, states),
        "screening": funnel_table(plan, states),
        "spins": spin_table(plan, states),
        "basins": basin_table(plan, states),
        "splits": split_table(plan, states),
        "spin-orbit": spin_orbit_table(plan, states),
        "phases": phase_table(plan, found),
        "potentials": corner_table(plan, found),
        "formation": formation_table(plan, found),
        "surfaces": surface_table(plan, found),
        "crystals": crystal_table(plan, states),
        "dos": dos_table(plan, states),
        "densities": density_table(plan, states),
        "electrostatics": electrostatics_table(plan, states),
    }
    if part is not None:
        return [made[part]]
    return [table for table in made.values() if table.rows]


def document(plan: Plan, results: Path) -> dict[str, Any]:
    """Everything a study has found, with the folder behind every number.

    Energies are unrounded, in eV.
    """
    states = task_states(plan, results)
    study = plan.study
    reactions = [_reaction_document(row, study) for row in energy_rows(plan, states)]
    return {
        "title": plan.study.title,
        "study": str(study_folder(plan, results) / "study.toml"),
        "level": _level_document(study),
        "reactions": reactions,
        "passivation": [_reaction_document(row, study) for row in passivation_rows(plan, states)],
        "candidates": candidate_rows(plan, states),
        "screening": funnel_rows(plan, states),
        "spins": spin_rows(plan, states),
        "geometry": geometry_rows(plan, states),
        "basin_checks": basin_rows(plan, states),
        "splits": split_rows(plan, states),
        "spin_orbit": spin_orbit_rows(plan, states),
        "chemical_potentials": stability_document(plan, thermodynamics(plan, states)),
        "crystals": {
            name: _output(states[plan.relax_keys[name][0]]) for name in plan.study.crystals
        },
        "density_differences": density_rows(plan, states),
        "electrostatics": electrostatics_rows(plan, states),
        "densities_of_states": dos_documents(plan, states),
    }


def _level_document(study: Study) -> dict[str, Any]:
    """Name, caveat and all settings, of the energies and of the relaxation."""
    levels = {"relaxation": study.level, "energy": study.energy_level}
    if study.screening is not None:
        levels["screening"] = study.screening
    settings = {name: {**level.physics(), **level.model_dump()} for name, level in levels.items()}
    return {"name": study.level_name, "caveat": study.caveat, **settings}


def _reaction_document(row: ReactionRow, study: Study) -> dict[str, Any]:
    given = row.published
    return {
        "name": row.name,
        "question": row.question,
        "equation": row.reaction.equation,
        "reaction_energy_eV": row.reaction_energy_eV,
        "binding_energy_eV": row.binding_energy_eV,
        "functional_error_eV": row.functional_error_eV,
        "by_dispersion_eV": dict(row.by_dispersion_eV),
        "published_eV": given.value_eV if given else None,
        "published_quantity": given.quantity if given else None,
        "published_source": given.source if given else None,
        "difference_eV": row.difference_eV,
        "level": study.level_name,
        "caveat": study.caveat,
        "status": row.status,
        "atoms": row.atoms,
        "coverage_per_nm2": row.coverage_per_nm2,
        "notes": list(row.notes),
        "flags": list(row.flags),
        "terms": [asdict(term) for term in row.terms],
    }


def _output(state: TaskState) -> dict[str, Any]:
    values = dict(state.result.values) if state.result else {}
    return {
        "label": state.task.label,
        "state": state.state,
        "why": state.why,
        "folder": str(state.folder),
        "log": str(state.folder / LOG_FILE),
        **{k: v for k, v in values.items() if k not in ("structure", "level", "ensemble_eV")},
    }
