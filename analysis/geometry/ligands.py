"""Geometry of ligands on a slab: distance to the metal, height, tilt, hydrogen bonds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.geometry import get_distances
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

from analysis.geometry.bond_graphs import bond_matrix, heavy_bonds, unwrapped_A
from analysis.geometry.hydrogen_bonds import HydrogenBond, hydrogen_bonds
from slabs.crystals.metrics import slab_layers
from slabs.crystals.network import Indices, angles_between_deg
from slabs.elements import METAL_RADII_A
from slabs.structure import SURFACE_GROUP, Structure

#: A molecule has a chain if its ends lie this far from its anchors on average, and a plane
#: if its atoms spread that far along two directions, in angstrom.
SMALLEST_EXTENT_A = 0.5


@dataclass(frozen=True)
class LigandAtoms:
    """Which atoms of a slab are one ligand.

    Parameters
    ----------
    name
        Name of the ligand.
    atoms
        Indices of its molecule, without a counter-ion.
    anchors
        Indices of those that touch the surface.
    dative
        True if it binds a metal through its anchors, false for a cation.
    upper
        True on the upper face.
    """

    name: str
    atoms: tuple[int, ...]
    anchors: tuple[int, ...]
    dative: bool
    upper: bool


@dataclass(frozen=True, eq=False)
class SlabParts:
    """What is known of a slab from its plan and stays the same while it relaxes.

    Parameters
    ----------
    metals
        Indices of the B metals of the surface.
    highest, lowest
        Those of the outermost layer with metals, of the upper and of the lower face.
    bonds
        Bonded atoms of molecules, hydrogen left out, shape=(n, 2).
    """

    metals: Indices
    highest: Indices
    lowest: Indices
    bonds: NDArray[np.intp]


@dataclass(frozen=True)
class LigandGeometry:
    """How a ligand sits on a slab; None where nothing can be measured.

    Parameters
    ----------
    metal, anchor
        Indices of the metal and the anchor that are closest to each other.
    metal_distance_A
        Their distance in angstrom.
    height_A
        Mean height of the anchors above the mean height of the outermost metal layer of
        this face, outward, in angstrom.
    tilt_deg
        Angle between the outward normal and the chain, which points from the middle of
        the anchors to the middle of the atoms that are most bonds away from them,
        hydrogen left out: 0 upright, 90 lying, above 90 pointing into the slab.
    plane_tilt_deg
        For a molecule without a chain, but flat: angle between its plane and the
        surface, 0 to 90.
    bonds
        Hydrogen bonds to anything but itself, the shortest first.
    """

    metal: int | None
    anchor: int | None
    metal_distance_A: float | None
    height_A: float | None
    tilt_deg: float | None
    plane_tilt_deg: float | None
    bonds: tuple[HydrogenBond, ...]


def slab_parts(planned: Structure) -> SlabParts:
    """Metals and bonds of a slab as it is planned."""
    surface = planned.indices(SURFACE_GROUP)
    part = planned.atoms[surface]
    ions, layers = slab_layers(part)
    is_metal = np.isin(part.symbols[ions], list(METAL_RADII_A))
    metals, layers = surface[ions[is_metal]], layers[is_metal]
    bonds = heavy_bonds(planned.atoms)
    if not metals.size:
        return SlabParts(metals, metals, metals, bonds)
    return SlabParts(metals, metals[layers == layers.max()], metals[layers == layers.min()], bonds)


def ligand_geometries(
    atoms: Atoms, ligands: tuple[LigandAtoms, ...], parts: SlabParts
) -> list[LigandGeometry]:
    """How each ligand sits on a slab, planned or relaxed.

    Parameters
    ----------
    atoms
        Slab, periodic along the first two cell vectors, which may cut molecules.
    ligands
        The ligands.
    parts
        From the plan of the same slab, see `slab_parts`.
    """
    found = hydrogen_bonds(atoms)
    places_A = unwrapped_A(atoms, parts.bonds)
    return [_ligand_geometry(atoms, each, parts, found, places_A) for each in ligands]


def _ligand_geometry(
    atoms: Atoms,
    ligand: LigandAtoms,
    parts: SlabParts,
    found: list[HydrogenBond],
    places_A: NDArray[np.float64],
) -> LigandGeometry:
    anchors = list(ligand.anchors)
    outward = 1.0 if ligand.upper else -1.0
    metal = anchor = distance_A = height_A = None
    if parts.metals.size:
        _, gaps_A = get_distances(
            atoms.positions[anchors], atoms.positions[parts.metals], cell=atoms.cell, pbc=atoms.pbc
        )
        row, column = np.unravel_index(int(gaps_A.argmin()), gaps_A.shape)
        anchor, metal = anchors[row], int(parts.metals[column])
        distance_A = float(gaps_A[row, column])
        level_A = atoms.positions[parts.highest if ligand.upper else parts.lowest, 2].mean()
        height_A = outward * float(atoms.positions[anchors, 2].mean() - level_A)
    own = set(ligand.atoms)
    tilt_deg, plane_tilt_deg = _tilts_deg(atoms, ligand, parts.bonds, places_A, outward)
    return LigandGeometry(
        metal,
        anchor,
        distance_A,
        height_A,
        tilt_deg,
        plane_tilt_deg,
        tuple(bond for bond in found if {bond.donor, bond.acceptor} & own),
    )


def _tilts_deg(
    atoms: Atoms,
    ligand: LigandAtoms,
    bonds: NDArray[np.intp],
    places_A: NDArray[np.float64],
    outward: float,
) -> tuple[float | None, float | None]:
    """Tilt of the chain, or else of the plane."""
    graph = bond_matrix(bonds, len(atoms))
    steps = dijkstra(
        graph, directed=False, indices=list(ligand.anchors), unweighted=True, min_only=True
    )
    reached = np.flatnonzero(np.isfinite(steps))
    if steps[reached].max() == 0:
        return None, None
    ends = reached[steps[reached] == steps[reached].max()]
    chain = places_A[ends].mean(axis=0) - places_A[list(ligand.anchors)].mean(axis=0)
    length_A = float(np.linalg.norm(chain))
    if length_A > SMALLEST_EXTENT_A:
        return float(angles_between_deg(outward * chain[2] / length_A)), None
    spread = places_A[reached] - places_A[reached].mean(axis=0)
    _, sizes, directions = np.linalg.svd(spread)
    if len(reached) < 3 or sizes[1] < SMALLEST_EXTENT_A:
        return None, None
    return None, float(angles_between_deg(abs(directions[2, 2])))
