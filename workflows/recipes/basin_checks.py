"""Whether bare and covered slabs lie in the same basin of octahedral tilts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from analysis.energies.rows import Calculated
from analysis.species_name import SpeciesName, head_of
from analysis.tables import Table, number
from workflows.findings.findings import Findings
from workflows.findings.words import level_words
from workflows.planning.basins import better_basin_places
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.base import Recipe
from workflows.recipes.notices import Notice, energy_caution
from workflows.species.stripped import stripped, stripped_words


@dataclass(frozen=True)
class BasinRow:
    """A slab that was relaxed once more from a basin which another species has found.

    Parameters
    ----------
    species
        The slab, bare or with ligands and defects.
    relaxed_from
        For a bare slab the species whose ligands and defects were taken away; for any other
        slab the one it was made from, which has a lower basin.
    change_eV
        Energy of the slab relaxed from there minus that of the slab relaxed from its own start,
        in eV; negative if the basin is better, whose energy is then the reference of all
        reactions. None while one is not known, and where no lower basin was found.
    own_angle_deg, found_angle_deg
        Mean metal-halide-metal angle of the slab relaxed from its own start, and of the other.
    folder
        Folder of the task of the other.
    status
        State of the task, or the reason of a failure, or that there is no lower basin.
    """

    species: str
    relaxed_from: str
    change_eV: float | None
    own_angle_deg: float | None
    found_angle_deg: float | None
    folder: str
    status: str


class BasinChecksRecipe(Recipe[None, BasinRow]):
    """``[[basin_checks]]``: every slab is tried in the basin that a covered slab has found."""

    name: ClassVar[str] = "basin_checks"
    title: ClassVar[str] = "Basin checks"
    chapter: ClassVar[str] = "reliability"

    def plan(self, planner: SpeciesPlanner) -> None:
        """Plan the species of the checks, which brings the other candidates with it."""
        for number_, entry in enumerate(planner.study.basin_checks):
            place = f"basin_checks.{number_}.species"
            stripped(planner.builder, entry.species, place)  # refuses what has nothing to strip
            planner.relax(entry.species, place)

    def evaluate(self, found: Findings) -> Sequence[BasinRow]:
        """One row per entry of the study, then one per species from a better basin."""
        rows = []
        for entry in found.study.basin_checks:
            surface = head_of(entry.species)
            placements = [each.structure.placement for each in found.plan.species[surface]]
            words = stripped_words(entry.species)
            if words in placements:  # not if another entry means the same atoms
                rows.append(_row(found, surface, entry.species, placements.index(words)))
        return [*rows, *_of_others(found)]

    def tables(self, found: Findings) -> list[Table]:
        """One check per row."""
        rows = [
            (
                row.species,
                row.relaxed_from,
                number(row.change_eV, 3, sign=True),
                number(row.own_angle_deg, 1),
                number(row.found_angle_deg, 1),
                level_words(found.study),
                row.status,
            )
            for row in self.rows(found)
        ]
        columns = (
            "Slab", "Basin of", "E - E_own / eV", "B-X-B, own start / deg",
            "B-X-B, other basin / deg", "Level", "Status",
        )  # fmt: skip
        foot = (
            "The bare slab was relaxed once more from where ligands and defects of another species"
            " left it. If it is then lower, every other slab is relaxed from there too. A negative"
            " change means that the basin is better than that from the own start; the lower energy"
            " is used everywhere.",
        )
        below = ("Level", "Status")
        return [Table("Basin checks", columns, tuple(rows), foot, below=below)]

    def notices(self, found: Findings) -> list[Notice]:
        """Checks that have found a better basin."""
        lines = (
            (
                row.species,
                f"{row.species}: {row.change_eV:+.3f} eV when relaxed from the basin of"
                f" {row.relaxed_from}; this lower energy is used everywhere",
            )
            for row in self.rows(found)
            if row.change_eV is not None and row.change_eV < 0
        )
        return energy_caution("Slabs have a better basin than that from their own start", lines)


RECIPE = BasinChecksRecipe()


def _of_others(found: Findings) -> Iterator[BasinRow]:
    """Rows of the species that were made from a slab with a better basin."""
    for name, made in found.plan.species.items():
        for place in better_basin_places(made):
            yield _row(found, name, str(SpeciesName.parse(name).parent), place)


def _row(found: Findings, name: str, source: str, place: int) -> BasinRow:
    """One candidate against the lowest of those from the own starts."""
    candidates = found.candidates[name]
    first = candidates[: len(found.plan.first_keys[name])]
    other = candidates[place]
    results = [each.result for each in first if each.result is not None]
    own = min(results, key=lambda result: result.energy_eV, default=None)
    change = None
    if own is not None and other.result is not None and not other.taken:
        change = other.result.energy_eV - own.energy_eV
    status = other.why or other.state
    lowest = next((each for each in first if each.result is own), first[0])
    return BasinRow(
        name,
        source,
        change,
        _mean_angle_deg(lowest),
        None if other.taken else _mean_angle_deg(other),
        str(other.folder),
        f"{source} has no lower basin" if other.taken else status,
    )


def _mean_angle_deg(calculated: Calculated) -> float | None:
    """Mean metal-halide-metal angle after the relaxation."""
    from slabs.crystals.metrics import structure_metrics

    if calculated.result is None:
        return None
    return structure_metrics(calculated.result.atoms).numbers()["angle_mean_deg"]
