"""Principal moments of inertia of molecules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.tables import Table, number
from workflows.findings.findings import Findings
from workflows.findings.words import status_words
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.base import Recipe
from workflows.recipes.notices import Notice, caution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workflows.recipes.page import PageFigure


@dataclass(frozen=True)
class MomentsRow:
    """Moments of inertia of one molecule, None while they are not known."""

    species: str
    moments_amu_A2: tuple[float, ...] | None
    folder: str
    status: str


class MomentsOfInertiaRecipe(Recipe[tuple[str, ...], MomentsRow]):
    """``[[moments_of_inertia]]``."""

    name: ClassVar[str] = "moments_of_inertia"
    title: ClassVar[str] = "Moments of inertia"

    def plan(self, planner: SpeciesPlanner) -> tuple[str, ...]:
        """Plan a task for each molecule."""
        keys = []
        for number_, entry in enumerate(planner.study.moments_of_inertia):
            parents = planner.calculated(entry.species, f"{self.name}.{number_}.species")
            species = planner.species[entry.species][0]
            label, spec = f"moments {entry.species}", {"kpoints": [1, 1, 1]}
            keys.append(
                planner.add(label, "moments-of-inertia", species, spec, parents, iterations=0)
            )
        return tuple(keys)

    def evaluate(self, found: Findings) -> Sequence[MomentsRow]:
        """One row per molecule."""
        rows = []
        for entry, key in zip(
            found.study.moments_of_inertia, self.planned(found.plan), strict=True
        ):
            state = found.states[key]
            moments = tuple(state.result.values["moments_amu_A2"]) if state.result else None
            status = status_words(state.state, state.why)
            rows.append(MomentsRow(entry.species, moments, str(state.folder), status))
        return rows

    def tables(self, found: Findings) -> list[Table]:
        """One molecule per row."""
        rows = [
            (row.species, *(number(x, 3) for x in row.moments_amu_A2 or (None,) * 3), row.status)
            for row in self.rows(found)
        ]
        columns = ("Species", *(f"I_{n} / amu A^2" for n in (1, 2, 3)), "Status")
        return [Table(self.title, columns, tuple(rows))]

    def missing(self, found: Findings) -> list[str]:
        """Molecules without moments."""
        return [f"{r.species}: {r.status}" for r in self.rows(found) if r.moments_amu_A2 is None]

    def notices(self, found: Findings) -> list[Notice]:
        """Molecules that are linear."""
        lines = (
            f"{row.species} is linear"
            for row in self.rows(found)
            if row.moments_amu_A2 and row.moments_amu_A2[0] < 1e-3
        )
        return caution("Linear molecules", lines)

    def figures(self, found: Findings, columns: str, **options: Any) -> dict[str, Figure]:
        """The moments of all molecules in one figure."""
        from matplotlib.figure import Figure

        known = [row for row in self.rows(found) if row.moments_amu_A2]
        if not known:
            return {}
        figure = Figure()
        axes = figure.add_subplot()
        for row in known:
            axes.plot(row.moments_amu_A2, label=row.species)
        return {"moments-of-inertia": figure}

    def files(self, found: Findings, folder: Path) -> list[Path]:
        """The moments as a text file."""
        file = folder / "moments-of-inertia.txt"
        lines = [f"{row.species} {row.moments_amu_A2}" for row in self.rows(found)]
        file.write_text("\n".join(lines), encoding="utf-8")
        return [file]

    def page_figures(self, found: Findings) -> list[PageFigure]:
        """The moments of all molecules in one figure."""
        from workflows.recipes.page import Entry, PageFigure, empty_figure

        figure = empty_figure("number", "I / amu Å<sup>2</sup>")
        entries = []
        for n, row in enumerate(self.rows(found)):
            if row.moments_amu_A2:
                figure.add_scatter(y=row.moments_amu_A2, name=row.species, legendgroup=str(n))
                entries.append(Entry(row.species, "#333333"))
        words = "Principal moments of inertia."
        return [PageFigure(self.title, words, figure, tuple(entries))] if entries else []


RECIPE = MomentsOfInertiaRecipe()
