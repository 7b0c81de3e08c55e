"""How well a molecule lies on a surface: clash test and score of many poses at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from slabs.adsorption.contacts import CLASH_RATIO, Contact
from slabs.adsorption.pairs import CUTOFF_A, Pairs
from slabs.composition import charge_e
from slabs.ligands.ligand import Ligand
from slabs.molecular_units import molecular_units, unit_names

Floats = NDArray[np.float64]

#: Lattice ions carry this share of their formal charge in the score.
IONICITY = 0.5
#: Of poses that all clash about so many are looked at for the closest to a clear one.
FAILED_POSES = 300
#: Two ratios are the same within this.
ROUNDING = 1e-9


def ionic_charges_e(atoms: Atoms) -> Floats:
    """Charges of lattice ions in the score: `IONICITY` times the formal ones, shape=(n,).

    The charge of a molecular ion is spread over its atoms.
    """
    labels = molecular_units(atoms)
    charges = {label: charge_e(name) for label, name in unit_names(atoms, labels).items()}
    formal = np.array([charges[int(n)] for n in labels], dtype=float)
    return np.asarray(IONICITY * formal / np.bincount(labels)[labels])


def lattice_shifts(cell: Floats, reach_A: float) -> Floats:
    """In-plane lattice vectors within reach, the zero vector first, shape=(n, 3)."""
    heights = np.linalg.norm(np.cross(cell[0], cell[1])) / np.linalg.norm(cell[:2], axis=1)
    n1, n2 = (int(np.ceil(reach_A / h)) + 1 for h in heights[::-1])
    grid = np.array([(i, j) for i in range(-n1, n1 + 1) for j in range(-n2, n2 + 1)])
    shifts = grid @ cell[:2]
    shifts = shifts[np.linalg.norm(shifts, axis=1) <= reach_A]
    return np.asarray(shifts[np.argsort(np.linalg.norm(shifts, axis=1), kind="stable")])


class Surroundings:
    """What a molecule on a surface may collide with: everything else and all images.

    Parameters
    ----------
    atoms
        The other atoms in their cell, which is periodic along its first two vectors.
    charges_e
        Their charges in the score, shape=(n,).
    """

    def __init__(self, atoms: Atoms, charges_e: Floats) -> None:
        self.atoms = atoms
        self.charges_e = charges_e

    def near(self, poses: Floats) -> tuple[NDArray[np.intp], Floats]:
        """Images of the other atoms within reach of some poses: indices and positions."""
        middle = poses.reshape(-1, 3).mean(axis=0)
        extent = float(np.linalg.norm((poses.reshape(-1, 3) - middle)[:, :2], axis=1).max())
        low, high = poses[..., 2].min() - CUTOFF_A, poses[..., 2].max() + CUTOFF_A
        z = self.atoms.positions[:, 2]
        level = np.flatnonzero((z > low) & (z < high))
        cell = self.atoms.cell.array
        spread = float(
            np.linalg.norm(self.atoms.positions[level, :2] - middle[:2], axis=1).max(initial=0.0)
        )
        shifts = lattice_shifts(cell, extent + CUTOFF_A + spread)
        places = (self.atoms.positions[level][None] + shifts[:, None]).reshape(-1, 3)
        index = np.tile(level, len(shifts))
        inside = np.linalg.norm((places - middle)[:, :2], axis=1) < extent + CUTOFF_A
        return index[inside], places[inside]


@dataclass(frozen=True, eq=False)
class Verdict:
    """How each of several poses of one molecule lies.

    Parameters
    ----------
    ratio
        Shortest distance to anything, over the sum of the van der Waals radii,
        shape=(m,); 0 for poses that clash and are not the closest to a clear one.
    score_eV
        See `judge`, shape=(m,).
    repulsion_eV
        The van der Waals part of the score, shape=(m,): above zero where atoms overlap.
    contacts
        The closest contact of each pose.
    """

    ratio: Floats
    score_eV: Floats
    repulsion_eV: Floats
    contacts: tuple[Contact, ...]


def judge(
    poses: Floats,
    ligand: Ligand,
    surroundings: Surroundings,
    bonded: Sequence[tuple[int, int]] = (),
    *,
    clash_ratio: float = CLASH_RATIO,
    copies_A: Floats | None = None,
) -> Verdict:
    """Closest contact and score of poses of one molecule.

    The score is the sum over all pairs of an atom of the molecule with an atom of the
    surroundings, and half of that with atoms of the molecule's own images, of the
    Lennard-Jones energy of the universal force field (anchor-metal bonds and the hydrogen
    of N-H, O-H and S-H left out) and a damped, shifted Coulomb energy (Fennell and Gezelter,
    J. Chem. Phys. 124, 234104 (2006)) with Gasteiger charges on the molecule and `IONICITY`
    times the formal charges on lattice ions, up to `CUTOFF_A`. It ranks placements of one
    species and is not an adsorption energy. Poses that clash are not scored (infinite).

    Parameters
    ----------
    poses
        Positions of the molecule, shape=(m, atoms, 3), in angstrom.
    ligand
        The molecule: its elements and charges.
    surroundings
        Everything else.
    bonded
        Pairs (atom of the molecule, atom of the surroundings) that form a dative bond:
        they clash below `SHORTEST_BOND` times its length.
    clash_ratio
        Below this ratio two atoms clash.
    copies_A
        Shifts to further molecules of the cell that are placed like this one, shape=(n, 3),
        the zero vector first; default: none. They count like its own images.
    """
    molecule, charges_e = ligand.atoms, ligand.partial_charges_e
    index, places = surroundings.near(poses)
    copies_A = np.zeros((1, 3)) if copies_A is None else copies_A
    shifts = _image_shifts(poses, surroundings.atoms.cell.array, copies_A)
    around = Pairs.of(ligand, surroundings.atoms, surroundings.charges_e, bonded, clash_ratio)
    itself = Pairs.of(ligand, molecule, charges_e, (), clash_ratio)
    held = tuple({atom for atom, _ in bonded})
    clear = _clear(poses, around, places, index, held=held)
    share = 1.0
    while not clear.any() and share > 0.0:  # which poses come closest to being clear
        share -= 0.1
        clear = _clear(poses, around, places, index, held=held, share=share)
    looked = np.flatnonzero(clear)
    if share < 1.0:
        looked = looked[:: max(1, len(looked) // FAILED_POSES)]
    contacts = [Contact(0, 0, 0.0, 0.0)] * len(poses)
    energies = np.full((len(poses), 2), [np.inf, 0.0])
    shapes = (poses[looked] - poses[looked, :1]).round(6)  # whatever their height and place
    _, kept, shape = np.unique(
        shapes.reshape(len(looked), -1), axis=0, return_index=True, return_inverse=True
    )
    # Of poses that clash with their images, as most do in a cell that is too small, only the
    # closest to a clear one is of interest.
    shape = shape.reshape(-1)
    closest = itself.image_ratios(poses[looked[kept]], surroundings.atoms.cell.array, copies_A)
    enough = closest > min(share * clash_ratio, closest.max()) - ROUNDING
    images = dict(
        zip(
            np.flatnonzero(enough),
            itself.look_at_images(poses[looked[kept[enough]]], shifts),
            strict=True,
        )
    )
    looked, shape = looked[enough[shape]], shape[enough[shape]]
    for place, (number, first) in enumerate(
        zip(looked, around.look(poses[looked], places, index), strict=True)
    ):
        image = images[shape[place]]
        energies[number] = first[1] + 0.5 * image[1]
        behind = replace(image[0], second=image[0].second + len(surroundings.atoms))
        contacts[number] = min(first[0], behind, key=lambda c: c.ratio)
    ratios = np.array([contact.ratio for contact in contacts])
    repulsion, coulomb = energies.T
    return Verdict(ratios, repulsion + coulomb, repulsion, tuple(contacts))


def _clear(
    poses: Floats,
    pairs: Pairs,
    places: Floats,
    index: NDArray[np.intp],
    *,
    held: Sequence[int],
    share: float = 1.0,
) -> NDArray[np.bool_]:
    """Poses of which no atom clashes with the surroundings, shape=(m,).

    Atoms in `held`, which are bonded to some of them, are left out; with a `share` below
    one the atoms may come closer.
    """
    from scipy.spatial import cKDTree

    clear = np.ones(len(poses), dtype=bool)
    if not len(places):
        return clear
    limits_A = pairs.touch_A * pairs.clash_ratio * share
    free = np.setdiff1d(np.arange(len(limits_A)), held)
    kinds, kind = np.unique(limits_A[free].round(9), axis=0, return_inverse=True)
    for number, row in enumerate(kinds):
        atoms = free[kind.reshape(-1) == number]
        for limit_A in np.unique(row[np.unique(index)]):
            near = places[row[index] == limit_A]
            left = np.flatnonzero(clear)
            points = poses[np.ix_(left, atoms)]
            low, high = near[:, 2].min() - limit_A, near[:, 2].max() + limit_A
            pose, atom = np.nonzero((points[..., 2] > low) & (points[..., 2] < high))
            if not len(pose):
                continue
            gap, _ = cKDTree(near).query(points[pose, atom], distance_upper_bound=limit_A)
            clear[left[np.unique(pose[np.isfinite(gap)])]] = False
    return clear


def _image_shifts(poses: Floats, cell: Floats, copies_A: Floats) -> Floats:
    """Shifts to the molecule's own images and copies that may matter, shape=(n, 3)."""
    size = float(np.linalg.norm(np.ptp(poses[..., :2], axis=1), axis=1).max())
    reach_A = size + CUTOFF_A
    spread_A = float(np.linalg.norm(copies_A[:, :2], axis=1).max())
    shifts = (lattice_shifts(cell, reach_A + spread_A)[:, None] + copies_A).reshape(-1, 3)
    lengths = np.linalg.norm(shifts[:, :2], axis=1)
    kept = shifts[(lengths <= reach_A) & (lengths > 0.0)]
    return np.asarray(kept[np.argsort(np.linalg.norm(kept, axis=1), kind="stable")])
