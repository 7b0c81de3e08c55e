"""Energies from another program, as tasks."""

from __future__ import annotations

from gpaw.mpi import world

from analysis.result_values import EnergyValues
from analysis.results import atoms_to_dict
from workflows.codes.registry import CODES
from workflows.codes.single_point import OutputError, UnconvergedScfError
from workflows.codes.spec import CodeSpec, single_point
from workflows.dft.errors import PhysicsError
from workflows.dft.job import Job, Values


def code_energy(job: Job[CodeSpec]) -> Values:
    """Energy of another program at the structure of the parent, or of a part of it.

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
    planned, found = level["codes"][level["code"]], code.program.version()
    if found != planned:
        raise RuntimeError(f"{code.program.name} {found} is installed here, not {planned}")
    point = single_point(job.relaxed, job.spec, job.limits["max_scf_iterations"])
    code.write_input(job.folder, point, level)
    try:
        code.run(code.program.required(), job.folder)
        energy = code.read_output(job.folder)
    except UnconvergedScfError as error:
        raise PhysicsError(str(error)) from error
    except OutputError as error:
        raise RuntimeError(str(error)) from error
    present = [n for n in range(len(point.atoms)) if n not in point.ghosts]
    return EnergyValues(
        **job.about,
        structure=atoms_to_dict(point.atoms[present]),
        energy_eV=energy.energy_eV,
        free_energy_eV=energy.free_energy_eV,
        magnetic_moment_muB=energy.magnetic_moment_muB,
    )
