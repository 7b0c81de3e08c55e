"""Table of barriers and rates."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.tables import MISSING, Shown, Table, number
from workflows.findings.findings import Findings
from workflows.recipes.barriers.rows import BarrierRow

ABOUT = (
    "E_a: energy of the saddle above the end where the hop begins; reverse: above the other end."
    " dE: the end after the hop minus that before it. dE_a: this barrier minus the one it is"
    " compared with. Climbing-image nudged elastic band in a neutral cell, at the level of the"
    " relaxations.",
    "A barrier is given if the force on the saddle is below the limit of the relaxations, the"
    " energy falls from it to both ends without another maximum, the magnetic moment is the same"
    " all along, and ions far from the hop stay where they are: their displacement between both"
    " ends, root mean square, is under 'Far ions'. Rates count no zero-point energy and no"
    " tunnelling.",
)
#: Digits of a rate.
RATE = "{:.1e}"


def barrier_table(found: Findings, rows: Sequence[BarrierRow]) -> Table:
    """One hop per row."""
    level = found.study.level
    words = f"{level.name}: {'; '.join(level.caveats)}" if level.caveats else level.name
    lines = [
        (
            row.name,
            row.species,
            row.to,
            number(row.hop_A, 2),
            number(row.barrier_eV, 3),
            number(row.reverse_barrier_eV, 3),
            number(row.reaction_energy_eV, 3, sign=True),
            number(row.change_eV, 3, sign=True),
            _rate(row.rate_per_s),
            _rate(row.reverse_rate_per_s),
            number(row.far_displacement_A, 2),
            MISSING if row.force_calls is None else str(row.force_calls),
            words,
            f"no barrier: {'; '.join(row.doubts)}" if row.doubts else row.status,
        )
        for row in rows
    ]
    columns = (
        "Hop", "Species", "To", "Length / A", "E_a / eV", "Reverse E_a / eV", "dE / eV",
        "dE_a / eV", "Rate / s^-1", "Reverse rate / s^-1", "Far ions / A",
        "Force calls", "Level", "Status",
    )  # fmt: skip
    return Table(
        "Barriers", columns, tuple(lines), (*ABOUT, *_assumptions(rows), *_comparisons(rows)),
        ("Species", "Level", "Status"), detail=("Length / A", "Far ions / A", "Force calls"),
        warnings=tuple(f"{row.name}: {note}." for row in rows for note in row.notes),
    )  # fmt: skip


def _rate(rate_per_s: float | None) -> str:
    return MISSING if rate_per_s is None else Shown(RATE.format(rate_per_s), rate_per_s)


def _assumptions(rows: Sequence[BarrierRow]) -> list[str]:
    """What the rates are made with, of all rows or of each."""
    words = {
        row.name: f"at {row.temperature_K:g} K with an assumed prefactor of"
        f" {row.prefactor_per_s:.0e} s^-1"
        for row in rows
    }
    if len(set(words.values())) == 1:
        return [f"Rates {next(iter(words.values()))}, not calculated from vibrations."]
    return [
        "Rates, prefactors not calculated from vibrations: "
        + "; ".join(f"{name} {each}" for name, each in words.items())
        + "."
    ]


def _comparisons(rows: Sequence[BarrierRow]) -> list[str]:
    """Which barriers are subtracted, with the layers of hops that differ in them."""
    layers = {row.name: row.to for row in rows}
    pairs = []
    for row in rows:
        if row.compared_with:
            other = layers[row.compared_with]
            own, its = (f" (to {row.to})", f" (to {other})") if row.to != other else ("", "")
            pairs.append(f"{row.name}{own} with {row.compared_with}{its}")
    return [f"Compared: {'; '.join(pairs)}."] if pairs else []
