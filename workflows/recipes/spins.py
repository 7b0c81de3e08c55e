"""Spins of all spin-polarised species, with all that were tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from analysis.energies.rows import Calculated, lowest
from analysis.result_values import EnergyValues
from analysis.tables import MISSING, Table, number
from workflows.findings.findings import Findings
from workflows.findings.words import level_words, status_words
from workflows.recipes.base import Recipe


@dataclass(frozen=True)
class SpinRow:
    """One spin-polarised candidate; what is not known is None.

    Parameters
    ----------
    species
        The species.
    candidate
        Its number, from 1.
    several
        Whether the species has several.
    start
        Placement and start, in words.
    start_moment_muB
        Magnetic moment of the cell that it started with.
    spin
        <S_z> in units of hbar: half the surplus of spin-up electrons.
    absolute_moment_muB
        Integral of the absolute spin density.
    above_lowest_eV
        Energy above that of the lowest candidate.
    chosen
        Whether it stands for the species in the reactions.
    folder
        Folder of its task.
    status
        State of the task with the reason.
    """

    species: str
    candidate: int
    several: bool
    start: str
    start_moment_muB: float
    spin: float | None
    absolute_moment_muB: float | None
    above_lowest_eV: float | None
    chosen: bool
    folder: str
    status: str


class SpinsRecipe(Recipe[None, SpinRow]):
    """Needs no calculation of its own."""

    name: ClassVar[str] = "spins"
    title: ClassVar[str] = "Spins"
    chapter: ClassVar[str] = "reliability"

    def asked(self, found: Findings) -> bool:
        """Whether a species is spin-polarised."""
        return bool(self.rows(found))

    def evaluate(self, found: Findings) -> Sequence[SpinRow]:
        """Every spin-polarised candidate of the slabs and molecules."""
        return [
            row
            for name, candidates in found.candidates.items()
            if name not in found.study.crystals
            for row in _rows(found, name, candidates)
        ]

    def tables(self, found: Findings) -> list[Table]:
        """One candidate per row."""
        lines = [
            (
                row.species + (f" #{row.candidate}" if row.several else ""),
                number(row.spin, 3, sign=True),
                number(row.absolute_moment_muB, 3),
                number(row.above_lowest_eV, 3),
                "lowest" if row.chosen else "",
                row.start or MISSING,
                level_words(found.study),
                row.status,
            )
            for row in self.rows(found)
        ]
        columns = (
            "Species", "<S_z> / hbar", "|m| / mu_B", "E - E_min / eV", "Chosen", "Start",
            "Level", "Status",
        )  # fmt: skip
        foot = (
            "<S_z>: half the surplus of spin-up electrons in the cell; 1/2 for one unpaired"
            " electron. |m|: integral of the absolute spin density; larger than twice <S_z> where"
            " spins oppose each other.",
        )
        below = ("Start", "Level", "Status")
        return [Table(self.title, columns, tuple(lines), foot, below=below)]


RECIPE = SpinsRecipe()


def _rows(found: Findings, name: str, candidates: Sequence[Calculated]) -> Iterator[SpinRow]:
    chosen = lowest(name, candidates)
    keys = found.plan.species_keys[name]
    energies = [c.result.energy_eV for c in candidates if c.result is not None]
    for place, (each, key) in enumerate(zip(candidates, keys, strict=True)):
        if each.taken or not found.plan.tasks[key].spec["spin_polarised"]:
            continue
        values = each.result.checked(EnergyValues) if each.result else None
        total = values.magnetic_moment_muB if values else None
        yield SpinRow(
            species=name,
            candidate=found.plan.held(name, place, each.result).candidate + 1,
            several=len([each for each in candidates if not each.taken]) > 1,
            start=each.structure.placement,
            start_moment_muB=float(each.structure.atoms.get_initial_magnetic_moments().sum()),
            spin=None if total is None else total / 2,
            absolute_moment_muB=values.absolute_moment_muB if values else None,
            above_lowest_eV=each.result.energy_eV - min(energies) if each.result else None,
            chosen=chosen.result is not None and chosen.folder == each.folder,
            folder=str(each.folder),
            status=status_words(each.state, each.why),
        )
