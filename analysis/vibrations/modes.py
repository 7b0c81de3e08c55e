"""Harmonic modes of molecules, and of some atoms of a slab, from finite differences."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from ase import Atoms, units
from ase.units import invcm
from numpy.typing import NDArray

from analysis.errors import DamagedResultError
from analysis.results import load_arrays
from analysis.vibrations.molecules import rigid_motions

Floats = NDArray[np.float64]

HESSIAN_FILE = "hessian.npz"
#: Modes below this dominate entropies and are the least certain.
LOW_PER_CM = 100.0


@dataclass(frozen=True, eq=False)
class Modes:
    """Harmonic modes, imaginary ones first, then by their frequency.

    Parameters
    ----------
    energies_eV
        h times frequency, negative for an imaginary mode, shape=(modes,).
    displacements
        Of all atoms in each mode, shape=(modes, atoms, 3), as `ase.vibrations.data` has them:
        mass-weighted they have the length 1.
    """

    energies_eV: Floats
    displacements: Floats

    @property
    def frequencies_per_cm(self) -> Floats:
        """Wave numbers, negative for an imaginary mode, shape=(modes,)."""
        return self.energies_eV / invcm

    @property
    def imaginary_per_cm(self) -> Floats:
        """Magnitudes of the imaginary wave numbers, the largest first."""
        found: Floats = -self.frequencies_per_cm[self.energies_eV < 0]
        return found

    @property
    def zero_point_energy_eV(self) -> float:
        """Half the sum of the energies of the real modes."""
        return float(self.energies_eV[self.energies_eV > 0].sum()) / 2


@dataclass(frozen=True, eq=False)
class Vibrations:
    """Force constants of a relaxed structure.

    Parameters
    ----------
    atoms
        The structure.
    moved
        Indices of the atoms that vibrate; all others are held.
    force_constants_eV_per_A2
        As finite differences give them, not symmetrised: minus the derivative of the force on
        the second coordinate by the first, shape=(3 n, 3 n) of the n moved atoms.
    isolated
        Whether they are a molecule in a box, and not part of a slab.
    """

    atoms: Atoms
    moved: tuple[int, ...]
    force_constants_eV_per_A2: Floats
    isolated: bool

    @property
    def part(self) -> Atoms:
        """The atoms that vibrate."""
        return self.atoms[list(self.moved)]

    @property
    def asymmetry_eV_per_A2(self) -> float:
        """Largest difference of two force constants that must be equal: their numerical error."""
        matrix = self.force_constants_eV_per_A2
        return float(abs(matrix - matrix.T).max(initial=0.0))

    @property
    def symmetrised_eV_per_A2(self) -> Floats:
        """Force constants with the mean of each pair that must be equal."""
        matrix = self.force_constants_eV_per_A2
        return (matrix + matrix.T) / 2

    @cached_property
    def modes(self) -> Modes:
        """The modes without `rigid_motions`."""
        return self.without(self.rigid_motions)

    @property
    def rigid_motions(self) -> Floats | None:
        """Motions that are no modes, mass-weighted, shape=(3 n, m); None if atoms are held.

        Translations and rotations of a molecule, translations of a slab that is free.
        """
        if not self.moved or len(self.moved) < len(self.atoms):
            return None
        motions = rigid_motions(self.part)
        return motions if self.isolated else motions[:, :3]

    def without(self, motions: Floats | None) -> Modes:
        """The modes orthogonal to some motions.

        Parameters
        ----------
        motions
            Mass-weighted and orthonormal, shape=(3 n, m) of the n moved atoms; None: all modes.
        """
        from ase.vibrations.data import VibrationsData  # loads matplotlib

        if not self.moved:
            return Modes(np.zeros(0), np.zeros((0, len(self.atoms), 3)))
        matrix, left_out = self.symmetrised_eV_per_A2, 0
        if motions is not None:
            roots = np.repeat(np.sqrt(self.part.get_masses()), 3)
            kept = np.eye(len(roots)) - motions @ motions.T
            weighted = kept @ (matrix / np.outer(roots, roots)) @ kept
            matrix, left_out = weighted * np.outer(roots, roots), motions.shape[1]
        data = VibrationsData.from_2d(self.atoms, (matrix + matrix.T) / 2, indices=self.moved)
        energies, displacements = data.get_energies_and_modes(all_atoms=True)
        signed = np.where(energies.imag > 0, -energies.imag, energies.real)
        # What was projected out has vanishing energies.
        chosen = np.sort(np.argsort(abs(signed), kind="stable")[left_out:])
        return Modes(signed[chosen], np.asarray(displacements)[chosen])

    @cached_property
    def rigid_per_cm(self) -> float | None:
        """Largest wave number of one of the `rigid_motions`, signed as a mode is.

        It would be zero without numerical errors; None if there are none.
        """
        motions, roots = self.rigid_motions, np.repeat(np.sqrt(self.part.get_masses()), 3)
        if motions is None:
            return None
        weighted = self.symmetrised_eV_per_A2 / np.outer(roots, roots)
        squares = np.linalg.eigvalsh(motions.T @ weighted @ motions)
        largest = squares[abs(squares).argmax()]
        return float(np.sign(largest) * np.sqrt(abs(largest)) * _per_cm())

    def local_frequency_per_cm(self, first: int, second: int) -> float:
        """Wave number at which one bond is stretched while all else is at rest, signed.

        The mean square of the frequencies of all modes, weighted with their share in the
        stretch of this bond: s D s with the mass-weighted force constants D and the stretch s.

        Parameters
        ----------
        first, second
            Indices of two bonded atoms, of `moved`.
        """
        axis = self.atoms.get_distance(first, second, mic=True, vector=True)
        axis = axis / np.linalg.norm(axis)
        places = [self.moved.index(n) for n in (first, second)]
        masses = self.atoms.get_masses()[[first, second]]
        stretch = np.zeros((len(self.moved), 3))
        # Opposite momenta: the common centre of mass stays where it is.
        stretch[places[0]], stretch[places[1]] = -axis / masses[0], axis / masses[1]
        stretch /= np.sqrt(1 / masses[0] + 1 / masses[1])
        square = float(stretch.ravel() @ self.symmetrised_eV_per_A2 @ stretch.ravel())
        return float(np.sign(square) * np.sqrt(abs(square)) * _per_cm())

    def shares(self, number: int) -> dict[str, float]:
        """Share of each element in the kinetic energy of a mode, the largest first."""
        weights = (self.modes.displacements[number] ** 2).sum(axis=1) * self.atoms.get_masses()
        found: dict[str, float] = {}
        for symbol, weight in zip(self.atoms.symbols, weights / weights.sum(), strict=True):
            found[symbol] = found.get(symbol, 0.0) + float(weight)
        return dict(sorted(found.items(), key=lambda each: -each[1]))


def _per_cm() -> float:
    """Wave number of a force constant of 1 eV/A^2 and a mass of 1 amu."""
    return float(units._hbar * 1e10 / np.sqrt(units._e * units._amu) / invcm)


def load_vibrations(folder: Path, atoms: Atoms, *, isolated: bool) -> Vibrations:
    """The force constants that a task has left.

    Parameters
    ----------
    folder
        Folder of the task.
    atoms
        The structure.
    isolated
        Whether it is a molecule.

    Raises
    ------
    DamagedResultError
        If the file cannot be read, or does not fit the structure.
    """
    arrays = load_arrays(folder / HESSIAN_FILE)
    try:
        moved = tuple(int(n) for n in arrays["moved"])
        matrix = np.asarray(arrays["force_constants_eV_per_A2"], dtype=float)
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedResultError(f"{folder / HESSIAN_FILE} lacks {error}") from error
    if matrix.shape != (3 * len(moved),) * 2 or not set(moved) <= set(range(len(atoms))):
        raise DamagedResultError(f"{folder / HESSIAN_FILE} does not fit the structure")
    return Vibrations(atoms, moved, matrix, isolated)
