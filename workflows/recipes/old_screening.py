"""Screened candidates: ranks, what changed from the screening to the study, and the margin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from analysis.energies.funnel import funnel_check
from analysis.energies.rows import Calculated
from analysis.tables import MISSING, Table, number
from workflows.dft.parents import ranking
from workflows.findings.calculated import calculated_candidates
from workflows.findings.states import TaskState
from workflows.findings.words import level_words
from workflows.planning.plan import Plan


@dataclass(frozen=True, eq=False)
class Screened:
    """One candidate of a species that is screened.

    Parameters
    ----------
    number
        Its number among the candidates, from 1.
    state
        State of its relaxation at the screening level.
    above_lowest_eV
        Screening energy relative to the lowest one, None until all are done.
    rank
        Its rank by that energy, from 1, None until all are done.
    twin
        Whether it is the same minimum as one of lower energy.
    final
        What it became at the level of the study, None if it was not promoted.
    """

    number: int
    state: TaskState
    above_lowest_eV: float | None = None
    rank: int | None = None
    twin: bool = False
    final: Calculated | None = None


def screened_candidates(plan: Plan, states: Mapping[str, TaskState], name: str) -> list[Screened]:
    """All candidates of a screened species in their order, ranked once all are done."""
    keys = plan.screen_keys[name]
    numbers = plan.tasks[plan.relax_keys[name][0]].spec["candidates"]
    results = [states[key].result for key in keys]
    done = [result for result in results if result is not None]
    if len(done) < len(keys):
        return [Screened(n, states[key]) for n, key in zip(numbers, keys, strict=True)]
    ranked = ranking(done)
    lowest_eV = min(result.energy_eV for result in done)
    finals = _finals(plan, states, name)
    return [
        Screened(
            numbers[place],
            states[key],
            done[place].energy_eV - lowest_eV,
            rank := ranked.order.index(place) + 1,
            place in ranked.twins,
            finals.get(numbers[place], finals.get(-rank)),
        )
        for place, key in enumerate(keys)
    ]


def _finals(plan: Plan, states: Mapping[str, TaskState], name: str) -> dict[int, Calculated]:
    """What is relaxed at the level of the study: by candidate, or by minus its rank if open."""
    found = {}
    for rank, each in enumerate(calculated_candidates(plan, states)[name], start=1):
        candidate = each.result.values.get("candidate") if each.result else None
        found[-rank if candidate is None else int(candidate)] = each
    return found


def funnel_rows(plan: Plan, states: Mapping[str, TaskState]) -> list[dict[str, Any]]:
    """For every screened species the margin of the screening against its error, in eV.

    See `analysis.energies.funnel.FunnelCheck`; ``warnings`` are sentences.
    """
    rows = []
    for name in plan.screen_keys:
        (wanted,) = (each for each in plan.study.candidates if each.species == name)
        found = screened_candidates(plan, states, name)
        behind = [
            each.above_lowest_eV
            for each in found
            if each.above_lowest_eV is not None and each.final is None and not each.twin
        ]
        finals = [each.final for each in found if each.final is not None]
        ended = not any(each.state in ("waiting", "running") for each in finals)
        pairs = [
            (each.above_lowest_eV, each.final.result.energy_eV)
            for each in found
            if ended and each.above_lowest_eV is not None and each.final and each.final.result
        ]
        ranked = all(each.rank is not None for each in found)
        screened, final = zip(*pairs, strict=True) if pairs else ((), ())
        check = funnel_check(screened, final, behind) if ranked else None
        window = wanted.promote_within_eV
        within = None if window is None or not ranked else sum(e <= window for e in behind)
        row = {
            "species": name,
            "screening": plan.study.screening.name if plan.study.screening else None,
            "candidates": len(found),
            "twins": sum(each.twin for each in found) if ranked else None,
            "promoted": len(plan.relax_keys[name]),
            "promote_within_eV": window,
            "left_behind_within": within,
            "margin_eV": None,
            "largest_change_eV": None,
            "rank_correlation": None,
            "sufficient": None,
            **(asdict(check) if check else {}),
        }
        rows.append({**row, "warnings": _warnings(row)})
    return rows


def _warnings(row: Mapping[str, Any]) -> list[str]:
    """What speaks against the screening of a species, each in a sentence."""
    name, promoted = row["species"], row["promoted"]
    found = []
    if row["sufficient"] is False:
        found.append(
            f"{name}: the margin of the screening, {row['margin_eV']:+.3f} eV, is not larger than"
            f" the largest change of an energy difference, {row['largest_change_eV']:+.3f} eV; the"
            f" lowest minimum may be among those left behind: promote more than {promoted}"
        )
    if row["left_behind_within"]:
        found.append(
            f"{name}: {row['left_behind_within']} left behind within"
            f" {row['promote_within_eV']:g} eV of the lowest: promote"
            f" {promoted + row['left_behind_within']}"
        )
    return found


def funnel_table(plan: Plan, states: Mapping[str, TaskState]) -> Table:
    """The margin of each screening against its error."""
    found = funnel_rows(plan, states)
    rows = [
        (
            row["species"],
            f"{row['promoted']} of {row['candidates']}",
            number(row["margin_eV"], 3, sign=True),
            number(row["largest_change_eV"], 3, sign=True),
            number(row["rank_correlation"], 2, sign=True),
            {True: "yes", False: "no", None: MISSING}[row["sufficient"]],
            level_words(plan.study),
        )
        for row in found
    ]
    columns = (
        "Species", "Promoted", "Margin / eV", "Largest change / eV", "Rank correlation",
        "Sufficient", "Level",
    )  # fmt: skip
    foot = (
        "Margin: screening energy of the lowest candidate that was not promoted, minus that of the"
        " lowest; largest change: of the energy difference between two promoted candidates, from"
        " the screening to the level of the study. Sufficient: margin above largest change.",
        *(f"{words}." for row in found for words in row["warnings"]),
    )
    return Table("Screening of candidates", columns, tuple(rows), foot, below=("Level",))
