"""Slabs with a termination chosen by chemical name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from ase import Atoms
from ase.geometry import find_mic
from numpy.typing import NDArray

from slabs.composition import charge_e, fits
from slabs.errors import InputError
from slabs.molecular_units import molecular_units, unit_charges_e, unit_names
from slabs.surfaces.cells import turn_to_axes
from slabs.surfaces.cuts import Basis, first_layer, layering_with
from slabs.surfaces.layerings import LAYER_TOLERANCE_A, compositions

#: Cell heights are rounded up to a multiple of this.
HEIGHT_STEP_A = 0.5
SIDES = ("one", "two")
#: Atoms of similar slabs correspond to each other within this distance.
SIMILAR_A = 2.0
#: Array of a slab whose layers gaps between heights do not show: their numbers, from 1.
LAYER_ARRAY = "layer"
#: A slab without charge whose formal dipole is smaller than this, in e angstrom per surface
#: cell, is not polar.
SMALLEST_DIPOLE_E_A = 0.5
#: Surface cells rotated by 45 degrees, for example ``sqrt2xsqrt2`` or ``2sqrt2x2sqrt2``.
_ROTATED = re.compile(r"(\d*)sqrt2x(\d*)sqrt2")

Size = Sequence[int] | str


def layer_numbers(atoms: Atoms) -> NDArray[np.int_]:
    """Number of the layer each atom belongs to, counted from the lowest, shape=(n,).

    A molecule belongs to one layer, that of its mean height. Where the slab was cut by layers
    that gaps between heights do not show, these count; ligands lie above them.
    """
    if LAYER_ARRAY in atoms.arrays:
        known = atoms.arrays[LAYER_ARRAY]
        layers = np.where(known > 0, known, known.max() + 1)
        return np.asarray(np.unique(layers, return_inverse=True)[1])
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
    return compositions(atoms, layer_numbers(atoms))


def layer_charges_e(atoms: Atoms, charges_e: Mapping[str, int] | None = None) -> list[int]:
    """Formal charge of each layer of a slab, lowest first, in e per surface cell.

    Parameters
    ----------
    atoms
        The slab.
    charges_e
        Charges of its ions by name; default: `slabs.composition.charge_e`.
    """
    layers, labels = layer_numbers(atoms), molecular_units(atoms)
    charges = _charges_e(atoms, labels, charges_e)
    return [
        sum(charges[int(n)] for n in np.unique(labels[layers == layer]))
        for layer in range(layers.max() + 1)
    ]


def _charges_e(
    atoms: Atoms, labels: NDArray[np.intp], charges_e: Mapping[str, int] | None
) -> dict[int, int]:
    """Formal charge of each ion by its label."""
    names = unit_names(atoms, labels)
    if charges_e is None:
        charges_e = {name: charge_e(name) for name in names.values()}
    return {label: charges_e[name] for label, name in names.items()}


def polarity_words(slab: Atoms, crystal: Atoms) -> str | None:
    """What is to be said of the charge of the outermost layer; None of a cut that is not polar.

    A slab with charged layers, such as the I-Pb-I of PbI2, is not polar if the slab as a whole
    has neither charge nor dipole.
    """
    try:
        charges = unit_charges_e(crystal)
    except InputError as error:
        return f"whether the cut is polar is not known: {error.message}"
    outermost = layer_charges_e(slab, charges)[-1]
    labels = molecular_units(slab)
    by_label = _charges_e(slab, labels, charges)
    per_atom = np.array([by_label[int(n)] for n in labels]) / np.bincount(labels)[labels]
    dipole = float(per_atom @ (slab.positions[:, 2] - slab.positions[:, 2].mean()))
    if not outermost or (abs(per_atom.sum()) < 0.5 and abs(dipole) < SMALLEST_DIPOLE_E_A):
        return None
    return f"polar cut, outermost layer of {outermost:+d} e per surface cell"


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


def build_slab(
    crystal: Atoms,
    *,
    termination: str,
    layers: int,
    size: Size = (1, 1),
    miller: Sequence[int] = (0, 0, 1),
    basis: Basis = None,
    bottom_termination: str | None = None,
    frozen_layers: int = 0,
    sides: str = "one",
    vacuum_A: float = 10.0,
    cell_height_A: float | None = None,
) -> Atoms:
    """Slab whose faces show the named layers.

    Parameters
    ----------
    crystal
        Bulk crystal the slab is cut from.
    termination
        Composition of the outermost layer, for example ``"PbI2"``, ``"MAI"`` or
        ``"Pb(SCN)2"``; A, B and X stand for all ions of their site that it does not name. It
        decides what a layer is: a sheet or block that no bond leaves (``"PbI2"`` of PbI2), a
        pseudo-cubic plane of a perovskite, or else what gaps in height separate.
    layers
        Number of such layers, each being one composition.
    size
        Surface cell: repetitions along the two in-plane vectors, or ``"sqrt2xsqrt2"``.
    miller
        Miller indices of the surface, in the cell of `basis`.
    basis
        Rows: vectors of this cell in units of those of `crystal`, for example the conventional
        cell of a primitive one. Default: the cell of `crystal`.
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
    cell_height_A
        This height of the cell in angstrom instead; it must leave `vacuum_A`.

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
    bottom = bottom_termination or termination
    layering = layering_with(crystal, miller, basis, termination, bottom)
    period = layering.compositions
    first = first_layer(period, termination, bottom, layers)
    periods = (first + layers) // len(period) + 1
    stack: Atoms = layering.cell.repeat((1, 1, periods))
    numbers = layering.layers + len(period) * np.arange(periods)[:, None] - first
    stack.set_array(LAYER_ARRAY, numbers.ravel() + 1)
    slab: Atoms = stack[(stack.arrays[LAYER_ARRAY] > 0) & (stack.arrays[LAYER_ARRAY] <= layers)]
    flat = slab.cell.array.copy()
    flat[2] = [0.0, 0.0, flat[2, 2]]  # a slab does not repeat along its third vector
    slab.set_cell(flat)
    matrix = np.eye(3, dtype=int)
    matrix[:2, :2] = surface_cell(size)
    slab = make_supercell(slab, matrix, wrap=False) if (matrix != np.eye(3)).any() else slab
    slab.pbc = (True, True, False)
    slab = _tidy(slab)
    slab.positions[:, 2] += vacuum_A / 2 - slab.positions[:, 2].min()
    set_height(slab, vacuum_A, cell_height_A)
    below = 0 if sides == "one" else (layers - frozen_layers) // 2
    order = layer_numbers(slab)
    frozen = (order >= below) & (order < below + frozen_layers)
    slab.set_constraint(FixAtoms(indices=np.flatnonzero(frozen)))
    _verify(slab, termination, bottom)
    del slab.arrays[LAYER_ARRAY]
    if layering.from_planes and not np.array_equal(order, layer_numbers(slab)):
        slab.set_array(LAYER_ARRAY, order + 1)
    return slab


def _tidy(slab: Atoms) -> Atoms:
    """Standard orientation (first vector along x), atoms inside the cell, by layer, x, y."""
    turn_to_axes(slab)
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
    if not fits(found[-1], top) or not fits(found[0], bottom):
        raise RuntimeError(f"wanted {bottom}...{top}, built {found[0]}...{found[-1]}")


def set_height(slab: Atoms, vacuum_A: float, cell_height_A: float | None = None) -> None:
    """Set the cell height so that `vacuum_A` remains above the highest atom, in place.

    The vacuum is counted from the highest atom, ligands included, to the image of the
    lowest. Positions stay as they are.

    Parameters
    ----------
    slab
        The slab, changed in place.
    vacuum_A
        Vacuum, at least this.
    cell_height_A
        The height; default: the smallest multiple of `HEIGHT_STEP_A`.

    Raises
    ------
    InputError
        If `cell_height_A` leaves less vacuum.
    """
    thickness = float(np.ptp(slab.positions[:, 2]))
    height = np.ceil((thickness + vacuum_A) / HEIGHT_STEP_A - 1e-9) * HEIGHT_STEP_A
    if cell_height_A is not None:
        if thickness + vacuum_A > cell_height_A + 1e-6:
            raise InputError(
                f"{cell_height_A:g} leaves a vacuum of {cell_height_A - thickness:.1f} A, below"
                f" vacuum_A = {vacuum_A:g}; give {height:g} or more",
                "cell_height_A",
            )
        height = cell_height_A
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
