"""Candidates for a species: placements, conformers, starts of vacancies, and their spins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis.energies import lowest
from analysis.tables import MISSING, Table, number
from workflows.calculated import calculated_candidates, level_words, status_words
from workflows.engine import TaskState
from workflows.plan import Plan


def candidate_rows(plan: Plan, states: Mapping[str, TaskState]) -> list[dict[str, Any]]:
    """Every candidate of the species that have several, with its relaxed energy."""
    rows: list[dict[str, Any]] = []
    for name, candidates in calculated_candidates(plan, states).items():
        if len(candidates) == 1:
            continue
        energies = [c.result.energy_eV for c in candidates if c.result is not None]
        chosen = lowest(name, candidates)
        for place, each in enumerate(candidates):
            energy = each.result.energy_eV if each.result else None
            rows.append(
                {
                    "species": name,
                    "candidate": place + 1,
                    "score_eV": each.structure.score_eV,
                    "energy_eV": energy,
                    "above_lowest_eV": None if energy is None else energy - min(energies),
                    "chosen": chosen.result is not None and chosen.folder == each.folder,
                    "placement": each.structure.placement,
                    "folder": str(each.folder),
                    "status": status_words(each.state, each.why),
                }
            )
    return rows


def candidate_table(plan: Plan, states: Mapping[str, TaskState]) -> Table:
    """Candidates of each species: score before, energy after the relaxation."""
    rows = [
        (
            f"{row['species']} #{row['candidate']}",
            number(row["score_eV"], 3, sign=True),
            number(row["above_lowest_eV"], 3),
            "lowest" if row["chosen"] else "",
            row["placement"],
            level_words(plan.study),
            row["status"],
        )
        for row in candidate_rows(plan, states)
    ]
    columns = (
        "Candidate", "Score / eV", "E - E_min / eV", "Chosen", "Placement", "Level", "Status",
    )  # fmt: skip
    foot = (
        "The score ranks placements before any calculation (force field, no energy); E is the"
        " relaxed energy, and the lowest one enters the reactions.",
    )
    return Table("Candidates", columns, tuple(rows), foot, below=("Placement", "Level", "Status"))


def spin_rows(plan: Plan, states: Mapping[str, TaskState]) -> list[dict[str, Any]]:
    """Every spin-polarised candidate with its spin and the spin it started from."""
    rows: list[dict[str, Any]] = []
    for name, candidates in calculated_candidates(plan, states).items():
        chosen = lowest(name, candidates)
        keys = plan.species_keys[name]
        energies = [c.result.energy_eV for c in candidates if c.result is not None]
        for place, (each, key) in enumerate(zip(candidates, keys, strict=True)):
            if name in plan.study.crystals or not plan.tasks[key].spec["spin_polarised"]:
                continue
            values = each.result.values if each.result else {}
            total = values.get("magnetic_moment_muB")
            rows.append(
                {
                    "species": name,
                    "candidate": place + 1,
                    "several": len(candidates) > 1,
                    "start": each.structure.placement,
                    "start_moment_muB": float(
                        each.structure.atoms.get_initial_magnetic_moments().sum()
                    ),
                    "spin": None if total is None else total / 2,
                    "absolute_moment_muB": values.get("absolute_moment_muB"),
                    "above_lowest_eV": each.result.energy_eV - min(energies)
                    if each.result
                    else None,
                    "chosen": chosen.result is not None and chosen.folder == each.folder,
                    "folder": str(each.folder),
                    "status": status_words(each.state, each.why),
                }
            )
    return rows


def spin_table(plan: Plan, states: Mapping[str, TaskState]) -> Table:
    """Spins of all spin-polarised species, with all that were tried."""
    rows = [
        (
            row["species"] + (f" #{row['candidate']}" if row["several"] else ""),
            number(row["spin"], 3, sign=True),
            number(row["absolute_moment_muB"], 3),
            number(row["above_lowest_eV"], 3),
            "lowest" if row["chosen"] else "",
            row["start"] or MISSING,
            level_words(plan.study),
            row["status"],
        )
        for row in spin_rows(plan, states)
    ]
    columns = (
        "Species", "<S_z> / hbar", "|m| / mu_B", "E - E_min / eV", "Chosen", "Started as",
        "Level", "Status",
    )  # fmt: skip
    foot = (
        "<S_z>: half the surplus of spin-up electrons in the cell; 1/2 for one unpaired electron."
        " |m|: integral of the absolute spin density; larger than twice <S_z> where spins oppose"
        " each other.",
    )
    return Table("Spins", columns, tuple(rows), foot, below=("Started as", "Level", "Status"))
