"""Harmonic modes and zero-point energies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from analysis.tables import Table
from workflows.findings.findings import Findings
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.base import Recipe, plain
from workflows.recipes.notices import Notice, caution
from workflows.recipes.vibrations.anchors import AnchorShift, anchor_shifts, shifts_table
from workflows.recipes.vibrations.planning import PlannedVibrations, plan_with_free_ligands
from workflows.recipes.vibrations.rows import VibrationsRow, vibrations_row
from workflows.recipes.vibrations.table import modes_csv, vibrations_table


class VibrationsRecipe(Recipe[tuple[PlannedVibrations, ...], VibrationsRow]):
    """``[[vibrations]]``: at the level of the relaxations, after a relaxation to small forces."""

    name: ClassVar[str] = "vibrations"
    title: ClassVar[str] = "Vibrations"

    def plan(self, planner: SpeciesPlanner) -> tuple[PlannedVibrations, ...]:
        """Plan the vibrations of each species, and of the free ligands of slabs."""
        return tuple(
            plan_with_free_ligands(planner, entry.species, f"vibrations.{number}.species", entry)
            for number, entry in enumerate(planner.study.vibrations)
        )

    def evaluate(self, found: Findings) -> Sequence[VibrationsRow]:
        """One row per entry of the study."""
        planned = zip(found.study.vibrations, self.planned(found.plan), strict=True)
        return [vibrations_row(found, entry.species, each.own) for entry, each in planned]

    def shifts(self, found: Findings) -> list[AnchorShift]:
        """Shifts of the anchor stretches of all slabs with ligands."""
        planned = zip(found.study.vibrations, self.planned(found.plan), strict=True)
        readable = [row.zero_point_energy_eV is not None for row in self.rows(found)]
        return [
            shift
            for (entry, each), known in zip(planned, readable, strict=True)
            if known
            for shift in anchor_shifts(found, entry.species, each.own, each.free)
        ]

    def document(self, found: Findings) -> dict[str, Any]:
        """Species and shifts."""
        return {
            "species": [plain(row) for row in self.rows(found)],
            "anchor_shifts": [plain(shift) for shift in self.shifts(found)],
        }

    def tables(self, found: Findings) -> list[Table]:
        """One species per row, and one kind of bond."""
        return [vibrations_table(found, self.rows(found)), shifts_table(found, self.shifts(found))]

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
        for entry, each in zip(found.study.vibrations, self.planned(found.plan), strict=True):
            text = modes_csv(found, entry.species, each.own)
            if text is not None:
                files.append(folder / f"modes-{entry.species}.csv")
                files[-1].write_text(text, encoding="utf-8")
        return files


RECIPE = VibrationsRecipe()
