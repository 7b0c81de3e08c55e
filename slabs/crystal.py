"""Bulk crystals the surfaces and the chemical potentials start from."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ase import Atoms
from ase.build import bulk
from ase.data import chemical_symbols
from ase.spacegroup import crystal

from slabs.errors import InputError


@dataclass(frozen=True)
class LatticeConstant:
    """A lattice constant in angstrom and where it was measured."""

    a_A: float
    source: str


#: Lattice constants of cubic (Pm-3m) perovskites, experiment at high temperature.
CUBIC_PEROVSKITES = {
    "CsPbI3": LatticeConstant(6.29, "experiment, alpha phase at high temperature"),
}

#: Prototype structures by name; X, Y, Z are the elements in the order of the formula.
PROTOTYPES = {
    "perovskite": "ABX3, cubic, space group Pm-3m",
    "cesiumchloride": "AB, cubic, space group Pm-3m",
    "rocksalt": "AB, cubic, space group Fm-3m",
}


def parse_formula(text: str) -> list[tuple[str, int]]:
    """Split a formula into elements and counts, in the written order.

    Raises
    ------
    InputError
        If `text` is not a plain formula of known elements.

    Examples
    --------
    >>> parse_formula("CsPbI3")
    [('Cs', 1), ('Pb', 1), ('I', 3)]
    """
    parts = re.findall(r"([A-Z][a-z]?)(\d*)", text)
    if not parts or "".join(a + b for a, b in parts) != text:
        raise InputError(f"{text!r} is not a chemical formula such as 'CsPbI3'")
    for element, _ in parts:
        if element not in chemical_symbols[1:]:
            raise InputError(f"{text!r} contains {element!r}, which is not a chemical element")
    return [(element, int(count or 1)) for element, count in parts]


def perovskite(material: str, lattice_constant_A: float | None = None) -> Atoms:
    """Cubic ABX3 perovskite (Pm-3m) with B at the origin and A at the body centre.

    Parameters
    ----------
    material
        Formula ABX3, for example ``"CsPbI3"``.
    lattice_constant_A
        Edge of the cube in angstrom. Default: the table `CUBIC_PEROVSKITES`.

    Raises
    ------
    InputError
        If `material` is not ABX3, or has no tabulated lattice constant and none is given.
    """
    parts = parse_formula(material)
    if [count for _, count in parts] != [1, 1, 3]:
        raise InputError(f"{material!r} is not a perovskite ABX3 such as 'CsPbI3'", "material")
    if lattice_constant_A is None:
        if material not in CUBIC_PEROVSKITES:
            known = ", ".join(CUBIC_PEROVSKITES)
            raise InputError(
                f"no lattice constant is known for {material!r} (known: {known});"
                " give lattice_constant_A",
                "lattice_constant_A",
            )
        lattice_constant_A = CUBIC_PEROVSKITES[material].a_A
    a = lattice_constant_A
    (site_a, _), (site_b, _), (site_x, _) = parts
    return crystal(
        [site_b, site_a, site_x],
        [(0, 0, 0), (0.5, 0.5, 0.5), (0.5, 0, 0)],
        spacegroup=221,
        cellpar=[a, a, a, 90, 90, 90],
        pbc=True,
    )


def prototype_crystal(
    material: str, prototype: str, lattice_constant_A: float | None = None
) -> Atoms:
    """Primitive cell of a cubic crystal in one of the `PROTOTYPES`.

    Raises
    ------
    InputError
        If the formula does not fit the prototype or the lattice constant is missing.
    """
    if prototype == "perovskite":
        return perovskite(material, lattice_constant_A)
    if prototype not in PROTOTYPES:
        raise InputError(
            f"{prototype!r} is not a known prototype; allowed: {', '.join(PROTOTYPES)}",
            "prototype",
        )
    if [count for _, count in parse_formula(material)] != [1, 1]:
        raise InputError(f"{material!r} is not AB, as {prototype} needs", "material")
    if lattice_constant_A is None:
        raise InputError(f"{material!r} needs lattice_constant_A", "lattice_constant_A")
    return bulk(material, prototype, a=lattice_constant_A)
