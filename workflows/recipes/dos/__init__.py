"""Densities of states, band edges, gaps and levels of vacancies."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.dos.density_of_states import DOS_FILE
from analysis.tables import Table
from workflows.findings.findings import Findings
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.base import Recipe
from workflows.recipes.dos.outputs import DosOutput, dos_outputs, write_csv
from workflows.recipes.dos.planning import plan_dos
from workflows.recipes.dos.rows import DosRow, dos_row
from workflows.recipes.dos.table import dos_table, unconverged_gaps
from workflows.recipes.notices import Notice, caution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workflows.recipes.page import PageFigure


class DosRecipe(Recipe[tuple[str, ...], DosRow]):
    """``[[dos]]``: total and projected, without and with spin-orbit coupling."""

    name: ClassVar[str] = "dos"
    title: ClassVar[str] = "Densities of states"
    chapter: ClassVar[str] = "electronic"
    plot_options: ClassVar[tuple[str, ...]] = ("align", "curves", "shown_eV")

    def plan(self, planner: SpeciesPlanner) -> tuple[str, ...]:
        """Plan every density of states; returns the keys of their tasks."""
        return tuple(
            plan_dos(planner, entry, f"dos.{number}")
            for number, entry in enumerate(planner.study.dos)
        )

    def evaluate(self, found: Findings) -> Sequence[DosRow]:
        """One row per entry of the study."""
        return [dos_row(output) for output in self._outputs(found)]

    def tables(self, found: Findings) -> list[Table]:
        """Gaps, band edges and Fermi levels."""
        return [dos_table(found.study, self._outputs(found))]

    def notices(self, found: Findings) -> list[Notice]:
        """Gaps with spin-orbit coupling that depend on the number of bands."""
        return caution("Gaps that are not converged", unconverged_gaps(self._outputs(found)))

    def figures(self, found: Findings, columns: str, **options: Any) -> dict[str, Figure]:
        """A figure of each, and of all slabs of a surface together.

        Options as in `workflows.recipes.dos.figures.draw_dos`.
        """
        from workflows.recipes.dos.figures import draw_dos, draw_stacks

        made = self._outputs(found)
        return draw_dos(found.study, made, columns, **options) | draw_stacks(
            found.study, made, columns
        )

    def files(self, found: Findings, folder: Path) -> list[Path]:
        """The curves as CSV, and all arrays as npz."""
        files = []
        for output in self._outputs(found):
            if output.dos is not None:
                files += write_csv(output, folder)
                files.append(folder / f"{output.stem}.npz")
                shutil.copyfile(output.state.folder / DOS_FILE, files[-1])
        return files

    def page_figures(self, found: Findings) -> list[PageFigure]:
        """A figure of each, without and with spin-orbit coupling."""
        from workflows.recipes.dos.page import dos_figures

        return dos_figures(found.study, self._outputs(found))

    def _outputs(self, found: Findings) -> list[DosOutput]:
        entries, keys = found.study.dos, self.planned(found.plan)
        return found.once(f"outputs of {self.name}", lambda: dos_outputs(found, entries, keys))


RECIPE = DosRecipe()
