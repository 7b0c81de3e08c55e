"""Pairs of an atom of a molecule with one of its surroundings: contacts and energies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
from ase import Atoms
from ase.units import Bohr, Hartree, kcal, mol
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from slabs.adsorption.contacts import Contact
from slabs.elements import (
    HYDROGEN_BOND_RATIO,
    HYDROGEN_BONDED,
    dative_length_A,
    vdw_radii_A,
)
from slabs.ligands.ligand import Ligand

Floats = NDArray[np.float64]

#: A dative bond clashes below this share of its usual length.
SHORTEST_BOND = 0.97
#: Range of the score, and damping of its Coulomb part.
CUTOFF_A = 10.0
DAMPING_PER_A = 0.2
COULOMB_EV_A = Hartree * Bohr
#: A shift below this leads to the molecule itself.
SAME_PLACE_A = 1e-6
#: Distances that are calculated at a time.
DISTANCES_AT_A_TIME = 200_000
#: Distance (angstrom) and depth (kcal/mol) of the van der Waals minimum of like atoms,
#: universal force field, Rappe et al., J. Am. Chem. Soc. 114, 10024 (1992).
UFF = {
    "H": (2.886, 0.044), "Li": (2.451, 0.025), "B": (4.083, 0.180), "C": (3.851, 0.105),
    "N": (3.660, 0.069), "O": (3.500, 0.060), "F": (3.364, 0.050), "Na": (2.983, 0.030),
    "Si": (4.295, 0.402), "P": (4.147, 0.305), "S": (4.035, 0.274), "Cl": (3.947, 0.227),
    "K": (3.812, 0.035), "Ge": (4.280, 0.379), "Br": (4.189, 0.251), "Rb": (4.114, 0.040),
    "Sn": (4.392, 0.567), "I": (4.500, 0.339), "Cs": (4.517, 0.045), "Pb": (4.297, 0.663),
}  # fmt: skip
_DEFAULT_UFF = (4.0, 0.1)


def _polar_hydrogens(ligand: Ligand) -> list[int]:
    """Hydrogen atoms on nitrogen, oxygen or sulfur: donors of hydrogen bonds."""
    return [
        atom.GetIdx()
        for atom in ligand.graph.GetAtoms()
        if atom.GetAtomicNum() == 1
        and any(near.GetAtomicNum() in (7, 8, 16) for near in atom.GetNeighbors())
    ]


def uff_roots(atoms: Atoms) -> Floats:
    """Square roots of distance and depth of each atom, shape=(n, 2)."""
    values = np.array([UFF.get(s, _DEFAULT_UFF) for s in atoms.symbols])
    values[:, 1] *= kcal / mol
    return np.asarray(np.sqrt(values))


@dataclass(frozen=True, eq=False)
class Pairs:
    """Everything that depends on a pair of atoms but not on where they are.

    Rows are the atoms of the molecule, columns those of its surroundings: distances at
    which two touch, Lennard-Jones distance and depth, charges, and the limit of the
    clash test.
    """

    touch_A: Floats
    minimum_A: Floats
    depth_eV: Floats
    charges_e2: Floats
    clash_ratio: float

    @classmethod
    def of(
        cls,
        ligand: Ligand,
        others: Atoms,
        others_charges_e: Floats,
        bonded: Sequence[tuple[int, int]],
        clash_ratio: float,
    ) -> Pairs:
        """All pairs; see `slabs.adsorption.score.judge`."""
        mine, theirs = uff_roots(ligand.atoms), uff_roots(others)
        touch = vdw_radii_A(ligand.atoms.numbers)[:, None] + vdw_radii_A(others.numbers)
        donors = np.zeros(touch.shape, dtype=bool)
        donors[_polar_hydrogens(ligand)] = np.isin(others.symbols, HYDROGEN_BONDED)
        touch[donors] *= max(1.0, HYDROGEN_BOND_RATIO / clash_ratio)
        depth = mine[:, None, 1] * theirs[:, 1]
        depth[_polar_hydrogens(ligand)] = 0.0
        for atom, other in bonded:
            bond = dative_length_A(ligand.atoms.numbers[atom], others.numbers[other])
            touch[atom, other] = SHORTEST_BOND * bond / clash_ratio
            depth[atom, other] = 0.0
            if len(ligand.anchors) > 1:  # in a chelate the next atom is close to the metal too
                near = ligand.graph.GetAtomWithIdx(int(atom)).GetNeighbors()
                depth[[each.GetIdx() for each in near], other] = 0.0
        charges = ligand.partial_charges_e[:, None] * others_charges_e
        return cls(touch, mine[:, None, 0] * theirs[:, 0], depth, charges, clash_ratio)

    def look(
        self, poses: Floats, places: Floats, index: NDArray[np.intp]
    ) -> list[tuple[Contact, Floats]]:
        """Closest contact of poses among atoms at some places, and both parts of their scores."""
        found: list[tuple[Contact, Floats]] = []
        for part in _parts(poses, poses.shape[1] * len(places)):
            points = part.reshape(-1, 3)
            near = (places > points.min(axis=0) - CUTOFF_A) & (
                places < points.max(axis=0) + CUTOFF_A
            )
            there = np.flatnonzero(near.all(axis=1))
            distance = cdist(points, places[there])
            row, column = np.nonzero(distance < CUTOFF_A)
            pose, atom = np.divmod(row, poses.shape[1])
            found += self._summed(
                len(part), pose, atom, index[there[column]], distance[row, column]
            )
        return found

    def image_ratios(self, poses: Floats, cell: Floats, copies_A: Floats) -> Floats:
        """Ratio of distance and touch of the closest contact of poses with their own images.

        It takes a small share of the time of `look_at_images`, because of each pair of atoms
        only the nearest images count.

        Parameters
        ----------
        poses
            Positions of the molecule, shape=(m, atoms, 3), in angstrom.
        cell
            Cell, shape=(3, 3), in angstrom, periodic along its first two vectors.
        copies_A
            Shifts to equal molecules of the cell, shape=(n, 3), the zero vector first.

        Returns
        -------
        numpy.ndarray
            shape=(m,). Exact below `clash_ratio`; from there on it may be too large.
        """
        plane = cell[:2]
        inverse = np.linalg.pinv(plane)
        heights_A = 1.0 / np.linalg.norm(inverse, axis=0)
        # The nearest image is within half a cell; one that clashes may be farther in a thin cell.
        reach_A = self.clash_ratio * float(self.touch_A.max())
        more = [max(0, int(np.ceil(reach_A / height - 0.5))) for height in heights_A]
        steps = [np.array(each) for each in product(*(range(-n, n + 1) for n in more))]
        found: list[Floats] = []
        for part in _parts(poses, poses.shape[1] ** 2):
            apart = part[:, :, None] - part[:, None]
            closest = np.full(len(part), np.inf)
            for copy in copies_A:
                gaps = apart - copy
                nearest = np.round(gaps @ inverse)
                for step in steps:
                    shifts = (nearest + step) @ plane
                    ratios = np.linalg.norm(gaps - shifts, axis=-1) / self.touch_A
                    ratios[np.linalg.norm(shifts + copy, axis=-1) < SAME_PLACE_A] = np.inf
                    closest = np.minimum(closest, ratios.min(axis=(1, 2)))
            found.append(closest)
        return np.concatenate(found)

    def look_at_images(self, poses: Floats, shifts_A: Floats) -> list[tuple[Contact, Floats]]:
        """The same among the images of each pose itself, at some lattice vectors."""
        found: list[tuple[Contact, Floats]] = []
        lengths = (shifts_A**2).sum(axis=1)
        for part in _parts(poses, poses.shape[1] ** 2 * len(shifts_A)):
            apart = part[:, :, None] - part[:, None]
            squares = (apart**2).sum(axis=-1)[:, :, None] + lengths[:, None]
            squares -= 2 * (apart @ shifts_A.T).swapaxes(2, 3)
            pose, i, image, j = np.nonzero(squares < CUTOFF_A**2)
            found += self._summed(len(part), pose, i, j, np.sqrt(squares[pose, i, image, j]))
        return found

    def _summed(
        self,
        count: int,
        pose: NDArray[np.intp],
        i: NDArray[np.intp],
        j: NDArray[np.intp],
        r: Floats,
    ) -> list[tuple[Contact, Floats]]:
        """Closest contact and sums over pairs for each of some poses, by which pairs are sorted."""
        ratio = r / self.touch_A[i, j]
        six = (self.minimum_A[i, j] / r) ** 6
        energy = self.depth_eV[i, j] * (six * six - 2 * six)
        coulomb = self.charges_e2[i, j] * _damped_inverse(r)
        found = []
        for first, last in pairwise(np.searchsorted(pose, np.arange(count + 1))):
            if first == last:
                found.append((Contact(0, 0, np.inf, np.inf), np.zeros(2)))
                continue
            n = first + int(ratio[first:last].argmin())
            contact = Contact(int(i[n]), int(j[n]), float(r[n]), float(ratio[n]))
            parts = energy[first:last].sum(), COULOMB_EV_A * coulomb[first:last].sum()
            clashes = contact.ratio < self.clash_ratio
            found.append((contact, np.array([np.inf, 0.0] if clashes else parts)))
        return found


def _parts(poses: Floats, distances: int) -> Iterator[Floats]:
    """Poses in parts of about `DISTANCES_AT_A_TIME`, each pose with so many distances."""
    size = max(1, DISTANCES_AT_A_TIME // max(1, distances))
    for start in range(0, len(poses), size):
        yield poses[start : start + size]


def _damped_inverse(r: Floats) -> Floats:
    """1/r, damped and shifted so that value and slope vanish at the cutoff."""
    from scipy.special import erfc

    a, end = DAMPING_PER_A, CUTOFF_A
    slope = erfc(a * end) / end**2 + 2 * a / np.sqrt(np.pi) * np.exp(-((a * end) ** 2)) / end
    return np.asarray(erfc(a * r) / r - erfc(a * end) / end + slope * (r - end))
