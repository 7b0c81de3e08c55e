"""Model Hessian: how stiff every bond and angle is, guessed before the first ionic step."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from ase.neighborlist import neighbor_list
from ase.units import Bohr, Hartree
from numpy.typing import NDArray

from slabs.elements import ALKALI_METALS

Floats = NDArray[np.float64]

#: Stretching: ``STRETCH / (r - B)^3`` in atomic units with B by the rows of the two atoms, the
#: third row for all beyond; Schlegel, Theor. Chim. Acta 66, 333 (1984).
STRETCH = 1.734
ROW_SHIFTS = np.array(
    [[-0.244, 0.352, 0.660], [0.352, 1.085, 1.522], [0.660, 1.522, 2.068]], dtype=float
)
#: Bending of two bonds of usual length, in hartree; a tenth of it around or to a lattice ion.
#: This, the ranges and the curvature below were chosen so that BFGS takes the fewest steps on
#: the Hessian that GPAW gives for methylamine on CsPbI3; a factor of two either way costs one.
BENDING = 0.3
BENDING_OF_IONS = 0.1
HEAVIEST_MOLECULAR_ELEMENT = 20
#: Atoms are bonded below this multiple of the sum of their covalent radii; beyond it the
#: stretching constant falls by e for every `RANGE` of that sum.
BONDED, RANGE = 1.2, 0.1
ANGLE_REACH, ANGLE_RANGE = 1.3, 0.15
CUTOFF_A = 6.0
STIFFEST_EV_PER_A2 = 70.0
#: Alkali ions rattle in their cages. Modes of cesium at 20 to 40 cm^-1 mean 0.2 to 0.8
#: eV/angstrom^2; contacts that count as bonds would hold it ten times as tightly.
STRETCH_OF_ALKALI = 0.1
ALKALI = tuple(atomic_numbers[element] for element in ALKALI_METALS)
#: Curvature of everything that no spring holds: torsions, and molecules as a whole.
SOFTEST_EV_PER_A2 = 1.0


def model_hessian(atoms: Atoms, fixed: Sequence[int] = ()) -> Floats:
    """Matrix to start a quasi-Newton relaxation from.

    Parameters
    ----------
    atoms
        Structure, with periodic images along its periodic directions.
    fixed
        Indices of atoms that do not move; they couple to nothing.

    Returns
    -------
    ndarray, shape=(3n, 3n)
        Symmetric, positive definite, in eV/angstrom^2.
    """
    count = len(atoms)
    hessian = np.zeros((count, 3, count, 3))
    first, second, distance, vector = neighbor_list("ijdD", atoms, CUTOFF_A)
    units = vector / distance[:, None]
    relative = distance / (
        covalent_radii[atoms.numbers[first]] + covalent_radii[atoms.numbers[second]]
    )
    stiffness = _stretching(atoms.numbers[first], atoms.numbers[second], distance, relative)
    blocks = stiffness[:, None, None] * units[:, :, None] * units[:, None, :] / 2
    for i, j, block in zip(first, second, blocks, strict=True):  # every pair comes twice
        hessian[i, :, i] += block
        hessian[j, :, j] += block
        hessian[i, :, j] -= block
        hessian[j, :, i] -= block
    order = np.argsort(first, kind="stable")
    near = order[relative[order] < ANGLE_REACH]
    for centre in range(count):
        bonds = near[first[near] == centre]
        for one, other in combinations(bonds, 2):
            ends = (second[one], second[other])
            weight = _bending(atoms.numbers[[centre, *ends]], relative[[one, other]])
            _add_angle(
                hessian, (centre, *ends), units[[one, other]], distance[[one, other]], weight
            )
    flat: Floats = hessian.reshape(3 * count, 3 * count)
    flat += SOFTEST_EV_PER_A2 * np.eye(3 * count)
    still = np.isin(np.repeat(np.arange(count), 3), fixed)
    flat[still] = flat[:, still] = 0.0
    flat[still, still] = STIFFEST_EV_PER_A2
    return flat


def _stretching(
    first: NDArray[np.int_], second: NDArray[np.int_], distance: Floats, relative: Floats
) -> Floats:
    """Force constants of pairs in eV/angstrom^2, shape=(pairs,)."""
    rows = [np.digitize(numbers, [3, 11]) for numbers in (first, second)]
    gap = np.maximum(distance / Bohr - ROW_SHIFTS[rows[0], rows[1]], 0.1)
    constants = STRETCH / gap**3 * Hartree / Bohr**2
    constants[np.isin(first, ALKALI) | np.isin(second, ALKALI)] *= STRETCH_OF_ALKALI
    decay = np.exp(-np.maximum(relative - BONDED, 0.0) / RANGE)
    return np.asarray(np.minimum(constants * decay, STIFFEST_EV_PER_A2))


def _bending(numbers: NDArray[np.int_], relative: Floats) -> float:
    """Force constant of an angle in eV/rad^2."""
    decay = np.exp(-np.maximum(relative - 1.0, 0.0).sum() / ANGLE_RANGE)
    ions = BENDING_OF_IONS if numbers.max() > HEAVIEST_MOLECULAR_ELEMENT else 1.0
    return float(BENDING * Hartree * ions * decay)


def _add_angle(
    hessian: NDArray[np.float64],
    atoms: tuple[int, int, int],
    units: Floats,
    lengths: Floats,
    weight: float,
) -> None:
    """Add the spring of an angle, given as its centre and two ends; none if it is straight."""
    cosine = float(np.clip(units[0] @ units[1], -1.0, 1.0))
    sine = np.sqrt(1.0 - cosine**2)
    if sine < 0.1:
        return
    ends = [(cosine * units[n] - units[1 - n]) / (lengths[n] * sine) for n in (0, 1)]
    gradient = [-ends[0] - ends[1], *ends]
    for i, change in zip(atoms, gradient, strict=True):
        for j, other in zip(atoms, gradient, strict=True):
            hessian[i, :, j] += weight * np.outer(change, other)
