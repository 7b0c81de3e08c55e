"""Slabs with a termination chosen by chemical name."""

from __future__ import annotations

from collections import Counter

import numpy as np
from ase import Atoms
from ase.constraints import FixAtoms
from numpy.typing import NDArray

from slabs.crystal import parse_formula
from slabs.errors import InputError

#: Atoms closer than this along the surface normal belong to the same layer.
LAYER_TOLERANCE_A = 1.0
#: Cell heights are rounded up to a multiple of this.
HEIGHT_STEP_A = 0.5


def layer_numbers(atoms: Atoms) -> NDArray[np.int_]:
    """Number of the layer each atom belongs to, counted from the lowest, shape=(n,)."""
    z = atoms.positions[:, 2]
    order = np.argsort(z, kind="stable")
    steps = np.diff(z[order]) > LAYER_TOLERANCE_A
    layers = np.empty(len(atoms), dtype=int)
    layers[order] = np.concatenate([[0], np.cumsum(steps)])
    return layers


def _composition(symbols: list[str]) -> dict[str, int]:
    counts = Counter(symbols)
    smallest = int(np.gcd.reduce(list(counts.values())))
    return {element: count // smallest for element, count in counts.items()}


def layer_compositions(atoms: Atoms) -> list[dict[str, int]]:
    """Reduced composition of each layer, lowest first, e.g. ``{"Pb": 1, "I": 2}``."""
    layers = layer_numbers(atoms)
    symbols = np.array(atoms.get_chemical_symbols())
    return [_composition(list(symbols[layers == n])) for n in range(layers.max() + 1)]


def _name(composition: dict[str, int]) -> str:
    return "".join(e + (str(n) if n > 1 else "") for e, n in composition.items())


def _oriented_cell(crystal: Atoms, miller: tuple[int, int, int]) -> Atoms:
    from pymatgen.core.surface import SlabGenerator  # takes a second to import
    from pymatgen.io.ase import AseAtomsAdaptor

    structure = AseAtomsAdaptor.get_structure(crystal)
    generator = SlabGenerator(
        structure, miller, min_slab_size=1, min_vacuum_size=1, primitive=False
    )
    cell = AseAtomsAdaptor.get_atoms(generator.oriented_unit_cell)
    a, b, c, alpha, beta, gamma = cell.cell.cellpar()
    if abs(alpha - 90) > 1e-3 or abs(beta - 90) > 1e-3:
        raise InputError(
            f"the ({''.join(map(str, miller))}) cell of this crystal is not orthogonal"
        )
    cell.set_cell([a, b, c, 90, 90, gamma], scale_atoms=True)
    return Atoms(cell.numbers, positions=cell.positions, cell=cell.cell, pbc=True)


def build_slab(
    crystal: Atoms,
    *,
    termination: str,
    layers: int,
    size: tuple[int, int] = (1, 1),
    miller: tuple[int, int, int] = (0, 0, 1),
    frozen_layers: int = 0,
    vacuum_A: float = 10.0,
) -> Atoms:
    """Slab whose two faces both show the named layer.

    Parameters
    ----------
    crystal
        Bulk crystal the slab is cut from.
    termination
        Composition of the outermost layer on both faces, for example ``"PbI2"``.
    layers
        Number of atomic layers, each layer being one composition.
    size
        Repetitions of the surface cell along its two in-plane vectors.
    miller
        Miller indices of the surface.
    frozen_layers
        Number of layers, from the lowest, that are kept fixed.
    vacuum_A
        Smallest distance in angstrom between the slab and its image along z. Half of
        it lies below the slab; the height of the cell is a multiple of
        `HEIGHT_STEP_A`.

    Raises
    ------
    InputError
        If such a slab does not exist; the sentence says why.
    """
    cell = _oriented_cell(crystal, miller)
    # Start away from any layer, so that none is split over the cell boundary.
    z = np.sort(cell.get_scaled_positions()[:, 2] % 1.0)
    gaps = np.diff(np.concatenate([z, [z[0] + 1.0]]))
    largest = int(np.argmax(gaps))
    cell.positions[:, 2] -= (z[largest] + gaps[largest] / 2) * cell.cell.lengths()[2]
    cell.wrap()
    period = layer_compositions(cell)
    wanted = dict(parse_formula(termination))
    if wanted not in period:
        raise InputError(
            f"the crystal has no layer {termination!r} along this direction;"
            f" allowed: {', '.join(sorted({_name(c) for c in period}))}",
            "termination",
        )
    first = period.index(wanted)
    if period[(first + layers - 1) % len(period)] != wanted:
        good = [n for n in range(1, 12) if period[(first + n - 1) % len(period)] == wanted]
        raise InputError(
            f"a slab of {layers} layers that starts with {termination} does not end with it;"
            f" layers may be {', '.join(map(str, good))}, ...",
            "layers",
        )
    if frozen_layers >= layers:
        raise InputError(
            f"frozen_layers = {frozen_layers} leaves nothing to relax; it must be below"
            f" layers = {layers}",
            "frozen_layers",
        )
    stack: Atoms = cell.repeat((1, 1, (first + layers) // len(period) + 1))
    numbers = layer_numbers(stack)
    slab: Atoms = stack[(numbers >= first) & (numbers < first + layers)].repeat((*size, 1))
    slab = slab[np.lexsort((*slab.positions[:, :2].T.round(3), layer_numbers(slab)))]
    slab.positions[:, 2] += vacuum_A / 2 - slab.positions[:, 2].min()
    slab.pbc = (True, True, False)
    set_height(slab, vacuum_A)
    slab.set_constraint(FixAtoms(indices=np.flatnonzero(layer_numbers(slab) < frozen_layers)))
    return slab


def set_height(slab: Atoms, vacuum_A: float) -> None:
    """Set the cell height so that `vacuum_A` remains above the highest atom, in place.

    The vacuum is counted from the highest atom, ligands included, to the image of the
    lowest. Positions stay as they are.
    """
    thickness = float(np.ptp(slab.positions[:, 2]))
    height = np.ceil((thickness + vacuum_A) / HEIGHT_STEP_A - 1e-9) * HEIGHT_STEP_A
    cell = slab.cell.array.copy()
    cell[2] = [0.0, 0.0, height]
    slab.set_cell(cell)
