"""Bare slabs where the ligands and defects of another species left them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.species_name import SpeciesName
from workflows.species.species import Species
from workflows.study.errors import StudyError

if TYPE_CHECKING:
    from workflows.species.builder import SpeciesBuilder


def stripped_words(name: str) -> str:
    """How a bare slab is described that is relaxed from where the parts of a species left it."""
    return f"from {name}, without its ligands and defects"


def stripped(builder: SpeciesBuilder, name: str, place: str) -> tuple[Species, ...]:
    """The bare slab, to be relaxed from where the ligands and defects of a species left it.

    Missing ions are put back.

    Parameters
    ----------
    builder
        Builds the species.
    name
        The species with ligands or defects.
    place
        Key of the study file, for messages.

    Returns
    -------
    tuple
        One start for each candidate of the species.

    Raises
    ------
    StudyError
        If the species is not a slab with ligands, vacancies or other defects.
    """
    parsed = SpeciesName.parse(name)
    if parsed.head not in builder.study.surfaces or not parsed.parts:
        raise StudyError(
            f"{builder.file}: {place}: {name!r} must be a slab with ligands, vacancies or other"
            " defects"
        )
    bare = builder.build(parsed.head)[0]
    structure = replace(bare.structure, placement=stripped_words(name))
    return tuple(
        _without_parts(builder, each, replace(bare, structure=structure), number)
        for number, each in enumerate(builder.build(name, place))
    )


def _without_parts(
    builder: SpeciesBuilder, species: Species, bare: Species, number: int
) -> Species:
    """The bare slab with the place of each atom in one candidate of a species."""
    atoms = species.structure.atoms
    origin, offsets = np.arange(len(atoms)), np.zeros((len(atoms), 3))
    each = species
    while each.name != bare.name:
        old = origin >= 0
        offsets[old] += each.offsets_A[origin[old]]
        origin = np.where(old, each.parent_atoms[origin], -1)
        assert each.parent is not None
        parent, candidate = each.parent
        each = builder.build(parent)[candidate]
    kept = np.flatnonzero(origin >= 0)
    # An antisite is another ion in the place of the one that is put back.
    kept = kept[atoms.numbers[kept] == bare.structure.atoms.numbers[origin[kept]]]
    where = np.full(len(bare.structure.atoms), -1)
    where[origin[kept]] = kept
    back = np.zeros((len(where), 3))
    back[where >= 0] = -offsets[where[where >= 0]]
    return replace(
        bare,
        parent=(species.name, number),
        parent_atoms=where,
        offsets_A=back,
        cut={},
        level_with_plan=True,
    )
