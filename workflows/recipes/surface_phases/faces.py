"""Which surface energies are defined: of one face, of both, or only against another slab."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from slabs.composition import reduced
from slabs.surfaces.symmetry import operations
from workflows.study.errors import StudyError

if TYPE_CHECKING:
    from workflows.planning.relaxations import SpeciesPlanner

REMEDY = (
    "give them faces that are alike (frozen_layers = 0, or sides = 'two'), or the same lower"
    " face: sides = 'one', the same bottom_termination with the same ions, and the same"
    " frozen_layers, at least 1"
)


def common_face(planner: SpeciesPlanner, surfaces: Sequence[str], place: str) -> str | None:
    """The surface whose bare slab the others are compared with.

    A slab has the energy of both of its faces. That of one is half of it where both are alike.
    Between slabs with the same lower face the difference belongs to the upper ones.

    Parameters
    ----------
    planner
        Holds the bare slabs.
    surfaces
        Of the study, those that are compared.
    place
        Key of the study file, for messages.

    Returns
    -------
    str or None
        None if each has a surface energy of its own.

    Raises
    ------
    StudyError
        If the energies cannot be compared; the sentence says why.
    """
    reasons = {name: why for name in surfaces if (why := _only_both(planner, name))}
    if not reasons:
        return None
    first = surfaces[0]
    for name in surfaces[1:]:
        same = _lower_face(planner, name) == _lower_face(planner, first)
        if not (same and _kept(planner, first) and _kept(planner, name)):
            about, why = next(iter(reasons.items()))
            raise StudyError(
                f"{planner.file}: {place}: {first!r} and {name!r} cannot be compared: {about!r}"
                f" {why}, so that only the energy of both its faces is defined; {REMEDY}"
            )
    return first


def _only_both(planner: SpeciesPlanner, name: str) -> str:
    """Why half the energy of the bare slab is not that of one face, or an empty text."""
    entry, potentials = planner.study.surfaces[name], planner.study.chemical_potentials
    assert potentials is not None
    if entry.crystal != potentials.host:
        return (
            f"is not cut from the relaxed host (crystal = {potentials.host!r}), whose strain would"
            " count as surface energy"
        )
    bare = planner.species[name][0]
    atoms = bare.structure.atoms.copy()
    atoms.set_constraint()
    if len(bare.offsets_A):
        atoms.positions -= bare.offsets_A  # a rattle hides the symmetry of the cut
    fixed = {int(n) for c in bare.structure.atoms.constraints for n in c.get_indices()}
    swapping = [op.permutation for op in operations(atoms) if op.swaps_faces]
    if not swapping:
        return "has two faces that no symmetry exchanges"
    if not any(set(each[sorted(fixed)].tolist()) == fixed for each in swapping):
        return "has fixed layers at one of its faces"
    return ""


def _kept(planner: SpeciesPlanner, name: str) -> bool:
    """Whether the lower face of a slab cut from the host is kept fixed."""
    entry, potentials = planner.study.surfaces[name], planner.study.chemical_potentials
    assert potentials is not None
    cut = entry.crystal == potentials.host
    return bool(cut and entry.frozen_layers and entry.sides == "one")


def _lower_face(planner: SpeciesPlanner, name: str) -> tuple[object, ...]:
    """What decides the energy of a lower face that is kept fixed.

    With the composition of its fixed layers: ``"PbX2"`` is the name of several in a mixed crystal.
    """
    entry = planner.study.surfaces[name]
    bottom = entry.bottom_termination or entry.termination
    atoms = planner.species[name][0].structure.atoms
    kept = sorted({int(n) for c in atoms.constraints for n in c.get_indices()})
    composition = reduced(atoms.symbols[kept]) if kept else {}
    face = tuple(composition.items())
    return entry.crystal, tuple(entry.miller), bottom, entry.frozen_layers, face
