"""Hydrogen bonds by distance and angle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from ase.neighborlist import neighbor_list
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from analysis.geometry.bond_graphs import bond_matrix, heavy_bonds, proton_carriers, unwrapped_A
from slabs.crystals.network import angles_between_deg
from slabs.elements import HALIDE_RADII_A, vdw_radii_A

#: Elements whose hydrogen is counted; C-H...A contacts are not.
DONORS = ("N", "O", "S")
ACCEPTORS = ("N", "O", "S", *HALIDE_RADII_A)
#: Smallest angle D-H...A, the limit that IUPAC prefers: Arunan et al., Pure Appl. Chem. 83,
#: 1637 (2011). A limit of the distance is not part of that definition.
SMALLEST_ANGLE_DEG = 110.0
#: The criterion in one sentence, to be printed with the numbers.
CRITERION = (
    "Hydrogen bonds D-H...A, D being N, O or S: H...A below the sum of the van der Waals radii"
    f" and D-H...A above {SMALLEST_ANGLE_DEG:g} degrees, the limit that IUPAC prefers (Arunan et"
    " al., Pure Appl. Chem. 83, 1637 (2011))."
)
#: Vectors that differ by less lead to the same image of an atom.
_SAME_IMAGE_A = 0.1


@dataclass(frozen=True)
class HydrogenBond:
    """A hydrogen bond D-H...A.

    Parameters
    ----------
    donor, hydrogen, acceptor
        Indices of D, H and A.
    length_A
        Distance H...A in angstrom.
    angle_deg
        Angle D-H...A in degrees.
    """

    donor: int
    hydrogen: int
    acceptor: int
    length_A: float
    angle_deg: float


def hydrogen_bonds(atoms: Atoms) -> list[HydrogenBond]:
    """All hydrogen bonds between molecules or ions, images included, the shortest first.

    A bond is counted if H...A is shorter than the sum of the van der Waals radii
    (`slabs.elements.vdw_radii_A`) and the angle D-H...A is above `SMALLEST_ANGLE_DEG`. D is
    the atom that carries H in this geometry. Nitrogen with four bonds and halogens of
    molecules accept none; contacts within one molecule are left out.
    """
    carrier, to_carrier_A = proton_carriers(atoms)
    symbols = np.array(atoms.get_chemical_symbols())
    given = (carrier >= 0) & np.isin(symbols[carrier], DONORS)
    bonds = heavy_bonds(atoms)
    accepting = np.isin(symbols, ACCEPTORS) & ~_saturated(atoms, bonds, carrier)
    kept = np.flatnonzero(given | accepting)
    if not given.any() or not accepting.any():
        return []
    part = atoms[kept]
    radii = {e: float(vdw_radii_A(np.array([atomic_numbers[e]]))[0]) for e in ("H", *ACCEPTORS)}
    reach = {("H", e): radii["H"] + radii[e] for e in ACCEPTORS}
    i, j, d, vectors = neighbor_list("ijdD", part, reach)
    first = part.numbers[i] == 1
    hydrogen, acceptor = kept[i[first]], kept[j[first]]
    length_A, to_acceptor_A = d[first], vectors[first]
    donor, to_donor_A = carrier[hydrogen], to_carrier_A[hydrogen]
    sizes = length_A * np.linalg.norm(to_donor_A, axis=1)
    angle_deg = angles_between_deg((to_donor_A * to_acceptor_A).sum(axis=1) / sizes)
    own = _same_molecule(atoms, bonds, donor, acceptor, to_acceptor_A - to_donor_A)
    good = np.flatnonzero((angle_deg > SMALLEST_ANGLE_DEG) & ~own)
    found = [
        HydrogenBond(
            int(donor[n]), int(hydrogen[n]), int(acceptor[n]), float(length_A[n]),
            float(angle_deg[n]),
        )
        for n in good
    ]  # fmt: skip
    return sorted(found, key=lambda bond: bond.length_A)


def _saturated(
    atoms: Atoms, bonds: NDArray[np.intp], carrier: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Atoms without a lone pair to offer: N with four bonds, halogens of molecules."""
    ends = np.concatenate([bonds.ravel(), carrier[carrier >= 0]])
    count = np.bincount(ends, minlength=len(atoms))
    heavy = np.bincount(bonds.ravel(), minlength=len(atoms))
    halogen = np.isin(atoms.symbols, list(HALIDE_RADII_A))
    return np.asarray(((atoms.symbols == "N") & (count >= 4)) | (halogen & (heavy > 0)))


def _same_molecule(
    atoms: Atoms,
    bonds: NDArray[np.intp],
    donor: NDArray[np.intp],
    acceptor: NDArray[np.intp],
    vector_A: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Whether D and A, apart by these vectors, belong to one molecule and not to its image."""
    labels = connected_components(bond_matrix(bonds, len(atoms)), directed=False)[1]
    places = unwrapped_A(atoms, bonds)
    gap = np.linalg.norm(places[acceptor] - places[donor] - vector_A, axis=1)
    return np.asarray((labels[donor] == labels[acceptor]) & (gap < _SAME_IMAGE_A))
