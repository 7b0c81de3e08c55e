"""Electrostatic potentials, work functions and dipole moments of slabs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.electrostatics.faces import face_names
from analysis.electrostatics.potential import POTENTIAL_FILE, Electrostatics, load_electrostatics
from analysis.tables import Table
from workflows.findings.findings import Findings
from workflows.findings.words import level_sentences
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.base import Recipe
from workflows.recipes.electrostatics.planning import Keys, plan_potential
from workflows.recipes.electrostatics.rows import ElectrostaticsRow, electrostatics_rows
from workflows.recipes.electrostatics.table import electrostatics_table
from workflows.recipes.notices import Notice, caution
from workflows.recipes.outputs import Outputs, load_outputs

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workflows.recipes.page import PageFigure


class ElectrostaticsRecipe(Recipe[tuple[Keys, ...], ElectrostaticsRow]):
    """``[[electrostatics]]``: a covered slab is compared with the bare one."""

    name: ClassVar[str] = "electrostatics"
    title: ClassVar[str] = "Electrostatic potential"
    chapter: ClassVar[str] = "electronic"

    def plan(self, planner: SpeciesPlanner) -> tuple[Keys, ...]:
        """Plan the potential of each slab and of its bare slab."""
        return tuple(
            plan_potential(planner, entry.species, f"electrostatics.{number}.species")
            for number, entry in enumerate(planner.study.electrostatics)
        )

    def evaluate(self, found: Findings) -> Sequence[ElectrostaticsRow]:
        """One row per entry of the study."""
        names = [entry.species for entry in found.study.electrostatics]
        return electrostatics_rows(found, names, self.planned(found.plan))

    def tables(self, found: Findings) -> list[Table]:
        """Work functions and dipole moments."""
        return [electrostatics_table(found, self.rows(found))]

    def notices(self, found: Findings) -> list[Notice]:
        """Doubtful vacuum levels, and potentials that cannot be read."""
        lines = (f"{row.species}: {words}" for row in self.rows(found) for words in row.remarks)
        return [
            *self._outputs(found).notices(),
            *caution("Vacuum levels to be careful with", lines),
        ]

    def figures(self, found: Findings, columns: str, **options: Any) -> dict[str, Figure]:
        """The potential of each slab along its normal."""
        from analysis.electrostatics.figures import plot_potential
        from analysis.style import set_caption

        figures = {}
        for each in self._outputs(found).all():
            faces = self._faces(found, each.folder)
            figures[each.stem] = plot_potential(each.data, each.title, columns, faces=faces)
            set_caption(figures[each.stem], *level_sentences(found.study))
        return figures

    def files(self, found: Findings, folder: Path) -> list[Path]:
        """The potential of each slab along its normal, as CSV."""
        import pandas as pd

        files = []
        for each in self._outputs(found).all():
            columns = {"z_A": each.data.z_A, "planar_eV": each.data.planar_eV}
            if each.data.macroscopic_eV is not None:
                columns["macroscopic_eV"] = each.data.macroscopic_eV
            files.append(folder / f"{each.stem}.csv")
            pd.DataFrame(columns).to_csv(files[-1], index=False, float_format="%.6g")
        return files

    def page_figures(self, found: Findings) -> list[PageFigure]:
        """The potential of each slab along its normal."""
        from workflows.recipes.electrostatics.page import potential_figure

        return [
            potential_figure(each.data, each.title, self._faces(found, each.folder))
            for each in self._outputs(found).readable
        ]

    def _faces(self, found: Findings, folder: Path) -> tuple[str, str]:
        """Names of the faces of the slab of a task."""
        planned = zip(found.study.electrostatics, self.planned(found.plan), strict=True)
        name = next(e.species for e, keys in planned if found.states[keys.own].folder == folder)
        return face_names(found.plan.possible(name)[0].structure)

    def _outputs(self, found: Findings) -> Outputs[Electrostatics]:
        """The potentials of finished tasks."""
        keys = [keys.own for keys in self.planned(found.plan)]
        return found.once(
            f"outputs of {self.name}",
            lambda: load_outputs(found, keys, POTENTIAL_FILE, load_electrostatics),
        )


RECIPE = ElectrostaticsRecipe()
