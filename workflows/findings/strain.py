"""How far slabs are strained against the relaxed crystal of the same study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from slabs.crystals.perovskite import lattice_constants_A

if TYPE_CHECKING:
    from analysis.results import Result
    from workflows.study.model import Study

Floats = NDArray[np.float64]

#: Smaller strains are not said.
SMALLEST_STRAIN = 0.005


def strain_notes(study: Study, crystals: Mapping[str, Result | None]) -> dict[str, str]:
    """A sentence for each surface whose lattice differs from that of the relaxed crystal.

    Only surfaces that are cut from a material by name have a lattice of their own: those of
    one of ``[crystals]`` take what was relaxed.

    Parameters
    ----------
    study
        The study.
    crystals
        Results of its crystals by name, None where there is none.
    """
    notes = {}
    for name, surface in study.surfaces.items():
        if surface.material is None:
            continue
        for crystal, result in crystals.items():
            entry = study.crystals[crystal]
            same = (entry.material, entry.phase) == (surface.material, surface.phase)
            if result is None or not same or entry.prototype != "perovskite":
                continue
            if entry.mixing is not None or surface.mixing is not None:
                continue
            own_A = lattice_constants_A(
                surface.material, surface.phase, surface.lattice_constants_A
            )
            relaxed_A = _constants_A(result.atoms.cell.lengths(), len(own_A))
            strains = np.array(own_A) / relaxed_A - 1.0
            if np.abs(strains).max() >= SMALLEST_STRAIN:
                notes[name] = _words(name, crystal, strains, relaxed_A)
    return notes


def _constants_A(lengths_A: Floats, number: int) -> Floats:
    """Independent lattice constants of a relaxed cell: a, or a and c, or a, b and c."""
    return np.asarray(lengths_A if number == 3 else lengths_A[[0, 2][:number]])


def _words(name: str, crystal: str, strains: Floats, relaxed_A: Floats) -> str:
    axes = {1: ("a",), 2: ("a", "c"), 3: ("a", "b", "c")}[len(strains)]
    parts = ", ".join(f"{axis} {100 * s:+.1f} %" for axis, s in zip(axes, strains, strict=True))
    constants = " x ".join(f"{x:.3f}" for x in relaxed_A)
    return f"{name}: strained against the relaxed {crystal} ({constants} A): {parts}"
