"""Shape and symmetry of isolated molecules, as far as their rotation needs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

#: A molecule is linear if its smallest moment of inertia is this small a share of the largest.
LINEAR_SHARE = 1e-3
#: How far the images of atoms may lie from atoms, in angstrom; relaxed molecules are not exact.
SYMMETRY_TOLERANCE_A = 0.1


@dataclass(frozen=True)
class Rotor:
    """How a molecule rotates.

    Parameters
    ----------
    geometry
        ``"monatomic"``, ``"linear"`` or ``"nonlinear"``.
    point_group
        In the notation of Schoenflies.
    symmetry_number
        Number of rotations that bring it onto itself.
    """

    geometry: Literal["monatomic", "linear", "nonlinear"]
    point_group: str
    symmetry_number: int

    @property
    def rigid_motions(self) -> int:
        """Number of its translations and rotations."""
        return {"monatomic": 3, "linear": 5, "nonlinear": 6}[self.geometry]


def rotor_of(atoms: Atoms) -> Rotor:
    """Shape and symmetry of a molecule, whose cell is ignored; see `Rotor`."""
    if len(atoms) == 1:
        return Rotor("monatomic", "Kh", 1)
    from pymatgen.core.structure import Molecule
    from pymatgen.symmetry.analyzer import PointGroupAnalyzer

    molecule = Molecule(atoms.get_chemical_symbols(), atoms.positions)
    group = PointGroupAnalyzer(molecule, tolerance=SYMMETRY_TOLERANCE_A)
    return Rotor(
        "linear" if is_linear(atoms) else "nonlinear",
        str(group.sch_symbol),
        int(group.get_rotational_symmetry_number()),
    )


def is_linear(atoms: Atoms) -> bool:
    """Whether all atoms of a molecule lie on one line."""
    moments = moments_of_inertia_amu_A2(atoms)
    return bool(moments[0] < LINEAR_SHARE * moments[-1])


def moments_of_inertia_amu_A2(atoms: Atoms) -> NDArray[np.float64]:
    """Principal moments of inertia in amu angstrom^2, the smallest first, shape=(3,)."""
    return np.sort(np.asarray(_alone(atoms).get_moments_of_inertia(), dtype=float))


def _alone(atoms: Atoms) -> Atoms:
    """The atoms without periodicity, which ASE warns of."""
    copy: Atoms = atoms.copy()
    copy.pbc = False
    return copy


def rigid_motions(atoms: Atoms) -> NDArray[np.float64]:
    """Translations and rotations of some atoms as a whole, in mass-weighted coordinates.

    Returns
    -------
    array, shape=(3 n, m)
        Orthonormal columns; m is 3 for an atom, 5 for a linear molecule, else 6.
    """
    roots = np.sqrt(atoms.get_masses())[:, np.newaxis]
    columns = [roots * np.eye(3)[axis] for axis in range(3)]
    if len(atoms) > 1:
        places = atoms.positions - atoms.get_center_of_mass()
        moments, axes = _alone(atoms).get_moments_of_inertia(vectors=True)
        columns += [
            roots * np.cross(axis, places)
            for moment, axis in zip(moments, axes, strict=True)
            if moment > LINEAR_SHARE * max(moments)
        ]
    flat = np.array([column.ravel() for column in columns]).T
    return np.asarray(np.linalg.qr(flat)[0])
