"""Structures of two tilt basins in one study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from analysis.species_name import head_of
from workflows.planning.basins import better_basin_places
from workflows.planning.specs import SAME_BASIN_EV

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
            if head_of(name) != surface or name == surface:
                continue
            for place in better_basin_places(plan.species[name]):
                if candidates[name][place].result is None:
                    flags[name] = (
                        f"{name}: not relaxed from the tilt basin in which {surface} is"
                        f" {gain_eV:.3f} eV lower ({candidates[name][place].state}); energies with"
                        " both mix two basins"
                    )
    return flags
