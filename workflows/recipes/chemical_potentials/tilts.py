"""Octahedral tilts that lower the energy of a slab and not that of the bulk crystal."""

from __future__ import annotations

import numpy as np
from ase import Atoms

from analysis.energies.rows import Calculated
from slabs.crystals.metrics import structure_metrics
from slabs.crystals.network import bridges, network_bonds
from workflows.recipes.chemical_potentials.thermodynamics import Thermodynamics

#: Octahedra that are turned by less are not tilted.
UNTILTED_DEG = 1.0
#: Bonds whose parts across others sum up to less than this run along the same axis.
PARALLEL_A = 0.5


def tilt_words(found: Thermodynamics, name: str) -> str:
    """Why the energy of a surface is too low, in one sentence, or an empty string.

    Halide perovskites gain energy when their octahedra tilt. A cubic bulk crystal cannot tilt:
    in a cell of one octahedron the halides are shared with images, and the relaxation of a
    larger one keeps the symmetry. A slab cut from it has lost this symmetry.

    Parameters
    ----------
    found
        With the host, whose relaxed structure counts as soon as there is one.
    name
        A surface that is cut from the host.
    """
    host = found.entry.host
    if not (untilted(_atoms(found.species[host])) and can_tilt(_atoms(found.species[name]))):
        return ""
    return (
        f"the octahedra of {host!r} are not tilted and those of {name!r} can tilt: the slab can"
        " gain tilt energy that the cubic bulk cannot, so its surface energy is too low; a host of"
        " a tilted phase, such as phase = 'gamma' with relax = 'cell', avoids that"
    )


def _atoms(species: Calculated) -> Atoms:
    return species.result.atoms if species.result else species.structure.atoms


def untilted(crystal: Atoms) -> bool:
    """Whether a crystal has corner-sharing octahedra and none of them is tilted."""
    tilts_deg = structure_metrics(crystal).tilts_deg
    return tilts_deg is not None and bool(np.abs(tilts_deg).max() < UNTILTED_DEG)


def can_tilt(slab: Atoms) -> bool:
    """Whether the surface cell leaves octahedra a rotation.

    Neighbours along an axis turn in opposite directions about the axes across it. An octahedron
    that shares a halide with its own image cannot do that; where this is so along two axes,
    nothing is left to turn about.
    """
    bonds = network_bonds(slab)
    first, second = bridges(bonds)[0].T
    own = bonds.metal[first] == bonds.metal[second]
    axes_A = bonds.vector_A[first[own]]
    return len(bonds.metal) > 0 and int(np.linalg.matrix_rank(axes_A, tol=PARALLEL_A)) < 2
