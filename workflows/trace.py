"""What stands behind each energy: the terms of its reaction with the digits of their logs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.energies.rows import ReactionRow
from analysis.tables import MISSING, Shown, Table, number
from workflows.findings.findings import Findings
from workflows.store import LOG_FILE


@dataclass(frozen=True)
class TraceRow:
    """One species of a reaction.

    Parameters
    ----------
    reaction
        Name of the reaction.
    species, coefficient
        Its term; reactants have negative coefficients.
    state
        State of the task of its energy.
    dft_energy_eV
        Energy extrapolated to zero smearing, as the log prints it last, in eV; for a crystal
        whose volume was fitted, that of the fit.
    dispersion_energy_eV
        What is added to it, in eV.
    dipole_image_energy_eV
        Interaction of a molecule with its periodic images, which is subtracted, in eV.
    energy_eV
        What enters the reaction.
    fmax_eV_per_A, steps
        Largest force and number of ionic steps of the relaxation, if this task is one.
    kpoints
        Grid.
    cell_A
        Lengths of the cell vectors.
    fixed_atoms
        Number of atoms that are kept fixed.
    log
        File with the digits.
    """

    reaction: str
    species: str
    coefficient: str
    state: str
    dft_energy_eV: float | None
    dispersion_energy_eV: float | None
    dipole_image_energy_eV: float | None
    energy_eV: float | None
    fmax_eV_per_A: float | None
    steps: int | None
    kpoints: tuple[int, ...]
    cell_A: tuple[float, ...]
    fixed_atoms: int
    log: str


def trace_rows(found: Findings, rows: Sequence[ReactionRow]) -> list[TraceRow]:
    """The terms of some reactions, in their order."""
    by_folder = {str(state.folder): state for state in found.states.values()}
    traced = []
    for row in rows:
        for term in row.terms:
            result = found.species[term.species].result
            atoms = found.species[term.species].structure.atoms if result is None else result.atoms
            values = {} if result is None else result.values
            dispersion = values.get("dispersion_energy_eV")
            images = values.get("dipole_image_energy_eV")
            energy = term.energy_eV
            dft = None if energy is None else energy - (dispersion or 0.0) + (images or 0.0)
            state = by_folder.get(term.folder)
            spec = {} if state is None else state.task.spec
            traced.append(
                TraceRow(
                    reaction=row.name,
                    species=term.species,
                    coefficient=term.coefficient,
                    state=term.state,
                    dft_energy_eV=dft,
                    dispersion_energy_eV=dispersion,
                    dipole_image_energy_eV=images,
                    energy_eV=energy,
                    fmax_eV_per_A=values.get("fmax_eV_per_A"),
                    steps=values.get("steps"),
                    kpoints=tuple(spec.get("kpoints", ())),
                    cell_A=tuple(round(float(x), 4) for x in atoms.cell.lengths()),
                    fixed_atoms=len({n for c in atoms.constraints for n in c.get_indices()}),
                    log=f"{term.folder}/{LOG_FILE}",
                )
            )
    return traced


def trace_table(rows: Sequence[TraceRow]) -> Table:
    """The same as a table."""
    columns = (
        "Reaction", "Coefficient", "Species", "E(DFT) / eV", "E(dispersion) / eV",
        "E(images) / eV", "E / eV", "Largest force / eV/A", "Steps", "k-points",
        "Cell / A", "Fixed atoms", "Log", "Status",
    )  # fmt: skip
    lines = [
        (
            row.reaction,
            row.coefficient,
            row.species,
            number(row.dft_energy_eV, 6),
            number(row.dispersion_energy_eV, 6),
            number(row.dipole_image_energy_eV, 6),
            number(row.energy_eV, 6),
            number(row.fmax_eV_per_A, 3),
            MISSING if row.steps is None else str(row.steps),
            "x".join(map(str, row.kpoints)) or MISSING,
            Shown(" x ".join(f"{x:.3f}" for x in row.cell_A), *row.cell_A),
            str(row.fixed_atoms),
            row.log,
            row.state,
        )
        for row in rows
    ]
    foot = (
        "E(DFT) + E(dispersion) - E(images) = E; dE is the sum of the coefficients times E."
        " E(images) is the interaction of a molecule's dipole with its periodic images.",
    )
    return Table("Trace", columns, tuple(lines), foot, group=("Reaction",))


def trace_lines(row: TraceRow) -> tuple[str, str]:
    """A term as two lines of text."""
    energy = row.state if row.energy_eV is None else f"{row.energy_eV:.6f} eV"
    first = f"  {row.coefficient:>5} x {row.species:20} {energy:>18}  {row.log}"
    parts = []
    if row.dft_energy_eV is not None:
        parts.append(f"E(DFT) {row.dft_energy_eV:.6f}")
        if row.dispersion_energy_eV:
            parts[-1] += f" + dispersion {row.dispersion_energy_eV:.6f}"
        if row.dipole_image_energy_eV:
            parts[-1] += f" - images of the dipole {row.dipole_image_energy_eV:.6f}"
        parts[-1] += " eV"
    if row.fmax_eV_per_A is not None:
        parts.append(f"largest force {row.fmax_eV_per_A:.3f} eV/Å after {row.steps} steps")
    if row.kpoints:
        parts.append(f"k-points {'x'.join(map(str, row.kpoints))}")
    parts.append(f"cell {' x '.join(f'{x:.2f}' for x in row.cell_A)} Å")
    if row.fixed_atoms:
        parts.append(f"{row.fixed_atoms} fixed atoms")
    return first, f"          {', '.join(parts)}"
