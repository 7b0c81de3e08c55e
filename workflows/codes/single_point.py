"""One energy that another program is asked for, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from ase import Atoms

from slabs.structure import electron_parity


class UnconvergedScfError(Exception):
    """The SCF cycle of another program ended without convergence."""


class OutputError(Exception):
    """The output of another program lacks the energy; the message says what it says instead."""


@dataclass(frozen=True, eq=False)
class SinglePoint:
    """A frozen structure in a cell that is periodic in three directions.

    Parameters
    ----------
    atoms
        The structure, with starting magnetic moments in Bohr magnetons.
    kpoints
        Size of the Gamma-centred grid.
    smearing_eV
        Width of the Fermi-Dirac smearing.
    spin_polarised
        Whether the two spins have orbitals of their own.
    fixed_moment_muB
        Magnetic moment of the cell that is kept, or None if it is free.
    max_iterations
        SCF iterations before the program gives up.
    ghosts
        Indices of atoms of which only the basis functions are there.
    """

    atoms: Atoms
    kpoints: tuple[int, int, int]
    smearing_eV: float
    spin_polarised: bool
    fixed_moment_muB: float | None
    max_iterations: int
    ghosts: frozenset[int] = field(default_factory=frozenset)

    @property
    def moment_muB(self) -> int:
        """Moment of the cell to start from: that of the atoms, as the electrons allow it."""
        present = [n for n in range(len(self.atoms)) if n not in self.ghosts]
        parity = electron_parity(self.atoms[present], 0)
        asked = self.fixed_moment_muB
        if asked is None:
            asked = abs(float(self.atoms.get_initial_magnetic_moments()[present].sum()))
        return parity + 2 * max(0, round((asked - parity) / 2))


@dataclass(frozen=True)
class CodeEnergy:
    """Total energy as another program has printed it.

    Parameters
    ----------
    free_energy_eV
        With the entropy of the smearing.
    entropy_eV
        Its part -TS, zero or negative.
    magnetic_moment_muB
        Of the cell, or None if it was not spin-polarised.
    """

    free_energy_eV: float
    entropy_eV: float
    magnetic_moment_muB: float | None

    @property
    def energy_eV(self) -> float:
        """Extrapolated to zero smearing as GPAW does it: the mean of energy and free energy."""
        return self.free_energy_eV - 0.5 * self.entropy_eV


def half_grid(kpoints: tuple[int, int, int]) -> list[tuple[tuple[float, float, float], float]]:
    """Points of a Gamma-centred grid with their weights, one of each pair k and -k.

    Returns
    -------
    list
        Coordinates along the reciprocal vectors, in (-1/2, 1/2], and weights that sum to one.

    Examples
    --------
    >>> half_grid((2, 1, 1))
    [((0.0, 0.0, 0.0), 0.5), ((0.5, 0.0, 0.0), 0.5)]
    >>> half_grid((3, 1, 1))
    [((0.0, 0.0, 0.0), 0.3333333333333333), ((0.3333333333333333, 0.0, 0.0), 0.6666666666666666)]
    """
    total = int(np.prod(kpoints))
    weights: dict[tuple[int, ...], int] = {}
    for place in np.ndindex(*kpoints):
        opposite = tuple((-n) % size for n, size in zip(place, kpoints, strict=True))
        kept = min(place, opposite)
        weights[kept] = weights.get(kept, 0) + 1
    points = []
    for kept, count in weights.items():
        x, y, z = (n / size - (2 * n > size) for n, size in zip(kept, kpoints, strict=True))
        points.append(((x, y, z), count / total))
    return points
