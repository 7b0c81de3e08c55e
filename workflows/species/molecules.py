"""Isolated molecules in their boxes."""

from __future__ import annotations

from collections.abc import Sequence

from ase import Atoms

from slabs.ligands.ligand import in_box
from slabs.ligands.spins import multiplicity_of, spread_moments
from slabs.structure import Structure
from workflows.species.species import Species


def boxed_molecule(
    name: str, atoms: Atoms, vacuum_A: float, notes: Sequence[str], multiplicity: int | None
) -> Species:
    """An isolated molecule in its box, with the moments of its unpaired electrons.

    Parameters
    ----------
    name, notes
        Its name, and what a reader must know of it.
    atoms
        The molecule alone.
    vacuum_A
        From it to its periodic images.
    multiplicity
        2S + 1; None for that of its ground state.
    """
    boxed = in_box(atoms, vacuum_A)
    found, words = multiplicity_of(boxed, multiplicity, name)
    spread_moments(boxed, found - 1)
    said = (*notes, *filter(None, [words]))
    return Species(name, "molecule", Structure(boxed, (name,) * len(boxed), notes=said))
