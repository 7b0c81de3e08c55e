"""Charge-density differences: integrals, averages over planes, and what they are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.units import Bohr
from numpy.typing import NDArray

from analysis.errors import DamagedResultError
from analysis.results import load_arrays

DENSITY_FILE = "density-difference.npz"
CUBE_FILE = "density-difference.cube"
#: How far the integral of a density may lie from its number of electrons.
ELECTRONS_TOLERANCE_E = 0.01
#: How far the integral of a density difference may lie from zero.
INTEGRAL_TOLERANCE_E = 0.001


@dataclass(frozen=True, eq=False)
class DensityDifference:
    """Density of a whole minus the densities of its fragments.

    Parameters
    ----------
    difference_e_per_A3
        Electrons per cubic angstrom, shape=(n1, n2, n3); positive where the bond gathers
        electrons. The grid starts at the origin of the cell and does not repeat its first
        plane.
    atoms
        The frozen structure.
    names
        Names of the fragments, the slab first.
    fragment_of
        For each atom the number of its fragment, shape=(n,).
    """

    difference_e_per_A3: NDArray[np.float64]
    atoms: Atoms
    names: tuple[str, ...]
    fragment_of: NDArray[np.intp]

    @property
    def cell_A(self) -> NDArray[np.float64]:
        """Cell vectors as rows, shape=(3, 3), in angstrom."""
        return np.asarray(self.atoms.cell.array)

    def planar_average(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Heights in angstrom and electrons per angstrom at each, both of shape (n3,).

        The second array is the difference summed over the plane; its integral over the
        height is the integral of the difference.
        """
        z = grid_heights_A(self.difference_e_per_A3.shape[2], self.cell_A)
        area = float(np.linalg.norm(np.cross(self.cell_A[0], self.cell_A[1])))
        return z, self.difference_e_per_A3.mean(axis=(0, 1)) * area

    def cumulated(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Heights in angstrom and the electrons gained below each, both of shape (n3,)."""
        z, profile = self.planar_average()
        return z, np.cumsum(profile) * (z[1] - z[0])

    def transferred_e(self, height_A: float) -> float:
        """Electrons gained above a height (negative: lost), in units of e."""
        z, profile = self.planar_average()
        return float(profile[z > height_A].sum() * (z[1] - z[0]))


def grid_heights_A(points: int, cell_A: NDArray[np.float64]) -> NDArray[np.float64]:
    """Heights of the grid planes in angstrom, the first one at zero, shape=(points,)."""
    return np.arange(points, dtype=np.float64) * (float(cell_A[2, 2]) / points)


def integral_e(density_e_per_A3: NDArray[np.float64], atoms: Atoms) -> float:
    """Integral of a density over the cell, in electrons."""
    return float(density_e_per_A3.mean() * atoms.cell.volume)


def unbalanced(
    electrons: Mapping[str, float], expected: Mapping[str, int], difference_e: float
) -> str:
    """Which density does not hold its electrons, in one sentence, or an empty string.

    Parameters
    ----------
    electrons
        Integral of each density, in electrons.
    expected
        Electrons of the atoms behind each, core included.
    difference_e
        Integral of the density difference.
    """
    for name, found in electrons.items():
        if abs(found - expected[name]) > ELECTRONS_TOLERANCE_E:
            return (
                f"the density of {name} holds {found:.4f} electrons, not {expected[name]};"
                f" {ELECTRONS_TOLERANCE_E:g} may be missing"
            )
    if abs(difference_e) > INTEGRAL_TOLERANCE_E:
        return (
            f"the density difference integrates to {difference_e:+.5f} e;"
            f" {INTEGRAL_TOLERANCE_E:g} e is allowed"
        )
    return ""


def save_density_difference(
    folder: Path,
    difference_e_per_A3: NDArray[np.float64],
    atoms: Atoms,
    fragments: Mapping[str, Sequence[int]],
) -> None:
    """Write a density difference as an array and as a cube file (electrons/bohr^3).

    Parameters
    ----------
    folder
        Folder of the task.
    difference_e_per_A3, atoms
        As in `DensityDifference`.
    fragments
        Atoms of each fragment by name, the slab first.
    """
    from ase.io.cube import write_cube

    fragment_of = np.zeros(len(atoms), dtype=int)
    for number, indices in enumerate(fragments.values()):
        fragment_of[list(indices)] = number
    array, cube = folder / f"new-{DENSITY_FILE}", folder / f"new-{CUBE_FILE}"
    with array.open("wb") as file:
        np.savez_compressed(
            file,
            difference_e_per_A3=difference_e_per_A3,
            numbers=atoms.numbers,
            positions_A=atoms.positions,
            cell_A=atoms.cell.array,
            pbc=atoms.pbc,
            names=np.array(list(fragments)),
            fragment_of=fragment_of,
        )
    with cube.open("w", encoding="utf-8") as text:
        write_cube(text, atoms, data=difference_e_per_A3 * Bohr**3)
    write_cube_header(cube, fragments)
    # Neither is ever half written.
    array.replace(folder / DENSITY_FILE)
    cube.replace(folder / CUBE_FILE)


def write_cube_header(cube: Path, fragments: Iterable[str]) -> None:
    """Replace the two comment lines of a cube file: what it holds, and in which units.

    The numbers stay as they are.

    Parameters
    ----------
    cube
        A cube file of a density difference.
    fragments
        Names of the parts, the slab first.
    """
    parts = " - ".join(f"n({name})" for name in fragments)
    head = (
        f"all-electron density difference n(whole) - {parts}; positive: electrons gained",
        "values in electrons/bohr^3; cell and positions in bohr; x slowest, z fastest",
    )
    with cube.open(encoding="utf-8") as text:
        numbers = text.read().split("\n", 2)[2]
    cube.write_text("\n".join([*head, numbers]), encoding="utf-8")


def load_density_difference(folder: Path) -> DensityDifference:
    """Read the density difference from the folder of a finished task.

    Raises
    ------
    DamagedResultError
        If its file cannot be read.
    """
    data = load_arrays(folder / DENSITY_FILE)
    try:
        atoms = Atoms(
            data["numbers"], positions=data["positions_A"], cell=data["cell_A"], pbc=data["pbc"]
        )
        names = tuple(str(name) for name in data["names"])
        return DensityDifference(data["difference_e_per_A3"], atoms, names, data["fragment_of"])
    except (ValueError, KeyError) as error:
        raise DamagedResultError(f"{folder / DENSITY_FILE} is incomplete: {error}") from error
