"""Correction of the energy of a charged defect for its periodic images and the background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.geometry import find_mic
from numpy.typing import NDArray

from analysis.charged.ewald import PointCharge
from slabs.surfaces.vacancies import image_distance_A

Floats = NDArray[np.float64]

#: Sites on the sphere itself are not outside of it.
TOLERANCE_A = 0.01
#: A line through fewer points says nothing about its own error.
FEWEST_FOR_SLOPE = 3


@dataclass(frozen=True, eq=False)
class SitePotentials:
    """Potentials at the atoms of a defective cell against those of the host.

    Parameters
    ----------
    distances_A
        Of the atoms from the nearest image of the defect, shape=(n,).
    changes_V
        Potential with the defect minus that of the host at the same atom, for a positive charge.
    model_V
        The same of the point charge with its images and background.
    radius_A
        Of the largest sphere around the defect that does not overlap with those of its images.
    """

    distances_A: Floats
    changes_V: Floats
    model_V: Floats
    radius_A: float

    @property
    def far(self) -> NDArray[np.bool_]:
        """Which atoms are outside of the sphere, shape=(n,)."""
        return np.asarray(self.distances_A > self.radius_A + TOLERANCE_A)

    @property
    def rest_V(self) -> Floats:
        """What the point charge does not explain of the change, shape=(n,)."""
        return self.changes_V - self.model_V

    @property
    def offset_V(self) -> float | None:
        """Mean of `rest_V` outside of the sphere, None without an atom there."""
        return float(self.rest_V[self.far].mean()) if self.far.any() else None

    @property
    def spread_V(self) -> float | None:
        """Standard deviation of `rest_V` outside of the sphere, None without an atom there."""
        return float(self.rest_V[self.far].std()) if self.far.any() else None

    @property
    def slope(self) -> tuple[float, float] | None:
        """How many times the model the change is, outside of the sphere, and its standard error.

        Slope of the line through both: 1 where the charge, its sign and the permittivity are
        right; with a permittivity that is twice too large 2. None with fewer than three atoms.
        """
        model, change = self.model_V[self.far], self.changes_V[self.far]
        if len(model) < FEWEST_FOR_SLOPE or not np.ptp(model):
            return None
        spread = float(((model - model.mean()) ** 2).sum())
        slope = float(((model - model.mean()) * (change - change.mean())).sum() / spread)
        off = change - change.mean() - slope * (model - model.mean())
        error = float(np.sqrt((off**2).sum() / (len(model) - 2) / spread))
        return slope, error


@dataclass(frozen=True)
class Correction:
    """What is added to the energy of a charged supercell, in eV.

    Parameters
    ----------
    point_charge_eV
        Minus the energy of the point charges in each other's potential and the background:
        never negative.
    alignment_eV
        Minus the charge times the offset of the potential far from the defect.
    """

    point_charge_eV: float
    alignment_eV: float

    @property
    def total_eV(self) -> float:
        """Both together."""
        return self.point_charge_eV + self.alignment_eV


def site_potentials(
    atoms: Atoms,
    place_A: Floats,
    charge: int,
    dielectric: Sequence[float],
    potentials_V: tuple[Sequence[float] | Floats, Sequence[float] | Floats],
) -> SitePotentials:
    """Potentials at the atoms of a cell with a defect, and what a point charge makes of them.

    Parameters
    ----------
    atoms
        The atoms that both cells have, where they are in that with the defect.
    place_A
        Where the defect is, shape=(3,).
    charge
        Of the defect in units of e: +1 with an electron less than the neutral one.
    dielectric
        Diagonal of the relative permittivity along x, y and z.
    potentials_V
        At the atoms, with the defect and in the host, for a positive charge; shape=(n,) each.
        Energies of levels must count from the same zero as the potential of their cell.
    """
    displacements, distances = find_mic(atoms.positions - place_A, atoms.cell, pbc=True)
    changes = np.subtract(*potentials_V)
    model = charge * PointCharge(atoms.cell.array, dielectric).potential_V(displacements)
    radius_A = image_distance_A(atoms) / 2
    return SitePotentials(distances, np.asarray(changes), model, radius_A)


def correction(
    cell_A: Floats, charge: int, dielectric: Sequence[float], offset_V: float
) -> Correction:
    """The correction of Kumagai and Oba, Phys. Rev. B 89, 195205 (2014).

    E(isolated) = E(supercell) + correction. In the supercell a charge q lies in the potential of
    its images and of the background, the energy of which is that of `PointCharge` times q^2 and
    negative; and its potential has another zero than that of the host, from which the Fermi level
    counts. If the potential is higher by an offset, so is the energy by q times the offset.

    Parameters
    ----------
    cell_A
        Cell vectors in rows, shape=(3, 3).
    charge
        Of the defect in units of e.
    dielectric
        Diagonal of the relative permittivity along x, y and z.
    offset_V
        See `SitePotentials.offset_V`.
    """
    lattice_eV = charge**2 * PointCharge(cell_A, dielectric).energy_eV()
    return Correction(-lattice_eV + 0.0, -charge * offset_V + 0.0)
