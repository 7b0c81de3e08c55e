"""Energies from another program, as tasks."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from gpaw.mpi import world

from analysis.result_values import EnergyValues
from analysis.results import atoms_to_dict
from workflows.codes.outputs import CheckedOutput, checked_output
from workflows.codes.programs import Code
from workflows.codes.registry import CODES
from workflows.codes.single_point import OutputError, SinglePoint, UnconvergedScfError
from workflows.codes.spec import CodeLevel, CodeSpec, single_point
from workflows.dft.errors import PhysicsError
from workflows.dft.job import Job, Values


def code_energy(job: Job[CodeSpec]) -> Values:
    """Energy of another program at the structure of the parent, or of a part of it.

    A finished output in the folder of the task is read and not calculated again.

    Raises
    ------
    PhysicsError
        If its SCF cycle does not converge.
    RuntimeError
        If it cannot run, or ends without an energy.
    """
    level = job.spec["level"]
    code = CODES[level["code"]]
    if world.size > 1:
        raise RuntimeError(f"{code.program.name} is started by one MPI rank, not {world.size}")
    point = single_point(job.relaxed, job.spec, job.limits["max_scf_iterations"])
    try:
        found = _found_or_calculated(code, job.folder, point, level)
    except UnconvergedScfError as error:
        raise PhysicsError(str(error)) from error
    except OutputError as error:
        raise RuntimeError(str(error)) from error
    planned = level["codes"][level["code"]]
    if found.version != planned:
        raise RuntimeError(f"the output is of {code.program.name} {found.version}, not {planned}")
    energy = found.energy
    present = [n for n in range(len(point.atoms)) if n not in point.ghosts]
    return EnergyValues(
        **job.about,
        structure=atoms_to_dict(point.atoms[present]),
        energy_eV=energy.energy_eV,
        free_energy_eV=energy.free_energy_eV,
        magnetic_moment_muB=energy.magnetic_moment_muB,
    )


def _found_or_calculated(
    code: Code, folder: Path, point: SinglePoint, level: CodeLevel
) -> CheckedOutput:
    """The finished output that is in the folder, or a new one."""
    try:
        return checked_output(code, folder, point, level)
    except (OutputError, UnconvergedScfError):  # none that can be used
        planned, installed = level["codes"][level["code"]], code.program.version()
        if installed != planned:
            words = f"{code.program.name} {installed} is installed here, not {planned}"
            raise RuntimeError(words) from None
    (folder / code.output_file).unlink(missing_ok=True)
    code.write_input(folder, point, level)
    try:
        code.run(code.program.required(), folder)
    except OutputError:
        with suppress(OutputError):
            code.read_output(folder)  # raises if it is the SCF cycle that did not converge
        raise
    return checked_output(code, folder, point, level)
