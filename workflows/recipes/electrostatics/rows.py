"""Work functions and dipole moments of the slabs of a study, and their changes by ligands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

from analysis.electrostatics.potential import (
    E_OVER_EPS0_V_A,
    FLAT_EV_PER_A,
    HELMHOLTZ_TOLERANCE_EV,
    helmholtz_step_eV,
)
from analysis.result_values import ElectrostaticsValues
from analysis.species_name import head_of
from workflows.findings.findings import Findings
from workflows.findings.words import status_words
from workflows.recipes.electrostatics.planning import Keys


@dataclass(frozen=True)
class ElectrostaticsRow:
    """The potential of one slab.

    Energies are those of an electron in eV; ``bottom`` and ``top`` are the faces. Dipole
    moments in e angstrom are along the normal, positive upwards. What is not known is None.

    Parameters
    ----------
    species
        The slab.
    folder
        Folder of its task.
    status
        ``"done"``, or the state of the task with the reason.
    work_function_bottom_eV, work_function_top_eV
        Vacuum level minus Fermi level.
    ionisation_energy_bottom_eV, ionisation_energy_top_eV
        Vacuum level minus highest filled level.
    slope_bottom_eV_per_A, slope_top_eV_per_A
        Change of the potential over the last angstrom of vacuum.
    step_eV
        Vacuum level above minus below.
    helmholtz_step_eV
        The same from the dipole moment.
    work_function_top_change_eV, work_function_bottom_change_eV
        Covered minus bare slab, as the other changes; None for a bare slab.
    deviation_eV
        The difference of both minus `helmholtz_change_eV`, that of the change of the dipole.
    face_dipole_density_e_per_A
        Of each of two equal faces, by the relation of Helmholtz.
    ranks, last_attempt_s, last_attempt_core_s
        MPI ranks, wall time and core-seconds of the last attempt.
    remarks
        Sentences on what makes the numbers doubtful.
    """

    species: str
    folder: str
    status: str
    fermi_level_eV: float | None = None
    highest_filled_eV: float | None = None
    vacuum_bottom_eV: float | None = None
    vacuum_top_eV: float | None = None
    slope_bottom_eV_per_A: float | None = None
    slope_top_eV_per_A: float | None = None
    work_function_bottom_eV: float | None = None
    work_function_top_eV: float | None = None
    ionisation_energy_bottom_eV: float | None = None
    ionisation_energy_top_eV: float | None = None
    layer_period_A: float | None = None
    area_A2: float | None = None
    dipole_eA: float | None = None
    step_eV: float | None = None
    helmholtz_step_eV: float | None = None
    work_function_top_change_eV: float | None = None
    work_function_bottom_change_eV: float | None = None
    ionisation_energy_top_change_eV: float | None = None
    dipole_change_eA: float | None = None
    dipole_density_change_e_per_A: float | None = None
    helmholtz_change_eV: float | None = None
    deviation_eV: float | None = None
    face_dipole_density_e_per_A: float | None = None
    ranks: int | None = None
    last_attempt_s: float | None = None
    last_attempt_core_s: float | None = None
    remarks: tuple[str, ...] = ()


_STORED = {field.name for field in fields(ElectrostaticsRow)}


def electrostatics_rows(
    found: Findings, names: Sequence[str], planned: Sequence[Keys]
) -> list[ElectrostaticsRow]:
    """The potentials of slabs, by name, whose tasks are planned."""
    rows = []
    for name, keys in zip(names, planned, strict=True):
        state, bare = found.states[keys.own], found.states[keys.bare]
        row = ElectrostaticsRow(name, str(state.folder), status_words(state.state, state.why))
        if state.result is not None:
            values = state.result.checked(ElectrostaticsValues)
            stored = {name: value for name, value in values.model_dump().items() if name in _STORED}
            row = replace(row, **stored, remarks=tuple(_remarks(values)))
            if bare.result is not None and keys.own != keys.bare:
                sides = found.study.surfaces[head_of(name)].sides
                other = bare.result.checked(ElectrostaticsValues)
                row = _changed(row, values, other, two_sided=sides == "two")
        rows.append(row)
    return rows


def _changed(
    row: ElectrostaticsRow,
    own: ElectrostaticsValues,
    bare: ElectrostaticsValues,
    *,
    two_sided: bool,
) -> ElectrostaticsRow:
    """The row of a covered slab with its changes against the bare one."""
    top = own.work_function_top_eV - bare.work_function_top_eV
    bottom = own.work_function_bottom_eV - bare.work_function_bottom_eV
    ionisation = own.ionisation_energy_top_eV - bare.ionisation_energy_top_eV
    dipole_eA = own.dipole_eA - bare.dipole_eA
    step = helmholtz_step_eV(dipole_eA, own.area_A2)
    row = replace(
        row,
        work_function_top_change_eV=top,
        work_function_bottom_change_eV=bottom,
        ionisation_energy_top_change_eV=ionisation,
        dipole_change_eA=dipole_eA,
        dipole_density_change_e_per_A=dipole_eA / own.area_A2,
        helmholtz_change_eV=step,
        deviation_eV=top - bottom - step,
    )
    if not two_sided:
        return row
    density = -top / E_OVER_EPS0_V_A
    remark = (
        f"both faces are covered and their dipoles cancel; Helmholtz's relation gives"
        f" {density:+.4f} e/A for each, positive outwards"
    )
    return replace(row, face_dipole_density_e_per_A=density, remarks=(*row.remarks, remark))


def _remarks(values: ElectrostaticsValues) -> Iterator[str]:
    """What makes the vacuum levels of a slab doubtful."""
    slopes = {"top": values.slope_top_eV_per_A, "bottom": values.slope_bottom_eV_per_A}
    for face, slope in slopes.items():
        if slope > FLAT_EV_PER_A:
            yield (
                f"the potential still changes by {slope:.2f} eV/A at the {face} of the cell, above"
                f" {FLAT_EV_PER_A:g} eV/A; give more vacuum_A"
            )
    off = values.step_eV - values.helmholtz_step_eV
    if abs(off) > HELMHOLTZ_TOLERANCE_EV:
        yield (
            f"the vacuum levels differ by {off:+.3f} eV from what the dipole moment says, above"
            f" {HELMHOLTZ_TOLERANCE_EV:g} eV; the grid of the density is coarse"
        )
