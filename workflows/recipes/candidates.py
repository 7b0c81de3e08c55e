"""Candidates for a species: placements, conformers, starts of vacancies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.energies.rows import Calculated, lowest
from analysis.tables import MISSING, Table, number
from workflows.findings.findings import Findings
from workflows.findings.words import level_sentences, level_words, status_words
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.base import Recipe
from workflows.recipes.screening import RECIPE as SCREENING
from workflows.recipes.screening import Screened, screened_candidates
from workflows.recipes.site_energies import FOOT as SITES
from workflows.recipes.site_energies import site_matrices, site_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workflows.recipes.page import PageFigure


@dataclass(frozen=True)
class CandidateRow:
    """One candidate; energies in eV, None while they are not known.

    Parameters
    ----------
    species
        The species.
    candidate
        Its number, from 1.
    score_eV
        Score of the search for placements; ranks before any calculation.
    energy_eV
        Relaxed energy at the level of the study.
    above_lowest_eV
        The same, above that of the lowest candidate.
    chosen
        Whether it stands for the species in the reactions.
    placement
        How it is placed, in words.
    level
        Name of the level of `energy_eV`, or of the screening.
    folder
        Folder of its task.
    status
        State of the task with the reason, or what the screening made of it.
    screened_above_lowest_eV, rank, promoted
        Energy above the lowest at the screening level, the rank by it from 1, and whether it
        is relaxed at the level of the study.
    change_eV
        Change of the energy relative to rank 1, from the screening to the level of the study.
    screening_folder
        Folder of the screening task.
    site
        Kind and place of the site of its first ligand, in words.
    """

    species: str
    candidate: int
    score_eV: float | None
    energy_eV: float | None
    above_lowest_eV: float | None
    chosen: bool
    placement: str
    level: str
    folder: str
    status: str
    screened_above_lowest_eV: float | None = None
    rank: int | None = None
    promoted: bool | None = None
    change_eV: float | None = None
    screening_folder: str | None = None
    site: str = ""


class CandidatesRecipe(Recipe[None, CandidateRow]):
    """``[[candidates]]``: several starts for one species, of which the lowest counts."""

    name: ClassVar[str] = "candidates"
    title: ClassVar[str] = "Candidates"
    chapter: ClassVar[str] = "reliability"

    def plan(self, planner: SpeciesPlanner) -> None:
        """Plan all candidates of the species that are named."""
        for number_, entry in enumerate(planner.study.candidates):
            planner.relax(entry.species, f"candidates.{number_}.species")
            planner.check_candidates(entry.species)

    def evaluate(self, found: Findings) -> Sequence[CandidateRow]:
        """Every candidate of the species that have several."""
        rows: list[CandidateRow] = []
        for name, candidates in found.candidates.items():
            if name in found.plan.screen_keys:
                rows += _screened(found, name, candidates)
            else:
                rows += _relaxed(found, name, candidates)
        return rows

    def tables(self, found: Findings) -> list[Table]:
        """Score before, energy after the relaxation."""
        screens = bool(found.plan.screen_keys)
        lines = [
            (
                f"{row.species} #{row.candidate}",
                number(row.score_eV, 3, sign=True),
                *(_screened_cells(row) if screens else ()),
                number(row.above_lowest_eV, 3),
                *([number(row.change_eV, 3, sign=True)] if screens else []),
                "lowest" if row.chosen else "",
                row.placement,
                _level(found, row),
                row.status,
            )
            for row in self.rows(found)
        ]
        columns = (
            "Candidate", "Score / eV", *(("Screened / eV", "Rank") if screens else ()),
            "E - E_min / eV", *(("Change / eV",) if screens else ()),
            "Chosen", "Placement", "Level", "Status",
        )  # fmt: skip
        foot = (
            "The score ranks placements before any calculation (force field, no energy); E is the"
            " relaxed energy, and the lowest one enters the reactions.",
            *_screening_sentences(found),
        )
        below = ("Placement", "Level", "Status")
        candidates = Table(self.title, columns, tuple(lines), foot, below=below, key=self.name)
        sites = site_table(found)
        return [candidates, *([sites] if sites.rows else [])]

    def figures(self, found: Findings, columns: str, **options: Any) -> dict[str, Figure]:
        """Heat maps of the binding energies of ligands at their sites."""
        from analysis.energies.matrices import FLAG
        from analysis.energies.matrix_figures import plot_matrix
        from analysis.style import set_caption

        figures = {}
        for surface, matrix in site_matrices(found).items():
            figure = figures[f"sites-{surface}"] = plot_matrix(matrix, columns)
            star = f"{FLAG}: a structure or spin is in doubt."
            flagged = [star] if any(cell.flagged for cell in matrix.all_cells) else []
            set_caption(figure, *level_sentences(found.study), SITES, *flagged)
        return figures

    def page_figures(self, found: Findings) -> list[PageFigure]:
        """The same heat maps."""
        from workflows.recipes.heat_map import heat_map

        return [heat_map(matrix) for matrix in site_matrices(found).values()]


RECIPE = CandidatesRecipe()


def _relaxed(
    found: Findings, name: str, candidates: Sequence[Calculated]
) -> Iterator[CandidateRow]:
    """Every candidate of a species that is not screened, if there are several."""
    if len([each for each in candidates if not each.taken]) < 2:
        return
    energies = [c.result.energy_eV for c in candidates if c.result is not None]
    chosen = lowest(name, candidates)
    for place, each in enumerate(candidates):
        if each.taken:
            continue
        energy = each.result.energy_eV if each.result else None
        yield CandidateRow(
            species=name,
            candidate=place + 1,
            score_eV=each.structure.score_eV,
            energy_eV=energy,
            above_lowest_eV=None if energy is None else energy - min(energies),
            chosen=chosen.result is not None and chosen.folder == each.folder,
            placement=each.structure.placement,
            level=found.study.level_name,
            folder=str(each.folder),
            status=status_words(each.state, each.why),
            site=each.structure.site,
        )


def _screened(found: Findings, name: str, promoted: Sequence[Calculated]) -> Iterator[CandidateRow]:
    """Every candidate of a screened species, with its relaxed energy if it was promoted."""
    screened = screened_candidates(found, name)
    chosen = lowest(name, promoted)
    lowest_eV = min((c.result.energy_eV for c in promoted if c.result), default=0.0)
    first = next((each for each in screened if each.rank == 1), None)
    assert found.study.screening is not None
    for each in screened:
        final = each.final
        energy = final.result.energy_eV if final and final.result else None
        if final is not None:
            status = status_words(final.state, final.why)
        elif each.rank is None:
            status = f"screening {status_words(each.state.state, each.state.why)}"
        else:
            status = "same minimum as a lower one" if each.twin else "left behind"
        if each.unrelaxed_because:
            status = f"{status}; {each.unrelaxed_because} in the screening"
        planned = found.plan.possible(name)[each.number - 1].structure
        yield CandidateRow(
            species=name,
            candidate=each.number,
            score_eV=planned.score_eV,
            energy_eV=energy,
            above_lowest_eV=None if energy is None else energy - lowest_eV,
            chosen=bool(final and chosen.result and chosen.folder == final.folder),
            placement=planned.placement,
            level=found.study.screening.name if final is None else found.study.level_name,
            folder=str(final.folder if final else each.state.folder),
            status=status,
            screened_above_lowest_eV=each.above_lowest_eV,
            rank=each.rank,
            promoted=None if each.rank is None else final is not None,
            change_eV=_change_eV(each, first),
            screening_folder=str(each.state.folder),
            site=planned.site,
        )


def _change_eV(each: Screened, first: Screened | None) -> float | None:
    """Change of the energy relative to rank 1, None where one of the two is not known."""
    finals = [one.final.result if one and one.final else None for one in (each, first)]
    energies = [result.energy_eV for result in finals if result is not None]
    if each.above_lowest_eV is None or len(energies) < 2:
        return None
    return energies[0] - energies[1] - each.above_lowest_eV


def _screened_cells(row: CandidateRow) -> tuple[str, str]:
    """Screening energy and rank; the rank of a promoted candidate is marked."""
    promoted = " promoted" if row.promoted else ""
    shown = MISSING if row.rank is None else f"{row.rank}{promoted}"
    return number(row.screened_above_lowest_eV, 3, sign=True), shown


def _level(found: Findings, row: CandidateRow) -> str:
    """The level of a row with its caveat."""
    screening = found.study.screening
    if screening is None or row.level != screening.name or row.energy_eV is not None:
        return level_words(found.study)
    return f"{screening.name}: {screening.caveat}" if screening.caveat else screening.name


def _screening_sentences(found: Findings) -> list[str]:
    """What the columns of a screening mean, and what it says about itself."""
    screening = found.study.screening
    if screening is None:
        return []
    sentences = [
        f"Screened: energy above the lowest at the level {screening.name!r}, which only ranks;"
        " change: of the energy relative to rank 1, from there to E."
    ]
    for row in SCREENING.rows(found):
        if row.largest_change_eV is not None and row.rank_correlation is not None:
            margin = number(row.margin_eV, 3, sign=True)
            sentences.append(
                f"{row.species}: margin of the screening {margin} eV; largest change of an"
                f" energy difference {row.largest_change_eV:+.3f} eV; rank correlation of"
                f" the promoted {row.rank_correlation:+.2f}."
            )
        sentences += [f"{words}." for words in row.warnings]
    return sentences
