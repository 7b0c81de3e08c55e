"""Molecules from structure files, with their bonds and their own geometry."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.neighborlist import neighbor_list
from numpy.typing import NDArray

from slabs.elements import BOND_FACTOR, bond_radii_A
from slabs.errors import InputError
from slabs.ligands.molecules import MAX_ATOMS, checked_size
from slabs.ligands.toolkit import Chem, rdDetermineBonds
from slabs.read import (
    LARGEST_COORDINATE_A,
    MDL_ENDINGS,
    SHORTEST_DISTANCE_A,
    file_text,
    read_structure,
)

#: Steps in the search for bond orders; molecules of the size allowed here need far fewer.
BOND_ORDER_STEPS = 100_000


def read_molecule(file: Path, charge: int | None = None) -> Chem.Mol:
    """Molecule of a structure file with bonds, explicit hydrogen and its own geometry.

    Bonds and charges of ``.mol`` and ``.sdf`` files are taken from the file. Those of the
    other formats of `slabs.read` are found from the distances and the total
    `charge` in e, by default 0.

    Raises
    ------
    InputError
        If the file does not hold exactly one complete molecule in three dimensions.
    """
    try:
        mol = _read_mdl(file) if file.suffix.lower() in MDL_ENDINGS else _read(file, charge)
        Chem.AssignStereochemistryFrom3D(mol)
    except InputError:
        raise
    except Exception as error:  # readers fail in many ways on what is no structure
        words = str(error).strip().split("\n")[0] or type(error).__name__
        raise InputError(f"{file} cannot be read as a molecule: {words}", "file") from error
    found = Chem.GetFormalCharge(mol)
    if charge is not None and charge != found:
        raise InputError(f"charge = {charge}, but {file} has the charge {found}", "charge")
    return checked_size(mol, str(file), "file")


def _check_positions(positions_A: NDArray[np.float64], file: Path) -> None:
    if not len(positions_A):
        raise InputError(f"{file} has no atoms", "file")
    if len(positions_A) > MAX_ATOMS:
        raise InputError(
            f"{file} has {len(positions_A)} atoms; at most {MAX_ATOMS} are allowed", "file"
        )
    if not (np.abs(positions_A) < LARGEST_COORDINATE_A).all():
        raise InputError(
            f"{file} has coordinates that are not numbers below {LARGEST_COORDINATE_A:.0f} A",
            "file",
        )
    d = np.linalg.norm(positions_A[:, None] - positions_A, axis=2)
    shortest = d[np.triu_indices(len(d), k=1)].min(initial=np.inf)
    if shortest < SHORTEST_DISTANCE_A:
        raise InputError(
            f"{file} has two atoms at {shortest:.2f} A; at least {SHORTEST_DISTANCE_A} A expected",
            "file",
        )


def _read_mdl(file: Path) -> Chem.Mol:
    """The only record of a file with bonds."""
    supplier = Chem.SDMolSupplier()
    supplier.SetData(file_text(file), removeHs=False)
    found = list(islice(supplier, 2))
    if len(found) != 1 or found[0] is None:
        words = "more than one molecule" if len(found) > 1 else "no molecule that can be read"
        raise InputError(f"{file} has {words}; give one", "file")
    mol = found[0]
    if not mol.GetNumConformers():
        raise InputError(f"{file} has no coordinates", "file")
    positions = mol.GetConformer().GetPositions()
    _check_positions(positions, file)
    if any(atom.GetTotalNumHs() for atom in mol.GetAtoms()):
        raise InputError(f"{file} lacks hydrogen atoms; write all of them", "file")
    tetrahedral = any(atom.GetDegree() == 4 for atom in mol.GetAtoms())
    if tetrahedral and np.ptp(positions[:, 2]) < 1e-3:
        raise InputError(f"{file} is a flat drawing; give it in three dimensions", "file")
    return mol


def _whole_A(atoms: Atoms, file: Path) -> NDArray[np.float64]:
    """Positions of a molecule that the boundary of its cell may cut, put together."""
    cutoffs = BOND_FACTOR * bond_radii_A(atoms.numbers)
    i, j, vectors = neighbor_list("ijD", atoms, cutoffs)
    places: NDArray[np.float64] = atoms.positions.copy()
    done: set[int] = set()
    for start in range(len(atoms)):
        waiting = [] if start in done else [start]
        done.update(waiting)
        while waiting:
            here = waiting.pop()
            for n in np.flatnonzero(i == here):
                other, place = int(j[n]), places[here] + vectors[n]
                if other not in done:
                    places[other] = place
                    done.add(other)
                    waiting.append(other)
                elif np.linalg.norm(places[other] - place) > SHORTEST_DISTANCE_A:
                    raise InputError(
                        f"{file} is bonded to its own periodic images: it is a chain, a layer or a"
                        " crystal, not a molecule",
                        "file",
                    )
    return places


def _read(file: Path, charge: int | None) -> Chem.Mol:
    """A molecule from positions alone."""
    atoms = read_structure(file, *MDL_ENDINGS)
    _check_positions(atoms.positions, file)
    if atoms.pbc.any():
        atoms.positions = _whole_A(atoms, file)
    mol = Chem.RWMol()
    for number in atoms.numbers:
        atom = Chem.Atom(int(number))
        atom.SetNoImplicit(True)
        mol.AddAtom(atom)
    conformer = Chem.Conformer(len(atoms))
    conformer.SetPositions(atoms.positions)
    mol.AddConformer(conformer)
    try:
        rdDetermineBonds.DetermineBonds(mol, charge=charge or 0, maxIterations=BOND_ORDER_STEPS)
    except Exception as error:
        raise InputError(
            f"{file} has no bonds that give all of its {len(atoms)} atoms their valence at the"
            f" charge {charge or 0}; is it one whole molecule, and is this its charge?",
            "file",
        ) from error
    if any(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms()):
        raise InputError(f"{file} is a radical at the charge {charge or 0}", "file")
    return mol.GetMol()
