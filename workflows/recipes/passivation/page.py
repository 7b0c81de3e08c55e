"""Heat maps of passivation matrices on a page."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.energies.rows import ReactionRow
from workflows.recipes.heat_map import heat_map
from workflows.recipes.page import PageFigure
from workflows.recipes.passivation.figures import energy_matrix
from workflows.study.model import Study


def passivation_figures(study: Study, rows: Sequence[ReactionRow]) -> list[PageFigure]:
    """The matrices with at least one energy and more than one ligand or vacancy."""
    matrices = [energy_matrix(study, entry, rows) for entry in study.passivation]
    return [heat_map(each) for each in matrices if len(each.all_cells) > 1 and not each.empty]
