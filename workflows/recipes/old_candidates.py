"""Candidates for a species: placements, conformers, starts of vacancies, and their spins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.energies.rows import Calculated, lowest
from analysis.tables import MISSING, Table, number
from workflows.findings.calculated import calculated_candidates
from workflows.findings.states import TaskState
from workflows.findings.words import level_words, status_words
from workflows.planning.plan import Plan
from workflows.recipes.old_screening import funnel_rows, screened_candidates


def candidate_rows(plan: Plan, states: Mapping[str, TaskState]) -> list[dict[str, Any]]:
    """Every candidate of the species that have several, with its relaxed energy."""
    rows: list[dict[str, Any]] = []
    for name, candidates in calculated_candidates(plan, states).items():
        if name in plan.screen_keys:
            rows += _screened_rows(plan, states, name, candidates)
            continue
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
                    "level": plan.study.level_name,
                    "folder": str(each.folder),
                    "status": status_words(each.state, each.why),
                }
            )
    return rows


def _screened_rows(
    plan: Plan, states: Mapping[str, TaskState], name: str, promoted: Sequence[Calculated]
) -> list[dict[str, Any]]:
    """Every candidate of a screened species, with its relaxed energy if it was promoted."""
    found = screened_candidates(plan, states, name)
    chosen = lowest(name, promoted)
    lowest_eV = min((c.result.energy_eV for c in promoted if c.result), default=0.0)
    first = next((each for each in found if each.rank == 1), None)
    assert plan.study.screening is not None
    rows = []
    for each in found:
        final = each.final
        energy = final.result.energy_eV if final and final.result else None
        change = None
        if energy is not None and first is not None and first.final and first.final.result:
            moved = energy - first.final.result.energy_eV
            change = moved - (each.above_lowest_eV or 0.0)
        if final is not None:
            status = status_words(final.state, final.why)
        elif each.rank is None:
            status = f"screening {status_words(each.state.state, each.state.why)}"
        else:
            status = "same minimum as a lower one" if each.twin else "left behind"
        planned = plan.possible(name)[each.number - 1].structure
        rows.append(
            {
                "species": name,
                "candidate": each.number,
                "score_eV": planned.score_eV,
                "screened_above_lowest_eV": each.above_lowest_eV,
                "rank": each.rank,
                "promoted": None if each.rank is None else final is not None,
                "energy_eV": energy,
                "above_lowest_eV": None if energy is None else energy - lowest_eV,
                "change_eV": change,
                "chosen": bool(final and chosen.result and chosen.folder == final.folder),
                "placement": planned.placement,
                "level": plan.study.screening.name if final is None else plan.study.level_name,
                "folder": str(final.folder if final else each.state.folder),
                "screening_folder": str(each.state.folder),
                "status": status,
            }
        )
    return rows


def candidate_table(plan: Plan, states: Mapping[str, TaskState]) -> Table:
    """Candidates of each species: score before, energy after the relaxation."""
    rows = [
        (
            f"{row['species']} #{row['candidate']}",
            number(row["score_eV"], 3, sign=True),
            *(_screened_cells(row) if plan.screen_keys else ()),
            number(row["above_lowest_eV"], 3),
            *([number(row.get("change_eV"), 3, sign=True)] if plan.screen_keys else []),
            "lowest" if row["chosen"] else "",
            row["placement"],
            _level_of(plan, row),
            row["status"],
        )
        for row in candidate_rows(plan, states)
    ]
    columns = (
        "Candidate", "Score / eV", *(("Screened / eV", "Rank") if plan.screen_keys else ()),
        "E - E_min / eV", *(("Change / eV",) if plan.screen_keys else ()),
        "Chosen", "Placement", "Level", "Status",
    )  # fmt: skip
    foot = (
        "The score ranks placements before any calculation (force field, no energy); E is the"
        " relaxed energy, and the lowest one enters the reactions.",
        *_screening_sentences(plan, states),
    )
    return Table("Candidates", columns, tuple(rows), foot, below=("Placement", "Level", "Status"))


def _screened_cells(row: Mapping[str, Any]) -> tuple[str, str]:
    """Screening energy and rank; the rank of a promoted candidate is marked."""
    rank = row.get("rank")
    promoted = " promoted" if row.get("promoted") else ""
    shown = MISSING if rank is None else f"{rank}{promoted}"
    return number(row.get("screened_above_lowest_eV"), 3, sign=True), shown


def _level_of(plan: Plan, row: Mapping[str, Any]) -> str:
    """The level of a row with its caveat."""
    screening = plan.study.screening
    if screening is None or row["level"] != screening.name or row["energy_eV"] is not None:
        return level_words(plan.study)
    return f"{screening.name}: {screening.caveat}" if screening.caveat else screening.name


def _screening_sentences(plan: Plan, states: Mapping[str, TaskState]) -> list[str]:
    """What the columns of a screening mean, and what it says about itself."""
    screening = plan.study.screening
    if screening is None:
        return []
    found = [
        f"Screened: energy above the lowest at the level {screening.name!r}, which only ranks;"
        " change: of the energy relative to rank 1, from there to E."
    ]
    for row in funnel_rows(plan, states):
        if row["largest_change_eV"] is not None:
            margin = number(row["margin_eV"], 3, sign=True)
            found.append(
                f"{row['species']}: margin of the screening {margin} eV; largest change of an"
                f" energy difference {row['largest_change_eV']:+.3f} eV; rank correlation of"
                f" the promoted {row['rank_correlation']:+.2f}."
            )
        found += [f"{words}." for words in row["warnings"]]
    return found


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
                    "candidate": plan.held(name, place, each.result).candidate + 1,
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
