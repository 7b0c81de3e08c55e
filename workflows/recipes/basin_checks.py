"""Whether bare and covered slabs lie in the same basin of octahedral tilts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from analysis.energies.rows import Calculated
from analysis.species_name import head_of
from analysis.tables import Table, number
from workflows.findings.findings import Findings
from workflows.findings.words import level_words
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.base import Recipe
from workflows.recipes.notices import Notice, caution


@dataclass(frozen=True)
class BasinRow:
    """A bare slab that was relaxed once more from where ligands left it.

    Parameters
    ----------
    surface
        The bare slab.
    relaxed_from
        The covered slab.
    change_eV
        Energy of the bare slab relaxed from the covered one minus that of the slab relaxed
        from its own start, in eV; negative if the covered slab lies in a better basin, whose
        energy is then the reference of all reactions. None while one is not known.
    own_angle_deg, stripped_angle_deg
        Mean metal-halide-metal angle of the slab relaxed from its own start, and of the other.
    folder
        Folder of the task of the other.
    status
        State of the task, or the reason of a failure.
    """

    surface: str
    relaxed_from: str
    change_eV: float | None
    own_angle_deg: float | None
    stripped_angle_deg: float | None
    folder: str
    status: str


class BasinChecksRecipe(Recipe[None, BasinRow]):
    """``[[basin_checks]]``: the lower energy of the bare slab counts."""

    name: ClassVar[str] = "basin_checks"
    title: ClassVar[str] = "Basin checks"

    def plan(self, planner: SpeciesPlanner) -> None:
        """Add the bare slab relaxed from a covered one to the candidates of the bare slab."""
        for number_, entry in enumerate(planner.study.basin_checks):
            name, place = entry.species, f"basin_checks.{number_}.species"
            parents = planner.relax(name, place)
            stripped = planner.builder.stripped(name, place)
            surface = stripped.name
            species = replace(stripped, candidate=len(planner.species[surface]))
            planner.candidate(species, parents, f"{surface} from {name}", place)

    def evaluate(self, found: Findings) -> Sequence[BasinRow]:
        """One row per entry of the study."""
        rows = []
        for entry in found.study.basin_checks:
            surface = head_of(entry.species)
            placements = [each.structure.placement for each in found.plan.species[surface]]
            own = found.candidates[surface][0]
            place = placements.index(f"from {entry.species}, ligands taken away")
            stripped = found.candidates[surface][place]
            change = None
            if own.result is not None and stripped.result is not None:
                change = stripped.result.energy_eV - own.result.energy_eV
            rows.append(
                BasinRow(
                    surface,
                    entry.species,
                    change,
                    _mean_angle_deg(own),
                    _mean_angle_deg(stripped),
                    str(stripped.folder),
                    stripped.why or stripped.state,
                )
            )
        return rows

    def tables(self, found: Findings) -> list[Table]:
        """One check per row."""
        rows = [
            (
                row.surface,
                row.relaxed_from,
                number(row.change_eV, 3, sign=True),
                number(row.own_angle_deg, 1),
                number(row.stripped_angle_deg, 1),
                level_words(found.study),
                row.status,
            )
            for row in self.rows(found)
        ]
        columns = (
            "Surface", "Relaxed from", "E - E_own / eV", "Own B-X-B / deg", "Found B-X-B / deg",
            "Level", "Status",
        )  # fmt: skip
        foot = (
            "The bare slab was relaxed once more from where the ligands left it; a negative change"
            " means that the covered slab lies in a better basin, and that the lower energy is"
            " used as the reference everywhere.",
        )
        below = ("Level", "Status")
        return [Table("Basin checks", columns, tuple(rows), foot, below=below)]

    def notices(self, found: Findings) -> list[Notice]:
        """Checks that have found a better basin."""
        lines = (
            f"{row.surface}: {row.change_eV:+.3f} eV when relaxed from {row.relaxed_from}; this"
            " lower energy is the reference everywhere"
            for row in self.rows(found)
            if row.change_eV is not None and row.change_eV < 0
        )
        return caution("Covered slabs know a better basin of the bare surface", lines)


def _mean_angle_deg(calculated: Calculated) -> float | None:
    """Mean metal-halide-metal angle after the relaxation."""
    from slabs.crystals.metrics import structure_metrics

    if calculated.result is None:
        return None
    return structure_metrics(calculated.result.atoms).numbers()["angle_mean_deg"]


RECIPE = BasinChecksRecipe()
