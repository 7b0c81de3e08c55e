"""Frontier levels of a relaxed molecule, and the electrostatic potential at its anchors."""

from __future__ import annotations

import numpy as np

from analysis.dos.band_edges import band_edges
from analysis.electrostatics.anchors import potential_around_V
from analysis.result_values import DescriptorValues
from analysis.results import RESULT_FILE
from workflows.dft.bands import BandsSpec, converged_bands
from workflows.dft.calculator import GPW_FILE, stored_density
from workflows.dft.errors import PhysicsError
from workflows.dft.job import Job, Values


class DescriptorsSpec(BandsSpec):
    """Descriptors of the molecule of the parent."""

    #: Indices of the atoms that touch the surface.
    anchors: list[int]


def run(job: Job[DescriptorsSpec]) -> Values:
    """Highest occupied and lowest empty level, and the potential around the anchors.

    Levels are those of the functional in the self-consistent density of the relaxed
    structure, with empty bands that are converged; the potential is that of the same
    density, see `analysis.electrostatics.anchors.potential_around_V`. The vacuum level is the
    mean of the potential on the faces of the box.

    Returns
    -------
    DescriptorValues
        Levels in eV from the vacuum level, potentials in V.

    Raises
    ------
    PhysicsError
        If the density of the parent cannot be read.
    """
    folder = job.origin.folder
    ground = stored_density(folder)
    if ground is None:
        raise PhysicsError(
            f"{folder / GPW_FILE} cannot be read; remove {RESULT_FILE} there and run again"
        )
    potential_eV = np.asarray(ground.get_electrostatic_potential())
    faces = [potential_eV[0].ravel(), potential_eV[:, 0].ravel(), potential_eV[:, :, 0].ravel()]
    vacuum_eV = float(np.concatenate(faces).mean())
    electrons = float(ground.get_number_of_electrons())
    calc = converged_bands(job, ground)
    spins = calc.get_number_of_spins()
    levels_eV = np.array([[calc.get_eigenvalues(kpt=0, spin=spin)] for spin in range(spins)])
    edges = band_edges(levels_eV, electrons, 2.0 / spins)
    lowest_V, highest_V = potential_around_V(
        potential_eV, vacuum_eV, job.relaxed, job.spec["anchors"]
    )
    return DescriptorValues(
        **job.about,
        homo_eV=None if edges is None else edges.vbm_eV - vacuum_eV,
        lumo_eV=None if edges is None else edges.cbm_eV - vacuum_eV,
        lowest_potential_V=lowest_V,
        highest_potential_V=highest_V,
    )
