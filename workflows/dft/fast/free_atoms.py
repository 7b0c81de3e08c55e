"""Valence pseudo-densities of free atoms, as the PAW datasets have them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from ase.units import Hartree
from gpaw.new.calculation import DFT
from gpaw.new.density import atomic_occupation_numbers
from gpaw.setup import Setup
from gpaw.spline import Spline
from numpy.typing import NDArray
from scipy.integrate import trapezoid
from scipy.special import spherical_jn

Floats = NDArray[np.float64]

#: Points of the radial grids.
POINTS = 500


def free_atoms(dft: DFT) -> Any:
    """Spherical, unpolarised valence pseudo-densities at the present positions.

    They are sampled on the grid, as the density of the wave functions is. In plane waves they
    would lack what the grid folds back, and `harris_forces` on nitrogen at 340 eV were worse by
    a factor of 30.

    Returns
    -------
    gpaw.core.atom_centered_functions.UGAtomCenteredFunctions
        One function for each atom.
    """
    return dft.density.nt_sR.desc.atom_centered_functions(
        [[valence_density(setup, dft.params.mode.ecut)] for setup in dft.setups],
        dft.relpos_ac,
        cut=True,
    )


@cache
def valence_density(setup: Setup, ecut_eV: float) -> Spline:
    """Valence pseudo-density of one free atom, over the spherical harmonic of l = 0.

    Made of orbitals without what lies beyond the plane-wave cutoff.
    """
    functions = setup.basis_functions_J
    occupied = atomic_occupation_numbers(setup, np.zeros(3), 1)[0]
    radii = np.linspace(0.0, max(each.get_cutoff() for each in functions), POINTS)
    density = np.zeros(POINTS)
    first = 0
    for function in functions:
        states = 2 * function.l + 1
        electrons = occupied[first : first + states].sum()
        first += states
        if electrons:
            density += electrons * _within(function, radii, ecut_eV) ** 2 / (4 * np.pi)
    spline: Spline = Spline.from_data(0, radii[-1], density * np.sqrt(4 * np.pi))
    return spline


def _within(function: Spline, radii: Floats, ecut_eV: float) -> Floats:
    """Radial function without its waves of more kinetic energy than the cutoff."""
    inside = radii < function.get_cutoff()
    radial = np.zeros(POINTS)
    radial[inside] = function.map(radii[inside]) * radii[inside] ** function.l
    waves = np.linspace(0.0, np.sqrt(2 * ecut_eV / Hartree), POINTS)
    bessel = spherical_jn(function.l, np.outer(waves, radii))
    transformed = trapezoid(bessel * radial * radii**2, radii, axis=1)
    filtered: Floats = trapezoid(bessel.T * transformed * waves**2, waves, axis=1) * 2 / np.pi
    return filtered
