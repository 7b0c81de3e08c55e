"""Octahedral tilts that lower the energy of a slab and not that of the bulk crystal."""

from __future__ import annotations

from ase import Atoms

from analysis.energies.rows import Calculated
from slabs.crystals.tilts import can_tilt, untilted
from workflows.recipes.chemical_potentials.thermodynamics import Thermodynamics


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
