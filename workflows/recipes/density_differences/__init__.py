"""Charge-density differences between slabs and their parts."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from analysis.density.difference import (
    CUBE_FILE,
    DENSITY_FILE,
    DensityDifference,
    load_density_difference,
    write_cube_header,
)
from analysis.tables import Table
from workflows.findings.findings import Findings
from workflows.findings.words import level_sentences
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.base import Recipe
from workflows.recipes.density_differences.planning import plan_difference
from workflows.recipes.density_differences.rows import (
    DensityDifferenceRow,
    density_difference_rows,
)
from workflows.recipes.density_differences.table import density_difference_table
from workflows.recipes.notices import Notice
from workflows.recipes.outputs import Outputs, load_outputs
from workflows.study.model import Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workflows.recipes.page import PageDensity, PageFigure

ABOUT = (
    "Electron density of the whole minus those of its parts at the same positions; the cell is"
    " drawn up to 1 A beyond the atoms."
)


class DensityDifferencesRecipe(Recipe[tuple[str, ...], DensityDifferenceRow]):
    """``[[density_differences]]``: a slab minus its parts, at fixed positions."""

    name: ClassVar[str] = "density_differences"
    title: ClassVar[str] = "Density differences"
    chapter: ClassVar[str] = "electronic"

    def plan(self, planner: SpeciesPlanner) -> tuple[str, ...]:
        """Plan every density difference; returns the keys of their tasks."""
        return tuple(
            plan_difference(planner, entry, f"density_differences.{number}")
            for number, entry in enumerate(planner.study.density_differences)
        )

    def evaluate(self, found: Findings) -> Sequence[DensityDifferenceRow]:
        """One row per entry of the study."""
        return density_difference_rows(found, self.planned(found.plan))

    def tables(self, found: Findings) -> list[Table]:
        """Integrals of the differences and the electrons that each part gains."""
        return [density_difference_table(found.study, self.rows(found))]

    def notices(self, found: Findings) -> list[Notice]:
        """Densities that cannot be read."""
        return self._outputs(found).notices()

    def figures(self, found: Findings, columns: str, **options: Any) -> dict[str, Figure]:
        """Density differences along the normal, through each contact, and in space."""
        from analysis.density.figures import plot_bond_slice, plot_planar_average
        from analysis.density.isosurface_figures import plot_isosurfaces
        from analysis.style import set_caption

        drawn = {}
        for each in self._outputs(found).all():
            density = _labelled(found.study, each.data)
            drawn[each.stem] = plot_planar_average(density, each.title, columns)
            for name, label in zip(each.data.names[1:], density.names[1:], strict=True):
                stem = f"{each.stem}-slice-{name.replace(' ', '-')}"
                drawn[stem] = plot_bond_slice(density, label, each.title, columns)
            drawn[f"{each.stem}-isosurface"] = plot_isosurfaces(density, each.title, columns)
        for figure in drawn.values():
            set_caption(figure, ABOUT, *level_sentences(found.study))
        return drawn

    def files(self, found: Findings, folder: Path) -> list[Path]:
        """Averages over planes as CSV, and cube files."""
        import pandas as pd

        files = []
        for each in self._outputs(found).all():
            z, profile = each.data.planar_average()
            csv, cube = (folder / f"{each.stem}{suffix}" for suffix in (".csv", ".cube"))
            columns = {"z_A": z, "difference_e_per_A": profile}
            columns["integral_from_below_e"] = each.data.cumulated()[1]
            pd.DataFrame(columns).to_csv(csv, index=False, float_format="%.6g")
            shutil.copyfile(each.folder / CUBE_FILE, cube)
            write_cube_header(cube, each.data.names)  # also of earlier versions
            files += [csv, cube]
        return files

    def page_figures(self, found: Findings) -> list[PageFigure]:
        """Density differences along the normal, and in the planes of the contacts."""
        from workflows.recipes.density_differences.page import profile_figure, slice_figure

        made = self._labelled_outputs(found)
        figures = [profile_figure(density, title) for density, title in made]
        return figures + [
            slice_figure(density, name, title)
            for density, title in made
            for name in density.names[1:]
        ]

    def page_densities(self, found: Findings) -> list[PageDensity]:
        """Density differences in space."""
        from workflows.recipes.density_differences.page import page_density

        return [page_density(*made) for made in self._labelled_outputs(found)]

    def _labelled_outputs(self, found: Findings) -> list[tuple[DensityDifference, str]]:
        """Those that can be read, with their titles."""
        readable = self._outputs(found).readable
        return [(_labelled(found.study, each.data), each.title) for each in readable]

    def _outputs(self, found: Findings) -> Outputs[DensityDifference]:
        """The density differences of finished tasks."""
        keys = self.planned(found.plan)
        return found.once(
            f"outputs of {self.name}",
            lambda: load_outputs(found, keys, DENSITY_FILE, load_density_difference),
        )


def _labelled(study: Study, density: DensityDifference) -> DensityDifference:
    """The same with the labels of its parts."""
    return replace(density, names=tuple(study.label_of(name) for name in density.names))


RECIPE = DensityDifferencesRecipe()
