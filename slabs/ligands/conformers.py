"""Shapes of molecules: the stretched chain, further conformers, bonds by distance, boxes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from ase import Atoms, units
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from slabs.elements import BOND_FACTOR, bond_radii_A, vdw_radii_A
from slabs.errors import InputError
from slabs.ligands.hypervalent import hypervalent_bounds
from slabs.ligands.shapes import shape_fault
from slabs.ligands.toolkit import Chem, rdDistGeom, rdForceFieldHelpers, rdMolTransforms

#: Seed of the distance-geometry embedding: the same ligand always has the same shape.
EMBEDDING_SEED = 20250821
#: Seeds count up from one conformer to the next and must stay a 32-bit integer.
MAX_SEED = 2_000_000_000
MAX_CONFORMERS = 200
#: Conformers are the same below this root-mean-square distance, of their heavy atoms and of
#: the hydrogen atoms of their anchors.
SAME_SHAPE_A = 0.5
#: Atom permutations tried in that comparison; a molecule can have millions.
MAX_PERMUTATIONS = 100
#: Embeddings that are tried, with seeds that count up, until one has a sound shape.
EMBEDDINGS = 8
#: Attempts at a shape from random coordinates, which crowded molecules need.
EMBEDDING_ATTEMPTS = 50
RELAXATION_STEPS = 5000
KCAL_PER_MOL_eV = units.kcal / units.mol
#: Turns of the hydrogen atoms of a head group.
HEAD_TURNS_DEG = (120.0, 240.0)
#: Turns positions into their mirror image.
MIRROR = np.array([-1.0, 1.0, 1.0])
Floats = NDArray[np.float64]
#: Positions in angstrom, shape=(n, atoms, 3), and energies in eV, shape=(n,).
Shapes = tuple[Floats, Floats]


def _check_range(key: str, value: int, largest: int) -> None:
    if not 1 <= value <= largest:
        raise InputError(f"{key} = {value}; allowed: 1 to {largest}", key)


def embed(mol: Chem.Mol, seed: int = EMBEDDING_SEED) -> tuple[Chem.Mol, str]:
    """Add hydrogen and coordinates; stretch every single bond of the chain to anti.

    The shape is relaxed with MMFF94, or with UFF where MMFF94 has no parameters. Force
    fields ruin some hypervalent and metal centres, and stretching some crowded molecules:
    the first of the stretched and relaxed, the relaxed, and the embedded shape is taken
    that fits the bonds of the molecule. The shape of a molecule and that of its mirror
    image are mirror images.

    Parameters
    ----------
    mol
        Molecule without explicit hydrogen.
    seed
        Seed of the distance-geometry embedding.

    Returns
    -------
    Mol
        With explicit hydrogen and one conformer.
    str
        What a reader must know of the shape, or an empty string.

    Raises
    ------
    InputError
        If the seed is out of range, or no shape satisfies the bonds and the
        stereochemistry of the molecule.
    """
    _check_range("seed", seed, MAX_SEED)
    if not _is_mirrored(mol):
        return _embedded(Chem.AddHs(mol), seed)
    image, note = _embedded(Chem.AddHs(_mirror_image(mol)), seed)
    found = _mirror_image(image)
    conformer = found.GetConformer()
    conformer.SetPositions(conformer.GetPositions() * MIRROR)
    return found, note


def _mirror_image(mol: Chem.Mol) -> Chem.Mol:
    """The enantiomer as a graph; positions are not changed."""
    image = Chem.Mol(mol)
    for atom in image.GetAtoms():
        atom.InvertChirality()
    return image


def _is_mirrored(mol: Chem.Mol) -> bool:
    """Whether a chiral molecule is the one of the two that is made from the other."""
    return bool(Chem.MolToSmiles(mol) > Chem.MolToSmiles(_mirror_image(mol)))


def _embedded(mol: Chem.Mol, seed: int) -> tuple[Chem.Mol, str]:
    name = repr(Chem.MolToSmiles(Chem.RemoveHs(mol)))
    fault = ""
    for number in range(seed, seed + EMBEDDINGS):
        shape = _distance_geometry(mol, number)
        if shape is None:
            continue
        for found, relax, note in (
            (_stretched(shape), True, ""),
            (Chem.Mol(shape), True, "shape without stretching the chain"),
            (shape, False, "shape of the distance geometry, no force field has a sound one"),
        ):
            if relax and not _relaxed(found):
                continue
            fault = shape_fault(found, found.GetConformer().GetPositions())
            if not fault:
                return found, note
    if not fault:
        raise InputError(f"no three-dimensional shape was found for {name}", "smiles")
    raise InputError(
        f"no sound shape was found for {name}: {fault}; give the molecule as a file with"
        " positions instead",
        "smiles",
    )


def _distance_geometry(mol: Chem.Mol, seed: int) -> Chem.Mol | None:
    """A copy with the positions of a distance-geometry embedding; None if there is none."""
    copy = Chem.Mol(mol)
    parameters: Any = rdDistGeom.ETKDGv2()
    parameters.randomSeed = seed
    bounds = hypervalent_bounds(copy)
    if bounds is not None:
        parameters.SetBoundsMat(bounds)
    if rdDistGeom.EmbedMolecule(copy, parameters) != 0:
        parameters.useRandomCoords, parameters.maxIterations = True, EMBEDDING_ATTEMPTS
        rdDistGeom.EmbedMolecule(copy, parameters)
    return copy if copy.GetNumConformers() else None


def _stretched(mol: Chem.Mol) -> Chem.Mol:
    """A copy with every single bond of the chain anti."""
    copy = Chem.Mol(mol)
    conformer = copy.GetConformer()
    chain = Chem.MolFromSmarts("[!#1]~[!#1;!$(*#*)]-;!@[!#1;!$(*#*)]~[!#1]")
    done: set[tuple[int, int]] = set()
    for i, j, k, m in copy.GetSubstructMatches(chain):
        bond = (min(j, k), max(j, k))
        if bond not in done:
            done.add(bond)
            rdMolTransforms.SetDihedralDeg(conformer, i, j, k, m, 180.0)
    return copy


def _relaxed(mol: Chem.Mol) -> bool:
    """Relax the only conformer in place; False if no force field knows all atoms."""
    try:
        if rdForceFieldHelpers.MMFFHasAllMoleculeParams(mol):
            rdForceFieldHelpers.MMFFOptimizeMolecule(mol, maxIters=RELAXATION_STEPS)
        else:
            rdForceFieldHelpers.UFFOptimizeMolecule(mol, maxIters=RELAXATION_STEPS)
    except RuntimeError:
        return False
    return True


def conformers_of(
    mol: Chem.Mol,
    count: int,
    seed: int = EMBEDDING_SEED,
    anchors: tuple[int, ...] = (),
) -> Shapes:
    """Shapes of a molecule that differ, and their energies.

    The conformer that the molecule has comes first and is not changed. Those that follow
    are embedded with ETKDGv3, relaxed with MMFF94 (else UFF), fit the bonds of the
    molecule, have the same stereochemistry as the first and are sorted by their energy.
    Behind each come its rotamers: the hydrogen atoms of a head group such as NH2 or OH
    turned about its bond to the rest, which decides where its lone pair points.

    Two shapes differ by more than `SAME_SHAPE_A` in their heavy atoms or in the hydrogen
    atoms of the anchors.

    Parameters
    ----------
    mol
        Molecule with explicit hydrogen and one conformer.
    count
        How many to return at most, rotamers not counted.
    seed
        Seed of the embedding.
    anchors
        Atoms whose hydrogen is turned.

    Returns
    -------
    array, shape=(n, atoms, 3)
        Positions in angstrom.
    array, shape=(n,)
        Force-field energies relative to the lowest of them, in eV. The first counts with
        the energy of the force-field minimum next to it, as one from a file has bond
        lengths of another method. All are zero if no force field knows the atoms.

    Raises
    ------
    InputError
        If `count` or `seed` are out of range, or no force field knows all atoms and
        `count` is above 1.
    """
    _check_range("conformers", count, MAX_CONFORMERS)
    _check_range("seed", seed, MAX_SEED)
    known = rdForceFieldHelpers.UFFHasAllMoleculeParams(mol)
    if count > 1 and not known:
        raise InputError(
            f"neither MMFF94 nor UFF knows all atoms of {Chem.MolToSmiles(mol)!r};"
            " only one conformer is possible",
            "conformers",
        )
    mol = Chem.Mol(mol)
    Chem.AssignStereochemistryFrom3D(mol)
    shapes = [np.asarray(mol.GetConformer().GetPositions())]
    energies = [_energy_eV(mol, shapes[0], relax=True)[0] if known else 0.0]
    if count > 1:
        mirror = MIRROR if _is_mirrored(Chem.RemoveHs(mol)) else np.ones(3)
        for energy, shape in _further(mol, 2 * count + 8, seed, mirror):
            if len(shapes) < count and not any(_same(mol, anchors, shape, k) for k in shapes):
                shapes.append(shape)
                energies.append(energy)
    found: list[tuple[Floats, float]] = []
    for shape, energy in zip(shapes, energies, strict=True):
        found.append((shape, energy))
        own = _energy_eV(mol, shape)[0] if known else 0.0
        turned = [t for t in head_rotamers(mol, anchors, shape) if not shape_fault(mol, t)]
        changes = [_energy_eV(mol, t)[0] - own if known else 0.0 for t in turned]
        for n in np.argsort(np.round(changes, 6), kind="stable"):
            if not any(_same(mol, anchors, turned[n], other) for other, _ in found):
                found.append((turned[n], energy + changes[n]))
    values = np.array([energy for _, energy in found])
    return np.array([shape for shape, _ in found]), values - values.min()


def _further(
    mol: Chem.Mol, count: int, seed: int, mirror: Floats
) -> Iterator[tuple[float, Floats]]:
    """Energies in eV and positions of relaxed shapes, by rising energy."""
    pool = Chem.Mol(mol) if mirror[0] > 0 else _mirror_image(mol)
    pool.RemoveAllConformers()
    rdDistGeom.EmbedMultipleConfs(pool, count, _embedding(seed))
    made = [
        _energy_eV(pool, each.GetPositions(), relax=True) for each in list(pool.GetConformers())
    ]
    for energy, shape in sorted(made, key=lambda pair: pair[0]):
        if not shape_fault(mol, shape * mirror):
            yield energy, shape * mirror


def head_rotamers(mol: Chem.Mol, anchors: tuple[int, ...], positions_A: Floats) -> list[Floats]:
    """Shapes with the hydrogen atoms of the anchor turned by 120 and 240 degrees.

    None if there are several anchors, or the anchor has no hydrogen or not exactly one
    other neighbour, joined by a single bond.

    Parameters
    ----------
    mol
        Molecule with explicit hydrogen.
    anchors
        Indices of the anchors.
    positions_A
        Positions in angstrom, shape=(atoms, 3).
    """
    if len(anchors) != 1:
        return []
    atom = mol.GetAtomWithIdx(anchors[0])
    hydrogen = [n.GetIdx() for n in atom.GetNeighbors() if n.GetAtomicNum() == 1]
    rest = [n.GetIdx() for n in atom.GetNeighbors() if n.GetAtomicNum() != 1]
    if not 1 <= len(hydrogen) <= 2 or len(rest) != 1:
        return []
    if mol.GetBondBetweenAtoms(anchors[0], rest[0]).GetBondType() != Chem.BondType.SINGLE:
        return []
    axis = positions_A[rest[0]] - positions_A[anchors[0]]
    axis = axis / np.linalg.norm(axis)
    found = []
    for angle in HEAD_TURNS_DEG:
        turned = positions_A.copy()
        turn = Rotation.from_rotvec(np.radians(angle) * axis)
        turned[hydrogen] = (
            turn.apply(positions_A[hydrogen] - positions_A[anchors[0]]) + positions_A[anchors[0]]
        )
        found.append(turned)
    return found


def _same(mol: Chem.Mol, anchors: tuple[int, ...], one: Floats, other: Floats) -> bool:
    """Whether two shapes agree after the best superposition, like atoms exchanged or not."""
    heavy = [a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() > 1]
    heads = [
        n.GetIdx()
        for anchor in anchors
        for n in mol.GetAtomWithIdx(anchor).GetNeighbors()
        if n.GetAtomicNum() == 1
    ]
    kept = [*heavy, *heads]
    split = len(heavy)
    for order in _exchanges(mol, kept):
        mine, theirs = one[kept], other[order]
        mine, theirs = mine - mine.mean(axis=0), theirs - theirs.mean(axis=0)
        turn = superposition(mine, theirs)
        gaps = np.square(mine - theirs @ turn.T).sum(axis=1)
        parts = [part.mean() for part in (gaps[:split], gaps[split:]) if len(part)]
        if np.sqrt(max(parts)) < SAME_SHAPE_A:
            return True
    return False


def superposition(fixed: Floats, moved: Floats) -> Floats:
    """Rotation matrix that brings centred positions closest to others, shape=(3, 3).

    Kabsch, Acta Cryst. A 32, 922 (1976).
    """
    u, _, vt = np.linalg.svd(moved.T @ fixed)
    handed = np.sign(np.linalg.det(u @ vt))
    return np.asarray((u @ np.diag([1.0, 1.0, handed]) @ vt).T)


def _exchanges(mol: Chem.Mol, kept: Sequence[int]) -> list[list[int]]:
    """Orders of the kept atoms that leave the bonds as they are, that of `kept` first."""
    part = Chem.RWMol(Chem.Mol(mol))
    part.RemoveAllConformers()
    for atom in part.GetAtoms():
        atom.SetNoImplicit(True)
    for index in sorted(set(range(mol.GetNumAtoms())) - set(kept), reverse=True):
        part.RemoveAtom(index)
    number = dict(enumerate(sorted(kept)))
    place = {old: new for new, old in number.items()}
    pattern = part.GetMol()
    matches = pattern.GetSubstructMatches(
        pattern, uniquify=False, useChirality=False, maxMatches=MAX_PERMUTATIONS
    )
    orders = [[number[match[place[old]]] for old in kept] for match in matches]
    return [list(kept), *orders]


def _embedding(seed: int) -> Any:
    parameters: Any = rdDistGeom.ETKDGv3()
    parameters.randomSeed = seed
    parameters.enableSequentialRandomSeeds = True
    parameters.clearConfs = False
    parameters.useRandomCoords = True
    parameters.maxIterations = EMBEDDING_ATTEMPTS
    return parameters


def _energy_eV(mol: Chem.Mol, positions_A: Floats, *, relax: bool = False) -> tuple[float, Floats]:
    """Force-field energy in eV of positions, which are relaxed first if so wished."""
    mol = Chem.Mol(mol)
    mol.GetConformer().SetPositions(np.ascontiguousarray(positions_A))
    if rdForceFieldHelpers.MMFFHasAllMoleculeParams(mol):
        properties = rdForceFieldHelpers.MMFFGetMoleculeProperties(mol)
        field = rdForceFieldHelpers.MMFFGetMoleculeForceField(mol, properties)
    else:
        field = rdForceFieldHelpers.UFFGetMoleculeForceField(mol)
    field.Initialize()
    if relax:
        with suppress(RuntimeError):  # its line search fails where it starts in a minimum
            field.Minimize(maxIts=RELAXATION_STEPS)
    positions = np.asarray(mol.GetConformer().GetPositions())
    return float(field.CalcEnergy()) * KCAL_PER_MOL_eV, positions


def covalent_bonds(atoms: Atoms) -> NDArray[np.intp]:
    """Pairs of atoms closer than `BOND_FACTOR` times their covalent radii, shape=(n, 2)."""
    d = atoms.get_all_distances()
    r = bond_radii_A(atoms.numbers)
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
