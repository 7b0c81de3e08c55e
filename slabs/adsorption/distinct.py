"""The best placements that differ from each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from slabs.adsorption.placement import Partial, Task
from slabs.ligands.conformers import superposition

#: Placements that are returned lie within this of the best one.
WINDOW_EV = 1.5
#: Placements that differ by a turn of up to this many azimuth steps are the same.
TURN_TOLERANCE = 1.05
#: Atoms this close to a line lie on it.
COLLINEAR_A = 1e-3


def best(found: Sequence[Partial], task: Task, count: int) -> list[Partial]:
    """The best placements that differ from each other, none far above the best."""
    kept: list[Partial] = []
    for candidate in sorted(found, key=lambda p: round(p.score_eV, 6)):
        if kept and candidate.score_eV > kept[0].score_eV + WINDOW_EV:
            break
        if not any(_are_alike(candidate, other, task) for other in kept):
            kept.append(candidate)
        if len(kept) == count:
            break
    return kept


def _are_alike(first: Partial, second: Partial, task: Task) -> bool:
    """Whether two placements are closer than the diversity under some symmetry.

    Closer is the root mean square distance of like heavy atoms. Each ligand may first turn
    about its anchor by one step of the azimuth: placements that differ by no more are steps
    of one scan.
    """
    heavy = first.added.numbers > 1
    numbers = first.added.numbers[heavy]
    mine, theirs = first.added.positions[heavy], second.added.positions[heavy]
    place = np.cumsum(heavy) - 1
    pieces = [place[[n for n in piece if heavy[n]]] for piece in first.pieces]
    anchors = np.array([place[n] for n in first.anchors])
    rest = np.setdiff1d(np.arange(len(numbers)), np.concatenate(pieces))
    sizes = np.array([len(piece) for piece in pieces])
    limit_A2 = len(numbers) * task.search.diversity_A**2
    cell = task.bare.cell.array
    unlike = numbers[:, None] != numbers
    step_deg = TURN_TOLERANCE * task.search.azimuth_step_deg
    for op in task.symmetry:
        if not op.keeps_normal:
            continue
        image = op.apply(mine)
        # The image may lie in another cell: bring an anchor to the first one.
        for anchor in anchors[sizes == sizes[0]]:
            gap = theirs[anchors[0]] - image[anchor]
            whole = np.linalg.solve(cell[:2, :2].T, gap[:2]).round()
            moved = image + np.append(whole @ cell[:2, :2], 0.0)
            nearest = cdist(moved[anchors], theirs[anchors])
            nearest[unlike[np.ix_(anchors, anchors)]] = np.inf
            if float((sizes * np.square(nearest.min(axis=1))).sum()) > limit_A2:
                continue  # no turn brings the ligands together
            squares = _squares(moved, theirs, unlike)
            total = float(squares[rest].sum())
            for piece, centre in zip(pieces, anchors, strict=True):
                full = float(squares[piece].sum())
                turned = _turned_back(moved[piece], moved[centre], theirs[piece], theirs[centre])
                total += min(full, turned.square_A2) if turned.angle_deg <= step_deg else full
            if total <= limit_A2:
                return True
    return False


@dataclass(frozen=True)
class _Turned:
    """Angle of the turn that superposes two poses, and the sum of squares that is left."""

    angle_deg: float
    square_A2: float


def _turned_back(
    points: NDArray[np.float64],
    centre: NDArray[np.float64],
    others: NDArray[np.float64],
    other_centre: NDArray[np.float64],
) -> _Turned:
    """Superpose two poses by a turn about their anchors, atom on atom."""
    shift = float(np.square(centre - other_centre).sum())
    if len(points) < 2:
        return _Turned(0.0, shift)
    mine, theirs = points - centre, others - other_centre
    turn = superposition(theirs, mine)
    cosine = (np.trace(turn) - 1.0) / 2.0
    if np.linalg.matrix_rank(mine, tol=COLLINEAR_A) < 2:  # no turn about their own line counts
        lengths = np.linalg.norm(mine) * np.linalg.norm(theirs)
        cosine = float((mine * theirs).sum()) / max(float(lengths), COLLINEAR_A)
    left = float(np.square(mine @ turn.T - theirs).sum())
    angle_deg = float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))
    return _Turned(angle_deg, left + len(points) * shift)


def _squares(
    points: NDArray[np.float64], others: NDArray[np.float64], unlike: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Square of the distance of each point from the nearest of like others, shape=(n,)."""
    distance = cdist(points, others)
    distance[unlike] = np.inf
    return np.asarray(np.square(distance.min(axis=1)))
