"""Structures of two tilt basins in one study."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from analysis.species_name import head_of

if TYPE_CHECKING:
    from analysis.energies.rows import Calculated
    from workflows.study.model import Study

#: Basins whose energies differ by less are not told apart.
SAME_BASIN_EV = 0.01
_STRIPPED = re.compile(r"from (.+), ligands taken away")


def basin_flags(
    study: Study,
    candidates: Mapping[str, Sequence[Calculated]],
    found: Mapping[str, Calculated],
) -> dict[str, str]:
    """A sentence for each species that stayed in a tilt basin which its bare slab has left.

    A basin check may find the bare slab lower when it is relaxed from where a ligand left it.
    What was relaxed from the bare slab before, such as a vacancy or another ligand, is still in
    the old basin, and an energy with both contains the difference of the basins.

    Parameters
    ----------
    study
        The study.
    candidates
        Every candidate of every species.
    found
        The lowest of each.
    """
    flags = {}
    for surface in study.surfaces:
        chosen, first = found.get(surface), candidates.get(surface, [None])[0]
        match = _STRIPPED.fullmatch(chosen.structure.placement) if chosen is not None else None
        if match is None or chosen is None or first is None:
            continue
        if chosen.result is None or first.result is None:
            continue
        gain_eV = first.result.energy_eV - chosen.result.energy_eV
        if gain_eV < SAME_BASIN_EV:
            continue
        source = match[1]
        for name in found:
            own = name == source or name.startswith(f"{source}.")
            if head_of(name) == surface and name != surface and not own:
                flags[name] = (
                    f"{name}: relaxed from the tilt basin that {surface} has left; {surface} is"
                    f" {gain_eV:.3f} eV lower in the basin of {source}, so that energies with both"
                    " mix two basins"
                )
    return flags


def basin_offsets_eV(
    study: Study,
    candidates: Mapping[str, Sequence[Calculated]],
    found: Mapping[str, Calculated],
) -> dict[str, float]:
    """Energy of the basin of each slab above the basin of its bare slab in eV, where it is known.

    A basin check tells it for the slab whose ligands it took away and for what was built on
    that. If the bare slab has left the basin it started from, it is known for all others too.

    Parameters
    ----------
    study
        The study.
    candidates
        Every candidate of every species.
    found
        The lowest of each.
    """
    offsets_eV = {}
    for surface in study.surfaces:
        bare = found.get(surface)
        if bare is None or bare.result is None:
            continue
        checks = {
            match[1]: each.result.energy_eV - bare.result.energy_eV
            for each in candidates[surface]
            if (match := _STRIPPED.fullmatch(each.structure.placement)) and each.result is not None
        }
        first = candidates[surface][0].result
        has_left = _STRIPPED.fullmatch(bare.structure.placement) is not None
        for name in found:
            if head_of(name) != surface:
                continue
            sources = [s for s in checks if name == s or name.startswith(f"{s}.")]
            if name == surface:
                offsets_eV[name] = 0.0
            elif sources:
                offsets_eV[name] = checks[max(sources, key=len)]
            elif has_left and first is not None:
                offsets_eV[name] = first.energy_eV - bare.result.energy_eV
    return offsets_eV
