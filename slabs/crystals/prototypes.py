"""Crystals that are no ABX3 perovskites: elements, binary halides, other cesium lead halides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols

from slabs.composition import parse_formula
from slabs.crystals.chemistry import check_lattice
from slabs.crystals.structure_types import KNOWN, TYPES, StructureType
from slabs.errors import InputError

#: Prototype structures by name, each with what it is.
PROTOTYPES = {"perovskite": "ABX3, in the phase that is named"} | {
    name: f"{kind.formula}, {kind.about}" for name, kind in TYPES.items()
}

#: Space groups before this one are tetragonal if they have the constants a and c.
FIRST_TRIGONAL = 143


def prototype_crystal(
    material: str, prototype: str, lattice_constants_A: Sequence[float] | None = None
) -> Atoms:
    """Primitive cell of a crystal that is no perovskite, ions in the order of the formula.

    Parameters
    ----------
    material
        For example ``"CsI"``, ``"PbI2"`` or ``"Cs4PbI6"``.
    prototype
        One of `TYPES`.
    lattice_constants_A
        Of the conventional cell, see `StructureType.constants`. Default: those of `KNOWN`.

    Raises
    ------
    InputError
        If there is no such structure type, the formula does not fit it, or no lattice
        constants are known.
    """
    if prototype not in TYPES:
        raise InputError(
            f"{prototype!r} is not a known prototype; allowed: {', '.join(TYPES)}", "prototype"
        )
    ions = _ions(material, prototype)
    constants = _constants(material, prototype, lattice_constants_A)
    crystal = _built(material, prototype, ions, constants)
    if lattice_constants_A is not None:
        check_lattice(crystal, constants)
    return crystal


def _built(material: str, prototype: str, ions: Sequence[str], constants: Sequence[float]) -> Atoms:
    from ase.build import bulk
    from ase.spacegroup import Spacegroup, crystal

    kind = TYPES[prototype]
    if not kind.coordinates:
        return bulk("".join(ions), prototype, a=constants[0])
    known = KNOWN.get((material, prototype))
    atoms = crystal(
        [ions[n] for n in kind.ions],
        (known.coordinates if known else None) or kind.coordinates,
        spacegroup=kind.space_group,
        cellpar=_cell(kind, constants),
    )
    # By hand: the reduction of ASE loses atoms that are close to a face of the cell.
    cell = Spacegroup(kind.space_group).scaled_primitive_cell @ atoms.cell.array
    scaled = np.linalg.solve(cell.T, atoms.positions.T).T.round(12) % 1.0
    first = sorted(np.unique(scaled.round(6) % 1.0, axis=0, return_index=True)[1].tolist())
    order = sorted(first, key=lambda n: ions.index(atoms.symbols[n]))
    return Atoms(atoms.symbols[order], scaled_positions=scaled[order], cell=cell, pbc=True)


def prototype_source(material: str, prototype: str) -> str | None:
    """Where the lattice constants of `KNOWN` come from; None if there are none."""
    known = KNOWN.get((material, prototype))
    return None if known is None else known.source


def conventional_basis(prototype: str) -> list[list[int]]:
    """Vectors of the conventional cell of a prototype in units of those of its primitive cell.

    Returns
    -------
    list
        Three rows of three whole numbers. Miller indices refer to the conventional cell.
    """
    from ase.spacegroup import Spacegroup

    primitive = np.array(Spacegroup(TYPES[prototype].space_group).scaled_primitive_cell)
    return [[round(float(x)) for x in row] for row in np.linalg.inv(primitive)]


def _ions(material: str, prototype: str) -> list[str]:
    kind = TYPES[prototype]
    try:
        parts = parse_formula(material)
    except InputError as error:
        raise InputError(error.message, "material") from error
    ions = [name for name, _ in parts]
    if tuple(n for _, n in parts) != kind.counts or len(set(ions)) < len(ions):
        raise InputError(f"{material!r} is not {kind.formula}, as {prototype} needs", "material")
    molecules = [name for name in ions if name not in chemical_symbols]
    if molecules:
        raise InputError(
            f"{material!r} contains the molecule {molecules[0]}; {prototype} is for single atoms",
            "material",
        )
    return ions


def _constants(material: str, prototype: str, given: Sequence[float] | None) -> tuple[float, ...]:
    wanted = TYPES[prototype].constants
    names = f"lattice_constants_A = [{', '.join(wanted)}]"
    if given is None:
        if (material, prototype) in KNOWN:
            return KNOWN[material, prototype].values_A
        known = ", ".join(name for name, kind in KNOWN if kind == prototype)
        raise InputError(
            f"{material!r} needs {names}: none are tabulated for it as {prototype}"
            f" (tabulated: {known})",
            "lattice_constants_A",
        )
    if len(given) != len(wanted):
        raise InputError(
            f"{material!r} needs {names}, not {len(given)} numbers", "lattice_constants_A"
        )
    if not all(np.isfinite(x) and x > 0 for x in given):
        raise InputError(
            f"lattice constants are lengths above zero, not {list(given)}", "lattice_constants_A"
        )
    return tuple(float(x) for x in given)


def _cell(kind: StructureType, constants: Sequence[float]) -> list[float]:
    """Lengths in angstrom and angles in degrees of the conventional cell."""
    a, c = constants[0], constants[-1]
    b = constants[1] if len(constants) == 3 else a
    hexagonal = kind.constants == ("a", "c") and kind.space_group >= FIRST_TRIGONAL
    return [a, b, c, 90, 90, 120 if hexagonal else 90]
