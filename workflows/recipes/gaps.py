"""Gaps of hybrid functionals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from analysis.dos.spectrum import GAP_TOLERANCE_EV
from analysis.result_values import EdgesValues, GapValues
from analysis.tables import MISSING, Shown, Table, number
from workflows.findings.findings import Findings
from workflows.findings.words import level_words, status_words
from workflows.planning.bands import band_kpoints, bands_spec
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.base import Recipe
from workflows.recipes.dos.table import change_sentences
from workflows.recipes.notices import Notice, caution
from workflows.study.electronic_tables import GapEntry
from workflows.study.level import BORROWED_DATASETS

if TYPE_CHECKING:
    from workflows.dft.kinds.gap import GapSpec


@dataclass(frozen=True)
class GapRow:
    """Gap of one species; 0 without a gap, None while it is not known or was not asked for.

    Parameters
    ----------
    species
        Whose it is.
    status
        State of its task with the reason.
    folder
        Folder of its task.
    kpoints
        Size of the grid.
    gap_eV, direct_gap_eV
        Fundamental and direct gap of the hybrid functional at these k-points.
    coupled_gap_eV
        The first with spin-orbit coupling.
    coupled_gap_change_eV
        That minus the same with half of the empty bands.
    density_gap_eV, density_functional
        Gap of the functional that the density and the orbitals are of, and its name.
    """

    species: str
    status: str
    folder: str
    kpoints: Sequence[int] | None = None
    gap_eV: float | None = None
    direct_gap_eV: float | None = None
    coupled_gap_eV: float | None = None
    coupled_gap_change_eV: float | None = None
    density_gap_eV: float | None = None
    density_functional: str | None = None


class GapsRecipe(Recipe[tuple[str, ...], GapRow]):
    """``[[gaps]]``: of HSE06, without self-consistency."""

    name: ClassVar[str] = "gaps"
    title: ClassVar[str] = "Gaps"
    chapter: ClassVar[str] = "electronic"

    def plan(self, planner: SpeciesPlanner) -> tuple[str, ...]:
        """Plan every gap; returns the keys of their tasks."""
        return tuple(
            _plan_gap(planner, entry, f"gaps.{number}.species")
            for number, entry in enumerate(planner.study.gaps)
        )

    def evaluate(self, found: Findings) -> Sequence[GapRow]:
        """One row per entry of the study."""
        keys = self.planned(found.plan)
        return [_row(found, *each) for each in zip(found.study.gaps, keys, strict=True)]

    def tables(self, found: Findings) -> list[Table]:
        """One species per row."""
        rows = self.rows(found)
        lines = [
            (
                row.species,
                *(
                    Shown("none", 0.0) if gap_eV == 0.0 else number(gap_eV, 2)
                    for gap_eV in (
                        row.gap_eV, row.direct_gap_eV, row.coupled_gap_eV, row.density_gap_eV
                    )
                ),
                "x".join(str(n) for n in row.kpoints) if row.kpoints else MISSING,
                row.folder,
                level_words(found.study),
                row.status,
            )
            for row in rows
        ]  # fmt: skip
        functional = found.study.energy_level.functional
        columns = (
            "Species", "Gap / eV", "Direct gap / eV", "Gap with SOC / eV",
            f"Gap, {BORROWED_DATASETS.get(functional, functional)} / eV", "k-points", "Folder",
            "Level", "Status",
        )  # fmt: skip
        others = dict.fromkeys(row.density_functional for row in rows if row.density_functional)
        foot = [
            f"Gaps between the levels at these k-points: those of {functional} of the orbitals and"
            f" the density of {other}, not self-consistent."
            for other in others
        ]
        doubts = tuple(_doubts(rows))
        foot += [words for row in rows for words in _change(row) if words not in doubts]
        below = ("Folder", "Level")
        return [Table(self.title, columns, tuple(lines), tuple(foot), below, warnings=doubts)]

    def missing(self, found: Findings) -> list[str]:
        """Gaps without a number."""
        return [
            f"gap {row.species}: {row.status}" for row in self.rows(found) if row.gap_eV is None
        ]

    def notices(self, found: Findings) -> list[Notice]:
        """Gaps with spin-orbit coupling that depend on the number of bands."""
        return caution("Gaps that are not converged", _doubts(self.rows(found)))


def _plan_gap(planner: SpeciesPlanner, entry: GapEntry, place: str) -> str:
    parents = planner.calculated(entry.species, place, crystals=True)
    species = planner.possible(entry.species)[0]
    bands = bands_spec(planner, entry, species)
    spec = {
        **bands,
        "of": species.kind,
        "kpoints": band_kpoints(entry, species, bands["kpoints"]),
    }
    energy = planner.specs.single_point(species)
    if "fixed_moment_muB" in energy:
        spec["fixed_moment_muB"] = energy["fixed_moment_muB"]
    return planner.add(f"gap {entry.species}", "gap", species, cast("GapSpec", spec), parents)


def _row(found: Findings, entry: GapEntry, key: str) -> GapRow:
    state = found.states[key]
    status = status_words(state.state, state.why)
    folder = f"tasks/{state.task.folder}"
    if state.result is None:
        return GapRow(entry.species, status, folder)
    values = state.result.checked(GapValues)
    coupled_eV = change_eV = None
    if values.soc_half_bands_gap_eV is not None:
        coupled_eV = _gap_eV(values.soc_edges)
        if coupled_eV or values.soc_half_bands_gap_eV:
            change_eV = coupled_eV - values.soc_half_bands_gap_eV
    return GapRow(
        entry.species,
        status,
        folder,
        tuple(values.kpoints),
        _gap_eV(values.edges),
        values.edges.direct_gap_eV if values.edges else 0.0,
        coupled_eV,
        change_eV,
        _gap_eV(values.density_edges),
        values.density_functional,
    )


def _gap_eV(edges: EdgesValues | None) -> float:
    return edges.cbm_eV - edges.vbm_eV if edges else 0.0


def _change(row: GapRow) -> list[str]:
    return change_sentences(f"{row.species}, spin-orbit", row.coupled_gap_change_eV)


def _doubts(rows: Sequence[GapRow]) -> list[str]:
    """Changes of gaps by more than `GAP_TOLERANCE_EV`."""
    doubtful = (row for row in rows if abs(row.coupled_gap_change_eV or 0.0) > GAP_TOLERANCE_EV)
    return [words for row in doubtful for words in _change(row)]


RECIPE = GapsRecipe()
