"""Which layers a crystal has along a direction, and along which others it has a missing one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from slabs.composition import fits, formula_words, parse_formula, site_of
from slabs.elements import IONS
from slabs.errors import InputError
from slabs.molecular_units import unit_charges_e
from slabs.surfaces.cells import turn_to_axes
from slabs.surfaces.layerings import LAYER_TOLERANCE_A, Layering, layerings

#: Directions that are searched for a termination, and how many of them a message names.
DIRECTIONS = sorted(
    (m for m in product((0, 1, -1), repeat=3) if any(m) and next(n for n in m if n) > 0),
    key=lambda m: (sum(map(abs, m)), min(m) < 0),
)
NAMED_DIRECTIONS = 4

Basis = Sequence[Sequence[int]] | None


def _with_short_sides(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """The vectors of a cell, the first two replaced by the shortest ones of their plane."""
    a, b, c = vectors
    while True:
        a, b = sorted((a, b), key=lambda v: round(float(v @ v), 6))
        shorter = b - round(float(a @ b / (a @ a)) - 1e-6) * a
        if shorter @ shorter > b @ b - 1e-6:
            break
        b = shorter
    return np.array([a, b if np.cross(a, b) @ c > 0 else -b, c])


def _oriented_cell(crystal: Atoms, miller: Sequence[int], basis: Basis) -> Atoms:
    """Cell of the crystal whose first two vectors span the surface, in the x-y plane."""
    from pymatgen.core.surface import SlabGenerator  # takes a second to import
    from pymatgen.io.ase import AseAtomsAdaptor

    if len(miller) != 3 or not any(miller):
        raise InputError(f"{list(miller)} are not Miller indices of a surface", "miller")
    structure = AseAtomsAdaptor.get_structure(crystal)
    generator = SlabGenerator(
        structure, _own_miller(miller, basis), min_slab_size=1, min_vacuum_size=1, primitive=False
    )
    cell = AseAtomsAdaptor.get_atoms(generator.oriented_unit_cell)
    oriented = Atoms(cell.numbers, positions=cell.positions, cell=cell.cell, pbc=True)
    if basis is not None:
        oriented.set_cell(_with_short_sides(cell.cell.array))
    turn_to_axes(oriented)
    return oriented


def _own_miller(miller: Sequence[int], basis: Basis) -> tuple[int, ...]:
    """Miller indices in the cell of the crystal, from those in the cell of `basis`."""
    if basis is None:
        return tuple(miller)
    vectors = np.array(basis, dtype=float)
    own = np.linalg.solve(vectors, np.array(miller, dtype=float)) * np.linalg.det(vectors)
    whole = np.round(own).astype(int)
    return tuple((whole // max(1, np.gcd.reduce(whole))).tolist())


def _layerings(crystal: Atoms, miller: Sequence[int], basis: Basis) -> Iterator[Layering]:
    return layerings(_oriented_cell(crystal, miller, basis))


def _has(period: Sequence[Mapping[str, int]], name: str) -> bool:
    return any(fits(layer, name) for layer in period)


def layering_with(
    crystal: Atoms, miller: Sequence[int], basis: Basis, top: str, bottom: str
) -> Layering:
    """The first division into layers that has those two, or a sentence why there is none."""
    wanted = (("termination", top), ("bottom_termination", bottom))
    for key, name in wanted:
        try:
            parse_formula(name, letters=True)
        except InputError as error:
            raise InputError(error.message, key) from error
    found = list(_layerings(crystal, miller, basis))
    periods = [each.compositions for each in found]
    if not found:
        raise InputError(
            "the crystal has no separate layers along this direction: its ions follow each other"
            f" within {LAYER_TOLERANCE_A:g} A{_elsewhere(crystal, miller, basis, top, periods)}",
            "miller",
        )
    best = max(range(len(found)), key=lambda n: [_has(periods[n], name) for _, name in wanted])
    for key, name in wanted:
        if not _has(periods[best], name):
            allowed = sorted({formula_words(layer) for period in periods for layer in period})
            raise InputError(
                f"the crystal has no layer {name!r} along this direction; allowed:"
                f" {', '.join(allowed)}{_elsewhere(crystal, miller, basis, name, periods)}",
                key,
            )
    return found[best]


def _elsewhere(
    crystal: Atoms,
    miller: Sequence[int],
    basis: Basis,
    name: str,
    periods: Sequence[Sequence[Mapping[str, int]]],
) -> str:
    """Where to find a layer that this direction does not have, for the end of a message."""
    words = ""
    ions = {ion for period in periods for layer in period for ion in layer}
    if any(sum(site_of(ion) == site for ion in ions) > 1 for site in IONS):
        words = "; A, B and X stand for all ions of their site, as in 'PbX2'"
    try:
        charges = unit_charges_e(crystal)
    except InputError:
        charges = {}
    having, neutral = [], []
    for direction in DIRECTIONS:
        shown = f"({' '.join(map(str, direction))})"
        for layering in _layerings(crystal, direction, basis):
            period = layering.compositions
            if _has(period, name):
                having.append(shown)
            elif _neutral(period, charges):
                layers = dict.fromkeys(formula_words(layer) for layer in period)
                neutral.append(f"{shown} {' and '.join(layers)}")
    if having:
        return f"{words}; it has such layers along {', '.join(_some(having))}"
    if neutral and not any(_neutral(period, charges) for period in periods):
        return f"{words}; it has neutral layers along {', '.join(_some(neutral))}"
    return words


def _some(words: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(words))[:NAMED_DIRECTIONS]


def _neutral(period: Sequence[Mapping[str, int]], charges: Mapping[str, int]) -> bool:
    """Whether no layer is charged."""
    return not any(sum(charges.get(name, 0) * n for name, n in layer.items()) for layer in period)


def first_layer(period: Sequence[Mapping[str, int]], top: str, bottom: str, layers: int) -> int:
    """Number of the lowest layer within the period, or a sentence why there is none."""

    def ends_well(first: int, number: int) -> bool:
        last = period[(first + number - 1) % len(period)]
        return fits(period[first], bottom) and fits(last, top)

    for first in range(len(period)):
        if ends_well(first, layers):
            return first
    start = next(n for n, layer in enumerate(period) if fits(layer, bottom))
    ends = formula_words(period[(start + layers - 1) % len(period)])
    good = [
        n
        for n in range(1, 2 * len(period) + 8)
        if any(ends_well(first, n) for first in range(len(period)))
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
