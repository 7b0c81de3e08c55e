"""Shapes of molecules: the stretched chain, further conformers, bonds by distance, boxes."""

from __future__ import annotations

from typing import Any

import numpy as np
from ase import Atoms, units
from ase.data import covalent_radii
from numpy.typing import NDArray

from slabs.elements import BOND_FACTOR, vdw_radii_A
from slabs.errors import InputError
from slabs.ligands.toolkit import (
    Chem,
    rdDistGeom,
    rdForceFieldHelpers,
    rdMolAlign,
    rdMolTransforms,
)

#: Seed of the distance-geometry embedding: the same ligand always has the same shape.
EMBEDDING_SEED = 20250821
#: Seeds count up from one conformer to the next and must stay a 32-bit integer.
MAX_SEED = 2_000_000_000
MAX_CONFORMERS = 200
#: Conformers are the same below this root-mean-square distance of their heavy atoms.
SAME_SHAPE_A = 0.5
#: Atom permutations tried in that comparison; a molecule can have millions.
MAX_PERMUTATIONS = 100
#: Attempts at a shape from random coordinates, which crowded molecules need.
EMBEDDING_ATTEMPTS = 50
RELAXATION_STEPS = 5000
KCAL_PER_MOL_eV = units.kcal / units.mol
#: Positions in angstrom, shape=(n, atoms, 3), and energies in eV, shape=(n,).
Shapes = tuple[NDArray[np.float64], NDArray[np.float64]]


def _check_range(key: str, value: int, largest: int) -> None:
    if not 1 <= value <= largest:
        raise InputError(f"{key} = {value}; allowed: 1 to {largest}", key)


def embed(mol: Chem.Mol, seed: int = EMBEDDING_SEED) -> Chem.Mol:
    """Add hydrogen and coordinates; stretch every single bond of the chain to anti.

    The shape is relaxed with MMFF94, or with UFF where MMFF94 has no parameters.

    Raises
    ------
    InputError
        If the seed is out of range, or no shape satisfies the bonds and the
        stereochemistry of the molecule.
    """
    _check_range("seed", seed, MAX_SEED)
    mol = Chem.AddHs(mol)
    if rdDistGeom.EmbedMolecule(mol, randomSeed=seed) != 0:
        rdDistGeom.EmbedMolecule(
            mol, randomSeed=seed, useRandomCoords=True, maxAttempts=EMBEDDING_ATTEMPTS
        )
    if not mol.GetNumConformers():
        raise InputError(
            f"no three-dimensional shape was found for {Chem.MolToSmiles(mol)!r}", "smiles"
        )
    conformer = mol.GetConformer()
    chain = Chem.MolFromSmarts("[!#1]~[!#1;!$(*#*)]-;!@[!#1;!$(*#*)]~[!#1]")
    done: set[tuple[int, int]] = set()
    for i, j, k, m in mol.GetSubstructMatches(chain):
        bond = (min(j, k), max(j, k))
        if bond not in done:
            done.add(bond)
            rdMolTransforms.SetDihedralDeg(conformer, i, j, k, m, 180.0)
    try:
        if rdForceFieldHelpers.MMFFHasAllMoleculeParams(mol):
            rdForceFieldHelpers.MMFFOptimizeMolecule(mol, maxIters=RELAXATION_STEPS)
        else:
            rdForceFieldHelpers.UFFOptimizeMolecule(mol, maxIters=RELAXATION_STEPS)
    except RuntimeError as error:
        raise InputError(
            f"neither MMFF94 nor UFF knows all atoms of {Chem.MolToSmiles(mol)!r}", "smiles"
        ) from error
    return mol


def conformers_of(mol: Chem.Mol, count: int, seed: int = EMBEDDING_SEED) -> Shapes:
    """Shapes of a molecule that differ by more than `SAME_SHAPE_A`, and their energies.

    The conformer that the molecule has comes first and is not changed. Those that
    follow are embedded with ETKDGv3, relaxed with MMFF94 (else UFF), have the same
    stereochemistry as the first and are sorted by their energy. As the first is not
    relaxed here, one from a file may lie high.

    Parameters
    ----------
    mol
        Molecule with explicit hydrogen and one conformer.
    count
        How many to return at most.
    seed
        Seed of the embedding.

    Returns
    -------
    array, shape=(n, atoms, 3)
        Positions in angstrom.
    array, shape=(n,)
        Force-field energies relative to the lowest of them, in eV.

    Raises
    ------
    InputError
        If `count` or `seed` are out of range, or no force field knows all atoms.
    """
    _check_range("conformers", count, MAX_CONFORMERS)
    _check_range("seed", seed, MAX_SEED)
    pool = Chem.Mol(mol)
    if count == 1:
        return pool.GetConformer().GetPositions()[None], np.zeros(1)
    if not rdForceFieldHelpers.UFFHasAllMoleculeParams(pool):
        raise InputError(
            f"neither MMFF94 nor UFF knows all atoms of {Chem.MolToSmiles(mol)!r};"
            " only one conformer is possible",
            "conformers",
        )
    first = pool.GetConformer().GetId()
    Chem.AssignStereochemistryFrom3D(pool, first)
    parameters = _embedding(seed)
    # Twice as many and some more, as part of them turn out to be the same.
    found = list(rdDistGeom.EmbedMultipleConfs(pool, 2 * count + 8, parameters))
    energies = {n: _energy_eV(pool, n, relax=n != first) for n in (first, *found)}
    wanted = Chem.MolToSmiles(Chem.RemoveHs(pool))
    by_energy = sorted((energies[n], n) for n in found if _stereo(pool, n) == wanted)
    heavy = Chem.RemoveHs(pool)
    kept = [first]
    for _, n in by_energy:
        if len(kept) < count and all(_distance_A(heavy, n, k) > SAME_SHAPE_A for k in kept):
            kept.append(n)
    energy = np.array([energies[n] for n in kept])
    positions = np.array([pool.GetConformer(n).GetPositions() for n in kept])
    return positions, energy - energy.min()


def _embedding(seed: int) -> Any:
    parameters: Any = rdDistGeom.ETKDGv3()
    parameters.randomSeed = seed
    parameters.enableSequentialRandomSeeds = True
    parameters.clearConfs = False
    parameters.useRandomCoords = True
    parameters.maxIterations = EMBEDDING_ATTEMPTS
    return parameters


def _energy_eV(mol: Chem.Mol, conformer: int, *, relax: bool) -> float:
    """Force-field energy of one conformer, which is relaxed in place if so wished."""
    if rdForceFieldHelpers.MMFFHasAllMoleculeParams(mol):
        properties = rdForceFieldHelpers.MMFFGetMoleculeProperties(mol)
        field = rdForceFieldHelpers.MMFFGetMoleculeForceField(mol, properties, confId=conformer)
    else:
        field = rdForceFieldHelpers.UFFGetMoleculeForceField(mol, confId=conformer)
    field.Initialize()
    if relax:
        field.Minimize(maxIts=RELAXATION_STEPS)
    return float(field.CalcEnergy()) * KCAL_PER_MOL_eV


def _stereo(mol: Chem.Mol, conformer: int) -> str:
    """SMILES with the stereochemistry that one conformer really has."""
    seen = Chem.Mol(mol, confId=conformer)
    Chem.AssignStereochemistryFrom3D(seen, conformer)
    return str(Chem.MolToSmiles(Chem.RemoveHs(seen)))


def _distance_A(heavy: Chem.Mol, one: int, other: int) -> float:
    """Root-mean-square distance of two conformers after the best superposition."""
    same_order = rdMolAlign.AlignMol(heavy, heavy, prbCid=one, refCid=other)
    permuted = rdMolAlign.GetBestRMS(heavy, heavy, one, other, maxMatches=MAX_PERMUTATIONS)
    return float(min(same_order, permuted))


def covalent_bonds(atoms: Atoms) -> NDArray[np.intp]:
    """Pairs of atoms closer than 1.25 times their covalent radii, shape=(n, 2)."""
    d = atoms.get_all_distances()
    r = covalent_radii[atoms.numbers]
    return np.argwhere(np.triu(d < BOND_FACTOR * (r[:, None] + r), k=1))


def in_box(atoms: Atoms, vacuum_A: float) -> Atoms:
    """A copy of a molecule in a periodic box with `vacuum_A` between its images.

    The vacuum is free of van der Waals spheres: nuclei 6 angstrom apart are no vacuum for
    iodine (I2 in a box of 6 angstrom lies 0.4 eV above I2 in one of 12). The molecule is
    turned so that its longest extension lies along z. The box is orthorhombic; its edges
    are multiples of 0.5 angstrom.
    """
    boxed: Atoms = atoms.copy()
    boxed.positions -= boxed.positions.mean(axis=0)
    axes = np.linalg.svd(boxed.positions, full_matrices=True)[2][::-1]
    axes[0] *= np.linalg.det(axes)  # a rotation, never a mirror image
    boxed.positions = boxed.positions @ axes.T
    radii = vdw_radii_A(boxed.numbers)[:, None]
    low, high = (boxed.positions - radii).min(axis=0), (boxed.positions + radii).max(axis=0)
    edges = np.ceil((high - low + vacuum_A) * 2 - 1e-9) / 2
    boxed.set_cell(edges)
    boxed.positions += (edges - high - low) / 2
    boxed.pbc = True
    return boxed
