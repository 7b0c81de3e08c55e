"""How a slab relaxes: spacings and rumpling of its layers, and whether its faces stay equal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.geometry import find_mic

from slabs.crystals.metrics import layer_shapes_A, slab_layers
from slabs.crystals.network import Floats, Indices
from slabs.elements import HALIDE_RADII_A
from slabs.surfaces.symmetry import operations


@dataclass(frozen=True, eq=False)
class LayerRelaxation:
    """Layers of a slab from the upper face inward, against the crystal it was cut from.

    Parameters
    ----------
    bulk_spacings_A
        Spacings of the same ions before any relaxation, d12 first, in angstrom,
        shape=(n - 1,).
    spacings_A
        Distances between the mean heights of neighbouring layers, d12 first, in
        angstrom, shape=(n - 1,).
    rumplings_A
        Mean height of the halides of each layer above that of its other ions, outward,
        in angstrom; NaN in a layer of one kind, shape=(n,).
    """

    bulk_spacings_A: Floats
    spacings_A: Floats
    rumplings_A: Floats

    @property
    def changes_percent(self) -> Floats:
        """Spacings relative to the crystal in percent, negative where layers approach."""
        return np.asarray(100.0 * (self.spacings_A / self.bulk_spacings_A - 1.0))


def layer_relaxation(bulk: Atoms, atoms: Atoms, origin: Indices) -> LayerRelaxation | None:
    """Interlayer spacings and rumpling of a slab; None if it lacks a layer.

    Each ion stays in the layer in which it was cut, however far it moves.

    Parameters
    ----------
    bulk
        The bare slab as it is cut from the crystal.
    atoms
        The slab, planned or relaxed, with ligands and vacancies.
    origin
        Index in `bulk` of each of its atoms; -1 for what was added, shape=(n,).
    """
    ions, numbers = slab_layers(bulk)
    layer_of = np.full(len(bulk) + 1, -1)  # the last entry answers for what was added
    layer_of[ions] = numbers
    layers = layer_of[origin]
    kept = np.flatnonzero(layers >= 0)
    layers = layers[kept]
    if not ions.size or len(np.unique(layers)) <= numbers.max():
        return None
    cut_A, heights_A = bulk.positions[origin[kept], 2], atoms.positions[kept, 2]
    halide = np.isin(atoms.symbols[kept], list(HALIDE_RADII_A))
    rumplings_A = []
    for n in range(numbers.max() + 1):
        parts = [heights_A[(layers == n) & which] for which in (halide, ~halide)]
        alone = any(not part.size for part in parts)
        rumplings_A.append(np.nan if alone else parts[0].mean() - parts[1].mean())
    return LayerRelaxation(
        layer_shapes_A(cut_A, layers)[0][::-1],
        layer_shapes_A(heights_A, layers)[0][::-1],
        np.array(rumplings_A)[::-1],
    )


def faces_differ_A(planned: Atoms, relaxed: Atoms) -> float | None:
    """How far the two faces of a slab, planned as images of each other, have become unlike.

    Returns
    -------
    float or None
        Largest distance, in angstrom, of an atom from where the symmetry that exchanges
        the faces takes its partner: the best of all such symmetries of the plan. None if
        the plan has none.
    """
    # The plan in the cell of the relaxed slab: lattice constants may come from a crystal.
    shares = np.linalg.solve(planned.cell.array[:2, :2].T, planned.positions[:, :2].T).T
    start_A = planned.positions.copy()
    start_A[:, :2] = shares @ relaxed.cell.array[:2, :2]
    moved_A, _ = find_mic(relaxed.positions - start_A, relaxed.cell, relaxed.pbc)
    moved_A = moved_A - moved_A.mean(axis=0)
    gaps_A = [
        np.linalg.norm(moved_A @ op.rotation.T - moved_A[op.permutation], axis=1).max()
        for op in operations(planned)
        if op.swaps_faces
    ]
    return float(min(gaps_A)) if gaps_A else None
