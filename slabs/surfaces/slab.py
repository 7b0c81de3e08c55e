"""Slabs with a termination chosen by chemical name."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from ase import Atoms
from ase.geometry import find_mic
from numpy.typing import NDArray

from slabs.composition import (
    formula_words,
    molecular_units,
    parse_formula,
    reduced,
    site_of,
    unit_names,
    whole_molecules,
)
from slabs.elements import FORMAL_CHARGE
from slabs.errors import InputError

#: Ions closer than this along the surface normal belong to the same layer.
LAYER_TOLERANCE_A = 1.0
#: Heights that differ by less, for example in a relaxed crystal, count as equal.
SAME_HEIGHT_A = 0.1
#: Cell heights are rounded up to a multiple of this.
HEIGHT_STEP_A = 0.5
SIDES = ("one", "two")
#: Atoms of similar slabs correspond to each other within this distance.
SIMILAR_A = 2.0
#: Surface cells rotated by 45 degrees, for example ``sqrt2xsqrt2`` or ``2sqrt2x2sqrt2``.
_ROTATED = re.compile(r"(\d*)sqrt2x(\d*)sqrt2")

Size = Sequence[int] | str


def layer_numbers(atoms: Atoms) -> NDArray[np.int_]:
    """Number of the layer each atom belongs to, counted from the lowest, shape=(n,).

    A molecule belongs to one layer, that of its mean height.
    """
    labels = molecular_units(atoms)
    counts = np.bincount(labels)
    heights = np.bincount(labels, weights=atoms.positions[:, 2]) / np.maximum(counts, 1)
    used = np.flatnonzero(counts)
    order = used[np.argsort(heights[used], kind="stable")]
    steps = np.diff(heights[order]) > LAYER_TOLERANCE_A
    layers = np.zeros(len(counts), dtype=int)
    layers[order] = np.concatenate([[0], np.cumsum(steps)])
    return layers[labels]


def layer_compositions(atoms: Atoms) -> list[dict[str, int]]:
    """Reduced composition of each layer, lowest first, e.g. ``{"Pb": 1, "I": 2}``."""
    layers, labels = layer_numbers(atoms), molecular_units(atoms)
    names = unit_names(atoms, labels)
    found = []
    for n in range(layers.max() + 1):
        found.append(reduced(names[int(label)] for label in np.unique(labels[layers == n])))
    return found


def layer_charges_e(atoms: Atoms) -> list[int]:
    """Formal charge of each layer of a slab, lowest first, in e per surface cell."""
    layers, labels = layer_numbers(atoms), molecular_units(atoms)
    names = unit_names(atoms, labels)
    return [
        sum(FORMAL_CHARGE[site_of(names[int(n)])] for n in np.unique(labels[layers == layer]))
        for layer in range(layers.max() + 1)
    ]


def surface_cell(size: Size) -> NDArray[np.int_]:
    """Rows: vectors of the surface cell in units of the primitive ones, shape=(2, 2).

    Raises
    ------
    InputError
        If `size` is neither two numbers nor of the form ``"sqrt2xsqrt2"``.

    Examples
    --------
    >>> surface_cell("sqrt2xsqrt2").tolist()
    [[1, -1], [1, 1]]
    """
    if isinstance(size, str):
        match = _ROTATED.fullmatch(size)
        if match is None:
            raise InputError(
                f"{size!r} is not a surface cell; allowed: [n, m], 'sqrt2xsqrt2',"
                " '2sqrt2x2sqrt2' and so on",
                "size",
            )
        n, m = (int(text or 1) for text in match.groups())
        cell = np.array([[n, -n], [m, m]])
    else:
        if len(size) != 2 or any(int(n) != n or not 1 <= n <= 400 for n in size):
            raise InputError(f"size is [n, m] with numbers from 1 to 400, not {size}", "size")
        cell = np.diag([int(n) for n in size])
    if not 1 <= round(abs(np.linalg.det(cell))) <= 400:
        raise InputError(f"the surface cell {size} must hold 1 to 400 primitive cells", "size")
    return cell


def _oriented_cell(crystal: Atoms, miller: Sequence[int]) -> Atoms:
    """Cell of the crystal whose first two vectors span the surface, in the x-y plane."""
    from pymatgen.core.surface import SlabGenerator  # takes a second to import
    from pymatgen.io.ase import AseAtomsAdaptor

    if len(miller) != 3 or not any(miller):
        raise InputError(f"{list(miller)} are not Miller indices of a surface", "miller")
    structure = AseAtomsAdaptor.get_structure(crystal)
    generator = SlabGenerator(
        structure, tuple(miller), min_slab_size=1, min_vacuum_size=1, primitive=False
    )
    cell = AseAtomsAdaptor.get_atoms(generator.oriented_unit_cell)
    oriented = Atoms(cell.numbers, positions=cell.positions, cell=cell.cell, pbc=True)
    oriented.set_cell(cell.cell.cellpar(), scale_atoms=True)
    return oriented


def _from_gap(cell: Atoms) -> Atoms:
    """The oriented cell shifted so that no layer is split over its boundary."""
    cell = whole_molecules(cell)
    labels = molecular_units(cell)
    height = cell.cell.array[2, 2]
    counts = np.bincount(labels)
    middle = np.bincount(labels, weights=cell.positions[:, 2])[counts > 0] / counts[counts > 0]
    z = np.sort((middle + SAME_HEIGHT_A) % height) - SAME_HEIGHT_A
    gaps = np.diff(np.concatenate([z, [z[0] + height]]))
    # Of gaps that differ by noise only, always the same one.
    largest = int(np.flatnonzero(gaps > gaps.max() - SAME_HEIGHT_A)[0])
    if gaps[largest] <= LAYER_TOLERANCE_A:
        raise InputError(
            "the crystal has no separate layers along this direction: its ions follow each other"
            f" within {LAYER_TOLERANCE_A:g} A",
            "miller",
        )
    cell.positions[:, 2] -= z[largest] + gaps[largest] / 2
    full = np.zeros(len(counts))
    full[counts > 0] = np.floor((middle - z[largest] - gaps[largest] / 2) / height)
    cell.positions -= full[labels][:, None] * cell.cell.array[2]
    return cell


def _check_layers(period: list[dict[str, int]], top: str, bottom: str, layers: int) -> int:
    """Number of the lowest layer within the period, or a sentence why there is none."""
    names = [formula_words(c) for c in period]
    compositions = {}
    for name, key in ((top, "termination"), (bottom, "bottom_termination")):
        try:
            compositions[name] = reduced_formula(name)
        except InputError as error:
            raise InputError(error.message, key) from error
        if compositions[name] not in period:
            raise InputError(
                f"the crystal has no layer {name!r} along this direction;"
                f" allowed: {', '.join(sorted(set(names)))}",
                key,
            )
    for first, composition in enumerate(period):
        last = period[(first + layers - 1) % len(period)]
        if composition == compositions[bottom] and last == compositions[top]:
            return first
    start = period.index(compositions[bottom])
    ends = names[(start + layers - 1) % len(period)]
    good = [
        n
        for n in range(1, 2 * len(period) + 8)
        if any(
            period[k] == compositions[bottom]
            and period[(k + n - 1) % len(period)] == compositions[top]
            for k in range(len(period))
        )
    ]
    why = f"a slab of {layers} layers with {bottom} below ends with {ends} above, not {top}"
    if not good:
        raise InputError(f"{why}; no number of layers does", "bottom_termination")
    if top == bottom:
        why += (
            ", so that its faces differ (a slab with equal faces is not stoichiometric; for a"
            f" stoichiometric one give bottom_termination = {ends!r})"
        )
    raise InputError(f"{why}; layers may be {', '.join(map(str, good[:6]))}, ...", "layers")


def reduced_formula(text: str) -> dict[str, int]:
    """Reduced composition of a formula such as ``"PbI2"`` or ``"MAI"``."""
    names = [name for name, count in parse_formula(text) for _ in range(round(count))]
    return reduced(names)


def build_slab(
    crystal: Atoms,
    *,
    termination: str,
    layers: int,
    size: Size = (1, 1),
    miller: Sequence[int] = (0, 0, 1),
    bottom_termination: str | None = None,
    frozen_layers: int = 0,
    sides: str = "one",
    vacuum_A: float = 10.0,
) -> Atoms:
    """Slab whose faces show the named layers.

    Parameters
    ----------
    crystal
        Bulk crystal the slab is cut from.
    termination
        Composition of the outermost layer, for example ``"PbI2"`` or ``"MAI"``.
    layers
        Number of atomic layers, each layer being one composition.
    size
        Surface cell: repetitions along the two in-plane vectors, or ``"sqrt2xsqrt2"``.
    miller
        Miller indices of the surface, in the cell of `crystal`.
    bottom_termination
        Composition of the lowest layer. Default: as `termination`.
    frozen_layers
        Number of layers that are kept fixed: the lowest ones, or with ``sides="two"`` the
        ones in the middle.
    sides
        ``"one"``: only the upper face is used; ``"two"``: both.
    vacuum_A
        Smallest distance in angstrom between the slab and its image along z. Half of
        it lies below the slab; the height of the cell is a multiple of
        `HEIGHT_STEP_A`.

    Raises
    ------
    InputError
        If such a slab does not exist; the sentence says why.
    """
    from ase.build import make_supercell
    from ase.constraints import FixAtoms

    if layers < 1:
        raise InputError(f"layers = {layers} is not a slab; at least 1", "layers")
    if sides not in SIDES:
        raise InputError(f"{sides!r} is not allowed: {', '.join(SIDES)}", "sides")
    if frozen_layers >= layers:
        raise InputError(
            f"frozen_layers = {frozen_layers} leaves nothing to relax; it must be below"
            f" layers = {layers}",
            "frozen_layers",
        )
    if sides == "two" and frozen_layers and (layers - frozen_layers) % 2:
        raise InputError(
            f"frozen_layers = {frozen_layers} cannot lie in the middle of {layers} layers;"
            " both must be even or both odd",
            "frozen_layers",
        )
    cell = _from_gap(_oriented_cell(crystal, miller))
    period = layer_compositions(cell)
    first = _check_layers(period, termination, bottom_termination or termination, layers)
    stack: Atoms = cell.repeat((1, 1, (first + layers) // len(period) + 1))
    numbers = layer_numbers(stack)
    slab: Atoms = stack[(numbers >= first) & (numbers < first + layers)]
    flat = slab.cell.array.copy()
    flat[2] = [0.0, 0.0, flat[2, 2]]  # a slab does not repeat along its third vector
    slab.set_cell(flat)
    matrix = np.eye(3, dtype=int)
    matrix[:2, :2] = surface_cell(size)
    slab = make_supercell(slab, matrix, wrap=False) if (matrix != np.eye(3)).any() else slab
    slab.pbc = (True, True, False)
    slab = _tidy(slab)
    slab.positions[:, 2] += vacuum_A / 2 - slab.positions[:, 2].min()
    set_height(slab, vacuum_A)
    below = 0 if sides == "one" else (layers - frozen_layers) // 2
    order = layer_numbers(slab)
    frozen = (order >= below) & (order < below + frozen_layers)
    slab.set_constraint(FixAtoms(indices=np.flatnonzero(frozen)))
    _verify(slab, termination, bottom_termination or termination)
    return slab


def _tidy(slab: Atoms) -> Atoms:
    """Standard orientation (first vector along x), atoms inside the cell, by layer, x, y."""
    slab.set_cell(slab.cell.cellpar(), scale_atoms=True)
    labels = molecular_units(slab)
    counts = np.bincount(labels)
    sums = np.stack([np.bincount(labels, weights=x) for x in slab.positions.T], axis=1)
    where = (sums / np.maximum(counts, 1)[:, None])[labels]
    fractions = np.linalg.solve(slab.cell.array.T, where.T).T
    fractions[:, 2] = 0.0
    slab.positions -= np.floor(fractions + 1e-6) @ slab.cell.array
    where = where - np.floor(fractions + 1e-6) @ slab.cell.array
    keys = (np.arange(len(slab)), *where[:, :2].T.round(3), layer_numbers(slab))
    tidy: Atoms = slab[np.lexsort(keys)]
    return tidy


def _verify(slab: Atoms, top: str, bottom: str) -> None:
    """Make sure of both faces; an error here is an error of the builder."""
    found = layer_compositions(slab)
    if found[-1] != reduced_formula(top) or found[0] != reduced_formula(bottom):
        raise RuntimeError(f"wanted {bottom}...{top}, built {found[0]}...{found[-1]}")


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


def in_order_of(reference: Atoms, slab: Atoms) -> Atoms:
    """A slab with its atoms in the order of a similar one.

    Parameters
    ----------
    reference
        Slab built in the same way from slightly different lattice constants.
    slab
        The slab to be sorted.

    Raises
    ------
    InputError
        If the two do not hold the same atoms in similar places.
    """
    from scipy.optimize import linear_sum_assignment

    if sorted(reference.numbers) != sorted(slab.numbers):
        raise InputError("the two slabs do not hold the same atoms")
    order = np.full(len(slab), -1)
    scaled = slab.get_scaled_positions(wrap=False) @ reference.cell.array
    scaled[:, 2] = (
        slab.positions[:, 2] - slab.positions[:, 2].min() + reference.positions[:, 2].min()
    )
    for number in np.unique(slab.numbers):
        mine = np.flatnonzero(slab.numbers == number)
        theirs = np.flatnonzero(reference.numbers == number)
        gaps = (scaled[mine][None] - reference.positions[theirs][:, None]).reshape(-1, 3)
        _, distance = find_mic(gaps, reference.cell, [True, True, False])
        distance = distance.reshape(len(theirs), len(mine))
        rows, columns = linear_sum_assignment(distance)
        if distance[rows, columns].max() > SIMILAR_A:
            raise InputError(
                f"the two slabs differ by {distance[rows, columns].max():.1f} A; at most"
                f" {SIMILAR_A:g} A may lie between atoms that correspond"
            )
        order[theirs[rows]] = mine[columns]
    ordered: Atoms = slab[order]
    return ordered
