"""Tasks of the density differences of a study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.groups import SLAB, atom_groups
from analysis.species_name import SpeciesName
from workflows.planning.cost import ONE_CYCLE
from workflows.planning.relaxations import SpeciesPlanner
from workflows.recipes.fragments import fragments_spec
from workflows.species.species import Species
from workflows.study.electronic_tables import DensityDifferenceEntry
from workflows.study.errors import StudyError

if TYPE_CHECKING:
    from workflows.dft.kinds.density_difference import FillingSpec, OfFillingSpec, OfFragmentsSpec


def plan_difference(planner: SpeciesPlanner, entry: DensityDifferenceEntry, place: str) -> str:
    """Plan a density difference; returns the key of its task."""
    parents = planner.calculated(entry.species, f"{place}.species")
    made = planner.possible(entry.species)
    species = planner.species[entry.species][0]
    label = f"density difference {entry.species}"
    spec: OfFragmentsSpec | OfFillingSpec
    refinement = entry.grid_refinement
    if entry.vacancy is None:
        parts = fragments_spec(planner, species, f"{place}.species")
        count = 1 + len(parts["fragments"])
        # The slab is a fragment of its own.
        groups = _groups(made, leave_out=SLAB)
        spec = {**parts, "groups": groups, "grid_refinement": refinement}
    else:
        filling = _filling(planner, entry.species, entry.vacancy, place)
        label += f" filling {entry.vacancy}"
        count = 3  # the whole, the slab without the atom, and the atom
        spec = {**filling, "groups": _groups(made), "grid_refinement": refinement}
    return planner.add(
        label, "density-difference", species, spec, parents, iterations=ONE_CYCLE * count
    )


def _groups(made: Sequence[Species], leave_out: str | None = None) -> list[dict[str, list[int]]]:
    """For each candidate its groups of atoms."""
    return [
        {
            name: indices.tolist()
            for name, indices in atom_groups(each.structure).items()
            if name != leave_out
        }
        for each in made
    ]


def _filling(planner: SpeciesPlanner, name: str, vacancy: str, place: str) -> FillingSpec:
    """Calculations on a slab without one of its atoms, and on that atom.

    Raises
    ------
    StudyError
        If the vacancy is not defined or charged, or lies on both faces.
    """
    study = planner.study
    known = [name for name, each in study.point_defects.items() if each.kind == "vacancy"]
    if vacancy not in known:
        raise StudyError(
            f"{planner.file}: {place}.vacancy: {vacancy!r} is not defined; defined:"
            f" {', '.join(known) or 'none'}"
        )
    made = planner.possible(name)
    if made[0].kind != "slab":
        raise StudyError(f"{planner.file}: {place}.species: {name!r} must be a slab")
    vacant_name = str(SpeciesName.parse(name).plus(vacancy))
    removed: dict[int, int] = {}
    for each in planner.builder.build(vacant_name, place):
        assert each.parent is not None
        gone = set(range(len(made[0].structure.atoms))) - set(each.parent_atoms.tolist())
        if len(gone) != 1 or each.structure.charge:
            raise StudyError(
                f"{planner.file}: {place}.vacancy: {vacant_name!r} must lack one neutral atom;"
                " give a vacancy with charge = 0 on a surface with sides = 'one'"
            )
        removed.setdefault(each.parent[1], gone.pop())
    # A slab from a basin check has its atoms in the order of the others.
    atoms = [removed.get(each.candidate, removed[0]) for each in made]
    return {
        "removed": atoms,
        "vacancy": vacancy,
        **planner.specs.electrons(made[0], relaxing=False),
        "spin_all": study.energy_level.spin == "all",
    }
