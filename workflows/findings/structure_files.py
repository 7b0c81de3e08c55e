"""Structures as texts: extended XYZ with all that is known, CIF, and POSCAR."""

from __future__ import annotations

from io import BytesIO, StringIO

import numpy as np
from ase import Atoms
from ase.constraints import FixAtoms


def structure_texts(atoms: Atoms, name: str) -> dict[str, str]:
    """A structure as CIF, extended XYZ and POSCAR, by the ending of the file.

    The extended XYZ keeps the order of the atoms, their groups, fixed atoms, periodicity, all
    info and the results of the calculator. Both other formats know only crystals; a POSCAR has
    the atoms in the order of their symbols, each marked as free (T) or fixed (F).

    Parameters
    ----------
    atoms
        Structure.
    name
        Of the block of the CIF file, and comment of the POSCAR.
    """
    from ase.io import write  # loads GPAW

    crystal = Atoms(atoms.numbers, positions=atoms.positions, cell=atoms.cell, pbc=True)
    fixed = fixed_atoms(atoms)
    cif, xyz, poscar = BytesIO(), StringIO(), StringIO()
    write(cif, crystal, format="cif", wrap=False)
    write(xyz, atoms, format="extxyz")
    order = np.argsort(atoms.get_chemical_symbols(), kind="stable")
    ordered = crystal[order]
    if fixed:
        places = [place for place, n in enumerate(order) if int(n) in fixed]
        ordered.set_constraint(FixAtoms(indices=places))
    write(poscar, ordered, format="vasp", direct=False)
    _, lines = poscar.getvalue().split("\n", 1)
    return {
        ".cif": cif.getvalue().decode().replace("data_image0", f"data_{name}", 1),
        ".xyz": xyz.getvalue(),
        ".POSCAR": f"{name}\n{lines}",
    }


def level_info(name: str, caveat: str) -> dict[str, str]:
    """Name of a level, and its caveat if it has one, as info of a structure."""
    return {"level": name, **({"caveat": caveat} if caveat else {})}


def fixed_atoms(atoms: Atoms) -> set[int]:
    """Indices of the atoms that are kept fixed."""
    return {int(n) for each in atoms.constraints for n in each.get_indices()}
