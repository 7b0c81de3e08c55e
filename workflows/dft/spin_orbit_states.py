"""Bands with spin-orbit coupling, in the scalar-relativistic form of the operator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import gpaw.spinorbit
import numpy as np
from ase.units import Ha, alpha
from gpaw.new.ase_interface import ASECalculator
from gpaw.old.projections import Projections
from gpaw.utilities.partition import AtomPartition
from numpy.typing import NDArray

from workflows.dft.response import Bands, bands_with_response

#: Projectors whose coupling is weaker than this, in eV, get no response: s levels, light atoms.
WEAK_COUPLING_EV = 0.05


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


class CompleteStates:
    """Levels with spin-orbit coupling in all bands: calculated ones, and the response of the rest.

    The coupling in the calculated bands alone converges slowly: the gap of cubic CsPbI3 changes by
    0.02 eV from 400 bands to all 3000, and a vacuum multiplies that number. See
    `workflows.dft.response`.

    Parameters
    ----------
    calc
        Converged bands in plane waves; both spins of a k-point on one rank.
    levels_eV
        Levels of the lowest bands that replace those of the calculation, such as those of a
        hybrid functional, shape=(spins, kpoints, bands).
    """

    def __init__(self, calc: ASECalculator, levels_eV: NDArray[np.float64] | None = None) -> None:
        self._calc = calc
        fermi_Ha = float(calc.get_fermi_level()) / Ha
        with _heavy_electrons():
            self._sources = _coupled_projectors(calc)
        self._bands = bands_with_response(calc, self._sources, fermi_Ha)
        if levels_eV is not None:
            self._bands = {
                number: [
                    _with_levels(bands, levels_eV[spin, number] / Ha)
                    for spin, bands in enumerate(spins)
                ]
                for number, spins in self._bands.items()
            }

    def states(self, count: int) -> Any:
        """Levels and spinors as those of `coupled_states`, with some bands as they are.

        Parameters
        ----------
        count
            How many of the calculated bands are taken as they are; the others, which are
            known as well, join the response. A change of the levels with this number shows how
            well they are converged.
        """

        def completed(
            _: Any, band: Any, grid: Any, *more: Any
        ) -> Iterator[tuple[int, gpaw.spinorbit.WaveFunction]]:
            setups = self._calc.setups
            for number, spins in self._bands.items():
                projections = Projections(
                    nbands=2 * (count + len(self._sources)),
                    nproj_a=[setup.ni for setup in setups],
                    atom_partition=AtomPartition(grid.comm, np.zeros(len(setups), int)),
                    bdist=(band.comm, 1, 1),
                    collinear=False,
                )
                levels = np.empty(0)
                if spins:
                    levels = np.empty(2 * (count + len(self._sources)))
                    projections.array[:] = 0.0
                    for spin, bands in enumerate((spins[0], spins[-1])):
                        levels_Ha, own = bands.completed(count)
                        levels[spin::2] = levels_Ha * Ha
                        projections.array[spin::2, spin] = own
                yield number, gpaw.spinorbit.WaveFunction(levels, projections)

        with _heavy_electrons(), _replaced("extract_ibz_wave_functions", completed):
            return gpaw.spinorbit.soc_eigenstates(self._calc)


def _with_levels(bands: Bands, levels: NDArray[np.float64]) -> Bands:
    return replace(bands, levels=np.concatenate([levels, bands.levels[len(levels) :]]))


def _coupled_projectors(calc: ASECalculator) -> NDArray[np.int64]:
    """Indices of the projectors through which the coupling acts, over all atoms."""
    firsts = np.cumsum([0, *(setup.ni for setup in calc.setups)])
    strong = np.zeros(firsts[-1], dtype=int)
    for atom, matrices in calc.density.D_asp.items():
        coupling = gpaw.spinorbit.soc(calc.setups[atom], calc.hamiltonian.xc, matrices) * Ha
        found = abs(coupling).max(axis=(0, 1)) > WEAK_COUPLING_EV
        strong[firsts[atom] : firsts[atom + 1]] = found
    calc.density.atom_partition.comm.sum(strong)
    return np.flatnonzero(strong)


@contextmanager
def _replaced(name: str, function: Any) -> Iterator[None]:
    """Let GPAW's module use another function of its own."""
    plain = getattr(gpaw.spinorbit, name)
    setattr(gpaw.spinorbit, name, function)
    try:
        yield
    finally:
        setattr(gpaw.spinorbit, name, plain)


@contextmanager
def _heavy_electrons() -> Iterator[None]:
    """Let GPAW multiply the force in its operator by (1 - V / 2 c^2)^-2."""
    plain = gpaw.spinorbit.get_radial_potential_derivative

    def force(setup: Any, *arguments: Any) -> Any:
        slope = plain(setup, *arguments)
        steps = slope * setup.xc_correction.rgd.dr_g
        # From the edge of the sphere inwards; a volt there is nothing against 2 c^2.
        potential = steps / 2 - np.cumsum(steps[::-1])[::-1]
        return slope / (1.0 - alpha**2 / 2 * potential) ** 2

    with _replaced("get_radial_potential_derivative", force):
        yield
