"""Bands with spin-orbit coupling, in the scalar-relativistic form of the operator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gpaw.spinorbit
import numpy as np
from ase.units import alpha
from gpaw.new.ase_interface import ASECalculator


def coupled_states(calc: ASECalculator, scale: float = 1.0) -> Any:
    """Levels and spinors of all bands of a calculation with spin-orbit coupling.

    `scale` multiplies the coupling.

    The coupling is set up in the bands without it and acts inside of the PAW spheres. GPAW
    takes dV/dr / (4 c^2 r) L sigma. Of the scalar-relativistic equation, whose solutions
    the partial waves are, follows the same times (1 - V / 2 c^2)^-2 (Koelling and Harmon,
    J. Phys. C 10, 3107 (1977); Steiner et al., Phys. Rev. B 93, 224425 (2016)): near a heavy
    nucleus the electron is heavier. Without that factor 6p of lead splits so much that the gap of
    cubic CsPbI3 is inverted.

    Returns
    -------
    gpaw.spinorbit.BZWaveFunctions
        At all k-points of the zone.
    """
    with _heavy_electrons():
        return gpaw.spinorbit.soc_eigenstates(calc, scale=scale)


@contextmanager
def _heavy_electrons() -> Iterator[None]:
    """Let GPAW multiply the force in its operator by (1 - V / 2 c^2)^-2."""
    name = "get_radial_potential_derivative"
    plain = getattr(gpaw.spinorbit, name)

    def force(setup: Any, *arguments: Any) -> Any:
        slope = plain(setup, *arguments)
        steps = slope * setup.xc_correction.rgd.dr_g
        # From the edge of the sphere inwards; a volt there is nothing against 2 c^2.
        potential = steps / 2 - np.cumsum(steps[::-1])[::-1]
        return slope / (1.0 - alpha**2 / 2 * potential) ** 2

    setattr(gpaw.spinorbit, name, force)
    try:
        yield
    finally:
        setattr(gpaw.spinorbit, name, plain)
