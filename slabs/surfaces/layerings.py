"""Ways to divide a crystal into layers: by gaps, by pseudo-cubic planes, by what is bonded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.neighborlist import neighbor_list
from numpy.typing import NDArray

from slabs.composition import PER_FORMULA, reduced, site_of
from slabs.elements import BOND_FACTOR
from slabs.molecular_units import (
    CARBON_HALOGEN_FACTOR,
    molecular_units,
    unit_names,
    whole_molecules,
)

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

#: Ions closer than this along the surface normal belong to the same layer.
LAYER_TOLERANCE_A = 1.0
#: Heights that differ by less, for example in a relaxed crystal, count as equal.
SAME_HEIGHT_A = 0.1
#: Planes of metals are equally spaced up to this share of their distance.
UNEVEN = 0.1
#: An ion lies this share of the distance of two pseudo-cubic planes from its own at most.
FARTHEST_FROM_PLANE = 0.45


@dataclass(frozen=True, eq=False)
class Layering:
    """A cell of a crystal divided into layers along its third vector.

    Parameters
    ----------
    cell
        The cell, in which no layer is cut by the boundary.
    layers
        Number of the layer of each atom, from the lowest, shape=(n,).
    from_planes
        Whether these are atomic planes, which decide what lies outermost; the layers of
        blocks are only cut between.
    """

    cell: Atoms
    layers: Indices
    from_planes: bool = True

    @property
    def compositions(self) -> list[dict[str, int]]:
        """Reduced composition of each layer, lowest first."""
        return compositions(self.cell, self.layers)


def compositions(atoms: Atoms, layers: Indices) -> list[dict[str, int]]:
    """Reduced composition of each layer, lowest first, e.g. ``{"Pb": 1, "I": 2}``."""
    labels = molecular_units(atoms)
    names = unit_names(atoms, labels)
    return [
        reduced(names[int(label)] for label in np.unique(labels[layers == n]))
        for n in range(layers.max() + 1)
    ]


def layerings(cell: Atoms) -> Iterator[Layering]:
    """Every way to divide a cell into layers along its third vector, the most sensible first."""
    ions = _Ions.of(cell)
    by_gaps = _planes(ions)
    for found in (_blocks(ions), _pseudo_cubic_planes(ions)):
        if found is not None and not (by_gaps is not None and _same(found, by_gaps)):
            yield found
    if by_gaps is not None:
        yield by_gaps


def _same(first: Layering, second: Layering) -> bool:
    """Whether two divisions differ at most in the layer they begin with."""
    pairs = set(zip(first.layers.tolist(), second.layers.tolist(), strict=True))
    return len(pairs) == len(set(first.layers.tolist())) == len(set(second.layers.tolist()))


@dataclass(frozen=True, eq=False)
class _Ions:
    """Ions and molecules of a cell: the one of each atom, and site and mean height of each."""

    cell: Atoms
    of_atom: Indices
    sites: NDArray[np.str_]
    heights_A: Floats

    @classmethod
    def of(cls, cell: Atoms) -> _Ions:
        cell = whole_molecules(cell)
        labels, of_atom = np.unique(molecular_units(cell), return_inverse=True)
        names = unit_names(cell, labels[of_atom])
        heights = np.bincount(of_atom, weights=cell.positions[:, 2]) / np.bincount(of_atom)
        return cls(cell, of_atom, np.array([site_of(names[int(n)]) for n in labels]), heights)

    @property
    def period_A(self) -> float:
        return float(self.cell.cell.array[2, 2])

    def layering(self, layers: Indices, heights_A: Floats) -> Layering:
        """Each ion in its layer, moved by the whole periods that bring it next to a height."""
        cell = self.cell.copy()
        steps = np.round((heights_A - self.heights_A) / self.period_A)
        cell.positions += steps[self.of_atom][:, None] * cell.cell.array[2]
        return Layering(cell, layers[self.of_atom])


def _groups(heights_A: Floats, period_A: float) -> tuple[Indices, Floats, float] | None:
    """Groups of heights with gaps between them, from above the largest gap; None without a gap.

    Returns
    -------
    array, shape=(n,)
        The group of each height.
    array, shape=(m,)
        The mean height of each group in angstrom, rising.
    float
        The middle of the largest gap in angstrom.
    """
    wrapped = (heights_A + SAME_HEIGHT_A) % period_A - SAME_HEIGHT_A
    order = np.argsort(wrapped, kind="stable")
    gaps = np.diff(wrapped[order], append=wrapped[order[0]] + period_A)
    if gaps.max() <= LAYER_TOLERANCE_A:
        return None
    # Of gaps that differ by noise only, always the same one.
    largest = int(np.flatnonzero(gaps > gaps.max() - SAME_HEIGHT_A)[0])
    turned = np.roll(order, -largest - 1)
    heights = wrapped[turned] + np.where(np.arange(len(order)) < len(order) - largest - 1, 0, 1) * (
        period_A
    )
    group = np.concatenate([[0], np.cumsum(np.diff(heights) > LAYER_TOLERANCE_A)])
    groups = np.empty(len(order), dtype=np.intp)
    groups[turned] = group
    middles = np.bincount(group, weights=heights) / np.bincount(group)
    return groups, middles, float(wrapped[order][largest] + gaps[largest] / 2)


def _planes(ions: _Ions) -> Layering | None:
    """Layers between which no ion lies within `LAYER_TOLERANCE_A`."""
    found = _groups(ions.heights_A, ions.period_A)
    if found is None:
        return None
    groups, _, boundary_A = found
    cell = ions.cell.copy()
    cell.positions[:, 2] -= boundary_A
    periods = np.floor((ions.heights_A - boundary_A) / ions.period_A)
    cell.positions -= periods[ions.of_atom][:, None] * cell.cell.array[2]
    return Layering(cell, groups[ions.of_atom])


def _pseudo_cubic_planes(ions: _Ions) -> Layering | None:
    """Layers of a perovskite by the planes its ions would lie in without tilts.

    These are the planes of the metals and those half-way between. None if the crystal is no
    ABX3, its metals do not lie in equally spaced planes, ions lie between the planes, or the
    planes do not alternate.
    """
    counts = Counter(ions.sites.tolist())
    if counts != {site: n * counts["B"] for site, n in PER_FORMULA.items()}:
        return None
    found = _groups(ions.heights_A[ions.sites == "B"], ions.period_A)
    if found is None:
        return None
    metals_A = found[1]
    spacing_A = ions.period_A / len(metals_A)
    offsets_A = metals_A - np.arange(len(metals_A)) * spacing_A
    steps = 2 * (ions.heights_A - offsets_A.mean()) / spacing_A
    nearest = np.round(steps)
    layers = nearest.astype(np.intp) % (2 * len(metals_A))
    content = [Counter(ions.sites[layers == n].tolist()) for n in range(2 * len(metals_A))]
    if (
        spacing_A / 2 <= LAYER_TOLERANCE_A
        or np.ptp(offsets_A) > UNEVEN * spacing_A
        or np.abs(steps - nearest).max() > FARTHEST_FROM_PLANE
        or not content[1]
        or any(each != content[n % 2] for n, each in enumerate(content))
    ):
        return None
    return ions.layering(layers, offsets_A.mean() + layers * spacing_A / 2)


def _blocks(ions: _Ions) -> Layering | None:
    """Layers that cut no metal-halide bond, such as the sheets of PbI2 or the chains of CsPbI3.

    What is bonded together is in the layer of its mean height, every other ion or molecule in
    the nearest one. None if there are no such bonds or they go on and on along the third
    vector, if an ion is as near to two layers, or if the layers are not all of the composition
    of the crystal.
    """
    found = _bonded_parts(ions)
    if found is None:
        return None
    parts, heights_A = found
    sizes = np.bincount(parts)
    means_A = np.bincount(parts, weights=heights_A) / sizes
    bonded = np.flatnonzero(sizes > 1)
    grouped = _groups(means_A[bonded], ions.period_A) if len(bonded) else None
    if grouped is None:
        return None
    middles_A = grouped[1]
    gaps_A = middles_A - means_A[:, None]
    gaps_A -= np.round(gaps_A / ions.period_A) * ions.period_A
    layers = np.abs(gaps_A).argmin(axis=1)
    layers[bonded] = grouped[0]
    images_A = np.concatenate([gaps_A - ions.period_A, gaps_A, gaps_A + ions.period_A], axis=1)
    nearest_A = np.sort(np.abs(images_A), axis=1)[:, :2]
    if (np.diff(nearest_A[sizes == 1], axis=1) < SAME_HEIGHT_A).any():
        return None
    moves_A = middles_A[layers] - means_A - gaps_A[np.arange(len(layers)), layers]
    layering = ions.layering(layers[parts], heights_A + moves_A[parts])
    whole = compositions(ions.cell, np.zeros(len(ions.cell), dtype=np.intp))
    if any(each not in whole for each in layering.compositions):
        return None
    return replace(layering, from_planes=False)


def _bonded_parts(ions: _Ions) -> tuple[Indices, Floats] | None:
    """The part that each ion belongs to, and its height beside the others of its part.

    Parts are held together by bonds between ions B and X and between halogens, as in I2. None
    if a part is endless along the third vector.
    """
    cell, of_atom = ions.cell, ions.of_atom
    radii = covalent_radii[cell.numbers]
    i, j, d, shift = neighbor_list("ijdS", cell, BOND_FACTOR * radii)
    short = d < CARBON_HALOGEN_FACTOR * (radii[i] + radii[j])
    kinds = np.char.add(ions.sites[of_atom[i]], ions.sites[of_atom[j]])
    bonded = (kinds == "BX") | (kinds == "XB") | ((kinds == "XX") & short)
    i, j, shift = i[bonded], j[bonded], shift[bonded]
    bonds: dict[int, list[tuple[int, int]]] = {n: [] for n in range(len(ions.sites))}
    for first, second, step in zip(of_atom[i], of_atom[j], shift[:, 2], strict=True):
        bonds[int(first)].append((int(second), int(step)))
    parts, levels = np.full(len(ions.sites), -1), np.zeros(len(ions.sites), dtype=int)
    for start in range(len(parts)):
        waiting = [start] if parts[start] < 0 else []
        parts[waiting] = parts.max() + 1
        while waiting:
            here = waiting.pop()
            for other, step in bonds[here]:
                if parts[other] < 0:
                    parts[other], levels[other] = parts[here], levels[here] + step
                    waiting.append(other)
                elif levels[other] != levels[here] + step:
                    return None
    return parts, ions.heights_A + levels * ions.period_A
