"""Names of the two faces of a slab."""

from __future__ import annotations

import numpy as np

from analysis.groups import atom_groups
from slabs.structure import SURFACE_GROUP, Structure


def face_names(structure: Structure) -> tuple[str, str]:
    """Terminations of the lower and the upper face with the ligands on them: ``"OAm on PbI2"``.

    Parameters
    ----------
    structure
        A slab.
    """
    heights, groups = structure.atoms.positions[:, 2], np.array(structure.groups)
    surface = heights[structure.indices(SURFACE_GROUP)]
    middle = (surface.min() + surface.max()) / 2
    # Named "layer 3 from below, PbI2", the uppermost first.
    layers = [name.split(", ", 1)[1] for name in atom_groups(structure) if name[:6] == "layer "]
    names = []
    for layer, here in ((layers[-1], heights < middle), (layers[0], heights > middle)):
        own = dict.fromkeys(groups[here & (groups != SURFACE_GROUP)].tolist())
        names.append(" on ".join(filter(None, [" + ".join(own), layer])))
    return names[0], names[1]
