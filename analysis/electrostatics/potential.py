"""Electrostatic potential of a slab: averages, vacuum levels, work functions, dipole.

The potential is the energy of an electron in eV. A dipole moment that points upwards
(positive charge above negative) lowers it above the slab.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms, units
from numpy.typing import NDArray

from analysis.errors import DamagedResultError
from analysis.results import atoms_from_dict, load_arrays, load_result

POTENTIAL_FILE = "potential.npz"
#: Charge of the electron over the permittivity of vacuum, in V angstrom.
E_OVER_EPS0_V_A = units._e / units._eps0 * 1e10
#: Half of the width of the dipole layer at the boundary of the cell, and a little more.
BOUNDARY_A = 0.6
#: The vacuum level is the mean over this length of vacuum.
PLATEAU_A = 0.5
#: Steeper vacuum is none: the slab reaches to the boundary of the cell.
FLAT_EV_PER_A = 0.05
#: How far the potential step may lie from that of the dipole moment; both have errors of
#: the grid.
HELMHOLTZ_TOLERANCE_EV = 0.05


@dataclass(frozen=True)
class Vacuum:
    """The potential far from one face of a slab.

    Parameters
    ----------
    level_eV
        Vacuum level.
    slope_eV_per_A
        Change of the potential over the last angstrom; zero far enough from the slab.
    """

    level_eV: float
    slope_eV_per_A: float


@dataclass(frozen=True, eq=False)
class Electrostatics:
    """Electrostatic potential of a slab along its normal.

    Parameters
    ----------
    z_A
        Heights in angstrom, shape=(n,).
    planar_eV
        Potential averaged over planes, energy of an electron in eV, shape=(n,).
    macroscopic_eV
        The same averaged over the period of the layers too, or None without a period.
    fermi_level_eV
        Fermi level on the same scale.
    vacuum_eV
        Vacuum levels below and above the slab.
    atoms
        The structure.
    """

    z_A: NDArray[np.float64]
    planar_eV: NDArray[np.float64]
    macroscopic_eV: NDArray[np.float64] | None
    fermi_level_eV: float
    vacuum_eV: tuple[float, float]
    atoms: Atoms

    @property
    def work_functions_eV(self) -> tuple[float, float]:
        """Work functions of the lower and the upper face."""
        below, above = self.vacuum_eV
        return below - self.fermi_level_eV, above - self.fermi_level_eV


def inside_boundary(z_A: NDArray[np.float64], height_A: float) -> NDArray[np.bool_]:
    """True where the potential is that of the slab and not of the dipole layer."""
    inside: NDArray[np.bool_] = (z_A >= BOUNDARY_A) & (z_A <= height_A - BOUNDARY_A)
    return inside


def vacuum_levels(
    z_A: NDArray[np.float64], planar_eV: NDArray[np.float64], height_A: float
) -> tuple[Vacuum, Vacuum]:
    """Vacuum below and above a slab, as far from it as the cell allows.

    Parameters
    ----------
    z_A, planar_eV
        Heights and the planar average of the potential, both of shape (n,).
    height_A
        Height of the cell.
    """
    found = []
    for distance in (z_A - BOUNDARY_A, height_A - BOUNDARY_A - z_A):
        outer = planar_eV[(distance >= 0.0) & (distance <= PLATEAU_A)].mean()
        inner = planar_eV[(distance >= 1.0) & (distance <= 1.0 + PLATEAU_A)].mean()
        found.append(Vacuum(float(outer), float(abs(inner - outer))))
    return found[0], found[1]


def macroscopic_average(
    z_A: NDArray[np.float64], planar_eV: NDArray[np.float64], period_A: float, height_A: float
) -> NDArray[np.float64]:
    """Planar average, averaged once more over a window of one period around each height.

    Baldereschi, Baroni and Resta, Phys. Rev. Lett. 61, 734 (1988). Beyond the boundary of
    the cell the vacuum goes on.
    """
    below, above = vacuum_levels(z_A, planar_eV, height_A)
    inside = inside_boundary(z_A, height_A)
    z = np.concatenate([[z_A[0] - period_A], z_A[inside], [z_A[-1] + period_A]])
    v = np.concatenate([[below.level_eV], planar_eV[inside], [above.level_eV]])
    integral = np.concatenate([[0.0], np.cumsum((v[1:] + v[:-1]) / 2 * np.diff(z))])
    ends = [np.interp(z_A + sign * period_A / 2, z, integral) for sign in (1, -1)]
    return np.asarray((ends[0] - ends[1]) / period_A)


def layer_period_A(atoms: Atoms, layers: Sequence[int]) -> float | None:
    """Distance after which the layers of a slab repeat, or None if they do not.

    Layers are equal if they hold the same elements, so that a vacancy does not matter.

    Parameters
    ----------
    atoms
        The relaxed slab.
    layers
        For each atom the number of its layer, from 0, or -1 outside of the slab.
    """
    number = np.array(layers)
    kinds = [frozenset(atoms.numbers[number == n]) for n in range(number.max() + 1)]
    heights = np.array([atoms.positions[number == n, 2].mean() for n in range(len(kinds))])
    for lag in range(1, len(kinds)):
        if kinds[lag:] == kinds[:-lag]:
            return float((heights[lag:] - heights[:-lag]).mean())
    return None


def helmholtz_step_eV(dipole_eA: float, area_A2: float) -> float:
    """Potential above minus below a layer of dipoles, -e mu / (eps0 A), in eV.

    Parameters
    ----------
    dipole_eA
        Dipole moment along the normal, positive upwards, in e angstrom.
    area_A2
        Area that it belongs to.
    """
    return -E_OVER_EPS0_V_A * dipole_eA / area_A2


def load_electrostatics(folder: Path) -> Electrostatics:
    """Read the potential of a slab from the folder of a finished task.

    Raises
    ------
    FileNotFoundError
        If the task has no result.
    DamagedResultError
        If its file cannot be read.
    """
    result = load_result(folder)
    if result is None:
        raise FileNotFoundError(f"{folder} has no result")
    values, data = result.values, load_arrays(folder / POTENTIAL_FILE)
    try:
        return Electrostatics(
            data["z_A"],
            data["planar_eV"],
            data.get("macroscopic_eV"),
            values["fermi_level_eV"],
            (values["vacuum_bottom_eV"], values["vacuum_top_eV"]),
            atoms_from_dict(values["structure"]),
        )
    except (ValueError, KeyError) as error:
        raise DamagedResultError(f"{folder / POTENTIAL_FILE} is incomplete: {error}") from error
