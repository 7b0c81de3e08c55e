"""Barriers of vacancies that hop, with and without ligands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.barriers.path import HopPath
from analysis.result_values import BarrierValues
from analysis.results import atoms_from_dict
from analysis.tables import Table
from workflows.findings.findings import Findings
from workflows.findings.words import level_sentences
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.barriers.planning import Hops, plan_barrier
from workflows.recipes.barriers.rows import BarrierRow, barrier_rows
from workflows.recipes.barriers.table import barrier_table
from workflows.recipes.base import Recipe
from workflows.recipes.notices import Notice, caution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workflows.recipes.page import PageFigure

TITLE = "Hops of vacancies"


class BarriersRecipe(Recipe[tuple[Hops, ...], BarrierRow]):
    """``[[barriers]]``: nudged elastic bands between relaxed slabs."""

    name: ClassVar[str] = "barriers"
    title: ClassVar[str] = "Barriers"
    chapter: ClassVar[str] = "passivation"

    def plan(self, planner: SpeciesPlanner) -> tuple[Hops, ...]:
        """Plan both ends of each hop and the path between them."""
        return tuple(
            plan_barrier(planner, entry, f"barriers.{number}")
            for number, entry in enumerate(planner.study.barriers)
        )

    def evaluate(self, found: Findings) -> Sequence[BarrierRow]:
        """One row per entry of the study."""
        return barrier_rows(found, self.planned(found.plan))

    def tables(self, found: Findings) -> list[Table]:
        """Barriers in both directions, and rates."""
        return [barrier_table(found, self.rows(found))]

    def missing(self, found: Findings) -> list[str]:
        """Hops without a barrier."""
        return [
            f"barrier {row.name}: {'; '.join(row.doubts) or row.status}"
            for row in self.rows(found)
            if row.barrier_eV is None
        ]

    def notices(self, found: Findings) -> list[Notice]:
        """Paths that are no simple hop, and doubtful ends."""
        lines = (
            f"{row.name}: {words}" for row in self.rows(found) for words in row.doubts + row.notes
        )
        return caution("Barriers to be careful with", lines)

    def figures(self, found: Findings, columns: str, **options: Any) -> dict[str, Figure]:
        """Energies along all hops that have a barrier."""
        from analysis.barriers.figures import plot_paths
        from analysis.style import set_caption

        paths = self._paths(found)
        if not paths:
            return {}
        figure = plot_paths(paths, f"{TITLE} ({found.study.level.name})", columns)
        set_caption(figure, *level_sentences(found.study))
        return {"barriers": figure}

    def page_figures(self, found: Findings) -> list[PageFigure]:
        """The same."""
        from workflows.recipes.barriers.page import path_figure

        paths = self._paths(found)
        return [path_figure(paths, f"{TITLE} ({found.study.level.name})")] if paths else []

    def files(self, found: Findings, folder: Path) -> list[Path]:
        """Images of each path as extended XYZ, and their energies as CSV."""
        import pandas as pd
        from ase.io import write

        files = []
        for number, (row, values) in enumerate(self._done(found), start=1):
            stem = f"barrier-{number}-{row.species}"
            images = [atoms_from_dict(image) for image in values.path]
            for image, energy_eV in zip(images, row.energies_eV, strict=True):
                image.info["energy_above_start_eV"] = energy_eV
            files += [folder / f"{stem}.xyz", folder / f"{stem}.csv"]
            write(files[-2], images, format="extxyz")
            columns = {
                "distance_A": row.distances_A,
                "energy_eV": row.energies_eV,
                "slope_eV_per_A": row.slopes_eV_per_A,
                "magnetic_moment_muB": row.moments_muB,
            }
            pd.DataFrame(columns).to_csv(files[-1], index=False, float_format="%.6g")
        return files

    def _done(self, found: Findings) -> list[tuple[BarrierRow, BarrierValues]]:
        """Rows whose tasks are finished, and their results."""
        planned = zip(self.rows(found), self.planned(found.plan), strict=True)
        return [
            (row, result.checked(BarrierValues))
            for row, hops in planned
            if (result := found.states[hops.key].result) is not None
        ]

    def _paths(self, found: Findings) -> list[tuple[str, HopPath]]:
        """Name and path of each hop that has a barrier."""
        return [
            (row.name, HopPath.of(values))
            for row, values in self._done(found)
            if row.barrier_eV is not None
        ]


RECIPE = BarriersRecipe()
