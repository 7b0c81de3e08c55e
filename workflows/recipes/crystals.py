"""Lattice constants, cells and bulk moduli of crystals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from analysis.tables import Shown, Table, number
from slabs.crystals.prototypes import prototype_source
from workflows.findings.findings import Findings
from workflows.findings.words import level_words, status_words
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.base import Recipe, plain
from workflows.store import LOG_FILE
from workflows.study.reservoir_tables import CrystalEntry


@dataclass(frozen=True)
class CrystalRow:
    """One crystal; what is not known or does not exist for it is None.

    Parameters
    ----------
    name
        Name in the study.
    label
        Label of its task.
    state, why
        State of the task, and the reason of a failure.
    folder, log
        Folder of the task and GPAW's log.
    energy_eV
        Total energy per cell.
    lattice_constant_A
        Edge of the conventional cube of a cubic crystal.
    cell_lengths_A
        Lengths of the cell vectors, of a crystal whose cell was relaxed.
    bulk_modulus_GPa
        From the equation of state.
    volumes_A3, energies_eV
        The points of the equation of state.
    pulay_pressure_GPa
        Pressure that the finite cutoff adds; see `workflows.dft.kinds.crystal`.
    largest_stress_GPa, fmax_eV_per_A
        What was left of stress and forces.
    steps
        Ionic steps.
    dispersion_sensitivity_eV
        Dispersion energy at this structure by method.
    charge, fingerprint
        Charge of the cell in e, and hash of the level of theory.
    scf_remedies
        What was needed for the SCF cycles to converge.
    ranks, last_attempt_s, last_attempt_core_s
        MPI ranks, wall time and core-seconds of the last attempt.
    """

    name: str
    label: str
    state: str
    why: str
    folder: str
    log: str
    energy_eV: float | None = None
    lattice_constant_A: float | None = None
    cell_lengths_A: Sequence[float] | None = None
    bulk_modulus_GPa: float | None = None
    volumes_A3: Sequence[float] | None = None
    energies_eV: Sequence[float] | None = None
    pulay_pressure_GPa: float | None = None
    largest_stress_GPa: float | None = None
    fmax_eV_per_A: float | None = None
    steps: int | None = None
    dispersion_sensitivity_eV: Mapping[str, float] | None = None
    charge: int | None = None
    fingerprint: str | None = None
    scf_remedies: Sequence[str] | None = None
    ranks: int | None = None
    last_attempt_s: float | None = None
    last_attempt_core_s: float | None = None


_STORED = [field.name for field in fields(CrystalRow)]


class CrystalsRecipe(Recipe[None, CrystalRow]):
    """``[crystals]``: bulk crystals that are relaxed."""

    name: ClassVar[str] = "crystals"
    title: ClassVar[str] = "Bulk crystals"
    chapter: ClassVar[str] = "reliability"

    def plan(self, planner: SpeciesPlanner) -> None:
        """Plan the relaxation of every crystal of the study."""
        for name in planner.study.crystals:
            planner.relax(name, f"crystals.{name}")

    def evaluate(self, found: Findings) -> Sequence[CrystalRow]:
        """One row per crystal."""
        rows = []
        for name in found.study.crystals:
            state = found.states[found.plan.relax_keys[name][0]]
            values = state.result.values if state.result else {}
            stored = {key: values[key] for key in _STORED if key in values}
            rows.append(
                CrystalRow(
                    name,
                    state.task.label,
                    state.state,
                    state.why,
                    str(state.folder),
                    str(state.folder / LOG_FILE),
                    **stored,
                )
            )
        return rows

    def document(self, found: Findings) -> dict[str, Any]:
        """The rows by the names of the crystals."""
        return {row.name: plain(row) for row in self.rows(found)}

    def tables(self, found: Findings) -> list[Table]:
        """One crystal per row."""
        entries = found.study.crystals
        rows = [
            (
                row.name,
                _phase(entries[row.name]),
                _cell_words(row),
                number(entries[row.name].published_lattice_constant_A, 3),
                number(row.bulk_modulus_GPa, 1),
                level_words(found.study),
                status_words(row.state, row.why),
            )
            for row in self.rows(found)
        ]
        columns = (
            "Crystal", "Structure", "Lattice constant / A", "Published / A", "Bulk modulus / GPa",
            "Level", "Status",
        )  # fmt: skip
        notes = [
            f"{name}: k-point length {entry.kpoint_length_A:g} A."
            for name, entry in entries.items()
            if entry.kpoint_length_A is not None
        ]
        notes += [
            f"{name}: started from the structure of {source}."
            for name, entry in entries.items()
            if (source := _tabulated(entry)) is not None
        ]
        notes += [
            f"{name}: published value from {entry.published_source}."
            for name, entry in entries.items()
            if entry.published_source
        ]
        return [Table(self.title, columns, tuple(rows), tuple(notes), below=("Level",))]


RECIPE = CrystalsRecipe()


def _phase(entry: CrystalEntry) -> str:
    return entry.phase if entry.prototype == "perovskite" and entry.material else entry.prototype


def _tabulated(entry: CrystalEntry) -> str | None:
    """Source of the structure a crystal starts from, if it is not the study's own."""
    if entry.material is None or entry.prototype == "perovskite" or entry.lattice_constants_A:
        return None
    return prototype_source(entry.material, entry.prototype)


def _cell_words(row: CrystalRow) -> str:
    """Lattice constant of a cubic crystal, the three lengths of any other."""
    if row.lattice_constant_A is None and row.cell_lengths_A is not None:
        lengths = row.cell_lengths_A
        return Shown(" x ".join(f"{x:.3f}" for x in lengths), *lengths)
    return number(row.lattice_constant_A, 3)
