"""Harmonic modes and zero-point energies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from analysis.tables import Table
from workflows.findings.findings import Findings
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.base import Recipe
from workflows.recipes.notices import Notice, caution
from workflows.recipes.vibrations.planning import VibrationKeys, plan_vibrations
from workflows.recipes.vibrations.rows import VibrationsRow, vibrations_row
from workflows.recipes.vibrations.table import modes_csv, vibrations_table


class VibrationsRecipe(Recipe[tuple[VibrationKeys | None, ...], VibrationsRow]):
    """``[[vibrations]]``: at the level of the relaxations, after a relaxation to small forces."""

    name: ClassVar[str] = "vibrations"
    title: ClassVar[str] = "Vibrations"

    def plan(self, planner: SpeciesPlanner) -> tuple[VibrationKeys | None, ...]:
        """Plan the vibrations of each species."""
        return tuple(
            plan_vibrations(planner, entry.species, f"vibrations.{number}.species", entry)
            for number, entry in enumerate(planner.study.vibrations)
        )

    def evaluate(self, found: Findings) -> Sequence[VibrationsRow]:
        """One row per entry of the study."""
        planned = zip(found.study.vibrations, self.planned(found.plan), strict=True)
        return [vibrations_row(found, entry.species, keys) for entry, keys in planned]

    def tables(self, found: Findings) -> list[Table]:
        """One species per row."""
        return [vibrations_table(found, self.rows(found))]

    def missing(self, found: Findings) -> list[str]:
        """Species without modes."""
        return [
            f"vibrations {row.species}: {row.status}"
            for row in self.rows(found)
            if row.zero_point_energy_eV is None
        ]

    def notices(self, found: Findings) -> list[Notice]:
        """Imaginary modes, and what else makes modes doubtful."""
        lines = (f"{row.species}: {words}" for row in self.rows(found) for words in row.remarks)
        return caution("Vibrations to be careful with", lines)

    def files(self, found: Findings, folder: Path) -> list[Path]:
        """All modes of each species, as CSV."""
        files = []
        for entry, keys in zip(found.study.vibrations, self.planned(found.plan), strict=True):
            text = modes_csv(found, entry.species, keys)
            if text is not None:
                files.append(folder / f"modes-{entry.species}.csv")
                files[-1].write_text(text, encoding="utf-8")
        return files


RECIPE = VibrationsRecipe()
