"""Electrostatic potential of a relaxed slab."""

from __future__ import annotations

import numpy as np
from gpaw.mpi import world

from analysis.density.difference import grid_heights_A
from analysis.electrostatics.potential import (
    POTENTIAL_FILE,
    helmholtz_step_eV,
    inside_boundary,
    layer_period_A,
    macroscopic_average,
    vacuum_levels,
)
from analysis.result_values import ElectrostaticsValues
from analysis.results import RESULT_FILE, atoms_to_dict
from workflows.dft.bands import frontier_levels_eV
from workflows.dft.calculator import GPW_FILE, stored_density
from workflows.dft.errors import PhysicsError
from workflows.dft.job import Job, Values
from workflows.task_file import TaskSpec


class ElectrostaticsSpec(TaskSpec):
    """The potential of the relaxed slab of the parent."""

    #: For each atom the number of its layer, from 0, or -1 outside of the slab.
    layers: list[int]
    kpoints: list[int]


def run(job: Job[ElectrostaticsSpec]) -> Values:
    """Planar and macroscopic average of the potential, work functions, dipole moment.

    From the density of the relaxed structure; nothing is calculated anew. The potential is
    that of the pseudo-density with its compensation charges, which differs from the full
    one inside of the PAW spheres only. Written to `POTENTIAL_FILE`: ``z_A``, ``planar_eV``
    and, if the layers repeat, ``macroscopic_eV``, without the dipole layer.

    Returns
    -------
    dict
        Energies in eV for an electron, of the lower face (``bottom``) and the upper one
        (``top``); ``dipole_eA``: along the normal, positive upwards; ``step_eV``: vacuum
        level above minus below; ``helmholtz_step_eV``: the same from the dipole moment.
    """
    folder, parent = job.folder, job.origin
    calc = stored_density(parent.folder)
    if calc is None:
        raise PhysicsError(
            f"{parent.folder / GPW_FILE} cannot be read; remove {RESULT_FILE} there and run again"
        )
    atoms = parent.atoms
    height_A = float(atoms.cell.array[2, 2])
    planar_eV = np.asarray(calc.get_electrostatic_potential()).mean(axis=(0, 1))
    z_A = grid_heights_A(len(planar_eV), atoms.cell.array)
    bottom, top = vacuum_levels(z_A, planar_eV, height_A)
    inside = inside_boundary(z_A, height_A)
    profiles = {"z_A": z_A[inside], "planar_eV": planar_eV[inside]}
    period_A = layer_period_A(atoms, job.spec["layers"])
    if period_A is not None:
        smooth = macroscopic_average(z_A, planar_eV, period_A, height_A)
        profiles["macroscopic_eV"] = smooth[inside]
    if world.rank == 0:
        temporary = folder / f"new-{POTENTIAL_FILE}"
        with temporary.open("wb") as file:
            np.savez_compressed(file, **profiles)
        temporary.replace(folder / POTENTIAL_FILE)
    world.barrier()
    fermi_eV = float(calc.get_fermi_level())
    filled_eV, _ = frontier_levels_eV(calc)
    area_A2 = float(np.linalg.norm(np.cross(*atoms.cell.array[:2])))
    dipole_eA = float(calc.get_dipole_moment()[2])
    return ElectrostaticsValues(
        **job.about,
        file=POTENTIAL_FILE,
        structure=atoms_to_dict(atoms),
        fermi_level_eV=fermi_eV,
        highest_filled_eV=filled_eV,
        vacuum_bottom_eV=bottom.level_eV,
        vacuum_top_eV=top.level_eV,
        slope_bottom_eV_per_A=bottom.slope_eV_per_A,
        slope_top_eV_per_A=top.slope_eV_per_A,
        work_function_bottom_eV=bottom.level_eV - fermi_eV,
        work_function_top_eV=top.level_eV - fermi_eV,
        ionisation_energy_bottom_eV=bottom.level_eV - filled_eV,
        ionisation_energy_top_eV=top.level_eV - filled_eV,
        layer_period_A=period_A,
        area_A2=area_A2,
        dipole_eA=dipole_eA,
        step_eV=top.level_eV - bottom.level_eV,
        helmholtz_step_eV=helmholtz_step_eV(dipole_eA, area_A2),
    )
