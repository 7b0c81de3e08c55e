"""Whether the octahedra of a crystal are tilted, and whether a cell leaves them room to tilt."""

from __future__ import annotations

import numpy as np
from ase import Atoms

from slabs.crystals.metrics import structure_metrics
from slabs.crystals.network import bridges, network_bonds

#: Octahedra that are turned by less are not tilted.
UNTILTED_DEG = 1.0
#: Bonds whose parts across others sum up to less than this run along the same axis.
PARALLEL_A = 0.5


def untilted(crystal: Atoms) -> bool:
    """Whether a crystal has corner-sharing octahedra and none of them is tilted."""
    tilts_deg = structure_metrics(crystal).tilts_deg
    return tilts_deg is not None and bool(np.abs(tilts_deg).max() < UNTILTED_DEG)


def can_tilt(atoms: Atoms) -> bool:
    """Whether the cell of a slab or crystal leaves octahedra a rotation.

    Neighbours along an axis turn in opposite directions about the axes across it. An octahedron
    that shares a halide with its own image cannot do that; where this is so along two axes,
    nothing is left to turn about.
    """
    bonds = network_bonds(atoms)
    first, second = bridges(bonds)[0].T
    own = bonds.metal[first] == bonds.metal[second]
    axes_A = bonds.vector_A[first[own]]
    return len(bonds.metal) > 0 and int(np.linalg.matrix_rank(axes_A, tol=PARALLEL_A)) < 2
