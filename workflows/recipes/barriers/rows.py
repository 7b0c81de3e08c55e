"""Barriers of a study; one is given only if the checks behind it hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from analysis.barriers.path import HopPath, rate_per_s
from analysis.result_values import BarrierValues
from workflows.findings.findings import Findings
from workflows.findings.words import status_words
from workflows.recipes.barriers.planning import Hops
from workflows.study.barrier_table import BarrierEntry


@dataclass(frozen=True)
class BarrierRow:
    """The barrier of one hop. What is not known, or does not hold, is None.

    Parameters
    ----------
    name, species
        The entry of the study, and the slab that the hop begins in.
    to
        Layer that the vacancy goes to, or ``"bulk"``.
    folder
        Folder of its task.
    status
        ``"done"``, or the state of the task with the reason.
    barrier_eV, reverse_barrier_eV
        Energy of the saddle above the end where the hop begins, and above the other end.
    reaction_energy_eV
        Energy of the end after the hop minus that before it.
    compared_with, change_eV
        Another barrier, and this one minus that one.
    rate_per_s, reverse_rate_per_s
        At the temperature, with the assumed prefactor.
    hop_A
        Displacement of the ion.
    distances_A, energies_eV, slopes_eV_per_A
        Of the images, see `analysis.barriers.path.HopPath`.
    moments_muB
        Their magnetic moments.
    saddle_fmax_eV_per_A
        Largest force on the saddle.
    far_displacement_A, far_atoms
        Root mean square displacement between both ends over so many ions far from the hop.
    steps, force_calls
        Steps of the band, and force calls over all images and attempts.
    doubts
        Why there is no barrier although the task is done.
    notes
        What a reader must know of it.
    """

    name: str
    species: str
    to: str
    folder: str
    status: str
    temperature_K: float
    prefactor_per_s: float
    barrier_eV: float | None = None
    reverse_barrier_eV: float | None = None
    reaction_energy_eV: float | None = None
    compared_with: str | None = None
    change_eV: float | None = None
    rate_per_s: float | None = None
    reverse_rate_per_s: float | None = None
    hop_A: float | None = None
    distances_A: tuple[float, ...] = ()
    energies_eV: tuple[float, ...] = ()
    slopes_eV_per_A: tuple[float, ...] = ()
    moments_muB: tuple[float, ...] = ()
    saddle_fmax_eV_per_A: float | None = None
    far_displacement_A: float | None = None
    far_atoms: int | None = None
    steps: int | None = None
    force_calls: int | None = None
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def barrier_rows(found: Findings, planned: Sequence[Hops]) -> list[BarrierRow]:
    """The barriers that a study asks for, in its order."""
    entries = found.study.barriers
    rows = {
        entry.name: _row(found, entry, hops) for entry, hops in zip(entries, planned, strict=True)
    }
    return [_compared(row, rows) for row in rows.values()]


def _row(found: Findings, entry: BarrierEntry, hops: Hops) -> BarrierRow:
    state = found.states[hops.key]
    row = BarrierRow(
        entry.name,
        entry.species,
        "bulk" if entry.species.partition(".")[0] in found.study.supercells else entry.to,
        str(state.folder),
        status_words(state.state, state.why),
        entry.temperature_K,
        entry.prefactor_per_s,
        compared_with=entry.compare_with,
    )
    if state.result is None:
        return row
    values = state.result.checked(BarrierValues)
    path = HopPath.of(values)
    row = replace(
        row,
        hop_A=values.hop_A,
        distances_A=tuple(path.distances_A.tolist()),
        energies_eV=tuple(path.energies_eV.tolist()),
        slopes_eV_per_A=tuple(path.slopes_eV_per_A.tolist()),
        moments_muB=tuple(path.moments_muB.tolist()),
        saddle_fmax_eV_per_A=values.saddle_fmax_eV_per_A,
        far_displacement_A=values.far_displacement_A,
        far_atoms=values.far_atoms,
        steps=values.steps,
        force_calls=values.force_calls,
        doubts=tuple(path.doubts()),
        notes=tuple(_notes(found, entry, hops, values)),
    )
    if row.doubts:
        return row
    forth, back = (
        rate_per_s(barrier_eV, entry.temperature_K, entry.prefactor_per_s)
        for barrier_eV in (path.barrier_eV, path.reverse_barrier_eV)
    )
    return replace(
        row,
        barrier_eV=path.barrier_eV,
        reverse_barrier_eV=path.reverse_barrier_eV,
        reaction_energy_eV=path.reaction_energy_eV,
        rate_per_s=forth,
        reverse_rate_per_s=back,
    )


def _notes(
    found: Findings, entry: BarrierEntry, hops: Hops, values: BarrierValues
) -> Iterator[str]:
    """Flags of the slab that the hop begins in, and a lower start that the path does not know."""
    yield from found.species[entry.species].flags
    energies_eV = {
        key: state.result.energy_eV
        for key in found.plan.relax_keys[entry.species]
        if (state := found.states[key]).result is not None
    }
    below_eV = energies_eV.get(values.first, 0.0) - min(energies_eV.values(), default=0.0)
    if below_eV > SAME_START_EV:
        yield (
            f"the hop begins {below_eV:.3f} eV above the lowest {entry.species}, which is in"
            " another tilt basin"
        )


#: Energies that differ by less belong to the same structure.
SAME_START_EV = 0.01


def _compared(row: BarrierRow, rows: dict[str, BarrierRow]) -> BarrierRow:
    """The row with its difference from the one it is compared with."""
    if row.compared_with is None:
        return row
    other_eV = rows[row.compared_with].barrier_eV
    if row.barrier_eV is None or other_eV is None:
        return row
    return replace(row, change_eV=row.barrier_eV - other_eV)
