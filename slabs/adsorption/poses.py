"""Poses of a ligand at a site: height of the anchor, tilt, spin, azimuth, conformer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.geometry import find_mic
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from slabs.adsorption.contacts import CLASH_RATIO
from slabs.adsorption.sites import SUBSTITUTIONS, Site
from slabs.elements import ALKALI_METALS, dative_length_A, vdw_radii_A
from slabs.errors import InputError
from slabs.ligands.ligand import Ligand
from slabs.molecular_units import ion_sites
from slabs.surfaces.slab import layer_numbers

Floats = NDArray[np.float64]

#: Tilts of the ligand's axis from the surface normal that are tried, in degrees.
TILTS_DEG = {
    "upright": (0.0, 15.0, 30.0),
    "tilted": (30.0, 45.0, 60.0),
    "flat": (),
    "any": (0.0, 15.0, 30.0, 45.0, 60.0),
}
ORIENTATIONS = tuple(TILTS_DEG)
#: Heights above the first one that are tried where the anchor is not bonded to a metal or
#: the ligand lies flat, and where it replaces an ion.
LIFTS_A = (-0.8, -0.4, 0.0, 0.4, 0.8, 1.2, 1.6)
SUBSTITUTION_LIFTS_A = (0.0, 0.4, 0.8, 1.2, 1.6, 2.0, 2.4, 2.8, 3.2)
#: Where none of these leaves room, bulky heads are lifted in steps of this until the anchor
#: is so far above the outermost layer: a trimethylammonium head touches it at 4.5.
FURTHER_STEP_A, HIGHEST_ANCHOR_A = 0.4, 5.2
CHAIN, HEAD, FLAT = "chain", "head", "flat"
#: Angles at the anchor between the metal and the anchor's neighbours, so that the lone pair
#: points to the metal.
DATIVE_ANGLES_DEG = (93.0, 165.0)
#: An upright ligand leans by less than this; methylamine on lead by about 57 degrees.
UPRIGHT_DEG = 60.0
#: A head is planar if the unit vectors to its neighbours add up to less than this.
PLANAR_HEAD = 0.3
#: Turns about the ligand's own axis that are tried once it is tilted.
SPINS = 6
#: The same, and tilts, where these leave no room on a metal, whose bond fixes the height.
FINER_TILTS_DEG, FINER_SPINS = (0.0, 7.5, 15.0, 22.5, 30.0, 37.5, 45.0), 12
#: A conformer counts as stretched if its longest extension is at least this share of that
#: of conformer 0.
STRETCHED = 0.85
#: Shorter axes have no direction.
SHORTEST_AXIS_A = 1e-6


@dataclass(frozen=True)
class Search:
    """How placements are searched and chosen.

    Parameters
    ----------
    azimuth_step_deg
        Step of the turns about the surface normal.
    clash_ratio
        Placements in which two atoms come closer than this share of the sum of their
        van der Waals radii are dropped.
    diversity_A
        Two placements that are kept differ by at least this much (root mean square over
        the heavy atoms of the ligands, after all symmetries of the slab).
    """

    azimuth_step_deg: float = 15.0
    clash_ratio: float = CLASH_RATIO
    diversity_A: float = 0.5


@dataclass(frozen=True, eq=False)
class Poses:
    """Positions of a ligand at a site, and each pose in words.

    Parameters
    ----------
    positions_A
        In angstrom, shape=(m, atoms, 3).
    conformers
        Number of the conformer of each pose, shape=(m,).
    lifts_A
        Height of each pose above the first one that is tried, shape=(m,).
    words
        One description per pose.
    """

    positions_A: Floats
    conformers: NDArray[np.intp]
    lifts_A: Floats
    words: tuple[str, ...]


def _axis(ligand: Ligand, positions: Floats, posture: str) -> Floats | None:
    """Molecule-fixed axis that will point along the surface normal, shape=(3,).

    The chain's from the anchors to the middle of the molecule; the head's opposite to
    the lone pair of the anchor, None where the head is planar; or the normal of a
    molecule that lies flat.
    """
    if posture == CHAIN:
        return _chain(ligand, positions)
    if posture == FLAT:
        axis = np.linalg.svd(positions - positions.mean(axis=0))[2][2]
    else:
        axis = _arms(ligand, positions).sum(axis=0)
        if np.linalg.norm(axis) < PLANAR_HEAD or len(ligand.anchors) > 1:
            return None
    return axis if np.linalg.norm(axis) > SHORTEST_AXIS_A else np.array([0.0, 0.0, 1.0])


def _chain(ligand: Ligand, positions: Floats) -> Floats:
    """Axis of the chain, from the anchors to the middle of the molecule, shape=(..., 3)."""
    heavy = ligand.atoms.numbers > 1
    middle = positions[..., heavy if heavy.sum() > 1 else slice(None), :].mean(axis=-2)
    axis = middle - positions[..., list(ligand.anchors), :].mean(axis=-2)
    short = np.linalg.norm(axis, axis=-1, keepdims=True) <= SHORTEST_AXIS_A
    return np.where(short, [0.0, 0.0, 1.0], axis)


def _leans_deg(ligand: Ligand, poses: Floats) -> Floats:
    """Angles of the chain's axis from the surface normal in degrees, shape=(m,)."""
    axes = _chain(ligand, poses)
    cosines = axes[:, 2] / np.linalg.norm(axes, axis=1)
    return np.asarray(np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0))))


def _neighbours(ligand: Ligand) -> list[int]:
    """Atoms that are bonded to the first anchor."""
    anchor = ligand.graph.GetAtomWithIdx(int(ligand.anchors[0]))
    return sorted(each.GetIdx() for each in anchor.GetNeighbors())


def _arms(ligand: Ligand, positions: Floats) -> Floats:
    """Unit vectors from the first anchor to its neighbours, shape=(..., n, 3)."""
    near = _neighbours(ligand)
    arms = positions[..., near, :] - positions[..., [ligand.anchors[0]], :]
    return np.asarray(arms / np.linalg.norm(arms, axis=-1, keepdims=True))


def _bonds_well(ligand: Ligand, poses: Floats, metal: Floats) -> NDArray[np.bool_]:
    """Poses in which the lone pair of the anchor points to the metal below it, shape=(m,)."""
    down = metal - poses[:, ligand.anchors[0]]
    down /= np.linalg.norm(down, axis=1, keepdims=True)
    cosines = np.einsum("mnc,mc->mn", _arms(ligand, poses), down)
    angles = np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0)))
    low, high = DATIVE_ANGLES_DEG
    return np.asarray(((angles > low) & (angles < high)).all(axis=1))


def _turned(
    ligand: Ligand,
    positions: Floats,
    orientation: str,
    step_deg: float,
    *,
    bonded: bool,
    finer: bool,
) -> tuple[Floats, list[str]]:
    """Every tried orientation relative to the middle of the anchors.

    With `bonded` also those in which the lone pair of the head points down. A molecule that
    lies flat is tried on either of its faces.
    """
    if orientation not in ORIENTATIONS:
        raise InputError(
            f"{orientation!r} is not an orientation; allowed: {', '.join(ORIENTATIONS)}",
            "orientation",
        )
    azimuths = np.arange(0.0, 360.0 - 1e-9, step_deg)
    tilts = FINER_TILTS_DEG if finer and orientation == "upright" else TILTS_DEG[orientation]
    spins = FINER_SPINS if finer else SPINS
    found: list[Floats] = []
    words: list[str] = []
    postures = [(CHAIN, t) for t in tilts]
    if bonded and orientation in ("upright", "any"):
        postures += [(HEAD, t) for t in (FINER_TILTS_DEG if finer else TILTS_DEG["upright"])]
    if orientation in ("flat", "any"):
        postures += [(FLAT, 0.0), (FLAT, 180.0)]
    upright = {each: _upright(ligand, positions, each) for each, _ in postures}
    for posture, tilt in postures:
        centred = upright[posture]
        if centred is None or (posture == FLAT and tilt and _is_planar(centred)):
            continue
        around = np.arange(spins) * 360.0 / spins if tilt % 180.0 else np.zeros(1)
        angles = [[azimuth, tilt, spin] for spin in around for azimuth in azimuths]
        turns = Rotation.from_euler("zyz", angles, degrees=True).as_matrix()
        found.append(np.einsum("mij, aj -> mai", turns, centred))
        name = f"{posture} tilted by {tilt:g} deg"
        if posture == FLAT:
            name = FLAT if not tilt else f"{FLAT} on the other face"
        words += [
            f"{name}, azimuth {spin:g} deg, rotated by {a:g} deg about its axis"
            if tilt % 180.0
            else f"{name}, azimuth {a:g} deg"
            for spin in around
            for a in azimuths
        ]
    return np.concatenate(found) if found else np.zeros((0, *positions.shape)), words


def _upright(ligand: Ligand, positions: Floats, posture: str) -> Floats | None:
    """Positions from the middle of the anchors, the axis of a posture along z; None without one."""
    axis = _axis(ligand, positions, posture)
    if axis is None:
        return None
    align, _ = Rotation.align_vectors([[0.0, 0.0, 1.0]], [axis])
    middle = positions[list(ligand.anchors)].mean(axis=0)
    return np.asarray(align.apply(positions - middle))


def _pose_words(ligand: Ligand, conformer: int, orientation: str, lift_A: float) -> str:
    """Conformer, counted from 1, if there are several; orientation; height over the usual one."""
    count = len(ligand.conformers)
    words = f"conformer {conformer + 1} of {count}, {orientation}" if count > 1 else orientation
    if not lift_A:
        return words
    return f"{words}, {'raised' if lift_A > 0 else 'lowered'} by {abs(lift_A):g} A"


def _is_planar(positions: Floats) -> bool:
    """Whether a molecule that lies flat looks the same from both sides."""
    return float(np.ptp(positions[:, 2])) < 0.3


def _bears_anchor(slab: Atoms, site: Site) -> bool:
    """Whether the anchor is bonded to the one ion below it, a metal or an alkali ion."""
    if site.kind == "A-top":
        return slab.symbols[site.atoms[0]] in ALKALI_METALS
    return site.kind == "metal-top"


def anchor_height_A(ligand: Ligand, slab: Atoms, site: Site) -> float:
    """Height of the middle of the anchors above the site in angstrom.

    On a metal or an alkali ion: the anchors are at the dative distance (`dative_length_A`).
    In place of an ion: zero. Elsewhere: the lowest height at which the anchor keeps the
    dative distance from every metal and alkali ion and the van der Waals distance from every
    other ion of the outermost layer.
    """
    if site.kind in SUBSTITUTIONS:
        return 0.0
    element = ligand.atoms.numbers[ligand.anchors[0]]
    if _bears_anchor(slab, site):
        dative = dative_length_A(slab.numbers[site.atoms[0]], element)
        anchors = ligand.atoms.positions[list(ligand.anchors)]
        arm = float(np.linalg.norm(anchors - anchors.mean(axis=0), axis=1).max())
        return float(np.sqrt(max(dative**2 - arm**2, (0.6 * dative) ** 2)))
    layers = layer_numbers(slab)
    top = slab[layers == layers.max()]
    vectors, _ = find_mic(top.positions - site.position_A, slab.cell, [True, True, False])
    metals = ion_sites(slab)[layers == layers.max()] == "B"
    touch = np.where(
        metals | np.isin(top.symbols, ALKALI_METALS),
        [dative_length_A(number, element) for number in top.numbers],
        vdw_radii_A(top.numbers) + vdw_radii_A(np.array([element])),
    )
    lateral = np.linalg.norm(vectors[:, :2], axis=1)
    return float((vectors[:, 2] + np.sqrt(np.maximum(touch**2 - lateral**2, 0.0))).max())


def _lifts_A(slab: Atoms, site: Site, base_A: float, further: bool, standing: bool) -> Floats:
    """Heights above the first one that are tried, shape=(n,)."""
    if standing:  # on a metal it keeps its bond
        return np.zeros(1)
    usual = np.array(SUBSTITUTION_LIFTS_A if site.kind in SUBSTITUTIONS else LIFTS_A)
    if not further:
        return usual
    layers = layer_numbers(slab)
    top_A = float(slab.positions[layers == layers.max(), 2].mean())
    end = top_A + HIGHEST_ANCHOR_A - base_A
    return np.arange(usual[-1] + FURTHER_STEP_A, end + 1e-6, FURTHER_STEP_A)


def _stretched(ligand: Ligand) -> list[int]:
    """Conformers whose chain is as long as that of conformer 0."""
    sizes = [
        np.linalg.norm(shape[:, None] - shape, axis=2).max() if len(shape) > 1 else 1.0
        for shape in ligand.conformers
    ]
    return [n for n, size in enumerate(sizes) if size >= STRETCHED * sizes[0]]


def poses_at(
    ligand: Ligand,
    slab: Atoms,
    site: Site,
    search: Search,
    orientation: str | None = None,
    *,
    effort: int = 0,
) -> Poses:
    """All poses of a ligand at one site, every conformer in every orientation.

    Parameters
    ----------
    ligand
        With its conformers.
    slab
        Bare slab the site belongs to.
    site
        Where the anchors go.
    search
        Step of the azimuth.
    orientation
        ``"upright"``, ``"tilted"``, ``"flat"`` or ``"any"``; default: the ligand's own.
    effort
        0: the usual poses, with ``"upright"`` of stretched conformers only; 1: further
        heights or, for what stands on a metal, finer tilts; 2: these of all conformers. No
        poses are returned for an effort that adds none.
    """
    base = site.position_A + np.array([0.0, 0.0, anchor_height_A(ligand, slab, site)])
    chosen = orientation or ligand.orientation
    bears = _bears_anchor(slab, site)
    bonded = bears and ligand.binding == "L" and len(ligand.anchors) == 1
    standing = bears and chosen != FLAT
    used = list(range(len(ligand.conformers)))
    if chosen == "upright" and effort < 2:
        used = _stretched(ligand)
    elif effort == 2:
        used = [] if chosen != "upright" else used
    lifts = _lifts_A(slab, site, float(base[2]), effort > 0, standing)
    positions: list[Floats] = []
    numbers: list[int] = []
    heights: list[float] = []
    words: list[str] = []
    for number in used:
        turned, names = _turned(
            ligand,
            ligand.conformers[number],
            chosen,
            search.azimuth_step_deg,
            bonded=bonded,
            finer=effort > 0 and standing,
        )
        for lift in lifts:
            positions.append(turned + base + np.array([0.0, 0.0, lift]))
            numbers += [number] * len(names)
            heights += [float(lift)] * len(names)
            words += [_pose_words(ligand, number, name, float(lift)) for name in names]
    if not positions:
        empty = np.zeros((0, len(ligand.atoms), 3))
        return Poses(empty, np.zeros(0, dtype=np.intp), np.zeros(0), ())
    poses = Poses(
        np.concatenate(positions),
        np.array(numbers, dtype=np.intp),
        np.array(heights),
        tuple(words),
    )
    if not bonded:
        return poses
    # First the bond, then the chain; whatever leaves nothing is left aside.
    good = np.flatnonzero(_bonds_well(ligand, poses.positions_A, site.position_A))
    if not len(good):
        return poses
    up = good[_leans_deg(ligand, poses.positions_A[good]) < UPRIGHT_DEG]
    kept = up if len(up) and chosen == "upright" else good
    return Poses(
        poses.positions_A[kept],
        poses.conformers[kept],
        poses.lifts_A[kept],
        tuple(poses.words[n] for n in kept),
    )
