"""Screened candidates: ranks, what changed from the screening to the study, and the margin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from analysis.energies.dipole_images import without_images
from analysis.energies.funnel import FunnelCheck, funnel_check
from analysis.energies.ranking import ranking
from analysis.energies.rows import Calculated
from analysis.tables import MISSING, Table, number
from slabs.structure import electron_parity
from workflows.findings.findings import Findings
from workflows.findings.states import TaskState
from workflows.findings.words import flag_sentences, level_words
from workflows.recipes.base import Recipe
from workflows.recipes.notices import Notice, caution
from workflows.study.ligand_tables import CandidatesEntry
from workflows.study.potential import PotentialLevel


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
    unrelaxed_because
        Why a potential did not relax it, so that it has a rank but no energy; else empty.
    final
        What it became at the level of the study, None if it was not promoted.
    """

    number: int
    state: TaskState
    above_lowest_eV: float | None = None
    rank: int | None = None
    twin: bool = False
    unrelaxed_because: str = ""
    final: Calculated | None = None


@dataclass(frozen=True)
class ScreeningRow:
    """The margin of the screening of a species against its error, in eV.

    Parameters
    ----------
    species
        The species.
    screening
        Name of the screening level.
    candidates, promoted
        How many were screened, and how many of them are relaxed at the level of the study.
    twins
        How many are the same minimum as a lower one; None until all are done.
    promote_within_eV
        The window of the study, or None.
    left_behind_within
        How many within the window were not promoted.
    margin_eV, largest_change_eV, rank_correlation, sufficient
        See `analysis.energies.funnel.FunnelCheck`; None until they are known.
    warnings
        What speaks against the screening, in sentences.
    """

    species: str
    screening: str | None
    candidates: int
    promoted: int
    twins: int | None
    promote_within_eV: float | None
    left_behind_within: int | None
    margin_eV: float | None
    largest_change_eV: float | None
    rank_correlation: float | None
    sufficient: bool | None
    warnings: tuple[str, ...]


class ScreeningRecipe(Recipe[None, ScreeningRow]):
    """``[screening]``: the level at which candidates are ranked; they are planned with them."""

    name: ClassVar[str] = "screening"
    title: ClassVar[str] = "Screening of candidates"
    chapter: ClassVar[str] = "reliability"

    def asked(self, found: Findings) -> bool:
        """Whether candidates are screened."""
        return bool(self.rows(found))

    def evaluate(self, found: Findings) -> Sequence[ScreeningRow]:
        """One row per screened species."""
        rows = []
        for name in found.plan.screen_keys:
            (entry,) = (each for each in found.study.every_candidate if each.species == name)
            rows.append(_row(found, name, entry))
        return rows

    def tables(self, found: Findings) -> list[Table]:
        """One species per row."""
        rows = self.rows(found)
        lines = [
            (
                row.species,
                f"{row.promoted} of {row.candidates}",
                number(row.margin_eV, 3, sign=True),
                number(row.largest_change_eV, 3, sign=True),
                number(row.rank_correlation, 2, sign=True),
                {True: "yes", False: "no", None: MISSING}[row.sufficient],
                level_words(found.study),
            )
            for row in rows
        ]
        columns = (
            "Species", "Promoted", "Margin / eV", "Largest change / eV", "Rank correlation",
            "Sufficient", "Level",
        )  # fmt: skip
        foot = (
            "Margin: screening energy of the lowest candidate that was not promoted, minus that of"
            " the lowest; largest change: of the energy difference between two promoted"
            " candidates, from the screening to the level of the study. Sufficient: margin above"
            " largest change.",
        )
        doubts = flag_sentences(words for row in rows for words in row.warnings)
        return [Table(self.title, columns, tuple(lines), foot, ("Level",), warnings=doubts)]

    def notices(self, found: Findings) -> list[Notice]:
        """Screenings whose margin does not suffice."""
        lines = (words for row in self.rows(found) for words in row.warnings)
        return caution("Candidates that were not promoted may be lower", lines)


RECIPE = ScreeningRecipe()


def screened_candidates(found: Findings, name: str) -> list[Screened]:
    """All candidates of a screened species in their order, ranked once all are done."""
    plan, states = found.plan, found.states
    keys = plan.screen_keys[name]
    numbers = plan.tasks[plan.relax_keys[name][0]].spec["candidates"]
    results = [states[key].result for key in keys]
    done = [without_images(result) for result in results if result is not None]
    if len(done) < len(keys):
        return [Screened(n, states[key]) for n, key in zip(numbers, keys, strict=True)]
    ranked = ranking(done)
    lowest_eV = done[ranked.order[0]].energy_eV
    finals = _finals(found, name)
    return [
        Screened(
            numbers[place],
            states[key],
            None if place in ranked.unrelaxed else done[place].energy_eV - lowest_eV,
            rank := ranked.order.index(place) + 1,
            place in ranked.twins,
            done[place].values.get("unrelaxed_because", ""),
            finals.get(numbers[place], finals.get(-rank)),
        )
        for place, key in enumerate(keys)
    ]


def _finals(found: Findings, name: str) -> dict[int, Calculated]:
    """What is relaxed at the level of the study: by candidate, or by minus its rank if open."""
    finals = {}
    promoted = found.candidates[name][: len(found.plan.first_keys[name])]
    for rank, each in enumerate(promoted, start=1):
        candidate = each.result.values.get("candidate") if each.result else None
        finals[-rank if candidate is None else int(candidate)] = each
    return finals


def _row(found: Findings, name: str, entry: CandidatesEntry) -> ScreeningRow:
    screened = screened_candidates(found, name)
    behind = [
        each.above_lowest_eV
        for each in screened
        if each.above_lowest_eV is not None and each.final is None and not each.twin
    ]
    finals = [each.final for each in screened if each.final is not None]
    ended = not any(each.state in ("waiting", "running") for each in finals)
    pairs = [
        (each.above_lowest_eV, each.final.result.energy_eV)
        for each in screened
        if ended and each.above_lowest_eV is not None and each.final and each.final.result
    ]
    ranked = all(each.rank is not None for each in screened)
    before, after = zip(*pairs, strict=True) if pairs else ((), ())
    check = funnel_check(before, after, behind) if ranked else None
    window = entry.promote_within_eV
    within = None if window is None or not ranked else sum(e <= window for e in behind)
    promoted = len(found.plan.first_keys[name])
    return ScreeningRow(
        species=name,
        screening=found.study.screening.name if found.study.screening else None,
        candidates=len(screened),
        promoted=promoted,
        twins=sum(each.twin for each in screened) if ranked else None,
        promote_within_eV=window,
        left_behind_within=within,
        margin_eV=check.margin_eV if check else None,
        largest_change_eV=check.largest_change_eV if check else None,
        rank_correlation=check.rank_correlation if check else None,
        sufficient=check.sufficient if check else None,
        warnings=(
            *_potential_warnings(found, name, screened),
            *_warnings(name, promoted, check, within, window),
        ),
    )


def _potential_warnings(found: Findings, name: str, screened: Sequence[Screened]) -> Iterator[str]:
    """What a machine-learned potential cannot know of a species, and what it broke."""
    level = found.study.screening
    if not isinstance(level, PotentialLevel):
        return
    structure = found.plan.built[name][0].structure
    magnetic = structure.atoms.get_initial_magnetic_moments().any()
    if electron_parity(structure.atoms, structure.charge) == 1 or magnetic:
        yield (
            f"{name}: has an unpaired electron, of which {level.potential} knows nothing; its order"
            " may be meaningless: screen with a level of GPAW"
        )
    torn = [each for each in screened if each.unrelaxed_because]
    if torn:
        numbers = ", ".join(f"#{each.number} ({each.unrelaxed_because})" for each in torn)
        yield (
            f"{name}: in {len(torn)} of {len(screened)} candidates {level.potential} broke bonds;"
            f" they are not ranked and start as they were placed: {numbers}"
        )


def _warnings(
    name: str,
    promoted: int,
    check: FunnelCheck | None,
    within: int | None,
    window_eV: float | None,
) -> Iterator[str]:
    """What speaks against the screening of a species, each in a sentence."""
    if check is not None and check.sufficient is False:
        yield (
            f"{name}: the margin of the screening, {check.margin_eV:+.3f} eV, is not larger than"
            f" the largest change of an energy difference, {check.largest_change_eV:+.3f} eV; the"
            f" lowest minimum may be among those left behind: promote more than {promoted}"
        )
    if within:
        yield (
            f"{name}: {within} left behind within {window_eV:g} eV of the lowest: promote"
            f" {promoted + within}"
        )
