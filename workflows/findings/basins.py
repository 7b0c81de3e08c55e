"""Structures of two tilt basins in one study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from analysis.species_name import SpeciesName, head_of
from workflows.planning.basins import better_basin_places
from workflows.planning.specs import SAME_BASIN_EV
from workflows.species.stripped import stripped_words

if TYPE_CHECKING:
    from analysis.energies.rows import Calculated
    from workflows.planning.plan import Plan


def basin_flags(
    plan: Plan,
    candidates: Mapping[str, Sequence[Calculated]],
    found: Mapping[str, Calculated],
) -> dict[str, str]:
    """A sentence for each slab that could not be relaxed from a better basin of its bare slab.

    A basin check may find the bare slab lower when it is relaxed from where a ligand left it.
    What was made from the bare slab is then relaxed from there too; where that fails, an
    energy with both slabs contains the difference of the basins.

    Parameters
    ----------
    plan
        The plan.
    candidates
        Every candidate of every species.
    found
        The lowest of each.
    """
    flags = {}
    for surface in plan.study.surfaces:
        chosen = found.get(surface)
        if chosen is None or chosen.result is None:
            continue
        first = candidates[surface][: len(plan.first_keys[surface])]
        own_eV = [each.result.energy_eV for each in first if each.result is not None]
        gain_eV = min(own_eV, default=chosen.result.energy_eV) - chosen.result.energy_eV
        if gain_eV < SAME_BASIN_EV:
            continue
        for name in found:
            if head_of(name) == surface and _tried(plan, candidates, name) is False:
                flags[name] = (
                    f"{name}: not relaxed from the tilt basin in which {surface} is"
                    f" {gain_eV:.3f} eV lower; energies with both mix two basins"
                )
    return flags


def _tried(plan: Plan, candidates: Mapping[str, Sequence[Calculated]], name: str) -> bool | None:
    """Whether a slab was relaxed from the better basin; None if that was not planned.

    It counts as tried if what it was made from was tried there and is higher.
    """
    places = better_basin_places(plan.species[name])
    if not places:
        return None
    made = [candidates[name][place] for place in places]
    if any(each.taken for each in made):
        return bool(_tried(plan, candidates, str(SpeciesName.parse(name).parent)))
    return all(each.result is not None for each in made)


def basin_offsets_eV(
    plan: Plan,
    candidates: Mapping[str, Sequence[Calculated]],
    found: Mapping[str, Calculated],
) -> dict[str, float]:
    """Energy of the basin of each slab above the basin of its bare slab in eV, where it is known.

    A basin check tells it for the slab whose ligands and defects it took away and for what was
    built on that. A slab that was also tried in the better basin is in the same one or has a
    lower energy in its own; one for which that failed is in the basin of the own start.

    Parameters
    ----------
    plan
        The plan.
    candidates
        Every candidate of every species.
    found
        The lowest of each.
    """
    offsets_eV = {}
    for surface in plan.study.surfaces:
        bare = found.get(surface)
        if bare is None or bare.result is None:
            continue
        first = candidates[surface][0].result
        checks = {}
        for entry in plan.study.basin_checks:
            words = stripped_words(entry.species)
            for each in candidates[surface]:
                if each.structure.placement == words and each.result is not None:
                    checks[entry.species] = each.result.energy_eV - bare.result.energy_eV
        for name in found:
            if head_of(name) != surface:
                continue
            sources = [s for s in checks if name == s or name.startswith(f"{s}.")]
            tried = _tried(plan, candidates, name)
            if name == surface or tried:
                offsets_eV[name] = 0.0
            elif sources:
                offsets_eV[name] = checks[max(sources, key=len)]
            elif tried is False and first is not None:
                offsets_eV[name] = first.energy_eV - bare.result.energy_eV
    return offsets_eV
