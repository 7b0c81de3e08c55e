"""Where planned relaxations start, for their specifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.results import atoms_to_dict
from workflows.species.species import Species

if TYPE_CHECKING:
    from workflows.dft.kinds.relax import CandidateStartSpec, StartSpec


def start_of(species: Species, has_parent: bool) -> StartSpec:
    """Where a relaxation starts; see `workflows.dft.optimise.start`."""
    start: StartSpec = {
        "structure": atoms_to_dict(species.structure.atoms),
        "parent_atoms": species.parent_atoms.tolist() if has_parent else [],
        "offsets_A": species.offsets_A.tolist() if species.offsets_A.any() else [],
        "cut": dict(species.cut),
    }
    if species.level_with_plan:
        start["level_with_plan"] = True
    return start


def start_from_one_of(species: Species) -> CandidateStartSpec:
    """The same, with the numbers, from 1, of the candidate and of the one it starts from."""
    assert species.parent is not None
    return {
        "candidate": species.candidate + 1,
        "from_candidate": species.parent[1] + 1,
        **start_of(species, has_parent=True),
    }
